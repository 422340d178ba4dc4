"""What kubectl asks first: the groups, and the resources of each."""
from __future__ import annotations

from .objects import RESOURCES, Object

VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]
VERSION = {"major": "1", "minor": "34", "gitVersion": "v1.34.0", "gitCommit": "", "gitTreeState": "clean",
           "buildDate": "2026-01-01T00:00:00Z", "goVersion": "go1.24", "compiler": "gc", "platform": "linux/amd64"}


def document(path: str) -> Object | None:
    """The answer to a path of discovery; None where there is nothing."""
    path = path.rstrip("/")
    if path == "/version":
        return VERSION
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
    if path == "/apis":
        version = {"groupVersion": "discovery.k8s.io/v1", "version": "v1"}
        group = {"name": "discovery.k8s.io", "versions": [version], "preferredVersion": version}
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [group]}
    resources = [{"name": resource.name, "singularName": resource.kind.lower(), "namespaced": resource.namespaced,
                  "kind": resource.kind, "verbs": VERBS, "shortNames": list(resource.short)}
                 for resource in RESOURCES.values() if resource.prefix == path]
    if not resources:
        return None
    version = path.removeprefix("/apis/").removeprefix("/api/")
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": resources}
