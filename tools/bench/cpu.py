"""CPU microseconds a query: each kind of query and the mix, every server.

User time is the server's own work. Whole time includes the kernel's, which is the same for whoever answers datagrams:
the echo server, which looks nothing up, is its floor.
"""
from __future__ import annotations

from bench import Bench
from cluster import KINDS
from load import Load, median
from report import Goal, Section
from servers import NAMES

TITLE = "CPU microseconds a query"
USER_GOAL, WHOLE_GOAL = 0.5, 1.03  # of NSD's user time, of the echo server's whole time


def run(bench: Bench) -> Section:
    raw: dict[str, dict[str, list[Load]]] = {}
    cases = [(kind, title, True) for kind, title in KINDS.items()]
    cases += [("mix", "mix", True), ("mix", "mix, no EDNS", False)]
    rows: list[list] = []
    with bench.running(*NAMES) as running:
        for kind, title, edns in cases:
            queries, client = bench.queries(kind), bench.client(edns=edns)
            raw[title] = bench.rounds_of({name: lambda server=server: client.load(server, queries)
                                          for name, server in running.items()})
            rows += [[title, name, median(loads, "user"), median(loads, "whole"), median(loads, "octets"),
                      sum(load.done for load in loads), sum(load.lost for load in loads), codes(loads[-1])]
                     for name, loads in raw[title].items()]
    goals = [Goal(f"user, clusterdns / NSD, {title}", ratio(raw[title], "NSD", "user"), USER_GOAL) for title in raw]
    goals.append(Goal("user, clusterdns / NSD, all of these", overall(raw, "NSD", "user"), USER_GOAL))
    goals += [Goal(f"whole, clusterdns / echo, {title}", ratio(raw[title], "echo", "whole"), WHOLE_GOAL)
              for title in raw]
    goals.append(Goal("whole, clusterdns / echo, all of these", overall(raw, "echo", "whole"), WHOLE_GOAL))
    return Section("cpu", TITLE,
                   ["queries", "server", "user us", "whole us", "octets", "done", "lost", "rcodes"], rows, goals,
                   ["octets: of an answer, on average. NSD has minimal-responses on: its SRV answers come without the",
                    "additional addresses. The echo server sends the query back."], raw)


def ratio(found: dict[str, list[Load]], peer: str, field: str) -> float | None:
    if peer not in found or not median(found[peer], field):
        return None
    return median(found["clusterdns"], field) / median(found[peer], field)


def overall(raw: dict[str, dict[str, list[Load]]], peer: str, field: str) -> float | None:
    """The ratio of the sums: each kind counts once."""
    if not all(peer in found for found in raw.values()):
        return None
    ours, theirs = (sum(median(found[name], field) for found in raw.values()) for name in ("clusterdns", peer))
    return ours / theirs if theirs else None


def codes(load: Load) -> str:
    return " ".join(f"{code} {share:.0f}%" for code, share in load.codes.items())
