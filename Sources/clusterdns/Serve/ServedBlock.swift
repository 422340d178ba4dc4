import Corefile
import DNSWire
import Diagnosis
import Server

/// A server block and where it listens: from a Corefile, or from the command line's flags.
struct ServedBlock: Sendable {
    /// A zone of the block on its addresses.
    struct Place: Sendable {
        var zone: DomainName
        /// `dns://:53`, as CoreDNS's metrics and logs have it.
        var server: String
        var addresses: [ListenAddress]
    }

    var places: [Place]
    var plugins: [PluginSettings]

    init(places: [Place], plugins: [PluginSettings]) {
        self.places = places
        self.plugins = plugins
    }

    /// - Throws: `UsageError` where it asks for a place that there is not here.
    init(_ block: ServerBlock) throws {
        plugins = block.plugins
        let binds: [BindSettings] = block.plugins.compactMap { if case .bind(let bind) = $0 { bind } else { nil } }
        places = try block.keys.map { key in
            guard key.scheme == .dns else {
                throw UsageError("\(key.place): \(key.scheme.rawValue):// is not served by clusterdns, only dns://")
            }
            let addresses = try Listening.addresses(of: key, binds)
            let host = binds.isEmpty ? "" : addresses.first.map { "\($0.address)" } ?? ""
            return Place(zone: key.zone, server: "dns://\(host):\(key.port)", addresses: addresses)
        }
    }

    var zones: [DomainName] { places.map(\.zone) }
}
