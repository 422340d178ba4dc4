"""The plugins that have answers of their own: hosts, file, template, dns64, autopath, k8s_external, chaos, nsid, whoami."""
import socket
import time

import dns.edns
import dns.flags
import pytest
from apiserver import APIServer
from asking import first
from cluster import text, wait
from corefiles import CLUSTER, OUTSIDE, READY, TRUE, WEB, Resolver, forwarding, ours, serving
from upstream import Upstream



@pytest.fixture(scope="module")
def api():
    with APIServer(CLUSTER) as api:
        yield api


@pytest.fixture(scope="module")
def upstream():
    with Upstream(OUTSIDE | {"four.only.test.": "192.0.2.4", "both.only.test.": "192.0.2.5",
                             ("both.only.test.", "AAAA"): "2001:db8::5"}) as upstream:
        yield upstream


@pytest.fixture
def serve(api, upstream, tmp_path):
    with serving(api, upstream, tmp_path) as start:
        yield start


def test_hosts(serve, tmp_path, upstream):
    """A file and lines of the block; what is not there goes on; a change of the file is seen."""
    file = tmp_path / "hosts"
    file.write_text("192.0.2.41 one.hosts.test One.alias.test\n2001:db8::41 one.hosts.test\n192.0.2.42 one.hosts.test\n"
                    "# comment\nnonsense\n")
    server = serve(f"""hosts {file} {{
        192.0.2.43 inline.test www.example.test
        ttl 60
        reload 200ms
        fallthrough
    }}""")
    assert server.says("one.hosts.test.") == "NOERROR 192.0.2.41 192.0.2.42"
    assert server.says("one.hosts.test.", "AAAA") == "NOERROR 2001:db8::41"
    assert server.says("ONE.ALIAS.test.") == "NOERROR 192.0.2.41" and server.ask("one.alias.test.", "A").answer[0].ttl == 60
    assert server.says("inline.test.") == "NOERROR 192.0.2.43" and server.says("www.example.test.") == "NOERROR 192.0.2.43"
    assert server.says("41.2.0.192.in-addr.arpa.", "PTR") == "NOERROR one.alias.test. one.hosts.test."
    assert server.says("53.2.0.192.in-addr.arpa.", "PTR") == "NOERROR ns.example.test."
    assert server.says("inline.test.", "AAAA") == "NOERROR"
    assert server.says("alias.example.test.") == "NOERROR 192.0.2.1 www.example.test."
    assert server.metric("coredns_hosts_entries") >= 4
    time.sleep(0.05)
    file.write_text("192.0.2.45 one.hosts.test\n192.0.2.46 two.hosts.test\n")
    server.until("two.hosts.test.", "A", "NOERROR 192.0.2.46", timeout=5)
    assert server.says("one.hosts.test.") == "NOERROR 192.0.2.45"
    file.unlink()
    time.sleep(0.5)
    assert server.says("inline.test.") == "NOERROR 192.0.2.43"


def test_hosts_without_fallthrough_ends_there(serve):
    server = serve(blocks="hosts.test:{dns} {\n    hosts {\n        192.0.2.43 a.hosts.test\n    }\n    whoami\n}\n")
    assert server.says("a.hosts.test.") == "NOERROR 192.0.2.43"
    assert server.says("b.hosts.test.") in ("SERVFAIL", "NXDOMAIN")


def test_file(serve, tmp_path):
    (tmp_path / "zone").write_text("""$ORIGIN zone.test.
@ 60 IN SOA ns hostmaster 1 7200 1800 86400 60
@ 60 IN NS ns
ns 60 IN A 192.0.2.51
www 60 IN CNAME ns
*.wild 60 IN TXT "any"
""")
    server = serve(blocks="zone.test:{dns} {\n    file {folder}/zone {\n        reload 1s\n    }\n}\n")
    assert server.says("ns.zone.test.") == "NOERROR 192.0.2.51"
    assert server.says("www.zone.test.") == "NOERROR 192.0.2.51 ns.zone.test."
    assert server.says("a.wild.zone.test.", "TXT") == 'NOERROR "any"' and server.says("none.zone.test.") == "NXDOMAIN"
    assert server.says("ns.zone.test.", "MX") == "NOERROR" and server.ask("ns.zone.test.", "A").flags & dns.flags.AA
    path = tmp_path / "zone"
    path.write_text(path.read_text().replace("hostmaster 1 ", "hostmaster 2 ") + "new 60 IN A 192.0.2.52\n")
    server.until("new.zone.test.", "A", "NOERROR 192.0.2.52", timeout=5)


def test_template(serve, upstream):
    server = serve(r"""template IN A ip.test {
        match ^ip-(?P<a>[0-9]+)-(?P<b>[0-9]+)-(?P<c>[0-9]+)-(?P<d>[0-9]+)\.ip\.test\.$
        answer "{{ .Name }} 60 IN A {{ .Group.a }}.{{ .Group.b }}.{{ .Group.c }}.{{ .Group.d }}"
        fallthrough
    }
    template ANY ANY blocked.test {
        rcode NXDOMAIN
        authority "blocked.test 60 IN SOA ns.blocked.test hostmaster.blocked.test 1 7200 1800 86400 60"
    }
    template ANY AAAA . {
        rcode NOERROR
    }
    template IN TXT index.test {
        match "^([^.]+)\.(.+)$"
        answer "{{ .Name }} 30 {{ .Class }} {{ .Type }} \"{{ index .Match 1 }} {{ .Zone }}\""
    }""")
    assert first(server.ask("ip-192-0-2-9.ip.test.", "A")) == ("ip-192-0-2-9.ip.test.", "A", "192.0.2.9")
    assert server.says("other.ip.test.") == "NXDOMAIN" and upstream.asked("other.ip.test.") == 1
    answer = server.ask("a.b.blocked.test.", "MX")
    assert answer.rcode().name == "NXDOMAIN" and answer.authority[0].rdtype.name == "SOA"
    assert upstream.asked("a.b.blocked.test.") == 0
    assert server.says("www.example.test.", "AAAA") == "NOERROR" and upstream.asked("www.example.test.", "AAAA") == 0
    assert server.says("first.index.test.", "TXT") == 'NOERROR "first index.test."'
    assert server.metric("coredns_template_matches_total", zone="blocked.test.") == 1
    assert server.says(*WEB) == TRUE[WEB]


def test_dns64(serve):
    """AAAA made of A for who asks over IPv6, or for all with allow_ipv4; not where there is one."""
    server = serve("dns64 {\n        prefix 64:ff9b::/96\n        allow_ipv4\n    }\n    cache 30")
    for _ in range(2):
        assert server.says("four.only.test.", "AAAA") == "NOERROR 64:ff9b::c000:204"
        assert server.says("both.only.test.", "AAAA") == "NOERROR 2001:db8::5"
        assert server.says("four.only.test.") == "NOERROR 192.0.2.4"
        assert server.says("none.example.test.", "AAAA") == "NXDOMAIN"
    assert server.metric("coredns_dns64_requests_translated_total") >= 1


def test_autopath(api, upstream, tmp_path):
    """The first name of a Pod's search list has the answer of all; a name in the list itself stays what it is."""
    corefile = forwarding(api, upstream.address, first="autopath @kubernetes")
    corefile = corefile.replace("endpoint", "pods verified\n        endpoint")
    with Resolver(tmp_path, corefile, until=READY) as server:
        search = "default.svc.cluster.local."
        wait(lambda: server.says("127-0-0-1.default.pod.cluster.local.") == "NOERROR 127.0.0.1", 5, "the client's Pod")
        for kind, address in (("A", "192.0.2.1"), ("AAAA", "2001:db8::1")):
            answer = server.ask(f"www.example.test.{search}", kind)
            assert text(answer) in (f"NOERROR {address}", f"NOERROR {address} www.example.test.")
            assert answer.answer[0].name.to_text() == f"www.example.test.{search}"
        assert server.says(f"web.{search}") == TRUE[WEB]
        assert server.says(f"none.example.test.{search}") == "NXDOMAIN"
        # Who is no Pod that is known has the usual answers.
        assert server.says(f"www.example.test.{search}", source="127.0.0.9") == "NXDOMAIN"
        assert server.metric("coredns_autopath_success_total") >= 2


# About the server.

def test_chaos_nsid_and_whoami(serve):
    server = serve("nsid this-one", "chaos.test:{dns} {\n    whoami\n}\nbind:{dns} {\n    chaos Version-1 first@authors.test\n}\n"
                                    "version.server:{dns} {\n    chaos Version-2\n}\n")
    assert server.says("version.bind.", "TXT", rdclass="CH") == 'NOERROR "Version-1"'
    assert server.says("hostname.bind.", "TXT", rdclass="CH") == f'NOERROR "{socket.gethostname()}"'
    assert server.says("version.server.", "TXT", rdclass="CH") == 'NOERROR "Version-2"'
    for name in ("www.example.test.", *WEB[:1]):
        answer = server.ask(name, "A", options=[dns.edns.GenericOption(dns.edns.NSID, b"")])
        assert [option.to_wire() for option in answer.options if option.otype == dns.edns.NSID] == [b"this-one"]
        assert not server.ask(name, "A", use_edns=0).options


def test_whoami(serve):
    """The client's address and port, as CoreDNS says them."""
    server = serve(blocks="chaos.test:{dns} {\n    whoami\n}\n")
    for tcp in (False, True):
        answer = server.ask("any.chaos.test.", "A", tcp=tcp)
        assert text(answer) == "NOERROR" and answer.additional[0][0].address == "127.0.0.1"
        assert answer.additional[1].rdtype.name == "SRV" and answer.additional[1][0].port > 0
        assert answer.additional[1].name.to_text() == f"_{'tcp' if tcp else 'udp'}.any.chaos.test."


@ours
def test_manifests_in_the_block(tmp_path, upstream):
    """The embedded registry in place of an API: `manifests` and `state`."""
    (tmp_path / "m").mkdir()
    manifest = "apiVersion: v1\nkind: Service\nmetadata: {{name: {}}}\nspec: {{clusterIP: {}, ports: [{{port: 80}}]}}\n"
    (tmp_path / "m/web.yaml").write_text(manifest.format("web", "10.96.1.1"))
    (tmp_path / "state").mkdir()
    corefile = f"""cluster.local:{{dns}} {{
    kubernetes {{
        manifests {tmp_path}/m
        state {tmp_path}/state
    }}
}}
"""
    with Resolver(tmp_path, corefile, until=READY) as server:
        (tmp_path / "m/new.yaml").write_text(manifest.format("new", "10.96.1.2"))
        server.until("new.default.svc.cluster.local.", "A", "NOERROR 10.96.1.2", timeout=5)
        assert server.says("www.example.test.") == "REFUSED"


def test_k8s_external(api, upstream, tmp_path):
    api.apply({**CLUSTER[1], "metadata": {"name": "shop", "namespace": "default"},
               "spec": {**CLUSTER[1]["spec"], "type": "LoadBalancer", "clusterIP": "10.96.1.7", "clusterIPs": ["10.96.1.7"]},
               "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.71"}]}}})
    with Resolver(tmp_path, forwarding(api, upstream.address, first="k8s_external shops.test"), until=READY) as server:
        server.until("shop.default.shops.test.", "A", "NOERROR 192.0.2.71", timeout=5)
        assert server.says("shop.default.svc.cluster.local.") == "NOERROR 10.96.1.7"
        assert server.says("web.default.shops.test.") in ("NXDOMAIN", "NOERROR")
