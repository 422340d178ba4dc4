"""What a query costs on the UDP path, counted: callgrind sees the same calls and instructions on every machine."""
import os
import re
import signal
import socket
import time

import dns.message
import pytest
from conftest import HERE, Server

DOCS = HERE / "cases/manifests"

# Nothing of these may depend on how many queries there were.
FORBIDDEN = re.compile(
    r"^(malloc|calloc|realloc|free|posix_memalign|swift_(retain|release|allocObject|slowAlloc|beginAccess|bridgeObjectRetain"
    r"|bridgeObjectRelease|once)\b.*|pthread_mutex_(lock|unlock))$")

# Instructions a query in all user code, receiving and sending included; twice what was measured when it was written
# would be too many.
QUESTIONS = {
    "ClusterIP A": ("clusterip.spec.svc.cluster.local.", "A", 700),
    "AAAA without data": ("clusterip.spec.svc.cluster.local.", "AAAA", 800),
    "headless A": ("headless.spec.svc.cluster.local.", "A", 800),
    "SRV with addresses": ("_https._tcp.headless.spec.svc.cluster.local.", "SRV", 1100),
    "search-list name": ("clusterip.spec.svc.cluster.local.spec.svc.cluster.local.", "A", 900),
}


def calls(path):
    """Calls by function, and instructions in all, of a callgrind file."""
    counts, total, callee = {}, 0, None
    with open(path) as lines:
        for line in lines:
            if line.startswith("cfn="):
                callee = line[4:].strip()
            elif line.startswith("calls="):
                counts[callee] = counts.get(callee, 0) + int(line[6:].split()[0])
            elif line.startswith("totals:") or line.startswith("summary:"):
                total = max(total, int(line.split()[1]))
    return counts, total


def profile(tmp_path, wire, queries):
    out = tmp_path / f"callgrind.{queries}"
    valgrind = ("valgrind", "--tool=callgrind", "--compress-strings=no", "--compress-pos=no",
                f"--callgrind-out-file={out}")
    with Server("--manifests", DOCS, "--workers", "1", wrapper=valgrind, timeout=120) as server:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(10)
            client.connect(("127.0.0.1", server.port))
            left = queries
            while left:
                # In batches, as they come under load.
                batch = min(32, left)
                for _ in range(batch):
                    client.send(wire)
                for _ in range(batch):
                    assert len(client.recv(4096)) > 12
                left -= batch
        assert server.stop(timeout=60) == 0
    return calls(out)


@pytest.mark.parametrize("what", QUESTIONS)
def test_a_query_takes_no_memory_and_counts_no_references(tmp_path, what):
    name, kind, most = QUESTIONS[what]
    wire = dns.message.make_query(name, kind, use_edns=0, payload=1232).to_wire()
    few, many = 4_000, 12_000
    first, instructions_first = profile(tmp_path, wire, few)
    second, instructions_second = profile(tmp_path, wire, many)
    grown = {name: count - first.get(name, 0) for name, count in second.items()
             if FORBIDDEN.match(name.split("'")[0].split("@")[0]) and count - first.get(name, 0) > (many - few) // 100}
    a_query = (instructions_second - instructions_first) / (many - few)
    print(f"{what}: {a_query:.0f} instructions a query")
    assert not grown, grown
    assert a_query <= most
