import Findings
import ServiceRegistry

/// POD001 and POD003: Pods that get their node's resolver, or none of the cluster's.
extension ClientExamination {
    var podFindings: [Finding] {
        guard asksForClusterName, let asking, let pod = asking.pod, let computed = asking.computed else { return [] }
        // What is in force counts: a node's resolver may be the cluster's.
        if asking.isGiven, let file = asking.file, !file.nameservers.isEmpty,
            file.nameservers.allSatisfy({ mayBeClusterDNS($0.text) })
        {
            return []
        }
        switch pod.dnsPolicy {
        case "Default":
            // dnsConfig may put the cluster's server first only where the node has none.
            return [defaultFinding(asking, pod)]
        case "None":
            guard computed.nameservers.contains(where: mayBeClusterDNS) else { return [noneFinding(asking, pod)] }
            return []
        case "ClusterFirstWithHostNet": return []
        default: return pod.hostNetwork ? [hostNetworkFinding(asking, pod)] : []
        }
    }

    private func finding(
        _ code: String, _ severity: Finding.Severity, _ pod: Pod, _ message: Phrase, evidence: [Phrase], policy: String
    ) -> Finding {
        Finding(
            code, severity, message, at: inquiry.facts.places[ObjectKey(.pod, pod.name)],
            object: "\(ObjectKey(.pod, pod.name))", evidence: evidence + givenEvidence + dnsEvidence,
            fix: policyFix(pod, policy))
    }

    private func hostNetworkFinding(_ asking: AskingClient, _ pod: Pod) -> Finding {
        finding(
            "POD001", .error, pod,
            Phrase(
                "Pod \(pod.name) has hostNetwork: true with dnsPolicy ClusterFirst, so it gets its node's resolver, not the cluster DNS\(dnsSuffix)",
                zh: "Pod \(pod.name) 设置了 hostNetwork: true 且 dnsPolicy 为 ClusterFirst，因此使用节点的解析器，而不是集群 DNS\(dnsSuffix)"),
            evidence: [
                Phrase(
                    "the kubelet treats ClusterFirst as Default for Pods on the host's network",
                    zh: "对于使用主机网络的 Pod，kubelet 把 ClusterFirst 当作 Default 处理")
            ], policy: "ClusterFirstWithHostNet")
    }

    private func defaultFinding(_ asking: AskingClient, _ pod: Pod) -> Finding {
        finding(
            "POD003", .warning, pod,
            Phrase(
                "Pod \(pod.name) has dnsPolicy Default: it asks its node's resolver, which does not know the cluster's names",
                zh: "Pod \(pod.name) 的 dnsPolicy 是 Default：它使用节点的解析器，而后者不知道集群内的名称"),
            evidence: pod.dnsConfig.map { own in
                own.nameservers.isEmpty
                    ? []
                    : [
                        Phrase(
                            "dnsConfig.nameservers \(own.nameservers.joined(separator: ", ")) stand behind the node's",
                            zh: "dnsConfig.nameservers \(own.nameservers.joined(separator: ", ")) 排在节点的 nameserver 之后")
                    ]
            } ?? [],
            policy: pod.hostNetwork ? "ClusterFirstWithHostNet" : "ClusterFirst")
    }

    private func noneFinding(_ asking: AskingClient, _ pod: Pod) -> Finding {
        let servers = pod.dnsConfig?.nameservers ?? []
        let list = servers.isEmpty ? "none" : servers.joined(separator: ", ")
        return finding(
            "POD003", .warning, pod,
            Phrase(
                "Pod \(pod.name) has dnsPolicy None and no nameserver of the cluster (dnsConfig.nameservers: \(list))",
                zh: "Pod \(pod.name) 的 dnsPolicy 是 None，且没有集群的 nameserver（dnsConfig.nameservers: \(list)）"),
            evidence: [], policy: pod.hostNetwork ? "ClusterFirstWithHostNet" : "ClusterFirst")
    }

    /// `nameserver 8.8.8.8 (resolv.conf:1)`, a line for each that was given.
    private var givenEvidence: [Phrase] {
        guard let asking, asking.isGiven, let file = asking.file else { return [] }
        return file.nameservers.map { word in
            Phrase("nameserver \(word.text)\(file.place(of: word).map { " (\($0))" } ?? "")")
        }
    }

    /// A patch of the workload that makes the Pod, else the line for the Pod's spec: a Pod's own cannot be changed.
    private func policyFix(_ pod: Pod, _ policy: String) -> Phrase {
        guard let owner = workload(of: pod) else {
            return Phrase(
                "dnsPolicy: \(policy)   # in the spec of Pod \(pod.name), which must be made anew",
                zh: "dnsPolicy: \(policy)   # 写在 Pod \(pod.name) 的 spec 中，需要重新创建该 Pod")
        }
        return Phrase(
            "kubectl -n \(owner.name.namespace) patch \(owner.kind.lowercased()) \(owner.name.name) "
                + "-p '{\"spec\":{\"template\":{\"spec\":{\"dnsPolicy\":\"\(policy)\"}}}}'")
    }

    private func workload(of pod: Pod) -> Workload? {
        registry.workloads.values.filter { workload in
            ["Deployment", "StatefulSet", "DaemonSet"].contains(workload.kind)
                && workload.name.namespace == pod.name.namespace
                && pod.name.name.hasPrefix(workload.name.name + "-") && !workload.templateLabels.isEmpty
                && workload.templateLabels.allSatisfy { pod.labels[$0.key] == $0.value }
        }.max { ($0.name.name.utf8.count, $0.name) < ($1.name.name.utf8.count, $1.name) }
    }
}
