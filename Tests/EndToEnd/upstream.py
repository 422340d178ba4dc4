"""A name server for tests, in front of which a forwarder stands: a few zones, counted queries, and everything that goes wrong.

    with Upstream({"example.org.": "192.0.2.1"}) as upstream:
        upstream.delay = 0.5

Over UDP and TCP on one port of 127.0.0.1, over TLS on another where certificates are given.
"""
from __future__ import annotations

import collections
import contextlib
import heapq
import itertools
import random
import socket
import threading
import time
from typing import Callable

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from kube.certificates import Certificates

SOA = "ns.upstream.test. hostmaster.upstream.test. 1 7200 1800 86400 {minimum}"
ROOT = {(".", "NS"): ["a.root.test."], (".", "SOA"): [SOA.format(minimum=60)]}


class Upstream:
    """Answers names of `records`; others are NXDOMAIN, with the SOA of the last two labels and TTL `negative`.

    records: name → address or CNAME, or (name, type) → data as text, or a list of them. `*.name` has every name one label
    below; the type "RCODE" is what that name alone is answered with.

    Faults, to be set at any time:
    silent: queries are read and never answered; True, or a set of transports.
    delay: seconds before an answer.
    rcode: what everything is answered with, without records.
    lie: "id", "question" (another name's answer), "bailiwick" (records that nobody asked for), "port" (from another socket).
    truncates: answers over UDP have TC and no records.
    `close()` and `open()`: nobody listens on the port meanwhile.
    """

    def __init__(self, records: dict = {}, *, address: str = "127.0.0.1", port: int = 0, ttl: int = 60, negative: int = 60,
                 certificates: Certificates | None = None) -> None:
        self.records = ROOT | {key if isinstance(key, tuple) else (key, _kind(data)): data if isinstance(data, list) else [data]
                               for key, data in records.items()}
        self.host, self.port, self.ttl, self.negative = address, port, ttl, negative
        self.silent: bool | set[str] = False
        self.delay, self.rcode, self.lie, self.truncates = 0.0, None, None, False
        self.counts: collections.Counter[tuple[str, str, str]] = collections.Counter()
        self.ports: set[int] = set()
        self.ids: list[int] = []
        self.tls_port = 0
        self._context = certificates.context() if certificates else None
        if self._context:
            self._context.set_alpn_protocols(["dot"])
        self._lock = threading.Condition()
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._number = itertools.count()
        self._delivering = False
        self._sockets: set[socket.socket] = set()

    @property
    def address(self) -> str:
        """As `forward` takes it."""
        return f"{self.host}:{self.port}"

    def asked(self, name: str, kind: str | None = None, transport: str | None = None) -> int:
        """How often the name was asked for."""
        return sum(count for (asked, of, by), count in list(self.counts.items())
                   if asked == name and kind in (None, of) and transport in (None, by))

    def total(self, below: str = "test.") -> int:
        """How many questions came for names below this."""
        return sum(count for (asked, *_), count in list(self.counts.items()) if asked.endswith(below))

    # Life.

    def open(self) -> None:
        datagrams, listener = self._bound()
        self._start(self._receive, datagrams)
        self._start(self._accept, listener, "tcp")
        if self._context:
            secure = socket.create_server((self.host, self.tls_port), backlog=64)
            self.tls_port = secure.getsockname()[1]
            self._sockets.add(secure)
            self._start(self._accept, secure, "tls")

    def close(self) -> None:
        with self._lock:
            found, self._sockets = self._sockets, set()
            self._later.clear()
            self._lock.notify_all()
        for each in found:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def __enter__(self) -> Upstream:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _bound(self) -> tuple[socket.socket, socket.socket]:
        for _ in range(50):
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            try:
                listener.bind((self.host, self.port))
                datagrams.bind((self.host, listener.getsockname()[1]))
                listener.listen(64)
            except OSError:
                listener.close()
                datagrams.close()
                if self.port and self.port < 1024:
                    raise
                time.sleep(0.02)
                continue
            self.port = listener.getsockname()[1]
            self._sockets |= {listener, datagrams}
            return datagrams, listener
        raise OSError(f"no port {self.port} of {self.host}")

    def _start(self, body: Callable, *arguments: object) -> None:
        threading.Thread(target=body, args=arguments, daemon=True).start()

    # Transports.

    def _receive(self, found: socket.socket) -> None:
        def send(wire: bytes, client: tuple) -> None:
            with contextlib.suppress(OSError):
                if self.lie == "port":
                    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                        other.sendto(wire, client)
                else:
                    found.sendto(wire, client)

        while True:
            try:
                wire, client = found.recvfrom(4096)
            except OSError:
                return
            if not client:
                return
            self.ports.add(client[1])
            self._answer(wire, "udp", lambda answer, client=client: send(answer, client))

    def _accept(self, listener: socket.socket, transport: str) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self._start(self._serve, connection, transport)

    def _serve(self, connection: socket.socket, transport: str) -> None:
        self._sockets.add(connection)
        with contextlib.suppress(OSError, EOFError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if transport == "tls":
                connection.settimeout(10)
                connection = self._context.wrap_socket(connection, server_side=True)
                connection.settimeout(None)
                self._sockets.add(connection)
            reader, lock = connection.makefile("rb"), threading.Lock()

            def send(wire: bytes) -> None:
                with contextlib.suppress(OSError), lock:
                    connection.sendall(len(wire).to_bytes(2, "big") + wire)

            while len(prefix := reader.read(2)) == 2:
                self._answer(reader.read(int.from_bytes(prefix, "big")), transport, send)
        self._sockets.discard(connection)
        connection.close()

    # Answers.

    def _answer(self, wire: bytes, transport: str, send: Callable[[bytes], None]) -> None:
        try:
            query = dns.message.from_wire(wire)
            question = query.question[0]
        except (dns.exception.DNSException, IndexError):
            return
        kind = dns.rdatatype.to_text(question.rdtype)
        self.ids.append(query.id)
        self.counts[question.name.to_text().lower(), kind, transport] += 1
        if self.silent is True or (self.silent and transport in self.silent):
            return
        answer = self._reply(query, transport).to_wire(max_size=65535)
        if not self.delay:
            return send(answer)
        with self._lock:
            heapq.heappush(self._later, (time.monotonic() + self.delay, next(self._number), lambda: send(answer)))
            self._lock.notify_all()
            if not self._delivering:
                self._delivering = True
                self._start(self._deliver)

    def _deliver(self) -> None:
        """Sends what was delayed when its time has come."""
        while True:
            with self._lock:
                if not self._later:
                    self._delivering = False
                    return
                if (left := self._later[0][0] - time.monotonic()) > 0:
                    self._lock.wait(left)
                    continue
                send = heapq.heappop(self._later)[2]
            send()

    def _reply(self, query: dns.message.Message, transport: str) -> dns.message.Message:
        asked = query.question[0]
        answer = dns.message.make_response(query, recursion_available=True)
        own = self.records.get((asked.name.to_text().lower(), "RCODE"))
        if self.rcode or own:
            answer.set_rcode(dns.rcode.from_text(self.rcode or own[0]))
            return answer
        if self.truncates and transport == "udp":
            answer.flags |= dns.flags.TC
            return answer
        name, kind = asked.name.to_text().lower(), dns.rdatatype.to_text(asked.rdtype)
        for _ in range(16):
            if alias := self.records.get((name, "CNAME")):
                answer.answer.append(dns.rrset.from_text(name, self.ttl, "IN", "CNAME", *alias))
                if kind == "CNAME":
                    break
                name = alias[0]
                continue
            if found := self._found(name, kind):
                answer.answer.append(dns.rrset.from_text(name, self.ttl, "IN", kind, *found))
            else:
                if not any(other == name for other, _ in self.records) and not self._below(name):
                    answer.set_rcode(dns.rcode.NXDOMAIN)
                apex = ".".join(name.split(".")[-3:]) if name != "." else name
                answer.authority.append(
                    dns.rrset.from_text(apex, self.negative, "IN", "SOA", SOA.format(minimum=self.negative)))
            break
        # As asked, in the client's letters.
        if answer.answer and answer.answer[0].name == asked.name:
            answer.answer[0].name = asked.name
        match self.lie:
            case "id":
                answer.id = (answer.id + random.randrange(1, 65536)) & 0xFFFF
            case "question":
                answer.question[0].name = dns.name.from_text("other.test.")
                answer.answer = [dns.rrset.from_text("other.test.", 60, "IN", "A", "198.51.100.66")]
            case "bailiwick":
                answer.answer.append(dns.rrset.from_text("bank.test.", 3600, "IN", "A", "198.51.100.66"))
                answer.authority.append(dns.rrset.from_text("test.", 3600, "IN", "NS", "ns.evil.test."))
                answer.additional.append(dns.rrset.from_text("bank.test.", 3600, "IN", "A", "198.51.100.66"))
        return answer

    def _found(self, name: str, kind: str) -> list[str] | None:
        return self.records.get((name, kind)) or self.records.get(("*." + name.partition(".")[2], kind))

    def _below(self, name: str) -> bool:
        return any(other == "*." + name.partition(".")[2] or other.endswith("." + name) for other, _ in self.records)


def _kind(data: str | list[str]) -> str:
    first = data[0] if isinstance(data, list) else data
    return "AAAA" if ":" in first else "A" if first.replace(".", "").isdigit() else "CNAME"


@contextlib.contextmanager
def flapping(upstream: Upstream, period: float):
    """Closed and open for `period` seconds each; open at the end."""
    done = threading.Event()

    def flap() -> None:
        while not done.wait(period):
            upstream.close()
            done.wait(period)
            upstream.open()

    thread = threading.Thread(target=flap, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(10)
