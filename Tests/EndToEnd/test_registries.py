"""The documents' registries and the broken ones, with the answers that each must give."""
import json
import subprocess

import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest
from conftest import HERE, Server, run

REGISTRIES = sorted((HERE / "registries").glob("*.expected.json"))
FAULTS = sorted(path.parent for path in (HERE / "faults").rglob("case.json"))


def ask(port, case, tcp=False):
    query = dns.message.make_query(case["qname"], case["qtype"])
    how = dns.query.tcp if tcp else dns.query.udp
    answer = how(query, "127.0.0.1", port=port, timeout=5)
    texts = []
    for rrset in answer.answer:
        for data in rrset:
            text = data.to_text()
            if rrset.rdtype == dns.rdatatype.CNAME and case["qtype"] != "CNAME":
                text = "CNAME " + text
            if rrset.rdtype == dns.rdatatype.SRV:
                text = " ".join(text.split()[2:])  # the documents fix port and target only
            texts.append(text)
    return dns.rcode.to_text(answer.rcode()), sorted(texts)


def expected_texts(case, answers):
    return sorted(" ".join(a.split()[2:]) if case["qtype"] == "SRV" else a for a in answers)


def check(port, case):
    for tcp in (False, True):
        rcode, texts = ask(port, case, tcp)
        assert rcode in case.get("rcode_any", [case.get("rcode")]), (case["qname"], rcode, texts)
        wanted = case.get("answers_any", [case.get("answers")])
        assert texts in [expected_texts(case, one) for one in wanted], (case["qname"], rcode, texts)


@pytest.mark.parametrize("path", REGISTRIES, ids=lambda path: path.name.split(".")[0])
def test_documents(path):
    expected = json.loads(path.read_text())
    zones = sorted({case["external_zone"] for case in expected["expect"] if "external_zone" in case})
    arguments = [word for zone in zones for word in ("--external-zone", zone)]
    asked = 0
    with Server("--manifests", path.parent / expected["fixture"], *arguments) as server:
        for case in expected["expect"]:
            if "needs" not in case:
                check(server.port, case)
                asked += 1
    assert asked >= 5


def test_static_zone_before_external_names():
    registry = HERE / "registries/004-eks.yaml"
    with Server("--manifests", registry, "--external-zone", "example.com", "--zone-file",
                HERE / "registries/example.com.zone") as server:
        target = "CNAME e172ad3e-default-nginxingr-29e9-1405936870.us-east-2.elb.amazonaws.com."
        for host in ("svc", "svc1", "svc2"):
            check(server.port, {"qname": f"{host}.example.com.", "qtype": "A", "rcode": "NOERROR", "answers": [target]})
        check(server.port, {"qname": "svc3.example.com.", "qtype": "A", "rcode": "NXDOMAIN", "answers": []})


@pytest.mark.parametrize("folder", FAULTS, ids=lambda path: path.name)
def test_faults_answer_as_they_should(folder):
    case = json.loads((folder / "case.json").read_text())
    with Server("--manifests", folder / "manifests.yaml") as server:
        for question in case.get("dns", []):
            check(server.port, question)
        assert server.process.poll() is None


@pytest.mark.parametrize("folder", FAULTS, ids=lambda path: path.name)
def test_faults_are_found(clusterdns, folder):
    case = json.loads((folder / "case.json").read_text())
    result = run(clusterdns, "check", "--manifests", "manifests.yaml", "-o", "json", cwd=folder)
    findings = json.loads(result.stdout)["findings"]
    codes = [finding["code"] for finding in findings if finding["severity"] == "error"]
    warnings = [finding["code"] for finding in findings if finding["severity"] == "warning"]
    code = case["expect_code"] or ""
    if code.startswith("MAN"):
        primary = next(finding for finding in findings if finding["code"] == code)
        assert primary["severity"] == case["expect_severity"]
        text = json.dumps(primary, ensure_ascii=False)
        for mention in case["expect_mentions"]:
            assert mention in text
        assert set(codes + warnings) <= {code, *case.get("also_codes", [])}
        assert result.returncode == case["expect_exit"]
    else:
        # What files alone do not show, check does not tell.
        assert set(codes + warnings) <= {code, *case.get("also_codes", [])}, findings
