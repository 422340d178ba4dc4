"""The resources that are served, and what a real API server, and the controllers beside it, fill in."""
from __future__ import annotations

import dataclasses
import datetime
import ipaddress
import json
import pathlib
import uuid
from collections.abc import Iterable, Iterator

Object = dict
ADDRESSES = ipaddress.ip_network("10.96.0.0/12")


@dataclasses.dataclass(frozen=True)
class Resource:
    name: str  # as in paths: services
    kind: str
    group: str  # empty: the core group
    version: str
    namespaced: bool
    short: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def full_name(self) -> str:
        return f"{self.name}.{self.group}" if self.group else self.name

    @property
    def prefix(self) -> str:
        return f"/apis/{self.api_version}" if self.group else f"/api/{self.version}"


RESOURCES = {resource.name: resource for resource in (
    Resource("namespaces", "Namespace", "", "v1", False, ("ns",)),
    Resource("services", "Service", "", "v1", True, ("svc",)),
    Resource("pods", "Pod", "", "v1", True, ("po",)),
    Resource("endpointslices", "EndpointSlice", "discovery.k8s.io", "v1", True))}
# What JSON says of an object that says nothing, as bookmarks do.
EMPTY = {"Namespace": {"spec": {}, "status": {}}, "Service": {"spec": {}, "status": {"loadBalancer": {}}},
         "Pod": {"spec": {"containers": None}, "status": {}},
         "EndpointSlice": {"addressType": "", "endpoints": None, "ports": None}}
KINDS = {resource.kind: resource for resource in RESOURCES.values()}


def now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(paths: Iterable[pathlib.Path]) -> Iterator[Object]:
    """The objects of the known kinds in manifests: folders with all below them, YAML, JSON, or an object a line (.jsonl)."""
    for path in paths:
        if path.is_dir():
            files = (file for file in path.rglob("*") if file.suffix in (".yaml", ".yml", ".json", ".jsonl"))
            yield from read(sorted(files))
        elif path.suffix == ".jsonl":
            with path.open() as lines:
                yield from map(json.loads, lines)
        elif path.suffix == ".json":
            yield from _flat([json.loads(path.read_text())])
        else:
            import yaml
            # Dates stay text.
            loader = type("Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})
            loader.yaml_implicit_resolvers = {
                first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
                for first, pairs in loader.yaml_implicit_resolvers.items()}
            with path.open() as file:
                yield from _flat(yaml.load_all(file, loader))


def _flat(documents: Iterable[object]) -> Iterator[Object]:
    for document in documents:
        if isinstance(document, dict) and str(document.get("kind", "")).endswith("List") and "items" in document:
            yield from _flat(document["items"])
        elif isinstance(document, dict) and document.get("kind") in KINDS:
            yield document


class Completion:
    """Fills in names of machinery, defaults and addresses, so that lists have the size of real ones."""

    def __init__(self) -> None:
        self._next = int(ADDRESSES.network_address) + 0x1000
        self._taken: set[str] = set()

    def complete(self, item: Object, manager: str) -> None:
        resource = KINDS[item["kind"]]
        item["apiVersion"] = resource.api_version
        meta = item.setdefault("metadata", {})
        if resource.namespaced:
            meta.setdefault("namespace", "default")
        meta.setdefault("uid", str(uuid.uuid5(uuid.NAMESPACE_URL, f"{resource.name}/{meta.get('namespace')}/{meta['name']}")))
        meta["creationTimestamp"] = meta.get("creationTimestamp") or now()
        getattr(self, f"_{resource.kind.lower()}")(item, meta)
        # As `kubectl get --show-managed-fields` shows them: the fields that the manager wrote.
        meta.setdefault("managedFields", [{
            "manager": manager, "operation": "Update", "apiVersion": item["apiVersion"], "time": meta["creationTimestamp"],
            "fieldsType": "FieldsV1", "fieldsV1": _owned(item)}])

    def _namespace(self, item: Object, meta: Object) -> None:
        meta.setdefault("labels", {})["kubernetes.io/metadata.name"] = meta["name"]
        item.setdefault("spec", {"finalizers": ["kubernetes"]})
        item.setdefault("status", {"phase": "Active"})

    def _service(self, item: Object, _: Object) -> None:
        spec = item.setdefault("spec", {})
        spec.setdefault("type", "ClusterIP")
        spec.setdefault("sessionAffinity", "None")
        for port in spec.get("ports", []):
            port.setdefault("protocol", "TCP")
            port.setdefault("targetPort", port.get("port", 0))
        if spec["type"] != "ExternalName":
            if not spec.get("clusterIP"):
                spec["clusterIP"] = spec.get("clusterIPs", [None])[0] or self._address()
            spec.setdefault("clusterIPs", [spec["clusterIP"]])
            self._taken.update(spec["clusterIPs"])
            spec.setdefault("ipFamilies", ["IPv6" if ":" in address else "IPv4" for address in spec["clusterIPs"]])
            spec.setdefault("ipFamilyPolicy", "SingleStack" if len(spec["ipFamilies"]) == 1 else "PreferDualStack")
            spec.setdefault("internalTrafficPolicy", "Cluster")
        item.setdefault("status", {}).setdefault("loadBalancer", {})

    def _address(self) -> str:
        while True:
            self._next += 1
            address = str(ipaddress.ip_address(self._next))
            if address not in self._taken:
                return address

    def _endpointslice(self, item: Object, meta: Object) -> None:
        item.setdefault("addressType", "IPv4")
        # Without any, JSON has null.
        item["endpoints"], item["ports"] = item.get("endpoints") or None, item.get("ports") or None
        for endpoint in item["endpoints"] or []:
            endpoint["conditions"] = endpoint.get("conditions") or {}
        for port in item["ports"] or []:
            port.setdefault("name", "")
            port.setdefault("protocol", "TCP")
        labels = meta.setdefault("labels", {})
        labels.setdefault("endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io")
        meta.setdefault("annotations", {}).setdefault("endpoints.kubernetes.io/last-change-trigger-time", now())
        meta.setdefault("generation", 1)
        if owner := labels.get("kubernetes.io/service-name"):
            meta.setdefault("generateName", f"{owner}-")
            meta.setdefault("ownerReferences", [{
                "apiVersion": "v1", "kind": "Service", "name": owner, "controller": True, "blockOwnerDeletion": True,
                "uid": str(uuid.uuid5(uuid.NAMESPACE_URL, f"services/{meta['namespace']}/{owner}"))}])

    def _pod(self, item: Object, _: Object) -> None:
        spec, status = item.setdefault("spec", {}), item.setdefault("status", {})
        for key, value in {"restartPolicy": "Always", "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler",
                           "serviceAccountName": "default", "terminationGracePeriodSeconds": 30}.items():
            spec.setdefault(key, value)
        status.setdefault("phase", "Running")
        if address := status.get("podIP"):
            status.setdefault("podIPs", [{"ip": address}])


def _owned(item: Object) -> Object:
    """managedFields of everything that the object says; lists but those of keyed items belong to their owner whole."""
    def fields(value: object, key: str) -> Object:
        if isinstance(value, dict) and key not in ("conditions", "targetRef"):
            return {".": {}} | {f"f:{name}": fields(inner, name) for name, inner in value.items()}
        return {}
    meta = {f"f:{name}": fields(item["metadata"][name], name)
            for name in ("annotations", "generateName", "labels", "ownerReferences") if name in item["metadata"]}
    return {"f:metadata": meta} | {f"f:{key}": {k: v for k, v in fields(value, key).items() if k != "."}
                                   for key, value in item.items() if key not in ("apiVersion", "kind", "metadata")}
