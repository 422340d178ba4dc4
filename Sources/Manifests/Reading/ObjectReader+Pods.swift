import Findings
import NetworkAddress
import ServiceRegistry
import YAML

extension ObjectReader {
    /// core/v1 Pod: where it is and whether it is ready. Its spec is the kubelet's business and is not checked.
    mutating func readPod() -> Pod {
        var pod = Pod(name: name)
        pod.labels = labels(metadata?["labels"])
        pod.isTerminating = metadata?["deletionTimestamp"] != nil
        pod.phase = status?["phase"]?.text.flatMap(Pod.Phase.init) ?? .running
        var addresses = [status?["podIP"]].compactMap { $0 }
        addresses += (status?["podIPs"]?.items ?? []).compactMap { $0["ip"] }
        for node in addresses {
            if let address = address(node, "status.podIP"), !pod.addresses.contains(address) {
                pod.addresses.append(address)
            }
        }
        let ready = status?["conditions"]?.items?.first { $0["type"]?.text == "Ready" }
        pod.isReady = ready?["status"]?.text?.lowercased() == "true"
        pod.readyReason = ready?["reason"]?.text ?? ""
        pod.hostname = text(spec?["hostname"]) ?? ""
        pod.subdomain = text(spec?["subdomain"]) ?? ""
        pod.nodeName = text(spec?["nodeName"]) ?? ""
        pod.hostNetwork = spec?["hostNetwork"]?.boolean ?? false
        pod.dnsPolicy = text(spec?["dnsPolicy"]) ?? "ClusterFirst"
        pod.dnsConfig = spec?["dnsConfig"].map(dnsConfig)
        pod.containerPorts = containerPorts(spec)
        for container in status?["containerStatuses"]?.items ?? [] {
            pod.restarts += container["restartCount"]?.integer ?? 0
            for state in ["waiting", "terminated"] {
                guard let reason = container["state"]?[state]?["reason"]?.text else { continue }
                pod.containerProblems.append("\(container["name"]?.text ?? "?"): \(reason)")
            }
        }
        return pod
    }

    private func dnsConfig(_ node: YAMLNode) -> PodDNSConfig {
        func texts(_ key: String) -> [String] { (node[key]?.items ?? []).compactMap(\.text) }
        let options = (node["options"]?.items ?? []).compactMap { option in
            option["name"]?.text.map { PodDNSConfig.Option(name: $0, value: option["value"]?.text) }
        }
        return PodDNSConfig(nameservers: texts("nameservers"), searches: texts("searches"), options: options)
    }

    /// The ports that a Pod spec's containers declare, sidecars among its init containers included.
    private mutating func containerPorts(_ spec: YAMLNode?) -> [ContainerPort] {
        let sidecars = (spec?["initContainers"]?.items ?? []).filter { $0["restartPolicy"]?.text == "Always" }
        var out: [ContainerPort] = []
        for container in (spec?["containers"]?.items ?? []) + sidecars {
            for node in container["ports"]?.items ?? [] {
                guard let number = node["containerPort"]?.integer, let port = UInt16(exactly: number) else { continue }
                out.append(
                    ContainerPort(
                        name: node["name"]?.text ?? "",
                        transport: transport(node["protocol"], "containerPort.protocol"),
                        port: port))
            }
        }
        return out
    }

    /// core/v1 Node.
    mutating func readNode() -> Node {
        let addresses = (status?["addresses"]?.items ?? []).compactMap { $0["address"]?.text.flatMap { IPAddress($0) } }
        return Node(name: name.name, labels: labels(metadata?["labels"]), addresses: addresses)
    }

    /// The Pod template of a Deployment, StatefulSet, DaemonSet, ReplicaSet, Job or CronJob.
    mutating func readWorkload(_ kind: String) -> Workload {
        let inner = kind == "CronJob" ? spec?["jobTemplate"]?["spec"] : spec
        let template = inner?["template"]
        return Workload(
            kind: kind, name: name, templateLabels: labels(template?["metadata"]?["labels"]),
            replicas: spec?["replicas"]?.integer ?? 1, serviceName: text(spec?["serviceName"]),
            containerPorts: containerPorts(template?["spec"]))
    }
}
