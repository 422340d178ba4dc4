import ClusterZone
import Corefile
import DNSWire
import Diagnosis
import Kubernetes
import Plugins
import ServiceRegistry

extension KubernetesUnit {
    /// What a trace says of a name in the zones of one of the publishers.
    func description(of question: Question, isDenied: Bool, _ publisher: ZonePublisher) -> ZonesStep.Description {
        let found = publisher.look(at: question.name)
        let isSynced = found.part.registry.isSynced
        let origin = publisher.clusterOrigins.filter(question.name.isAtOrBelow).max { $0.labelCount < $1.labelCount }
        var zone = "\(origin.map { "\($0)" } ?? "") (kubernetes), serial \(found.part.serial), "
        zone += isSynced ? "registry synced" : waiting ?? "registry not synced"
        if let last = found.lastChange {
            let tenths = Int((ContinuousClock.now - last) / .milliseconds(100))
            zone += ", last event \(tenths / 10).\(tenths % 10) s ago"
        }
        if let time = cluster?.snapshotTime { zone += ", as last known at \(time)" }
        let denial = isDenied ? DenialReason(of: question, in: found.part, waiting: waiting) : nil
        return ZonesStep.Description(
            zone: zone, object: found.object,
            reason: denial.map { hidden(question.name, $0) ?? Trace.Reason(code: $0.code, text: $0.error.text) })
    }

    /// Why something is missing that the registry's source leaves out.
    private func hidden(_ name: DomainName, _ denial: DenialReason) -> Trace.Reason? {
        guard ["NAM001", "NAM003"].contains(denial.code), cluster != nil else { return nil }
        for domain in settings.zones {
            guard let labels = name.lowercased.labels(above: domain), labels.count > 1 else { continue }
            let namespace = String(decoding: labels[labels.count - 2], as: UTF8.self)
            if !settings.namespaces.isEmpty, !settings.namespaces.contains(namespace) {
                return Trace.Reason(
                    code: "NAM007",
                    text:
                        "namespace \(namespace) is not served: namespaces \(settings.namespaces.joined(separator: " "))"
                )
            }
        }
        let filters = [("namespace_labels", settings.namespaceLabels), ("labels", settings.labels)].compactMap {
            name, value in
            value.map { "\(name) \($0)" }
        }
        guard !filters.isEmpty else { return nil }
        return Trace.Reason(
            code: denial.code,
            text: "\(denial.error.text); only objects of \(filters.joined(separator: ", ")) are served")
    }

    /// Why not everything is known yet, in the API's words but for its address: `registry not synced: 403 list
    /// endpointslices`; nil where nothing has failed.
    var waiting: String? {
        guard let failure = cluster?.watches.lazy.compactMap(\.failure).first else { return nil }
        // `list endpointslices: 403 Forbidden: …`
        let parts = failure.split(separator: ":", maxSplits: 1).map { $0.drop { $0 == " " } }
        let status = parts.count > 1 ? parts[1].prefix { $0.isNumber } : ""
        let request = parts.first ?? ""
        return "registry not synced: " + (status.count == 3 ? "\(status) \(request)" : "\(request) failed")
    }

    /// Has answers say why not everything is known, until it is.
    func tellWaiting() async {
        var told: String?
        while !isSynced {
            if let waiting, waiting != told {
                for publisher in publishers { publisher.explainWaiting(waiting) }
                told = waiting
            }
            guard (try? await Task.sleep(for: .milliseconds(200))) != nil else { return }
        }
    }
}
