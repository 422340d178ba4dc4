"""The resolvers of Pods' images: glibc's, musl's, busybox's, with a Pod's resolv.conf and kubeadm's Corefile on port 53."""
import contextlib
import pathlib
import re
import shutil
import subprocess

import pytest
from apiserver import APIServer
from corefiles import CLUSTER, OUTSIDE, TRUE, WEB, Resolver, distribution, root
from namespace import namespace
from upstream import Upstream

pytestmark = root

POD = "nameserver 127.0.0.1\nsearch default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5 timeout:1\n"
# getaddrinfo for both families, a name a line: its addresses, or what it says.
LOOKUP = r"""
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>

int main(int count, char **names) {
    for (int index = 1; index < count; index++) {
        struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found = 0;
        int error = getaddrinfo(names[index], 0, &hints, &found);
        printf("%s", names[index]);
        for (struct addrinfo *each = found; each; each = each->ai_next) {
            char text[64];
            void *address = each->ai_family == AF_INET ? (void *)&((struct sockaddr_in *)each->ai_addr)->sin_addr
                                                       : (void *)&((struct sockaddr_in6 *)each->ai_addr)->sin6_addr;
            printf(" %s", inet_ntop(each->ai_family, address, text, sizeof text));
        }
        printf(error ? " %s\n" : "\n", error == EAI_NONAME ? "no such name" : error == EAI_AGAIN ? "again" : "other");
    }
}
"""
EXPECTED = {"kubernetes": {"10.96.0.1"}, "kubernetes.default": {"10.96.0.1"}, "kubernetes.default.svc": {"10.96.0.1"},
            "web": {"10.96.1.1"}, "web.default.svc.cluster.local": {"10.96.1.1"}, "kube-dns.kube-system": {"10.96.0.10"},
            "db": {"10.244.0.2", "10.244.0.3"}, "first.db": {"10.244.0.3"}, "six": {"fd00:10:96::6"},
            "www.example.test": {"192.0.2.1", "2001:db8::1"}, "alias.example.test": {"192.0.2.1", "2001:db8::1"},
            "outside": {"192.0.2.1", "2001:db8::1"}, "many.many.test": {"192.0.2.7"}}


@pytest.fixture(scope="module")
def pod(tmp_path_factory):
    """Runs a command as in a Pod."""
    folder = tmp_path_factory.mktemp("pod")
    with namespace() as space, contextlib.ExitStack() as stack:
        def begin(context):
            stack.callback(space.call, context.__exit__, None, None, None)
            return space.call(context.__enter__)

        api, upstream = begin(APIServer(CLUSTER)), begin(Upstream(OUTSIDE, address="127.0.0.9"))
        corefile = distribution("kubeadm", folder, api=api, upstream=upstream).replace("/etc/resolv.conf", upstream.address)
        begin(space.call(Resolver, folder, corefile, port=53, until=(*WEB, TRUE[WEB])))
        yield lambda *words, conf=POD: space.pod(*words, folder=folder, resolv_conf=conf)


def program(folder: pathlib.Path, compiler: str) -> pathlib.Path:
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler}")
    (folder / "lookup.c").write_text(LOOKUP)
    subprocess.run([compiler, "-O1", "-o", folder / "lookup", folder / "lookup.c"], check=True, capture_output=True, timeout=60)
    return folder / "lookup"


@pytest.mark.parametrize("compiler", ["gcc", "musl-gcc"], ids=["glibc", "musl"])
@pytest.mark.parametrize("ndots", [5, 1])
def test_getaddrinfo(compiler, ndots, pod, tmp_path):
    """A and AAAA asked at once, over the search list: every name has all its addresses, and what is not there ends so."""
    lookup = program(tmp_path, compiler)
    # musl tries a search list only for names with fewer dots than ndots, glibc as well if the name itself is none.
    short = ("kubernetes.default", "kubernetes.default.svc", "kube-dns.kube-system", "first.db")
    names = [name for name in EXPECTED if ndots == 5 or compiler == "gcc" or name not in short]
    found = pod(lookup, *names, "nosuch", "nosuch.default", "none.example.test", "nowhere", "broken.servfail.test",
                conf=POD.replace("ndots:5", f"ndots:{ndots}"))
    assert found.returncode == 0, found
    told = {line.split(" ")[0]: set(line.split(" ")[1:]) for line in found.stdout.splitlines()}
    assert {name: told[name] for name in names} == {name: EXPECTED[name] for name in names}
    for name in ("nosuch", "nosuch.default", "none.example.test", "nowhere"):
        assert told[name] == {"no", "such", "name"}, told
    assert told["broken.servfail.test"] == {"again"}


def test_getent(pod):
    """glibc as it comes, with nsswitch.conf."""
    assert re.match(r"10\.96\.0\.1 +STREAM kubernetes\.default\.svc\.cluster\.local\n",
                    pod("getent", "ahostsv4", "kubernetes.default").stdout)
    assert re.match(r"10\.96\.1\.1 +web\.default\.svc\.cluster\.local\n", pod("getent", "hosts", "web").stdout)
    assert re.match(r"10\.96\.1\.1 +web\.default\.svc\.cluster\.local\n", pod("getent", "hosts", "10.96.1.1").stdout)
    assert re.match(r"2001:db8::1 +www\.example\.test\n", pod("getent", "hosts", "www.example.test").stdout)
    for name in ("nosuch", "none.example.test"):
        found = pod("getent", "hosts", name)
        assert (found.returncode, found.stdout) == (2, "")


def test_musl_as_it_comes(pod, tmp_path):
    """The program is musl's indeed."""
    lookup = program(tmp_path, "musl-gcc")
    linked = subprocess.run(["ldd", lookup], capture_output=True, text=True, timeout=20)
    assert "musl" in linked.stdout + linked.stderr
    assert pod(lookup, "kubernetes").stdout == "kubernetes 10.96.0.1\n"


@pytest.fixture
def busybox():
    if not shutil.which("busybox"):
        pytest.skip("no busybox")
    return "busybox"


@pytest.mark.parametrize("name", ["kubernetes.default.svc.cluster.local", "kubernetes", "web", "www.example.test", "six", "db"])
def test_busybox(name, busybox, pod):
    found = pod(busybox, "nslookup", name)
    addresses = set(re.findall(r"^Address(?: \d+)?: (\S+?)(?:\s.*)?$", found.stdout, re.M)) - {"127.0.0.1:53"}
    assert addresses == EXPECTED.get(name, {"10.96.0.1"}) and "127.0.0.1:53" in found.stdout, found
    # It asks for every name of the list, and fails if any of them is none.
    assert found.returncode == (0 if "." in name else 1)


def test_busybox_says_what_is_not_there(busybox, pod):
    for name in ("nosuch", "none.example.test", "nosuch.default.svc.cluster.local"):
        found = pod(busybox, "nslookup", name)
        assert found.returncode == 1 and "NXDOMAIN" in found.stdout + found.stderr, found
    reverse = pod(busybox, "nslookup", "10.96.1.1")
    assert reverse.returncode == 0 and "name = web.default.svc.cluster.local" in reverse.stdout
    assert pod(busybox, "ping", "-c", "1", "-W", "1", "-w", "1", "nosuch").stderr.startswith("ping: bad address 'nosuch'")
