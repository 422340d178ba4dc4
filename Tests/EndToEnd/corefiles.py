"""Corefiles as clusters ship them, on free ports, and the binary that serves one."""
from __future__ import annotations

import contextlib
import http.client
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import threading

import dns.exception
import dns.message
import dns.query
import pytest
from apiserver import APIServer
from cluster import endpoint_slice, external_name, pod, service, text, wait
from conftest import HERE, Server, binary
from upstream import Upstream

# The same tests run against CoreDNS's own binary, as far as its plugins and its virtues go: CLUSTERDNS=…/coredns tools/test end
IS_COREDNS = pathlib.Path(os.environ.get("CLUSTERDNS", "")).name == "coredns"
ours = pytest.mark.skipif(IS_COREDNS, reason="where CoreDNS is not as good")
root = pytest.mark.skipif(os.geteuid() != 0, reason="port 53 and namespaces need root")

DISTRIBUTIONS = {path.stem: path.read_text() for path in sorted((HERE / "distributions").glob("*.Corefile"))}

CLUSTER = [service("kubernetes", "10.96.0.1", ports=(("https", 443),)), service("web", "10.96.1.1"),
           endpoint_slice("web", "10.244.0.1"), service("db"),
           endpoint_slice("db", "10.244.0.2", {"addresses": ["10.244.0.3"], "hostname": "first"}),
           service("kube-dns", "10.96.0.10", into="kube-system", ports=(("dns", 53),)),
           service("six", "fd00:10:96::6", ipFamilies=["IPv6"]), external_name("outside", "www.example.test"),
           external_name("nowhere", "none.example.test"), external_name("broken", "broken.servfail.test"),
           pod("client", "127.0.0.1")]
# The internet.
OUTSIDE = {"www.example.test.": "192.0.2.1", ("www.example.test.", "AAAA"): "2001:db8::1",
           "alias.example.test.": "www.example.test.", ("53.2.0.192.in-addr.arpa.", "PTR"): "ns.example.test.",
           "www.corp.test.": "192.0.2.80", "new.corp.test.": "192.0.2.81",
           ("broken.servfail.test.", "RCODE"): "SERVFAIL", "*.many.test.": "192.0.2.7"}
WEB, WWW = ("web.default.svc.cluster.local.", "A"), ("www.example.test.", "A")
TRUE = {WEB: "NOERROR 10.96.1.1", ("db.default.svc.cluster.local.", "A"): "NOERROR 10.244.0.2 10.244.0.3",
        ("none.default.svc.cluster.local.", "A"): "NXDOMAIN"}
# What a server that has read the cluster says.
READY = (*WEB, TRUE[WEB])


def free_port() -> int:
    """One that neither UDP nor TCP uses, below those that the kernel gives to clients."""
    for port in random.sample(range(10_000, 32_000), 200):
        with socket.socket() as stream, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            try:
                stream.bind(("", port))
                datagrams.bind(("", port))
                return port
            except OSError:
                continue
    raise OSError("no free port")


def name_server(records: dict = OUTSIDE, **options) -> Upstream:
    """On port 53 of an address of its own where that is allowed, so that a resolv.conf can name it; not open yet."""
    try:
        with socket.socket() as found:
            address = f"127.{random.randrange(1, 255)}.{random.randrange(256)}.{random.randrange(1, 255)}"
            found.bind((address, 53))
        return Upstream(records, address=address, port=53, **options)
    except OSError:
        return Upstream(records, **options)


def resolv_conf(path: pathlib.Path, upstream: Upstream) -> str:
    """Names the upstream there, and what `forward` takes for it: the path, or the address if its port is not 53."""
    if upstream.port != 53:
        return upstream.address
    path.write_text(f"nameserver {upstream.host}\nsearch example.test\n")
    return str(path)


def need_plugins(corefile: str) -> None:
    """Skips what CoreDNS's binary has been built without."""
    if IS_COREDNS:
        there = set(subprocess.run([binary(), "-plugins"], capture_output=True, text=True, timeout=20).stdout.split())
        used = set(re.findall(r"^ +([a-z_0-9]+)(?: .*)?$", re.sub(r"\{\n[^{}]*\}(?=\n +\S|\n\})", "", corefile), re.M))
        known = {"template", "chaos", "nsid", "acl", "dns64", "autopath", "k8s_external", "any", "local", "minimal"}
        if missing := (used & known) - there:
            pytest.skip(f"no {', '.join(missing)} in this binary")


class Resolver(Server):
    """`clusterdns -conf FILE`; `text` may have {dns}, {health}, {ready} and {metrics} for ports, {folder}. Ends with the test."""

    def __init__(self, folder: pathlib.Path, text: str, *arguments, words=(), until=None, timeout=20, environment=None, port=None):
        need_plugins(text)
        self.folder, self.file = folder, folder / "Corefile"
        self.numbers = {name: free_port() for name in ("dns", "health", "ready", "metrics")} | ({"dns": port} if port else {})
        self.ports, self.log = [self.numbers["dns"]], []
        self.write(text)
        self.process = subprocess.Popen(
            [binary(), *words, "-conf", str(self.file), *map(str, arguments)], text=True, errors="replace",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=os.environ | (environment or {}))
        self._lock = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.wait_listening(timeout)
            if until:
                self.until(*until, timeout=timeout)
        except BaseException:
            self.process.kill()
            self.process.wait(10)
            raise

    def _read(self):
        for line in self.process.stdout:
            with self._lock:
                self.log.append(line.rstrip("\n"))
                self._lock.notify_all()
        with self._lock:
            self._lock.notify_all()

    def write(self, text: str) -> None:
        for name, value in (self.numbers | {"folder": self.folder}).items():
            text = text.replace("{" + name + "}", str(value))
        new = self.file.with_suffix(".new")
        new.write_text(text)
        new.rename(self.file)
        self.text = text

    def wait_listening(self, timeout=20) -> None:
        """Until both UDP and TCP are bound to the DNS port."""
        def bound(kind):
            lines = [line for table in (kind, kind + "6")
                     for line in pathlib.Path(f"/proc/thread-self/net/{table}").read_text().splitlines()]
            return any(f":{self.port:04X} " in line and (kind == "udp" or line.split()[3] == "0A") for line in lines)
        wait(lambda: self._living() and bound("udp") and bound("tcp"), timeout, "listening\n" + "\n".join(self.log))

    def _living(self) -> bool:
        assert self.process.poll() is None, f"ended with {self.process.returncode}:\n" + "\n".join(self.log)
        return True

    # Questions.

    def ask(self, name, kind="A", *, tcp=False, timeout=6, where="127.0.0.1", source=None, rdclass="IN", **options):
        query = dns.message.make_query(name, kind, rdclass, **options)
        how = dns.query.tcp if tcp else dns.query.udp
        return how(query, where, port=self.port, timeout=timeout, source=source)

    def says(self, name, kind="A", **options) -> str:
        """The rcode and the data of the answer, sorted."""
        return text(self.ask(name, kind, **options))

    def until(self, name, kind, wanted, timeout=10.0) -> None:
        seen = [""]

        def right():
            self._living()
            try:
                seen.append(self.says(name, kind, timeout=1))
            except dns.exception.Timeout:
                seen.append("nothing")
            return seen[-1] == wanted
        try:
            wait(right, timeout)
        except AssertionError:
            raise AssertionError(f"{name} {kind} is {seen[-1]!r}, not {wanted!r}:\n" + "\n".join(self.log[-50:])) from None

    # Pages.

    def page(self, door: str, host="127.0.0.1"):
        """Status and text of /health, /ready or /metrics at its port; None and nothing where nobody listens."""
        connection = http.client.HTTPConnection(host, self.numbers[door], timeout=5)
        try:
            connection.request("GET", f"/{door}")
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (ConnectionError, http.client.HTTPException):
            return None, ""
        finally:
            connection.close()

    def metric(self, family: str, /, **labels: str) -> float:
        """The sum of the samples with that name and these labels."""
        total = 0.0
        for line in self.page("metrics")[1].splitlines():
            found = re.fullmatch(r'(\w+)(?:\{(.*)\})? (\S+)', line)
            if found and found[1] == family and all(f'{key}="{value}"' in (found[2] or "") for key, value in labels.items()):
                total += float(found[3])
        return total

    # Changes.

    def reload(self, text: str, number: int, bind="") -> None:
        """Puts the text in place, with one more block by which its loading is seen, and says so by SIGUSR1."""
        self.change(text, number, bind)
        self.process.send_signal(signal.SIGUSR1)
        self.until(f"reloaded-{number}.test.", "A", f"NOERROR 192.0.2.{number}")

    def change(self, text: str, number: int, bind="") -> None:
        self.write(f"{text}\nreloaded-{number}.test:{{dns}} {{\n    {bind}\n    hosts {{\n"
                   f"        192.0.2.{number} reloaded-{number}.test\n    }}\n}}\n")


def distribution(name: str, folder: pathlib.Path, *, api: APIServer | None = None, upstream: Upstream | None = None,
                 cluster_dns: str = "", lameduck: str = "1s") -> str:
    """A distribution's Corefile with everything that is the machine's replaced: ports, link-local addresses, paths, the API."""
    found = DISTRIBUTIONS[name]
    found = re.sub(r"(?m)^([^\s:]+):(?:53|5353|8053)\b", r"\1:{dns}", found)
    for address, stand_in in {"169.254.20.10": "127.0.0.1", "169.254.10.10": "127.0.0.1", "10.96.0.10": "127.0.0.2",
                              "169.254.10.11": "127.0.0.2"}.items():
        found = found.replace(address, stand_in)
    found = re.sub(r"(?m)^(\s+health)(?: \S+:8080)?( \{)?$", r"\1 127.0.0.1:{health}\2", found)
    found = re.sub(r"(?m)^(\s+ready)(?: \S+:8181)?$", r"\1 127.0.0.1:{ready}", found)
    found = re.sub(r"(?m)^(\s+prometheus) \S*:9[12]53$", r"\1 127.0.0.1:{metrics}", found)
    found = re.sub(r"lameduck \d+s", f"lameduck {lameduck}", found)
    if api:
        found = re.sub(r"(?m)^(\s+kubernetes .*\{)$", rf"\1\n        endpoint {api.url}", found)
    if upstream:
        found = found.replace("/etc/resolv.conf", resolv_conf(folder / "resolv.conf", upstream))
        found = found.replace("192.0.2.53", upstream.address)
    return found.replace("CLUSTER_DNS", cluster_dns).replace("/etc/coredns", "{folder}")


def forwarding(api: APIServer, *targets: str, options: str = "", first: str = "", more: str = "") -> str:
    """A Corefile with the cluster's zone and a `forward` line with options; with lines of other plugins in front and behind."""
    return f""".:{{dns}} {{
    errors
    ready 127.0.0.1:{{ready}}
    prometheus 127.0.0.1:{{metrics}}
    kubernetes cluster.local in-addr.arpa ip6.arpa {{
        endpoint {api.url}
        fallthrough in-addr.arpa ip6.arpa
    }}
    {first}
    forward . {' '.join(targets)} {{
        {options}
    }}
    {more}
}}
"""


@contextlib.contextmanager
def serving(api: APIServer, upstream: Upstream, folder: pathlib.Path):
    """What starts servers of the cluster and the internet, with lines in front of `forward` and blocks behind; they end here."""
    with contextlib.ExitStack() as stack:
        yield lambda lines="", blocks="": stack.enter_context(
            Resolver(folder, forwarding(api, upstream.address, first=lines) + blocks, until=READY))
