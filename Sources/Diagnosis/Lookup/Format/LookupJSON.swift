import DNSWire
import ServiceRegistry

extension LookupResult {
    /// The lookup as one object: query, server, attempts, result, findings, exit.
    func json(_ index: (any ObjectIndex)?) -> JSONValue {
        let first = attempts.lazy.compactMap(\.reply).first
        let owners = addresses.compactMap { index?.owner(of: $0)?.key }
        return .object([
            (
                "query",
                .object([
                    ("name", .string(query.text)),
                    ("type", .string(query.types.map { "\($0)" }.joined(separator: ","))),
                    ("namespace", JSONValue(query.namespace)), ("pod", JSONValue(query.pod)),
                    ("libc", .string(query.rules.rawValue)),
                ])
            ),
            (
                "server",
                .object([
                    ("addr", .string("\(server)")),
                    ("transport", .string((first?.transport ?? (query.options.tcp ? .tcp : .udp)).rawValue)),
                    ("name", JSONValue(serverName?.description)),
                ])
            ),
            ("attempts", .array(attempts.map(\.json))),
            (
                "result",
                .object([
                    ("name", JSONValue(outcome == .answer ? decisive.first?.name.description : nil)),
                    ("addresses", .array(addresses.map { .string("\($0)") })),
                    (
                        "objects",
                        .array(
                            owners.map { key in
                                .object([
                                    ("kind", .string(key.kind.rawValue)), ("namespace", .string(key.name.namespace)),
                                    ("name", .string(key.name.name)),
                                ])
                            })
                    ),
                ])
            ),
            ("findings", .array((index.map { findings(from: $0) } ?? []).map(\.json))),
            ("exit", .number(Int(exitCode))),
        ])
    }
}

extension LookupAttempt {
    var json: JSONValue {
        var members: [(String, JSONValue)] = [("name", .string("\(name)")), ("type", .string("\(type)"))]
        switch result {
        case .failure(let failure):
            members += [("rcode", .null), ("error", .string(failure.text))]
        case .success(let reply):
            let message = reply.message
            let time = reply.roundTrip.components
            let flags = message.flags.subtracting([.response, .recursionDesired]).mnemonics.split(separator: " ").map {
                JSONValue.string(String($0))
            }
            let edns = message.edns.map { edns in
                JSONValue.object([("version", .number(Int(edns.version))), ("payload", .number(Int(edns.payloadSize)))])
            }
            members += [
                ("rcode", .string("\(message.rcode)")), ("flags", .array(flags)), ("edns", edns ?? .null),
                ("size", .number(reply.size)), ("tc", .bool(reply.wasTruncated)),
                ("transport", .string(reply.transport.rawValue)),
                ("rtt_us", .number(Int(time.seconds) * 1_000_000 + Int(time.attoseconds / 1_000_000_000_000))),
                (
                    "answers",
                    .array(
                        message.answers.map { record in
                            .object([
                                ("name", .string("\(record.owner)")), ("type", .string("\(record.data.type)")),
                                ("ttl", .number(Int(record.ttl))), ("data", .string(presentation(of: record.data))),
                            ])
                        })
                ),
                (
                    "ede",
                    .array(
                        message.extendedErrors.map {
                            .object([("code", .number($0.code)), ("text", .string($0.text))])
                        })
                ),
            ]
        }
        return .object(members)
    }
}
