import DNSWire
import Findings
import NetworkAddress
import ServiceRegistry

extension Inquiry {
    /// Annotations by which Services name themselves outside (external-dns; its annotation of old for Headless Services is not
    /// about addresses outside).
    private static let hostnameAnnotations = [
        "external-dns.alpha.kubernetes.io/hostname", "coredns.io/hostname",
    ]

    /// A name outside the cluster's domain that ends like one of its Services': `web.shop.example.com`.
    var externalNameAsked: (name: String, service: Service)? {
        guard asked.subject == .other, !asked.name.isAtOrBelow(facts.domain) else { return nil }
        let words = asked.name.words
        guard words.count >= 3, !words.contains("svc"),
            let service = facts.registry.services[ObjectName(words[1], words[0])], service.isReachedFromOutside
        else { return nil }
        return (shown(asked.name), service)
    }

    /// XTN003, XTN004.
    func externalZoneFindings(_ routes: [IngressRoute]) -> [Finding] {
        if let (name, service) = externalNameAsked {
            let isServed = facts.externalZones.contains { asked.name.isAtOrBelow($0) }
            return isServed ? namesFinding(of: service, []) : [noZone(for: [name], service)]
        }
        guard !facts.externalZones.isEmpty else { return [] }
        guard let service, service.isReachedFromOutside else { return namesFinding(of: nil, routes) }
        let unserved = hostnames(of: service).filter { host in
            guard let name = try? DomainName(host) else { return false }
            return !facts.externalZones.contains { name.isAtOrBelow($0) }
        }
        return (unserved.isEmpty ? [] : [noZone(for: unserved, service)]) + namesFinding(of: service, routes)
    }

    private func hostnames(of service: Service) -> [String] {
        Inquiry.hostnameAnnotations.compactMap { service.annotations[$0] }.flatMap { text in
            text.split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
        }
    }

    private func noZone(for names: [String], _ service: Service) -> Finding {
        let (list, zones) = (names.joined(separator: ", "), facts.externalZones.map(shown).joined(separator: ", "))
        return Finding(
            "XTN003", .warning,
            Phrase(
                "no external zone has \(list): Service \(service.name) is reached from outside, and has no name there",
                zh: "没有外部区域包含 \(list)：Service \(service.name) 可从集群外访问，但在那里没有名称"),
            at: facts.place(of: service.name), object: "Service \(service.name)",
            evidence: [
                Phrase(
                    "outside it is \(service.outsideAddresses.joined(separator: ", "))",
                    zh: "外部地址：\(service.outsideAddresses.joined(separator: ", "))"),
                zones.isEmpty
                    ? Phrase("no external zone is configured", zh: "没有配置外部区域")
                    : Phrase("external zones: \(zones)", zh: "外部区域：\(zones)"),
            ],
            fix: Phrase(
                "serve the zone of \(names[0]) with k8s_external or --external-zone",
                zh: "用 k8s_external 或 --external-zone 提供 \(names[0]) 所在的区域"))
    }

    /// The names in external zones that lead here.
    private func namesFinding(of service: Service?, _ routes: [IngressRoute]) -> [Finding] {
        var names: [String] = []
        for zone in facts.externalZones where !zone.isAtOrBelow(.inAddrArpa) && !zone.isAtOrBelow(.ip6Arpa) {
            if let service, let name = try? zone.prepending(service.name.namespace).prepending(service.name.name) {
                names.append("\(shown(name)) -> \(service.outsideAddresses.joined(separator: ", "))")
            }
            for route in routes {
                guard let ingress = facts.registry.ingresses[route.ingress], !ingress.loadBalancer.isEmpty,
                    let host = try? DomainName(route.host), host.isAtOrBelow(zone)
                else { continue }
                let addresses = ingress.loadBalancer.compactMap { $0.address.map { "\($0)" } ?? $0.hostname }
                let line = "\(route.host) -> \(addresses.joined(separator: ", ")) (Ingress \(route.ingress))"
                if !names.contains(line) { names.append(line) }
            }
        }
        guard !names.isEmpty else { return [] }
        let subject = service.map { "Service \($0.name)" } ?? asked.text
        return [
            Finding(
                "XTN004", .info,
                Phrase(
                    "\(subject) has \(names.count) external name\(names.count == 1 ? "" : "s")",
                    zh: "\(subject) 有 \(names.count) 个外部名称"),
                at: service.flatMap { facts.place(of: $0.name) }, object: service.map { "Service \($0.name)" },
                evidence: names.map { Phrase($0) })
        ]
    }
}
