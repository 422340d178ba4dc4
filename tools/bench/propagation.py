"""From the API's reply to a patch until the first answer that shows it: one slice after another, one endpoint each."""
from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import socket
import statistics
import threading
import time
from collections.abc import Iterator

from kubeapi import API
from kubeobjects import KubeCluster
from load import Client, percentile
from servers import Server, query

MERGE_PATCH = "application/merge-patch+json"
PAUSE = 0.005  # seconds from one answer to the next patch
GIVE_UP = 10  # seconds
PRIORITY = -5  # of the prober: it has to see the answer when it comes


@dataclasses.dataclass(frozen=True)
class Propagation:
    """Milliseconds."""
    median: float
    p90: float
    p99: float
    most: float
    lost: int = 0  # queries of the load beside it
    rate: float = 0  # answers a second of that load


def measure(api: API, cluster: KubeCluster, server: Server, count: int, first: int) -> Propagation:
    """`count` patches; `first` is the number of the first patch of this run: no address comes twice."""
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), PRIORITY)
    headless = cluster.all_headless()
    found = []
    with contextlib.closing(api.connect()) as connection, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(0.2)
        udp.connect(("127.0.0.1", server.port))
        for turn in range(count):
            service = headless[(first + turn) % len(headless)]
            path, patch, address = cluster.patch(service, first + turn)
            question = query(cluster.host(service))
            code, text = api.ask(connection, "PATCH", path, patch, MERGE_PATCH)
            replied = time.perf_counter()
            if code != 200:
                raise RuntimeError(f"{path}: {code} {text[:300].decode(errors='replace')}")
            found.append(_seen(udp, question, address, replied, cluster.host(service)) - replied)
            time.sleep(PAUSE)
    found = sorted(seconds * 1000 for seconds in found)
    return Propagation(statistics.median(found), percentile(found, 90), percentile(found, 99), found[-1])


def _seen(udp: socket.socket, question: bytes, address: bytes, replied: float, host: str) -> float:
    while True:
        with contextlib.suppress(TimeoutError):
            udp.send(question)
            if address in udp.recv(4096):
                return time.perf_counter()
        if time.perf_counter() - replied > GIVE_UP:
            raise RuntimeError(f"a patched endpoint of {host} was not answered in {GIVE_UP} s")


@contextlib.contextmanager
def loaded(client: Client, server: Server, queries: pathlib.Path, rate: float, results: list) -> Iterator[None]:
    """dnsperf at `rate` beside what is done inside; what it measured is added to `results`."""
    worker = threading.Thread(
        target=lambda: results.append(dataclasses.replace(client, rate=rate).load(server, queries)))
    worker.start()
    try:
        time.sleep(0.5)
        yield
        if not worker.is_alive():
            raise RuntimeError("the load ended before the patches did")
    finally:
        worker.join()
