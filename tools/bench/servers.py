"""The servers compared, each on a free port of 127.0.0.1, with one worker, pinned to one core.

A Server is a context: started and ready inside, ended by its pid on the way out, whatever happened.
"""
from __future__ import annotations

import dataclasses
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import time

import machine
from cluster import DOMAIN, TTL

READY_SECONDS = 120
NAMES = ["echo", "NSD", "Knot", "clusterdns"]
PROGRAMS = {"NSD": "nsd", "Knot": "knotd"}
TYPES = {"A": 1, "SOA": 6, "AAAA": 28, "SRV": 33}


def available(name: str) -> bool:
    return name not in PROGRAMS or shutil.which(PROGRAMS[name]) is not None


def versions() -> dict[str, str]:
    found = {"NSD": machine.first_line("nsd", "-v"), "Knot": machine.first_line("knotd", "--version"),
             "dnsperf": "dnsperf " + machine.first_line("dnsperf", "-h")}
    return {name: version or f"{name} is not installed" for name, version in found.items()}


def query(name: str, qtype: str = "A", number: int = 1) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!6H", number, 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", TYPES[qtype], 1)


def ask(port: int, message: bytes, seconds: float = 0.1) -> bytes:
    """One UDP exchange; empty if nothing came."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(seconds)
        udp.connect(("127.0.0.1", port))
        try:
            udp.send(message)
            return udp.recv(4096)
        except OSError:
            return b""


@dataclasses.dataclass
class Server:
    name: str
    command: list[str]
    port: int
    folder: pathlib.Path
    core: int | str  # or several: 0,1
    synced: bool = False  # ready when the log says so, otherwise when a query is answered with NOERROR
    admin: pathlib.Path | None = None
    load_seconds: float = 0
    pause: float = 0.005  # seconds between looks whether it is ready

    def __enter__(self) -> Server:
        self.log = self.folder / f"{self.name}-{self.port}.log"
        started = time.monotonic()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([*self._pinned(), *self.command], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, cwd=self.folder)
        try:
            while not self._ready():
                if self.process.poll() is not None or time.monotonic() - started > READY_SECONDS:
                    raise RuntimeError(f"{self.name} does not start: {self.log.read_text(errors='replace')[-2000:]}")
                time.sleep(self.pause)
        except BaseException:
            self.__exit__()
            raise
        self.load_seconds = time.monotonic() - started
        return self

    def _pinned(self) -> list[str]:
        return ["setpriv", "--pdeathsig", "KILL", "taskset", "-c", str(self.core)]

    def _ready(self) -> bool:
        if self.synced:
            return b" synced " in self.log.read_bytes()
        answer = ask(self.port, query(DOMAIN, "SOA"))
        return len(answer) > 3 and answer[3] & 15 == 0

    def __exit__(self, *_: object) -> None:
        family = machine.descendants(self.pid)[1:]
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
        for pid in family:
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                pass

    @property
    def pid(self) -> int:
        return self.process.pid

    def resident_bytes(self) -> int:
        return machine.resident_bytes(self.pid)


def build(folder: pathlib.Path, name: str) -> pathlib.Path:
    """Compiles the C program of that name that lies here."""
    program = folder / name
    subprocess.run(["cc", "-O2", "-o", program, pathlib.Path(__file__).with_name(f"{name}.c")], check=True)
    return program


def echo(folder: pathlib.Path, core: int) -> Server:
    port = machine.free_port()
    return Server("echo", [str(build(folder, "echo")), str(port)], port, folder, core)


def nsd(folder: pathlib.Path, core: int, zone: pathlib.Path) -> Server:
    port = machine.free_port()
    file = folder / f"nsd-{port}.conf"
    file.write_text(f"""
server:
    server-count: 1
    ip-address: 127.0.0.1@{port}
    database: ""
    username: ""
    zonesdir: "{folder}"
    pidfile: "{folder}/nsd-{port}.pid"
    xfrdfile: "{folder}/nsd-{port}.xfrd"
    xfrdir: "{folder}"
    zonelistfile: "{folder}/nsd-{port}.zones"
    minimal-responses: yes
    rrl-ratelimit: 0
    rrl-whitelist-ratelimit: 0
remote-control:
    control-enable: no
zone:
    name: {DOMAIN}
    zonefile: "{zone}"
""")
    return Server("NSD", ["nsd", "-d", "-c", str(file)], port, folder, core)


def knot(folder: pathlib.Path, core: int, zone: pathlib.Path) -> Server:
    port = machine.free_port()
    own = folder / f"knot-{port}"
    own.mkdir()
    file = own / "knot.conf"
    file.write_text(f"""
server:
    rundir: "{own}"
    listen: 127.0.0.1@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: warning
database:
    storage: "{own}"
zone:
  - domain: {DOMAIN}
    file: "{zone}"
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
""")
    return Server("Knot", ["knotd", "-c", str(file)], port, folder, core)


def clusterdns(folder: pathlib.Path, core: int, manifests: pathlib.Path, workers: int = 1) -> Server:
    port = machine.free_port()
    admin = folder / f"admin-{port}"
    command = [os.environ["CLUSTERDNS"], "serve", "--manifests", str(manifests), "--listen", f"127.0.0.1:{port}",
               "--workers", str(workers), "--ttl", str(TTL), "--admin", str(admin)]
    return Server("clusterdns", command, port, folder, core, synced=True, admin=admin)
