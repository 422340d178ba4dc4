"""tools/deploy: what can be said of its files without a cluster."""
import os
import pathlib
import re
import shutil

import pytest
import yaml
from apiserver import APIServer
from conftest import TOP, run

DEPLOY = TOP / "tools/deploy"
OVERLAYS = ["base", "beside-coredns", "instead-of-coredns", "node-local"]
KUBECTL = shutil.which("kubectl")
ANALYZE = shutil.which("systemd-analyze")


def documents(folder):
    """All objects of a folder and of the folders it names, before any patch."""
    top = yaml.safe_load((folder / "kustomization.yaml").read_text())
    for entry in top.get("resources", []):
        path = folder / entry
        assert path.exists(), path
        if path.is_dir():
            yield from documents(path)
        else:
            yield from yaml.safe_load_all(path.read_text())


def built(folder):
    """The objects as kustomize makes them; without kubectl the patches of JSON Patch's `add` are all that is applied."""
    if KUBECTL:
        done = run("kubectl", "kustomize", folder)
        assert done.returncode == 0, done.stderr
        return list(yaml.safe_load_all(done.stdout))
    items = list(documents(folder))
    for patch in yaml.safe_load((folder / "kustomization.yaml").read_text()).get("patches", []):
        for item in items:
            if re.fullmatch(patch["target"]["kind"], item["kind"]) and item["metadata"]["name"] == patch["target"]["name"]:
                for step in yaml.safe_load(patch["patch"]):
                    _add(item, step["path"].strip("/").split("/"), step["value"])
    return items


def _add(item, path, value):
    for key in path[:-1]:
        item = item[int(key)] if isinstance(item, list) else item[key]
    if isinstance(item, list):
        item.append(value)
    else:
        item[path[-1]] = value


def only(items, *kinds):
    found = [item for item in items if item["kind"] in kinds]
    assert len(found) == 1, kinds
    return found[0]


def container(items):
    pod = only(items, "Deployment", "DaemonSet")["spec"]["template"]["spec"]
    return pod, only([part | {"kind": part["name"]} for part in pod["containers"]], "clusterdns")


def arguments(words):
    """Options with their values, of `--name value` and `--name=value`."""
    found = {}
    words = iter(words)
    for word in words:
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            found[name] = value if equals or name in ("--kubernetes",) else next(words)
    return found


def matches(selector, labels):
    return selector.items() <= labels.items()


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_pod_and_its_probes(overlay):
    items = built(DEPLOY / overlay)
    pod, part = container(items)
    given = arguments(part["args"])
    assert part["args"][0] == "serve" and "--kubernetes" in given
    ports = {option: int(given[option].rpartition(":")[2]) for option in ("--listen", "--health", "--ready", "--metrics")}
    assert ports == {"--listen": 53, "--health": 8080, "--ready": 8181, "--metrics": 9153}
    assert part["livenessProbe"]["httpGet"] | {"host": ""} == {"path": "/health", "port": ports["--health"], "host": ""}
    assert part["readinessProbe"]["httpGet"] | {"host": ""} == {"path": "/ready", "port": ports["--ready"], "host": ""}
    assert {(port["containerPort"], port["protocol"]) for port in part["ports"]} >= {(53, "UDP"), (53, "TCP"), (9153, "TCP")}
    if pod.get("hostNetwork"):
        addresses = {given[option].rpartition(":")[0] for option in ports}
        hosts = {part[probe]["httpGet"]["host"] for probe in ("livenessProbe", "readinessProbe")}
        assert addresses == hosts == {"169.254.20.10"}
        assert f"{given['--listen'].rpartition(':')[0]}/32" in pod["initContainers"][0]["command"][-1]
        assert "sysctls" not in pod["securityContext"]  # refused on the node's network
    else:
        assert {given[option].rpartition(":")[0] for option in ports} == {""}
    mounts = {mount["mountPath"]: mount["name"] for mount in part["volumeMounts"]}
    assert mounts[given["--state"]] in [volume["name"] for volume in pod["volumes"]]
    assert part["resources"] == {"requests": {"cpu": "100m", "memory": "70Mi"}, "limits": {"memory": "170Mi"}}
    assert pod["dnsPolicy"] == "Default" and pod["priorityClassName"].startswith("system-")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_pod_may_little(overlay):
    items = built(DEPLOY / overlay)
    pod, part = container(items)
    context = part["securityContext"]
    assert context["readOnlyRootFilesystem"] and not context["allowPrivilegeEscalation"]
    assert context["capabilities"] == {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}
    assert pod["securityContext"].get("runAsNonRoot") or (pod["hostNetwork"] and context["runAsUser"] == 0)
    role, binding, account = only(items, "ClusterRole"), only(items, "ClusterRoleBinding"), only(items, "ServiceAccount")
    rights = {(group, resource): rule["verbs"] for rule in role["rules"]
              for group in rule["apiGroups"] for resource in rule["resources"]}
    assert rights == {("", "namespaces"): ["list", "watch"], ("", "services"): ["list", "watch"],
                      ("discovery.k8s.io", "endpointslices"): ["list", "watch"]}
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": account["metadata"]["name"],
                                    "namespace": account["metadata"]["namespace"]}]
    assert pod["serviceAccountName"] == account["metadata"]["name"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_selectors_meet_labels(overlay):
    items = built(DEPLOY / overlay)
    workload = only(items, "Deployment", "DaemonSet")["spec"]
    labels = workload["template"]["metadata"]["labels"]
    assert matches(workload["selector"]["matchLabels"], labels)
    for item in items:
        if item["kind"] == "PodDisruptionBudget":
            # It must not hold CoreDNS's Pods too.
            assert item["spec"]["selector"]["matchLabels"] == workload["selector"]["matchLabels"]
        if item["kind"] == "Service":
            assert matches(item["spec"]["selector"], labels)
            assert {(port["port"], port["protocol"]) for port in item["spec"]["ports"]} == {
                (53, "UDP"), (53, "TCP"), (9153, "TCP")}
    for term in workload["template"]["spec"].get("affinity", {}).get("podAntiAffinity", {}).get(
            "preferredDuringSchedulingIgnoredDuringExecution", []):
        assert matches(term["podAffinityTerm"]["labelSelector"]["matchLabels"], labels)


def test_what_tells_the_overlays_apart():
    beside, instead = (built(DEPLOY / overlay) for overlay in ("beside-coredns", "instead-of-coredns"))
    service = only(instead, "Service")
    assert service["metadata"]["name"] == "kube-dns" and service["spec"]["clusterIP"] == "10.96.0.10"
    assert service["spec"]["selector"] == {"k8s-app": "kube-dns"}  # kubeadm's, so that nothing changes
    own = only(beside, "Service")
    assert own["metadata"]["name"] == "clusterdns" and own["spec"]["clusterIP"] not in ("10.96.0.10", "10.96.0.1")
    labels = only(beside, "Deployment")["spec"]["template"]["metadata"]["labels"]
    assert not matches(service["spec"]["selector"], labels)  # no query of the cluster's comes to it
    given = arguments(container(instead)[1]["args"])
    assert given["--pods"] == "insecure" and given["--ttl"] == "30"
    assert only(instead, "Deployment")["spec"]["replicas"] == 2


@pytest.mark.skipif(not KUBECTL, reason="no kubectl")
def test_pods_are_watched_where_they_are_wanted(tmp_path):
    for overlay in OVERLAYS[1:]:
        own = tmp_path / overlay
        own.mkdir()
        here = pathlib.Path(os.path.relpath(DEPLOY, own.resolve()))
        (own / "kustomization.yaml").write_text(yaml.safe_dump({
            "resources": [str(here / overlay)], "components": [str(here / "pods-verified")],
            "images": [{"name": "clusterdns", "newName": "registry.example/clusterdns", "newTag": "1"}]}))
        items = built(own)
        assert {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]} in only(items, "ClusterRole")["rules"]
        part = container(items)[1]
        assert part["args"][-1] == "--pods=verified" and part["image"] == "registry.example/clusterdns:1"


@pytest.mark.skipif(not KUBECTL, reason="no kubectl")
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_kubectl_takes_them(overlay, tmp_path):
    with APIServer() as api:
        environment = os.environ | {"KUBECONFIG": str(api.kubeconfig(tmp_path / "config")), "HOME": str(tmp_path)}
        done = run("kubectl", "apply", "--dry-run=client", "--validate=false", "-k", DEPLOY / overlay, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("created (dry run)") == len(built(DEPLOY / overlay))


def test_the_options_exist(clusterdns):
    """Every option that a manifest or the unit gives is one of serve's."""
    known = set(re.findall(r"--[a-z-]+", run(clusterdns, "serve", "--help").stdout))
    for overlay in OVERLAYS:
        assert arguments(container(built(DEPLOY / overlay))[1]["args"]).keys() <= known
    unit = (DEPLOY / "clusterdns.service").read_text().replace("\\\n", " ")
    assert set(re.findall(r"--[a-z-]+", re.search(r"^ExecStart=(.*)", unit, re.MULTILINE)[1])) <= known


@pytest.mark.skipif(not ANALYZE, reason="no systemd-analyze")
def test_the_unit(tmp_path):
    unit = tmp_path / "clusterdns.service"
    # The program is not installed where the unit has it.
    unit.write_text((DEPLOY / "clusterdns.service").read_text().replace("/usr/local/bin/clusterdns", "/bin/true"))
    verified = run("systemd-analyze", "verify", "--man=no", unit)
    assert verified.returncode == 0 and not [line for line in verified.stderr.splitlines() if "clusterdns" in line], verified
    rated = run("systemd-analyze", "security", "--offline=true", unit)
    exposure = re.search(r"Overall exposure level for clusterdns.service: ([\d.]+)", rated.stdout)
    assert exposure and float(exposure[1]) < 2, rated.stdout


def test_the_image_has_what_the_binary_needs():
    """The packages of the second stage hold every library that tools/build asks Debian for."""
    text = (DEPLOY / "Dockerfile").read_text()
    runtime = text[text.index("FROM debian"):]
    headers = re.findall(r"lib[a-z0-9.-]+-dev", (TOP / "tools/build").read_text())
    packages = {"libldns-dev": "libldns3", "libyaml-dev": "libyaml-0-2", "libsqlite3-dev": "libsqlite3-0",
                "libcurl4-openssl-dev": "libcurl4", "libmicrohttpd-dev": "libmicrohttpd12", "libre2-dev": "libre2-9", "libssl-dev": "libssl3"}
    assert headers and {packages[name] for name in headers} <= set(runtime.split())
    assert "ENTRYPOINT" in runtime and re.search(r"^USER 65532", runtime, re.MULTILINE)


def test_the_page_says_how_to_go_back():
    text = (DEPLOY / "README.md").read_text()
    for overlay in OVERLAYS[1:]:
        assert f"kubectl apply -k tools/deploy/{overlay}" in text
    assert text.count("Back") >= 4 and len(text.splitlines()) < 120
