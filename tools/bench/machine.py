"""What /proc tells: CPU time and memory of a process with its descendants, socket drops, facts of the machine."""
from __future__ import annotations

import dataclasses
import datetime
import os
import pathlib
import platform
import re
import socket
import subprocess

_PROC = pathlib.Path("/proc")


def descendants(pid: int) -> list[int]:
    """The process and everything it started that still runs."""
    found = [pid]
    for parent in found:
        for task in _tasks(parent):
            try:
                found += [int(child) for child in (task / "children").read_text().split()]
            except OSError:
                pass
    return found


def _tasks(pid: int) -> list[pathlib.Path]:
    try:
        return list((_PROC / str(pid) / "task").iterdir())
    except OSError:
        return []


@dataclasses.dataclass(frozen=True)
class CPUTime:
    """What was used until now: whole to the nanosecond, its split by the kernel's ticks."""
    nanoseconds: int
    user_ticks: int
    system_ticks: int

    def until(self, later: CPUTime) -> tuple[float, float]:
        """Seconds used from here until then: (user, whole)."""
        whole = (later.nanoseconds - self.nanoseconds) / 1e9
        user, system = later.user_ticks - self.user_ticks, later.system_ticks - self.system_ticks
        return whole * user / max(1, user + system), whole


def cpu_time(pid: int) -> CPUTime:
    nanoseconds = user = system = 0
    for process in descendants(pid):
        try:
            nanoseconds += sum(int((task / "schedstat").read_text().split()[0]) for task in _tasks(process))
            fields = (_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        user, system = user + int(fields[11]), system + int(fields[12])
    return CPUTime(nanoseconds, user, system)


def resident_bytes(pid: int) -> int:
    """Resident memory: VmRSS, or of several processes the proportional shares, so that shared pages count once."""
    processes = descendants(pid)
    if len(processes) == 1:
        return _kibibytes(_PROC / str(pid) / "status", "VmRSS") * 1024
    return sum(_kibibytes(_PROC / str(process) / "smaps_rollup", "Pss") for process in processes) * 1024


def resident_peak(pid: int) -> int:
    """The most that was resident at once, since the start or forget_peak()."""
    return _kibibytes(_PROC / str(pid) / "status", "VmHWM") * 1024


def forget_peak(pid: int) -> None:
    """Starts resident_peak() again (proc_pid_clear_refs(5))."""
    (_PROC / str(pid) / "clear_refs").write_text("5")


def _kibibytes(path: pathlib.Path, field: str) -> int:
    found = re.search(rf"^{field}:\s+(\d+) kB", path.read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


def socket_drops(port: int) -> int:
    """Datagrams that the kernel dropped before the sockets of this UDP port since they were opened."""
    lines = (_PROC / "net/udp").read_text().splitlines()[1:]
    return sum(int(line.split()[-1]) for line in lines if line.split()[1].endswith(f":{port:04X}"))


def free_port() -> int:
    """A port of 127.0.0.1 free for UDP and TCP."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = tcp.getsockname()[1]
            try:
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def facts() -> dict[str, str | int]:
    model = re.search(r"^model name\s*:\s*(.+)$", (_PROC / "cpuinfo").read_text(), re.MULTILINE)
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": model[1] if model else platform.machine(),
        "cores": os.cpu_count() or 0,
        "kernel": platform.release(),
    }


def first_line(*command: str) -> str:
    """What a program says first, e.g. its version; empty if it is not there."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=10)
    except OSError:
        return ""
    return next((line.strip() for line in done.stdout.splitlines() if re.search(r"[Vv]ersion.* \d", line)), "")
