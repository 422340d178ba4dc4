"""Lists of the API server for tests: selectors, pages, revisions, both encodings."""
from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator

from . import select, wire
from . import status as statuses
from .objects import Object
from .status import Refused
from .store import Entry, Expired, read_token, token

PIECE = 1 << 20  # octets of one chunk
Key = tuple[str, str]


class Listing:
    """The part of Handler that answers lists."""

    def selected(self, entries: list[Entry]) -> list[Entry]:
        test = self.selector()
        return entries if test is None else [entry for entry in entries if test(entry.view)]

    def selector(self):
        """The test of both selectors and of the namespace; None where everything passes."""
        by_label, by_field = self.query.get("labelSelector", ""), self.query.get("fieldSelector", "")
        tests = [select.labels(by_label)] if by_label else []
        tests += [select.fields(by_field)] if by_field else []
        if self.namespace and self.resource.namespaced:
            tests.append(lambda view: view["metadata"]["namespace"] == self.namespace)
        return (lambda view: all(test(view) for test in tests)) if tests else None

    def wait_for(self, revision: int) -> None:
        end = time.monotonic() + self.api.patience
        while self.store.revision < revision:
            if time.monotonic() > end:
                raise Refused(statuses.too_large(revision, self.store.revision))
            time.sleep(0.01)

    def list(self) -> None:
        if self.faults.take("expired", self._place, "list"):
            raise Refused(statuses.expired("The resourceVersion for the provided list is too old."))
        revision, entries, start = self._state()
        limit = int(self.query.get("limit") or 0) if self.query.get("resourceVersion") != "0" else 0
        found = self.selected(entries)
        if start is not None:
            found = [entry for entry in found if entry.key > start]
        meta = {"resourceVersion": str(revision)}
        if limit and len(found) > limit:
            self.store.keep(self.resource.name, revision, entries)
            meta["continue"] = token(revision, found[limit - 1].key)
            if self.selector() is None or self.namespace:
                meta["remainingItemCount"] = len(found) - limit
            found = found[:limit]
        self._send_list(meta, found)

    def _state(self) -> tuple[int, list[Entry], Key | None]:
        """The revision and objects of this list, and the key that its page starts behind."""
        name = self.resource.name
        if text := self.query.get("continue"):
            revision, start = read_token(text)
            key = tuple(start.split("/")) if self.resource.namespaced else ("", start)
            try:
                return *self.store.listed(name, None if revision < 0 else revision), key
            except Expired:
                raise Refused(statuses.page_expired(token(-1, key))) from None
        wanted = int(self.query.get("resourceVersion") or 0)
        self.wait_for(wanted)
        if self.query.get("resourceVersionMatch") == "Exact" and wanted != self.store.revision:
            try:
                return *self.store.listed(name, wanted), None
            except Expired:
                raise Refused(statuses.expired("The resourceVersion for the provided list is too old.")) from None
        return *self.store.listed(name), None

    def _send_list(self, meta: Object, entries: list[Entry]) -> None:
        protobuf = self.encoding != "application/json"
        items = [entry.protobuf if protobuf else entry.json_in_list for entry in entries]
        if items and (fault := self.faults.take("undecodable", self._place, "list")):
            items[fault.options.get("index", len(items) // 2)] = b"\xff" * 12 if protobuf else b'{"metadata":"none"}'
        kind = f"{self.resource.kind}List"
        if protobuf:
            parts = [b"\x0a" + wire.delimited(wire.encoder("ListMeta")(meta))]
            for item in items:
                parts += (b"\x12" + wire.varint(len(item)), item)
            start, end = wire.envelope(self.resource.api_version, kind, sum(map(len, parts)))
            parts = [start, *parts, end]
        else:
            head = json.dumps({"kind": kind, "apiVersion": self.resource.api_version, "metadata": meta})[:-1].encode()
            parts = [head, b',"items":[', *items[:1]]
            for item in items[1:]:
                parts += (b",", item)
            parts.append(b"]}\n")
        if fault := self.faults.take("garbage", self._place, "list"):
            parts = [base64.b64decode(fault.options["data"]) if "data" in fault.options else b"\xffgarbage" * 100]
        self._send_parts(parts)

    def _send_parts(self, parts: list[bytes]) -> None:
        """Many parts a chunk; with a rate, as many as are due in 5 ms."""
        slow = self.faults.take("slow", self._place, "list")
        rate = slow.options.get("rate") if slow else self.api.pace
        if slow:
            time.sleep(slow.options.get("delay", 0))
        cut = sum(map(len, parts)) // 2 if self.faults.take("cut", self._place, "list") else None
        self.head(200, self.encoding, {"Transfer-Encoding": "chunked"})
        size = min(PIECE, max(1, int(rate / 200))) if rate else PIECE
        start, sent = time.monotonic(), 0
        for chunk in _chunks(parts, size):
            if cut is not None and sent + len(chunk) > cut:
                self.piece(chunk[:cut - sent])
                self.cut()
            self.piece(chunk)
            sent += len(chunk)
            if rate and (ahead := start + sent / rate - time.monotonic()) > 0:
                time.sleep(ahead)
        self.finish_pieces()


def _chunks(parts: list[bytes], size: int) -> Iterator[bytes]:
    """The parts put together to about `size` octets; a longer one is taken apart."""
    held: list[bytes] = []
    length = 0
    for part in parts:
        held.append(part)
        length += len(part)
        if length >= size:
            whole = b"".join(held)
            if len(whole) < 2 * size:
                yield whole
            else:
                yield from (whole[at:at + size] for at in range(0, len(whole), size))
            held, length = [], 0
    if held:
        yield b"".join(held)
