"""The Corefile of each distribution, unchanged but for ports, addresses and paths: it loads, and means the same."""
import contextlib
import dataclasses
import signal
import socket
import subprocess
import threading
import time

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.query
import pytest
from apiserver import APIServer
from asking import Asker, gather
from cluster import lists, wait
from corefiles import (CLUSTER, DISTRIBUTIONS, IS_COREDNS, READY, TRUE, WEB, WWW, Resolver, distribution, free_port, name_server,
                       ours)
from upstream import Upstream

ZONE = "svc.cluster.local."
NODE = {"nodelocal", "aks-localdns"}  # in front of the cluster's DNS


@dataclasses.dataclass
class Site:
    name: str
    server: Resolver
    upstream: Upstream
    api: APIServer

    @property
    def bind(self):
        return "bind 127.0.0.1" if self.name in NODE else ""


@pytest.fixture(scope="module")
def api():
    with APIServer(CLUSTER) as api:
        yield api


def prepare(folder):
    """What a distribution mounts beside its Corefile."""
    (folder / "NodeHosts").write_text("192.0.2.21 node-1.test node-1\n2001:db8::21 node-1.test\n")
    (folder / "hosts").write_text("192.0.2.22 listed.test\n")
    (folder / "custom").mkdir()
    return folder


@contextlib.contextmanager
def site_of(name, api, upstream, factory):
    with contextlib.ExitStack() as stack:
        behind = ""
        if name in NODE:
            folder = factory.mktemp("behind")
            corefile = distribution("kubeadm", folder, api=api, upstream=upstream)
            cluster_dns = stack.enter_context(Resolver(folder, corefile, until=READY))
            behind = f"127.0.0.1:{cluster_dns.port}"
        folder = prepare(factory.mktemp(name))
        corefile = distribution(name, folder, api=api, upstream=upstream, cluster_dns=behind)
        yield Site(name, stack.enter_context(Resolver(folder, corefile, until=READY)), upstream, api)


@pytest.fixture(scope="module", params=list(DISTRIBUTIONS))
def site(request, api, tmp_path_factory):
    with name_server() as upstream, site_of(request.param, api, upstream, tmp_path_factory) as site:
        yield site


def test_names_inside_and_outside(site):
    """Cluster names, the internet's, and reverse names of both, over UDP and TCP."""
    ask = site.server.says
    for tcp in (False, True):
        for (name, kind), answer in TRUE.items():
            assert ask(name, kind, tcp=tcp) == answer
        assert ask(f"_http._tcp.web.default.{ZONE}", "SRV", tcp=tcp) == f"NOERROR 0 100 80 web.default.{ZONE}"
        assert ask(f"web.default.{ZONE}", "AAAA", tcp=tcp) == "NOERROR"
        assert ask(f"six.default.{ZONE}", "AAAA", tcp=tcp) == "NOERROR fd00:10:96::6"
        assert ask("10-244-0-9.default.pod.cluster.local.", tcp=tcp) == "NOERROR 10.244.0.9"
        assert ask("1.1.96.10.in-addr.arpa.", "PTR", tcp=tcp) == f"NOERROR web.default.{ZONE}"
        assert ask("www.example.test.", tcp=tcp) == "NOERROR 192.0.2.1"
        assert ask("www.example.test.", "AAAA", tcp=tcp) == "NOERROR 2001:db8::1"
        assert ask("alias.example.test.", tcp=tcp) == "NOERROR 192.0.2.1 www.example.test."
        assert ask("none.example.test.", tcp=tcp) == "NXDOMAIN"
        assert ask("53.2.0.192.in-addr.arpa.", "PTR", tcp=tcp) == "NOERROR ns.example.test."


def test_a_search_list_ends(site):
    """What a Pod's libc tries before an external name is NXDOMAIN for both families, with the SOA of the cluster's zone."""
    before = site.upstream.total()
    for suffix in ("default.svc.cluster.local.", "svc.cluster.local.", "cluster.local."):
        for kind in ("A", "AAAA"):
            answer = site.server.ask(f"www.example.test.{suffix}", kind)
            assert answer.rcode().name == "NXDOMAIN" and not answer.answer
            assert [(each.name.to_text(), each.rdtype.name) for each in answer.authority] == [("cluster.local.", "SOA")]
    assert site.upstream.total() == before


def test_flags_and_ttls(site):
    """The cluster's names are authoritative; with outside ones recursion is available; no TTL is longer than is said."""
    inside = site.server.ask(*WEB)
    assert inside.flags & dns.flags.QR and inside.flags & dns.flags.RD and inside.flags & dns.flags.AA
    assert inside.answer[0].ttl <= (30 if "ttl 30" in site.server.text or site.name in NODE else 5)
    outside = site.server.ask("ttl.example.test.", "TXT")
    assert outside.flags & dns.flags.RA and outside.rcode().name == "NXDOMAIN"
    limit = {"openshift": 60, "aks-localdns": 60}.get(site.name, 30)  # TTL of upstream.py, or the cache's
    assert 0 < site.server.ask(*WWW).answer[0].ttl <= limit


def test_pages(site):
    """/health, /ready and /metrics are where the Corefile says, in CoreDNS's words."""
    server = site.server
    for door in {"health", "ready"} & set(DISTRIBUTIONS[site.name].split()):
        assert server.page(door) == (200, "OK")
    address = "127.0.0.1" if site.bind else ""
    labels = {"server": f"dns://{address}:{server.port}", "zone": "." if site.name != "nodelocal" else "cluster.local."}
    if site.name == "aks-localdns":
        return  # Only the `.` blocks of it have metrics.
    before = server.metric("coredns_dns_requests_total", **labels, proto="udp", family="1", type="A")
    assert server.says(*WEB) == TRUE[WEB]
    assert server.metric("coredns_dns_requests_total", **labels, proto="udp", family="1", type="A") == before + 1
    assert server.metric("coredns_dns_responses_total", **labels, rcode="NOERROR") > 0
    assert server.metric("coredns_build_info") == 1
    assert server.metric("coredns_plugin_enabled", **labels, name="forward") == 1
    assert server.metric("coredns_cache_entries") > 0


def test_what_is_its_own(site):
    ask = site.server.says
    match site.name:
        case "k3s":
            assert ask("node-1.test.") == "NOERROR 192.0.2.21" and ask("node-1.test.", "AAAA") == "NOERROR 2001:db8::21"
            assert site.server.ask("node-1.test.", "A").answer[0].ttl <= 60
            assert ask("21.2.0.192.in-addr.arpa.", "PTR").startswith("NOERROR node-1")
        case "aks" | "aks-localdns":
            counts = {"a.b.c.d.internal.cloudapp.net.": 0, "x.reddog.microsoft.com.": 0, "a.internal.cloudapp.net.": 1}
            for name, asked in counts.items():
                assert ask(name) == "NXDOMAIN" and site.upstream.asked(name) == asked
            if site.name == "aks-localdns":
                for where in ("127.0.0.1", "127.0.0.2"):
                    probe = site.server.ask("health-check.localdns.local.", "A", where=where)
                    assert probe.rcode().name == "NOERROR" and probe.additional[0][0].address == "127.0.0.1"
                assert nsid(site.server, "127.0.0.1") == b"localdns" and nsid(site.server, "127.0.0.2") == b"localdns-pod"
        case "openshift":
            assert ask("hostname.bind.", "TXT", rdclass="CH") == f'NOERROR "{socket.gethostname()}"'
            assert ask("www.corp.test.") == "NOERROR 192.0.2.80"
        case "gardener":
            answer = site.server.ask("web.default.svc.cluster.local.svc.cluster.local.", "A")
            assert answer.answer[0].to_text().split()[0::4] == ["web.default.svc.cluster.local.svc.cluster.local.", "10.96.1.1"]
            answer = site.server.ask("www.corp.test.svc.cluster.local.", "A")
            assert answer.answer[0].to_text().split()[0::4] == ["www.corp.test.svc.cluster.local.", "192.0.2.80"]
        case "kubespray":
            answer = site.server.ask("old.corp.test.", "A")
            assert answer.answer[0].to_text().split()[0::4] == ["old.corp.test.", "192.0.2.81"]
            assert ask("listed.test.") == "NOERROR 192.0.2.22"
        case "nodelocal":
            assert ask(*WEB, where="127.0.0.2") == TRUE[WEB]


def nsid(server, where):
    answer = server.ask("www.example.test.", "A", where=where, options=[dns.edns.GenericOption(dns.edns.NSID, b"")])
    return b"".join(getattr(option, "nsid", None) or option.to_wire() for option in answer.options if option.otype == dns.edns.NSID)


def test_reloads_under_load_and_loses_nothing(site):
    """Three reloads by SIGUSR1: no query is lost, no answer is wrong, and nobody lists the cluster again."""
    if IS_COREDNS and site.name in NODE:
        pytest.skip("CoreDNS closes and opens sockets of `bind`")
    began, text = time.monotonic(), site.server.text
    with Asker(site.server, TRUE | {WWW: "NOERROR 192.0.2.1"}) as asker:
        for number in (1, 2, 3):
            asker.more()
            site.server.reload(text, number, site.bind)
        asker.more()
    assert site.server.process.poll() is None
    if not IS_COREDNS:
        assert [len(lists(site.api, resource, began)) for resource in ("services", "endpointslices", "namespaces")] == [0, 0, 0]
        # Only what the last Corefile has is served.
        assert site.server.says("reloaded-1.test.") == "NXDOMAIN"


def test_ends_and_loses_nothing(site):
    """SIGTERM with `lameduck`: /ready goes first, /health stays, every query is answered until nobody listens."""
    server = site.server
    lameduck = 1.0 if "lameduck" in server.text else 0.0
    if IS_COREDNS and not lameduck:
        pytest.skip("CoreDNS leaves what waits in its sockets")
    with Asker(server, TRUE | {WWW: "NOERROR 192.0.2.1"}, ends=True) as asker:
        asker.more()
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        if lameduck:
            wait(lambda: server.page("ready")[0] in (503, None), 0.5, "/ready says no")
            assert server.page("health") == (200, "OK")
            asker.more(limit=0.8)
        assert server.process.wait(15) == 0
        wait(lambda: asker.ended, 8, "the end seen")
        assert asker.ended - began >= lameduck - 0.1


# What one distribution shows for all.

@pytest.fixture
def upstream():
    with name_server() as upstream:
        yield upstream


@ours
def test_what_the_upstream_still_has_is_answered_at_the_end(api, upstream, tmp_path):
    """No `lameduck`: what came before SIGTERM is answered though the upstream takes its time."""
    with Resolver(prepare(tmp_path), distribution("k3s", tmp_path, api=api, upstream=upstream), until=READY) as server:
        upstream.delay = 0.4
        ender = threading.Timer(0.2, server.process.send_signal, [signal.SIGTERM])
        ender.start()
        found = gather(server, [(f"slow-{number}.example.test.", "A") for number in range(50)])
        ender.join()
        assert {answer for answer, _ in found} == {"NXDOMAIN"}
        assert server.process.wait(10) == 0


def answers(port, name):
    with contextlib.suppress(OSError, dns.exception.Timeout):
        return dns.query.udp(dns.message.make_query(name, "A"), "127.0.0.1", port=port, timeout=0.2).answer


@pytest.mark.parametrize("words", [pytest.param(["serve"], marks=ours), []], ids=["serve", "bare"])
def test_a_real_upstream(words, api, tmp_path):
    """unbound has the internet's names, and answers what is forwarded to it."""
    port = free_port()
    (tmp_path / "unbound.conf").write_text(f"""server:
    interface: 127.0.0.1
    port: {port}
    chroot: ""
    username: ""
    directory: "{tmp_path}"
    pidfile: ""
    use-syslog: no
    do-daemonize: no
    module-config: "iterator"
    local-zone: "example.test." static
    local-data: "example.test. 60 IN SOA ns.example.test. hostmaster.example.test. 1 7200 1800 86400 60"
    local-data: "www.example.test. 60 IN A 192.0.2.1"
    local-data-ptr: "192.0.2.53 ns.example.test"
remote-control:
    control-enable: no
""")
    process = subprocess.Popen(["unbound", "-d", "-c", tmp_path / "unbound.conf"], stderr=subprocess.DEVNULL)
    try:
        wait(lambda: answers(port, "www.example.test."), 10, "unbound")
        corefile = distribution("kubeadm", tmp_path, api=api).replace("/etc/resolv.conf", f"127.0.0.1:{port}")
        with Resolver(tmp_path, corefile, words=words, until=READY) as server:
            for tcp in (False, True):
                assert server.says("www.example.test.", tcp=tcp) == "NOERROR 192.0.2.1"
                assert server.says("www.example.test.", "AAAA", tcp=tcp) == "NOERROR"
                assert server.says("none.example.test.", tcp=tcp) == "NXDOMAIN"
                assert server.says("53.2.0.192.in-addr.arpa.", "PTR", tcp=tcp) == "NOERROR ns.example.test."
            assert server.ask("none.example.test.", "A").authority[0].rdtype.name == "SOA"
    finally:
        process.terminate()
        process.wait(10)
