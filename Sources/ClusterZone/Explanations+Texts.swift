import DNSWire
import NetworkAddress
import ServiceRegistry

/// What is said at one name, by what it is the reason of.
typealias Reasons = [Reason.Kind: Reason]

extension Reasons {
    /// The sets that say it, in a fixed order.
    var sets: [RecordSet] {
        Reason.Kind.allCases.compactMap { kind in
            self[kind].map { RecordSet(kind.type, ttl: 0, [$0.data(of: kind)]) }
        }
    }

    /// `*.*.svc`: label 3 is the Service's, label 2 the namespace's.
    static let ofServices: Reasons = [
        .absent: Reason("NAM001", "no Service \u{3} in namespace \u{2}"),
        .onlyIPv4: Reason("NAM006", "Service is IPv4 only"),
        .onlyIPv6: Reason("NAM006", "Service is IPv6 only"),
        .otherTypes: Reason("NAM006", "Service \u{2}/\u{3} has no record of this type"),
        .empty: Reason("NAM006", "Service \u{2}/\u{3} has no address yet"),
    ]

    /// `*.*.*.svc`
    static let ofEndpoints: Reasons = [
        .absent: Reason("NAM001", "Service \u{2}/\u{3} has no ready endpoint \u{4}"),
        .onlyIPv4: Reason("NAM006", "endpoint \u{4} is IPv4 only"),
        .onlyIPv6: Reason("NAM006", "endpoint \u{4} is IPv6 only"),
    ]

    /// What is said where nothing else is.
    static func ofZone(_ zone: Explanations.Zone, _ domain: DomainName) -> Reasons {
        let absent =
            switch zone {
            case .cluster: "Services here are named SERVICE.NAMESPACE.svc.\(domain)"
            case .reverse: "no Service or ready endpoint has this address"
            case .external: "no Service or Ingress has this external name"
            }
        return [
            .absent: Reason("NAM001", absent),
            .onlyIPv4: Reason("NAM006", "the name has IPv4 addresses only"),
            .onlyIPv6: Reason("NAM006", "the name has IPv6 addresses only"),
            .otherTypes: Reason("NAM006", "the name has no record of this type"),
            .empty: Reason("NAM006", "the name has no records, only names below it have"),
        ]
    }
}

extension Reason {
    static let noNamespace = Reason("NAM003", "no namespace \u{2}")
    static let noProtocol = Reason("NAM001", "Service \u{2}/\u{3} has no named \u{4} port")
    static let noPort = Reason("NAM001", "Service \u{2}/\u{3} has no port \u{5}.\u{4}")
    static let noPodNames = Reason("NAM007", "names of Pods are off: pods disabled")
    static let noPod = Reason("NAM001", "no Pod of namespace \u{2} has address \u{3}")
    static let noSpelledAddress = Reason("NAM001", "\u{3} spells no address")

    static func notSynced(_ why: String) -> Reason { Reason("DNS002", why, code: .notReady) }

    /// `Service cart is in namespace shop`, of three namespaces at most by name.
    static func elsewhere(_ namespaces: [String]) -> Reason {
        let others = namespaces.count - 3
        let named = namespaces.prefix(3).joined(separator: ", ") + (others > 0 ? " and \(others) more" : "")
        return Reason(
            "NAM002", "Service \u{3} is in namespace\(namespaces.count > 1 ? "s" : "") \(named)")
    }
}

extension Explanations {
    /// What is special about the names of one Service.
    func reasons(of service: Service?, _ slices: [EndpointSlice]) -> Reasons {
        guard let service else { return [:] }
        if service.kind == .externalName { return reasons(ofExternalName: service) }
        guard cluster.dependsOnEndpoints(service) else { return [:] }
        let what = service.isHeadless ? "headless \(service.name)" : "Service \(service.name)"
        if cluster.options.ignoresEndpoints && service.isHeadless {
            return [.absent: Reason("NAM007", "\(what) has no names: noendpoints")]
        }
        let usable = slices.filter { $0.addressType != .fqdn }
        if usable.contains(where: \.packed.hasReadyAddress) {
            return service.isHeadless ? reasons(ofFamilies: service, usable) : [:]
        }
        let count = usable.reduce(0) { $0 + $1.packed.count }
        let ready = count == 0 ? "has no endpoints" : "has no ready endpoint (\(count) not ready)"
        return [
            .absent: service.isHeadless
                ? Reason("EPS004", "\(what) \(ready)") : Reason("EPS002", "\(what) \(ready): ignore empty_service")
        ]
    }

    /// A Service of two families with ready endpoints of one.
    private func reasons(ofFamilies service: Service, _ slices: [EndpointSlice]) -> Reasons {
        guard service.families.count > 1 else { return [:] }
        func hasReady(_ type: EndpointSlice.AddressType) -> Bool {
            slices.contains { $0.addressType == type && $0.packed.hasReadyAddress }
        }
        if !hasReady(.ipv6) {
            return [.onlyIPv4: Reason("NAM006", "headless \(service.name) has no ready IPv6 endpoint")]
        }
        if !hasReady(.ipv4) {
            return [.onlyIPv6: Reason("NAM006", "headless \(service.name) has no ready IPv4 endpoint")]
        }
        return [:]
    }

    private func reasons(ofExternalName service: Service) -> Reasons {
        let target = service.externalName ?? ""
        let isName = (try? DomainName(target)).map { !$0.isRoot } ?? false
        guard isName else {
            return [.unanswerable: Reason("EXT005", "externalName of \(service.name) is no domain name")]
        }
        guard IPAddress(target.hasSuffix(".") ? String(target.dropLast()) : target) != nil else { return [:] }
        let reason = Reason("EXT001", "externalName of \(service.name) is an address")
        return [.targetNeverExists: reason, .absent: reason]
    }
}
