"""Reads Kubernetes' protobuf encoding back into dicts as JSON has them: what wire.py writes, and what kubectl sends."""
from __future__ import annotations

import base64
import json
import re
import struct
import time
from collections.abc import Iterator

from .wire import BYTES, MAGIC, VARINT, fields


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    for octet in data[at:at + 10]:
        at += 1
        value |= (octet & 0x7F) << shift
        if octet < 0x80:
            return value, at
        shift += 7
    raise ValueError(f"the number at octet {at} does not end")


def _items(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        tag, at = _read_varint(data, at)
        if tag & 7 == VARINT:
            value, at = _read_varint(data, at)
        elif tag & 7 == BYTES:
            length, at = _read_varint(data, at)
            if at + length > len(data):
                raise ValueError(f"field {tag >> 3} ends {at + length - len(data)} octets behind the message")
            value, at = data[at:at + length], at + length
        else:
            raise ValueError(f"field {tag >> 3} has wire type {tag & 7}")
        yield tag >> 3, value


def _value(kind: str, raw: int | bytes) -> object:
    match kind:
        case "s":
            return raw.decode()
        case "b":
            return raw == 1
        case "i":
            return raw - (1 << 64) if raw >> 63 else raw
        case "x":
            return base64.b64encode(raw).decode()
        case "Time":
            stamp = decode("Timestamp", raw)
            fraction = f".{stamp['nanos']:09}" if stamp.get("nanos") else ""
            return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(stamp["seconds"])) + fraction + "Z" if stamp else None
        case "IntOrString":
            found = decode("IntOrStringMessage", raw)
            return found["strVal"] if found.get("type") else found.get("intVal", 0)
        case "FieldsV1":
            return json.loads(base64.b64decode(decode("RawFields", raw)["Raw"]))
    return decode(kind, raw)


def decode(message: str, data: bytes) -> dict:
    """What JSON would have: fields that are empty are left out. A field that the message has not is a ValueError."""
    keys = {number: (key, kind, repeated, always)
            for key, (number, kind, repeated, always) in fields()[message][1].items()}
    found: dict = {}
    for number, raw in _items(data):
        if number not in keys:
            raise ValueError(f"{message} has no field {number}")
        key, kind, repeated, always = keys[number]
        if kind in ("map", "quantities"):
            entry = dict(_items(raw))
            value = entry.get(2, b"")
            found.setdefault(key, {})[entry.get(1, b"").decode()] = (
                value if kind == "map" else dict(_items(value))[1]).decode()
        elif repeated:
            found.setdefault(key, []).append(_value(kind, raw))
        elif (value := _value(kind, raw)) or (not always and value is not None):
            found[key] = value
    return found


def read_whole(data: bytes) -> dict:
    """The object of a whole message, a list or a single one, with apiVersion and kind."""
    if data[:4] != MAGIC:
        raise ValueError(f"starts with {data[:4]!r}")
    envelope = decode("Unknown", data[4:])
    kind, raw = envelope["typeMeta"]["kind"], base64.b64decode(envelope.get("raw", ""))
    if not re.fullmatch(r"\w+List", kind):
        return envelope["typeMeta"] | decode(kind, raw)
    found: dict = envelope["typeMeta"] | {"metadata": {}, "items": []}
    for number, value in _items(raw):
        if number == 1:
            found["metadata"] = decode("ListMeta", value)
        else:
            found["items"].append(decode(kind.removesuffix("List"), value))
    return found


def read_frame(data: bytes) -> tuple[str, dict] | None:
    """The event at the start of `data`: its type and object; None if it has not arrived whole. Its length is frame_length()."""
    if len(data) < 4 or len(data) < frame_length(data):
        return None
    event = decode("WatchEvent", data[4:frame_length(data)])
    return event["type"], read_whole(base64.b64decode(event["object"]["raw"]))


def frame_length(data: bytes) -> int:
    return 4 + struct.unpack_from(">I", data)[0]
