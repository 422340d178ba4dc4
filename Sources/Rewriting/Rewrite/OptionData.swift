import DNSWire
import NetworkAddress

/// What an `edns0` rule puts into its option.
enum OptionData: Sendable {
    case octets([UInt8])
    case variable(Variable)
    /// A label of the metadata, `kubernetes/client-namespace`.
    case metadata(String)
    /// The client's network, RFC 7871 6.
    case subnet(v4: Int, v6: Int)

    enum Variable: String, Sendable {
        case qname, qtype, `protocol`
        case clientIP = "client_ip"
        case clientPort = "client_port"
        case serverIP = "server_ip"
        case serverPort = "server_port"
    }

    /// The data of a `local` rule: `0x6162`, `{qname}`, `{some/label}`, or the text itself.
    init(local text: String) throws(RuleFault) {
        if text.hasPrefix("{"), text.hasSuffix("}") {
            let name = String(text.dropFirst().dropLast())
            if let variable = Variable(rawValue: name) {
                self = .variable(variable)
                return
            }
            // CoreDNS plugin/metadata, IsLabel: two parts or more between slashes, none empty.
            let parts = name.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count >= 2, parts.allSatisfy({ !$0.isEmpty }) else {
                throw RuleFault(reason: "\"\(text)\" is no variable of edns0 rules")
            }
            self = .metadata(name)
        } else if text.hasPrefix("0x") {
            let digits = text.utf8.dropFirst(2).map { hexValue($0) }
            let values = digits.compactMap(\.self)
            guard values.count == digits.count, values.count % 2 == 0 else {
                throw RuleFault(reason: "\"\(text)\" is no hexadecimal octets")
            }
            self = .octets(stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] })
        } else {
            self = .octets(Array(text.utf8))
        }
    }

    /// nil where there is nothing to say, which is so for a label that nobody filled.
    func octets(
        for question: Question, from origin: QueryOrigin, metadata: (String) -> String?
    ) -> [UInt8]? {
        switch self {
        case .octets(let octets): return octets
        case .metadata(let label):
            let value = metadata(label) ?? ""
            return value.isEmpty ? nil : Array(value.utf8)
        case .variable(let variable): return OptionData.octets(of: variable, question, origin)
        case .subnet(let v4, let v6):
            let address = origin.client
            let length = address.family == .v4 ? v4 : v6
            var octets = OptionData.wire(address).prefix((length + 7) / 8)
            if length % 8 != 0, let last = octets.popLast() { octets.append(last & ~(0xFF >> UInt8(length % 8))) }
            return [0, address.family == .v4 ? 1 : 2, UInt8(length), 0] + octets
        }
    }

    private static func octets(of variable: Variable, _ question: Question, _ origin: QueryOrigin) -> [UInt8] {
        switch variable {
        case .qname: Array("\(question.name)".utf8)
        case .qtype: DNSWire.octets(question.type.rawValue)
        case .protocol: Array(origin.transport.utf8)
        case .clientIP: wire(origin.client)
        case .clientPort: DNSWire.octets(origin.clientPort)
        case .serverIP: wire(origin.server)
        case .serverPort: DNSWire.octets(origin.serverPort)
        }
    }

    private static func wire(_ address: IPAddress) -> [UInt8] {
        var octets: [UInt8] = []
        address.write(to: &octets)
        return octets
    }
}
