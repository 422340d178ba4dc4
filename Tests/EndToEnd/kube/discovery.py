"""What kubectl asks first: the groups, and the resources of each."""
from __future__ import annotations

from .objects import RESOURCES, Object

VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]
VERSION = {"major": "1", "minor": "34", "gitVersion": "v1.34.0", "gitCommit": "", "gitTreeState": "clean",
           "buildDate": "2026-01-01T00:00:00Z", "goVersion": "go1.24", "compiler": "gc", "platform": "linux/amd64"}

# Known, so that kubectl can compare manifests with what there is: nothing.
OTHERS = {
    "v1": [("serviceaccounts", "ServiceAccount", True), ("configmaps", "ConfigMap", True)],
    "apps/v1": [("deployments", "Deployment", True), ("daemonsets", "DaemonSet", True)],
    "policy/v1": [("poddisruptionbudgets", "PodDisruptionBudget", True)],
    "rbac.authorization.k8s.io/v1": [("clusterroles", "ClusterRole", False),
                                     ("clusterrolebindings", "ClusterRoleBinding", False)],
}
GROUPS = ["discovery.k8s.io/v1", *(version for version in OTHERS if "/" in version)]


def document(path: str) -> Object | None:
    """The answer to a path of discovery; None where there is nothing."""
    path = path.rstrip("/")
    if path == "/version":
        return VERSION
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
    if path == "/apis":
        groups = []
        for text in GROUPS:
            version = {"groupVersion": text, "version": text.partition("/")[2]}
            groups.append({"name": text.partition("/")[0], "versions": [version], "preferredVersion": version})
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
    version = path.removeprefix("/apis/").removeprefix("/api/")
    resources = [{"name": resource.name, "singularName": resource.kind.lower(), "namespaced": resource.namespaced,
                  "kind": resource.kind, "verbs": VERBS, "shortNames": list(resource.short)}
                 for resource in RESOURCES.values() if resource.prefix == path]
    resources += [{"name": name, "singularName": kind.lower(), "namespaced": namespaced, "kind": kind, "verbs": VERBS}
                  for name, kind, namespaced in OTHERS.get(version, [])]
    if not resources:
        return None
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": resources}
