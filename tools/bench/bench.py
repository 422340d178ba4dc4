"""What every section gets: rounds, seconds, cores, a temporary folder, the servers that there are."""
from __future__ import annotations

import contextlib
import dataclasses
import pathlib
from collections.abc import Callable, Iterator

import beside
import churn
import servers
from cluster import Cluster
from load import Client, Load, alternate
from servers import Server


@dataclasses.dataclass(frozen=True)
class Bench:
    folder: pathlib.Path
    rounds: int
    seconds: float  # of one load
    quick: bool
    server_core: int
    client_core: int
    cluster: Cluster = Cluster()

    def client(self, **options) -> Client:
        return Client(self.client_core, **{"seconds": self.seconds, **options})

    def queries(self, kind: str = "mix") -> pathlib.Path:
        path = self.folder / f"{kind}.queries"
        return path if path.exists() else self.cluster.write_queries(path, kind)

    def server(self, name: str) -> Server:
        """That server with the cluster, not started yet."""
        if name == "echo":
            return servers.echo(self.folder, self.server_core)
        manifests, zone = self.folder / "cluster.json", self.folder / "cluster.zone"
        if not zone.exists():
            self.cluster.write_manifests(manifests)
            self.cluster.write_zone(zone)
        if name == "clusterdns":
            return servers.clusterdns(self.folder, self.server_core, manifests)
        start = {"NSD": servers.nsd, "Knot": servers.knot}[name]
        return start(self.folder, self.server_core, zone)

    def clusterdns(self, manifests: pathlib.Path, workers: int = 1) -> Server:
        return servers.clusterdns(self.folder, self.server_core, manifests, workers)

    @contextlib.contextmanager
    def running(self, *names: str) -> Iterator[dict[str, Server]]:
        """Those of the named servers that are installed, started."""
        with contextlib.ExitStack() as stack:
            yield {name: stack.enter_context(self.server(name)) for name in names if servers.available(name)}

    def rounds_of(self, loads: dict[str, Callable[[], Load]]) -> dict[str, list[Load]]:
        return alternate(self.rounds, loads)

    def beside(self, work: Callable, *arguments: object) -> contextlib.AbstractContextManager:
        """`work(*arguments)` as long as the context lasts, nice, on the client's core."""
        return beside.running(self.client_core, churn.NICE, work, *arguments)
