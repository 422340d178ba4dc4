"""Kubernetes' protobuf encoding (application/vnd.kubernetes.protobuf), of dicts as JSON has them. Read back by unwire.py.

A whole message is `k8s\\0` and a runtime.Unknown, the object in its `raw`
(apimachinery/pkg/runtime/serializer/protobuf). A watch is frames: four octets of length, big-endian, and a
meta/v1 WatchEvent whose object is such a whole message.
"""
from __future__ import annotations

import base64
import calendar
import functools
import json
import struct
import time
from collections.abc import Callable, Iterator

from .schema import MESSAGES

MAGIC = b"k8s\0"
VARINT, BYTES = 0, 2


def varint(value: int) -> bytes:
    if 0 <= value < 0x80:
        return _SMALL[value]
    value &= (1 << 64) - 1
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


_SMALL = [bytes([value]) for value in range(0x80)]


@functools.cache
def fields() -> dict[str, tuple[bool, dict[str, tuple[int, str, bool, bool]]]]:
    """Of each message: is it partial, and of each field: number, type, repeated, always written."""
    found = {}
    for line in filter(None, MESSAGES.splitlines()):
        name, rest = line.split(None, 1)
        keys = {}
        for field in rest.split(","):
            number, key, kind = field.split()
            keys[key] = int(number), kind.rstrip("*!"), "*" in kind, "!" in kind
        found[name.rstrip("~")] = name.endswith("~"), keys
    return found


# Each message is compiled into one function; a list of ten thousand slices has two million fields.

def delimited(body: bytes) -> bytes:
    return varint(len(body)) + body


def _string(value: str) -> bytes:
    return delimited(value.encode())


def _time(value: str | None) -> bytes:
    """RFC 3339 as metav1.Time: seconds and nanos, both always written; the zero time has no field at all."""
    if not value:
        return b"\0"
    whole, _, fraction = value.rstrip("Z").partition(".")
    seconds = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S"))
    return _time_message(seconds, int(fraction.ljust(9, "0")[:9]) if fraction else 0)


@functools.lru_cache(10_000)
def _time_message(seconds: int, nanos: int) -> bytes:
    return delimited(b"\x08" + varint(seconds) + b"\x10" + varint(nanos))


def _int_or_string(value: int | str | None) -> bytes:
    kind, number, text = (1, 0, value) if isinstance(value, str) else (0, value or 0, "")
    return delimited(b"\x08" + varint(kind) + b"\x10" + varint(number) + b"\x1a" + _string(text))


def _map(value: dict[str, str]) -> Iterator[bytes]:
    return (delimited(b"\x0a" + _string(key) + b"\x12" + _string(value[key])) for key in sorted(value))


def _quantities(value: dict[str, str]) -> Iterator[bytes]:
    return (delimited(b"\x0a" + _string(key) + b"\x12" + delimited(b"\x0a" + _string(str(value[key]))))
            for key in sorted(value))


def _writer(kind: str) -> tuple[int, Callable]:
    """Wire type and the function that writes one value behind its tag."""
    match kind:
        case "s":
            return BYTES, _string
        case "b":
            return VARINT, lambda value: b"\1" if value else b"\0"
        case "i":
            return VARINT, lambda value: varint(value or 0)
        case "x":
            return BYTES, lambda value: delimited(base64.b64decode(value))
        case "Time":
            return BYTES, functools.lru_cache(10_000)(_time)
        case "IntOrString":
            return BYTES, _int_or_string
        case "FieldsV1":
            return BYTES, lambda value: delimited(
                b"\x0a" + delimited(json.dumps(value, separators=(",", ":")).encode()))
    encode = encoder(kind)
    return BYTES, lambda value: delimited(encode(value or {}))


_ABSENT = {"s": "", "b": False, "i": 0}


@functools.cache
def encoder(message: str) -> Callable[[dict], bytes]:
    """The function that encodes a dict as that message; a key that the message has not is a ValueError."""
    partial, keys = fields()[message]
    steps = []
    for key, (number, kind, repeated, always) in sorted(keys.items(), key=lambda field: field[1][0]):
        if kind in ("map", "quantities"):
            steps.append((key, varint(number << 3 | BYTES), {"map": _map, "quantities": _quantities}[kind], True, None))
            continue
        wire, write = _writer(kind)
        tag = varint(number << 3 | wire)
        steps.append((key, tag, write, repeated, tag + write(_ABSENT.get(kind)) if always else None))
    known = set(keys) | ({"apiVersion", "kind"} if "metadata" in keys else set())

    def encode(value: dict) -> bytes:
        if not partial and not value.keys() <= known:
            raise ValueError(f"{message} has no field {', '.join(sorted(value.keys() - known))}")
        out = []
        for key, tag, write, many, absent in steps:
            item = value.get(key)
            if item is None:
                if absent is not None:
                    out.append(absent)
            elif not many:
                out.append(tag + write(item))
            elif isinstance(item, dict):
                out.extend(tag + body for body in write(item))
            else:
                out.extend(tag + write(element) for element in item)
        return b"".join(out)

    return encode


def unknown(api_version: str, kind: str, raw: bytes) -> bytes:
    """A whole message: the envelope that tells the object's type."""
    start, end = envelope(api_version, kind, len(raw))
    return start + raw + end


def envelope(api_version: str, kind: str, length: int) -> tuple[bytes, bytes]:
    """What comes before and behind `length` octets of an object in a whole message."""
    meta = encoder("TypeMeta")({"apiVersion": api_version, "kind": kind})
    return MAGIC + b"\x0a" + delimited(meta) + b"\x12" + varint(length), b"\x1a\0\x22\0"


def whole(item: dict) -> bytes:
    """An object with its apiVersion and kind."""
    return unknown(item["apiVersion"], item["kind"], encoder(item["kind"])(item))


def frame(event: str, message: bytes) -> bytes:
    """One event of a watch; `message` is the whole message of its object."""
    body = b"\x0a" + _string(event) + b"\x12" + delimited(b"\x0a" + delimited(message))
    return struct.pack(">I", len(body)) + body
