"""Objects with a revision counter and a window of events, as etcd and the watch cache of an API server hold them."""
from __future__ import annotations

import base64
import bisect
import dataclasses
import json
import threading
from collections.abc import Iterator

from . import wire
from .objects import KINDS, RESOURCES, Completion, Object

SNAPSHOTS = 32  # states whose pages can still be asked for


class Expired(Exception):
    """What was asked for is older than what is kept: 410 Gone."""


class Conflict(Exception):
    """The object exists already, or its resourceVersion is another: 409."""


class Entry:
    """One object at one revision, in both encodings; `view` is what selectors ask for."""
    __slots__ = ("revision", "protobuf", "view", "json_in_list", "_type")

    def __init__(self, item: Object, revision: int) -> None:
        item["metadata"]["resourceVersion"] = str(revision)
        self.revision = revision
        self.protobuf = wire.encoder(item["kind"])(item)
        spec, status, meta = item.get("spec", {}), item.get("status", {}), item["metadata"]
        self.view = {"metadata": {"name": meta["name"], "namespace": meta.get("namespace", ""), "labels": meta.get("labels")},
                     "spec": {key: spec[key] for key in ("nodeName", "clusterIP", "type") if key in spec},
                     "status": {key: status[key] for key in ("phase",) if key in status}}
        self._type = item["apiVersion"], item["kind"]
        # Items of a list have neither apiVersion nor kind.
        self.json_in_list = json.dumps({key: value for key, value in item.items() if key not in ("apiVersion", "kind")},
                                       separators=(",", ":")).encode()

    @property
    def key(self) -> tuple[str, str]:
        return self.view["metadata"]["namespace"], self.view["metadata"]["name"]

    @property
    def json(self) -> bytes:
        return b'{"kind":"%s","apiVersion":"%s",' % (self._type[1].encode(), self._type[0].encode()) + self.json_in_list[1:]

    @property
    def whole(self) -> bytes:
        return wire.unknown(*self._type, self.protobuf)

    @property
    def item(self) -> Object:
        return json.loads(self.json)

    def at(self, revision: int) -> Entry:
        """The same object as of another revision: what a DELETED event shows."""
        return Entry(self.item, revision)


@dataclasses.dataclass(frozen=True)
class Event:
    revision: int
    resource: str
    old: Entry | None
    new: Entry | None


@dataclasses.dataclass(frozen=True)
class State:
    revision: int
    objects: dict[str, dict[tuple[str, str], Entry]]


class Store:
    def __init__(self, window: int = 100_000) -> None:
        self.lock = threading.RLock()
        self.changed = {name: threading.Condition(self.lock) for name in RESOURCES}
        self.revision = 1
        self._window = window
        self._objects: dict[str, dict[tuple[str, str], Entry]] = {name: {} for name in RESOURCES}
        self._sorted: dict[str, list[tuple[str, str]] | None] = {}
        self._events: list[Event] = []
        self._oldest = 1  # a watch from an earlier revision has missed something
        self._snapshots: dict[tuple[str, int], list[Entry]] = {}
        self._completion = Completion()

    # Changes.

    def load(self, items: Iterator[Object]) -> int:
        """Objects, with the Namespaces that they need; how many there were."""
        count = 0
        for item in items:
            meta = item["metadata"]
            if KINDS[item["kind"]].namespaced:
                namespace = meta.setdefault("namespace", "default")
                if ("", namespace) not in self._objects["namespaces"]:
                    self.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
            self.put(item)
            count += 1
        return count

    def put(self, item: Object, new: bool = False) -> Entry:
        """Makes the object or replaces it. `new`: it may not exist yet."""
        resource = KINDS[item["kind"]]
        with self.lock:
            item = json.loads(json.dumps(item))
            self._completion.complete(item, "kube-controller-manager" if "Slice" in item["kind"] else "kubectl-create")
            key = item["metadata"].get("namespace") or "", item["metadata"]["name"]
            old = self._objects[resource.name].get(key)
            wanted = item["metadata"].get("resourceVersion")
            if old and new:
                raise Conflict(f'{resource.full_name} "{key[1]}" already exists')
            if old and not new and wanted and wanted != str(old.revision):
                raise Conflict(f'Operation cannot be fulfilled on {resource.full_name} "{key[1]}": the object has been '
                               "modified; please apply your changes to the latest version and try again")
            entry = Entry(item, self.revision + 1)
            self.revision += 1
            if old is None:
                self._sorted[resource.name] = None
            self._objects[resource.name][key] = entry
            self._happened(Event(entry.revision, resource.name, old, entry))
            return entry

    def patch(self, resource: str, key: tuple[str, str], changes: Object) -> Entry | None:
        """A merge patch (RFC 7396)."""
        with self.lock:
            old = self._objects[resource].get(key)
            if old is None:
                return None
            item = old.item
            del item["metadata"]["resourceVersion"]
            if resource == "endpointslices":
                item["metadata"]["generation"] += 1
            return self.put(merged(item, changes))

    def delete(self, resource: str, key: tuple[str, str]) -> Entry | None:
        with self.lock:
            old = self._objects[resource].pop(key, None)
            if old is None:
                return None
            self._sorted[resource] = None
            self.revision += 1
            self._happened(Event(self.revision, resource, old, None))
            return old.at(self.revision)

    def _happened(self, event: Event) -> None:
        self._events.append(event)
        if len(self._events) > self._window + self._window // 4:
            del self._events[:-self._window]
            self._oldest = self._events[0].revision - 1
        self.changed[event.resource].notify_all()

    def pass_time(self, revisions: int = 1) -> None:
        """Changes of objects that nobody here watches."""
        with self.lock:
            self.revision += revisions

    def expire(self) -> None:
        """Forgets every event and every state that a page could continue from, as a compaction and a full window do."""
        with self.lock:
            self.revision += 1
            self._events.clear()
            self._snapshots.clear()
            self._oldest = self.revision
            self.wake()

    # The past.

    def state(self) -> State:
        with self.lock:
            return State(self.revision, {name: dict(held) for name, held in self._objects.items()})

    def restore(self, state: State) -> None:
        """As after a restart with that state: nothing of what came later, and no events before it."""
        with self.lock:
            self.revision = self._oldest = state.revision
            self._objects = {name: dict(held) for name, held in state.objects.items()}
            self._sorted.clear()
            self._events.clear()
            self._snapshots.clear()
            self.wake()

    def wake(self) -> None:
        with self.lock:
            for condition in self.changed.values():
                condition.notify_all()

    # Reading.

    def get(self, resource: str, key: tuple[str, str]) -> Entry | None:
        with self.lock:
            return self._objects[resource].get(key)

    def listed(self, resource: str, revision: int | None = None) -> tuple[int, list[Entry]]:
        """All objects by namespace and name, now or at a revision whose pages were begun."""
        with self.lock:
            if revision is not None:
                if (resource, revision) not in self._snapshots:
                    raise Expired
                return revision, self._snapshots[resource, revision]
            held = self._objects[resource]
            keys = self._sorted.get(resource)
            if keys is None:
                keys = self._sorted[resource] = sorted(held)
            return self.revision, [held[key] for key in keys]

    def keep(self, resource: str, revision: int, entries: list[Entry]) -> None:
        """Pages of this state will be asked for."""
        with self.lock:
            self._snapshots[resource, revision] = entries
            while len(self._snapshots) > SNAPSHOTS:
                del self._snapshots[next(iter(self._snapshots))]

    def check(self, revision: int) -> None:
        if revision < self._oldest:
            raise Expired(f"too old resource version: {revision} ({self._oldest})")

    def since(self, resource: str, revision: int) -> list[Event]:
        """Events behind the revision. The caller holds the lock."""
        self.check(revision)
        first = bisect.bisect_right(self._events, revision, key=lambda event: event.revision)
        return [event for event in self._events[first:] if event.resource == resource]


def merged(item: object, changes: object) -> object:
    if not isinstance(changes, dict):
        return changes
    found = dict(item) if isinstance(item, dict) else {}
    for key, value in changes.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = merged(found.get(key), value)
    return found


def token(revision: int, key: tuple[str, str]) -> str:
    """Where the next page begins, as the API server writes it (apiserver/pkg/storage/continue.go)."""
    text = json.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": f"{'/'.join(filter(None, key))}\0"})
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_token(text: str) -> tuple[int, str]:
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return int(found["rv"]), found["start"].rstrip("\0")
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"continue key is not valid: {error}") from None
