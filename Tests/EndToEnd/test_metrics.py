"""What is counted, as a scrape sees it."""
import os
import re
import signal
import socket
import subprocess
import time

import dns.message
import dns.query
import pytest
from conftest import HERE, Server


@pytest.fixture
def server(clusterdns, tmp_path):
    with Server("--manifests", HERE / "cases/manifests", "--admin", tmp_path / "admin", "--workers", "2") as server:
        server.admin = tmp_path / "admin"
        yield server


def scrape(server):
    text = subprocess.run(["curl", "-sf", "--unix-socket", server.admin, "http://localhost/metrics"],
                          check=True, capture_output=True, text=True).stdout
    samples = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            assert re.fullmatch(r'\w+(\{(\w+="[^"]*",?)+\})?', name), line
            assert name not in samples
            samples[name] = float(value)
    return samples


def test_answers_are_counted_as_coredns_counts_them(server):
    def ask(name, kind, how=dns.query.udp, **more):
        return how(dns.message.make_query(name, kind, **more), "127.0.0.1", port=server.port, timeout=5)

    for _ in range(3):
        ask("clusterip.spec.svc.cluster.local.", "A")
    ask("clusterip.spec.svc.cluster.local.", "AAAA", want_dnssec=True)
    ask("none.spec.svc.cluster.local.", "NAPTR")
    ask("example.com.", "A", dns.query.tcp)
    samples = scrape(server)
    block = 'server="dns://:53",zone=".",view=""'
    requests = {name: value for name, value in samples.items() if name.startswith("coredns_dns_requests_total")}
    assert requests == {
        f'coredns_dns_requests_total{{{block},proto="udp",family="1",type="A"}}': 3,
        f'coredns_dns_requests_total{{{block},proto="udp",family="1",type="AAAA"}}': 1,
        f'coredns_dns_requests_total{{{block},proto="udp",family="1",type="other"}}': 1,
        f'coredns_dns_requests_total{{{block},proto="tcp",family="1",type="A"}}': 1,
    }
    for rcode, count, plugin in (("NOERROR", 4, "kubernetes"), ("NXDOMAIN", 1, "kubernetes"), ("REFUSED", 1, "")):
        assert samples[f'coredns_dns_responses_total{{{block},rcode="{rcode}",plugin="{plugin}"}}'] == count
    assert samples[f"coredns_dns_do_requests_total{{{block}}}"] == 1
    # A query of 51 octets is in the bucket up to 100.
    assert samples[f'coredns_dns_request_size_bytes_bucket{{{block},proto="udp",le="0"}}'] == 0
    assert samples[f'coredns_dns_request_size_bytes_bucket{{{block},proto="udp",le="100"}}'] == 5
    assert samples[f'coredns_dns_response_size_bytes_count{{{block},proto="tcp"}}'] == 1
    # Datagrams are timed; what they took is seconds.
    assert samples[f"coredns_dns_request_duration_seconds_count{{{block}}}"] == 6
    assert 0 < samples[f"coredns_dns_request_duration_seconds_sum{{{block}}}"] < 1
    assert samples["clusterdns_udp_receive_drops_total"] == 0
    assert samples["clusterdns_table_names"] > 50


def test_queries_that_find_no_room_are_counted(server):
    """A stopped worker's queue fills; the newest queries are shed, and a scrape tells how many."""
    wire = dns.message.make_query("clusterip.spec.svc.cluster.local.", "A").to_wire()
    before = scrape(server)["clusterdns_udp_receive_drops_total"]
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.connect(("127.0.0.1", server.port))
            for _ in range(60_000):
                client.send(wire)
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    time.sleep(0.5)
    samples = scrape(server)
    drops = samples["clusterdns_udp_receive_drops_total"] - before
    answered = sum(value for name, value in samples.items() if name.startswith("coredns_dns_requests_total"))
    assert drops > 0
    assert drops + answered == 60_000
