import CLDNS
import DNSWire

/// A status of libldns other than OK, with its own text.
struct LDNSError: Error, CustomStringConvertible {
    let status: ldns_status

    var description: String {
        guard let text = ldns_get_errorstr_by_id(status) else { return "libldns status \(status.rawValue)" }
        return String(cString: text)
    }

    static func check(_ status: ldns_status) throws(LDNSError) {
        guard status == LDNS_STATUS_OK else { throw LDNSError(status: status) }
    }
}

/// A domain name in libldns's hands. Invariant: `raw` is ours alone, until `deinit`.
struct LDNSName: ~Copyable {
    let raw: UnsafeMutablePointer<ldns_rdf>

    init(_ name: DomainName) throws(LDNSError) {
        // The octets are copied.
        guard let raw = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, name.wire.count, name.wire) else {
            throw LDNSError(status: LDNS_STATUS_MEM_ERR)
        }
        self.raw = raw
    }

    deinit { ldns_rdf_deep_free(raw) }
}

/// A buffer of libldns. Invariant: `raw` is ours alone, until `deinit`.
struct LDNSBuffer: ~Copyable {
    let raw: UnsafeMutablePointer<ldns_buffer>

    init() throws(LDNSError) {
        guard let raw = ldns_buffer_new(512) else { throw LDNSError(status: LDNS_STATUS_MEM_ERR) }
        self.raw = raw
    }

    deinit { ldns_buffer_free(raw) }

    /// What was written.
    var bytes: [UInt8] {
        Array(UnsafeBufferPointer(start: ldns_buffer_begin(raw), count: ldns_buffer_position(raw)))
    }
}

/// A record in libldns's hands. Invariant: `raw` is ours alone, until `deinit`.
struct LDNSRecord: ~Copyable {
    private let raw: UnsafeMutablePointer<ldns_rr>

    /// A record from one line of a master file; relative names in it are relative to `origin`.
    /// - Parameter line: without octets 0, comments and line ends.
    init(line: [UInt8], origin: borrowing LDNSName) throws(LDNSError) {
        var made: UnsafeMutablePointer<ldns_rr>?
        let text = line.map { CChar(bitPattern: $0) } + [0]
        try LDNSError.check(ldns_rr_new_frm_str(&made, text, 0, origin.raw, nil))
        guard let made else { throw LDNSError(status: LDNS_STATUS_NULL) }
        raw = made
    }

    deinit { ldns_rr_free(raw) }

    /// The RDATA in wire form, names not compressed.
    func data() throws(LDNSError) -> [UInt8] {
        let buffer = try LDNSBuffer()
        try LDNSError.check(ldns_rr_rdata2buffer_wire(buffer.raw, raw))
        return buffer.bytes
    }
}
