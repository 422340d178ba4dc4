import ArgumentParser
import DNSWire
import Diagnosis

enum RecordsFormat: String, ExpressibleByArgument, CaseIterable {
    case zone, table, json, hosts
}

extension RecordSelection.Order: ExpressibleByArgument {}

struct RecordsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "records",
        abstract: "Print every record that is served, zone by zone.",
        discussion: """
            Formats: zone (master files, one after another, each with its $ORIGIN; they load in ldns-read-zone and \
            named-checkzone one at a time, see --zone), table (the columns of kubectl get svc), json, hosts (lines for /etc/hosts). \
            The order is always the same, so that two outputs can be compared.

            Examples:
              clusterdns records --manifests deploy/
              clusterdns records --manifests deploy/ --zone cluster.local > cluster.local.zone
              clusterdns records --manifests deploy/ -n shop --format table
            """)

    @OptionGroup var registry: RegistryOptions

    @Option(help: ArgumentHelp("Only this zone.", valueName: "zone"))
    var zone: String?

    @Option(name: .shortAndLong, help: "Only objects of this namespace.")
    var namespace: String?

    @Option(help: ArgumentHelp("Only the Service of this name.", valueName: "name"))
    var service: String?

    @Option(help: "zone, table, json or hosts.")
    var format = RecordsFormat.zone

    @Option(help: "The order: by object or by name.")
    var sort = RecordSelection.Order.object

    @Option(
        help: ArgumentHelp(
            "Ask the running server with this admin endpoint: \(AdminAddress.help).", valueName: "address"))
    var admin: AdminAddress?

    func run() throws {
        let request = try RecordsRequest(
            format: format,
            selection: RecordSelection(zone: zone.map(parse), namespace: namespace, service: service, order: sort))
        if let admin {
            show(try ask(admin, request))
            return
        }
        guard !registry.manifests.isEmpty else {
            throw UsageError("no input: name files or folders with --manifests, or a running server with --admin")
        }
        show(try request.text(of: RecordListing(registry.zones())))
    }

    private func parse(_ zone: String) throws -> DomainName {
        do {
            return try DomainName(zone)
        } catch {
            throw UsageError("\"\(zone)\" is not a domain name: \(error)")
        }
    }

    private func ask(_ admin: AdminAddress, _ request: RecordsRequest) throws -> String {
        // A table of millions of names has no bound to know beforehand, and is made while this waits.
        let (status, body) = try AdminClient(admin).get(RecordsRequest.path, request.query, limit: .max)
        let text = String(decoding: body, as: UTF8.self)
        guard status == 200 else { throw UsageError(text.trimmed) }
        return text
    }
}

extension String {
    /// Without the line ends behind it.
    fileprivate var trimmed: String { String(prefix { !$0.isNewline }) }
}
