/// Manifests for tests, one object each: `Sheet.service("web", "selector: {app: web}") + Sheet.pod("web-0", "app: web")`.
enum Sheet {
    /// - Parameter spec: the fields of a flow mapping; `ports` of one port 80 named http is there unless it has its own.
    static func service(_ name: String, _ spec: String, in namespace: String = "shop") -> String {
        let ports = spec.contains("ports:") ? "" : ", ports: [{name: http, port: 80}]"
        return object("v1", "Service", name, namespace, "spec: {\(spec)\(ports)}")
    }

    /// - Parameters:
    ///   - ports: of its container, `name: http, containerPort: 80`.
    ///   - spec, status: more fields of flow mappings.
    static func pod(
        _ name: String, _ labels: String, ip: String? = "10.244.0.1", ready: Bool = true, ports: [String] = [],
        spec: String = "", status: String = "", phase: String = "Running", terminating: Bool = false,
        in namespace: String = "shop"
    ) -> String {
        let list = ports.map { "{\($0)}" }.joined(separator: ", ")
        let ips = (ip ?? "").split(separator: " ").map { "{ip: '\($0)'}" }.joined(separator: ", ")
        let deletion = terminating ? ", deletionTimestamp: '2026-11-21T00:00:00Z'" : ""
        return """
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name), namespace: \(namespace), labels: {\(labels)}\(deletion)}
            spec: {containers: [{name: app, ports: [\(list)]}]\(spec.isEmpty ? "" : ", " + spec)}
            status: {phase: \(phase), podIPs: [\(ips)], conditions: [{type: Ready, status: '\(ready ? "True" : "False")'}]\(status.isEmpty ? "" : ", " + status)}

            """
    }

    static func workload(
        _ kind: String, _ name: String, _ labels: String, replicas: Int = 1, in namespace: String = "shop"
    ) -> String {
        let template = "template: {metadata: {labels: {\(labels)}}}"
        let spec = kind == "CronJob" ? "jobTemplate: {spec: {\(template)}}" : "replicas: \(replicas), \(template)"
        return object(kind.hasSuffix("Job") ? "batch/v1" : "apps/v1", kind, name, namespace, "spec: {\(spec)}")
    }

    /// - Parameters:
    ///   - label: the Service it names; nil: none.
    ///   - endpoints: flow mappings, `addresses: [10.244.0.1], targetRef: {kind: Pod, name: web-0}`.
    static func slice(
        _ name: String, label: String?, _ endpoints: [String], ports: String = "{name: http, port: 80}",
        type: String = "IPv4", in namespace: String = "shop"
    ) -> String {
        let labels = label.map { ", labels: {kubernetes.io/service-name: \($0)}" } ?? ""
        return """
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: \(name), namespace: \(namespace)\(labels)}
            addressType: \(type)
            ports: [\(ports)]
            endpoints: [\(endpoints.map { "{\($0)}" }.joined(separator: ", "))]

            """
    }

    /// - Parameter subset: `addresses: [{ip: 10.0.0.1}], ports: [{name: http, port: 80}]`; nil: none.
    static func endpoints(_ name: String, _ subset: String?, in namespace: String = "shop") -> String {
        object("v1", "Endpoints", name, namespace, "subsets: [\(subset.map { "{\($0)}" } ?? "")]")
    }

    static func node(_ name: String, _ labels: String = "") -> String {
        "---\napiVersion: v1\nkind: Node\nmetadata: {name: \(name), labels: {\(labels)}}\n"
    }

    private static func object(
        _ version: String, _ kind: String, _ name: String, _ namespace: String, _ rest: String
    ) -> String {
        "---\napiVersion: \(version)\nkind: \(kind)\nmetadata: {name: \(name), namespace: \(namespace)}\n\(rest)\n"
    }
}
