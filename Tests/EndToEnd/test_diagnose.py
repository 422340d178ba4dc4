"""`clusterdns diagnose` on broken and healthy registries: the finding that each must give, from files and from a server."""
import json
import os
import re
import shlex
import shutil
import tarfile

import pytest
from conftest import HERE, Server, binary, run

FAULTS = sorted(path.parent for path in (HERE / "faults").rglob("case.json"))


def diagnose(case, folder, *more, without=()):
    """What the case's command finds, and how it ends: once as JSON, once as text."""
    words = shlex.split(case["command"])[1:]
    for option in without:
        place = words.index(option)
        del words[place:place + 2]
    found = run(binary(), *words, *more, "-o", "json", cwd=folder)
    text = run(binary(), *words, *more, cwd=folder)
    assert found.returncode == text.returncode, (found.stderr, text.stderr)
    assert found.stderr == "", found.stderr
    report = json.loads(found.stdout)
    assert report["version"] == 1 and report["exit"] == found.returncode
    # The text tells the same findings in the same order.
    told = re.findall(r"^([A-Z]{3}\d{3}) (error|warning|info)", text.stdout, re.MULTILINE)
    assert told == [(finding["code"], finding["severity"]) for finding in report["findings"]], text.stdout
    return report["findings"], found.returncode


def verify(case, findings, code):
    shown = [(finding["severity"], finding["code"], finding["message"]) for finding in findings]
    loud = [finding for finding in findings if finding["severity"] != "info"]
    if case["expect_code"]:
        primary = findings[0]
        assert (primary["code"], primary["severity"]) == (case["expect_code"], case["expect_severity"]), shown
        text = "\n".join([primary["message"], *primary["evidence"], primary["fix"] or ""])
        for mention in case["expect_mentions"]:
            assert mention in text, (mention, text)
        allowed = {case["expect_code"], *case.get("also_codes", [])}
        assert {finding["code"] for finding in loud} <= allowed, shown
    else:
        assert not loud, shown
    assert not {finding["code"] for finding in findings} & set(case["forbid_codes"]), shown
    assert code == case["expect_exit"], shown


@pytest.mark.parametrize("folder", FAULTS, ids=lambda path: path.name)
def test_from_files(folder):
    case = json.loads((folder / "case.json").read_text())
    verify(case, *diagnose(case, folder))


@pytest.mark.parametrize("folder", FAULTS, ids=lambda path: path.name)
def test_beside_a_server(folder, tmp_path):
    """With the same manifests and the server that serves them; then with nothing but its admin endpoint."""
    case = json.loads((folder / "case.json").read_text())
    admin = tmp_path / "admin.sock"
    with Server("--manifests", folder / "manifests.yaml", "--admin", admin) as server:
        verify(case, *diagnose(case, folder, "--server", f"127.0.0.1:{server.port}"))
        verify(case, *diagnose(case, folder, "--server", f"127.0.0.1:{server.port}", "--admin", f"unix:{admin}"))
        verify(case, *diagnose(case, folder, "--admin", f"unix:{admin}", without=["--manifests"]))
        verify(case, *diagnose(case, folder, "--admin", f"unix:{admin}", "--server", f"127.0.0.1:{server.port}",
                               without=["--manifests"]))


@pytest.mark.parametrize("folder", FAULTS, ids=lambda path: path.name)
def test_every_service(folder):
    """`--all` has the case's Service with the case's code; a healthy registry is healthy."""
    case = json.loads((folder / "case.json").read_text())
    found = run(binary(), "diagnose", "--all", "--manifests", "manifests.yaml", "-o", "json", cwd=folder)
    report = json.loads(found.stdout)
    if not case["expect_code"]:
        assert found.returncode == 0, report["findings"]
    elif "--" not in case["command"].replace("--manifests", "") and case["expect_code"][:3] not in ("NAM", "MAN"):
        [codes] = [line["codes"] for line in report["services"]
                   if (line["namespace"], line["service"]) == (case["namespace"], case["service"])]
        assert codes[:1] == [case["expect_code"]]
        assert found.returncode == case["expect_exit"]


@pytest.mark.skipif(not shutil.which("kubectl"), reason="no kubectl")
def test_as_plugin_of_kubectl(tmp_path):
    (tmp_path / "kubectl-dns").symlink_to(binary())
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    folder = HERE / "faults/01-selector-typo"
    found = run("kubectl", "dns", "diagnose", "hostnames.default", "--manifests", "manifests.yaml", cwd=folder,
                env=environment)
    assert found.returncode == 1 and "\nEPS001 error" in found.stdout, found.stderr
    assert "kubectl dns diagnose web.shop" in run("kubectl", "dns", "diagnose", "--help", env=environment).stdout


def test_nothing_to_look_at(tmp_path):
    alone = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    found = run(binary(), "diagnose", "web.shop", env=alone)
    assert found.returncode == 2 and "--manifests" in found.stderr and found.stderr.count("\n") == 1
    silent = run(binary(), "diagnose", "web.shop", "--admin", tmp_path / "none.sock", env=alone)
    assert silent.returncode == 9 and "no server answers" in silent.stderr
    beside = run(binary(), "diagnose", "kubernetes.default", "--admin", tmp_path / "none.sock", "--manifests",
                 HERE / "registries/003-docs.yaml", env=alone)
    assert beside.returncode == 0 and "no server answers" in beside.stderr


def test_a_silent_server_in_json(tmp_path):
    with Server("--manifests", HERE / "registries/003-docs.yaml") as server:
        port = server.port
    found = run(binary(), "diagnose", "--server", f"127.0.0.1:{port}", "-o", "json",
                env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
    report = json.loads(found.stdout)
    assert found.returncode == report["exit"] == 9 and [finding["code"] for finding in report["findings"]] == ["DNS001"]


@pytest.mark.parametrize("options, mention", [
    ("namespaces pay", "namespaces pay"), ("labels tier=front", "labels tier=front"),
    ("namespace_labels team=a", "namespace_labels team=a"), ("namespaces default", None), ("ttl 30", None)])
def test_a_corefile_says_what_of_manifests_is_shown(options, mention, tmp_path):
    corefile = tmp_path / "Corefile"
    corefile.write_text(".:53 {\n kubernetes cluster.local {\n  %s\n }\n forward . 192.0.2.1\n}\n" % options)
    found = run(binary(), "diagnose", "hostnames.default", "--manifests", HERE / "registries/003-docs.yaml", "--conf", corefile,
                "-o", "json")
    loud = [finding for finding in json.loads(found.stdout)["findings"] if finding["severity"] != "info"]
    assert [finding["code"] for finding in loud] == (["NAM007"] if mention else [])
    if mention:
        assert mention in "\n".join([loud[0]["message"], *loud[0]["evidence"]])


def test_languages():
    folder = HERE / "faults/04-wrong-namespace"
    words = [binary(), "diagnose", "nginx-service.default", "--manifests", "manifests.yaml"]
    english = run(*words, cwd=folder, env=os.environ | {"LC_ALL": "C"}).stdout
    assert run(*words, cwd=folder, env=os.environ | {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "en_US.UTF-8"}).stdout == english
    chinese = run(*words, cwd=folder, env=os.environ | {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "zh_CN.UTF-8"}).stdout
    assert run(*words, "--lang", "zh", cwd=folder).stdout == chinese != english
    assert "命名空间" in chinese and "NAM002" in chinese and "nginx-service.prod.svc.cluster.local" in chinese


def test_bundle(tmp_path):
    archive = tmp_path / "help.tar"
    folder = HERE / "faults/14-iptables-endpoint-missing"
    run(binary(), "diagnose", "hostnames.default", "--manifests", "manifests.yaml", "--iptables-save", "iptables-save.txt",
        "--bundle", archive, cwd=folder)
    assert archive.stat().st_mode & 0o777 == 0o600
    with tarfile.open(archive) as tar:
        held = {name: tar.extractfile(name).read().decode() for name in tar.getnames()}
    assert "PRX003" in held["clusterdns/report.txt"]
    assert held["clusterdns/iptables-save.txt"] == (folder / "iptables-save.txt").read_text()
    assert "10.0.1.175" in held["clusterdns/records.zone"] and "hostnames" in held["clusterdns/services.txt"]
