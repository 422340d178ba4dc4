"""`cache`: what is kept for how long, what is given when the upstream has nothing better, and what is never displaced."""
import threading
import time

import pytest
from apiserver import APIServer
from asking import many
from cluster import text, wait
from corefiles import CLUSTER, IS_COREDNS, OUTSIDE, READY, WWW, Resolver, forwarding, ours
from upstream import Upstream

# Seconds that an answer is kept, so that a test can wait for its end.
SHORT = "success 9984 1 0\n        denial 9984 1 0"


@pytest.fixture(scope="module")
def api():
    with APIServer(CLUSTER) as api:
        yield api


@pytest.fixture
def upstream():
    with Upstream(OUTSIDE) as upstream:
        yield upstream


def cached(api, upstream, options="", ttl=30):
    return forwarding(api, upstream.address, more=f"cache {ttl} {{\n        {options}\n    }}")


def test_a_ttl_counts_down_and_ends(api, upstream, tmp_path):
    upstream.ttl = 3
    with Resolver(tmp_path, cached(api, upstream, "success 9984 3600 1"), until=READY) as server:
        seen = []
        began = time.monotonic()
        while time.monotonic() - began < 2.5:
            seen.append(server.ask(*WWW).answer[0].ttl)
            time.sleep(0.2)
        assert seen[0] == 3 and seen == sorted(seen, reverse=True) and {3, 2, 1} <= set(seen) <= {3, 2, 1, 0}
        assert upstream.asked(WWW[0]) == 1
        wait(lambda: server.ask(*WWW).answer[0].ttl == 3, 3, "asked again")
        assert upstream.asked(WWW[0]) == 2


def test_what_is_kept(api, upstream, tmp_path):
    """Caps and floors: 30 s at most, 5 s at least; negative answers by the SOA's minimum; SERVFAIL for 5 s; each type by itself."""
    upstream.records["short.test.", "A"] = ["192.0.2.3"]
    with Resolver(tmp_path, cached(api, upstream), until=READY) as server:
        assert server.ask(*WWW).answer[0].ttl == 30
        upstream.ttl = 0
        assert server.ask("short.test.", "A").answer[0].ttl in (0, 5)
        for _ in range(3):
            assert server.ask("short.test.", "A").answer[0].ttl <= 5
            for name, kind, answer in [("none.example.test.", "A", "NXDOMAIN"), ("none.example.test.", "AAAA", "NXDOMAIN"),
                                       ("www.example.test.", "MX", "NOERROR"), ("broken.servfail.test.", "A", "SERVFAIL")]:
                found = server.ask(name, kind)
                assert text(found) == answer
                if answer != "SERVFAIL":
                    assert found.authority[0].rdtype.name == "SOA" and found.authority[0].ttl <= 30
        assert {(name, kind): count for (name, kind, _), count in upstream.counts.items() if name.endswith("test.")} == {
            WWW: 1, ("short.test.", "A"): 1, ("none.example.test.", "A"): 1, ("none.example.test.", "AAAA"): 1,
            ("www.example.test.", "MX"): 1, ("broken.servfail.test.", "A"): 1}
        # In the client's letters.
        assert server.ask("WwW.ExAmPlE.tEsT.", "A").answer[0].name.to_text() in ("WwW.ExAmPlE.tEsT.", IS_COREDNS and WWW[0])
        assert upstream.asked(WWW[0], "A") == 1


def test_a_negative_answer_ends_by_its_minimum(api, upstream, tmp_path):
    upstream.negative = 1
    with Resolver(tmp_path, cached(api, upstream, "denial 9984 1800 0"), until=READY) as server:
        assert server.says("come.example.test.") == "NXDOMAIN"
        upstream.records["come.example.test.", "A"] = ["192.0.2.5"]
        assert server.says("come.example.test.") == "NXDOMAIN"
        server.until("come.example.test.", "A", "NOERROR 192.0.2.5", timeout=3)


def test_cluster_names_are_not_kept(api, upstream, tmp_path):
    """kubeadm's `disable`: a change in the cluster is told at once."""
    with Resolver(tmp_path, cached(api, upstream, "disable success cluster.local\n        disable denial cluster.local"),
                  until=READY) as server:
        assert server.says("moved.default.svc.cluster.local.") == "NXDOMAIN"
        api.apply({**CLUSTER[1], "metadata": {"name": "moved", "namespace": "default"}})
        server.until("moved.default.svc.cluster.local.", "A", "NOERROR 10.96.1.1", timeout=2)


@ours
def test_cluster_names_are_those_of_now_with_any_cache(api, upstream, tmp_path):
    """Without `disable` too: what is known is never told from a cache."""
    with Resolver(tmp_path, cached(api, upstream), until=READY) as server:
        assert server.says("fresh.default.svc.cluster.local.") == "NXDOMAIN"
        api.apply({**CLUSTER[1], "metadata": {"name": "fresh", "namespace": "default"}})
        server.until("fresh.default.svc.cluster.local.", "A", "NOERROR 10.96.1.1", timeout=2)


@pytest.mark.parametrize("mode", ["immediate", "verify"])
@pytest.mark.parametrize("fault", ["SERVFAIL", "silent", "closed"])
def test_stale_is_better_than_nothing(fault, mode, api, upstream, tmp_path):
    """Good data is given, with TTL 0, while the upstream has none; then what it has."""
    with Resolver(tmp_path, cached(api, upstream, f"{SHORT}\n        serve_stale 1h {mode}"), until=READY) as server:
        assert server.ask(*WWW).answer[0].ttl == 1
        match fault:
            case "SERVFAIL":
                upstream.rcode = "SERVFAIL"
            case "silent":
                upstream.silent = True
            case "closed":
                upstream.close()
        time.sleep(1.3)
        for _ in range(3):
            began = time.monotonic()
            answer = server.ask(*WWW, timeout=8)
            assert text(answer) == "NOERROR 192.0.2.1" and answer.answer[0].ttl == 0
            assert time.monotonic() - began < (0.3 if mode == "immediate" else 7)
            time.sleep(0.05)
        assert server.metric("coredns_cache_served_stale_total") >= 3
        upstream.rcode, upstream.silent = None, False
        upstream.records["www.example.test.", "A"] = ["192.0.2.111"]
        if fault == "closed":
            upstream.open()
        server.until(*WWW, "NOERROR 192.0.2.111", timeout=5)


def test_verify_waits_for_a_short_time_only(api, upstream, tmp_path):
    with Resolver(tmp_path, cached(api, upstream, f"{SHORT}\n        serve_stale 1h verify 200ms"), until=READY) as server:
        server.ask(*WWW)
        upstream.silent = True
        time.sleep(1.2)
        for _ in range(4):
            began = time.monotonic()
            assert server.says(*WWW) == "NOERROR 192.0.2.1"
            assert time.monotonic() - began < 0.6


def test_servfail_never_displaces_good_data(api, upstream, tmp_path):
    """A refresh that fails leaves what is there; so does one that fails for a while."""
    upstream.ttl = 10
    options = "success 9984 10 0\n        prefetch 1 1m 90%\n        serve_stale 1h"
    with Resolver(tmp_path, cached(api, upstream, options), until=READY) as server:
        server.ask(*WWW)
        upstream.rcode = "SERVFAIL"
        end = time.monotonic() + 3
        while time.monotonic() < end:
            assert server.says(*WWW) == "NOERROR 192.0.2.1"
            time.sleep(0.02)
        assert upstream.asked(WWW[0]) > 1


def test_names_that_are_asked_often_are_fetched_before_they_end(api, upstream, tmp_path):
    """prefetch: the upstream is asked while what is kept still holds, and no client waits for it."""
    upstream.ttl = 3
    with Resolver(tmp_path, cached(api, upstream, "success 9984 3 0\n        prefetch 2 1m 50%"), until=READY) as server:
        server.ask(*WWW)
        upstream.delay = 0.2
        slowest, end = 0.0, time.monotonic() + 4
        while time.monotonic() < end:
            began = time.monotonic()
            assert server.says(*WWW) == "NOERROR 192.0.2.1"
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.02)
        assert slowest < 0.15, slowest
        assert 2 <= upstream.asked(WWW[0]) <= 8
        assert server.metric("coredns_cache_prefetch_total") >= 1


@ours
def test_no_stampede_when_a_name_ends(api, upstream, tmp_path):
    """What many ask for is asked once when it ends."""
    upstream.delay = 0.2
    with Resolver(tmp_path, cached(api, upstream, SHORT), until=READY) as server:
        server.ask(*WWW)
        before, answers, done = upstream.asked(WWW[0]), [], time.monotonic() + 3

        def client():
            while time.monotonic() < done:
                answers.append(server.says(*WWW))
                time.sleep(0.01)

        threads = [threading.Thread(target=client) for _ in range(10)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert set(answers) == {"NOERROR 192.0.2.1"} and 1 <= upstream.asked(WWW[0]) - before <= 4


def test_a_full_cache_goes_on(api, upstream, tmp_path):
    with Resolver(tmp_path, cached(api, upstream, "success 256\n        denial 256"), until=READY) as server:
        for _ in range(2):
            assert {answer for answer, _ in many(server, 1000, at_once=50)} == {"NOERROR 192.0.2.7"}
        assert server.metric("coredns_cache_evictions_total", type="success") > 100
        assert 1 <= server.metric("coredns_cache_entries", type="success") <= (1024 if IS_COREDNS else 256)


def test_it_is_counted(api, upstream, tmp_path):
    with Resolver(tmp_path, cached(api, upstream), until=READY) as server:
        def counted(*families, **labels):
            return [server.metric(f"coredns_cache_{family}", **labels) for family in families]

        server.ask("none.example.test.", "A")
        before = counted("requests_total", "hits_total", "misses_total")
        for _ in range(5):
            server.ask(*WWW)
            server.ask("none.example.test.", "A")
        after = counted("requests_total", "hits_total", "misses_total")
        assert [new - old for new, old in zip(after, before)] == [10, 9, 1]
        labels = {"server": f"dns://:{server.port}", "zones": ".", "view": ""}
        assert counted("hits_total", type="success", **labels) == [4] and counted("hits_total", type="denial", **labels) == [5]
        assert counted("entries", type="success", **labels)[0] >= 1
