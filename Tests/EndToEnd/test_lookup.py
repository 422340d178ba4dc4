"""`clusterdns lookup` beside the tools whose output it prints, and over TLS."""
import re

import pytest
from conftest import HERE, Server, binary, run
from kube.certificates import Certificates
from upstream import Upstream

DOCS = HERE / "registries/003-docs.yaml"
SVC = "default.svc.cluster.local"


@pytest.fixture(scope="module")
def server():
    with Server("--manifests", DOCS, "--zone-file", HERE / "registries/example.com.zone") as server:
        yield server


def without_moment(text: str) -> str:
    """What dig prints, without what differs from call to call, and its remarks about itself and about `.local`."""
    kept = [line for line in text.splitlines()
            if not re.match(r"; <<>>|; \(1 server found\)|;; (WARNING: \.local|You are currently)", line)]
    text = "\n".join(kept)
    text = re.sub(r"id: \d+", "id: N", text)
    text = re.sub(r"Query time: \d+ msec", "Query time: N msec", text)
    return re.sub(r"WHEN: .*", "WHEN: now", text)


@pytest.mark.parametrize("question", [
    f"kubernetes.{SVC} A", f"kubernetes.{SVC} AAAA", f"_https._tcp.kubernetes.{SVC} SRV", f"nosuch.{SVC} A",
    f"hostnames.{SVC} A", "example.com SOA", "example.com NS", "cluster.local NS", f"KuBernetes.{SVC} A",
    "elsewhere.test A"])
def test_dig(server, question):
    ours = run(binary(), "lookup", "--format", "dig", f"@127.0.0.1:{server.port}", *question.split()).stdout
    theirs = run("dig", "@127.0.0.1", "-p", server.port, "+nocookie", *question.split()).stdout
    assert without_moment(ours) == without_moment(theirs)


def test_dig_asks_names_as_they_are(server):
    out = run(binary(), "lookup", "--format", "dig", f"@127.0.0.1:{server.port}", "kubernetes").stdout
    assert "status: REFUSED" in out and "\n;kubernetes.\t" in out
    out = run(binary(), "lookup", "--format", "dig", f"@127.0.0.1:{server.port}", "kubernetes", "-n", "default").stdout
    assert "status: NOERROR" in out


def test_tls(tmp_path):
    certificates = Certificates(tmp_path)
    authority = certificates.authority.certificate
    with Upstream({"web.test.": "192.0.2.1"}, certificates=certificates) as upstream:
        def lookup(*words):
            return run(binary(), "lookup", "web.test.", "A", f"@127.0.0.1:{upstream.tls_port}", "--tls", "--tries", "1", *words)
        trusting = lookup("--tls-ca", authority, "--format", "short")
        assert trusting.stdout.split() == ["192.0.2.1"], trusting.stderr
        assert upstream.asked("web.test.", transport="tls") == 1
        assert lookup("--tls-ca", authority, "--tls-host", "localhost", "--format", "short").stdout.split() == ["192.0.2.1"]
        wrong = lookup("--tls-ca", authority, "--tls-host", "other.example")
        assert wrong.returncode == 9 and "not other.example's or not trusted" in wrong.stdout
        assert lookup().returncode == 9


def test_all_servers_say_whether_they_agree(tmp_path):
    def serve(address, registry):
        return Server("--manifests", HERE / "registries" / registry, listen=(address,))

    with serve("127.0.0.2:0", "003-docs.yaml") as first:
        with serve(f"127.0.0.3:{first.port}", "003-docs.yaml"), serve(f"127.0.0.4:{first.port}", "004-eks.yaml"):
            def ask(*addresses):
                resolv = tmp_path / "resolv.conf"
                resolv.write_text("".join(f"nameserver {address}\n" for address in addresses))
                return run(binary(), "lookup", f"hostnames.{SVC}.", "--port", first.port, "--resolv-conf", resolv,
                           "--all-servers").stdout

            assert ask("127.0.0.2", "127.0.0.3").endswith("Servers:  all 2 agree\n")
            assert [re.split(r" {3,}", line)[1:] for line in ask("127.0.0.2", "127.0.0.3", "127.0.0.4").splitlines()[-2:]] == [
                [f"127.0.0.2:{first.port}, 127.0.0.3:{first.port}", "A 10.0.1.175"],
                [f"127.0.0.4:{first.port}", "NXDOMAIN"]]
