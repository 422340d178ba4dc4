"""What the size of the registry costs: CPU a query, time to load, memory a Service and an endpoint."""
from __future__ import annotations

import contextlib
import dataclasses
import pathlib

import servers
from bench import Bench
from cluster import Cluster
from load import Load, median
from report import Goal, Section

TITLE = "size of the registry"
SERVICES = (100, 10_000, 100_000)  # a tenth of them headless, with 8 endpoints each
QUERIES = 50_000
CPU_GOAL = 1.25  # the dearest size against the cheapest
ENDPOINT_GOAL = 200  # octets


@dataclasses.dataclass(frozen=True)
class Held:
    """What a server that answers nothing holds."""
    load_seconds: float
    resident: int  # bytes


def run(bench: Bench) -> Section:
    files = {count: _files(bench.folder, Cluster(count - count // 10, count // 10)) for count in SERVICES}
    held: dict[int, Held] = {}
    with contextlib.ExitStack() as stack:
        loads = {}
        for count, (manifests, queries) in files.items():
            server = stack.enter_context(bench.clusterdns(manifests))
            held[count] = Held(server.load_seconds, server.resident_bytes())
            loads[count] = lambda server=server, queries=queries: bench.client().load(server, queries)
        found: dict[int, list[Load]] = bench.rounds_of(loads)
    rows = [[f"clusterdns, {count:,} Services", held[count].load_seconds, held[count].resident / 2**20,
             median(found[count], "user"), median(found[count], "whole")] for count in SERVICES]
    small, large = min(SERVICES), max(SERVICES)
    costs = [median(loads_, "whole") for loads_ in found.values()]
    each = {}
    memory = {}
    for title, empty, full in _memory_pairs():
        memory[title] = without, with_ = _held(bench, empty), _held(bench, full)
        each[title] = (with_.resident - without.resident) / full.all_endpoints
        label = f"clusterdns, {full.services:,} {title} Services"
        rows.append([f"{label}, no endpoints", without.load_seconds, without.resident / 2**20, None, None])
        rows.append([f"{label}, {full.all_endpoints:,}", with_.load_seconds, with_.resident / 2**20, None, None])
    if servers.available("NSD"):
        full = _memory_pairs()[0][2]
        with servers.nsd(bench.folder, bench.server_core, full.write_zone(bench.folder / "full.zone")) as server:
            memory["NSD"] = Held(server.load_seconds, server.resident_bytes())
        rows.append([f"NSD, {full.services:,} headless Services, {full.all_endpoints:,}", memory["NSD"].load_seconds,
                     memory["NSD"].resident / 2**20, None, None])
    service = (held[large].resident - held[small].resident) / (large - small)
    goals = [Goal("whole CPU a query, most / least", max(costs) / min(costs), CPU_GOAL),
             *(Goal(f"memory an endpoint, {title} Services", figure, ENDPOINT_GOAL, "octets")
               for title, figure in each.items())]
    return Section("size", TITLE, ["registry", "load s", "MiB", "user us", "whole us"], rows, goals,
                   [f"Memory a Service, of {small} to {large:,}, the endpoints of the headless tenth included: "
                    f"{service:,.0f} octets."],
                   {"loads": found, "held": held, "memory": memory, "service_octets": service})


def _files(folder: pathlib.Path, cluster: Cluster) -> tuple[pathlib.Path, pathlib.Path]:
    name = f"size-{cluster.services}"
    return (cluster.write_manifests(folder / f"{name}.json"),
            cluster.write_queries(folder / f"{name}.queries", count=QUERIES))


def _memory_pairs() -> list[tuple[str, Cluster, Cluster]]:
    """10,000 Services without endpoints, and with 150,000."""
    return [("headless", Cluster(0, 10_000, endpoints=0), Cluster(0, 10_000, endpoints=15)),
            ("ClusterIP", Cluster(10_000, 0), Cluster(10_000, 0, backends=15))]


def _held(bench: Bench, cluster: Cluster) -> Held:
    with bench.clusterdns(cluster.write_manifests(bench.folder / "memory.json")) as server:
        return Held(server.load_seconds, server.resident_bytes())
