import DNSWire
import NetworkAddress

/// BusyBox's nslookup before 1.29 (networking/nslookup.c, print_host): server and name in the same form, each address
/// with its own name where it has one.
enum BusyboxText {
    static func printed(_ result: LookupResult) -> (out: String, err: String) {
        let query = result.query
        let server = result.server
        var out = "Server:    \(server.host)\n" + line(1, server.address, result.serverName) + "\n"
        let reverse = IPAddress(query.text)
        let addresses = reverse.map { [$0] } ?? result.addresses
        guard !addresses.isEmpty, result.attempts.contains(where: { $0.reply != nil }) else {
            return (out, "nslookup: can't resolve '\(query.text)'\n")
        }
        out += "Name:      \(query.text)\n"
        for (index, address) in addresses.enumerated() {
            out += line(index + 1, address, reverse == nil ? result.reverseNames[address] : firstPointer(of: result))
        }
        return (out, "")
    }

    private static func line(_ number: Int, _ address: IPAddress, _ name: DomainName?) -> String {
        "Address \(number): \(address)\(name.map { " \(shown($0))" } ?? "")\n"
    }

    private static func firstPointer(of result: LookupResult) -> DomainName? {
        for case .ptr(let name) in result.records.map(\.data) { return name }
        return nil
    }
}
