import DNSWire
import ServiceRegistry

/// Why names of a cluster do not exist, as records of zones that nobody is served (`Reason`): an event in, changes out.
///
/// A Service's change touches what is said of that Service, and the one place where its name is said with the namespaces
/// that it is in.
package struct Explanations: Sendable {
    /// Where the reasons of a cluster's zones are kept.
    package enum Zone: UInt8, CaseIterable, Sendable {
        case cluster, reverse, external

        /// One label that no host has.
        package var origin: DomainName {
            guard let name = try? DomainName(labels: [[rawValue]]) else { preconditionFailure("one octet is a label") }
            return name
        }
    }

    package static var origins: [DomainName] { Zone.allCases.map(\.origin) }

    let cluster: ClusterZone
    /// The namespaces of each Service's name, in order.
    private var namespaces: [String: [String]] = [:]

    init(_ cluster: ClusterZone) { self.cluster = cluster }

    // MARK: What does not depend on objects

    /// Of every name that nothing more is known of.
    var classes: [RecordChange] {
        let pods = cluster.options.pods
        return apexes(waiting: "registry not synced")
            + [
                change(["*", "svc"], [.absent: .noNamespace]),
                change(["*", "*", "svc"], .ofServices),
                change(["*", "*", "*", "svc"], .ofEndpoints),
                change(["_*", "*", "*", "svc"], [.absent: .noProtocol]),
                change(["_*", "_*", "*", "*", "svc"], [.absent: .noPort]),
                change(["*", "pod"], [.absent: pods == .disabled ? .noPodNames : .noNamespace]),
                change(["*", "*", "pod"], [.absent: pods == .verified ? .noPod : .noSpelledAddress]),
            ].compactMap { $0 }
    }

    /// What is said of whole zones.
    /// - Parameter why: what it waits for that does not answer: `registry not synced: 403 list endpointslices`.
    func apexes(waiting why: String) -> [RecordChange] {
        Zone.allCases.map { zone in
            var reasons = Reasons.ofZone(zone, cluster.options.domain)
            reasons[.syncing] = .notSynced(why)
            return .set(zone.origin, reasons.sets)
        }
    }

    /// Everything that is said now.
    func all(of registry: ServiceRegistry) -> [RecordChange] {
        let services = registry.services.keys.sorted().compactMap { name in
            let reasons = reasons(of: registry.services[name], registry.slices(of: name))
            return reasons.isEmpty ? nil : change([name.name, name.namespace, "svc"], reasons)
        }
        let elsewhere = namespaces.sorted { $0.key < $1.key }.compactMap { name, namespaces in
            change([name, "*", "svc"], [.absent: .elsewhere(namespaces)])
        }
        return classes + services + elsewhere
    }

    // MARK: What a Service changes

    /// - Returns: what is to be said otherwise when a Service and its slices were one thing and are another.
    mutating func update(
        _ name: ObjectName, from old: (service: Service?, slices: [EndpointSlice]),
        to new: (service: Service?, slices: [EndpointSlice])
    ) -> [RecordChange] {
        var changes: [RecordChange] = []
        let before = reasons(of: old.service, old.slices)
        let after = reasons(of: new.service, new.slices)
        if before != after, let change = change([name.name, name.namespace, "svc"], after) { changes.append(change) }
        if (old.service == nil) != (new.service == nil) { changes += note(name, isThere: new.service != nil) }
        return changes
    }

    /// What is said of a name in other namespaces.
    private mutating func note(_ name: ObjectName, isThere: Bool) -> [RecordChange] {
        var known = namespaces.removeValue(forKey: name.name) ?? []
        known.removeAll { $0 == name.namespace }
        if isThere { known.insert(name.namespace, at: known.firstIndex { $0 > name.namespace } ?? known.count) }
        if !known.isEmpty { namespaces[name.name] = known }
        let change = change([name.name, "*", "svc"], known.isEmpty ? [:] : [.absent: .elsewhere(known)])
        return [change].compactMap { $0 }
    }

    /// What is said at a name of the cluster's reasons from now on; nil where DNS cannot carry the name, which then nobody
    /// asks for.
    private func change(_ labels: [String], _ reasons: Reasons) -> RecordChange? {
        let place = try? DomainName(labels: labels.map { Array($0.utf8) } + Zone.cluster.origin.labels.map(Array.init))
        return place.map { reasons.isEmpty ? .remove($0) : .set($0, reasons.sets) }
    }
}
