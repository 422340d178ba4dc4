import DNSWire
import Glibc

/// The text of bind9-dnsutils' dig 9.18 (bin/dig/dig.c, printmessage), one message after the other; records in the columns
/// of `dns_master_style` with tabs at 24, 32, 40 and 48.
struct DigText {
    private let result: LookupResult
    /// Seconds since 1970.
    private let now: Int

    init(_ result: LookupResult, now: Int) {
        self.result = result
        self.now = now
    }

    var text: String {
        let words = result.query.types.map { "\($0)" }.joined(separator: " ")
        var out = "\n; <<>> clusterdns lookup <<>> \(result.query.text) \(words)\n;; global options: +cmd\n"
        for attempt in result.decisive {
            switch attempt.result {
            case .success(let reply): out += text(of: attempt, reply)
            case .failure(.timedOut):
                out += ";; communications error to \(result.server.host)#\(result.server.port): timed out\n"
            case .failure(let failure):
                out += ";; communications error to \(result.server.host)#\(result.server.port): \(failure.text)\n"
            }
        }
        return out
    }

    private func text(of attempt: LookupAttempt, _ reply: Reply) -> String {
        let message = reply.message
        var out = reply.wasTruncated ? ";; Truncated, retrying in TCP mode.\n" : ""
        out += ";; Got answer:\n"
        out += ";; ->>HEADER<<- opcode: QUERY, status: \(message.rcode), id: \(message.id)\n"
        let additional = message.additionals.count + (message.edns == nil ? 0 : 1)
        out +=
            ";; flags: \(message.flags.mnemonics); QUERY: \(message.questions.count), ANSWER: \(message.answers.count), "
        out += "AUTHORITY: \(message.authorities.count), ADDITIONAL: \(additional)\n"
        if message.flags.contains(.recursionDesired) && !message.flags.contains(.recursionAvailable) {
            out += ";; WARNING: recursion requested but not available\n"
        }
        out += "\n"
        if let edns = message.edns {
            out += ";; OPT PSEUDOSECTION:\n; EDNS: version: \(edns.version), flags:\(edns.dnssecOK ? " do" : ""); "
            out += "udp: \(edns.payloadSize)\n"
            for error in message.extendedErrors {
                let text = error.text.isEmpty ? "" : ": (\(error.text))"
                out += "; EDE: \(error.code) (\(ExtendedErrorCode.name(error.code)))\(text)\n"
            }
        }
        if !message.questions.isEmpty {
            out += ";; QUESTION SECTION:\n"
            for question in message.questions {
                var row = Row()
                row.add("\(question.name)", next: 32)
                row.add("\(question.recordClass)", next: 40)
                out += ";" + row.text + "\(question.type)\n"
            }
            out += "\n"
        }
        for (name, records) in [
            ("ANSWER", message.answers), ("AUTHORITY", message.authorities), ("ADDITIONAL", message.additionals),
        ] where !records.isEmpty {
            out += ";; \(name) SECTION:\n" + records.map(DigText.line).joined() + "\n"
        }
        let server = attempt.server
        let time = reply.roundTrip.components
        out += ";; Query time: \(time.seconds * 1000 + time.attoseconds / 1_000_000_000_000_000) msec\n"
        out += ";; SERVER: \(server.host)#\(server.port)(\(server.host)) (\(reply.transport.rawValue.uppercased()))\n"
        out += ";; WHEN: \(DigText.date(now))\n;; MSG SIZE  rcvd: \(reply.size)\n\n"
        return out
    }

    private static func line(_ record: ResourceRecord) -> String {
        var row = Row()
        row.add("\(record.owner)", next: 24)
        row.add("\(record.ttl)", next: 32)
        row.add("IN", next: 40)
        row.add("\(record.data.type)", next: 48)
        return row.text + presentation(of: record.data) + "\n"
    }

    /// A line in columns, as `indent` of BIND's masterdump.c makes them: tabs of eight, one blank where a column is passed.
    private struct Row {
        var text = ""
        private var column = 0

        mutating func add(_ word: String, next: Int) {
            text += word
            column += word.utf8.count
            let wanted = max(next, column + 1)
            let tabs = wanted / 8 - column / 8
            if tabs > 0 { column = wanted / 8 * 8 }
            text += String(repeating: "\t", count: tabs) + String(repeating: " ", count: wanted - column)
            column = wanted
        }
    }

    /// `Sat Nov 21 18:25:56 UTC 2026`, in this machine's time zone.
    private static func date(_ seconds: Int) -> String {
        var (time, parts) = (time_t(seconds), tm())
        localtime_r(&time, &parts)
        var room = [CChar](repeating: 0, count: 64)
        let length = strftime(&room, room.count, "%a %b %d %H:%M:%S %Z %Y", &parts)
        return String(decoding: room.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// The purposes of Extended DNS Errors (RFC 8914 4; IANA's registry).
package enum ExtendedErrorCode {
    private static let names = [
        "Other", "Unsupported DNSKEY Algorithm", "Unsupported DS Digest Type", "Stale Answer", "Forged Answer",
        "DNSSEC Indeterminate", "DNSSEC Bogus", "Signature Expired", "Signature Not Yet Valid", "DNSKEY Missing",
        "RRSIGs Missing", "No Zone Key Bit Set", "NSEC Missing", "Cached Error", "Not Ready", "Blocked", "Censored",
        "Filtered", "Prohibited", "Stale NXDOMAIN Answer", "Not Authoritative", "Not Supported",
        "No Reachable Authority", "Network Error", "Invalid Data",
    ]

    package static func name(_ code: Int) -> String {
        names.indices.contains(code) ? names[code] : "Unknown"
    }
}
