"""The registry of a cluster, from the API server for tests: equal to manifests, changes, filters, figures."""
import datetime
import time

import pytest
import yaml
from apiserver import APIServer
from cluster import (RESOURCES, SMALL, Cluster, Witness, endpoint_slice, external_name, lists, namespace, pod, records, service,
                     wait)

NOT_READY = {"ready": False, "serving": False, "terminating": False}
EVERYTHING = [
    namespace("shop", team="a"), namespace("empty"),
    service("kubernetes", "10.96.0.1", ports=[("https", 443)]), endpoint_slice("kubernetes", "172.18.0.2"),
    service("kube-dns", "10.96.0.10", into="kube-system", ports=[("dns", 53), ("dns-tcp", 53), ("metrics", 9153)]),
    service("web", "10.96.1.1", "fd00:96::1", ports=[("http", 80), ("dns", 53)], ipFamilies=["IPv4", "IPv6"],
            ipFamilyPolicy="PreferDualStack"),
    endpoint_slice("web", "10.244.1.1", {"addresses": ["10.244.1.2"], "conditions": NOT_READY}),
    service("db", into="shop", ipFamilies=["IPv4", "IPv6"], ipFamilyPolicy="RequireDualStack"),
    endpoint_slice("db", {"addresses": ["10.244.2.1"], "hostname": "db-0"}, {"addresses": ["10.244.2.2"], "hostname": "db-1"},
                   {"addresses": ["10.244.2.3"], "hostname": "db-2", "conditions": NOT_READY}, into="shop"),
    endpoint_slice("db", {"addresses": ["fd00:244::1"], "hostname": "db-0"}, "fd00:244::2", into="shop", suffix="six",
                   kind="IPv6"),
    service("peers", into="shop", publishNotReadyAddresses=True),
    endpoint_slice("peers", "10.244.3.1", {"addresses": ["10.244.3.2"], "conditions": NOT_READY}, into="shop"),
    external_name("outside", "www.example.org"), external_name("inside", "web.default.svc.cluster.local"),
    service("edge", "10.96.1.9", into="shop", type="LoadBalancer", externalIPs=["198.51.100.7"])
    | {"status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.5"}]}}},
    service("alone", "10.96.1.10", into="shop"),
]


def everything(api, folder):
    """What `kubectl get namespaces,services,endpointslices -A -o yaml` would write."""
    items = [entry.item for name in RESOURCES for entry in api.store.listed(name)[1]]
    folder.mkdir()
    (folder / "all.yaml").write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": items}))
    return folder


@pytest.mark.parametrize("how", ["watch list", "list", "pages", "json", "json list", "old etcd", "short connections"])
def test_the_api_says_what_a_folder_says(clusterdns, tmp_path, how):
    many = [service(f"many-{n:04}", f"10.97.{n // 250}.{n % 250 + 1}", into="shop") for n in range(510)] if how == "pages" else []
    with APIServer(EVERYTHING + many) as api:
        if "json" in how:
            api.faults.add("no_protobuf")
        if how in ("list", "pages", "json list"):
            api.faults.add("no_watch_list", how=422)
        if how == "pages":
            # The first answer sends it to the newest list, which comes in pages.
            api.faults.add("expired", verb="list", times=3)
        if how == "old etcd":
            api.faults.add("no_watch_list", how="event", objects=True)
        if how == "short connections":
            api.faults.add("close")
        folder = everything(api, tmp_path / "manifests")
        options = ["--external-zone", "example.com"]
        with Cluster(api, tmp_path, *options) as server:
            for form in ("zone", "json"):
                wanted = records(clusterdns, "--manifests", folder, *options, form=form)
                assert records(clusterdns, "--admin", server.admin, form=form) == wanted
            assert len(wanted) > 5000
            pages = [request for request in api.asked("list", "services") if "continue" in request.query]
            assert len(pages) == (1 if how == "pages" else 0)
            assert server.findings() == []


def test_changes_are_answered(tmp_path):
    with APIServer(SMALL) as api, Cluster(api, tmp_path) as server, Witness(server):
        api.apply(service("new", "10.96.2.1"), endpoint_slice("new", "10.244.9.1"))
        server.until("new.default", "NOERROR 10.96.2.1")
        api.apply(service("new"))
        server.until("new.default", "NOERROR 10.244.9.1")
        api.store.patch("endpointslices", ("default", "new-a"), {"endpoints": [{"addresses": ["10.244.9.2"], "conditions": {}}]})
        server.until("new.default", "NOERROR 10.244.9.2")
        api.store.patch("endpointslices", ("default", "new-a"),
                        {"endpoints": [{"addresses": ["10.244.9.2"], "conditions": NOT_READY}]})
        server.until("new.default", "NXDOMAIN")
        api.apply(external_name("new", "web.default.svc.cluster.local"))
        server.until("new.default", "NOERROR 10.96.1.1 web.default.svc.cluster.local.")
        api.store.delete("services", ("default", "new"))
        server.until("new.default", "NXDOMAIN")
        api.apply(endpoint_slice("db", "10.244.0.9", suffix="b"))
        api.store.delete("endpointslices", ("default", "db-b"))
        for resource in RESOURCES:
            assert len(lists(api, resource)) == 1


def test_a_namespace_comes_and_goes(tmp_path):
    with APIServer(SMALL) as api, Cluster(api, tmp_path) as server, Witness(server):
        assert server.ask("shop") == "NXDOMAIN"
        api.apply(namespace("shop"), service("till", "10.96.3.1", into="shop"))
        server.until("till.shop", "NOERROR 10.96.3.1")
        assert server.ask("shop") == "NOERROR"
        api.store.delete("services", ("shop", "till"))
        api.store.delete("namespaces", ("", "shop"))
        server.until("till.shop", "NXDOMAIN")
        server.until("shop", "NXDOMAIN")


def test_pods_verified(tmp_path):
    with APIServer([*SMALL, pod("one", "10.244.5.1")]) as api, Cluster(api, tmp_path, "--pods", "verified") as server:
        assert server.ask("10-244-5-1.default.pod", zone="cluster.local.") == "NOERROR 10.244.5.1"
        assert server.ask("10-244-5-2.default.pod", zone="cluster.local.") == "NXDOMAIN"
        api.apply(pod("two", "10.244.5.2"))
        wait(lambda: server.ask("10-244-5-2.default.pod", zone="cluster.local.") == "NOERROR 10.244.5.2")
        # One that has ended has its address no more; the API's selector tells its end as a deletion.
        api.store.patch("pods", ("default", "one"), {"status": {"phase": "Succeeded"}})
        wait(lambda: server.ask("10-244-5-1.default.pod", zone="cluster.local.") == "NXDOMAIN")
        api.store.delete("pods", ("default", "two"))
        wait(lambda: server.ask("10-244-5-2.default.pod", zone="cluster.local.") == "NXDOMAIN")
        assert len(lists(api, "pods")) == 1


def test_pods_are_not_asked_for_where_nobody_needs_them(tmp_path):
    with APIServer(SMALL) as api, Cluster(api, tmp_path):
        assert {request.resource for request in api.requests} == set(RESOURCES)


@pytest.mark.parametrize("names", [["shop"], ["shop", "yard"]])
def test_named_namespaces_only(tmp_path, names):
    items = [*SMALL, service("till", "10.96.3.1", into="shop"), service("gate", "10.96.3.2", into="yard"),
             service("more", "10.96.3.3", into="other")]
    with APIServer(items) as api, Cluster(api, tmp_path, "--namespaces", *names) as server:
        shown = "NOERROR 10.96.3.2" if "yard" in names else "NXDOMAIN"
        for name, wanted in {"till.shop": "NOERROR 10.96.3.1", "gate.yard": shown, "more.other": "NXDOMAIN",
                             "web.default": "NXDOMAIN", "default": "NXDOMAIN", "shop": "NOERROR"}.items():
            assert server.ask(name) == wanted, name
        api.apply(service("more", "10.96.3.4", into="other"), service("web", "10.96.3.5"),
                  service("bill", "10.96.3.6", into="shop"))
        server.until("bill.shop", "NOERROR 10.96.3.6")
        assert server.ask("more.other") == server.ask("web.default") == "NXDOMAIN"
        if len(names) == 1:
            # The API need not send the others.
            asked = {(request.resource, request.query.get("fieldSelector")) for request in api.requests}
            assert asked == {("namespaces", "metadata.name=shop"), ("services", "metadata.namespace=shop"),
                             ("endpointslices", "metadata.namespace=shop")}


def test_namespaces_by_labels_that_come_and_go(tmp_path):
    items = [namespace("shop", team="a"), namespace("yard", team="b"), service("till", "10.96.3.1", into="shop"),
             service("gate", into="yard"), endpoint_slice("gate", "10.244.3.2", into="yard")]
    with APIServer(items) as api, Cluster(api, tmp_path, "--namespace-labels", "team in (a,c)") as server:
        with Witness(server, {("till.shop", "A"): "NOERROR 10.96.3.1"}):
            for label, wanted in (("c", "NOERROR 10.244.3.2"), ("b", "NXDOMAIN"), ("a", "NOERROR 10.244.3.2")):
                api.store.patch("namespaces", ("", "yard"), {"metadata": {"labels": {"team": label}}})
                server.until("gate.yard", wanted)
                server.until("yard", wanted.split()[0])
            api.store.patch("endpointslices", ("yard", "gate-a"), {"endpoints": [{"addresses": ["10.244.3.3"]}]})
            server.until("gate.yard", "NOERROR 10.244.3.3")
            api.store.patch("namespaces", ("", "yard"), {"metadata": {"labels": {"team": None}}})
            server.until("gate.yard", "NXDOMAIN")
            # Not shown, but known: its objects are those of today when it is shown again.
            api.store.patch("endpointslices", ("yard", "gate-a"), {"endpoints": [{"addresses": ["10.244.3.4"]}]})
            api.store.patch("namespaces", ("", "yard"), {"metadata": {"labels": {"team": "a"}}})
            server.until("gate.yard", "NOERROR 10.244.3.4")
        assert {request.query.get("labelSelector") for request in api.requests if request.resource == "namespaces"} == {
            "team in (a,c)"}


def test_objects_by_labels(tmp_path):
    items = [service("till", labels={"dns": "yes"}), endpoint_slice("till", "10.244.3.1", labels={"dns": "yes"}),
             service("gate", "10.96.3.2")]
    with APIServer(items) as api, Cluster(api, tmp_path, "--labels", "dns=yes") as server:
        assert server.ask("till.default") == "NOERROR 10.244.3.1"
        assert server.ask("gate.default") == "NXDOMAIN"
        api.store.patch("services", ("default", "gate"), {"metadata": {"labels": {"dns": "yes"}}})
        server.until("gate.default", "NOERROR 10.96.3.2")
        api.store.patch("services", ("default", "till"), {"metadata": {"labels": {"dns": "no"}}})
        server.until("till.default", "NXDOMAIN")


@pytest.mark.parametrize("how", ["watch list", "list"])
def test_freshness_is_measured(tmp_path, how):
    with APIServer(SMALL, bookmark_seconds=0.1) as api:
        if how == "list":
            api.faults.add("no_watch_list", how=422)
        measure_freshness(api, tmp_path)


def measure_freshness(api, tmp_path):
    with Cluster(api, tmp_path) as server:
        end, oldest = time.monotonic() + 1, 0.0
        while time.monotonic() < end:
            oldest = max(oldest, *(server.metric("age_seconds", each) for each in RESOURCES))
        assert 0 < oldest < 0.5
        assert [server.metric("live", each) for each in RESOURCES] == [1, 1, 1]
        assert [server.metric("objects", each) for each in RESOURCES] == [1, 2, 2]
        assert [server.metric("lists_total", each) for each in RESOURCES] == [1, 1, 1]
        counts = 'coredns_kubernetes_dns_programming_duration_seconds_{}{{service_kind="{}"}}'
        assert counts.format("count", "cluster_ip") not in server.metrics()
        since = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=5)
        stamp = {"endpoints.kubernetes.io/last-change-trigger-time": since.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
        for owner, kind in (("web", "cluster_ip"), ("db", "headless_without_selector")):
            api.apply(endpoint_slice(owner, "10.244.0.7", annotations=stamp))
            wait(lambda: server.metrics().get(counts.format("count", kind)) == 1)
            assert 5 < server.metrics()[counts.format("sum", kind)] < 7
        assert server.metric("events_total", "endpointslices") == 2
        assert "clusterdns_snapshot_age_seconds" not in server.metrics()
        api.faults.add("silent")
        time.sleep(0.6)
        assert min(server.metric("age_seconds", each) for each in RESOURCES) > 0.4


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "nonsense"])
def test_no_time_that_a_slice_tells_ends_the_server(tmp_path, when):
    with APIServer(SMALL) as api, Cluster(api, tmp_path) as server:
        stamp = {"endpoints.kubernetes.io/last-change-trigger-time": when}
        for last in range(8, 28):
            api.apply(endpoint_slice("web", f"10.244.0.{last}", annotations=stamp))
            server.until(f"10-244-0-{last}.web.default", f"NOERROR 10.244.0.{last}")
        server.metrics()
