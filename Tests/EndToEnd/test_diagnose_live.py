"""What a running server and a cluster's API tell of their objects, for a diagnosis elsewhere."""
import json
import re
import threading
import urllib.error
import urllib.request

import pytest
from apiserver import APIServer
from cluster import Cluster, endpoint_slice, namespace, pod, service, wait
from conftest import Server, run

KUBE_DNS = service("kube-dns", "10.96.0.10", into="kube-system", ports=[("dns", 53), ("dns-tcp", 53)])
READY = pod("web-1", "10.244.0.1", into="shop")
READY["metadata"]["labels"] = {"app": "web"}
READY["status"]["conditions"] = [{"type": "Ready", "status": "True"}]
SMALL = [namespace("shop"), service("web", "10.96.1.1", into="shop", selector={"app": "web"}),
         endpoint_slice("web", "10.244.0.1", into="shop"), READY, KUBE_DNS,
         endpoint_slice("kube-dns", "10.244.0.53", into="kube-system")]


def objects(server):
    status, text = server.page("/objects")
    assert status == 200, text
    return json.loads(text)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests/web.yaml").write_text("""\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}], type: NodePort}
---
apiVersion: v1
kind: Secret
metadata: {name: key, namespace: shop}
stringData: {password: s3cret}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {clusterIP: none, ports: [{port: 5432}]}
""")
    return tmp_path / "manifests"


class Embedded(Server):
    """clusterdns on a folder, with an admin socket and an admin port."""
    page = Cluster.page

    def __init__(self, folder, *arguments):
        self.admin = folder.parent / "admin"
        super().__init__("--manifests", folder, "--admin", f"unix:{self.admin}", "127.0.0.1:0", "--workers", "1", *arguments)
        self.http = "http://" + re.search(r"pages=\S*?(127\.0\.0\.1:\d+)", "\n".join(self.log))[1]


def test_an_embedded_registry_tells_its_files_and_what_it_gave(folder, tmp_path):
    with Embedded(folder, "--service-cidr", "10.50.0.0/16", "--cluster-domain", "k8s.corp") as server:
        told = objects(server)
        assert (told["version"], told["source"], told["domain"]) == (1, "manifests", "k8s.corp.")
        assert told["serviceCIDRs"] == ["10.50.0.0/16"]
        (document,) = told["documents"]
        assert document["name"] == str(folder / "web.yaml")
        # Not the Secret; the lines behind it stay where they are.
        assert "s3cret" not in json.dumps(told) and told["notes"] == [f"{folder}/web.yaml: documents with a Secret are withheld"]
        assert document["text"].splitlines()[10].startswith("apiVersion") and "clusterIP: none" in document["text"]
        given = told["allocations"]["shop/web"]
        assert given["addresses"][0].startswith("10.50.") and list(given["nodePorts"]) == ["80/TCP"]
        # The files as they are now.
        (folder / "more.yaml").write_text("kind: broken: text\n")
        wait(lambda: len(objects(server)["documents"]) == 2)
        # The same at a TCP door.
        with urllib.request.urlopen(server.http + "/objects", timeout=5) as answer:
            assert json.load(answer)["domain"] == "k8s.corp."
            assert answer.headers["Content-Type"] == "application/json"


def test_records_of_every_kind_of_admin_address(clusterdns, folder):
    with Embedded(folder) as server:
        texts = {run(clusterdns, "records", "--admin", admin).stdout
                 for admin in (server.admin, f"unix:{server.admin}", server.http, server.http.removeprefix("http://"))}
        assert len(texts) == 1 and "web.shop.svc" in texts.pop()
    gone = run(clusterdns, "records", "--admin", f"unix:{server.admin}")
    assert gone.returncode == 9 and "no server answers" in gone.stderr


def test_a_cluster_is_listed_anew_with_what_findings_need(tmp_path):
    many = [service(f"many-{n:03}", f"10.97.{n // 250}.{n % 250 + 1}", into="shop") for n in range(510)]
    with APIServer(SMALL + many) as api, Cluster(api, tmp_path) as server:
        told = objects(server)
        assert (told["source"], told["notes"], told["unread"]) == ("api", [], [])
        names = [document["name"] for document in told["documents"]]
        # Pages of 500; what the server has no API for is no list.
        assert names == ["services", "services/2", "endpointslices", "namespaces", "pods"]
        items = [item for document in told["documents"] for item in json.loads(document["text"])["items"]]
        assert {"Service", "EndpointSlice", "Namespace", "Pod"} == {item["kind"] for item in items}
        assert len([item for item in items if item["kind"] == "Service"]) == 512
        assert not any("managedFields" in item["metadata"] for item in items)


def test_what_the_api_refuses_is_a_note(tmp_path):
    with APIServer(SMALL) as api, Cluster(api, tmp_path) as server:
        api.faults.add("status", resource="pods", code=403)
        told = objects(server)
        assert told["unread"] == ["Pod"]
        (note,) = told["notes"]
        assert note.startswith("list pods: 403 Forbidden: ")
        api.faults.add("status", resource="services", code=403)
        status, text = server.page("/objects")
        assert status == 200 and json.loads(text)["error"].startswith("list services: 403 Forbidden: ")


def test_one_at_a_time_beside_the_answers(tmp_path):
    with APIServer(SMALL) as api, Cluster(api, tmp_path, "--admin", "127.0.0.1:0") as server:
        http = "http://" + re.search(r"pages=\S*?(127\.0\.0\.1:\d+)", "\n".join(server.log))[1]
        api.faults.add("slow", resource="pods", verb="list", rate=200, delay=0.5)
        slow = threading.Thread(target=lambda: objects(server))
        slow.start()
        wait(lambda: api.asked("list", "pods"))
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(http + "/objects", timeout=5)
        assert refused.value.code == 503
        assert server.ask("web.shop") == "NOERROR 10.96.1.1"
        slow.join(20)
        assert not slow.is_alive()
        api.faults.heal()
        assert objects(server)["notes"] == []


def ask(clusterdns, *words, **options):
    """The exit status, and the codes of errors and warnings."""
    done = run(clusterdns, "diagnose", *words, "-o", "json", **options)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, [each["code"] for each in json.loads(done.stdout)["findings"] if each["severity"] != "info"]


def test_faults_of_the_server(clusterdns, tmp_path):
    with APIServer(SMALL) as api, Cluster(api, tmp_path) as server:
        live = ["web.shop", "--admin", server.admin, "--server", f"127.0.0.1:{server.port}"]
        assert ask(clusterdns, *live) == (0, [])
        # Another registry than the server's: its own admin endpoint is not asked.
        api.kubeconfig(tmp_path / "kubeconfig")
        there = ["web.shop", "--kubeconfig", tmp_path / "kubeconfig", "--server", f"127.0.0.1:{server.port}"]
        assert ask(clusterdns, *there) == (0, [])
        assert ask(clusterdns, *there, "--cluster-domain", "k8s.corp") == (1, ["DNS005"])
        api.faults.add("silent")
        api.store.patch("services", ("shop", "web"), {"spec": {"clusterIP": "10.96.1.7", "clusterIPs": ["10.96.1.7"]}})
        assert ask(clusterdns, *there) == (0, ["DNS006"])
    with APIServer(SMALL) as api:
        api.kubeconfig(tmp_path / "kubeconfig")
        assert ask(clusterdns, *there) == (1, ["DNS001"])
