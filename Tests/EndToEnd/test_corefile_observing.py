"""Log lines and error lines in CoreDNS's words, for whoever reads them with a script."""
import re
import time

import pytest
from apiserver import APIServer
from asking import many
from cluster import wait
from corefiles import CLUSTER, OUTSIDE, READY, WEB, Resolver, forwarding, ours
from upstream import Upstream



@pytest.fixture(scope="module")
def api():
    with APIServer(CLUSTER) as api:
        yield api


@pytest.fixture
def upstream():
    with Upstream(OUTSIDE) as upstream:
        yield upstream


def lines(server, *words):
    return [line for line in server.log if all(word in line for word in words)]


def one(server, *words):
    wait(lambda: lines(server, *words), 3, f"{words} in\n" + "\n".join(server.log))
    found = lines(server, *words)
    assert len(found) == 1, found
    return found[0]


def test_the_common_format(api, upstream, tmp_path):
    with Resolver(tmp_path, forwarding(api, upstream.address, first="log"), until=READY) as server:
        server.ask("db.default.svc.cluster.local.", "A", use_edns=False, id=7)
        assert re.search(r'\[INFO\] 127\.0\.0\.1:\d+ - 7 "A IN db\.default\.svc\.cluster\.local\. udp 46 false 512" '
                         r'NOERROR qr,aa,rd(,ra)? \d+ \d+\.\d+s$', one(server, "db.default"))
        server.ask("www.example.test.", "AAAA", tcp=True, want_dnssec=True, payload=1400, id=8)
        assert re.search(r'\[INFO\] 127\.0\.0\.1:\d+ - 8 "AAAA IN www\.example\.test\. tcp 45 true \d+" '
                         r'NOERROR qr,rd,ra \d+ \d+\.\d+s$', one(server, '"AAAA IN www.example.test.'))
        server.ask("NONE.example.test.", "MX")
        assert re.search(r'"MX IN none\.example\.test\. udp \d+ false 512" NXDOMAIN qr,rd,ra \d+ ',
                         one(server, "none.example.test"))


DENIED, GIVEN = ["none.example.test.", "none.default.svc.cluster.local."], ["www.example.test.", "web.default.svc.cluster.local."]


@pytest.mark.parametrize("block, logged", [
    ("log . {\n        class error\n    }", ["broken.servfail.test."]), ("log . {\n        class denial\n    }", DENIED),
    ("log . {\n        class denial error\n    }", [*DENIED, "broken.servfail.test."]),
    ("log . {\n        class success\n    }", GIVEN), ("log example.test", ["none.example.test.", "www.example.test."])])
def test_classes_and_names(block, logged, api, upstream, tmp_path):
    names = [*DENIED, *GIVEN, "broken.servfail.test."]
    with Resolver(tmp_path, forwarding(api, upstream.address, first=block), until=READY) as server:
        for name in names:
            server.ask(name, "A")
        wait(lambda: all(lines(server, f" {name} ") for name in logged), 3, "\n".join(server.log))
        time.sleep(0.2)
        assert [name for name in names if lines(server, "[INFO] ", f" {name} ")] == logged


def test_formats_of_its_own(api, upstream, tmp_path):
    formats = """metadata
    log example.test "{common} and {>opcode}"
    log . "<{type} {name} {rcode} {/kubernetes/service}>\""""
    with Resolver(tmp_path, forwarding(api, upstream.address, first=formats), until=READY) as server:
        server.ask("www.example.test.", "A", id=9)
        assert re.search(r' - 9 "A IN www\.example\.test\. udp \d+ false \d+" NOERROR qr,rd,ra \d+ \d+\.\d+s and 0$',
                         one(server, "www.example"))
        server.ask("db.default.svc.cluster.local.", "A")
        assert "<A db.default.svc.cluster.local. NOERROR db>" in one(server, "db.default.svc")


def test_errors(api, upstream, tmp_path):
    """One line for a query that failed, with its rcode, name and type, and why."""
    with Resolver(tmp_path, forwarding(api, upstream.address), until=READY) as server:
        upstream.close()
        server.ask("Dead.example.test.", "MX")
        assert re.search(r"\[ERROR\] plugin/errors: 2 dead\.example\.test\. MX: \S.*", one(server, "dead.example"))
        assert not lines(server, "plugin/errors", "svc.cluster.local")


def test_errors_are_consolidated(api, upstream, tmp_path):
    block = '    errors {\n        consolidate 1s ".*" warning\n    }\n'
    corefile = forwarding(api, upstream.address).replace("    errors\n", block)
    with Resolver(tmp_path, corefile, until=READY) as server:
        upstream.close()
        many(server, 10)
        line = server.wait_for("errors like", 5)
        assert re.search(r"\[WARNING\] plugin/errors: 10 errors like '\.\*' occurred in last 1s", line)
        assert not lines(server, "many.test.")


@ours
def test_labels_are_those_of_the_block(api, upstream, tmp_path):
    """server, zone and view of every family; what no block takes has zone `dropped`."""
    corefile = forwarding(api, upstream.address).replace(".:{dns}", "cluster.local:{dns}").replace("in-addr.arpa ip6.arpa", "")
    with Resolver(tmp_path, corefile, until=READY) as server:
        at = {"server": f"dns://:{server.port}", "view": ""}
        server.ask("www.elsewhere.test.", "A")
        server.ask("www.elsewhere.test.", "HTTPS", tcp=True)
        assert server.metric("coredns_dns_requests_total", **at, zone="dropped", type="A") == 1
        assert server.metric("coredns_dns_requests_total", **at, zone="cluster.local.", proto="udp", type="A") > 0
        assert server.metric("coredns_dns_responses_total", **at, zone="dropped", rcode="REFUSED") == 2
        assert server.metric("coredns_dns_responses_total", **at, zone="cluster.local.", rcode="NOERROR") > 0
        assert server.metric("process_resident_memory_bytes") > 1e6 and server.metric("coredns_panics_total") == 0


def test_everything_is_timed_and_counted(api, upstream, tmp_path):
    """Whoever answers: the cluster's zone, hosts, the upstream, the cache."""
    lines = "cache 30\n    hosts {\n        192.0.2.1 one.hosts.test\n        fallthrough\n    }"
    with Resolver(tmp_path, forwarding(api, upstream.address, more=lines), until=READY) as server:
        families = [f"coredns_dns_{each}" for each in
                    ("request_duration_seconds_count", "responses_total", "response_size_bytes_count")]
        before = [server.metric(each, zone=".") for each in families]
        for name in (*["www.example.test."] * 4, "one.hosts.test.", *WEB[:1] * 3):
            server.ask(name, "A")
        wait(lambda: [server.metric(each, zone=".") for each in families] == [count + 8 for count in before], 2)
