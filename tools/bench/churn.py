"""A folder of manifests that changes: rewrites its EndpointSlices, or has everything read again.

Each file is written next to the folder and renamed into it, as careful writers do.
"""
from __future__ import annotations

import dataclasses
import ipaddress
import itertools
import json
import os
import pathlib
import signal
import time
from collections.abc import Iterator

import cluster

NICE = 19
_FIRST_ADDRESS = ipaddress.IPv4Address("10.160.0.0")


@dataclasses.dataclass(frozen=True)
class Slices:
    """`files` EndpointSlices of `size` endpoints each; every rewrite of a file changes all of its addresses."""
    folder: pathlib.Path
    files: int
    size: int

    def contents(self, number: int, version: int) -> bytes:
        addresses = [str(self.first_address(number, version) + i) for i in range(self.size)]
        return json.dumps(cluster.endpoint_slice(f"churn-{number}", addresses)).encode()

    def first_address(self, number: int, version: int) -> ipaddress.IPv4Address:
        return _FIRST_ADDRESS + (number * 2 + version % 2) * self.size

    def name(self, number: int) -> str:
        return f"churn-{number}.default.svc.{cluster.DOMAIN}"

    def path(self, number: int) -> pathlib.Path:
        return self.folder / f"slice-{number}.json"

    def create(self) -> None:
        self.folder.mkdir(exist_ok=True)
        cluster.write_list(self.folder / "services.json",
                           [cluster.service(f"churn-{i}", "None") for i in range(self.files)])
        for number in range(self.files):
            self.path(number).write_bytes(self.contents(number, 0))

    def rewrite(self, period: float) -> None:
        """One file each `period` seconds, one after the other, for ever."""
        texts = [[self.contents(number, version) for number in range(self.files)] for version in (0, 1)]
        turns = ((version, number) for version in itertools.cycle((1, 0)) for number in range(self.files))
        for version, number in _paced(turns, period):
            replace(self.path(number), texts[version][number])


def replace(path: pathlib.Path, contents: bytes) -> None:
    """Atomically; the new file is made outside of the folder that is watched."""
    staged = path.parent.with_name(path.parent.name + ".staging")
    staged.mkdir(exist_ok=True)
    (staged / path.name).write_bytes(contents)
    (staged / path.name).rename(path)


def relist(pid: int, period: float) -> None:
    """SIGHUP, on which clusterdns reads everything again, each `period` seconds."""
    for _ in _paced(itertools.count(), period):
        os.kill(pid, signal.SIGHUP)


def _paced(items: Iterator, period: float) -> Iterator:
    due = time.monotonic()
    for item in items:
        due = max(due + period, time.monotonic())
        time.sleep(max(0.0, due - time.monotonic()))
        yield item
