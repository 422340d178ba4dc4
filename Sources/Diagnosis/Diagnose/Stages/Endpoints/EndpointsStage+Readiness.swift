import Findings
import ServiceRegistry

extension EndpointsExamination {
    /// EPS002, and EPS004 where the name goes with the endpoints.
    /// - Parameter lines: why, one for each Pod or endpoint.
    func noneReady(lines: [Phrase], fix: Phrase?) -> Finding {
        let pods = selected?.isEmpty ?? true ? nil : selected
        let count = pods?.count ?? max(endpoints.count, lines.count)
        let pairs = service.selector?.pairsText ?? ""
        let shown = lines.prefix(10)
        let rest = lines.count - shown.count
        var evidence: [Phrase] = [
            pairs.isEmpty || pods == nil
                ? Phrase("\(counted(count, "endpoint")), 0 ready", zh: "\(count) 个端点，0 个就绪")
                : Phrase(
                    "\(counted(count, "Pod")) match \(pairs), 0 ready", zh: "\(count) 个 Pod 匹配 \(pairs)，0 个就绪")
        ]
        evidence += shown
        if rest > 0 { evidence.append(Phrase("and \(rest) more", zh: "另有 \(rest) 个")) }
        evidence.append(consequence)
        guard service.isHeadless else {
            return finding(
                "EPS002", .error,
                Phrase("Service \(service.name) has no ready endpoint", zh: "Service \(service.name) 没有就绪端点"),
                evidence: evidence, fix: fix)
        }
        return finding(
            "EPS004", .error,
            Phrase(
                "headless Service \(service.name) has no ready endpoint, so its name is NXDOMAIN",
                zh: "无头 Service \(service.name) 没有就绪端点，因此其名称为 NXDOMAIN"),
            evidence: evidence,
            fix: fix.map {
                Phrase("\($0.english)\n\(publishing.english)", zh: "\($0.chinese)\n\(publishing.chinese)")
            } ?? publishing)
    }

    /// For peers that must find each other first.
    private var publishing: Phrase {
        let command = service.patch("{\"spec\":{\"publishNotReadyAddresses\":true}}").english
        return Phrase(
            "\(command)  # if peers must find each other before readiness", zh: "\(command)  # 如果对等成员必须在就绪之前互相发现")
    }

    /// Endpoints that were written: what they say of themselves.
    var endpointLines: [Phrase] {
        endpoints.filter { !$0.endpoint.isReady }.map { endpoint, slice in
            let addresses = endpoint.addresses.map { "\($0)" }.joined(separator: ",")
            if let pod = facts.registry.pods[ObjectName(service.name.namespace, endpoint.podName)],
                !isServing(pod)
            {
                return Phrase(
                    "\(addresses) is not ready (EndpointSlice \(slice.name)): \(pod.trouble.english)",
                    zh: "\(addresses) 未就绪（EndpointSlice \(slice.name)）：\(pod.trouble.chinese)")
            }
            let pod = endpoint.podName.isEmpty ? "" : " (\(endpoint.podName))"
            return Phrase(
                "\(addresses)\(pod) is not ready, says EndpointSlice \(slice.name)",
                zh: "\(addresses)\(pod) 未就绪，见 EndpointSlice \(slice.name)")
        }
    }

    /// EPS012. What is terminating makes place for others: every rollout has that.
    func someNotReady(_ selected: [Pod]) -> [Finding] {
        guard !service.publishNotReadyAddresses else { return [] }
        let waiting = selected.filter { !isServing($0) && !$0.isTerminating }
        guard let first = waiting.first(where: { !$0.isOnlyWritten }) else { return someEndpointsNotReady }
        let staying = selected.count { !$0.isTerminating }
        return [partlyReady(waiting.count, of: staying, "Pod", waiting.map(\.trouble), fix: first.inspection)]
    }

    /// EPS012 from endpoints whose Pods are not known.
    var someEndpointsNotReady: [Finding] {
        let waiting = endpoints.filter {
            !$0.endpoint.isReady
                && facts.registry.pods[ObjectName(service.name.namespace, $0.endpoint.podName)] == nil
        }
        guard !waiting.isEmpty else { return [] }
        return [partlyReady(waiting.count, of: endpoints.count, "endpoint", endpointLines, fix: nil)]
    }

    private func partlyReady(_ count: Int, of all: Int, _ noun: String, _ lines: [Phrase], fix: Phrase?) -> Finding {
        let chinese = noun == "Pod" ? " Pod " : "端点"
        return finding(
            "EPS012", .warning,
            Phrase(
                "\(count) of \(counted(all, noun)) of Service \(service.name) \(count == 1 ? "is" : "are") not ready",
                zh: "Service \(service.name) 的 \(all) 个\(chinese)中有 \(count) 个未就绪"),
            evidence: Array(lines.prefix(10)) + [
                Phrase("the others take all the traffic", zh: "其余端点承担全部流量")
            ], fix: fix)
    }
}
