"""HTTP of the API server for tests: paths, encodings, single objects. One Handler is one connection."""
from __future__ import annotations

import http.server
import json
import re
import socket
import time
import urllib.parse

from . import discovery, unwire, wire
from . import status as statuses
from .lists import Listing
from .objects import RESOURCES, Object, Resource
from .status import Refused
from .store import Conflict
from .watch import Watching

PROTOBUF, JSON = "application/vnd.kubernetes.protobuf", "application/json"
_PATH = re.compile(r"/(?:api/v1|apis/discovery\.k8s\.io/v1)/(?:namespaces/(?P<namespace>[^/]+)/)?"
                   r"(?P<resource>\w+)(?:/(?P<name>[^/]+))?")
Key = tuple[str, str]


class Handler(Listing, Watching, http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 0

    def __init__(self, connection: socket.socket, address: tuple, api) -> None:
        self.api, self.store, self.faults = api, api.store, api.faults
        super().__init__(connection, address, api)

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        if parts.path.startswith("/-/"):
            return self._control(parts.path.removeprefix("/-/"), body)
        match = _PATH.fullmatch(parts.path)
        self.resource: Resource | None = RESOURCES.get(match["resource"]) if match else None
        if self.resource and not parts.path.startswith(self.resource.prefix + "/"):
            self.resource = None
        self.namespace, self.name = (match["namespace"], match["name"]) if match else (None, None)
        self.verb = self._verb()
        self.api.record(self, parts.path)
        self.chunks = self.request_version != "HTTP/1.0" and not self.faults.take("close", self._place)
        try:
            if not self._answered():
                self._route(parts.path, body)
        except Refused as refused:
            self.reply(refused.status["code"], refused.status)
        except Conflict as conflict:
            self.reply(409, statuses.status(409, "Conflict", str(conflict)))
        except ValueError as error:
            self.reply(400, statuses.status(400, "BadRequest", str(error)))
        except OSError:
            self.close_connection = True

    @property
    def _place(self) -> str:
        return self.resource.name if self.resource else ""

    def _verb(self) -> str:
        if self.command != "GET":
            return {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}[self.command]
        if self.name or not self.resource:
            return "get"
        return "watch" if self.query.get("watch") in ("1", "true") else "list"

    def _answered(self) -> bool:
        """Faults that keep any request from its answer, then who asks."""
        if self.faults.take("hang", self._place, self.verb):
            while self.faults.first("hang", self._place, self.verb) and self.api.open:
                time.sleep(0.02)
            self.cut()
        if fault := self.faults.take("status", self._place, self.verb):
            code = fault.options.get("code", 500)
            headers = {"Retry-After": str(fault.options["retry_after"])} if "retry_after" in fault.options else {}
            if "text" in fault.options:
                self.send(code, "text/plain; charset=utf-8", fault.options["text"].encode(), headers)
            else:
                self.reply(code, statuses.of_code(code, self.verb, self.resource, self.namespace), headers)
            return True
        if not self.api.admits(self.headers.get("Authorization"), self.connection):
            raise Refused(statuses.unauthorized())
        return False

    def _route(self, path: str, body: bytes) -> None:
        if path in ("/healthz", "/livez", "/readyz"):
            return self.send(200, "text/plain; charset=utf-8", b"ok")
        if not self.resource:
            found = discovery.document(path)
            code = 200 if found else 404
            return self.send(code, JSON, json.dumps(found or statuses.status(
                404, "NotFound", "the server could not find the requested resource")).encode())
        self.encoding = self._encoding()
        match self.verb:
            case "watch":
                return self.watch()
            case "list":
                return self.list()
        key = (self.namespace or "" if self.resource.namespaced else ""), self.name or ""
        self._single(key, body)

    def _encoding(self) -> str:
        """The first media type of Accept that there is; tables and partial objects are not."""
        without = self.faults.take("no_protobuf", self._place, self.verb)
        for part in (self.headers.get("Accept") or "*/*").split(","):
            kind, *parameters = [word.strip() for word in part.split(";")]
            if any(word.startswith("as=") for word in parameters):
                continue
            if kind in (JSON, "*/*", "application/*"):
                return JSON
            if kind == PROTOBUF and not without:
                return PROTOBUF
        raise Refused(statuses.status(
            406, "NotAcceptable", f"only the following media types are accepted: {JSON}"))

    # Answers.

    def send(self, code: int, kind: str, body: bytes, headers: Object | None = None) -> None:
        self.head(code, kind, {"Content-Length": str(len(body))} | (headers or {}))
        self.wfile.write(body)

    def reply(self, code: int, item: Object, headers: Object | None = None) -> None:
        """A Status, in the encoding asked for if that can be told."""
        retry = item.get("details", {}).get("retryAfterSeconds")
        headers = ({"Retry-After": str(retry)} if retry else {}) | (headers or {})
        protobuf = (self.headers.get("Accept") or "").startswith(PROTOBUF) and code != 406
        self.send(code, PROTOBUF if protobuf else JSON, wire.whole(item) if protobuf else json.dumps(item).encode(), headers)

    def head(self, code: int, kind: str, headers: Object) -> None:
        self.protocol_version = "HTTP/1.1" if self.chunks else "HTTP/1.0"
        if not self.chunks:
            headers = {key: value for key, value in headers.items() if key not in ("Content-Length", "Transfer-Encoding")}
            self.close_connection = True
        self.send_response(code)
        for key, value in ({"Content-Type": kind, "Cache-Control": "no-cache, private"} | headers).items():
            self.send_header(key, value)
        self.end_headers()

    def piece(self, data: bytes | memoryview) -> None:
        """A part of an answer whose length is not known."""
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data) if self.chunks else data)

    def finish_pieces(self) -> None:
        if self.chunks:
            self.wfile.write(b"0\r\n\r\n")

    def cut(self) -> None:
        """The connection ends here, whatever was promised."""
        self.close_connection = True
        raise ConnectionResetError("cut")

    # Single objects.

    def _single(self, key: Key, body: bytes) -> None:
        name, code = self.resource.name, 200
        match self.command:
            case "GET":
                entry = self.store.get(name, key)
            case "DELETE":
                entry = self.store.delete(name, key)
            case "PATCH":
                entry = self.store.patch(name, key, json.loads(body))
            case _:
                # kubectl sends protobuf where it can.
                given = unwire.read_whole(body) if body.startswith(wire.MAGIC) else json.loads(body)
                item = given | {"kind": self.resource.kind}
                item.setdefault("metadata", {}).setdefault("name", key[1])
                if self.resource.namespaced:
                    item["metadata"]["namespace"] = key[0] or "default"
                entry, code = self.store.put(item, new=self.command == "POST"), 201 if self.command == "POST" else 200
        if entry is None:
            raise Refused(statuses.not_found(self.resource, key[1]))
        self.send(code, self.encoding, entry.whole if self.encoding == PROTOBUF else entry.json)

    # What tests in other processes do.

    def _control(self, action: str, body: bytes) -> None:
        self.chunks = True
        found = self.api.control(action, json.loads(body or b"{}"))
        self.send(200, JSON, json.dumps(found).encode())
