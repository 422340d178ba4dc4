import Findings
import Manifests
import ServiceRegistry

extension Inquiry {
    /// Whether the Service's definition is right (SVC001 to SVC010).
    func examineService() -> StageReport {
        guard let service else {
            return .skipped(.service, Phrase("no Service to look at", zh: "没有可检查的 Service"))
        }
        return ServiceExamination(inquiry: self, service: service).report
    }
}

/// The stage `service` for one Service.
struct ServiceExamination {
    let inquiry: Inquiry
    let service: Service

    var facts: ClusterFacts { inquiry.facts }

    var report: StageReport {
        if service.kind == .externalName {
            return StageReport(.service, facts: [Phrase("ExternalName \(service.externalName ?? "")")])
        }
        let findings =
            allocationFindings
            + [namelessPorts, unservedPort, missingSlices, nodesWithoutEndpoint, portWithoutSRV, affinity, keptRecord]
            .compactMap { $0 }
        return StageReport(.service, facts: [summary], findings: findings)
    }

    /// `1 port, selector app=web`
    private var summary: Phrase {
        let (count, pairs) = (service.ports.count, service.selector?.pairsText ?? "")
        let selector =
            pairs.isEmpty ? Phrase("no selector", zh: "无选择算符") : Phrase("selector \(pairs)", zh: "选择算符 \(pairs)")
        return Phrase("\(counted(count, "port")), \(selector.english)", zh: "\(count) 个端口，\(selector.chinese)")
    }

    func finding(
        _ code: String, _ severity: Finding.Severity, _ message: Phrase, at place: SourcePlace? = nil,
        evidence: [Phrase] = [], fix: Phrase? = nil
    ) -> Finding {
        Finding(
            code, severity, message, at: place ?? facts.place(of: service.name), object: "Service \(service.name)",
            evidence: evidence, fix: fix)
    }

    /// SVC002, SVC003, SVC004: found when addresses were given out. Objects of an API have theirs already: there the
    /// Services themselves say who shares one.
    private var allocationFindings: [Finding] {
        facts.reading.origin == .api ? collisions : facts.allocationFindings(of: service.name)
    }

    private var collisions: [Finding] {
        let addresses = service.clusterIPs.flatMap { address in
            facts.fronts.holders(of: address).map { AllocationFault.Fault.addressTaken(address, by: $0) }
        }
        let nodePorts = service.ports.flatMap { port -> [AllocationFault.Fault] in
            guard let number = port.nodePort else { return [] }
            return facts.fronts.holders(ofNodePort: number, port.transport).map {
                .nodePortTaken(number, port.transport, by: $0)
            }
        }
        return (addresses + nodePorts).map { AllocationFault(service.name, $0) }.filter { $0.other != nil }.map {
            $0.finding(at: nil)
        }
    }
}
