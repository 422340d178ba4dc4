"""Who asks a server: many at once, and all the while."""
from __future__ import annotations

import random
import select
import socket
import subprocess
import sys
import threading
import time

import dns.message
from cluster import text, wait
from conftest import Server


# In a process of its own: threads of this one would wait for each other.
STOPWATCH = """
import socket, sys, time
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(5)
client.connect(("127.0.0.1", int(sys.argv[1])))
for _ in range(int(sys.argv[3])):
    began = time.perf_counter()
    client.send(bytes.fromhex(sys.argv[2]))
    answer = client.recv(4096)
    print(time.perf_counter() - began, answer[3] & 15, answer[7])
"""


def stopwatch(server: Server, name: str, kind: str, count: int = 500) -> list[float]:
    """How long each of so many questions took, one after the other, in seconds, sorted; all have to have an answer."""
    wire = dns.message.make_query(name, kind).to_wire()
    out = subprocess.run([sys.executable, "-c", STOPWATCH, str(server.port), wire.hex(), str(count)], check=True,
                         capture_output=True, text=True, timeout=60).stdout
    found = [line.split() for line in out.splitlines()]
    assert len(found) == count and all(rcode == "0" and answers != "0" for _, rcode, answers in found)
    return sorted(float(seconds) for seconds, *_ in found)


def first(answer: dns.message.Message) -> tuple[str, str, str]:
    """Owner, type and data of the first record."""
    return answer.answer[0].name.to_text(), answer.answer[0].rdtype.name, answer.answer[0][0].to_text()


def many(server: Server, count: int = 60, at_once: int = 10, name: str = "n") -> list[tuple[str, float]]:
    """Asks for as many names below many.test, so many at a time; what each was told, and after how many seconds."""
    names = [(f"{name}{number}.many.test.", "A") for number in range(count)]
    return [found for start in range(0, count, at_once) for found in gather(server, names[start:start + at_once])]


def gather(server: Server, questions: list, timeout: float = 8.0, clients: int = 1, where="127.0.0.1") -> list[tuple[str, float]]:
    """Asks all at once, from as many sockets; what each was told (or "lost"), and after how many seconds."""
    found: list[tuple[str, float]] = [("lost", timeout)] * len(questions)
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(clients)]
    try:
        for each in sockets:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            each.connect((where, server.port))
        began = []
        wires = [dns.message.make_query(*question, id=number).to_wire() for number, question in enumerate(questions)]
        for number, wire in enumerate(wires):
            began.append(time.monotonic())
            sockets[number % clients].send(wire)
        end, left = time.monotonic() + timeout, set(range(len(questions)))
        while left and (rest := end - time.monotonic()) > 0:
            for each in select.select(sockets, [], [], rest)[0]:
                answer = dns.message.from_wire(each.recv(4096))
                if answer.id in left:
                    left.discard(answer.id)
                    found[answer.id] = text(answer), time.monotonic() - began[answer.id]
        return found
    finally:
        for each in sockets:
            each.close()


class Asker(threading.Thread):
    """Asks known names one after the other all the while; how long each took is in `latencies`.

    Every answer has to be there, and to be what is true. With `ends` it stops where nobody listens any more, at the time `ended`.
    """

    def __init__(self, server: Server, true: dict, *, pause=0.0005, timeout=6.0, where="127.0.0.1", ends=False):
        super().__init__(daemon=True)
        self.true, self.pause, self.ends = dict(true), pause, ends
        self.asked, self.lost, self.wrong, self.latencies, self.ended = 0, 0, [], [], None
        self._done = threading.Event()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(timeout)
        self._socket.connect((where, server.port))

    def run(self):
        wires = {key: bytearray(dns.message.make_query(*key).to_wire()) for key in self.true}
        while not self._done.wait(self.pause):
            key = random.choice(list(wires))
            number = self.asked & 0xFFFF
            wires[key][0:2] = number.to_bytes(2, "big")
            began = time.monotonic()
            try:
                self._socket.send(wires[key])
                answer = dns.message.from_wire(self._socket.recv(4096))
            except ConnectionRefusedError:
                if self.ends:
                    self.ended = time.monotonic()
                    return
                self.asked, self.lost = self.asked + 1, self.lost + 1
                continue
            except TimeoutError:
                self.asked, self.lost = self.asked + 1, self.lost + 1
                continue
            self.asked += 1
            self.latencies.append(time.monotonic() - began)
            if answer.id != number or text(answer) != self.true[key]:
                self.wrong.append((time.monotonic(), key, text(answer)))

    def more(self, count=20, limit=5.0):
        """Until as many more have been asked."""
        wanted = self.asked + count
        wait(lambda: self.asked >= wanted, limit, f"{count} more asked")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        self._done.set()
        self.join(8)
        self._socket.close()
        if kind is None:
            assert self.asked > 0 and self.lost == 0 and not self.wrong, (self.asked, self.lost, self.wrong[:10])
