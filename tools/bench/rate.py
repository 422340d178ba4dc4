"""Queries a second with the mix, one worker: what came through, and what one core carries at this CPU cost.

The client needs a core of its own and may be the slower side; then only the second figure tells the servers apart.
For the same reason two workers are compared with one by CPU time.
"""
from __future__ import annotations

import contextlib

from bench import Bench
from load import median
from report import Goal, Section
from servers import NAMES

TITLE = "queries a second on one core, the mix"
WORKERS_GOAL = 1.11  # CPU a query of two workers against one: 2 / 1.8


def run(bench: Bench) -> Section:
    queries, client = bench.queries(), bench.client()
    two = "clusterdns, 2 workers"
    with contextlib.ExitStack() as stack:
        running = dict(stack.enter_context(bench.running(*NAMES)))
        running[two] = stack.enter_context(bench.clusterdns(bench.folder / "cluster.json", workers=2))
        found = bench.rounds_of({name: lambda server=server: client.load(server, queries)
                                 for name, server in running.items()})
    rows = [[name, median(loads, "rate"), median(loads, "capacity"), median(loads, "whole"),
             sum(load.lost for load in loads), median(loads, "resident") / 2**20] for name, loads in found.items()]
    cost = median(found[two], "whole") / median(found["clusterdns"], "whole")
    goals = [Goal(f"queries a core-second, clusterdns / {peer}",
                  median(found["clusterdns"], "capacity") / median(found[peer], "capacity"), 1, at_least=True)
             for peer in ("NSD", "Knot") if peer in found]
    return Section("rate", TITLE, ["server", "answers/s", "1 / CPU", "whole us", "lost", "MiB"], rows,
                   [*goals, Goal("CPU a query, 2 workers / 1 worker", cost, WORKERS_GOAL)],
                   ["1 / CPU: queries that one core carries in a second at this cost a query."], dict(found))
