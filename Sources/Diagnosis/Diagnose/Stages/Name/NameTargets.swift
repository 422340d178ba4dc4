import DNSWire
import Findings
import NetworkAddress
import ServiceRegistry

extension Inquiry {
    /// EXT001 to EXT006: where the ExternalName asked for leads, as far as the cluster's own names go. The first Service of
    /// the way that is at fault is told.
    var externalNameFindings: [Finding] {
        guard let service, service.kind == .externalName else { return [] }
        return [ExternalNameWay(from: service, facts).finding].compactMap { $0 } + unusedFieldsFinding(service)
    }

    private func unusedFieldsFinding(_ service: Service) -> [Finding] {
        let selector = service.selector.flatMap { $0.isEmpty ? nil : $0.pairsText }
        let ports = service.ports.map { "\($0.port)" }.joined(separator: ", ")
        let fields = (ports.isEmpty ? [] : ["ports"]) + (selector == nil ? [] : ["selector"])
        guard !fields.isEmpty else { return [] }
        let list = fields.joined(separator: " and ")
        return [
            Finding(
                "EXT006", .info,
                Phrase(
                    "\(list) of Service \(service.name) have no effect: an ExternalName is a CNAME and nothing else",
                    zh: "Service \(service.name) 的 \(fields.joined(separator: " 和 ")) 不起作用：ExternalName 只是一条 CNAME"),
                at: facts.place(of: service.name), object: "Service \(service.name)",
                evidence: (ports.isEmpty ? [] : [Phrase("ports \(ports)")])
                    + (selector.map { [Phrase("selector \($0)")] } ?? []))
        ]
    }
}

/// An ExternalName and those that it leads to.
struct ExternalNameWay {
    let facts: ClusterFacts
    /// The Services in the order of the way, the one asked first; the last one's target is no ExternalName of the cluster.
    var services: [Service]
    /// The Service that the way comes back to.
    var loop: ObjectName?

    /// CoreDNS follows at most ten (plugin/pkg/upstream), other resolvers eleven to sixteen.
    static let maximumHops = 10

    init(from service: Service, _ facts: ClusterFacts) {
        self.facts = facts
        services = [service]
        while services.count <= 64, let next = ExternalNameWay.next(services[services.count - 1], facts) {
            if services.contains(where: { $0.name == next.name }) {
                loop = next.name
                return
            }
            services.append(next)
        }
    }

    private static func next(_ service: Service, _ facts: ClusterFacts) -> Service? {
        guard let target = service.externalName, let name = try? DomainName(target),
            let labels = name.labels(above: facts.domain)?.map({ DomainName.text(of: $0).lowercased() }),
            case .service(let object) = AskedName.subject(inDomain: labels), let next = facts.registry.services[object],
            next.kind == .externalName
        else { return nil }
        return next
    }

    var finding: Finding? {
        if let loop { return circle(to: loop) }
        if let finding = fault(of: services[services.count - 1]) {
            var finding = finding
            if services.count > 1 { finding.add(Phrase("\(way)")) }
            return finding
        }
        return services.count > ExternalNameWay.maximumHops ? tooLong : nil
    }

    private var way: String {
        services.map { facts.hostName(of: $0.name) }.joined(separator: " -> ") + " -> "
            + (services[services.count - 1].externalName ?? "")
    }

    private func circle(to name: ObjectName) -> Finding {
        let start = services.firstIndex { $0.name == name } ?? 0
        let last = services[services.count - 1]
        let names = services[start...].map { facts.hostName(of: $0.name) }
        return Finding(
            "EXT004", .error,
            Phrase(
                "ExternalName of Service \(services[0].name) goes in a circle: "
                    + (names + [names[0]]).joined(separator: " -> "),
                zh: "Service \(services[0].name) 的 ExternalName 形成环路：" + (names + [names[0]]).joined(separator: " -> ")),
            at: facts.place(of: last.name), object: "Service \(services[0].name)",
            evidence: services.map { Phrase("Service \($0.name) externalName \($0.externalName ?? "")") },
            fix: Phrase(
                "kubectl -n \(last.name.namespace) edit service \(last.name.name)"))
    }

    private var tooLong: Finding {
        Finding(
            "EXT004", .error,
            Phrase(
                "ExternalName of Service \(services[0].name) leads over \(services.count) hops, more than "
                    + "\(ExternalNameWay.maximumHops): resolvers give up",
                zh: "Service \(services[0].name) 的 ExternalName 经过 \(services.count) 跳，超过 "
                    + "\(ExternalNameWay.maximumHops) 跳：解析器会放弃"),
            at: facts.place(of: services[0].name), object: "Service \(services[0].name)", evidence: [Phrase(way)],
            fix: patch(services[0], services[services.count - 1].externalName ?? ""))
    }

    func patch(_ service: Service, _ target: String) -> Phrase {
        service.patch("{\"spec\":{\"externalName\":\"\(target)\"}}")
    }
}

extension Finding {
    fileprivate mutating func add(_ line: Phrase) {
        evidence.append(line.english)
        chinese?.evidence.append(line.chinese)
    }
}
