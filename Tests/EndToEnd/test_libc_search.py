"""`lookup --libc X` asks the same names in the same order as the real X does: a server writes down what both ask."""
import itertools
import pathlib
import shutil
import subprocess

import pytest
from conftest import binary
from corefiles import root
from namespace import namespace
from recording import DOMAINS, Recorder, listen
from test_libc import program

pytestmark = root

GO = """package main

import (
	"context"
	"net"
	"os"
)

func main() {
	for _, name := range os.Args[1:] {
		(&net.Resolver{PreferGo: true}).LookupHost(context.Background(), name)
	}
}
"""

# Every outcome for both families, and what the two come to where they differ.
PAIRS = ["nn", "ee", "ss", "rr", "aa", "ae", "ea", "an", "na", "ne", "en", "ns", "sn", "nr", "rn", "es", "se", "er", "re", "as", "sa",
         "rs", "sr", "ar", "ra"]
SILENT = ["tt", "ta", "at", "nt", "te", "et"]


def cases() -> list[tuple[str, int, int]]:
    """A name, ndots, and how many domains are searched."""
    found = [(f"-nn{tail}", ndots, count) for tail in ("", ".b", ".b.c.d", ".b.c.d.e.f", ".", ".b.")
             for ndots in (1, 2, 5) for count in (0, 1, 3)]
    for pair in PAIRS:
        found += [(f"-nn-{pair}-nn-nn", 5, 3), (f"-{pair}-aa-nn-nn", 5, 3), (f"-aa-nn-nn-{pair}.b", 1, 3)]
    found += [(f"-nn-{pair}-nn-aa", 5, 3) for pair in SILENT] + [("-aa-nn-nn-tt.b", 1, 3), ("-aa-nn-nn-ta.b", 1, 3)]
    return [(f"x{index}{name}", ndots, count) for index, (name, ndots, count) in enumerate(found)]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Runs a command as in a Pod whose only name server writes down what it is asked; gives the names, by their first labels."""
    folder = tmp_path_factory.mktemp("pod")
    with namespace() as space:
        recorder = Recorder(space.call(listen, "127.0.0.1"))

        def run(*words, ndots: int, count: int) -> dict[str, list[str]]:
            search = f"search {' '.join(DOMAINS[:count])}\n" if count else ""
            space.pod(*words, folder=folder, timeout=120,
                      resolv_conf=f"nameserver 127.0.0.1\n{search}options ndots:{ndots} timeout:1 attempts:1\n")
            return recorder.names()

        yield run
        recorder.close()


def real(libc: str, folder: pathlib.Path) -> list:
    if libc == "busybox":
        if not shutil.which("busybox"):
            pytest.skip("no busybox")
        return ["busybox", "nslookup"]
    if libc == "go":
        if not shutil.which("go"):
            pytest.skip("no go")
        (folder / "main.go").write_text(GO)
        subprocess.run(["go", "build", "-o", folder / "lookup", folder / "main.go"], check=True, capture_output=True, timeout=300,
                       env={"PATH": "/usr/bin:/bin:/usr/local/go/bin", "CGO_ENABLED": "0", "HOME": str(folder), "GO111MODULE": "off"})
        return [folder / "lookup"]
    return [program(folder, {"glibc": "gcc", "musl": "musl-gcc"}[libc])]


@pytest.mark.parametrize("libc", ["glibc", "musl", "go", "busybox"])
def test_the_same_names_in_the_same_order(libc, recorded, tmp_path):
    command, wrong = real(libc, tmp_path), []
    for (ndots, count), group in itertools.groupby(sorted(cases(), key=lambda case: case[1:]), key=lambda case: case[1:]):
        names = [name for name, _, _ in group]
        # nslookup takes one name, the programs any number.
        together = [[name] for name in names] if libc == "busybox" else [names]
        theirs = {}
        for words in together:
            theirs |= recorded(*command, *words, ndots=ndots, count=count)
        ours = {}
        for name in names:
            ours |= recorded(binary(), "lookup", "--libc", libc, "--format", "short", name, ndots=ndots, count=count)
        wrong += [(name, ndots, count, theirs.get(label), ours.get(label))
                  for name in names if theirs.get(label := name.split(".")[0]) != ours.get(label)]
    assert not wrong, "\n".join(map(str, wrong))
