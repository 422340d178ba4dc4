"""The watch of the API server for tests: events behind a revision, bookmarks, streamed initial lists."""
from __future__ import annotations

import base64
import json
import random
import select
import time

from . import status as statuses
from . import wire
from .objects import EMPTY, Object
from .status import Refused
from .store import Entry, Event, Expired

PROTOBUF_STREAM = "application/vnd.kubernetes.protobuf;stream=watch"
END_OF_LIST = {"k8s.io/initial-events-end": "true"}


class Watching:
    """The part of Handler that answers watches."""

    def watch(self) -> None:
        self.protobuf = self.encoding != "application/json"
        wanted = self.query.get("resourceVersion", "")
        initial = self.query.get("sendInitialEvents") == "true"
        self.bookmarks = self.query.get("allowWatchBookmarks") in ("1", "true")
        if initial:
            self._check_initial()
        expired = self.faults.take("expired", self.resource.name, "watch")
        if expired and expired.options.get("how") == "status":
            return self.reply(410, statuses.expired(f"too old resource version: {wanted} ({self.store.revision})"))
        if initial or not wanted:
            self.wait_for(int(wanted or 0))
        self._test = self.selector() or (lambda _: True)
        self.head(200, PROTOBUF_STREAM if self.protobuf else "application/json", {"Transfer-Encoding": "chunked"})
        fault = self.faults.take("no_watch_list", self.resource.name, "watch") if initial else None
        if fault:
            if fault.options.get("objects"):
                self.bookmarks = False
                self._synthesize(initial)
            self._error(statuses.NO_PROGRESS)
        elif expired:
            self._error(statuses.expired(f"too old resource version: {wanted} ({self.store.revision})"))
        else:
            self._stream(int(wanted or 0), initial)
        self.finish_pieces()

    def _check_initial(self) -> None:
        fault = self.faults.first("no_watch_list", self.resource.name, "watch")
        if fault and (how := fault.options.get("how", 422)) != "event":
            self.faults.take("no_watch_list", self.resource.name, "watch")
            raise Refused(statuses.status(
                how, "BadRequest" if how == 400 else "Invalid", 'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: '
                "Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"))
        if self.query.get("resourceVersionMatch") != "NotOlderThan":
            raise Refused(statuses.status(
                422, "Invalid", 'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents '
                "requires setting resourceVersionMatch to NotOlderThan"))

    def _stream(self, revision: int, initial: bool) -> None:
        """Events until the time is over. Everything up to `revision` has been told, or was told before."""
        name, end = self.resource.name, time.monotonic() + float(self.query.get("timeoutSeconds") or random.uniform(1800, 3600))
        if initial or revision == 0:
            revision = self._synthesize(initial)
        bookmark = time.monotonic() + self.api.bookmark_seconds
        while self.api.open:
            if self.faults.first("silent", name, "watch"):
                self._be_silent()
            with self.store.lock:
                try:
                    events = self.store.since(name, revision)
                except Expired as error:
                    return self._error(statuses.expired(str(error)))
                revision = max(revision, self.store.revision)
                now = time.monotonic()
                if not events and now < min(bookmark, end):
                    self.store.changed[name].wait(min(bookmark, end) - now)
                    continue
            if events and self._left():
                self.cut()
            for event in events:
                self._tell(event)
            if now >= bookmark:
                if self.bookmarks:
                    self._bookmark(revision)
                bookmark = now + self.api.bookmark_seconds
            if now >= end:
                return
        self.cut()

    def _left(self) -> bool:
        """Whether the client is gone; it sends nothing while it watches. Faults are for those who see them."""
        poll = select.poll()
        poll.register(self.connection, select.POLLIN)
        return bool(poll.poll(0))

    def _synthesize(self, initial: bool) -> int:
        """The state as ADDED events; the revision that it has."""
        revision, entries = self.store.listed(self.resource.name)
        frames = []
        for entry in self.selected(entries):
            frames.append(self._frame("ADDED", entry))
            if len(frames) == 200:
                self.piece(b"".join(frames))
                frames.clear()
        if frames:
            self.piece(b"".join(frames))
        if initial and self.bookmarks:
            self._bookmark(revision, END_OF_LIST)
        return revision

    def _be_silent(self) -> None:
        while self.faults.first("silent", self.resource.name, "watch") and self.api.open:
            time.sleep(0.02)
        self.cut()

    def _tell(self, event: Event) -> None:
        """The event as this watch's selectors see it: what begins to fit is ADDED, what ceases to is DELETED."""
        before = event.old is not None and self._test(event.old.view)
        after = event.new is not None and self._test(event.new.view)
        if not before and not after:
            return
        kind = "MODIFIED" if before and after else "ADDED" if after else "DELETED"
        frame = self._frame(kind, event.new if after else event.old.at(event.revision))
        name = self.resource.name
        if self.faults.take("cut", name, "watch"):
            half = frame[:len(frame) // 2]
            self.wfile.write(b"%x\r\n%b" % (len(frame), half) if self.chunks else half)
            self.cut()
        if fault := self.faults.take("garbage", name, "watch"):
            frame = base64.b64decode(fault.options["data"]) if "data" in fault.options else b"\xff{]garbage\n" * 10
        elif self.faults.take("undecodable", name, "watch"):
            frame = self._undecodable(kind)
        self.piece(frame)

    def _undecodable(self, kind: str) -> bytes:
        if self.protobuf:
            return wire.frame(kind, wire.unknown(self.resource.api_version, self.resource.kind, b"\xff" * 12))
        item = {"kind": self.resource.kind, "apiVersion": self.resource.api_version, "metadata": "none"}
        return _line(kind, json.dumps(item).encode())

    def _frame(self, kind: str, entry: Entry) -> bytes:
        return wire.frame(kind, entry.whole) if self.protobuf else _line(kind, entry.json)

    def _bookmark(self, revision: int, annotations: Object | None = None) -> None:
        meta = {"resourceVersion": str(revision)} | ({"annotations": annotations} if annotations else {})
        item = {"kind": self.resource.kind, "apiVersion": self.resource.api_version, "metadata": meta}
        self._object("BOOKMARK", item | EMPTY[self.resource.kind])

    def _error(self, status: Object) -> None:
        self._object("ERROR", status)

    def _object(self, kind: str, item: Object) -> None:
        self.piece(wire.frame(kind, wire.whole(item)) if self.protobuf else _line(kind, json.dumps(item).encode()))


def _line(kind: str, item: bytes) -> bytes:
    return b'{"type":"%b","object":%b}\n' % (kind.encode(), item)
