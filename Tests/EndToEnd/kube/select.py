"""Label and field selectors, as in `labelSelector=app in (web,api),!canary` and `fieldSelector=metadata.namespace!=a`."""
from __future__ import annotations

import re
from collections.abc import Callable

Test = Callable[[dict], bool]
_FIELDS = {"metadata.name", "metadata.namespace", "status.phase", "spec.nodeName", "spec.clusterIP", "spec.type"}


def _everything(_: dict) -> bool:
    return True


def labels(text: str) -> Test:
    """The test of an object's labels; a selector that cannot be read is a ValueError."""
    parts = [_label(part.strip()) for part in re.findall(r"(?:[^,(]|\([^)]*\))+", text)]
    return (lambda item: all(part(item["metadata"].get("labels") or {}) for part in parts)) if parts else _everything


def _label(text: str) -> Test:
    if found := re.fullmatch(r"(\S+)\s+(in|notin)\s*\(([^)]*)\)", text):
        key, values = found[1], {value.strip() for value in found[3].split(",")}
        if found[2] == "in":
            return lambda have: have.get(key) in values
        return lambda have: have.get(key) not in values
    if found := re.fullmatch(r"([^\s=!]+)\s*(!=|==?)\s*([^\s=!]*)", text):
        key, value = found[1], found[3]
        if found[2] == "!=":
            return lambda have: have.get(key) != value
        return lambda have: have.get(key) == value
    if found := re.fullmatch(r"(!?)\s*([\w./-]+)", text):
        return lambda have: (found[2] in have) != bool(found[1])
    raise ValueError(f"unable to parse requirement: {text!r}")


def fields(text: str) -> Test:
    """The test of an object's fields; a field that has no selector is a ValueError."""
    parts = []
    for part in filter(None, text.split(",")):
        found = re.fullmatch(r"([\w.]+)(!=|==?)(.*)", part)
        if not found:
            raise ValueError(f"invalid selector: {part!r}; can't understand {part!r}")
        if found[1] not in _FIELDS:
            raise ValueError(f"field label not supported: {found[1]}")
        parts.append((found[1].split("."), found[2] != "!=", found[3]))
    if not parts:
        return _everything
    return lambda item: all((_field(item, path) == value) == wanted for path, wanted, value in parts)


def _field(item: dict, path: list[str]) -> object:
    value: object = item
    for key in path:
        value = value.get(key, "") if isinstance(value, dict) else ""
    return value
