"""A cluster as an API server has it: Services with one EndpointSlice each, everything in it that controllers write."""
from __future__ import annotations

import dataclasses
import ipaddress
import json
import pathlib
import uuid
from collections.abc import Iterator

from cluster import DOMAIN

NAMESPACES = 100
HEADLESS = 5  # every fifth
_FIRST_CLUSTERIP = ipaddress.IPv4Address("10.97.0.0")
_FIRST_POD = ipaddress.IPv4Address("10.128.0.0")
_FIRST_PATCHED = ipaddress.IPv4Address("10.200.0.0")
SLICES = "/apis/discovery.k8s.io/v1"


def _uid(what: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, what))


@dataclasses.dataclass(frozen=True)
class KubeCluster:
    services: int = 10_000
    each: int = 15  # endpoints of a Service

    @property
    def endpoints(self) -> int:
        return self.services * self.each

    @staticmethod
    def namespace(number: int) -> str:
        return f"team-{number % NAMESPACES:02}"

    @staticmethod
    def headless(number: int) -> bool:
        # Spread over all namespaces.
        return number // NAMESPACES % HEADLESS == 0

    def all_headless(self) -> list[int]:
        return [number for number in range(self.services) if self.headless(number)]

    def host(self, number: int) -> str:
        return f"svc-{number}.{self.namespace(number)}.svc.{DOMAIN}"

    def last(self) -> str:
        """The DNS name of the Service that ends the list."""
        return self.host(max(range(self.services), key=lambda number: (self.namespace(number), f"svc-{number}")))

    def service(self, number: int) -> dict:
        name = f"svc-{number}"
        return {"apiVersion": "v1", "kind": "Service",
                "metadata": {"name": name, "namespace": self.namespace(number), "labels": {
                    "app.kubernetes.io/name": name, "app.kubernetes.io/managed-by": "Helm"}},
                "spec": {"clusterIP": "None" if self.headless(number) else str(_FIRST_CLUSTERIP + number),
                         "selector": {"app.kubernetes.io/name": name},
                         "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": "http"}]}}

    def endpoint(self, number: int, place: int, patched: int = 0) -> dict:
        """The one at that place; after its patch it has an address that no other has."""
        address = _FIRST_PATCHED + patched if patched else _FIRST_POD + number * self.each + place
        pod = f"svc-{number}-6f7d8c9b5-{place:05}"
        return {"addresses": [str(address)], "conditions": {"ready": True, "serving": True, "terminating": False},
                "nodeName": f"worker-{number % 50:02}-{place}", "zone": f"zone-{'abc'[place % 3]}",
                "targetRef": {"kind": "Pod", "namespace": self.namespace(number), "name": pod, "uid": _uid(pod)}}

    def slice_name(self, number: int) -> str:
        return f"svc-{number}-{_uid(str(number))[:5]}"

    def slice(self, number: int) -> dict:
        name = f"svc-{number}"
        labels = {"app.kubernetes.io/name": name, "kubernetes.io/service-name": name,
                  "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}
        if self.headless(number):
            labels["service.kubernetes.io/headless"] = ""
        owner = {"apiVersion": "v1", "kind": "Service", "name": name, "uid": _uid(name), "controller": True,
                 "blockOwnerDeletion": True}
        return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                "metadata": {"name": self.slice_name(number), "generateName": f"{name}-", "namespace": self.namespace(number),
                             "labels": labels, "ownerReferences": [owner],
                             "annotations": {"endpoints.kubernetes.io/last-change-trigger-time": "2026-01-02T03:04:05Z"}},
                "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
                "endpoints": [self.endpoint(number, place) for place in range(self.each)]}

    def patch(self, number: int, patched: int) -> tuple[str, dict, bytes]:
        """Path and merge patch that give a Service's first endpoint another address, and that address as in a record."""
        endpoints = [self.endpoint(number, place, patched if place == 0 else 0) for place in range(self.each)]
        path = f"{SLICES}/namespaces/{self.namespace(number)}/endpointslices/{self.slice_name(number)}"
        return path, {"endpoints": endpoints}, (_FIRST_PATCHED + patched).packed

    def objects(self) -> Iterator[tuple[str, dict]]:
        """Each object with the path that it is posted to; what is needed first comes first."""
        for number in range(NAMESPACES):
            name = self.namespace(number)
            yield "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        for number in range(self.services):
            yield f"/api/v1/namespaces/{self.namespace(number)}/services", self.service(number)
        for number in range(self.services):
            yield f"{SLICES}/namespaces/{self.namespace(number)}/endpointslices", self.slice(number)

    def write_lines(self, path: pathlib.Path) -> pathlib.Path:
        """One object a line, as the API server for tests reads them."""
        with path.open("w") as file:
            for _, item in self.objects():
                file.write(json.dumps(item, separators=(",", ":")) + "\n")
        return path

    def write_queries(self, path: pathlib.Path) -> pathlib.Path:
        with path.open("w") as file:
            file.writelines(f"{self.host(number * 7919 % self.services)} A\n" for number in range(20_000))
        return path
