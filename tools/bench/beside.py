"""Work beside a load: a function in a process of its own, on one core, that ends with its context."""
from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator

PR_SET_PDEATHSIG = 1


@contextlib.contextmanager
def running(core: int, nice: int, work: Callable, *arguments) -> Iterator[None]:
    process = multiprocessing.get_context("fork").Process(target=_run, args=(core, nice, work, arguments), daemon=True)
    process.start()
    try:
        yield
        if process.exitcode is not None:
            raise RuntimeError(f"{work.__name__} ended with {process.exitcode}")
    finally:
        process.kill()
        process.join()


def _run(core: int, nice: int, work: Callable, arguments: tuple) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.sched_setaffinity(0, {core})
    os.nice(nice)
    work(*arguments)


def busy() -> None:
    """Takes all the CPU time there is."""
    while True:
        pass
