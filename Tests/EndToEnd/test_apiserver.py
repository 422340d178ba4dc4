"""The API server that the tests of the Kubernetes source use: it must be what they take it for."""
import http.client
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import threading
import time
import urllib.parse

import pytest
from apiserver import APIServer
from conftest import HERE
from kube import objects, select, unwire
from kube.certificates import Certificates

PROTOBUF = "application/vnd.kubernetes.protobuf"
SLICES, SERVICES = "/apis/discovery.k8s.io/v1/endpointslices", "/api/v1/services"


def service(name, namespace="default", **meta):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace, **meta},
            "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": 80, "targetPort": "web"}]}}


def endpoint_slice(name, count=15):
    return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": f"{name}-x7k2p", "namespace": "default", "labels": {"kubernetes.io/service-name": name}},
            "ports": [{"name": "http", "port": 80}],
            "endpoints": [{"addresses": [f"10.1.0.{i}"], "conditions": {"ready": True, "serving": True, "terminating": False},
                           "nodeName": f"node-{i % 5}", "zone": "zone-a", "targetRef": {
                               "kind": "Pod", "namespace": "default", "name": f"{name}-6f7d8-{i:05}",
                               "uid": f"7c0a6a6e-0000-4000-8000-0000000000{i:02}"}} for i in range(count)]}


@pytest.fixture
def api():
    with APIServer([service("a"), service("b", labels={"tier": "web"}), service("c", "other"), endpoint_slice("a")],
                   bookmark_seconds=0.1) as server:
        yield server


class Client:
    """One connection; lists and events decoded."""

    def __init__(self, server, accept=PROTOBUF, **options):
        kind = http.client.HTTPSConnection if server.certificates else http.client.HTTPConnection
        self.connection = kind("127.0.0.1", server.port, timeout=5, **options)
        self.accept, self.rest = accept, b""

    def ask(self, path, method="GET", body=None, **query):
        headers = {"Accept": self.accept, "User-Agent": "test"} | query.pop("headers", {})
        self.connection.request(method, path + ("?" + urllib.parse.urlencode(query) if query else ""),
                                json.dumps(body) if body is not None else None, headers)
        self.response = self.connection.getresponse()
        return self.response

    def get(self, path, **query):
        return self.read(self.ask(path, **query).read())

    def read(self, data):
        return unwire.read_whole(data) if self.response.getheader("Content-Type").startswith(PROTOBUF) else json.loads(data)

    def watch(self, path, **query):
        response = self.ask(path, watch=1, **query)
        assert response.status == 200, response.read()
        assert response.getheader("Content-Type") == (
            PROTOBUF + ";stream=watch" if self.accept == PROTOBUF else "application/json")
        return self

    def event(self):
        """The next event: type and object; None at the end."""
        while True:
            if self.accept == PROTOBUF:
                if found := unwire.read_frame(self.rest):
                    self.rest = self.rest[unwire.frame_length(self.rest):]
                    return found
            elif b"\n" in self.rest:
                line, _, self.rest = self.rest.partition(b"\n")
                found = json.loads(line)
                return found["type"], found["object"]
            more = self.response.read1(65536)
            if not more:
                return None
            self.rest += more

    def until(self, kind):
        """Events until one of that type, with it."""
        found = []
        while not found or found[-1][0] != kind:
            found.append(self.event())
            assert found[-1], found
        return found


BOTH = pytest.mark.parametrize("accept", [PROTOBUF, "application/json"])


def names(answer):
    return [item["metadata"]["name"] for item in answer["items"]]


def filled(value):
    """Without what is empty: protobuf does not tell an empty message from none."""
    if isinstance(value, dict):
        return {key: inner for key, item in value.items() if (inner := filled(item)) not in ({}, [], None)}
    return [filled(item) for item in value] if isinstance(value, list) else value


def test_both_encodings_say_the_same(api):
    for path, kind in ((SLICES, "EndpointSliceList"), (SERVICES, "ServiceList"), ("/api/v1/namespaces", "NamespaceList")):
        one, other = Client(api).get(path), Client(api, "application/json").get(path)
        assert one["kind"] == kind and one["metadata"]["resourceVersion"] == str(api.store.revision)
        assert filled(one) == filled(other)
    assert names(Client(api).get("/api/v1/namespaces")) == ["default", "other"]


def test_objects_have_the_size_of_real_ones(api):
    assert 1800 < len(Client(api).ask(SLICES).read()) < 3000
    found = Client(api).get(SERVICES)["items"][0]
    assert found["spec"]["clusterIPs"] == [found["spec"]["clusterIP"]] and found["metadata"]["uid"]
    assert found["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]
    assert found["spec"]["ports"][0] == {"name": "http", "protocol": "TCP", "port": 80, "targetPort": "web"}


def test_a_field_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="Service has no field speck"):
        APIServer([service("a") | {"speck": {}}])


@BOTH
def test_pages(api, accept):
    client = Client(api, accept)
    first = client.get(SERVICES, limit=2)
    assert names(first) == ["a", "b"] and first["metadata"]["remainingItemCount"] == 1
    api.apply(service("aa"))
    page = first["metadata"]["continue"]
    second = client.get(SERVICES, limit=2, **{"continue": page})
    assert names(second) == ["c"] and second["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
    assert names(client.get(SERVICES, limit=2, resourceVersion=0)) == ["a", "aa", "b", "c"]
    api.store.expire()
    gone = client.get(SERVICES, limit=2, **{"continue": page})
    assert client.response.status == 410 and gone["reason"] == "Expired"
    assert names(client.get(SERVICES, limit=2, **{"continue": gone["metadata"]["continue"]})) == ["c"]
    assert [found.query.get("limit") for found in api.asked("list", "services")] == ["2"] * 5


def test_selectors(api):
    client = Client(api)
    for query, wanted in [({"labelSelector": "tier=web"}, ["b"]), ({"labelSelector": "tier!=web"}, ["a", "c"]),
                          ({"labelSelector": "tier in (db,web)"}, ["b"]), ({"labelSelector": "tier notin (web)"}, ["a", "c"]),
                          ({"labelSelector": "tier"}, ["b"]), ({"labelSelector": "!tier,x!=y"}, ["a", "c"]),
                          ({"fieldSelector": "metadata.name!=a,metadata.namespace==default"}, ["b"])]:
        assert names(client.get(SERVICES, **query)) == wanted, query
    assert names(client.get("/api/v1/namespaces/other/services")) == ["c"]
    assert client.ask(SERVICES, fieldSelector="spec.color=red").status == 400
    with pytest.raises(ValueError):
        select.labels("a b c")


@BOTH
def test_a_watch_tells_what_happens(api, accept):
    client = Client(api, accept)
    version = client.get(SERVICES)["metadata"]["resourceVersion"]
    writer = Client(api, accept)
    client.watch(SERVICES, resourceVersion=version, labelSelector="tier=web", allowWatchBookmarks="true")
    path = "/api/v1/namespaces/default/services"
    for method, where, body, code in [
            ("PATCH", f"{path}/a", {"metadata": {"labels": {"tier": "web"}}}, 200),  # begins to fit
            ("PATCH", f"{path}/a", {"spec": {"ports": [{"port": 81}]}}, 200),
            ("PATCH", f"{path}/a", {"metadata": {"labels": None}}, 200),  # ceases to
            ("POST", path, service("n", labels={"tier": "web"}), 201), ("POST", path, service("n"), 409),
            ("DELETE", f"{path}/n", None, 200), ("DELETE", f"{path}/n", None, 404)]:
        answer = writer.ask(where, method, body)
        assert (answer.status, bool(writer.read(answer.read()))) == (code, True), (method, where)
    events = [event for event in client.until("BOOKMARK")]
    while len([event for event in events if event[0] != "BOOKMARK"]) < 5:
        events.append(client.event())
    changes = [(kind, item["metadata"]["name"]) for kind, item in events if kind != "BOOKMARK"]
    assert changes == [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a"), ("ADDED", "n"), ("DELETED", "n")]
    versions = [int(item["metadata"]["resourceVersion"]) for _, item in events]
    assert versions == sorted(versions) and versions[-1] == api.store.revision
    assert client.until("BOOKMARK")[-1][1]["metadata"] == {"resourceVersion": str(api.store.revision)}


def test_nothing_is_null_in_json(api):
    """A slice without endpoints, and the object of a bookmark, as the real server writes them."""
    api.apply(endpoint_slice("none", 0))
    found = Client(api, "application/json").get(SLICES, fieldSelector="metadata.name=none-x7k2p")["items"][0]
    assert found["endpoints"] is None
    watch = Client(api, "application/json").watch(SLICES, resourceVersion=api.store.revision, allowWatchBookmarks="true")
    assert watch.event()[1] == {"kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1", "addressType": "", "endpoints": None,
                                "ports": None, "metadata": {"resourceVersion": str(api.store.revision)}}


@BOTH
def test_a_watch_resumes(api, accept):
    version = api.store.revision
    api.apply(service("d"))
    client = Client(api, accept).watch(SERVICES, resourceVersion=version, timeoutSeconds="0.2")
    assert client.event()[1]["metadata"]["name"] == "d" and client.event() is None
    assert client.get(SERVICES)["items"]  # on the same connection
    assert [found.query["resourceVersion"] for found in api.asked("watch", "services")] == [str(version)]


@BOTH
def test_the_initial_list_as_events(api, accept):
    query = {"sendInitialEvents": "true", "allowWatchBookmarks": "true", "resourceVersionMatch": "NotOlderThan"}
    events = Client(api, accept).watch(SERVICES, **query).until("BOOKMARK")
    assert [item["metadata"]["name"] for _, item in events[:-1]] == ["a", "b", "c"]
    assert events[-1][1]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    assert Client(api).ask(SERVICES, watch=1, sendInitialEvents="true").status == 422
    for how in (400, 422):
        api.faults.add("no_watch_list", how=how)
        assert Client(api).ask(SERVICES, watch=1, **query).status == how
        api.faults.heal()
    api.faults.add("no_watch_list", how="event", objects=True)
    kind, item = Client(api, accept).watch(SERVICES, **query).until("ERROR")[-1]
    assert item["code"] == 500 and "RequestWatchProgress is disabled" in item["message"]


@BOTH
def test_gone(api, accept):
    client = Client(api, accept).watch(SERVICES, resourceVersion=api.store.revision)
    old = api.store.revision
    api.store.expire()
    assert client.event()[1]["code"] == 410 and client.event() is None
    kind, item = Client(api, accept).watch(SERVICES, resourceVersion=old).event()
    assert (kind, item["reason"]) == ("ERROR", "Expired")
    api.faults.add("expired", how="status", times=1)
    again = Client(api, accept)
    assert again.get(SERVICES, watch=1, resourceVersion=old)["reason"] == "Expired" and again.response.status == 410


def test_a_version_that_has_not_come(api):
    client = Client(api)
    found = client.get(SERVICES, resourceVersion=10_000)
    assert client.response.status == 504 and client.response.getheader("Retry-After") == "1"
    assert found["details"]["causes"][0]["reason"] == "ResourceVersionTooLarge"


def test_refusals(api):
    client = Client(api, "application/json")
    api.faults.add("status", "endpointslices", code=403)
    found = client.get(SLICES)
    assert client.response.status == 403 and found["message"] == (
        'endpointslices.discovery.k8s.io is forbidden: User "system:serviceaccount:kube-system:coredns" cannot list resource '
        '"endpointslices" in API group "discovery.k8s.io" at the cluster scope')
    assert client.ask(SERVICES).read() and client.response.status == 200
    api.faults.heal()
    api.faults.add("status", code=429, retry_after=3, text="Too many requests, please try again later.\n", times=1)
    assert client.ask(SERVICES).read().startswith(b"Too many")
    assert (client.response.status, client.response.getheader("Retry-After")) == (429, "3")
    assert client.get(SERVICES)["kind"] == "ServiceList"
    api.tokens = {"one"}
    assert client.ask(SERVICES).read() and client.response.status == 401
    assert client.get(SERVICES, headers={"Authorization": "Bearer one"})["items"]
    api.faults.add("no_protobuf")
    assert Client(api).ask(SERVICES, headers={"Authorization": "Bearer one"}).status == 406
    both = Client(api, f"{PROTOBUF},application/json")
    assert both.get(SERVICES, headers={"Authorization": "Bearer one"})["items"]
    assert both.response.getheader("Content-Type") == "application/json"


def test_damage_in_lists(api):
    api.faults.add("undecodable", verb="list", index=0, times=1)
    with pytest.raises(ValueError):
        Client(api).get(SERVICES)
    api.faults.add("garbage", verb="list", times=1)
    with pytest.raises(ValueError):
        Client(api).get(SERVICES)
    api.faults.add("cut", verb="list", times=1)
    with pytest.raises(http.client.IncompleteRead):
        Client(api).get(SERVICES)
    api.faults.add("slow", "services", rate=20_000, times=1)
    started = time.monotonic()
    assert names(Client(api).get(SERVICES)) == ["a", "b", "c"]
    assert 0.05 < time.monotonic() - started < 2
    api.faults.add("close", times=1)
    client = Client(api)
    assert client.get(SERVICES)["items"] and client.response.version == 10 and client.response.will_close


@BOTH
def test_damage_in_watches(api, accept):
    def changed(*fault, **options):
        api.faults.add(*fault, verb="watch", times=1, **options)
        client = Client(api, accept).watch(SERVICES, resourceVersion=api.store.revision)
        api.apply(service("a"))
        return client

    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        changed("cut").event()
    api.cut()
    client = changed("undecodable")
    if accept == PROTOBUF:
        with pytest.raises(ValueError):
            client.event()
    else:
        assert client.event()[1]["metadata"] == "none"
    api.cut()
    client = changed("garbage")
    assert client.response.read1(65536).startswith(b"\xff{]garbage")


def test_silence(api):
    api.faults.add("silent", "services")
    client = Client(api).watch(SERVICES, resourceVersion=api.store.revision, allowWatchBookmarks="true")
    client.connection.sock.settimeout(0.4)
    with pytest.raises(TimeoutError):
        client.event()
    api.faults.add("hang", "endpointslices")
    hung = Client(api)
    hung.connection.timeout = 0.3
    with pytest.raises(TimeoutError):
        hung.ask(SLICES)


def test_outage_and_an_old_state(api):
    before = api.store.state()
    api.apply(service("later"))
    watch = Client(api).watch(SERVICES, resourceVersion=api.store.revision)
    api.refuse()
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        watch.event()
    with pytest.raises(ConnectionRefusedError):
        Client(api).ask(SERVICES)
    api.restart(before)
    found = Client(api).get(SERVICES)
    assert names(found) == ["a", "b", "c"] and found["metadata"]["resourceVersion"] == str(before.revision)
    assert Client(api).ask("/readyz").read() == b"ok"


def test_tls_and_client_certificates(tmp_path):
    certificates = Certificates(tmp_path)
    trusting = ssl.create_default_context(cafile=certificates.authority.certificate)
    with APIServer([service("a")], certificates=certificates, tokens={"secret"}) as api:
        assert Client(api, context=trusting).ask(SERVICES).status == 401
        assert Client(api, context=trusting).get(SERVICES, headers={"Authorization": "Bearer secret"})["items"]
        with pytest.raises(ssl.SSLCertVerificationError):
            Client(api, context=ssl.create_default_context()).ask(SERVICES)
        trusting.load_cert_chain(certificates.client.certificate, certificates.client.key)
        assert Client(api, context=trusting).get(SERVICES)["items"]


def test_many_threads(api):
    watches = [Client(api).watch(SERVICES, resourceVersion=api.store.revision) for _ in range(4)]
    writers = [threading.Thread(target=lambda n=n: [api.apply(service(f"s{n}-{i}")) for i in range(25)]) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(20)
    for watch in watches:
        found = [watch.event() for _ in range(100)]
        versions = [int(item["metadata"]["resourceVersion"]) for _, item in found]
        assert len(set(versions)) == 100 and versions == sorted(versions)


@pytest.mark.skipif(not shutil.which("kubectl"), reason="no kubectl")
def test_kubectl(api, tmp_path):
    """A real client of the API; what it creates it sends as protobuf."""
    environment = os.environ | {"KUBECONFIG": str(api.kubeconfig(tmp_path / "config")), "HOME": str(tmp_path)}

    def kubectl(*words):
        done = subprocess.run(["kubectl", *words], capture_output=True, text=True, env=environment, timeout=20)
        assert done.returncode == 0, done
        return done.stdout

    lines = kubectl("get", "svc", "-A", "--no-headers").splitlines()
    assert [line.split()[:2] for line in lines] == [["default", "a"], ["default", "b"], ["other", "c"]]
    assert kubectl("get", "svc", "-A", "--chunk-size=1", "-o", "name").count("service/") == 3
    watching = subprocess.Popen(["kubectl", "get", "svc", "-w", "--no-headers", "-o", "name"], stdout=subprocess.PIPE,
                                text=True, env=environment)
    try:
        assert {watching.stdout.readline().strip() for _ in range(2)} == {"service/a", "service/b"}
        kubectl("create", "service", "clusterip", "new", "--tcp=80:web")
        assert watching.stdout.readline().strip() == "service/new"
    finally:
        watching.terminate()
        watching.wait(5)
    made = json.loads(kubectl("get", "svc", "new", "-o", "json"))
    assert made["spec"]["ports"][0]["targetPort"] == "web" and made["spec"]["clusterIP"]
    kubectl("label", "svc", "new", "tier=web")
    assert kubectl("get", "svc", "-l", "tier=web", "-o", "name").split() == ["service/b", "service/new"]


def test_reads_manifests(tmp_path):
    pytest.importorskip("yaml")
    found = list(objects.read([HERE / "registries/003-docs.yaml"]))
    lines = tmp_path / "objects.jsonl"
    lines.write_text("".join(json.dumps(item) + "\n" for item in found))
    assert list(objects.read([pathlib.Path(tmp_path)])) == found and len(found) > 3
