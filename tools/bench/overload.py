"""Three times what a server carries: how much it still answers, and what it holds.

One core cannot offer three times what another one carries. So the server shares its core with busy processes that take
most of it; what it carries then is measured first, with a closed loop, and three times that is offered in an open one.
"""
from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import struct
import subprocess

import beside
import machine
import metrics
import servers
from bench import Bench
from load import median
from report import Goal, Section
from servers import Server

TITLE = "three times the capacity"
BUSY, NICE = 3, 0  # processes beside the server
FACTOR = 3
OUTSTANDING = 1000  # in the closed loop: enough that the server always has something to do
ANSWERED_GOAL, MEMORY_GOAL = 0.9, 1.05


@dataclasses.dataclass(frozen=True)
class Overload:
    capacity: float  # answers a second, closed loop
    offered: float  # queries a second
    answered: float  # a second
    kernel_drops: int
    counted_drops: float | None  # by the server
    before: int  # resident bytes
    after: int

    @property
    def excess(self) -> float:
        return self.offered / self.capacity

    @property
    def kept(self) -> float:
        return self.answered / self.capacity


def run(bench: Bench) -> Section:
    queries = bench.queries()
    servers.build(bench.folder, "offer")
    with bench.running("NSD", "clusterdns") as running, contextlib.ExitStack() as stack:
        for _ in range(BUSY):
            stack.enter_context(beside.running(bench.server_core, NICE, beside.busy))
        found = bench.rounds_of({name: lambda server=server: _overload(bench, server, queries)
                                 for name, server in running.items()})
    rows = [[name, *(median(rounds, field) for field in ("capacity", "offered", "answered", "kept")),
             sum(one.kernel_drops for one in rounds), _counted(rounds),
             rounds[0].before / 2**20, rounds[-1].after / 2**20] for name, rounds in found.items()]
    ours = found["clusterdns"]
    counted = _counted(ours)
    drops = sum(one.kernel_drops for one in ours)
    goals = [Goal("offered / capacity", median(ours, "excess"), 0.95 * FACTOR, at_least=True),
             Goal("answered / capacity", median(ours, "kept"), ANSWERED_GOAL, at_least=True),
             Goal("memory after / before", ours[-1].after / ours[0].before, MEMORY_GOAL),
             Goal("dropped datagrams counted by the server / by the kernel",
                  None if counted is None or not drops else counted / drops, 0.99, at_least=True)]
    return Section("overload", TITLE, ["server", "capacity/s", "offered/s", "answered/s", "answered / capacity",
                                       "dropped", "counted", "MiB before", "MiB after"], rows, goals,
                   ["No EDNS. dropped: by the kernel before the socket; counted: the same, as the server's metrics tell.",
                    "If less was offered than the goal, something else ran on the client's core."], dict(found))


def _counted(rounds: list[Overload]) -> float | None:
    if any(one.counted_drops is None for one in rounds):
        return None
    return sum(one.counted_drops or 0 for one in rounds)


def _overload(bench: Bench, server: Server, queries: pathlib.Path) -> Overload:
    closed = bench.client(edns=False, outstanding=OUTSTANDING).load(server, queries)
    before, counters = server.resident_bytes(), metrics.read(server.admin) if server.admin else {}
    drops = machine.socket_drops(server.port)
    sent, answered = offer(bench, server, queries, FACTOR * closed.rate)
    after = metrics.read(server.admin) if server.admin else {}
    return Overload(closed.rate, sent / bench.seconds, answered / bench.seconds,
                    machine.socket_drops(server.port) - drops,
                    metrics.increase(counters, after, "clusterdns_udp_receive_drops_total"),
                    before, server.resident_bytes())


def offer(bench: Bench, server: Server, queries: pathlib.Path, rate: float) -> tuple[int, int]:
    """Queries sent at that rate for the seconds of a load, whatever came back, and the answers that came."""
    messages = [servers.query(*line.split()) for line in queries.read_text().splitlines()]
    done = subprocess.run([str(bench.folder / "offer"), str(server.port), str(int(rate)), str(bench.seconds)],
                          input=b"".join(struct.pack("!H", len(message)) + message for message in messages),
                          stdout=subprocess.PIPE, check=True, timeout=bench.seconds + 10)
    sent, answered = map(int, done.stdout.split())
    return sent, answered
