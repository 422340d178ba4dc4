"""The real binary, asked by real clients. CLUSTERDNS names the binary; without it tools/build makes one."""
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

import pytest

HERE = pathlib.Path(__file__).parent
TOP = HERE.parent.parent


def binary() -> str:
    if "CLUSTERDNS" not in os.environ:
        os.environ["CLUSTERDNS"] = subprocess.run(
            [TOP / "tools/build"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    return os.environ["CLUSTERDNS"]


class Server:
    """`clusterdns serve` on free ports of 127.0.0.1; ends with the test. It is there when its log says `until`."""

    def __init__(self, *arguments, listen=("127.0.0.1:0",), program=None, wait=True, until=" synced", timeout=30):
        command = [*map(str, program or [binary()]), "serve", *map(str, arguments)]
        for address in listen:
            command += ["--listen", address]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.log = []
        self.ports = []
        self._lock = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if wait:
            self.wait_for(until, timeout)
            self.ports = [int(port) for line in self.log if " listening " in line
                          for port in re.findall(r":(\d+)(?=[,\s]|$)", line.split("addresses=")[1].split(" ")[0])]

    @property
    def port(self):
        return self.ports[0]

    def _read(self):
        for line in self.process.stderr:
            with self._lock:
                self.log.append(line.rstrip("\n"))
                self._lock.notify_all()
        with self._lock:
            self._lock.notify_all()

    def wait_for(self, text, timeout=10, after=0):
        """The first log line from number `after` on that has the text."""
        end = time.monotonic() + timeout
        with self._lock:
            while True:
                for line in self.log[after:]:
                    if text in line:
                        return line
                left = end - time.monotonic()
                if left <= 0 or not self._reader.is_alive():
                    raise AssertionError(f"no {text!r} in the log:\n" + "\n".join(self.log))
                self._lock.wait(left)

    def stop(self, how=signal.SIGTERM, timeout=20):
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(timeout)
        self._reader.join(5)
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


@pytest.fixture(scope="session")
def clusterdns():
    return binary()


def run(*arguments, **options):
    return subprocess.run([str(a) for a in arguments], capture_output=True, text=True, timeout=60, **options)
