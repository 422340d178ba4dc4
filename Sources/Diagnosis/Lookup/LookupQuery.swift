import DNSWire
import NetworkAddress

/// A lookup ready to be carried out: which names, which types, which servers.
package struct LookupQuery: Sendable {
    /// In which order the questions about one name are put.
    package enum QuestionOrder: Hashable, Sendable {
        /// Every type at every name, as getaddrinfo does.
        case everyTypeAtEachName
        /// The first type along the search list, the others at the end of the answer's CNAMEs, as nslookup does.
        case othersBehindTheFirst
    }

    /// What somebody typed.
    package var text: String
    /// At least one.
    package var types: [RecordType]
    /// Nobody named a type: the addresses of a name, the name of an address.
    package var typesAreImplied = false
    package var plan: SearchPlan
    package var rules: ResolverRules = .glibc
    package var order = QuestionOrder.everyTypeAtEachName
    package var namespace: String?
    /// The Pod whose resolver this is, `shop/web-0`.
    package var pod: String?
    /// Where the search list comes from: `namespace web, dnsPolicy ClusterFirst` or `/etc/resolv.conf`; nil where none was used.
    package var searchSource: String?
    /// At least one; the first one is asked first.
    package var servers: [ServerAddress]
    /// Each question starts with another server.
    package var rotates = false
    package var options = TransportOptions()
    /// Ask for the server's own name as well.
    package var wantsServerName = false
    /// Ask for the names of the addresses found as well, as BusyBox does.
    package var wantsReverseNames = false

    package init(text: String, types: [RecordType], plan: SearchPlan, servers: [ServerAddress]) {
        self.text = text
        self.types = types
        self.plan = plan
        self.servers = servers
    }

    /// The types of a name without a type: both families of addresses.
    package static let addressTypes: [RecordType] = [.a, .aaaa]
}
