import DNSWire

extension RecordData {
    /// The name in the data that `answer value` rewrites (CoreDNS plugin/rewrite/reverter.go, getRecordValueForRewrite).
    var rewritableName: DomainName? {
        switch self {
        case .cname(let name), .ns(let name), .ptr(let name), .mx(_, let name): name
        case .srv(let location): location.target
        case .soa(let soa): soa.primary
        case .other(.dname, let wire): RecordData.name(wire[...])
        case .other(.naptr, let wire): RecordData.naptrName(wire).flatMap { RecordData.name(wire[$0...]) }
        case .address, .txt, .other: nil
        }
    }

    /// The same data with another name in that place.
    func replacingName(with name: DomainName) -> RecordData {
        switch self {
        case .cname: return .cname(name)
        case .ns: return .ns(name)
        case .ptr: return .ptr(name)
        case .mx(let preference, _): return .mx(preference: preference, exchange: name)
        case .srv(var location):
            location.target = name
            return .srv(location)
        case .soa(var soa):
            soa.primary = name
            return .soa(soa)
        case .other(.dname, _): return .other(.dname, name.wire)
        case .other(.naptr, let wire):
            return .other(.naptr, wire.prefix(RecordData.naptrName(wire) ?? wire.count) + name.wire)
        case .address, .txt, .other: return self
        }
    }

    private static func name(_ wire: ArraySlice<UInt8>) -> DomainName? {
        do throws(WireError) {
            return try DomainName(wire: Array(wire))
        } catch {
            return nil
        }
    }

    /// Where the replacement of a NAPTR record begins: behind order, preference and three strings (RFC 3403 4.1).
    private static func naptrName(_ wire: [UInt8]) -> Int? {
        var at = 4
        for _ in 0..<3 {
            guard at < wire.count else { return nil }
            at += 1 + Int(wire[at])
        }
        return at < wire.count ? at : nil
    }
}
