"""Upstreams with faults: what clients lose of it, which is nothing where another upstream is there."""
import contextlib
import threading

import dns.flags
import pytest
from apiserver import APIServer
from asking import gather, many, stopwatch
from cluster import wait
from corefiles import CLUSTER, IS_COREDNS, OUTSIDE, READY, WEB, Resolver, forwarding, ours
from upstream import Upstream, flapping

RIGHT = "NOERROR 192.0.2.7"


@pytest.fixture(scope="module")
def api():
    with APIServer(CLUSTER) as api:
        yield api


@pytest.fixture
def good():
    with Upstream(OUTSIDE) as good:
        yield good


@pytest.fixture
def bad():
    with Upstream(OUTSIDE) as bad:
        yield bad


@contextlib.contextmanager
def faulty(bad, fault):
    with contextlib.ExitStack() as stack:
        match fault:
            case "closed":
                bad.close()
            case "silent":
                bad.silent = True
            case "slow":
                bad.delay = 1.0
            case "SERVFAIL" | "REFUSED" | "NOTIMP":
                bad.rcode = fault
            case "id" | "question" | "port":
                bad.lie = fault
            case "truncating":
                bad.truncates = True
            case "flapping":
                stack.enter_context(flapping(bad, 0.15))
        yield


@pytest.mark.parametrize("fault, policy", [("closed", "random"), *(pytest.param(*both, marks=ours) for both in [
    *((fault, "random") for fault in ("silent", "slow", "SERVFAIL", "REFUSED", "id", "question", "port", "truncating", "flapping")),
    *((fault, policy) for fault in ("silent", "SERVFAIL") for policy in ("round_robin", "sequential"))])])
def test_beside_a_good_upstream_nothing_is_lost(fault, policy, api, good, bad, tmp_path):
    with faulty(bad, fault), Resolver(tmp_path, forwarding(api, bad.address, good.address, options=f"policy {policy}"),
                                      until=READY) as server:
        found = many(server, 60)
        assert {answer for answer, _ in found} == {RIGHT}
        # Neither is anybody kept waiting once it is known.
        late = sorted(seconds for _, seconds in found[-20:])
        assert late[-1] < 1.0 and late[10] < 0.3, late


@ours
@pytest.mark.parametrize("fault, within", [("closed", 1.0), ("silent", 5.5), ("id", 5.5), ("SERVFAIL", 1.0)])
def test_alone_it_is_servfail_in_time_and_then_at_once(fault, within, api, bad, tmp_path):
    """Nobody is lied to. All down fails fast, and is over when the upstream is well again."""
    with Resolver(tmp_path, forwarding(api, bad.address), until=READY) as server:
        assert {answer for answer, _ in many(server, 10, name="before")} == {RIGHT}
        with faulty(bad, fault):
            found = many(server, 10, name="first")
            assert {answer for answer, _ in found} == {"SERVFAIL"} and max(seconds for _, seconds in found) < within, found
            found = many(server, 20, name="then")
            assert {answer for answer, _ in found} == {"SERVFAIL"}
            assert fault == "SERVFAIL" or sorted(seconds for _, seconds in found)[-3] < 0.5, found
        bad.silent, bad.rcode, bad.lie = False, None, None
        if fault == "closed":
            bad.open()
        server.until("well.many.test.", "A", RIGHT, timeout=3)
        assert {answer for answer, _ in many(server, 20, name="after")} == {RIGHT}


def test_a_flapping_upstream_alone_comes_back(api, bad, tmp_path):
    with Resolver(tmp_path, forwarding(api, bad.address), until=READY) as server:
        with flapping(bad, 0.3):
            answers = [answer for answer, _ in many(server, 40, at_once=4)]
        assert set(answers) <= {RIGHT, "SERVFAIL"}  # told at any rate
        server.until("well.many.test.", "A", RIGHT, timeout=4)


@pytest.mark.parametrize("fault", ["silent", "closed", "slow"])
def test_a_dead_upstream_never_slows_cluster_names(fault, api, bad, tmp_path):
    """p99 of 500 cluster names while 300 external ones wait for nothing; a busy machine is slow without them too."""
    with faulty(bad, fault), Resolver(tmp_path, forwarding(api, bad.address, more="cache 30"), until=READY) as server:
        quiet = stopwatch(server, *WEB)
        outside = [(f"waits{number}.many.test.", "A") for number in range(300)]
        waiting = threading.Thread(target=gather, args=(server, outside, 1.5))
        waiting.start()
        beside = stopwatch(server, *WEB)
        waiting.join()
    assert beside[494] < max(0.020, 3 * quiet[494])


def test_what_nobody_asked_for_is_dropped(api, bad, tmp_path):
    """Records out of bailiwick are neither told nor kept."""
    bad.records["bank.test.", "A"] = ["192.0.2.44"]
    bad.lie = "bailiwick"
    with Resolver(tmp_path, forwarding(api, bad.address, more="cache 30"), until=READY) as server:
        for _ in range(2):
            answer = server.ask("www.example.test.", "A")
            told = {rrset.name.to_text() for section in (answer.answer, answer.additional) for rrset in section}
            if not IS_COREDNS:
                assert told == {"www.example.test."}
        bad.lie = None
        assert server.says("bank.test.") == "NOERROR 192.0.2.44"


def test_what_is_cut_is_asked_again_over_tcp(api, bad, tmp_path):
    """TC from upstream over UDP: the client has all of it where it fits, and TC where it does not."""
    addresses = [f"192.0.2.{number}" for number in range(1, 61)]
    bad.records["big.example.test.", "A"] = addresses
    bad.truncates = True
    with Resolver(tmp_path, forwarding(api, bad.address), until=READY) as server:
        assert server.says("big.example.test.", tcp=True) == " ".join(["NOERROR", *sorted(addresses)])
        small = server.ask("big.example.test.", "A", use_edns=False)
        assert small.flags & dns.flags.TC and small.rcode().name == "NOERROR"


@ours
def test_what_is_cut_is_whole_for_who_has_room(api, bad, tmp_path):
    bad.records["big.example.test.", "A"] = [f"192.0.2.{number}" for number in range(1, 61)]
    bad.truncates = True
    with Resolver(tmp_path, forwarding(api, bad.address, more="cache 30"), until=READY) as server:
        for _ in range(3):
            whole = server.ask("big.example.test.", "A", payload=4096)
            assert len(whole.answer[0]) == 60 and not whole.flags & dns.flags.TC
        assert bad.asked("big.example.test.", transport="tcp") == 1
        cut = server.ask("big.example.test.", "A", payload=512)
        assert cut.flags & dns.flags.TC and len(cut.answer[0]) < 30


def test_a_slow_upstream_is_waited_for(api, bad, tmp_path):
    bad.delay = 0.7
    with Resolver(tmp_path, forwarding(api, bad.address), until=READY) as server:
        assert {answer for answer, _ in many(server, 40, at_once=40)} == {RIGHT}


def test_faults_are_counted(api, good, bad, tmp_path):
    """coredns_proxy_* has each upstream, what it said, and what its probes found."""
    with Resolver(tmp_path, forwarding(api, good.address, bad.address, options="policy round_robin"), until=READY) as server:
        assert {answer for answer, _ in many(server, 20)} == {RIGHT}
        for each in (good, bad):
            assert each.total("many.test.") == 10 == server.metric(
                "coredns_proxy_request_duration_seconds_count", proxy_name="forward", to=each.address, rcode="NOERROR")
        bad.close()
        many(server, 20, name="again")
        wait(lambda: server.metric("coredns_proxy_healthcheck_failures_total", proxy_name="forward", to=bad.address) > 0, 5)


@ours
def test_former_names_of_the_counters(api, good, tmp_path):
    with Resolver(tmp_path, forwarding(api, good.address), until=READY) as server:
        many(server, 20)
        assert server.metric("coredns_forward_requests_total", to=good.address) == 20
        assert server.metric("coredns_forward_responses_total", to=good.address, rcode="NOERROR") == 20
        assert server.metric("coredns_forward_request_duration_seconds_count", to=good.address) == 20


@ours
def test_questions_cannot_be_guessed(api, good, tmp_path):
    """Ports and ids are random."""
    with Resolver(tmp_path, forwarding(api, good.address), until=READY) as server:
        many(server, 200)
    assert len(good.ports) >= 4, good.ports
    steps = {(later - earlier) & 0xFFFF for earlier, later in zip(good.ids, good.ids[1:])}
    assert len(good.ids) >= 200 and len(set(good.ids)) > 190 and len(steps) > 190
