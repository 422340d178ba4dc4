"""Starting, stopping, and saying what is wrong."""
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import dns.message
import dns.query
import pytest
from conftest import HERE, Server, run
from test_changes import write

DOCS = HERE / "registries/003-docs.yaml"


def ask(port, name="kubernetes.default.svc.cluster.local.", kind="A"):
    return dns.query.udp(dns.message.make_query(name, kind), "127.0.0.1", port=port, timeout=5)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_ends_when_told(how):
    with Server("--manifests", DOCS) as server:
        with socket.create_connection(("127.0.0.1", server.port)):
            assert server.stop(how) == 0


def test_answers_what_is_in_flight_before_it_ends():
    with Server("--manifests", DOCS, "--workers", "1") as server:
        wire = dns.message.make_query("kubernetes.default.svc.cluster.local.", "A").to_wire()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(5)
            client.connect(("127.0.0.1", server.port))
            server.process.send_signal(signal.SIGSTOP)
            for _ in range(200):
                client.send(wire)
            server.process.send_signal(signal.SIGTERM)
            server.process.send_signal(signal.SIGCONT)
            assert sum(1 for _ in range(200) if client.recv(4096)) == 200
        assert server.stop() == 0


def test_reads_again_when_told(tmp_path):
    write(tmp_path / "web.yaml")
    with Server("--manifests", tmp_path) as server:
        mark = len(server.log)
        server.process.send_signal(signal.SIGHUP)
        server.wait_for("reading again", 5, mark)
        time.sleep(0.1)
        assert str(ask(server.port, "web.default.svc.cluster.local.").answer[0][0]) == "10.96.1.1"


def test_several_workers_share_the_clients():
    with Server("--manifests", DOCS, "--workers", "4") as server:
        for _ in range(64):
            assert str(ask(server.port).answer[0][0]) == "10.0.0.1"


def one_line(result, code=2):
    lines = result.stderr.strip().split("\n")
    assert result.returncode == code, result
    assert lines[0].startswith(("error: ", "Error: ", "clusterdns: ")), result.stderr
    return lines[0]


def test_what_cannot_be_served_is_said_in_one_line(clusterdns, tmp_path):
    missing = one_line(run(clusterdns, "serve", "--manifests", tmp_path / "nosuch", "--listen", "127.0.0.1:0"))
    assert "nosuch" in missing and "No such file" in missing
    for words, mention in [
        (["--listen", "127.0.0.1:99999"], "99999"), (["--service-cidr", "10.0.0.0/99"], "10.0.0.0/99"),
        (["--pods", "some"], "some"), (["--ttl", "4000"], "4000"), (["--cluster-domain", "a..b"], "a..b"),
        (["--external-zone", "x" * 64], "x" * 64), (["--workers", "0"], "0"), (["--nosuch"], "--nosuch"),
        (["--listen", "192.0.2.77:0"], "192.0.2.77"), (["--zone-file", str(tmp_path / "no.zone")], "no.zone"),
    ]:
        result = run(clusterdns, "serve", "--manifests", DOCS, *words)
        assert mention in one_line(result), words
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        result = run(clusterdns, "serve", "--manifests", DOCS, "--listen", f"127.0.0.1:{port}")
        assert f"127.0.0.1:{port}" in one_line(result) and "in use" in result.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="gives up root")
def test_no_permission_for_port_53(clusterdns):
    result = run("unshare", "--net", "setpriv", "--reuid=65534", "--clear-groups", "--bounding-set=-all",
                 "--inh-caps=-all", clusterdns, "serve", "--manifests", "/usr/share/common-licenses",
                 "--listen", "127.0.0.1:53")
    assert "permission denied" in one_line(result)


def test_help_is_for_people(clusterdns):
    for words in ([], ["serve"], ["lookup"], ["records"], ["check"]):
        result = run(clusterdns, *words, "--help")
        assert result.returncode == 0 and "USAGE: clusterdns" in result.stdout and not result.stderr


def test_addresses_are_kept_across_restarts(tmp_path):
    folder, state = tmp_path / "m", tmp_path / "s"
    folder.mkdir()
    state.mkdir()
    text = "apiVersion: v1\nkind: Service\nmetadata: {{name: {}}}\nspec: {{type: NodePort, ports: [{{port: 80}}]}}\n"
    for name in ("b", "c"):
        (folder / f"{name}.yaml").write_text(text.format(name))

    def addresses(port, *names):
        return {name: str(ask(port, f"{name}.default.svc.cluster.local.").answer[0][0]) for name in names}

    with Server("--manifests", folder, "--state", state) as server:
        before = addresses(server.port, "b", "c")
        assert len(set(before.values())) == 2
    # A Service that sorts in front would take the first address if nothing were remembered.
    (folder / "a.yaml").write_text(text.format("a"))
    with Server("--manifests", folder, "--state", state) as server:
        after = addresses(server.port, "a", "b", "c")
        assert {name: after[name] for name in "bc"} == before
        assert after["a"] not in before.values()
        # Killed in the middle of allocations.
        for index in range(200):
            (folder / f"k{index}.yaml").write_text(text.format(f"k{index}"))
            if index == 100:
                server.process.send_signal(signal.SIGKILL)
        server.process.wait(10)
    with Server("--manifests", folder, "--state", state) as server:
        again = addresses(server.port, "a", "b", "c", "k199")
        assert {name: again[name] for name in "abc"} == after
        assert not [line for line in server.log if "broken" in line]


def test_a_state_file_that_is_none_is_set_aside(tmp_path):
    (tmp_path / "clusterdns.sqlite").write_bytes(b"no database" * 1000)
    with Server("--manifests", DOCS, "--state", tmp_path) as server:
        assert str(ask(server.port).answer[0][0]) == "10.0.0.1"
        assert [line for line in server.log if "clusterdns.sqlite" in line]


def test_records_load_in_other_programs(clusterdns, tmp_path):
    for path in sorted((HERE / "registries").glob("0*.yaml")) + [HERE / "cases/manifests"]:
        for zone in ("cluster.local", "in-addr.arpa"):
            result = run(clusterdns, "records", "--manifests", path, "--zone", zone)
            assert result.returncode == 0, result
            out = tmp_path / "zone"
            out.write_text(result.stdout)
            read = run("ldns-read-zone", out)
            assert read.returncode == 0 and "SOA" in read.stdout, (path, zone, read.stderr)
            assert run("named-checkzone", "-i", "none", zone, out).returncode == 0
            again = run(clusterdns, "records", "--manifests", path, "--zone", zone)
            assert again.stdout == result.stdout


def test_records_of_the_running_server(clusterdns, tmp_path):
    admin = tmp_path / "admin.sock"
    manifests = HERE / "registries/003-kubeadm.yaml"
    with Server("--manifests", manifests, "--admin", admin) as server:
        assert (admin.stat().st_mode & 0o777) == 0o600
        for words in ([], ["--format", "table"], ["--format", "json"], ["--format", "hosts"], ["--zone", "cluster.local"]):
            live = run(clusterdns, "records", "--admin", admin, *words)
            offline = run(clusterdns, "records", "--manifests", manifests, *words)
            assert live.returncode == 0 and live.stderr == ""
            # The serial is the time of the last change.
            serial = re.compile(r"hostmaster(\S*) \d+ ")
            assert serial.sub("", live.stdout) == serial.sub("", offline.stdout) != ""
        assert run("curl", "-s", "--unix-socket", admin, "http://localhost/records").stdout.startswith("$ORIGIN")
        assert run(clusterdns, "records", "--admin", admin, "--zone", "nosuch.zone").returncode == 2
        taken = run(clusterdns, "serve", "--manifests", manifests, "--listen", "127.0.0.1:0", "--admin", admin)
        assert "in use" in one_line(taken)
        assert server.stop() == 0
        assert not admin.exists()
    assert run(clusterdns, "records", "--admin", admin).returncode == 9


def test_the_workers_come_first(clusterdns):
    """Once there is something to answer, every other thread gives way: a restart and a change are read beside queries."""
    def niceness(pid):
        threads = {}
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            name, _, rest = (task / "stat").read_text().partition("(")[2].rpartition(")")
            threads.setdefault(name.partition("-")[0], set()).add(int(rest.split()[16]))
        return threads

    own = os.nice(0)
    with Server("--manifests", HERE / "cases/manifests", "--workers", "2") as server:
        threads = niceness(server.process.pid)
    assert threads.pop("worker") == {own}
    assert set().union(*threads.values()) == {max(own, 10)}
