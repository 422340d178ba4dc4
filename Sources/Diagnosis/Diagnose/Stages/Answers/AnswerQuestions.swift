import AnswerTable
import DNSWire
import NetworkAddress
import ServiceRegistry

/// One question that a client may put about what was asked for.
struct AnswerQuestion: Hashable {
    var name: DomainName
    var type: RecordType

    /// `web.shop.svc.cluster.local A`, as names are shown.
    var text: String { "\(plain(name)) \(type)" }
}

/// A name without the dot at its end.
func plain(_ name: DomainName) -> String {
    let text = "\(name)"
    return text.count > 1 && text.hasSuffix(".") ? String(text.dropLast()) : text
}

/// How a question is sent.
enum AnswerWay: CaseIterable {
    case plain, edns1232, edns4096, tcp

    /// nil: no EDNS, so 512 octets (RFC 1035 4.2.1).
    var payloadSize: UInt16? {
        switch self {
        case .plain: nil
        case .edns1232, .tcp: 1232
        case .edns4096: 4096
        }
    }

    var label: String {
        switch self {
        case .plain: "UDP 512"
        case .edns1232: "UDP 1232"
        case .edns4096: "UDP 4096"
        case .tcp: "TCP"
        }
    }
}

extension Inquiry {
    /// What is asked about a Service: its addresses, the SRV of each port with a name, the name of each ClusterIP; and what
    /// was asked for itself, where that is another name of it.
    var answerQuestions: [AnswerQuestion] {
        guard let service, let owner = serviceName(service.name) else { return [] }
        var questions = [AnswerQuestion(name: owner, type: .a), AnswerQuestion(name: owner, type: .aaaa)]
        if service.kind != .externalName {
            for port in service.ports where !port.name.isEmpty {
                let protocolName = "_" + port.transport.rawValue.lowercased()
                if let name = try? owner.prepending(protocolName).prepending("_" + port.name) {
                    questions.append(AnswerQuestion(name: name, type: .srv))
                }
            }
            questions += service.clusterIPs.map { AnswerQuestion(name: DomainName(reverseOf: $0), type: .ptr) }
        }
        if asked.name != owner, asked.name.isAtOrBelow(owner), asked.name.labels.first?.first != UInt8(ascii: "_") {
            questions += [.a, .aaaa].map { AnswerQuestion(name: asked.name, type: $0) }
        }
        if let type, ![.a, .aaaa, .any, .axfr].contains(type) {
            questions.append(AnswerQuestion(name: asked.name, type: type))
        }
        var seen: Set<AnswerQuestion> = []
        return questions.filter { seen.insert($0).inserted }
    }

    /// The Service's own name.
    func serviceName(_ service: ObjectName) -> DomainName? {
        try? facts.domain.prepending("svc").prepending(service.namespace).prepending(service.name)
    }

    /// The objects that answer these questions: the Service with its slices, and where an ExternalName leads in the cluster.
    var answeringObjects: [RegistryEvent] {
        var events: [RegistryEvent] = []
        var next = asked.service
        var seen: Set<ObjectName> = []
        while let name = next, seen.insert(name).inserted, seen.count <= 24,
            let service = facts.registry.services[name]
        {
            events.append(
                .put(.namespace(facts.registry.namespaces[name.namespace] ?? Namespace(name: name.namespace))))
            events.append(.put(.service(service)))
            events += facts.registry.slices(of: name).map { .put(.endpointSlice($0)) }
            next = service.externalName.flatMap(serviceNamed)
        }
        return events
    }

    /// `web.shop.svc.cluster.local` as a Service.
    private func serviceNamed(_ text: String) -> ObjectName? {
        guard let name = try? DomainName(text), let services = try? facts.domain.prepending("svc"),
            let labels = name.lowercased.labels(above: services), labels.count == 2
        else { return nil }
        return ObjectName(DomainName.text(of: labels[1]), DomainName.text(of: labels[0]))
    }

    /// A server in this process that has the objects asked about; nil where the domain has no room for names.
    var zoneChannel: ZoneChannel? { try? ZoneChannel(answeringObjects, domain: facts.domain, facts.exposure) }

    /// An answer about what was asked for does not fit 512 octets, what a client without EDNS takes.
    var needsTCP: Bool {
        guard let zone = zoneChannel else { return false }
        return answerQuestions.contains { zone.reply(to: $0, over: .plain)?.wasTruncated ?? false }
    }
}

extension ZoneChannel {
    /// What the objects make of a question; a whole answer, also where that takes TCP.
    func reply(to question: AnswerQuestion, over way: AnswerWay) -> Reply? {
        var options = TransportOptions()
        options.tcp = way == .tcp
        options.payloadSize = way.payloadSize
        return try? exchange(
            question.name, question.type, with: ServerAddress(IPAddress(v4: 0x7F00_0001)), options: options)
    }

    /// Records that a datagram of 512 octets holds of an answer that is cut.
    func recordsInCutAnswer(to question: AnswerQuestion) -> Int {
        let message = try? answer(Message(query: question.name, type: question.type), over: .udp, since: .now).message
        return message?.answers.count ?? 0
    }
}
