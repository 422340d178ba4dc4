"""An API server that refuses, for a time or for want of a right, and one that has said nothing yet."""
import time

import pytest
from apiserver import APIServer
from cluster import CHANGING, RESOURCES, SMALL, TRUE, Cluster, Witness, change, endpoint_slice, lists, wait


@pytest.fixture
def api():
    with APIServer([*SMALL, *CHANGING], bookmark_seconds=0.1) as server:
        yield server


@pytest.fixture
def server(api, tmp_path):
    with Cluster(api, tmp_path) as found:
        found.wait_live()
        yield found


def test_retry_after_is_kept_when_watches_are_taken_up(api, server):
    codes = dict(zip(RESOURCES, (429, 500, 503)))
    with Witness(server):
        for each, code in codes.items():
            api.faults.add("status", each, times=1, code=code, retry_after=2)
        before = time.monotonic()
        api.cut()
        for each, code in codes.items():
            wait(lambda: f"list {each}: {code} " in server.page("/ready")[1])
        change(api)
        server.until_changed()
        server.wait_live()
        for each in RESOURCES:
            times = [request.time for request in api.requests if request.resource == each and request.time > before]
            assert times[1] - times[0] >= 1.99 and lists(api, each, before) == []


@pytest.mark.parametrize("code", [429, 500, 503])
def test_retry_after_is_kept_at_the_start(api, tmp_path, code):
    api.faults.add("status", times=3, code=code, retry_after=2)
    with Cluster(api, tmp_path, until=" listening ") as server:
        wait(lambda: len(api.requests) >= 3)
        assert server.ask("web.default") == "SERVFAIL"
        assert server.page("/ready")[0] == 503
        server.wait_for(" synced")
        for each in RESOURCES:
            times = [request.time for request in api.requests if request.resource == each]
            assert times[1] - times[0] >= 1.99
        assert server.ask("web.default") == TRUE["web.default", "A"]


@pytest.mark.parametrize("code", [401, 403])
def test_rights_taken_away_from_one_resource(api, server, code):
    with Witness(server):
        before = time.monotonic()
        api.faults.add("status", "endpointslices", code=code)
        api.cut()
        found = wait(lambda: [each for each in server.findings() if f" {code} " in each["message"]])
        assert len(found) == 1 and found[0]["code"] == "DNS004" and found[0]["object"] == "endpointslices"
        # Where no command mends it, the code's own advice stands there.
        assert found[0]["fix"].startswith("kubectl create ") == (code == 403)
        if code == 403:
            assert found[0]["fix"].startswith("kubectl create clusterrole clusterdns-endpointslices --verb=list,watch "
                                              "--resource=endpointslices.discovery.k8s.io && ")
            assert "--serviceaccount=kube-system:coredns" in found[0]["fix"]
        assert f" {code} " in server.page("/ready")[1] and server.page("/ready")[0] == 200
        # Others go on.
        change(api)
        server.until_changed()
        wait(lambda: len(api.asked("list", "endpointslices", before)) >= 3, 5)
        assert len(server.warnings(f" {code} ")) == 1, server.log
        api.faults.heal("status")
        api.apply(endpoint_slice("db", "10.244.0.2", {"addresses": ["10.244.0.3"], "hostname": "first"}))
        server.wait_live()
        assert lists(api, "endpointslices", before) == []


@pytest.mark.parametrize("how", ["refused", "hang", "forbidden"])
def test_before_the_first_sync_nothing_is_denied(api, tmp_path, how):
    match how:
        case "refused":
            api.refuse()
        case "hang":
            api.faults.add("hang", "endpointslices")
        case "forbidden":
            api.faults.add("status", "endpointslices", code=403)
    with Cluster(api, tmp_path, until=" listening ") as server:
        if how != "refused":
            # What the other resources tell is served at once.
            wait(lambda: server.ask("web.default") == TRUE["web.default", "A"])
        if how != "hang":
            wait(lambda: any(("403" if how == "forbidden" else "services") in each["message"] for each in server.findings()))
        for name in ("none.default", "web.none", "db.default", "first.db.default", "_http._tcp.none.default"):
            assert server.ask(name) == "SERVFAIL", name
        assert server.ask("ns.dns", zone="cluster.local.").startswith("NOERROR")
        status, ready = server.page("/ready")
        assert status == 503 and ready.startswith("kubernetes\n") and "endpointslices" in ready
        assert server.page("/health")[0] == 200
        found = {each["object"]: each for each in server.findings()}
        assert found["endpointslices"]["code"] == "DNS002"
        if how == "forbidden":
            assert set(found) == {"endpointslices"}
            assert "kubectl create clusterrole " in found["endpointslices"]["fix"]
            assert len(server.warnings(" 403 ")) == 1
        api.faults.heal()
        if how == "refused":
            api.start()
        server.wait_for(" synced")
        for (name, question), wanted in TRUE.items():
            assert server.ask(name, question) == wanted
        server.wait_live()
        assert server.page("/ready") == (200, "OK")
