"""An API server that goes away, comes back, forgets and errs, while known names are asked all the time."""
import re
import time

import pytest
from apiserver import APIServer
from cluster import CHANGING, RESOURCES, SMALL, TRUE, Cluster, Witness, change, lists, service, wait, watches


@pytest.fixture
def api():
    with APIServer([*SMALL, *CHANGING], bookmark_seconds=0.1) as server:
        yield server


@pytest.fixture
def server(api, tmp_path):
    with Cluster(api, tmp_path) as found:
        found.wait_live()
        yield found


@pytest.mark.parametrize("how", ["cut", "refuse", "restart"])
def test_watches_go_on_without_a_list(api, server, how):
    versions = {each: api.store.revision for each in RESOURCES}
    with Witness(server):
        wait(lambda: all(server.metric("age_seconds", each) < 0.3 for each in RESOURCES))
        before = time.monotonic()
        match how:
            case "cut":
                api.cut()
                change(api)
            case "restart":
                api.restart()
                wait(lambda: all(watches(api, each, before) for each in RESOURCES))
                change(api)
            case "refuse":
                api.refuse()
                change(api)
                wait(lambda: len(server.findings()) == 3)
                status, ready = server.page("/ready")
                assert status == 200 and ready.startswith("OK\n") and all(each in ready for each in RESOURCES), ready
                assert {each["code"] for each in server.findings()} == {"DNS004"}
                assert {each["object"] for each in server.findings()} == set(RESOURCES)
                assert [server.metric("live", each) for each in RESOURCES] == [0, 0, 0]
                assert server.ask("going.default") == "NOERROR 10.96.7.2"
                wait(lambda: server.metric("failures_total", "services") >= 4, 8)
                api.start()
        server.until_changed()
        server.wait_live()
        assert server.page("/ready") == (200, "OK")
        assert all(lists(api, each, before) == [] for each in RESOURCES)
        for each in RESOURCES:
            assert watches(api, each, before)[0] >= versions[each] and len(watches(api, each, before)) == 1
            # One line when the connection is cut, one when there is none, however often it is tried: nothing in it, as
            # "after 5 ms", is of one try.
            assert not re.search(r"\b\d+ ms\b", " ".join(server.warnings(f"reason=\"{each}")))
            assert len(server.warnings(f"reason=\"{each}")) <= (2 if how == "refuse" else 1), server.log
        if how == "refuse":
            assert len([line for line in server.log if "the API answers again" in line]) == 3


@pytest.mark.parametrize("how", ["event", "status"])
def test_410_brings_one_list_that_is_applied_as_the_difference(api, server, how):
    with Witness(server):
        before = time.monotonic()
        api.refuse()
        change(api)
        api.store.expire()
        if how == "status":
            for each in RESOURCES:
                api.faults.add("expired", each, "watch", times=1, how="status")
        api.start()
        server.until_changed(12)
        wait(lambda: all(server.metric("lists_total", each) >= 2 for each in RESOURCES), 12)
        server.wait_live()
        assert [len(lists(api, each, before)) for each in RESOURCES] == [1, 1, 1]
        api.apply(service("later", "10.96.7.5"))
        server.until("later.default", "NOERROR 10.96.7.5")


def test_an_old_state_is_noticed_and_read_once(api, server):
    state = api.store.state()
    with Witness(server):
        change(api)
        server.until_changed()
        # Bookmarks tell each watch the newest version.
        wait(lambda: server.metric("age_seconds", "services") < 0.2)
        before = time.monotonic()
        api.restart(state)
        server.until("old.default", "NOERROR 10.96.7.1", limit=12)
        server.until("come.default", "NXDOMAIN", limit=12)
        server.until("going.default", "NOERROR 10.96.7.2", limit=12)
        server.wait_live()
        assert len(lists(api, "services", before)) == 1
        assert [line for line in server.log if "resourceVersion went back" in line and "resource=services" in line]
        api.apply(service("later", "10.96.7.5"))
        server.until("later.default", "NOERROR 10.96.7.5")


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
def test_damage_in_a_watch(api, tmp_path, encoding):
    if encoding == "json":
        api.faults.add("no_protobuf")
    with Cluster(api, tmp_path) as server, Witness(server):
        for number, kind in enumerate(["cut", "garbage"], 1):
            before, mark = time.monotonic(), len(server.log)
            api.faults.add(kind, "services", "watch", times=1)
            api.apply(service("hit", f"10.96.8.{number}"))
            server.until("hit.default", f"NOERROR 10.96.8.{number}")
            assert lists(api, "services", before) == []
            assert len(server.warnings("services", mark)) == 1, server.log[mark:]
            server.wait_live()
        api.faults.add("undecodable", "services", "watch", times=1)
        api.apply(service("hit", "10.96.8.9"), service("next", "10.96.8.10"))
        server.until("next.default", "NOERROR 10.96.8.10")
        assert server.ask("hit.default") == "NOERROR 10.96.8.2"
        assert server.metric("decode_errors_total", "services") == 1
        server.wait_for("an object of the API cannot be read", 2)


@pytest.mark.parametrize("kind", ["cut", "garbage", "slow"])
@pytest.mark.parametrize("encoding", ["protobuf", "json"])
def test_damage_in_a_list_is_served_only_when_it_is_whole(api, tmp_path, kind, encoding):
    api.faults.add("no_watch_list", how=400)
    if encoding == "json":
        api.faults.add("no_protobuf")
    if kind == "slow":
        api.faults.add(kind, "services", "list", rate=10_000)
    else:
        api.faults.add(kind, "services", "list", times=1)
    with Cluster(api, tmp_path, until=" listening ") as server:
        seen = []
        while not seen or seen[-1] != "NXDOMAIN":
            seen.append(server.ask("none.default"))
        assert set(seen) <= {"SERVFAIL", "NXDOMAIN"}
        server.wait_for(" synced")
        for (name, question), wanted in TRUE.items():
            assert server.ask(name, question) == wanted
        assert len(server.warnings("services")) == (0 if kind == "slow" else 1), server.log


def test_an_object_that_cannot_be_read_in_a_relist_stays_what_it_was(api, server):
    api.faults.add("no_watch_list", how=422)
    with Witness(server, TRUE | {("old.default", "A"): "NOERROR 10.96.7.1"}):
        before = time.monotonic()
        api.refuse()
        change(api)
        api.store.expire()
        # The question for the newest version brings one object, the list come, db, old and web.
        api.faults.add("undecodable", "services", "list", times=1, index=0)
        api.faults.add("undecodable", "services", "list", times=1, index=2)
        api.start()
        server.until("come.default", "NOERROR 10.96.7.3", limit=10)
        server.wait_live()
        assert len([each for each in api.asked("list", "services", before) if each.query.get("limit") != "1"]) == 1
        wait(lambda: server.metric("decode_errors_total", "services"))
    api.apply(service("old", "10.96.7.8"))
    server.until("old.default", "NOERROR 10.96.7.8")


@pytest.mark.parametrize("kind", ["hang", "silent"])
def test_a_server_that_says_nothing(api, server, kind):
    with Witness(server):
        before = time.monotonic()
        api.faults.add(kind)
        if kind == "hang":
            api.cut()
        change(api)
        wait(lambda: server.metric("age_seconds", "services") > 0.8)
        assert server.ask("going.default") == "NOERROR 10.96.7.2"
        api.faults.heal(kind)
        server.until_changed()
        server.wait_live()
        assert all(lists(api, each, before) == [] for each in RESOURCES)
