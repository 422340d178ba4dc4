"""What the tests of the Kubernetes source share: clusterdns on the API server for tests, objects, who asks all the while."""
import http.client
import json
import random
import re
import socket
import subprocess
import threading
import time

import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
from conftest import Server

ZONE = "svc.cluster.local."
RESOURCES = ("namespaces", "services", "endpointslices")


def namespace(name, **labels):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def service(name, *addresses, into="default", labels=None, ports=(("http", 80),), **spec):
    """A Service with these ClusterIPs; without any it is headless."""
    found = {"type": "ClusterIP", "clusterIP": [*addresses, "None"][0], "clusterIPs": list(addresses) or ["None"],
             "ports": [{"name": name, "port": port, "protocol": "UDP" if name == "dns" else "TCP"} for name, port in ports]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": into, "labels": labels or {}},
            "spec": found | spec}


def external_name(name, target):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "default"},
            "spec": {"type": "ExternalName", "externalName": target}}


def endpoint_slice(owner, *endpoints, into="default", suffix="a", kind="IPv4", labels=None, annotations=None):
    """Endpoints are addresses, or dicts that say more."""
    endpoints = [{"addresses": [each]} if isinstance(each, str) else each for each in endpoints]
    return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": kind,
            "metadata": {"name": f"{owner}-{suffix}", "namespace": into, "annotations": annotations or {},
                         "labels": {"kubernetes.io/service-name": owner} | (labels or {})},
            "endpoints": [{"conditions": {"ready": True, "serving": True, "terminating": False}} | each for each in endpoints],
            "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}]}


def pod(name, address, into="default"):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": into},
            "spec": {"containers": [{"name": "main", "image": "main"}]},
            "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]}}


SMALL = [service("web", "10.96.1.1"), endpoint_slice("web", "10.244.0.1"), service("db"),
         endpoint_slice("db", "10.244.0.2", {"addresses": ["10.244.0.3"], "hostname": "first"})]
# What must be told of SMALL at any time.
TRUE = {("web.default", "A"): "NOERROR 10.96.1.1", ("db.default", "A"): "NOERROR 10.244.0.2 10.244.0.3",
        ("first.db.default", "A"): "NOERROR 10.244.0.3", ("none.default", "A"): "NXDOMAIN", ("web.none", "A"): "NXDOMAIN",
        ("_http._tcp.web.default", "SRV"): f"NOERROR 0 100 80 web.default.{ZONE}"}

# What changes beside it.
CHANGING = [service("old", "10.96.7.1"), service("going", "10.96.7.2")]


def change(api):
    """What a client of a server that was away must find out."""
    api.apply(service("old", "10.96.7.9"), service("come", "10.96.7.3"))
    api.store.delete("services", ("default", "going"))


def wait(condition, limit=5.0, what=""):
    """The condition's value as soon as it is true."""
    end = time.monotonic() + limit
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {limit} s: {what or condition}")
        time.sleep(0.004)
    return value


class Cluster(Server):
    """clusterdns on an API server, with its admin pages."""

    def __init__(self, api, folder, *arguments, **options):
        self.admin = folder / "admin"
        connection = arguments if {"--kubeconfig", "--api-server"} & set(arguments) else ("--api-server", api.url, *arguments)
        super().__init__(*connection, "--admin", self.admin, "--workers", "1", **options)

    def ask(self, name, kind="A", zone=ZONE, timeout=2):
        """The rcode and the data of the answer, sorted; `name` is below `zone`."""
        query = dns.message.make_query(f"{name}.{zone}", kind)
        return text(dns.query.udp(query, "127.0.0.1", port=self.port, timeout=timeout))

    def until(self, name, wanted, kind="A", limit=5.0):
        seen = []
        try:
            wait(lambda: (seen.append(self.ask(name, kind)), seen[-1] == wanted)[1], limit)
        except AssertionError:
            raise AssertionError(f"{name} is {seen[-1]!r}, not {wanted!r}, after {limit} s:\n" + "\n".join(self.log)) from None

    def until_changed(self, limit=10.0):
        """Until change() is seen."""
        self.until("old.default", "NOERROR 10.96.7.9", limit=limit)
        self.until("come.default", "NOERROR 10.96.7.3", limit=limit)
        self.until("going.default", "NXDOMAIN", limit=limit)

    def warnings(self, words, after=0):
        """The lines of the log from number `after` on that warn with these words."""
        return [line for line in self.log[after:] if " warning " in line and words in line]

    def page(self, path):
        """The status and text of an admin page."""
        connection = http.client.HTTPConnection("localhost", timeout=5)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(self.admin))
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def findings(self):
        return json.loads(self.page("/findings")[1])

    def metrics(self):
        lines = (line.rpartition(" ") for line in self.page("/metrics")[1].splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in lines}

    def metric(self, name, resource):
        return self.metrics().get(f'clusterdns_watch_{name}{{resource="{resource}"}}')

    def wait_live(self, limit=10.0):
        """Until a watch of every resource has been answered, with nothing to find."""
        wait(lambda: self.findings() == [] and all(self.metric("live", each) == 1 for each in RESOURCES), limit,
             "no findings, watches live\n" + "\n".join(self.log))


def text(answer):
    data = sorted(each.to_text() for rrset in answer.answer for each in rrset)
    return " ".join([dns.rcode.to_text(answer.rcode()), *data])


def records(program, *arguments, form="zone"):
    """Every record; the serial, a time, is 1 in all."""
    found = subprocess.run([program, "records", *arguments, "--format", form], check=True, capture_output=True, timeout=20)
    return re.sub(r"(hostmaster\S*) \d+ ", r"\1 1 ", found.stdout.decode())


class Witness(threading.Thread):
    """Asks known names all the while; every answer has to be there and right."""

    def __init__(self, server, true=None):
        super().__init__(daemon=True)
        self.true = dict(TRUE if true is None else true)
        self.asked, self.lost, self.wrong = 0, 0, []
        self._done = threading.Event()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(2)
        self._socket.connect(("127.0.0.1", server.port))

    def run(self):
        queries = {key: bytearray(dns.message.make_query(f"{key[0]}.{ZONE}", key[1]).to_wire()) for key in self.true}
        while not self._done.wait(0.0005):
            key = random.choice(list(self.true))
            self.asked += 1
            queries[key][0:2] = (self.asked & 0xFFFF).to_bytes(2, "big")
            self._socket.send(queries[key])
            try:
                answer = dns.message.from_wire(self._socket.recv(4096))
            except TimeoutError:
                self.lost += 1
                continue
            if answer.id != self.asked & 0xFFFF or text(answer) != self.true[key]:
                self.wrong.append((time.monotonic(), key, text(answer)))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        self._done.set()
        self.join(5)
        self._socket.close()
        if kind is None:
            assert self.asked > 0 and self.lost == 0 and not self.wrong, (self.asked, self.lost, self.wrong[:10])


def lists(api, resource, after=0.0):
    """Times at which a list of everything began: pages behind the first, and questions for the newest version, are none."""
    found = [request for request in api.asked("list", resource, after)
             if request.query.get("limit") != "1" and "continue" not in request.query]
    return found + [request for request in api.asked("watch", resource, after) if "sendInitialEvents" in request.query]


def watches(api, resource, after=0.0):
    """The resourceVersions at which watches were taken up."""
    return [int(request.query["resourceVersion"]) for request in api.asked("watch", resource, after)
            if "sendInitialEvents" not in request.query]
