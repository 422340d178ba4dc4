import ClusterZone
import DNSWire
import ServiceRegistry

extension Explanation {
    /// The same without a server: the zones that a server would make from these objects, asked in this process.
    /// - Throws: `WireError` where the cluster's domain leaves no room for names.
    package static func inProcess(name: DomainName, type: RecordType, facts: ClusterFacts) throws(WireError)
        -> Explanation
    {
        let began = ContinuousClock.now
        var steps: [Step] = []
        func note(_ step: String, _ text: String) {
            let microseconds = Int((ContinuousClock.now - began) / .microseconds(1))
            steps.append(Step(microseconds: steps.isEmpty ? 0 : microseconds, step: step, text: text))
        }
        let question = Question(name: name, type: type)
        note("recv", "in process: \(type) \(name)")
        var options = ClusterZoneOptions(domain: facts.domain)
        options.keepsReasons = true
        (options.serviceCIDRs, options.podCIDRs) = (facts.serviceCIDRs, facts.podCIDRs)
        var zones = RegistryZones(cluster: try ClusterZone(options))
        zones.apply(facts.registry.events + [.synced], now: 0) { _, _ in }
        var answer = ZonesAnswer(zones)
        guard let found = answer.ask(question) else {
            throw WireError(.tooLarge, at: 0)
        }
        let isInside = zones.cluster.origins.contains(where: name.isAtOrBelow)
        if let origin = zones.cluster.origins.filter(name.isAtOrBelow).max(by: { $0.labelCount < $1.labelCount }) {
            note("zone", "\(origin) (kubernetes), \(facts.registry.services.count) Services, from files")
            let records = found.message.answers.map { "\($0.type) \($0.data)" }.joined(separator: ", ")
            note(
                "lookup",
                "\(zones.object(at: name) ?? "no object") -> \(records.isEmpty ? "\(found.message.rcode), no records" : records)"
            )
        }
        if case .cname(let target)? = found.message.answers.last?.data, type != .cname,
            !zones.cluster.origins.contains(where: target.isAtOrBelow)
        {
            note("follow", "\(target) is not in these zones: a server asks its upstreams")
        }
        note("send", Explanation.summary(found.message, size: found.size))
        let error = found.message.edns?.extendedErrors.first
        let reason = found.finding.flatMap { code in error.map { Reason(code: code, text: $0.text) } }
        return Explanation(
            query: Query(question, client: ""), steps: steps, answer: Answer(found.message, size: found.size),
            reason: isInside ? reason : nil)
    }

    /// `NXDOMAIN aa, 0 records, 141 bytes`
    package static func summary(_ message: Message, size: Int) -> String {
        let flags = message.flags.mnemonics.split(separator: " ").filter { $0 != "qr" && $0 != "rd" }
        let count = message.answers.count
        return (["\(message.rcode)"] + flags).joined(separator: " ")
            + ", \(count) record\(count == 1 ? "" : "s"), \(size) bytes"
    }
}

extension ServiceRegistry {
    /// Events that make the objects that names come from.
    fileprivate var events: [RegistryEvent] {
        let objects =
            namespaces.values.map(RegistryObject.namespace) + services.values.map(RegistryObject.service)
            + services.keys.flatMap { slices(of: $0) }.map(RegistryObject.endpointSlice)
            + pods.values.map(RegistryObject.pod) + ingresses.values.map(RegistryObject.ingress)
        return objects.sorted { $0.key < $1.key }.map(RegistryEvent.put)
    }
}
