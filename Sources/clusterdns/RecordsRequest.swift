import DNSWire
import Diagnosis
import Glibc

/// Which records are wanted and how, on the command line and on the admin endpoint:
/// `/records?format=zone&zone=cluster.local.&namespace=shop`.
struct RecordsRequest {
    static let path = "/records"

    var format = RecordsFormat.zone
    var selection = RecordSelection()

    init(format: RecordsFormat, selection: RecordSelection) {
        self.format = format
        self.selection = selection
    }

    /// nil where the query has a word that is not known.
    init?(query: [(name: String, value: String)]) {
        for (name, value) in query {
            switch name {
            case "format": format = RecordsFormat(rawValue: value) ?? format
            case "zone": selection.zone = try? DomainName(value)
            case "namespace": selection.namespace = value
            case "service": selection.service = value
            case "sort": selection.order = RecordSelection.Order(rawValue: value) ?? selection.order
            default: return nil
            }
        }
    }

    /// What the admin endpoint is asked with.
    var query: [(name: String, value: String)] {
        var pairs = [("format", format.rawValue), ("sort", selection.order.rawValue)]
        if let zone = selection.zone { pairs.append(("zone", "\(zone)")) }
        if let namespace = selection.namespace { pairs.append(("namespace", namespace)) }
        if let service = selection.service { pairs.append(("service", service)) }
        return pairs.map { (name: $0.0, value: $0.1) }
    }

    /// - Throws: `UsageError` for a zone that is not there.
    func text(of listing: RecordListing) throws -> String {
        let selected = try selection.applied(to: listing)
        switch format {
        case .zone: return selected.zoneText
        case .json: return selected.jsonText
        case .hosts: return selected.hostsText
        case .table:
            return ServiceTable(
                selected.services, showsNamespace: selection.namespace == nil, now: Int64(time(nil))
            ).text
        }
    }
}
