"""Queries as the server answers them: `clusterdns tap`, `clusterdns top`, and the admin endpoint's /tap."""
import contextlib
import fcntl
import http.client
import json
import os
import pathlib
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import termios
import time

import dns.flags
import dns.message
import dns.query
import pytest
from cluster import wait
from conftest import HERE, Server, binary, run
from corefiles import CLUSTER, Resolver, name_server, ours

pytestmark = ours

WEB = "web.shop.svc.cluster.local."
MANIFEST = """
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {clusterIP: 10.96.0.7, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop, labels: {app: web}}
status: {phase: Running, podIP: 127.0.0.2, podIPs: [{ip: 127.0.0.2}], conditions: [{type: Ready, status: "True"}]}
"""


@pytest.fixture
def server(tmp_path):
    (tmp_path / "cluster").mkdir()
    (tmp_path / "cluster/shop.yaml").write_text(MANIFEST)
    with Server("--manifests", tmp_path / "cluster", "--admin", tmp_path / "admin.sock", "--workers", "2") as server:
        server.admin = tmp_path / "admin.sock"
        yield server


def ask(server, name=WEB, kind="A", *, tcp=False, source="127.0.0.2", **options):
    how = dns.query.tcp if tcp else dns.query.udp
    return how(dns.message.make_query(name, kind, **options), "127.0.0.1", port=server.port, timeout=10, source=source)


def metrics(server) -> str:
    return run("curl", "-s", "--unix-socket", server.admin, "http://localhost/metrics").stdout


def metric(server, name) -> int:
    return int(re.search(rf"^{name} (\d+)$", metrics(server), re.M)[1])


class Tap:
    """`clusterdns tap`, its stdout in a file; there when the server says so."""

    def __init__(self, server, *arguments, command="tap", places=None, stdout=None):
        self.server, self.path = server, server.admin.with_name(f"tap-{time.monotonic_ns()}")
        before = metric(server, "clusterdns_taps")
        with open(self.path, "wb") as out:
            self.process = subprocess.Popen(
                [binary(), command, "--admin", str(places or server.admin), *map(str, arguments)],
                stdout=stdout if stdout is not None else out, stderr=subprocess.PIPE)
        wait(lambda: metric(server, "clusterdns_taps") > before or self.process.poll() is not None, 10, "no tap")

    @property
    def octets(self):
        return self.path.read_bytes()

    @property
    def lines(self):
        return self.octets.decode().splitlines()

    def until(self, lines, timeout=10):
        wait(lambda: len(self.lines) >= lines, timeout, f"fewer than {lines} lines")
        return self.lines

    def stop(self, how=signal.SIGINT):
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self.process.stderr.close()


def test_a_line_of_text(server):
    with Tap(server) as tap:
        ask(server)
        ask(server, "google.com.shop.svc.cluster.local.", "AAAA", source="127.0.0.3")
        ask(server, "google.com.", "AAAA", source="127.0.0.3", tcp=True)
        lines = tap.until(3)
        assert tap.stop() == 0
    clock = r"\d\d:\d\d:\d\d\.\d{6}"
    assert re.fullmatch(rf"{clock}  shop/web-0 127\.0\.0\.2:\d+  A     {re.escape(WEB)}  NOERROR  aa  \d+ B  \d+ us", lines[0])
    assert re.fullmatch(rf"{clock}  127\.0\.0\.3:\d+  AAAA  google\.com\.shop\.svc\.cluster\.local\.  NXDOMAIN  aa  \d+ B  \d+ us"
                        r"  \[search 1/4\]", lines[1])
    assert re.fullmatch(rf"{clock}  127\.0\.0\.3:\d+  AAAA  google\.com\.  REFUSED  -  \d+ B  \d+ us  tcp  \[search 2/2\]", lines[2])
    assert len(lines) == 3
    now = time.time() % 86400
    seen = sum(float(part) * unit for part, unit in zip(lines[0].split()[0].split(":"), (3600, 60, 1)))
    assert (now - seen) % 86400 < 30


def test_a_line_of_json(server):
    with Tap(server, "--format", "json", places=f"unix:{server.admin}") as tap:
        answer = ask(server, "Web.shop.SVC.cluster.local.")
        ask(server, WEB, "TYPE65280", tcp=True)
        udp, tcp = map(json.loads, tap.until(2))
    assert list(udp) == ["ts", "client", "port", "id", "proto", "qname", "qtype", "rcode", "size", "us"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", udp["ts"])
    assert (udp["client"], udp["id"], udp["proto"], udp["qname"]) == ("127.0.0.2", answer.id, "udp", WEB)
    assert (udp["qtype"], udp["rcode"], udp["size"]) == ("A", "NOERROR", len(answer.to_wire()))
    assert 0 < udp["port"] < 65536 and 0 <= udp["us"] < 5_000_000
    assert (tcp["proto"], tcp["qtype"]) == ("tcp", "TYPE65280")


def test_the_line_of_coredns(server):
    """Byte for byte what the log plugin of the same server writes (see test_what_leaves_the_worker_is_seen)."""
    with Tap(server, "--format", "coredns") as tap:
        answer = ask(server, use_edns=0, payload=1232, want_dnssec=True)
        line = tap.until(1)[0]
    assert re.fullmatch(
        rf'\[INFO\] 127\.0\.0\.2:\d+ - {answer.id} "A IN {re.escape(WEB)} udp 55 true 1232" NOERROR qr,aa,rd '
        rf'{len(answer.to_wire())} 0\.\d+s', line)


def test_dnstap_for_its_readers(server):
    with Tap(server, "--format", "dnstap") as tap:
        answer = ask(server)
        ask(server, "none.shop.svc.cluster.local.", "AAAA", tcp=True)
        wait(lambda: len(tap.octets) > 300, 10)
        assert tap.stop() == 0
    read = run("dnstap-read", tap.path)
    assert read.returncode == 0, read.stderr
    first, second = read.stdout.splitlines()
    assert re.search(rf" CR 127\.0\.0\.2:\d+ <- \S+ UDP {len(answer.to_wire())}b web\.shop\.svc\.cluster\.local/IN/A$", first)
    assert re.search(r" CR 127\.0\.0\.2:\d+ <- \S+ TCP \d+b none\.shop\.svc\.cluster\.local/IN/AAAA$", second)
    whole = run("dnstap-read", "-p", tap.path).stdout
    assert "10.96.0.7" in whole and "status: NXDOMAIN" in whole
    assert "shop/web-0" in run("dnstap-read", "-y", tap.path).stdout + tap.octets.decode("latin1")


@pytest.mark.parametrize("option, wanted", [
    (("--client", "127.0.0.3"), ["b"]), (("--client", "127.0.0.0/8"), ["a", "b", "c", "d"]), (("--pod", "shop/web-0"), ["a", "c", "d"]),
    (("--name", "*.shop.svc.cluster.local"), ["a", "b", "c", "d"]), (("--name", "B*"), ["b"]), (("--type", "srv"), ["c"]),
    (("--rcode", "NXDOMAIN"), ["a", "b", "c"]), (("--rcode", "noerror"), ["d"]), (("--slower", "1h"), []),
    (("--type", "A", "--rcode", "NXDOMAIN", "--client", "127.0.0.2"), ["a"]),
])
def test_filters(server, option, wanted):
    with Tap(server, "--format", "json", *option) as tap, Tap(server, "--format", "json", "--rcode", "REFUSED") as last:
        ask(server, "a.shop.svc.cluster.local.")
        ask(server, "b.shop.svc.cluster.local.", source="127.0.0.3")
        ask(server, "c.shop.svc.cluster.local.", "SRV")
        ask(server, WEB)
        ask(server, "end.test.", source="127.0.0.2")
        last.until(1)
        tap.until(len(wanted))
        time.sleep(0.1)
        names = [json.loads(line)["qname"].split(".")[0] for line in tap.lines]
    assert ["d" if name == "web" else name for name in names if name != "end"] == wanted


def test_a_limit_ends_it(server):
    with Tap(server, "--limit", 2, "--rcode", "NOERROR") as tap:
        for _ in range(3):
            ask(server, "none.shop.svc.cluster.local.")
            ask(server)
        assert tap.process.wait(10) == 0
    assert len(tap.lines) == 2
    wait(lambda: metric(server, "clusterdns_taps") == 0, 10)


def test_a_summary_each_time_and_at_the_end(server):
    with Tap(server, "--summary", "1s") as tap:
        for name in ("google.com.shop.svc.cluster.local.", "google.com.svc.cluster.local.", "google.com.cluster.local.", "google.com."):
            ask(server, name)
        query = dns.message.make_query(WEB, "A")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.bind(("127.0.0.2", 0))
            client.connect(("127.0.0.1", server.port))
            for _ in range(2):
                client.send(query.to_wire())
                client.settimeout(10)
                client.recv(4096)
        tap.until(8)
        blocks = len(tap.lines)
        ask(server)
        time.sleep(0.3)
        assert tap.stop() == 0
    text = tap.octets.decode()
    assert "search waste: 3 NXDOMAIN (" in text and "top: shop/web google.com (4 per lookup)" in text
    assert "top clients  shop/web-0 " in text
    assert "retransmits: 1 (same client port and id)\n" in text
    assert re.search(r"^1\.\d s  \d queries  \d/s   NOERROR [\d.]+ %  NXDOMAIN [\d.]+ %.*p50 \d+ us p99 \d+ us   UDP 100\.0 %  TC 0$", text, re.M)
    assert sum(int(found) for found in re.findall(r" s  (\d+) quer", text)) == 7 and len(tap.lines) > blocks


def test_over_http(server):
    """Without the command: curl, and what the endpoint refuses."""
    url = "http://localhost/tap"
    refused = run("curl", "-s", "-w", " %{http_code}", "--unix-socket", server.admin, url + "?rcode=NOPE")
    assert refused.stdout == 'rcode "NOPE": want a response code, as NXDOMAIN\n 400'
    assert run("curl", "-s", "--unix-socket", server.admin, "-I", url).stdout.startswith("HTTP/1.1 200")
    curl = subprocess.Popen(["curl", "-sN", "--unix-socket", server.admin, url + "?format=json&limit=1&name=web*"], stdout=subprocess.PIPE)
    wait(lambda: metric(server, "clusterdns_taps") == 1, 10)
    ask(server, "other.shop.svc.cluster.local.")
    ask(server)
    out, _ = curl.communicate(timeout=10)
    assert json.loads(out)["qname"] == WEB and curl.returncode == 0


def test_too_many(server):
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(Tap(server))
        assert metric(server, "clusterdns_taps") == 8
        one_more = run(binary(), "tap", "--admin", server.admin)
        assert (one_more.returncode, one_more.stdout) == (9, "") and "8 taps" in one_more.stderr
    wait(lambda: metric(server, "clusterdns_taps") == 0, 10)
    with Tap(server) as tap:
        ask(server)
        tap.until(1)


def tasks_and_files(server):
    process = pathlib.Path(f"/proc/{server.process.pid}")
    return len(os.listdir(process / "task")), len(os.listdir(process / "fd"))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whoever_goes_leaves_nothing_behind(server, how):
    ask(server)
    with Tap(server):
        pass
    wait(lambda: metric(server, "clusterdns_taps") == 0, 10)
    before = tasks_and_files(server)
    taps = [Tap(server, "--format", kind) for kind in ("text", "json", "coredns", "dnstap")]
    for count in range(50):
        ask(server)
    assert tasks_and_files(server) > before
    for tap in taps:
        tap.stop(how)
        tap.process.stderr.close()
    wait(lambda: metric(server, "clusterdns_taps") == 0, 10)
    # A thread that ends, and a descriptor that is closed, do so a moment later.
    wait(lambda: tasks_and_files(server)[0] <= before[0] and tasks_and_files(server)[1] <= before[1], 10)
    ask(server)


def test_the_server_ends_under_a_tap(server):
    with Tap(server) as tap:
        ask(server)
        tap.until(1)
        assert server.stop() == 0
        assert tap.process.wait(10) == 9
        assert b"has ended" in tap.process.stderr.read()


@pytest.mark.parametrize("arguments, said", [
    (("--rcode", "NOPE"), '--rcode "NOPE": want a response code'), (("--client", "x"), '--client "x": want an address'),
    (("--slower", "5"), '--slower "5": want a time'), (("--limit", "0"), '--limit "0"'), (("--pod", "web"), '--pod "web": want'),
    (("--summary", "1"), "--summary"), (("--format", "xml"), "format"), (("--from", "/none"), "/none: No such file"),
    (("--from", "/dev/null", "--pod", "a/b"), "--pod"), (("--from", __file__), "no line is a query's"),
])
def test_wrong_usage(arguments, said):
    told = run(binary(), "tap", *arguments)
    assert (told.returncode, told.stdout) == (2, "") and said in told.stderr and len(told.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["tap", "top"])
def test_no_server(tmp_path, command):
    for place in (tmp_path / "none.sock", "http://127.0.0.1:1"):
        told = run(binary(), command, "--admin", place)
        assert (told.returncode, told.stdout) == (9, "") and str(place) in told.stderr


def test_what_was_written_before(server, tmp_path):
    with Tap(server, "--format", "coredns") as log, Tap(server, "--format", "json") as lines:
        for name in ("google.com.shop.svc.cluster.local.", "google.com.svc.cluster.local.", "google.com.cluster.local.", "google.com.", WEB):
            ask(server, name, use_edns=0)
        log.until(5)
        lines.until(5)
    (tmp_path / "log").write_bytes(b".:53\nCoreDNS-1.11.1\n" + log.octets)
    for path in (tmp_path / "log", lines.path):
        assert len(run(binary(), "tap", "--from", path).stdout.splitlines()) == 5
        missing = run(binary(), "tap", "--from", path, "--rcode", "NXDOMAIN", "--format", "coredns").stdout.splitlines()
        assert len(missing) == 3
        summary = run(binary(), "tap", "--from", path, "--summary", "10s")
        assert summary.returncode == 0 and "search waste: 3 NXDOMAIN (60.0 %)" in summary.stdout
    assert run(binary(), "tap", "--from", tmp_path / "log", "--format", "coredns").stdout.encode() == log.octets
    assert run(binary(), "tap", "--from", lines.path, "--format", "json").stdout.encode() == lines.octets
    piped = run(binary(), "tap", "--from", "-", "--limit", "2", "--format", "dnstap", input=None, stdin=open(lines.path))
    assert piped.returncode == 0


def test_what_leaves_the_worker_is_seen(tmp_path):
    """Answers of upstreams, by UDP and TCP, with what the log plugin says of them; and queries that get no answer."""
    with name_server() as upstream, Resolver(tmp_path, """.:{dns} {
    log
    acl dropped.test {
        drop
    }
    forward . %s
    prometheus 127.0.0.1:{metrics}
}
""" % upstream.address, "--admin", tmp_path / "admin.sock") as server:
        server.admin = tmp_path / "admin.sock"
        with Tap(server, "--format", "coredns") as tap:
            assert server.says("www.example.test.") == "NOERROR 192.0.2.1"
            assert server.says("www.example.test.", "AAAA", tcp=True) == "NOERROR 2001:db8::1"
            with pytest.raises(dns.exception.Timeout):
                server.ask("a.dropped.test.", timeout=0.3)
            lines = tap.until(3)
        logged = [line for line in server.log if "example.test. " in line]
        assert len(logged) == 2
        # When it was taken down is not the same moment.
        assert [line.rsplit(" ", 1)[0] for line in lines[:2]] == [line.rsplit(" ", 1)[0] for line in logged]
        assert re.fullmatch(r'\[INFO\] 127\.0\.0\.1:\d+ - \d+ "A IN a\.dropped\.test\. udp 32 false 512" - - 0 0\.\d+s', lines[2])


def test_top_without_a_terminal(server):
    with Tap(server, command="top") as top:
        ask(server)
        wait(lambda: "1 queries" in top.octets.decode(), 10)
        assert top.stop() == 0
    assert re.match(r"1\.\d s  \d+ queries", top.lines[0])


@pytest.mark.parametrize("key", [b"q", b"\x03"])
def test_top_on_a_terminal(server, key):
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 100, 0, 0))
    before = termios.tcgetattr(slave)
    top = subprocess.Popen([binary(), "top", "--admin", server.admin], stdin=slave, stdout=slave, stderr=slave,
                           preexec_fn=lambda: (os.setsid(), fcntl.ioctl(0, termios.TIOCSCTTY, 0)))
    try:
        seen = b""
        end = time.monotonic() + 15
        while b"shop/web-0" not in seen:
            assert time.monotonic() < end, seen
            ask(server)
            if select.select([master], [], [], 0.2)[0]:
                seen += os.read(master, 1 << 16)
        os.write(master, key)
        assert top.wait(10) == 0
        while select.select([master], [], [], 0.2)[0]:
            seen += os.read(master, 1 << 16)
    finally:
        if top.poll() is None:
            top.kill()
        top.wait(10)
        after = termios.tcgetattr(slave)
        os.close(slave)
        os.close(master)
    assert b"web.shop.svc.cluster.local." in seen and b"QUERIES  NAME" in seen
    assert seen.startswith(b"\x1b[?1049h") and seen.endswith(b"\x1b[?1049l")
    screen = seen.split(b"\x1b[H")[-1].split(b"\x1b[J")[0].replace(b"\x1b[K", b"").split(b"\r\n")
    assert len(screen) <= 20 and all(len(line) <= 100 for line in screen)
    assert after == before
