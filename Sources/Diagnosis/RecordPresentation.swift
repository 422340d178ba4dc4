import CLDNS
import DNSWire
import Glibc

/// RDATA as a master file writes it; types that DNSWire keeps as octets in the words of libldns, which knows them all
/// (CAA, HINFO, SVCB, …), or by RFC 3597 where it does not.
func presentation(of data: RecordData) -> String {
    guard case .other(let type, let octets) = data else { return "\(data)" }
    return ldnsText(type: type, octets) ?? "\(data)"
}

private func ldnsText(type: RecordType, _ rdata: [UInt8]) -> String? {
    // One whole record in wire form: root owner, type, class IN, TTL 0, length, data.
    let wire = [0] + DNSWire.octets(type.rawValue) + [0, 1, 0, 0, 0, 0] + DNSWire.octets(UInt16(rdata.count)) + rdata
    return wire.withUnsafeBufferPointer { buffer in
        var record: UnsafeMutablePointer<ldns_rr>?
        var position = 0
        guard ldns_wire2rr(&record, buffer.baseAddress, buffer.count, &position, LDNS_SECTION_ANSWER) == LDNS_STATUS_OK,
            let record
        else { return nil }
        defer { ldns_rr_free(record) }
        var fields: [String] = []
        for index in 0..<ldns_rr_rd_count(record) {
            guard let field = ldns_rdf2str(ldns_rr_rdf(record, index)) else { return nil }
            fields.append(String(cString: field))
            free(field)
        }
        return fields.joined(separator: " ")
    }
}
