import Findings
import NetworkAddress
import ServiceRegistry

extension Inquiry {
    /// Which Pods stand behind the Service, ready, with which ports; why not (EPS001 to EPS014).
    func examineEndpoints() -> StageReport {
        guard let service else {
            return .skipped(.endpoints, Phrase("no Service to look at", zh: "没有可检查的 Service"))
        }
        guard service.kind != .externalName else {
            return .skipped(.endpoints, Phrase("ExternalName has no endpoints", zh: "ExternalName 没有端点"))
        }
        return EndpointsExamination(inquiry: self, service: service).report
    }
}

/// The stage `endpoints` for one Service.
struct EndpointsExamination {
    let inquiry: Inquiry
    let service: Service
    /// Those that the selector finds and that have not ended; nil without a selector.
    let selected: [Pod]?
    let endpoints: [(endpoint: Endpoint, slice: EndpointSlice)]

    var facts: ClusterFacts { inquiry.facts }

    init(inquiry: Inquiry, service: Service) {
        self.inquiry = inquiry
        self.service = service
        selected = inquiry.facts.pods(selectedBy: service)
        endpoints = inquiry.facts.endpoints(of: service.name)
    }

    var ready: [(endpoint: Endpoint, slice: EndpointSlice)] { endpoints.filter(\.endpoint.isReady) }

    var report: StageReport {
        if facts.isGiven(service), endpoints.isEmpty {
            return .skipped(
                .endpoints, Phrase("no manifest has this Service or its Pods", zh: "没有清单定义此 Service 或其 Pod"))
        }
        return StageReport(.endpoints, facts: [summary], findings: findings)
    }

    /// `3 ready: 10.244.0.5:9376,10.244.0.6:9376,10.244.0.7:9376`, `0 ready of 3`
    private var summary: Phrase {
        let texts = ready.flatMap { endpoint, slice in
            endpoint.addresses.flatMap { address -> [String] in
                let ports = slice.ports.compactMap(\.port)
                return ports.isEmpty ? ["\(address)"] : ports.map { "\(address.hostText):\($0)" }
            }
        }
        // A Pod of two families is two endpoints.
        let count = Set(ready.map { $0.endpoint.podName.isEmpty ? "\($0.endpoint.addresses)" : $0.endpoint.podName })
            .count
        let all = max(count, selected?.count ?? 0, selected?.isEmpty ?? true ? endpoints.count : 0)
        let of = count == all && count > 0 ? Phrase("") : Phrase(" of \(all)", zh: "（共 \(all) 个）")
        let shown = texts.prefix(10).joined(separator: ",") + (texts.count > 10 ? ",..." : "")
        return Phrase(
            "\(count) ready\(of.english)" + (shown.isEmpty ? "" : ": \(shown)"),
            zh: "\(count) 个就绪\(of.chinese)" + (shown.isEmpty ? "" : "：\(shown)"))
    }

    private var findings: [Finding] {
        if let selected, !selected.isEmpty {
            if ready.isEmpty { return nothingReady(selected) }
            return portFindings(ready: selected.filter(isServing)) + sliceFindings + someNotReady(selected)
                + sharedAddresses
        }
        if endpoints.isEmpty { return selected == nil ? [strayed].compactMap { $0 } : unselected }
        if ready.isEmpty { return [noneReady(lines: endpointLines, fix: showSlices)] }
        return portFindings(ready: []) + sliceFindings + someEndpointsNotReady + sharedAddresses
    }

    /// Whether a Pod would be a ready endpoint, were its address of the right family.
    func isServing(_ pod: Pod) -> Bool {
        !pod.addresses.isEmpty && (service.publishNotReadyAddresses || (pod.isReady && !pod.isTerminating))
    }

    /// Pods are there, and no endpoint is ready.
    private func nothingReady(_ selected: [Pod]) -> [Finding] {
        let serving = selected.filter(isServing)
        if serving.isEmpty {
            let known = selected.filter { !$0.isOnlyWritten }
            return [
                known.isEmpty
                    ? onlyWritten(selected) : noneReady(lines: known.map(\.trouble), fix: known[0].inspection)
            ]
        }
        if let family = wrongFamily(serving) { return [family] }
        if let strayed { return [strayed] }
        let lines = endpoints.isEmpty ? [] : endpointLines
        let behind = listed(serving.map(\.name.name))
        return [
            noneReady(
                lines: lines + [
                    Phrase(
                        "Pods are ready (\(behind.english)), but no EndpointSlice says so: its controller is behind or stopped",
                        zh: "Pod 已就绪（\(behind.chinese)），但没有 EndpointSlice 这样写：其控制器落后或已停止")
                ],
                fix: showSlices)
        ]
    }

    private var showSlices: Phrase {
        Phrase(
            "kubectl -n \(service.name.namespace) get endpointslices -l kubernetes.io/service-name=\(service.name.name) -o yaml"
        )
    }

    /// Slices that were read say more than what Pods let expect.
    private var sliceFindings: [Finding] {
        [strayedBesidePods, deadEndpoints, familyWithoutEndpoint].compactMap { $0 }
    }

    func finding(
        _ code: String, _ severity: Finding.Severity, _ message: Phrase, at place: SourcePlace? = nil,
        evidence: [Phrase] = [], fix: Phrase? = nil
    ) -> Finding {
        Finding(
            code, severity, message, at: place ?? facts.place(of: service.name), object: "Service \(service.name)",
            evidence: evidence, fix: fix)
    }

    /// What the fault means to clients: a ClusterIP's name stays, a headless one goes.
    var consequence: Phrase {
        let host = facts.hostName(of: service.name)
        return service.isHeadless
            ? Phrase(
                "a headless name exists only while an endpoint is ready: \(host) is NXDOMAIN",
                zh: "无头 Service 的名称仅在有就绪端点时存在：\(host) 为 NXDOMAIN")
            : Phrase(
                "DNS is not the problem: the name resolves; connections to \(service.frontText()) are refused",
                zh: "DNS 没有问题：名称可以解析；到 \(service.frontText()) 的连接会被拒绝")
    }
}
