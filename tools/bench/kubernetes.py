"""clusterdns as a reader of the Kubernetes API: start, memory, propagation; ratios of one run.

    tools/bench/run kubernetes              10,000 Services with 150,000 endpoints
    tools/bench/run kubernetes --large      100,000 Services with 1,000,000
    tools/bench/run kubernetes --quick      few of everything: do the parts work?

KUBE_APISERVER=PATH ETCD=PATH read a real API server; without them it is the one for tests, whose lists come at --pace
octets a second, so that curl is no faster than with a real one. COREDNS=PATH compares with CoreDNS. The relist is always of the API server
for tests, because a real one answers 410 only when it likes. kubernetes.txt goes to the folder --out.
"""
from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import pathlib
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator

import kubeapi
import kubepeers
import machine
import propagation
from kubeapi import API
from kubeobjects import KubeCluster
from load import Client
from report import Goal, Section

MIB = 2**20
PACE = 125_000_000  # octets a second, after 21 MB of slices that a kube-apiserver once sent in 0.17 s
SETTLE = 2.0  # seconds from ready to what it holds
SAMPLE = 0.005  # seconds between looks at the memory
QUIET = 1.5  # seconds without a request: the relist is over
RELIST_SECONDS = 120  # at most


@dataclasses.dataclass(frozen=True)
class Plan:
    cluster: KubeCluster
    rounds: int
    patches: int
    pace: float | None
    memory_goal: float  # MiB


@dataclasses.dataclass
class Run:
    """Where everything of this run is."""
    plan: Plan
    folder: pathlib.Path
    server_core: int
    client_core: int
    patched: int = 1

    @property
    def cores(self) -> str:
        return f"{self.server_core},{self.client_core}"

    def reader(self, name: str, api: API, core: int | str, state: str, **options) -> kubepeers.Reader:
        return kubepeers.start(name, self.folder, api, self.plan.cluster.last(), core, self.folder / state, **options)


def starts(run: Run, api: API) -> Section:
    """Seconds from start to ready, as multiples of curl's."""
    best, middle, octets = api.curls(5)
    rows: list[list] = [["curl, both lists", middle, best, 1.0]]
    goals = []

    def add(title: str, times: list[float]) -> float:
        rows.append([title, statistics.median(times), min(times), statistics.median(times) / middle])
        return rows[-1][-1]

    for name in kubepeers.names():
        times = []
        for turn in range(run.plan.rounds):
            with run.reader(name, api, run.cores, f"fresh-{turn}") as server:
                times.append(server.load_seconds)
        ratio = add(f"{name}, from start to ready", times)
        if name == "clusterdns":
            goals.append(Goal("start to ready / curl", ratio, 1.5))
            goals.append(Goal("from the snapshot / curl", add("clusterdns, from the snapshot", _snapshots(run, api)), 0.8))
    return Section("start", "seconds from start to ready", ["", "median s", "best s", "/ curl"], rows, goals,
                   [f"{octets / 1e6:.1f} MB of lists as protobuf. Ready: its log says synced, and the last Service of the "
                    "list is answered;", "from the snapshot: the last Service is answered."])


def _snapshots(run: Run, api: API) -> list[float]:
    with run.reader("clusterdns", api, run.cores, "snapshot"):
        time.sleep(SETTLE)
    times = []
    for _ in range(run.plan.rounds):
        with run.reader("clusterdns", api, run.cores, "snapshot", from_snapshot=True) as server:
            times.append(server.load_seconds)
            time.sleep(SETTLE)
    return times


def memory(run: Run, api: API) -> Section:
    """Resident memory after the load, and its peak while everything is listed again."""
    rows, goals = [], []
    for name in kubepeers.names():
        with run.reader(name, api, run.cores, f"memory-{name}") as server:
            start = machine.resident_peak(server.pid)
            time.sleep(SETTLE)
            held = server.resident_bytes()
            peak, again = _relist(api, server.pid)
        rows.append([name, start / MIB, held / MIB, peak / MIB, peak / held, again])
        if name == "clusterdns":
            goals += [Goal("resident after the load", held / MIB, run.plan.memory_goal, "MiB"),
                      Goal("peak of a relist / after the load", peak / held, 1.25)]
    return Section("memory", "resident MiB", ["", "peak of the start", "after the load", "peak of a relist", "ratio",
                                              "lists asked"], rows, goals, ["All watches get 410 Gone at once."])


def _relist(api: API, pid: int) -> tuple[int, int]:
    """The most that is resident while all watches are answered with 410, and how many lists were asked for."""
    before = len(api.control("requests"))
    machine.forget_peak(pid)
    api.control("expire")
    peak, quiet, seen, end = 0, time.monotonic(), before, time.monotonic() + RELIST_SECONDS
    look = quiet
    # A list may be waited with: a server that takes its versions back again and again must not be listed without end.
    while (seen == before or time.monotonic() - quiet < QUIET) and time.monotonic() < end:
        peak = max(peak, machine.resident_bytes(pid))
        if time.monotonic() > look:
            look = time.monotonic() + 0.25
            if (count := len(api.control("requests"))) != seen:
                seen, quiet = count, time.monotonic()
        time.sleep(SAMPLE)
    asked = [found for found in api.control("requests")[before:]
             if found["verb"] == "list" or found["query"].get("sendInitialEvents") == "true"]
    if not asked:
        raise RuntimeError("nobody listed again after 410")
    return max(peak, machine.resident_peak(pid)), len(asked)


def changes(run: Run, api: API) -> Section:
    """Milliseconds from the API's reply to the first answer that shows the change."""
    cluster, patches = run.plan.cluster, run.plan.patches
    queries = cluster.write_queries(run.folder / "kubernetes.queries")
    rows, goals, found = [], [], {}
    for name in kubepeers.names():
        with run.reader(name, api, run.server_core, f"changes-{name}") as server:
            time.sleep(SETTLE)
            idle = found[name, "idle"] = propagation.measure(api, cluster, server, patches, run.patched)
            run.patched += patches
            most = Client(run.client_core, 2).load(server, queries).rate
            results: list = []
            client = Client(run.client_core, 2 + patches * 0.03)
            with propagation.loaded(client, server, queries, most / 2, results):
                busy = propagation.measure(api, cluster, server, patches, run.patched)
            run.patched += patches
            busy = found[name, "busy"] = dataclasses.replace(busy, lost=results[0].lost, rate=results[0].rate)
        rows += [[f"{name}, {title}", each.median, each.p90, each.p99, each.most, each.rate, each.lost]
                 for title, each in (("idle", idle), ("half load", busy))]
    for kind, title in (("idle", "idle"), ("busy", "half load")):
        own, peer = found["clusterdns", kind], found.get(("CoreDNS", kind))
        goals += [Goal(f"p99, {title}", own.p99, 1, "ms"),
                  Goal(f"median, clusterdns / CoreDNS, {title}", own.median / peer.median if peer else None, 1)]
    return Section("propagation", "milliseconds from the API's reply to the answer",
                   ["", "median", "p90", "p99", "most", "answers/s", "lost"], rows, goals,
                   [f"{patches} slices patched one after another, one endpoint's address each. Half load: of what "
                    "dnsperf gets through, beside the patches."])


def sections(run: Run) -> Iterator[Section]:
    with contextlib.ExitStack() as stack:
        tests = stack.enter_context(kubeapi.for_tests(run.folder, run.plan.cluster, run.plan.pace))
        api = tests
        if "KUBE_APISERVER" in os.environ and "ETCD" in os.environ:
            api = stack.enter_context(kubeapi.real(run.folder, run.plan.cluster))
        yield starts(run, api)
        yield memory(run, tests)
        yield changes(run, api)


def arguments() -> tuple[Plan, pathlib.Path]:
    parser = argparse.ArgumentParser(prog="tools/bench/run kubernetes", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", action="store_true", help="100,000 Services with 1,000,000 endpoints")
    parser.add_argument("--quick", action="store_true", help="200 Services, one round")
    parser.add_argument("--rounds", type=int, default=5, help="starts of each kind (5)")
    parser.add_argument("--patches", type=int, default=500, help="(500)")
    parser.add_argument("--pace", type=float, default=PACE,
                        help=f"octets a second of the lists of the API server for tests, 0 for no limit ({PACE:,})")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent / "results",
                        help="folder for kubernetes.txt (results/ beside this program)")
    chosen = parser.parse_args()
    if chosen.rounds < 1 or chosen.patches < 1:
        parser.error("at least one round and one patch")
    cluster = KubeCluster(100_000, 10) if chosen.large else KubeCluster(200, 15) if chosen.quick else KubeCluster()
    plan = Plan(cluster, 1 if chosen.quick else chosen.rounds, 20 if chosen.quick else chosen.patches, chosen.pace or None,
                700 if chosen.large else 80)
    return plan, chosen.out


def main() -> int:
    plan, out = arguments()
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        sys.exit("two cores are needed: one for the servers, one for the client")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    facts = machine.facts()
    server = "kube-apiserver with etcd" if "KUBE_APISERVER" in os.environ else "the API server for tests"
    heading = (f"{facts['date']}, {facts['cpu']}, {facts['cores']} cores, Linux {facts['kernel']}\n"
               f"{plan.cluster.services:,} Services, {len(plan.cluster.all_headless()):,} of them headless, "
               f"{plan.cluster.endpoints:,} endpoints; {server}; {plan.rounds} rounds\n")
    print(heading, flush=True)
    texts = [heading]
    with tempfile.TemporaryDirectory(prefix="clusterdns-bench-") as folder:
        for section in sections(Run(plan, pathlib.Path(folder), cores[0], cores[1])):
            texts.append(section.text())
            print(texts[-1], flush=True)
    out.mkdir(parents=True, exist_ok=True)
    (out / f"kubernetes{'-large' if plan.cluster.services == 100_000 else ''}.txt").write_text("\n".join(texts))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted")
