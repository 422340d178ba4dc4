"""What `forward` is told: whom it asks, how, how much; what ExternalNames and loops come to."""
import contextlib
import time

import dns.flags
import pytest
from apiserver import APIServer
from asking import gather, many
from cluster import text, wait
from corefiles import (CLUSTER, IS_COREDNS, OUTSIDE, READY, TRUE, WEB, Resolver, forwarding, free_port, name_server, ours,
                       resolv_conf, root)
from kube.certificates import Certificates
from upstream import Upstream

RIGHT = "NOERROR 192.0.2.7"


@pytest.fixture(scope="module")
def api():
    with APIServer(CLUSTER) as api:
        yield api


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def three():
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(Upstream(OUTSIDE)) for _ in range(3)]


@pytest.fixture
def upstream():
    with Upstream(OUTSIDE) as upstream:
        yield upstream


@pytest.mark.parametrize("policy", ["random", "round_robin", "sequential"])
def test_policies(policy, api, three, tmp_path):
    with Resolver(tmp_path, forwarding(api, *(each.address for each in three), options=f"policy {policy}"), until=READY) as server:
        assert {answer for answer, _ in many(server, 90, at_once=3)} == {RIGHT}
    counts = [each.total("many.test.") for each in three]
    assert sum(counts) == 90
    match policy:
        case "round_robin":
            assert counts == [30, 30, 30]
        case "sequential":
            assert counts == [90, 0, 0]
        case "random":
            assert min(counts) >= 5


@ours
def test_equal_questions_in_flight_are_asked_once(api, upstream, tmp_path):
    """A hundred clients ask for one slow name; and for one whose upstream fails."""
    upstream.delay = 0.5
    upstream.records["slow.many.test.", "A"] = ["192.0.2.7"]
    for more in ("", "cache 30"):
        upstream.counts.clear()
        with Resolver(tmp_path, forwarding(api, upstream.address, more=more), until=READY) as server:
            for name, answer in {"slow.many.test.": RIGHT, "broken.servfail.test.": "SERVFAIL"}.items():
                found = gather(server, [(name, "A")] * 100, clients=100)
                assert {told for told, _ in found} == {answer} and max(seconds for _, seconds in found) < 3
            assert upstream.asked("slow.many.test.") == 1
            assert upstream.asked("broken.servfail.test.") <= 2


def test_no_more_than_max_concurrent(api, upstream, tmp_path):
    upstream.delay = 0.8
    with Resolver(tmp_path, forwarding(api, upstream.address, options="max_concurrent 5"), until=READY) as server:
        answers = [answer for answer, _ in many(server, 50, at_once=50)]
        assert (answers.count(RIGHT), answers.count("REFUSED")) == (5, 45)
        assert server.metric("coredns_forward_max_concurrent_rejects_total") == 45
        assert server.says(*WEB) == TRUE[WEB]
        assert {answer for answer, _ in many(server, 5, name="after")} == {RIGHT}


@pytest.mark.parametrize("option, client, wanted", [
    ("", False, "udp"), ("", True, "tcp"), ("force_tcp", False, "tcp"), ("prefer_udp", True, "udp")])
def test_the_protocol_is_the_clients_or_what_is_said(option, client, wanted, api, upstream, tmp_path):
    with Resolver(tmp_path, forwarding(api, upstream.address, options=option), until=READY) as server:
        for _ in range(3):
            assert server.says("www.example.test.", tcp=client) == "NOERROR 192.0.2.1"
    assert upstream.asked("www.example.test.", transport=wanted) == 3 == upstream.asked("www.example.test.")


def test_over_tls(api, certificates, tmp_path):
    """The certificate has to be of the authority and for the name."""
    with Upstream(OUTSIDE, certificates=certificates) as upstream:
        authority, to = certificates.authority.certificate, f"tls://127.0.0.1:{upstream.tls_port}"
        with Resolver(tmp_path, forwarding(api, to, options=f"tls {authority}\ntls_servername localhost"), until=READY) as server:
            assert {answer for answer, _ in many(server, 50)} == {RIGHT}
        assert upstream.asked("n1.many.test.", transport="tls") == 1 and upstream.total("many.test.") == 50
        for options in (f"tls {authority}\ntls_servername other.test", "tls_servername localhost"):
            with Resolver(tmp_path, forwarding(api, to, options=options), until=READY) as server:
                assert server.says("refused.many.test.") == "SERVFAIL"
                assert server.says(*WEB) == TRUE[WEB]
        assert upstream.asked("refused.many.test.") == 0


def test_stub_domains(api, three, tmp_path):
    """Several lines in one block, blocks of their own, and names that are kept back."""
    company, inner, internet = three
    company.records["www.corp.test.", "A"], inner.records["www.inner.test.", "A"] = ["192.0.2.180"], ["192.0.2.181"]
    corefile = f"""inner.test:{{dns}} {{
    forward . {inner.address}
    errors
}}
""" + forwarding(api, internet.address, options="except secret.test", first=f"forward corp.test {company.address}")
    with Resolver(tmp_path, corefile, until=READY) as server:
        assert server.says("www.corp.test.") == "NOERROR 192.0.2.180" and company.asked("www.corp.test.") == 1
        assert server.says("www.inner.test.") == "NOERROR 192.0.2.181" and inner.asked("www.inner.test.") == 1
        assert server.says("www.example.test.") == "NOERROR 192.0.2.1" and internet.asked("www.example.test.") == 1
        assert server.says("www.secret.test.") in ("SERVFAIL", "REFUSED")
    assert internet.total("corp.test.") == internet.total("inner.test.") == 0
    assert [each.total("secret.test.") for each in three] == [0, 0, 0]


@root
@ours
def test_resolv_conf_is_followed(api, tmp_path):
    """Its name servers are those of now; an empty file changes nothing."""
    with name_server() as first, name_server({"www.example.test.": "192.0.2.2"}) as second:
        assert first.port == second.port == 53
        path = tmp_path / "resolv.conf"
        with Resolver(tmp_path, forwarding(api, resolv_conf(path, first)), until=READY) as server:
            assert server.says("www.example.test.") == "NOERROR 192.0.2.1"
            resolv_conf(tmp_path / "new", second)
            (tmp_path / "new").rename(path)
            server.until("www.example.test.", "A", "NOERROR 192.0.2.2", timeout=5)
            path.write_text("")
            time.sleep(0.5)
            assert server.says("www.example.test.") == "NOERROR 192.0.2.2"
            path.write_text(f"nameserver {first.host}\n")
            server.until("www.example.test.", "A", "NOERROR 192.0.2.1", timeout=5)


@root
def test_resolv_conf_names_the_upstreams(api, tmp_path):
    with name_server() as first:
        with Resolver(tmp_path, forwarding(api, resolv_conf(tmp_path / "resolv.conf", first)), until=READY) as server:
            assert {answer for answer, _ in many(server, 20)} == {RIGHT}
        assert first.total("many.test.") == 20


# ExternalName.

OUTER = "outside.default.svc.cluster.local."


def sections(answer):
    return [[(rrset.name.to_text(), rrset.rdtype.name) for rrset in section] for section in (answer.answer, answer.authority)]


@pytest.mark.parametrize("tcp", [False, True])
def test_external_names_are_followed(tcp, api, upstream, tmp_path):
    """The CNAME and what its target has, whatever asks for it."""
    with Resolver(tmp_path, forwarding(api, upstream.address, more="cache 30"), until=READY) as server:
        for _ in range(2):
            answer = server.ask(OUTER, "A", tcp=tcp)
            assert text(answer) == "NOERROR 192.0.2.1 www.example.test." and answer.flags & dns.flags.AA
            assert sections(answer)[0] == [(OUTER, "CNAME"), ("www.example.test.", "A")]
        assert upstream.asked("www.example.test.", "A") == 1
        assert server.says(OUTER, "AAAA", tcp=tcp) == "NOERROR 2001:db8::1 www.example.test."
        assert server.says(OUTER, "CNAME", tcp=tcp) == "NOERROR www.example.test."


@ours
def test_external_names_that_lead_nowhere(api, upstream, tmp_path):
    """RFC 6604: the rcode is the last name's, with its SOA (RFC 2308); a failing upstream is SERVFAIL. All beside cluster names."""
    with Resolver(tmp_path, forwarding(api, upstream.address, more="cache 30"), until=READY) as server:
        for kind in ("A", "AAAA"):
            answer = server.ask("nowhere.default.svc.cluster.local.", kind)
            assert answer.rcode().name == "NXDOMAIN"
            assert sections(answer) == [[("nowhere.default.svc.cluster.local.", "CNAME")], [("example.test.", "SOA")]]
        nodata = server.ask(OUTER, "MX")
        assert nodata.rcode().name == "NOERROR" and sections(nodata) == [[(OUTER, "CNAME")], [("example.test.", "SOA")]]
        assert server.ask("broken.default.svc.cluster.local.", "A").rcode().name == "SERVFAIL"
        upstream.silent = True
        api.apply({**CLUSTER[0], "metadata": {"name": "late", "namespace": "default"},
                   "spec": {"type": "ExternalName", "externalName": "late.example.test"}})
        wait(lambda: server.says("late.default.svc.cluster.local.", "CNAME") == "NOERROR late.example.test.", 5)
        began = time.monotonic()
        assert server.ask("late.default.svc.cluster.local.", "A", timeout=8).rcode().name == "SERVFAIL"
        assert time.monotonic() - began < 6
        assert server.says(*WEB) == TRUE[WEB]


# Loops.

@ours
def test_a_loop_is_cut_and_said(api, tmp_path):
    """Forwarding to itself: that upstream is cut, the cluster's zone stays; log, /ready and a metric say so."""
    with Resolver(tmp_path, forwarding(api, "127.0.0.1:{dns}", more="loop"), until=READY) as server:
        address = f"127.0.0.1:{server.port}"
        wait(lambda: any("loop" in line.lower() and address in line for line in server.log), 10, "the loop in the log")
        found = gather(server, [WEB] * 50)
        assert {answer for answer, _ in found} == {TRUE[WEB]}
        found = many(server, 20)
        assert {answer for answer, _ in found} == {"SERVFAIL"} and max(seconds for _, seconds in found) < 1
        assert "loop" in server.page("ready")[1].lower() and address in server.page("ready")[1]
        lines = [line for line in server.page("metrics")[1].splitlines() if "loop" in line and address in line]
        assert [line for line in lines if float(line.split()[-1]) > 0], lines
        assert server.process.poll() is None


@ours
def test_a_loop_beside_a_good_upstream_loses_nothing(api, upstream, tmp_path):
    with Resolver(tmp_path, forwarding(api, "127.0.0.1:{dns}", upstream.address, more="loop"), until=READY) as server:
        wait(lambda: any("loop" in line.lower() and str(server.port) in line for line in server.log), 10, "the loop in the log")
        assert {answer for answer, _ in many(server, 40)} == {RIGHT}


@ours
def test_a_loop_over_another_server_is_found(api, tmp_path, tmp_path_factory):
    """Two that forward to each other, as node and cluster do where both read the same resolv.conf."""
    port = free_port()
    with Resolver(tmp_path_factory.mktemp("other"), f".:{{dns}} {{\n    forward . 127.0.0.1:{port}\n}}\n") as behind:
        with Resolver(tmp_path, forwarding(api, f"127.0.0.1:{behind.port}", more="loop"), port=port, until=READY) as server:
            wait(lambda: any("loop" in line.lower() and str(behind.port) in line for line in server.log), 10, "the loop in the log")
            assert server.says(*WEB) == TRUE[WEB]


def test_no_loop_where_there_is_none(api, upstream, tmp_path):
    with Resolver(tmp_path, forwarding(api, upstream.address, more="loop"), until=READY) as server:
        wait(lambda: any(kind == "HINFO" for _, kind, _ in list(upstream.counts)), 5, "a probe")
        time.sleep(0.3)
        assert {answer for answer, _ in many(server, 20)} == {RIGHT}
        assert IS_COREDNS or server.page("ready") == (200, "OK")
