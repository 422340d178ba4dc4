"""Changes: endpoints applied in a second, and what one endpoint's change costs in a small and in a large registry."""
from __future__ import annotations

import dataclasses
import ipaddress
import socket
import statistics
import time

import machine
import metrics
from bench import Bench
from churn import Slices, replace
from cluster import Cluster
from report import Goal, Section
from servers import Server, query

TITLE = "changes of endpoints"
BURST = (10, 1000)  # files, endpoints in each
SIZES = (10, 10_000)  # Services beside the one that changes
SINGLE_CHANGES = 100
PAUSE = 0.02  # seconds from one single change to the next
RATE_GOAL = 50_000  # endpoint changes that a second of the writer applies
COST_GOAL = 1.25  # of a change in the large registry, against the small one


@dataclasses.dataclass(frozen=True)
class Burst:
    """All endpoints of all files changed at once."""
    visible: float  # endpoints a second, from the first rename to the last answer
    cpu: float  # microseconds of the process an endpoint, reading the files included
    writer: float | None  # endpoints a second of the writer's own time


@dataclasses.dataclass(frozen=True)
class Single:
    cpu: float  # microseconds of the process a change, reading the file included
    writer: float | None  # microseconds of the writer a change
    visible: float  # milliseconds from rename to answer, the median


def run(bench: Bench) -> Section:
    burst = Slices(bench.folder / "burst", *BURST)
    burst.create()
    with bench.clusterdns(burst.folder) as server:
        bursts = [_burst(server, burst, version) for version in range(1, 2 * bench.rounds + 2)]
    singles = {size: _single(bench, size) for size in SIZES}
    small, large = (singles[size] for size in SIZES)
    writer = _median([found.writer for found in bursts])
    rows = [[f"{BURST[0] * BURST[1]:,} endpoints in {BURST[0]} files", None,
             statistics.median(found.cpu for found in bursts), None if writer is None else 1e6 / writer,
             statistics.median(found.visible for found in bursts)]]
    rows += [[f"one endpoint beside {size:,} Services", found.visible, found.cpu, found.writer, None]
             for size, found in singles.items()]
    goals = [Goal("endpoint changes the writer applies in a second", writer, RATE_GOAL, at_least=True),
             Goal("CPU a change, 10,000 Services / 10", large.cpu / small.cpu, COST_GOAL),
             Goal("writer's time a change, 10,000 Services / 10",
                  None if large.writer is None or not small.writer else large.writer / small.writer, COST_GOAL),
             Goal("time to the answer, 10,000 Services / 10", large.visible / small.visible, COST_GOAL)]
    return Section("changes", TITLE, ["change", "ms to answer", "CPU us", "writer us", "visible endpoints/s"], rows,
                   goals, ["CPU and writer: an endpoint; CPU includes reading the file."],
                   {"bursts": bursts, "singles": singles})


def _median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def _burst(server: Server, slices: Slices, version: int) -> Burst:
    texts = [slices.contents(number, version) for number in range(slices.files)]
    counters, used, started = metrics.read(server.admin), machine.cpu_time(server.pid), time.monotonic()
    for number, text in enumerate(texts):
        replace(slices.path(number), text)
    for number in range(slices.files):
        _wait(server.port, slices, number, version)
    count, elapsed = slices.files * slices.size, time.monotonic() - started
    _, cpu = used.until(machine.cpu_time(server.pid))
    seconds, endpoints = _writer(counters, metrics.read(server.admin))
    return Burst(count / elapsed, cpu / count * 1e6, endpoints / seconds if seconds and endpoints else None)


def _single(bench: Bench, size: int) -> Single:
    one = Slices(bench.folder / f"single-{size}", files=1, size=1)
    one.create()
    Cluster(size - size // 10, size // 10).write_manifests(one.folder / "cluster.json")
    with bench.clusterdns(one.folder) as server:
        visible = [_timed(server, one, version) for version in range(1, SINGLE_CHANGES + 1)]
        counters, used = metrics.read(server.admin), machine.cpu_time(server.pid)
        for version in range(1, SINGLE_CHANGES + 1):
            replace(one.path(0), one.contents(0, version))
            time.sleep(PAUSE)
        _, cpu = used.until(machine.cpu_time(server.pid))
        seconds, _ = _writer(counters, metrics.read(server.admin))
    return Single(cpu / SINGLE_CHANGES * 1e6, None if seconds is None else seconds / SINGLE_CHANGES * 1e6,
                  statistics.median(visible) * 1e3)


def _timed(server: Server, slices: Slices, version: int) -> float:
    text = slices.contents(0, version)
    started = time.monotonic()
    replace(slices.path(0), text)
    _wait(server.port, slices, 0, version)
    return time.monotonic() - started


def _writer(before: dict[str, float], after: dict[str, float]) -> tuple[float | None, float | None]:
    """Seconds the writer took, and endpoint changes."""
    return (metrics.increase(before, after, "clusterdns_writer_seconds_total"),
            metrics.increase(before, after, "clusterdns_writer_endpoints_total"))


def _wait(port: int, slices: Slices, number: int, version: int, seconds: float = 30) -> None:
    """Asks until an address of that version is answered; without EDNS an answer of A records ends with an address."""
    first = slices.first_address(number, version)
    question, end = query(slices.name(number)), time.monotonic() + seconds
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(0.1)
        udp.connect(("127.0.0.1", port))
        while time.monotonic() < end:
            udp.send(question)
            try:
                answer = udp.recv(4096)
            except TimeoutError:
                continue
            if 0 <= int(ipaddress.IPv4Address(answer[-4:])) - int(first) < slices.size:
                return
            time.sleep(0.0001)
    raise RuntimeError(f"version {version} of {slices.name(number)} was not answered in {seconds} s")
