"""Microseconds from query to answer at half load; then while endpoints change, and while everything is read again.

Half load is half of what the slowest of the servers and the client carry. The servers' maintenance shares their core.
"""
from __future__ import annotations

import contextlib
import dataclasses
import pathlib

import churn
from bench import Bench
from load import Client, latencies, median, percentile
from report import Goal, Section
from servers import Server

TITLE = "microseconds to the answer at half load, the mix"
DISTURBED_GOAL = 2  # times the quiet p99.9
CHANGED_FILES, ENDPOINTS_A_FILE, CHANGE_SECONDS = 10, 100, 0.1  # 1,000 endpoint changes a second
RELIST_SECONDS = 0.5  # from one SIGHUP to the next


@dataclasses.dataclass
class Latency:
    p50: float
    p99: float
    p999: float
    rate: float
    lost: int


def run(bench: Bench) -> Section:
    queries = bench.queries()
    folder = bench.folder / "changing"
    slices = churn.Slices(folder, CHANGED_FILES, ENDPOINTS_A_FILE)
    slices.create()
    bench.cluster.write_manifests(folder / "cluster.json")
    big = bench.folder / "relisted"
    big.mkdir()
    dataclasses.replace(bench.cluster, clusterip=bench.cluster.clusterip + 900).write_manifests(big / "cluster.json")
    quiet = contextlib.nullcontext
    with bench.running("NSD", "Knot", "clusterdns") as running, \
            bench.clusterdns(folder) as changing, bench.clusterdns(big) as relisted:
        closed = bench.rounds_of({name: lambda server=server: bench.client(seconds=1).load(server, queries)
                                  for name, server in running.items()})
        rate = min(median(loads, field) for loads in closed.values() for field in ("rate", "capacity")) / 2
        client = bench.client(rate=rate, output=bench.folder / "responses")
        loads = {name: lambda server=server: measure(client, server, queries, quiet())
                 for name, server in running.items()}
        loads["clusterdns, 1,000 changes/s"] = lambda: measure(
            client, changing, queries, bench.beside(slices.rewrite, CHANGE_SECONDS))
        loads["clusterdns, 2,000 Services read again"] = lambda: measure(
            client, relisted, queries, bench.beside(churn.relist, relisted.pid, RELIST_SECONDS))
        found = bench.rounds_of(loads)
    fields = [field.name for field in dataclasses.fields(Latency)]
    rows = [[name, *(median(rounds, field) for field in fields)] for name, rounds in found.items()]
    base = median(found["clusterdns"], "p999")
    goals = [Goal(f"p99.9, {name.partition(', ')[2]} / quiet", median(rounds, "p999") / base, DISTURBED_GOAL)
             for name, rounds in found.items() if ", " in name]
    return Section("latency", TITLE, ["server", "p50", "p99", "p99.9", "answers/s", "lost"], rows, goals,
                   [f"Offered: {rate:,.0f} queries/s, open loop."], dict(found))


def measure(client: Client, server: Server, queries: pathlib.Path,
            disturbance: contextlib.AbstractContextManager) -> Latency:
    with disturbance:
        load = client.load(server, queries)
    found = latencies(client.output)
    client.output.unlink()
    return Latency(percentile(found, 50), percentile(found, 99), percentile(found, 99.9), load.rate, load.lost)
