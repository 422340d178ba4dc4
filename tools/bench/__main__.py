"""Compares clusterdns with an echo server (the floor), NSD and Knot, on the same data, in one run.

    tools/bench/run                     everything, in under ten minutes
    tools/bench/run cpu tcp             these sections
    tools/bench/run --quick             one short round: do the parts work?

One core is the servers', one the client's (dnsperf); loads alternate between the servers, medians of the rounds are
compared. Prints a table for each section; bench.txt, bench.json (all rounds) and bench.svg go to the folder --out.
Compare figures of one run only.
"""
from __future__ import annotations

import argparse
import os
import pathlib
import signal
import sys
import tempfile
import time

import changes
import cpu
import figure
import latency
import machine
import overload
import rate
import servers
import size
import tcp
from bench import Bench
from report import Section, write_json

SECTIONS = {module.__name__: module
            for module in (cpu, rate, latency, tcp, size, changes, overload)}


def arguments() -> argparse.Namespace:
    listed = "\n".join(f"  {name:10}{module.TITLE}" for name, module in SECTIONS.items())
    parser = argparse.ArgumentParser(prog="tools/bench/run", description=__doc__, epilog=f"sections:\n{listed}",
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("section", nargs="*", help="which (all)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each load is repeated (3)")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each load (2)")
    parser.add_argument("--quick", action="store_true", help="one round of one second")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent / "results",
                        help="folder for bench.txt, bench.json, bench.svg (results/ beside this program)")
    chosen = parser.parse_args()
    if unknown := set(chosen.section) - set(SECTIONS):
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    if chosen.rounds < 1 or chosen.seconds < 0.5:
        parser.error("at least one round of half a second")
    if chosen.quick:
        chosen.rounds, chosen.seconds = 1, 1.0
    return chosen


def main() -> int:
    chosen = arguments()
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        sys.exit("two cores are needed: one for the servers, one for the client")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    os.sched_setaffinity(0, {cores[1]})
    started = time.monotonic()
    facts = machine.facts() | {"versions": servers.versions(), "rounds": chosen.rounds, "seconds": chosen.seconds}
    chosen.out.mkdir(parents=True, exist_ok=True)
    heading = (f"{facts['date']}, {facts['cpu']}, {facts['cores']} cores, Linux {facts['kernel']}; "
               f"{chosen.rounds} rounds of {chosen.seconds:g} s\n" + "; ".join(facts["versions"].values()) + "\n")
    print(heading, flush=True)
    texts, found = [heading], []
    with tempfile.TemporaryDirectory(prefix="clusterdns-bench-") as folder:
        bench = Bench(pathlib.Path(folder), chosen.rounds, chosen.seconds, chosen.quick, cores[0], cores[1])
        for name in chosen.section or SECTIONS:
            section = measured(name, bench)
            found.append(section)
            texts.append(section.text())
            print(texts[-1], flush=True)
    facts["elapsed"] = round(time.monotonic() - started)
    texts.append(f"elapsed: {facts['elapsed']} s")
    print(texts[-1])
    (chosen.out / "bench.txt").write_text("\n".join(texts) + "\n")
    write_json(chosen.out / "bench.json", facts, found)
    figure.draw(chosen.out / "bench.svg", facts, found)
    return 0


def measured(name: str, bench: Bench) -> Section:
    started = time.monotonic()
    section = SECTIONS[name].run(bench)
    section.elapsed = round(time.monotonic() - started, 1)
    section.notes.append(f"took {section.elapsed:.0f} s")
    return section


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted")
