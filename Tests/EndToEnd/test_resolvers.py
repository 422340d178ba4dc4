"""Resolvers in front: unbound, dnsmasq and systemd-resolved ask for a Pod or a node, and cache what they are told."""
import contextlib
import os
import pathlib
import shutil
import subprocess

import dns.exception
import dns.message
import dns.query
import pytest
from apiserver import APIServer
from cluster import text, wait
from conftest import TOP
from corefiles import CLUSTER, OUTSIDE, TRUE, WEB, Resolver, distribution, free_port, root
from namespace import namespace
from upstream import Upstream

RESOLVED = TOP / ".build/systemd-resolved/lib/systemd/systemd-resolved"
EXPECTED = {("web.default.svc.cluster.local.", "A"): "NOERROR 10.96.1.1",
            ("db.default.svc.cluster.local.", "A"): "NOERROR 10.244.0.2 10.244.0.3",
            ("six.default.svc.cluster.local.", "AAAA"): "NOERROR fd00:10:96::6",
            ("_http._tcp.web.default.svc.cluster.local.", "SRV"): "NOERROR 0 100 80 web.default.svc.cluster.local.",
            ("1.1.96.10.in-addr.arpa.", "PTR"): "NOERROR web.default.svc.cluster.local.",
            ("www.example.test.", "A"): "NOERROR 192.0.2.1", ("www.example.test.", "AAAA"): "NOERROR 2001:db8::1",
            ("alias.example.test.", "A"): "NOERROR 192.0.2.1 www.example.test.",
            ("outside.default.svc.cluster.local.", "A"): "NOERROR 192.0.2.1 www.example.test.",
            # One family only: the other one is no error. What is not there is for neither.
            ("web.default.svc.cluster.local.", "AAAA"): "NOERROR", ("six.default.svc.cluster.local.", "A"): "NOERROR",
            ("default.svc.cluster.local.", "A"): "NOERROR",
            **{(name, kind): "NXDOMAIN" for kind in ("A", "AAAA") for name in
               ("none.default.svc.cluster.local.", "www.example.test.svc.cluster.local.", "none.example.test.")}}


@pytest.fixture(scope="module")
def api():
    with APIServer(CLUSTER) as api:
        yield api


@pytest.fixture(scope="module")
def server(api, tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    with Upstream(OUTSIDE) as upstream:
        corefile = distribution("kubeadm", folder, api=api, upstream=upstream).replace("/etc/resolv.conf", upstream.address)
        with Resolver(folder, corefile, until=(*WEB, TRUE[WEB])) as server:
            yield server


@contextlib.contextmanager
def running(*words, **options):
    process = subprocess.Popen([*map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def ask(name, kind, port, where="127.0.0.1", tcp=False, timeout=5):
    how = dns.query.tcp if tcp else dns.query.udp
    return how(dns.message.make_query(name, kind), where, port=port, timeout=timeout)


def check(port, where="127.0.0.1", tcp=(False, True)):
    """Twice each, the second from the resolver's cache."""
    def up():
        with contextlib.suppress(OSError, dns.exception.Timeout):
            return text(ask(*WEB, port, where, timeout=0.3)) == TRUE[WEB]
    wait(up, 10, "the resolver")
    for over_tcp in tcp:
        for _ in range(2):
            told = {key: text(ask(*key, port, where, over_tcp)) for key in EXPECTED}
            assert told == EXPECTED


def need(name):
    if not shutil.which(name):
        pytest.skip(f"no {name}")
    return name


def test_unbound(server, tmp_path):
    """As forwarder of everything, its own zones for private addresses and .local put out of the way."""
    port = free_port()
    (tmp_path / "unbound.conf").write_text(f"""server:
    interface: 127.0.0.1
    port: {port}
    chroot: ""
    username: ""
    pidfile: ""
    directory: "{tmp_path}"
    use-syslog: no
    do-daemonize: no
    do-not-query-localhost: no
    module-config: "iterator"
    local-zone: "10.in-addr.arpa." nodefault
    local-zone: "test." nodefault
    qname-minimisation: yes
    harden-below-nxdomain: yes
remote-control:
    control-enable: no
forward-zone:
    name: "."
    forward-addr: 127.0.0.1@{server.port}
""")
    with running(need("unbound"), "-d", "-c", tmp_path / "unbound.conf"):
        check(port)


def test_dnsmasq(server):
    """kube-dns's and libvirt's: everything goes to the one server."""
    port = free_port()
    with running(need("dnsmasq"), "--keep-in-foreground", "--conf-file=/dev/null", f"--port={port}", "--listen-address=127.0.0.1",
                 "--bind-interfaces", "--no-resolv", "--no-hosts", "--no-poll", "--pid-file=", "--user=", "--log-facility=-",
                 f"--server=127.0.0.1#{server.port}", "--cache-size=1000"):
        check(port)


@root
@pytest.mark.skipif(not RESOLVED.exists(), reason="no systemd-resolved")
def test_systemd_resolved(tmp_path_factory, tmp_path):
    """A node's: its stub at 127.0.0.53 with everything sent on, in a network and with users and a /run of its own."""
    folder = tmp_path_factory.mktemp("server")
    options = ("DNS=127.0.0.1:5353", "FallbackDNS=", "Domains=~.", "DNSSEC=no", "LLMNR=no", "MulticastDNS=no", "Cache=yes",
               "DNSStubListener=yes", "ReadEtcHosts=no")
    (tmp_path / "resolved.conf").write_text("\n".join(["[Resolve]", *options, ""]))
    # It gives up root for this user, which is root here.
    (tmp_path / "passwd").write_text(pathlib.Path("/etc/passwd").read_text() + "systemd-resolve:x:0:0::/:/usr/sbin/nologin\n")
    (tmp_path / "group").write_text(pathlib.Path("/etc/group").read_text() + "systemd-resolve:x:0:\n")
    script = f"""set -e
        mount -t tmpfs none /run
        mkdir -p /run/systemd/resolve /run/systemd/resolved.conf.d
        cp {tmp_path}/resolved.conf /run/systemd/resolved.conf.d/test.conf
        for file in passwd group; do mount --bind {tmp_path}/$file /etc/$file; done
        exec {RESOLVED}
    """
    with namespace() as space, contextlib.ExitStack() as stack:
        def begin(context):
            stack.callback(space.call, context.__exit__, None, None, None)
            return space.call(context.__enter__)

        api, upstream = begin(APIServer(CLUSTER)), begin(Upstream(OUTSIDE, address="127.0.0.9"))
        corefile = distribution("kubeadm", folder, api=api, upstream=upstream).replace("/etc/resolv.conf", upstream.address)
        begin(space.call(Resolver, folder, corefile, port=5353, until=(*WEB, TRUE[WEB])))
        libraries = RESOLVED.parents[2] / "usr/lib/x86_64-linux-gnu/systemd"
        process = begin(running("unshare", "--mount", "bash", "-c", script, env=os.environ | {"LD_LIBRARY_PATH": str(libraries)}))
        try:
            space.call(check, 53, "127.0.0.53")
        except BaseException:
            process.terminate()
            print(process.communicate(timeout=10)[0])
            raise
