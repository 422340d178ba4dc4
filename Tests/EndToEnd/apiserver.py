"""An API server for tests: Namespaces, Services, EndpointSlices and Pods, with everything that goes wrong with real ones.

    python apiserver.py --manifests DIR|FILE… [--port 0] [--tls DIR] [--token TOKEN] [--kubeconfig FILE]

prints its URL and serves until it is ended. Lists with pages, watches with bookmarks and streamed initial lists, both as
protobuf and JSON; objects are made and changed by POST, PUT, PATCH (merge) and DELETE. Faults: kube/faults.py; from another
process `POST /-/fault {"kind": "silent", "resource": "services"}`, `/-/heal`, `/-/expire`, `/-/cut`, `/-/requests`.
"""
from __future__ import annotations

import argparse
import dataclasses
import json
import pathlib
import signal
import socket
import ssl
import threading
import time

from kube import objects
from kube.certificates import Certificates
from kube.faults import Faults
from kube.handler import Handler
from kube.objects import Object
from kube.store import State, Store


@dataclasses.dataclass(frozen=True)
class Request:
    """What was asked, when (time.monotonic) and by whom."""
    time: float
    method: str
    path: str
    query: dict[str, str]
    agent: str
    accept: str
    verb: str
    resource: str


class APIServer:
    """Serves from start() to stop(), a thread for each connection; a context.

    tokens: the bearer tokens that are let in, which may be changed at any time; None lets everybody in.
    pace: octets a second of lists, to be no faster than a real server; None is as fast as it goes.
    """

    def __init__(self, items: list[Object] | tuple = (), *, port: int = 0, certificates: Certificates | None = None,
                 tokens: set[str] | None = None, bookmark_seconds: float = 1, patience: float = 0.2,
                 window: int = 100_000, pace: float | None = None) -> None:
        self.store, self.faults = Store(window), Faults()
        self.certificates, self.tokens = certificates, tokens
        self.bookmark_seconds, self.patience, self.pace = bookmark_seconds, patience, pace
        self.requests: list[Request] = []
        self.open = False
        self._context = certificates.context() if certificates else None
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        # Keeps the port while nothing listens on it.
        self._holder = self._bound(port)
        self.port = self._holder.getsockname()[1]
        self.store.load(items)

    @property
    def url(self) -> str:
        return f"{'https' if self.certificates else 'http'}://127.0.0.1:{self.port}"

    # Life.

    @staticmethod
    def _bound(port: int) -> socket.socket:
        found = socket.socket()
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(("127.0.0.1", port))
        return found

    def start(self) -> APIServer:
        self._listener = self._bound(self.port)
        self._listener.listen(64)
        self.open = True
        self._accepting = threading.Thread(target=self._accept, args=(self._listener,), daemon=True)
        self._accepting.start()
        return self

    def refuse(self) -> None:
        """Nobody listens, every connection is cut; start() ends it."""
        self.open = False
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join(5)
        self._listener.close()
        self.cut()
        self.store.wake()
        end = time.monotonic() + 5
        while self._connections and time.monotonic() < end:
            time.sleep(0.005)

    def cut(self) -> None:
        """Cuts every connection; new ones are accepted."""
        with self._lock:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def stop(self) -> None:
        if self.open:
            self.refuse()
        self._holder.close()

    def restart(self, state: State | None = None) -> None:
        """Ends and comes back, with an earlier state if one is given; its window of events is empty in any case."""
        if self.open:
            self.refuse()
        self.store.restore(state or self.store.state())
        self.start()

    def __enter__(self) -> APIServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, address = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection, address), daemon=True).start()

    def _serve(self, connection: socket.socket, address: tuple) -> None:
        with self._lock:
            self._connections.add(connection)
        wrapped = connection
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context:
                connection.settimeout(10)
                wrapped = self._context.wrap_socket(connection.dup(), server_side=True)
                wrapped.settimeout(None)
            Handler(wrapped, address, self)
        except OSError:
            pass
        finally:
            with self._lock:
                self._connections.discard(connection)
            for each in {wrapped, connection}:
                try:
                    each.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                each.close()

    # What Handler asks.

    def admits(self, authorization: str | None, connection: socket.socket) -> bool:
        if self.tokens is None or (isinstance(connection, ssl.SSLSocket) and connection.getpeercert()):
            return True
        return (authorization or "").removeprefix("Bearer ") in self.tokens

    def record(self, handler: Handler, path: str) -> None:
        self.requests.append(Request(
            time.monotonic(), handler.command, path, handler.query, handler.headers.get("User-Agent", ""),
            handler.headers.get("Accept", ""), handler.verb, handler.resource.name if handler.resource else ""))

    def control(self, action: str, options: Object) -> object:
        match action:
            case "fault":
                return dataclasses.asdict(self.faults.add(**options))
            case "heal":
                return self.faults.heal(**options)
            case "expire":
                return self.store.expire()
            case "cut":
                return self.cut()
            case "requests":
                return [dataclasses.asdict(request) for request in self.requests]
        raise ValueError(f"no action {action!r}")

    # What tests ask.

    def asked(self, verb: str, resource: str, after: float = 0) -> list[Request]:
        """The requests of that verb (list, watch, get…) since a time of time.monotonic()."""
        return [found for found in self.requests
                if found.verb == verb and found.resource == resource and found.time >= after]

    def apply(self, *items: Object) -> None:
        """Makes or replaces objects."""
        self.store.load(iter(items))

    def kubeconfig(self, path: pathlib.Path, token: str | None = None, client: bool = False) -> pathlib.Path:
        """Writes a kubeconfig for this server; JSON is YAML."""
        cluster = {"server": self.url}
        user = {"token": token} if token else {}
        if self.certificates:
            cluster["certificate-authority"] = str(self.certificates.authority.certificate)
            if client:
                user |= {"client-certificate": str(self.certificates.client.certificate),
                         "client-key": str(self.certificates.client.key)}
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": cluster}], "users": [{"name": "test", "user": user}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}]}, indent=1))
        return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--manifests", type=pathlib.Path, nargs="*", default=[], help="folders, YAML, JSON, .jsonl")
    parser.add_argument("--port", type=int, default=0, help="of 127.0.0.1; 0 is a free one (0)")
    parser.add_argument("--tls", type=pathlib.Path, help="serve TLS, with certificates made in this folder")
    parser.add_argument("--token", action="append", help="let in who has it (everybody)")
    parser.add_argument("--kubeconfig", type=pathlib.Path, help="write one here")
    parser.add_argument("--bookmarks", type=float, default=1, help="seconds between bookmarks (1)")
    parser.add_argument("--pace", type=float, help="octets a second of lists (as many as there can be)")
    chosen = parser.parse_args()
    server = APIServer(port=chosen.port, certificates=Certificates(chosen.tls) if chosen.tls else None,
                       tokens=set(chosen.token) if chosen.token else None, bookmark_seconds=chosen.bookmarks, pace=chosen.pace)
    server.store.load(objects.read(chosen.manifests))
    if chosen.kubeconfig:
        server.kubeconfig(chosen.kubeconfig, chosen.token[0] if chosen.token else None)
    with server:
        print(server.url, flush=True)
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main()
