import ArgumentParser
import DNSWire
import Diagnosis
import Glibc

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

    func run() throws {
        guard !registry.manifests.isEmpty else {
            throw UsageError("no input: name files or folders with --manifests")
        }
        var selection = RecordSelection(namespace: namespace, service: service, order: sort)
        if let zone {
            do {
                selection.zone = try DomainName(zone)
            } catch {
                throw UsageError("\"\(zone)\" is not a domain name: \(error)")
            }
        }
        let zones = try registry.zones()
        let listing = try selection.applied(to: RecordListing(zones))
        switch format {
        case .zone: show(listing.zoneText)
        case .json: show(listing.jsonText)
        case .hosts: show(listing.hostsText)
        case .table:
            show(ServiceTable(listing.services, showsNamespace: namespace == nil, now: Int64(time(nil))).text)
        }
    }
}
