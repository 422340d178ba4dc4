"""A cluster, the same for every server compared: manifests, master file, queries.

`clusterip` Services with a ClusterIP (`backends` endpoints each, none unless said) and `headless` Services of
`endpoints` endpoints each. JSON is YAML, so the manifests are one JSON List.
"""
from __future__ import annotations

import dataclasses
import ipaddress
import json
import pathlib
import random
from collections.abc import Iterator

DOMAIN = "cluster.local"
TTL = 30  # seconds
_FIRST_CLUSTERIP = ipaddress.IPv4Address("10.96.1.0")
_FIRST_POD = ipaddress.IPv4Address("10.128.0.0")

KINDS = {
    "clusterip": "ClusterIP A",
    "nodata": "AAAA NODATA",
    "headless": "headless A",
    "srv": "headless SRV",
    "nxdomain": "search-list NXDOMAIN",
}
SHARES = {"clusterip": 40, "nodata": 20, "headless": 15, "srv": 5, "nxdomain": 20}  # percent of the mix


def service(name: str, cluster_ip: str) -> dict:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "default"},
            "spec": {"clusterIP": cluster_ip, "ports": [{"name": "http", "port": 80}]}}


def endpoint_slice(owner: str, addresses: list[str], name: str = "", hostnames: bool = True) -> dict:
    endpoints: list[dict] = [{"addresses": [address], "conditions": {"ready": True}} for address in addresses]
    if hostnames:
        for number, endpoint in enumerate(endpoints):
            endpoint["hostname"] = f"pod-{number}"
    return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": {"name": name or f"{owner}-a", "namespace": "default",
                         "labels": {"kubernetes.io/service-name": owner}},
            "addressType": "IPv4", "ports": [{"name": "http", "port": 80, "protocol": "TCP"}], "endpoints": endpoints}


def pod_address(number: int) -> str:
    return str(_FIRST_POD + number)


def write_list(path: pathlib.Path, items: list[dict]) -> pathlib.Path:
    with path.open("w") as file:
        json.dump({"apiVersion": "v1", "kind": "List", "items": items}, file)
    return path


@dataclasses.dataclass(frozen=True)
class Cluster:
    clusterip: int = 1000
    headless: int = 100
    endpoints: int = 8
    backends: int = 0

    @property
    def services(self) -> int:
        return self.clusterip + self.headless

    @property
    def all_endpoints(self) -> int:
        return self.clusterip * self.backends + self.headless * self.endpoints

    def addresses(self, headless: int) -> list[str]:
        return [pod_address(headless * self.endpoints + number + 1) for number in range(self.endpoints)]

    def objects(self) -> Iterator[dict]:
        for i in range(self.clusterip):
            yield service(f"svc-{i}", str(_FIRST_CLUSTERIP + i))
            if self.backends:
                first = self.headless * self.endpoints + i * self.backends + 1
                yield endpoint_slice(f"svc-{i}", [pod_address(first + n) for n in range(self.backends)],
                                     hostnames=False)
        for i in range(self.headless):
            yield service(f"head-{i}", "None")
            if self.endpoints:
                yield endpoint_slice(f"head-{i}", self.addresses(i))

    def write_manifests(self, path: pathlib.Path) -> pathlib.Path:
        return write_list(path, list(self.objects()))

    def records(self) -> Iterator[str]:
        yield f"$ORIGIN {DOMAIN}."
        yield f"$TTL {TTL}"
        yield f"@ IN SOA ns.dns.{DOMAIN}. hostmaster.{DOMAIN}. 1 7200 1800 86400 {TTL}"
        yield f"@ IN NS ns.dns.{DOMAIN}."
        yield "ns.dns IN A 10.96.0.10"
        yield 'dns-version IN TXT "1.1.0"'
        for i in range(self.clusterip):
            name = f"svc-{i}.default.svc"
            yield f"{name} IN A {_FIRST_CLUSTERIP + i}"
            yield f"_http._tcp.{name} IN SRV 0 100 80 {name}"
        for i in range(self.headless):
            name = f"head-{i}.default.svc"
            for number, address in enumerate(self.addresses(i)):
                yield f"{name} IN A {address}"
                yield f"pod-{number}.{name} IN A {address}"
                yield f"_http._tcp.{name} IN SRV 0 {max(1, 100 // self.endpoints)} 80 pod-{number}.{name}"

    def write_zone(self, path: pathlib.Path) -> pathlib.Path:
        with path.open("w") as file:
            file.writelines(record + "\n" for record in self.records())
        return path

    def query(self, kind: str, chance: random.Random) -> str:
        clusterip = f"svc-{chance.randrange(self.clusterip)}.default.svc.{DOMAIN}"
        headless = f"head-{chance.randrange(max(1, self.headless))}.default.svc.{DOMAIN}"
        match kind:
            case "clusterip":
                return f"{clusterip} A"
            case "nodata":
                return f"{clusterip} AAAA"
            case "headless":
                return f"{headless} A"
            case "srv":
                return f"_http._tcp.{headless} SRV"
            case "nxdomain" if chance.random() < 0.5:
                return f"{clusterip}.default.svc.{DOMAIN} A"
            case "nxdomain":
                return f"api{chance.randrange(100_000)}.example.com.svc.{DOMAIN} A"
        raise ValueError(kind)

    def write_queries(self, path: pathlib.Path, kind: str = "mix", count: int = 20_000) -> pathlib.Path:
        """`count` queries for dnsperf, of one kind or in the shares of the mix; the same ones each time."""
        chance = random.Random(7)
        kinds = chance.choices(list(SHARES), list(SHARES.values()), k=count) if kind == "mix" else [kind] * count
        with path.open("w") as file:
            file.writelines(self.query(kind, chance) + "\n" for kind in kinds)
        return path
