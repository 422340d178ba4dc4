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

    /// nil where the target is another one.
    init?(target: String) {
        let parts = target.split(separator: "?", maxSplits: 1)
        guard parts.first == Substring(RecordsRequest.path) else { return nil }
        for pair in parts.dropFirst().first?.split(separator: "&") ?? [] {
            let words = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard words.count == 2 else { return nil }
            switch words[0] {
            case "format": format = RecordsFormat(rawValue: words[1]) ?? format
            case "zone": selection.zone = try? DomainName(words[1])
            case "namespace": selection.namespace = words[1]
            case "service": selection.service = words[1]
            case "sort": selection.order = RecordSelection.Order(rawValue: words[1]) ?? selection.order
            default: return nil
            }
        }
    }

    /// The request line's target. Names of zones and objects need no escape in it.
    var target: String {
        var pairs = ["format=\(format.rawValue)", "sort=\(selection.order.rawValue)"]
        if let zone = selection.zone { pairs.append("zone=\(zone)") }
        if let namespace = selection.namespace { pairs.append("namespace=\(namespace)") }
        if let service = selection.service { pairs.append("service=\(service)") }
        return RecordsRequest.path + "?" + pairs.joined(separator: "&")
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
