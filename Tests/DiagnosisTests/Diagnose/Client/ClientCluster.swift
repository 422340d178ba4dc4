import DNSWire
import Diagnosis
import Findings
import Manifests
import ServiceRegistry

/// A cluster for tests of clients: DNS at 10.0.0.10, Service shop/web with a Pod, and a Pod shop/cli that asks.
enum ClientCluster {
    static let dns = """
        apiVersion: v1
        kind: Service
        metadata: {name: kube-dns, namespace: kube-system, labels: {k8s-app: kube-dns}}
        spec:
          clusterIP: 10.0.0.10
          selector: {k8s-app: kube-dns}
          ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53}]
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: coredns-1, namespace: kube-system, labels: {k8s-app: kube-dns, pod-template-hash: x}}
        spec: {containers: [{name: c, ports: [{name: dns, containerPort: 53, protocol: UDP}, {name: dns-tcp, containerPort: 53}]}]}
        status: {podIP: 10.244.0.2, conditions: [{type: Ready, status: "True"}]}

        """

    static let web = """
        apiVersion: v1
        kind: Service
        metadata: {name: web, namespace: shop}
        spec: {clusterIP: 10.0.0.20, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: web-1, namespace: shop, labels: {app: web}}
        spec: {containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]}
        status: {podIP: 10.244.0.3, conditions: [{type: Ready, status: "True"}]}

        """

    static func client(_ spec: String = "", namespace: String = "shop") -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: cli, namespace: \(namespace), labels: {app: cli}}
        spec: {containers: [{name: c}]\(spec.isEmpty ? "" : ", " + spec)}
        status: {podIP: 10.244.0.4, conditions: [{type: Ready, status: "True"}]}

        """
    }

    /// All of it, with further documents.
    static func facts(_ spec: String = "", namespace: String = "shop", more: String = "") throws -> ClusterFacts {
        try DiagnosisTests.facts([dns, web, client(spec, namespace: namespace), more].joined(separator: "---\n"))
    }

    /// What `diagnose TEXT` with `--from-pod` and `--resolv-conf` finds about shop/web in the client's stage.
    static func examine(
        _ facts: ClusterFacts, text: String = "web.shop", pod: ObjectName? = nil, resolvConf: String? = nil,
        _ change: (inout Inquiry) -> Void = { _ in }
    ) throws -> StageReport {
        var inquiry = try inquiry("web.shop", facts)
        inquiry.asked.text = text
        inquiry.client.pod = pod
        inquiry.client.resolvConf = resolvConf.map { TextInput(file: "resolv.conf", text: $0) }
        change(&inquiry)
        return inquiry.examine(.client)
    }

    static let pod = ObjectName("shop", "cli")
}

extension Finding {
    /// All of its English text, where cases look for what it must mention.
    var wholeText: String { ([message] + evidence + [fix ?? "", object ?? ""]).joined(separator: "\n") }
}

extension StageReport {
    /// Codes of errors and warnings.
    var serious: [String] { findings.filter { $0.severity != .info }.map(\.code) }
}
