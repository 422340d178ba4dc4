"""What goes wrong, switched while the server runs."""
from __future__ import annotations

import dataclasses
import threading

KINDS = {
    "hang": "accepts the request and never answers",
    "status": "answers with HTTP status `code` and Retry-After `retry_after`; `text` for the body in place of a Status",
    "close": "speaks HTTP/1.0: no chunks, the connection closes behind each answer",
    "no_protobuf": "406 to who takes protobuf only, JSON to the others",
    "slow": "a list comes at `rate` octets a second, after `delay` seconds",
    "cut": "the connection is cut in the middle of a list, or of the next event",
    "garbage": "a list, or the next event, is `data`",
    "undecodable": "one object (number `index` of a list, or the next event's) is none, among good ones",
    "silent": "a watch stays open and says nothing, not even bookmarks; cut when the fault is healed",
    "expired": "a watch is answered with 410: `how` is \"status\" of HTTP or \"event\" of the stream",
    "no_watch_list": "sendInitialEvents is answered with status 400 or 422 (`how`), or with an ERROR event of code 500 (\"event\"; "
                     "behind the objects if `objects`)",
}


@dataclasses.dataclass
class Fault:
    kind: str
    resource: str  # or "*"
    verb: str | None  # list, watch; None is both
    times: int | None  # how often still; None is always
    options: dict

    def fits(self, kind: str, resource: str, verb: str | None) -> bool:
        return self.kind == kind and self.resource in ("*", resource) and self.verb in (None, verb)


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._active: list[Fault] = []

    def add(self, kind: str, resource: str = "*", verb: str | None = None, times: int | None = None, **options) -> Fault:
        if kind not in KINDS:
            raise ValueError(f"no fault {kind!r}: there are {', '.join(KINDS)}")
        with self._lock:
            self._active.append(Fault(kind, resource, verb, times, options))
            return self._active[-1]

    def heal(self, kind: str | None = None, resource: str | None = None) -> None:
        with self._lock:
            self._active = [fault for fault in self._active if (kind is not None and fault.kind != kind)
                            or (resource is not None and fault.resource != resource)]

    def first(self, kind: str, resource: str, verb: str | None = None) -> Fault | None:
        """The fault that applies now, not counted."""
        with self._lock:
            return next((fault for fault in self._active if fault.fits(kind, resource, verb)), None)

    def take(self, kind: str, resource: str, verb: str | None = None) -> Fault | None:
        """The fault that applies now, counted as one of its times."""
        fault = self.first(kind, resource, verb)
        with self._lock:
            if fault and fault.times is not None:
                fault.times -= 1
                if fault.times <= 0 and fault in self._active:
                    self._active.remove(fault)
        return fault
