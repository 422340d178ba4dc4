"""What real clients make of the answers."""
import os
import re
import socket

import dns.message
import dns.query
import pytest
from conftest import HERE, Server, run

DOCS = HERE / "registries/003-docs.yaml"


@pytest.fixture(scope="module")
def server():
    with Server("--manifests", DOCS, listen=("127.0.0.1:0", "[::1]:0")) as server:
        yield server


def test_dig(server):
    out = run("dig", "@127.0.0.1", "-p", server.port, "kubernetes.default.svc.cluster.local").stdout
    assert "status: NOERROR" in out and "flags: qr aa rd;" in out
    assert "kubernetes.default.svc.cluster.local. 5\tIN A\t10.0.0.1" in out
    assert "EDNS: version: 0, flags:; udp: 1232" in out
    out = run("dig", "@127.0.0.1", "-p", server.port, "nosuch.default.svc.cluster.local").stdout
    assert "status: NXDOMAIN" in out
    assert "cluster.local.\t\t5\tIN\tSOA\tns.dns.cluster.local. hostmaster.cluster.local. " in out
    out = run("dig", "@127.0.0.1", "-p", server.port, "+search", "+showsearch", "+ndots=5",
              "+domain=default.svc.cluster.local", "+short", "kubernetes").stdout
    assert out.split() == ["10.0.0.1"]
    assert run("dig", "@127.0.0.1", "-p", server.port, "-x", "10.0.1.175", "+short").stdout.split() == [
        "hostnames.default.svc.cluster.local."]


def test_dig_over_ipv6_and_tcp(server):
    for how in ("+notcp", "+tcp"):
        out = run("dig", "@::1", "-p", server.ports[1], how, "+short", "hostnames.default.svc.cluster.local").stdout
        assert out.split() == ["10.0.1.175"]


def test_dig_keeps_a_connection(server):
    names = [f"{name}.default.svc.cluster.local" for name in ("kubernetes", "hostnames", "nosuch")]
    out = run("dig", "@127.0.0.1", "-p", server.port, "+tcp", "+keepopen", "+short", *names).stdout
    assert out.split() == ["10.0.0.1", "10.0.1.175"]


def test_nslookup(server):
    def nslookup(*words):
        return run("nslookup", f"-port={server.port}", *words, "127.0.0.1")
    head = f"Server:\t\t127.0.0.1\nAddress:\t127.0.0.1#{server.port}\n\n"
    found = nslookup("kubernetes.default.svc.cluster.local")
    assert found.stdout == head + "Name:\tkubernetes.default.svc.cluster.local\nAddress: 10.0.0.1\n\n"
    assert found.returncode == 0
    gone = nslookup("nosuch.default.svc.cluster.local")
    assert "** server can't find nosuch.default.svc.cluster.local: NXDOMAIN" in gone.stdout
    assert gone.returncode == 1
    assert "name = kubernetes.default.svc.cluster.local." in nslookup("10.0.0.1").stdout


def test_kdig_and_drill(server):
    out = run("kdig", "@127.0.0.1", "-p", server.port, "_https._tcp.kubernetes.default.svc.cluster.local", "SRV").stdout
    assert "status: NOERROR" in out and "0 100 443 kubernetes.default.svc.cluster.local." in out
    assert re.search(r"kubernetes\.default\.svc\.cluster\.local\.\s+5\s+IN\s+A\s+10\.0\.0\.1\n", out)
    out = run("drill", "-p", server.port, "kubernetes.default.svc.cluster.local", "@127.0.0.1").stdout
    assert "rcode: NOERROR" in out and "10.0.0.1" in out


def test_pipelined_queries_on_one_connection(server):
    queries = [dns.message.make_query(f"{name}.default.svc.cluster.local.", "A")
               for name in ("kubernetes", "hostnames", "nosuch") * 50]
    for number, query in enumerate(queries):
        query.id = number
    stream = b"".join(len(w).to_bytes(2, "big") + w for w in (query.to_wire() for query in queries))
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        # Cut in odd places: a message's length may come in two pieces.
        connection.sendall(stream[:1])
        connection.sendall(stream[1:777])
        connection.sendall(stream[777:])
        left = {query.id: query for query in queries}
        reader = connection.makefile("rb")
        for _ in queries:
            answer = dns.message.from_wire(reader.read(int.from_bytes(reader.read(2), "big")))
            assert left.pop(answer.id).is_response(answer)
    assert not left


@pytest.mark.skipif(os.geteuid() != 0, reason="a network namespace needs root")
def test_the_libc_resolver_of_a_pod(clusterdns, tmp_path):
    """getaddrinfo with a Pod's resolv.conf, on port 53 of a network namespace of its own."""
    (tmp_path / "resolv.conf").write_text(
        "nameserver 127.0.0.1\nsearch default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n")
    script = f"""
        ip link set lo up
        mount --bind {tmp_path}/resolv.conf /etc/resolv.conf
        {clusterdns} serve --manifests {DOCS} --listen :53 2>{tmp_path}/log & server=$!
        for i in $(seq 100); do grep -q ' synced' {tmp_path}/log && break; sleep 0.1; done
        for name in kubernetes hostnames.default kubernetes.default.svc.cluster.local; do
            getent ahosts $name | grep STREAM
        done
        getent hosts nosuch && echo found
        kill -TERM $server; wait $server; echo exit $?
    """
    out = run("unshare", "--net", "--mount", "bash", "-c", script)
    assert out.stdout.split("\n")[:-1] == [
        "10.0.0.1        STREAM kubernetes.default.svc.cluster.local",
        "10.0.1.175      STREAM hostnames.default.svc.cluster.local",
        "10.0.0.1        STREAM kubernetes.default.svc.cluster.local",
        "exit 0",
    ], out
