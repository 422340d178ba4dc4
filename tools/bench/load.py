"""One load of dnsperf against one server, and what it cost the server.

Every load ends after its seconds; loads that are compared run in alternating rounds, and medians are compared.
"""
from __future__ import annotations

import dataclasses
import pathlib
import re
import statistics
import subprocess
from collections.abc import Callable, Mapping
from typing import TypeVar

import machine
from servers import Server

CLIENTS, OUTSTANDING = 8, 100
Result = TypeVar("Result")


@dataclasses.dataclass(frozen=True)
class Load:
    done: int
    lost: int
    rate: float  # answers a second
    user: float  # microseconds of the server's CPU a query
    whole: float  # user and system
    octets: int  # of an answer, on average
    codes: dict[str, float]  # rcode to percent
    resident: int  # bytes, after the load

    @property
    def capacity(self) -> float:
        """Queries a second that one core carries at this cost."""
        return 1e6 / self.whole if self.whole else 0


@dataclasses.dataclass(frozen=True)
class Client:
    """dnsperf on its core; `output` keeps one line a response (dnsperf -v)."""
    core: int
    seconds: float
    edns: bool = True
    tcp: bool = False
    rate: float | None = None
    outstanding: int = OUTSTANDING
    timeout: float | None = None
    output: pathlib.Path | None = None

    def load(self, server: Server, queries: pathlib.Path) -> Load:
        before = machine.cpu_time(server.pid)
        text = self._dnsperf(server.port, queries)
        user, whole = before.until(machine.cpu_time(server.pid))
        done = int(_number(r"Queries completed:\s+(\d+)", text))
        return Load(
            done=done, lost=int(_number(r"Queries lost:\s+(\d+)", text)),
            rate=_number(r"Queries per second:\s+([\d.]+)", text),
            user=user / max(1, done) * 1e6, whole=whole / max(1, done) * 1e6,
            octets=int(_number(r"response (\d+)", text)),
            codes={code: float(share) for code, share in re.findall(r"(\w+) \d+ \(([\d.]+)%\)", _codes(text))},
            resident=server.resident_bytes())

    def _dnsperf(self, port: int, queries: pathlib.Path) -> str:
        command = ["taskset", "-c", str(self.core), "dnsperf", "-s", "127.0.0.1", "-p", str(port), "-d", str(queries),
                   "-l", str(self.seconds), "-c", str(CLIENTS), "-q", str(self.outstanding)]
        command += ["-e"] if self.edns else []
        command += ["-m", "tcp"] if self.tcp else []
        command += ["-Q", str(int(self.rate))] if self.rate else []
        command += ["-t", str(self.timeout)] if self.timeout else []
        limit = self.seconds + (self.timeout or 5) + 10
        if self.output is None:
            done = subprocess.run(command, capture_output=True, text=True, timeout=limit)
            _check(done.returncode, done.stdout + done.stderr)
            return done.stdout
        with self.output.open("w+b") as file:
            done = subprocess.run([*command, "-v"], stdout=file, stderr=subprocess.STDOUT, timeout=limit)
            file.seek(max(0, file.tell() - 4096))
            text = file.read().decode(errors="replace")
        _check(done.returncode, text)
        return text


def _check(code: int, text: str) -> None:
    if "Queries completed" not in text:
        raise RuntimeError(f"dnsperf ended with {code}: {text[-1000:]}")


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    return float(found[1]) if found else 0


def _codes(text: str) -> str:
    found = re.search(r"Response codes:(.*)", text)
    return found[1] if found else ""


def latencies(output: pathlib.Path) -> list[int]:
    """Microseconds of each response in what `dnsperf -v` wrote, sorted."""
    found = []
    with output.open("rb") as file:
        for line in file:
            if line.startswith(b"> "):
                word = line[line.rfind(b" ") + 1:]
                if word[:1].isdigit():
                    found.append(round(float(word) * 1e6))
    found.sort()
    return found


def percentile(sorted_values: list[int], percent: float) -> float:
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * percent / 100))] if sorted_values else 0


def alternate(rounds: int, loads: Mapping[str, Callable[[], Result]]) -> dict[str, list[Result]]:
    """Each load once a round; every second round backwards, so that none is always first."""
    found: dict[str, list[Result]] = {name: [] for name in loads}
    for number in range(rounds):
        for name in list(loads) if number % 2 == 0 else reversed(list(loads)):
            found[name].append(loads[name]())
    return found


def median(loads: list, field: str) -> float:
    return statistics.median(getattr(load, field) for load in loads)
