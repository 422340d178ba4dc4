"""The counters that clusterdns tells on its admin socket (`serve --admin PATH`), as Prometheus text."""
from __future__ import annotations

import http.client
import pathlib
import re
import socket


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: pathlib.Path) -> None:
        super().__init__("localhost", timeout=5)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def read(admin: pathlib.Path) -> dict[str, float]:
    """Each metric, summed over its labels; empty if the server has none."""
    connection = _Connection(admin)
    try:
        connection.request("GET", "/metrics")
        response = connection.getresponse()
        text = response.read().decode() if response.status == 200 else ""
    except (OSError, http.client.HTTPException):
        return {}
    finally:
        connection.close()
    found: dict[str, float] = {}
    for name, value in re.findall(r"^([a-zA-Z_:][\w:]*)(?:\{.*\})? ([^\s]+)", text, re.MULTILINE):
        found[name] = found.get(name, 0) + float(value)
    return found


def increase(before: dict[str, float], after: dict[str, float], name: str) -> float | None:
    return after[name] - before.get(name, 0) if name in after else None
