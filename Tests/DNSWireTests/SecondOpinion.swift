import CLDNS
import Glibc

/// libldns's reading of a message; nil from `init` where it does not read it.
struct SecondOpinion: ~Copyable {
    private let raw: UnsafeMutablePointer<ldns_pkt>

    init?(_ bytes: [UInt8]) {
        var made: UnsafeMutablePointer<ldns_pkt>?
        guard ldns_wire2pkt(&made, bytes, bytes.count) == LDNS_STATUS_OK, let made else { return nil }
        raw = made
    }

    deinit { ldns_pkt_free(raw) }

    var id: UInt16 { ldns_pkt_id(raw) }
    var rcode: UInt16 {
        UInt16(truncatingIfNeeded: ldns_pkt_get_rcode(raw).rawValue) | UInt16(ldns_pkt_edns_extended_rcode(raw)) << 4
    }

    var answers: [String] { SecondOpinion.lines(ldns_pkt_answer(raw)) }
    var authorities: [String] { SecondOpinion.lines(ldns_pkt_authority(raw)) }
    var additionals: [String] { SecondOpinion.lines(ldns_pkt_additional(raw)) }

    private static func lines(_ list: UnsafeMutablePointer<ldns_rr_list>?) -> [String] {
        (0..<ldns_rr_list_rr_count(list)).map { text(of: ldns_rr_list_rr(list, $0)) }
    }

    private static func text(of record: UnsafeMutablePointer<ldns_rr>?) -> String {
        guard let text = ldns_rr2str(record) else { return "" }
        defer { free(text) }
        return String(String(cString: text).dropLast())
    }

    /// The line of a master file as libldns reads and prints it; nil where it does not read it.
    static func line(_ line: String) -> String? {
        var record: UnsafeMutablePointer<ldns_rr>?
        guard ldns_rr_new_frm_str(&record, line, 0, nil, nil) == LDNS_STATUS_OK else { return nil }
        defer { ldns_rr_free(record) }
        return text(of: record)
    }
}
