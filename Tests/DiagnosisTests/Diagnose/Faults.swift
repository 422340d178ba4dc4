import Diagnosis
import Findings
import ServiceRegistry

/// What stages say of a question, with the manifest in a line each.
func report(
    _ text: String, in namespace: String? = nil, _ cluster: ClusterFacts, _ change: (inout Inquiry) -> Void = { _ in }
) throws -> StageReport {
    let asked = try AskedName(parsing: text, namespace: namespace, domain: cluster.domain, facts: cluster)
    var inquiry = Inquiry(facts: cluster, asked: asked)
    change(&inquiry)
    return inquiry.examine(.name)
}

extension Finding {
    /// Everything that it says, in English.
    var text: String { ([message, object ?? "", fix ?? ""] + evidence).joined(separator: "\n") }
}

/// `Service NAMESPACE/NAME` in one line of YAML.
func service(_ name: String, _ namespace: String, _ spec: String = "ports: [{port: 80}]", status: String = "") -> String
{
    "{apiVersion: v1, kind: Service, metadata: {name: \(name), namespace: \(namespace)}, spec: {\(spec)}"
        + (status.isEmpty ? "" : ", status: {\(status)}") + "}\n---\n"
}

func namespace(_ name: String) -> String {
    "{apiVersion: v1, kind: Namespace, metadata: {name: \(name)}}\n---\n"
}

func pod(
    _ name: String, _ namespace: String, app: String, _ spec: String = "", address: String, ready: Bool = true
) -> String {
    "{apiVersion: v1, kind: Pod, metadata: {name: \(name), namespace: \(namespace), labels: {app: \(app)}}, spec: "
        + "{\(spec.isEmpty ? "" : spec + ", ")containers: [{name: a}]}, status: {phase: Running, podIP: \(address), "
        + "conditions: [{type: Ready, status: \"\(ready ? "True" : "False")\"}]}}\n---\n"
}
