"""The cluster as last known (`--state`): served where the API is away, taken up where it was, never another's."""
import contextlib
import random
import signal
import sqlite3
import time

import pytest
from apiserver import APIServer
from cluster import CHANGING, RESOURCES, SMALL, TRUE, Cluster, Witness, change, lists, service, wait, watches


@pytest.fixture
def api():
    with APIServer([*SMALL, *CHANGING], bookmark_seconds=0.1) as server:
        yield server


@pytest.fixture
def state(api, tmp_path):
    """A state folder of a process that has ended, and no API."""
    folder = tmp_path / "state"
    folder.mkdir()
    with Cluster(api, tmp_path, "--state", folder):
        pass
    api.refuse()
    return folder


def test_it_is_served_at_once_and_said_to_be_old(api, tmp_path, state):
    took = []
    for _ in range(3):
        with Cluster(api, tmp_path, "--state", state, until=" listening ") as server:
            start = time.monotonic()
            while (answer := server.ask("web.default")) == "SERVFAIL":
                pass
            took.append(time.monotonic() - start)
            assert answer == TRUE["web.default", "A"]
            server.wait_for(" synced")
            for (name, question), wanted in TRUE.items():
                assert server.ask(name, question) == wanted
            server.wait_for("serving the cluster as last known until the API confirms it", 2)
            status, ready = server.page("/ready")
            assert status == 200 and ready.startswith("OK\n") and "stale: serving the cluster as it was" in ready
            assert 0 <= server.metrics()["clusterdns_snapshot_age_seconds"] < 60
            wait(lambda: {each["code"] for each in server.findings()} == {"DNS004"}, what=server.findings())
            assert [server.metric("live", each) for each in RESOURCES] == [0, 0, 0]
    assert min(took) < 0.2, took


@pytest.mark.parametrize("meanwhile", ["little", "more than the window", "an old state"])
def test_the_api_is_back(api, tmp_path, state, meanwhile):
    version = api.store.revision
    with Cluster(api, tmp_path, "--state", state) as server, Witness(server):
        before = time.monotonic()
        if meanwhile == "an old state":
            api.store.revision -= 1
            api.restart()
        else:
            change(api)
            if meanwhile == "more than the window":
                api.store.expire()
            api.start()
            server.until_changed()
        server.wait_for("what is served is confirmed by the API", 12)
        server.wait_live()
        if meanwhile != "little":
            wait(lambda: all(server.metric("lists_total", each) for each in RESOURCES), 12)
        assert "clusterdns_snapshot_age_seconds" not in server.metrics()
        assert server.page("/ready") == (200, "OK")
        begun = [len(lists(api, each, before)) for each in RESOURCES]
        if meanwhile == "little":
            assert begun == [0, 0, 0]
            assert [watches(api, each, before) for each in RESOURCES] == [[version]] * 3
        elif meanwhile == "more than the window":
            assert begun == [1, 1, 1]
        else:
            assert set(begun) == {1}
        api.apply(service("later", "10.96.7.5"))
        server.until("later.default", "NOERROR 10.96.7.5")


def test_what_was_relisted_is_what_is_kept(api, tmp_path, state):
    change(api)
    api.store.expire()
    api.start()
    with Cluster(api, tmp_path, "--state", state) as server:
        server.until_changed()
    api.refuse()
    with Cluster(api, tmp_path, "--state", state) as server:
        server.until_changed()


@pytest.mark.parametrize("other", ["server", "namespaces"])
def test_a_snapshot_of_something_else_is_not_served(api, tmp_path, state, other):
    with APIServer([service("other", "10.96.9.9")]) as another:
        another.refuse()
        options = ["--namespaces", "shop"] if other == "namespaces" else []
        chosen = another if other == "server" else api
        with Cluster(chosen, tmp_path, "--state", state, *options, until=" listening ") as server:
            wait(lambda: server.findings() and all("connect" in each["message"] for each in server.findings()))
            assert server.ask("web.default") == server.ask("none.default") == "SERVFAIL"
            assert server.page("/ready")[0] == 503
            assert "clusterdns_snapshot_age_seconds" not in server.metrics()
            if other == "server":
                another.start()
                server.wait_for(" synced")
                assert server.ask("other.default") == "NOERROR 10.96.9.9" and server.ask("web.default") == "NXDOMAIN"


def whole(file, statement=""):
    """The octets of a state file, with nothing left in its log."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute(statement)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file.read_bytes()


@pytest.mark.parametrize("damage", ["text", "cut short", "other program", "bad pages", "bad pages of objects"])
def test_a_damaged_file_is_set_aside(api, tmp_path, state, damage):
    if damage == "bad pages of objects":
        api.apply(*(service(f"many-{n}", f"10.98.{n // 250}.{n % 250 + 1}") for n in range(600)))
        api.start()
        with Cluster(api, tmp_path, "--state", state):
            pass
        api.refuse()
    file = state / "clusterdns.sqlite"
    data = whole(file, "PRAGMA application_id = 7" if damage == "other program" else "")
    match damage:
        case "text":
            data = b"none of ours\n" * 1000
        case "cut short":
            data = data[:5000]
        case "bad pages":
            data = data[:100] + random.Random(4).randbytes(len(data) - 100)
        case "bad pages of objects":
            data = data[:len(data) // 2] + random.Random(4).randbytes(len(data) - len(data) // 2)
    file.write_bytes(data)
    api.store.delete("services", ("default", "going"))
    api.start()
    with Cluster(api, tmp_path, "--state", state) as server:
        for (name, question), wanted in TRUE.items():
            assert server.ask(name, question) == wanted
        server.until("going.default", "NXDOMAIN")
        server.wait_for("set aside", 2)
        aside = state / "clusterdns.sqlite.broken-1"
        if damage == "other program":
            with contextlib.closing(sqlite3.connect(aside)) as database:
                assert database.execute("SELECT count(*) FROM object").fetchone() == (7,)
        elif damage == "bad pages of objects":
            # It was opened before it was found out, and SQLite has written into it.
            assert aside.stat().st_size > 0
        else:
            assert aside.read_bytes() == data
    api.refuse()
    with Cluster(api, tmp_path, "--state", state) as server:
        assert server.ask("web.default") == TRUE["web.default", "A"]
        assert server.ask("going.default") == "NXDOMAIN"


def test_a_snapshot_of_which_a_part_cannot_be_read_leaves_nothing_behind(api, tmp_path, state):
    whole(state / "clusterdns.sqlite", "UPDATE object SET content = x'ffffffff' WHERE resource = 'endpointslices'")
    change(api)
    api.store.expire()
    api.start()
    with Cluster(api, tmp_path, "--state", state) as server:
        server.wait_live()
        server.until_changed()
        for (name, question), wanted in TRUE.items():
            assert server.ask(name, question) == wanted
    api.refuse()
    with Cluster(api, tmp_path, "--state", state) as server:
        server.until_changed()
        assert server.ask("db.default") == TRUE["db.default", "A"]


def test_a_process_killed_at_any_moment_leaves_what_serves(api, tmp_path, state):
    number, given, seed = 0, {"NXDOMAIN"}, random.Random(11)
    for _ in range(4):
        api.start()
        before = time.monotonic()
        with Cluster(api, tmp_path, "--state", state) as server:
            # Written about once a second.
            end = time.monotonic() + seed.uniform(0.9, 1.6)
            while time.monotonic() < end:
                number += 1
                address = f"10.97.{number // 250}.{number % 250 + 1}"
                given.add(f"NOERROR {address}")
                api.apply(service("moving", address))
                time.sleep(0.002)
            server.stop(signal.SIGKILL)
        assert all(lists(api, each, before) == [] for each in RESOURCES)
        api.refuse()
        with Cluster(api, tmp_path, "--state", state) as server, Witness(server):
            assert server.ask("moving.default") in given
            api.start()
            server.until("moving.default", f"NOERROR {address}")
            server.wait_live()
        api.refuse()
