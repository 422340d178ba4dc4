"""A network of its own for a test: port 53, and a resolv.conf as a Pod has it."""
import contextlib
import ctypes
import os
import pathlib
import queue
import subprocess
import threading

import pytest

CLONE_NEWNET = 0x40000000


class Namespace:
    """A network namespace with `lo` and a Pod's end of a link, with its addresses.

    What `call` runs lives there, and every thread and process begun by it.
    """

    def __init__(self) -> None:
        self._calls: queue.Queue = queue.Queue()
        self._results: queue.Queue = queue.Queue()
        threading.Thread(target=self._live, daemon=True).start()
        self._outcome()

    def _live(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNET):
            return self._results.put((None, OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))))
        try:
            for words in ("link set lo up", "link add name eth0 type veth peer name node", "address add 10.244.0.99/24 dev eth0",
                          "-6 address add fd00:10:244::99/64 dev eth0 nodad", "link set eth0 up", "link set node up"):
                subprocess.run(["ip", *words.split()], check=True, capture_output=True, timeout=20)
            self._results.put((None, None))
        except (OSError, subprocess.CalledProcessError) as error:
            return self._results.put((None, error))
        while call := self._calls.get():
            try:
                self._results.put((call(), None))
            except BaseException as error:
                self._results.put((None, error))

    def _outcome(self):
        value, error = self._results.get(timeout=120)
        if error:
            raise error
        return value

    def call(self, function, *arguments, **options):
        """What the function returns or raises, in the namespace."""
        self._calls.put(lambda: function(*arguments, **options))
        return self._outcome()

    def close(self) -> None:
        self._calls.put(None)

    def pod(self, *words, folder: pathlib.Path, resolv_conf: str, timeout: float = 30) -> subprocess.CompletedProcess:
        """Runs a command as a Pod would, with its resolv.conf."""
        (folder / "pod.conf").write_text(resolv_conf)
        script = f'mount --bind {folder}/pod.conf /etc/resolv.conf && exec "$@"'
        return self.call(subprocess.run, ["unshare", "--mount", "sh", "-c", script, "sh", *map(str, words)],
                         capture_output=True, text=True, timeout=timeout)


@contextlib.contextmanager
def namespace():
    """Skips where namespaces are not allowed."""
    try:
        found = Namespace()
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no network namespaces: {error}")
    try:
        yield found
    finally:
        found.close()
