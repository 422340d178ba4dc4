import Corefile
import DNSWire
import NetworkAddress

/// Says what a label of the metadata plugin is worth for an answer, as `kubernetes/namespace`; nil where it does not know.
package typealias Metadata = @Sendable (_ label: String, _ seen: SeenAnswer) -> String?

/// A line of the query log with places for what is told (CoreDNS plugin/pkg/replacer): `{name}`, `{>id}`, `{/LABEL}`.
package struct LogFormat: Sendable {
    private enum Part: Sendable, Equatable {
        case literal([UInt8])
        case label(Label)
        case metadata(String)
    }

    private enum Label: String, Sendable {
        case type, name, `class`, proto, size, remote, port, local, rcode, rsize, duration
        case id = ">id"
        case opcode = ">opcode"
        case dnssecOK = ">do"
        case payloadSize = ">bufsize"
        case flags = ">rflags"
    }

    private let parts: [Part]
    private static let empty = UInt8(ascii: "-")

    /// Every text is a format; braces around anything else stay as they are.
    package init(_ text: String) {
        var rest = Array(LogFormat.expanded(text).utf8)[...]
        var parts: [Part] = []
        // From the right brace back to the left one, so that "{ {name} }" has its label.
        while let close = rest.firstIndex(of: UInt8(ascii: "}")) {
            let behind = rest.index(after: close)
            let open = rest[..<close].lastIndex(of: UInt8(ascii: "{"))
            let inner = open.map { String(decoding: rest[($0 + 1)..<close], as: UTF8.self) } ?? ""
            let part: Part? =
                open == nil
                ? nil
                : inner.hasPrefix("/") ? .metadata(String(inner.dropFirst())) : Label(rawValue: inner).map(Part.label)
            if let part, let open {
                if open > rest.startIndex { parts.append(.literal(Array(rest[..<open]))) }
                parts.append(part)
            } else {
                parts.append(.literal(Array(rest[..<behind])))
            }
            rest = rest[behind...]
        }
        if !rest.isEmpty { parts.append(.literal(Array(rest))) }
        self.parts = parts
    }

    /// `{common}` and `{combined}` written out (CoreDNS plugin/log, setup.go).
    private static func expanded(_ text: String) -> String {
        var text = text[...]
        var out = ""
        while let open = text.firstIndex(of: "{") {
            out += text[..<open]
            text = text[open...]
            if text.hasPrefix("{common}") {
                out += LogSettings.commonFormat
                text = text.dropFirst("{common}".count)
            } else if text.hasPrefix("{combined}") {
                out += LogSettings.commonFormat + " \"{>opcode}\""
                text = text.dropFirst("{combined}".count)
            } else {
                out.append(text.removeFirst())
            }
        }
        return out + text
    }

    package func write(_ seen: SeenAnswer, _ metadata: Metadata?, to line: inout [UInt8]) {
        for part in parts {
            switch part {
            case .literal(let octets): line += octets
            case .label(let label): write(label, seen, to: &line)
            case .metadata("log/type"): line += ResponseKind(seen).rawValue.utf8
            case .metadata("log/class"): line += ResponseKind(seen).responseClass.rawValue.utf8
            case .metadata(let label):
                if let value = metadata?(label, seen) { line += value.utf8 } else { line.append(LogFormat.empty) }
            }
        }
    }

    private func write(_ label: Label, _ seen: SeenAnswer, to line: inout [UInt8]) {
        func add(_ text: (some CustomStringConvertible)?) {
            if let text { line += text.description.utf8 } else { line.append(LogFormat.empty) }
        }
        switch label {
        case .type: add(seen.question?.type)
        case .name: add(seen.question?.name.lowercased)
        case .class: add(seen.question?.recordClass)
        case .proto: add(seen.client.isStream ? "tcp" : "udp")
        case .size: add(seen.querySize)
        case .remote: add(seen.client.address.family == .v4 ? "\(seen.client.address)" : "[\(seen.client.address)]")
        case .port: add(seen.client.port)
        // The address that was asked is not told.
        case .local: line.append(LogFormat.empty)
        case .id: add(seen.id)
        case .opcode: add(seen.opcode)
        case .dnssecOK: add(seen.wantsDNSSEC)
        case .payloadSize: add(seen.payloadSize)
        case .rcode: add(seen.answerSize > 0 ? seen.rcode : nil)
        case .rsize: add(seen.answerSize)
        case .flags:
            guard seen.answerSize > 0 else { return line.append(LogFormat.empty) }
            line += seen.flags.mnemonics.utf8.map { $0 == UInt8(ascii: " ") ? UInt8(ascii: ",") : $0 }
        case .duration: LogFormat.write(seconds: seen.duration, to: &line)
        }
    }

    /// Seconds with as many digits as it takes, as Go prints them: `0.000123456s`, `1s`.
    static func write(seconds nanoseconds: UInt64, to line: inout [UInt8]) {
        let (whole, part) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        line += String(whole).utf8
        if part > 0 {
            let digits = String(part)
            line.append(UInt8(ascii: "."))
            line += [UInt8](repeating: UInt8(ascii: "0"), count: 9 - digits.utf8.count)
            line += digits.utf8
            while line.last == UInt8(ascii: "0") { line.removeLast() }
        }
        line.append(UInt8(ascii: "s"))
    }
}
