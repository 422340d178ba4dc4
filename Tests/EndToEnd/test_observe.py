"""A real Prometheus scrapes the server; what dashboards and alerts ask has values, and tools/observe means what it says."""
import contextlib
import dataclasses
import datetime
import json
import re
import subprocess
import threading
import time
import urllib.request

import dns.exception
import dns.message
import dns.query
import pytest
import yaml
from apiserver import APIServer
from cluster import SMALL, Cluster, endpoint_slice
from conftest import HERE, TOP, Server, binary, run
from prometheus import Prometheus, free_port, names

OBSERVE = TOP / "tools/observe"
QUERIES = yaml.safe_load((HERE / "observe/queries.yaml").read_text())
DASHBOARD = json.loads((OBSERVE / "dashboard.json").read_text())
EXPRESSIONS = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]
ZONE = "svc.cluster.local."
# What the kubeadm Corefile gets besides, so that more series have something to tell.
MORE = """
    hosts {
        192.0.2.22 listed.test
        fallthrough
    }
    template IN TXT templated.test {
        rcode NXDOMAIN
    }
    acl blocked.test {
        block
    }
"""
# Names of the dashboard that a sound server need not have: nothing limits its memory.
OCCASIONAL = {"clusterdns_memory_limit_bytes"}


@dataclasses.dataclass
class Site:
    port: int
    metrics: str
    has: set[str]
    prometheus: Prometheus

    def page(self) -> str:
        with urllib.request.urlopen(f"http://{self.metrics}/metrics", timeout=10) as answer:
            return answer.read().decode()


class Clients(threading.Thread):
    """Ask all sorts of things, again and again."""

    QUESTIONS = [(f"web.default.{ZONE}", "A", {}), (f"nginx-service.default.{ZONE}", "AAAA", {"want_dnssec": True}),
                 (f"none.default.{ZONE}", "A", {}), ("www.example.test.", "A", {}), ("none.example.test.", "A", {}),
                 ("broken.servfail.test.", "A", {}), ("listed.test.", "A", {}), ("templated.test.", "TXT", {}),
                 ("blocked.test.", "A", {})]

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self._done = port, threading.Event()

    def run(self):
        while not self._done.wait(0.05):
            for name, kind, options in self.QUESTIONS:
                for how in (dns.query.udp, dns.query.tcp):
                    with contextlib.suppress(dns.exception.Timeout, OSError, EOFError):
                        how(dns.message.make_query(name, kind, **options), "127.0.0.1", port=self.port, timeout=2)

    def __enter__(self):
        self.start()

    def __exit__(self, *_):
        self._done.set()
        self.join(60)


def of_manifests(stack, folder):
    """serve --manifests"""
    metrics = f"127.0.0.1:{free_port()}"
    server = stack.enter_context(Server("--manifests", TOP / "zones/cluster", "--metrics", metrics, "--workers", "2"))
    return server.port, metrics, {"dns"}


def of_a_cluster(stack, folder):
    """serve --api-server"""
    api = stack.enter_context(APIServer(SMALL))
    metrics = f"127.0.0.1:{free_port()}"
    server = stack.enter_context(Cluster(api, folder, "--metrics", metrics))
    stack.enter_context(Changes(api))
    return server.port, metrics, {"dns", "cluster"}


def of_a_corefile(stack, folder):
    """-conf with kubeadm's Corefile and MORE"""
    said = [run(binary(), *words) for words in (["--help"], ["serve", "--help"])]
    if not any(re.search(r"\s-conf\b", each.stdout + each.stderr) for each in said):
        pytest.skip("this binary reads no Corefile")
    from corefiles import CLUSTER, IS_COREDNS, Resolver, distribution, name_server
    api = stack.enter_context(APIServer(CLUSTER))
    upstream = stack.enter_context(name_server())
    text = distribution("kubeadm", folder, api=api, upstream=upstream)
    has = {"dns", "cache", "forward", "health", "reload", "cluster", "hosts", "client"}
    # CoreDNS's binary that is at hand need not have all plugins.
    has |= set() if IS_COREDNS else {"former", "template", "acl"}
    more = MORE.partition("    template")[0] if IS_COREDNS else MORE
    server = stack.enter_context(Resolver(folder, text.replace("    loop\n", more + "    loop\n")))
    stack.enter_context(Changes(api))
    return server.port, f"127.0.0.1:{server.numbers['metrics']}", has


class Changes(threading.Thread):
    """An endpoint comes and goes, with the time at which it did."""

    def __init__(self, api):
        super().__init__(daemon=True)
        self.api, self._done = api, threading.Event()

    def run(self):
        turn = 0
        while not self._done.wait(0.2):
            now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            self.api.apply(endpoint_slice("web", f"10.244.0.{1 + (turn := turn + 1) % 200}", annotations={
                "endpoints.kubernetes.io/last-change-trigger-time": now}))

    def __enter__(self):
        self.start()

    def __exit__(self, *_):
        self._done.set()
        self.join(60)


@pytest.fixture(scope="module", params=[of_manifests, of_a_cluster, of_a_corefile], ids=lambda each: each.__name__)
def site(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    with contextlib.ExitStack() as stack:
        port, metrics, has = request.param(stack, folder)
        found = stack.enter_context(
            Prometheus(tmp_path_factory.mktemp("prometheus"), metrics, OBSERVE / "alerts.yaml"))
        found.wait_scraping()
        stack.enter_context(Clients(port))
        yield Site(port, metrics, has, found)


def fill(query):
    """The query for our one server, as a dashboard with all chosen asks it."""
    query = query.replace("@", 'job=~"$job",cluster=~"$cluster",instance=~"$instance"')
    for variable, value in {"$job": Prometheus.JOB, "$cluster": ".*", "$instance": ".*", "$__rate_interval": "1m"}.items():
        query = query.replace(variable, value)
    return query


def without_values(site, queries, limit=15):
    """Those of (query, may be zero) that still have no value after `limit` seconds."""
    end = time.monotonic() + limit
    while True:
        queries = [(query, zero) for query, zero in queries
                   if not any(zero or value > 0 for value in site.prometheus.values(fill(query)))]
        if not queries or time.monotonic() > end:
            return [query for query, _ in queries]
        time.sleep(0.3)


@pytest.mark.parametrize("consumer", list(QUERIES))
def test_queries_of_deployed_dashboards_have_values(site, consumer):
    asked = [(query, bool(more)) for needs, query, *more in QUERIES[consumer] if needs in site.has]
    if not asked:
        pytest.skip("this server has nothing that it asks for")
    assert without_values(site, asked) == []


def test_our_dashboard_shows_what_there_is(site):
    there = {line.split(" ")[2] for line in site.page().splitlines() if line.startswith("# TYPE ")}
    of_histograms = {name + end for name in there for end in ("_bucket", "_sum", "_count")}
    shown = [each for each in EXPRESSIONS if names(each) <= there | of_histograms]
    assert shown
    assert without_values(site, [(each, True) for each in shown if "histogram_quantile" not in each]) == []
    if {"former", "cluster"} <= site.has:
        assert {name for each in EXPRESSIONS for name in names(each)} - there - of_histograms <= OCCASIONAL


def test_every_query_of_our_dashboard_is_one(site):
    for expression in EXPRESSIONS:
        site.prometheus.get("query", query=fill(expression))


def test_alerts_are_silent_where_all_is_well(site):
    """What Prometheus could not evaluate, and what it would call somebody for."""
    time.sleep(2)
    rules = [rule for group in site.prometheus.get("rules")["groups"] for rule in group["rules"]]
    assert len(rules) > 15
    assert [(rule["name"], rule.get("lastError")) for rule in rules if rule["health"] != "ok"] == []
    # The upstream of the Corefile's site has a name that it answers with SERVFAIL, asked all the while.
    expected = {"CoreDNSErrorsHigh", "CoreDNSForwardErrorsHigh"} if "forward" in site.has else set()
    assert {rule["name"] for rule in rules if rule["state"] != "inactive"} <= expected


def test_promtool_is_content_with_the_page(site):
    found = subprocess.run(["promtool", "check", "metrics"], input=site.page(), capture_output=True, text=True, timeout=30)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_no_scrape_was_refused(site):
    """A page with a series twice, or one that is no page, is none to Prometheus."""
    assert site.prometheus.values(f'min_over_time(up{{job="{Prometheus.JOB}"}}[1m])') == [1.0]
    assert site.prometheus.get("targets", state="active")["activeTargets"][0]["lastError"] == ""


def test_the_dashboard_is_what_its_table_says():
    assert (OBSERVE / "dashboard.json").read_text() == run(OBSERVE / "dashboard.py").stdout


def test_panels_have_a_place_each():
    taken = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert x < 24 and (x, y) not in taken, panel["title"]
                taken.add((x, y))
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_rules_are_rules_and_call_when_they_should():
    found = run("promtool", "check", "rules", OBSERVE / "alerts.yaml")
    assert found.returncode == 0, found.stderr
    found = run("promtool", "test", "rules", HERE / "observe/alerts.yaml")
    assert found.returncode == 0, found.stdout + found.stderr


def test_every_alert_is_tried_and_told_of():
    alerts = {rule["alert"] for group in yaml.safe_load((OBSERVE / "alerts.yaml").read_text())["groups"] for rule in group["rules"]}
    tried = {case["alertname"] for test in yaml.safe_load((HERE / "observe/alerts.yaml").read_text())["tests"]
             for case in test["alert_rule_test"] if case.get("exp_alerts")}
    assert tried == alerts
    readme = (OBSERVE / "README.md").read_text()
    assert [alert for alert in sorted(alerts) if f"`{alert}`" not in readme] == []


def test_the_example_of_a_scrape(tmp_path):
    """Debian's Prometheus is built without a cluster's discovery: the rest is checked."""
    example = yaml.safe_load((OBSERVE / "prometheus.yaml").read_text())
    for job in example["scrape_configs"]:
        job.pop("kubernetes_sd_configs", None)
    (tmp_path / "prometheus.yaml").write_text(yaml.safe_dump(example))
    (tmp_path / "alerts.yaml").write_text((OBSERVE / "alerts.yaml").read_text())
    found = run("promtool", "check", "config", tmp_path / "prometheus.yaml")
    assert found.returncode == 0, found.stderr
