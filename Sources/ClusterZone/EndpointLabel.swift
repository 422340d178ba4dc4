import DNSWire
import NetworkAddress

/// The first label of an endpoint's own name: its hostname, or its address spelled with dashes. Equal labels make equal
/// names.
enum EndpointLabel: Hashable {
    /// `10-0-0-1`, whether so named or for want of a hostname.
    case address(IPAddress)
    /// In lower case.
    case hostname(String)

    init(_ hostname: String, _ address: IPAddress) {
        if hostname.isEmpty {
            self = .address(address)
        } else if let spelled = EndpointLabel.address(spelledBy: hostname) {
            self = .address(spelled)
        } else {
            self = .hostname(
                hostname.utf8.contains { DomainName.lowercase($0) != $0 } ? hostname.lowercased() : hostname)
        }
    }

    var text: String {
        switch self {
        case .address(let address): EndpointLabel.text(of: address)
        case .hostname(let text): text
        }
    }

    /// Appends the text.
    func write(to octets: inout [UInt8]) {
        if case .address(let address) = self, address.family == .v4 {
            octets.append(dashed: address.v4)
        } else {
            octets += text.utf8
        }
    }

    /// Whether DNS can carry the name.
    func fits(below owner: DomainName) -> Bool {
        // The longest spelling of an address: eight groups of four digits and seven dashes.
        let longest = 39
        if case .address = self, owner.wire.count + 1 + longest <= DomainName.maximumLength { return true }
        let length = text.utf8.count
        return length <= DomainName.maximumLabelLength && owner.wire.count + 1 + length <= DomainName.maximumLength
    }

    func name(below owner: DomainName) -> DomainName? {
        var label: [UInt8] = []
        write(to: &label)
        return try? owner.prepending(label)
    }

    /// The label of an endpoint without a hostname, CoreDNS's form: dashes for points and colons, and a 0 behind a dash
    /// that would be last (plugin/kubernetes/kubernetes.go, endpointHostname).
    static func text(of address: IPAddress) -> String {
        let dash = UInt8(ascii: "-")
        if address.family == .v4 {
            let value = address.v4
            return "\(value >> 24)-\(value >> 16 & 255)-\(value >> 8 & 255)-\(value & 255)"
        }
        var octets = address.description.utf8.map { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") ? dash : $0 }
        if octets.last == dash { octets.append(UInt8(ascii: "0")) }
        return String(decoding: octets, as: UTF8.self)
    }

    /// The address whose label a hostname is, nil for other hostnames.
    private static func address(spelledBy hostname: String) -> IPAddress? {
        let dash = UInt8(ascii: "-")
        guard hostname.utf8.allSatisfy({ $0 == dash || hexValue($0) != nil }) else { return nil }
        let dashes = hostname.utf8.count { $0 == dash }
        guard dashes > 1 else { return nil }
        for separator in [".", ":"] {
            if let address = IPAddress(hostname.replacing("-", with: separator)), text(of: address) == hostname {
                return address
            }
        }
        return nil
    }
}

extension [UInt8] {
    /// Appends the four numbers of an IPv4 address with dashes between them.
    fileprivate mutating func append(dashed address: UInt32) {
        for shift: UInt32 in [24, 16, 8, 0] {
            let number = UInt8(truncatingIfNeeded: address >> shift)
            if number >= 100 { append(UInt8(ascii: "0") + number / 100) }
            if number >= 10 { append(UInt8(ascii: "0") + number / 10 % 10) }
            append(UInt8(ascii: "0") + number % 10)
            if shift > 0 { append(UInt8(ascii: "-")) }
        }
    }
}
