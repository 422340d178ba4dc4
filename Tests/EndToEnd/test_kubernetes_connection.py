"""How the API server is reached: TLS that is verified, client certificates, kubeconfigs, tokens that change."""
import json
import os
import time

import pytest
from apiserver import APIServer
from cluster import RESOURCES, SMALL, TRUE, Cluster, Witness, endpoint_slice, lists, service, wait
from conftest import run
from kube.certificates import Certificates


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def api(certificates):
    with APIServer(SMALL, certificates=certificates, tokens={"first"}, bookmark_seconds=0.1) as server:
        yield server


def edited(path, **user):
    """The kubeconfig with another user."""
    config = json.loads(path.read_text())
    config["users"][0]["user"] = user
    path.write_text(json.dumps(config))
    return path


def in_order(server):
    for (name, question), wanted in TRUE.items():
        assert server.ask(name, question) == wanted
    server.wait_live()


@pytest.mark.parametrize("who", ["token", "token file", "client certificate", "plugin"])
def test_a_kubeconfig(api, tmp_path, who):
    file = api.kubeconfig(tmp_path / "config", "first" if who == "token" else None, client=who == "client certificate")
    if who == "token file":
        (tmp_path / "token").write_text("first\n")
        edited(file, tokenFile="token")
    if who == "plugin":
        credential = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "first"}}
        edited(file, exec={"apiVersion": credential["apiVersion"], "command": "echo", "args": [json.dumps(credential)],
                           "interactiveMode": "Never"})
    with Cluster(api, tmp_path, "--kubeconfig", file) as server:
        in_order(server)
    assert {request.agent for request in api.requests} == {"clusterdns"}


def test_an_address_and_files(api, certificates, tmp_path):
    client = certificates.client
    files = [client.certificate, client.key, certificates.authority.certificate]
    with Cluster(api, tmp_path, "--api-server", api.url, "--api-tls", *files) as server:
        in_order(server)


def test_a_pod_of_the_cluster_needs_its_environment(clusterdns):
    result = run(clusterdns, "serve", "--kubernetes", "--listen", "127.0.0.1:0",
                 env={key: value for key, value in os.environ.items() if not key.startswith("KUBERNETES_")})
    assert result.returncode == 2 and "KUBERNETES_SERVICE_HOST" in result.stderr


@pytest.mark.parametrize("wrong", ["authority", "name"])
def test_a_server_that_is_not_the_one_trusted_is_told_nothing(certificates, tmp_path, wrong):
    (tmp_path / "other").mkdir()
    other = Certificates(tmp_path / "other", "DNS:elsewhere.example")
    with APIServer(SMALL, certificates=other, tokens={"first"}) as api:
        file = api.kubeconfig(tmp_path / "config", "first")
        if wrong == "authority":
            config = json.loads(file.read_text())
            config["clusters"][0]["cluster"]["certificate-authority"] = str(certificates.authority.certificate)
            file.write_text(json.dumps(config))
        with Cluster(api, tmp_path, "--kubeconfig", file, until=" listening ") as server:
            wait(lambda: any("certificate" in each["message"].lower() for each in server.findings()), what=server.findings)
            assert server.ask("web.default") == server.ask("none.default") == "SERVFAIL"
            assert api.requests == []


def test_a_token_that_changes_is_read_again(api, tmp_path):
    token = tmp_path / "token"
    token.write_text("first")
    file = edited(api.kubeconfig(tmp_path / "config"), tokenFile=str(token))
    with Cluster(api, tmp_path, "--kubeconfig", file) as server, Witness(server):
        server.wait_live()
        # Renewed in time, as a kubelet does.
        api.tokens = {"first", "second"}
        token.write_text("second")
        api.tokens = {"second"}
        before, mark = time.monotonic(), len(server.log)
        api.cut()
        api.apply(service("new", "10.96.4.1"))
        server.until("new.default", "NOERROR 10.96.4.1")
        server.wait_live()
        assert not any("401" in line for line in server.log[mark:])
        # Renewed late: 401 until then, and what is known goes on being served.
        api.tokens = {"third"}
        api.cut()
        wait(lambda: len([each for each in server.findings() if " 401 " in each["message"]]) == 3)
        api.apply(endpoint_slice("new", "10.244.4.1"), service("new"))
        assert server.ask("new.default") == "NOERROR 10.96.4.1"
        token.write_text("third")
        server.until("new.default", "NOERROR 10.244.4.1", limit=15)
        server.wait_live()
        assert all(lists(api, each, before) == [] for each in RESOURCES)
        assert len([line for line in server.log if " 401 " in line]) == 3
