"""The conformance tables of cases/, every transport."""
import sys

import pytest
from conftest import HERE, Server, run

CASES = HERE / "cases"


def conform(port, *arguments):
    result = run(sys.executable, CASES / "run.py", "--server", "127.0.0.1", "--port", port, "--accept", "preferred",
                 "--strict-srv", "--skip", "upstream", *arguments)
    print(result.stdout + result.stderr)
    assert result.returncode == 0
    assert " passed, 0 failed" in result.stdout
    assert not result.stdout.startswith("0 passed")


@pytest.fixture(scope="module")
def server():
    with Server("--manifests", CASES / "manifests", "--service-cidr", "10.96.0.0/12", "--service-cidr",
                "fd00:96::/112", "--pods", "insecure") as server:
        yield server


@pytest.mark.parametrize("how", [[], ["--tcp"], ["--edns", "1232"], ["--edns", "4096"]])
def test_tables(server, how):
    conform(server.port, "--cases", CASES / "spec.json", "--cases", CASES / "coredns-unit.json", *how)


def test_pods_disabled():
    with Server("--manifests", CASES / "manifests", "--pods", "disabled") as server:
        conform(server.port, "--cases", CASES / "coredns-podsdisabled.json")


def test_reverse_zones():
    zones = ["10.0.0.0/16", "10.96.168.0/24", "1234:abcd:1::/64", "fd00:77:30::/64"]
    with Server("--manifests", CASES / "manifests", "--reverse-zone", *zones) as server:
        conform(server.port, "--cases", CASES / "coredns-reverse.json")
