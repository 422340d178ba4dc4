"""A Corefile that changes under load: parsed and built first, then swapped; one that fails leaves everything as it was."""
import re
import signal
import socket
import time

import dns.exception
import pytest
from apiserver import APIServer
from asking import Asker
from cluster import lists, wait
from corefiles import CLUSTER, IS_COREDNS, OUTSIDE, READY, TRUE, WEB, WWW, Resolver, forwarding, free_port, ours
from upstream import Upstream

KNOWN = TRUE | {WWW: "NOERROR 192.0.2.1"}


@pytest.fixture(scope="module")
def api():
    with APIServer(CLUSTER) as api:
        yield api


@pytest.fixture
def upstream():
    with Upstream(OUTSIDE) as upstream:
        yield upstream


def version(server):
    """The hash of the Corefile that is served; CoreDNS tells it after the first reload."""
    found = re.findall(r'coredns_reload_version_info\{hash="sha512",value="([0-9a-f]{128})"\} 1', server.page("metrics")[1])
    return found[0] if len(found) == 1 else None


def test_by_interval(api, upstream, tmp_path):
    """A change is found by itself; a fault is said, counted, and changes nothing; its repair is served."""
    corefile = forwarding(api, upstream.address, first="reload 2s 1s\n    import {folder}/*.override", more="cache 30")
    with Resolver(tmp_path, corefile, until=READY) as server:
        began, first = time.monotonic(), version(server)
        assert server.says(*WWW) == KNOWN[WWW]
        with Asker(server, KNOWN, pause=0.002) as asker:
            asker.more()
            server.change(corefile, 1)
            server.until("reloaded-1.test.", "A", "NOERROR 192.0.2.1", timeout=6)
            wait(lambda: version(server) not in (None, first), 5)
            second, mark = version(server), len(server.log)
            # A fault.
            server.change(corefile.replace("cache 30", "nosuchplugin"), 2)
            line = server.wait_for("nosuchplugin", 6, mark)
            assert IS_COREDNS or re.search(r"Corefile:\d+:\d+", line)
            wait(lambda: server.metric("coredns_reload_failed_total") >= 1, 2)
            assert server.says("reloaded-1.test.") == "NOERROR 192.0.2.1" and server.says("reloaded-2.test.") != "NOERROR 192.0.2.2"
            assert (IS_COREDNS or version(server) == second) and server.page("ready") == (200, "OK")
            # Mended, by an import that was not there.
            (tmp_path / "more.override").write_text("hosts {\n    192.0.2.9 imported.test\n    fallthrough\n}\n")
            server.change(corefile, 3)
            server.until("reloaded-3.test.", "A", "NOERROR 192.0.2.3", timeout=6)
            assert server.says("imported.test.") == "NOERROR 192.0.2.9"
            # Of an imported file too.
            (tmp_path / "more.override").write_text("hosts {\n    192.0.2.10 imported.test\n    fallthrough\n}\n")
            server.until("imported.test.", "A", "NOERROR 192.0.2.10", timeout=6)
        if not IS_COREDNS:
            assert [len(lists(api, resource, began)) for resource in ("services", "endpointslices", "namespaces")] == [0, 0, 0]
            assert upstream.asked(WWW[0]) == 1, "the cache stays"


def test_what_cannot_be_opened_changes_nothing(api, upstream, tmp_path):
    """A port that is taken is found before anything is given up."""
    corefile = forwarding(api, upstream.address)
    with Resolver(tmp_path, corefile, until=READY) as server, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with Asker(server, KNOWN):
            mark = len(server.log)
            server.write(corefile + f"other.test:{port} {{\n    bind 127.0.0.1\n    whoami\n}}\n")
            server.process.send_signal(signal.SIGUSR1)
            server.wait_for(str(port), 5, mark)
            time.sleep(0.3)
        assert server.page("ready") == (200, "OK") and server.page("metrics")[0] == 200
        with Asker(server, KNOWN):
            server.reload(corefile, 1)


def test_blocks_come_and_go(api, upstream, tmp_path):
    """Ports are opened and closed; those that stay are not touched."""
    corefile, port = forwarding(api, upstream.address), free_port()
    with Resolver(tmp_path, corefile, until=READY) as server:
        with Asker(server, KNOWN):
            server.reload(corefile + f".:{port} {{\n    hosts {{\n        192.0.2.7 there.test\n    }}\n}}\n", 1)
            old, server.ports = server.ports, [port]
            try:
                server.until("there.test.", "A", "NOERROR 192.0.2.7")
            finally:
                server.ports = old
            server.reload(corefile, 2)

        def closed():
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except ConnectionRefusedError:
                return True
            except (ConnectionResetError, TimeoutError):
                return False  # it met a socket that was just being closed
        wait(closed, 5, "the port closed")


def test_pages_move_with_the_corefile(api, upstream, tmp_path):
    corefile = forwarding(api, upstream.address, first="health 127.0.0.1:{health}")
    with Resolver(tmp_path, corefile, until=READY) as server:
        assert [server.page(door)[0] for door in ("health", "ready", "metrics")] == [200, 200, 200]
        old, server.numbers = server.numbers, server.numbers | {"health": free_port(), "ready": free_port()}
        server.reload(corefile, 1)
        wait(lambda: [server.page(door)[0] for door in ("health", "ready", "metrics")] == [200, 200, 200], 5)
        new, server.numbers = server.numbers, old
        wait(lambda: [server.page(door)[0] for door in ("health", "ready")] == [None, None], 5, "the old ones closed")
        server.numbers = new


def test_plugins_change_their_minds(api, upstream, tmp_path):
    """Every setting is the new one's after a reload: of the cluster's zone too."""
    corefile = forwarding(api, upstream.address, more="cache 30")
    with Resolver(tmp_path, corefile, until=READY) as server:
        assert server.ask(*WEB).answer[0].ttl == 5
        with Upstream({"www.example.test.": "192.0.2.77"}) as other:
            changed = corefile.replace("fallthrough", "ttl 17\n        fallthrough").replace(upstream.address, other.address)
            with Asker(server, TRUE):
                server.reload(changed.replace("cache 30", "cache 20 {\n        disable success cluster.local\n    }"), 1)
                server.until("fresh.example.test.", "A", "NXDOMAIN")
                wait(lambda: server.ask(*WEB).answer[0].ttl == 17, 6)
            assert other.asked("fresh.example.test.") == 1 and upstream.asked("fresh.example.test.") == 0


@ours
def test_a_burst_of_reloads_is_one_after_the_other(api, upstream, tmp_path):
    corefile = forwarding(api, upstream.address, more="cache 30")
    with Resolver(tmp_path, corefile, until=READY) as server:
        began = time.monotonic()
        with Asker(server, KNOWN) as asker:
            asker.more()
            for number in range(1, 21):
                server.change(corefile, number)
                server.process.send_signal(signal.SIGUSR1)
                time.sleep(0.02)
            server.until("reloaded-20.test.", "A", "NOERROR 192.0.2.20")
        assert len(lists(api, "services", began)) == 0
        with pytest.raises((AssertionError, dns.exception.Timeout)):
            assert server.says("reloaded-19.test.") == "NOERROR 192.0.2.19"


@ours
def test_slow_answers_survive_a_reload(api, upstream, tmp_path):
    """What is under way to an upstream comes back, though its block has been replaced meanwhile."""
    corefile = forwarding(api, upstream.address)
    upstream.delay = 0.8
    with Resolver(tmp_path, corefile, until=READY) as server:
        with Asker(server, {WWW: KNOWN[WWW]}), Asker(server, {("new.corp.test.", "A"): "NOERROR 192.0.2.81"}):
            time.sleep(0.1)
            for number in range(1, 4):
                server.reload(corefile, number)
                time.sleep(0.4)
