"""Queries over TCP connections that stay open."""
from __future__ import annotations

from bench import Bench
from cpu import codes
from load import CLIENTS, OUTSTANDING, median
from report import Goal, Section

TITLE = f"TCP, {CLIENTS} connections that stay, {OUTSTANDING} queries outstanding, the mix"


def run(bench: Bench) -> Section:
    queries, client = bench.queries(), bench.client(tcp=True)
    with bench.running("NSD", "Knot", "clusterdns") as running:
        found = bench.rounds_of({name: lambda server=server: client.load(server, queries)
                                 for name, server in running.items()})
    rows = [[name, median(loads, "rate"), median(loads, "user"), median(loads, "whole"),
             sum(load.lost for load in loads), codes(loads[-1])] for name, loads in found.items()]
    whole = median(found["clusterdns"], "whole") / median(found["Knot"], "whole") if "Knot" in found else None
    rate = median(found["clusterdns"], "rate") / median(found["Knot"], "rate") if "Knot" in found else None
    return Section("tcp", TITLE, ["server", "answers/s", "user us", "whole us", "lost", "rcodes"], rows,
                   [Goal("CPU a query, clusterdns / Knot", whole, 1),
                    Goal("answers/s, clusterdns / Knot", rate, 1, at_least=True)], raw=dict(found))
