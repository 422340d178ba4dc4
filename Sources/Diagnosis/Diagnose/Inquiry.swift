import DNSWire
import Findings
import NetworkAddress
import ServiceRegistry

/// One question to `diagnose`: a name, and everything that was given to find its fault with. Stages read it and say what
/// they found; none changes it.
package struct Inquiry: Sendable {
    package var facts: ClusterFacts
    package var asked: AskedName
    /// The type that was asked for; nil: addresses.
    package var type: RecordType?
    /// The port that the client connects to (`--port`).
    package var port: UInt16?
    /// The node that traffic comes to (`--node`).
    package var node: String?
    package var client = ClientFacts()
    package var proxy = ProxyFacts()
    /// The server that answers the cluster's clients, where one may be asked.
    package var server: LiveServer?
    /// Connections to endpoints and addresses may be opened (`--connect`).
    package var mayConnect = false

    package init(facts: ClusterFacts, asked: AskedName) {
        self.facts = facts
        self.asked = asked
    }

    /// The Service that the name is about, where there is one.
    package var service: Service? { asked.service.flatMap { facts.registry.services[$0] } }
}

/// A file that was given, whole.
package struct TextInput: Hashable, Sendable {
    package var file: String
    package var text: String

    package init(file: String, text: String) {
        self.file = file
        self.text = text
    }
}

/// Who asks, and how.
package struct ClientFacts: Sendable {
    /// The Pod that asks (`--from-pod`).
    package var pod: ObjectName?
    /// Its resolv.conf as given (`--resolv-conf`).
    package var resolvConf: TextInput?
    package var libc = ResolverRules.glibc
    /// A query log: CoreDNS's lines, or tap's JSON (`--query-log`).
    package var queryLog: TextInput? {
        didSet { lostQueries = queryLog.map { LostQueries(log: $0.text) } }
    }
    /// What the log shows, read once for every name that is asked about.
    private(set) var lostQueries: LostQueries?
    /// What the kubelet of its node has from its own resolv.conf.
    package var nodeSearch: [DomainName] = []
    /// Owners of wildcards in zones that the server has from files (`*.corp.example`).
    package var wildcards: [DomainName] = []

    package init() {}
}

/// What a node's proxy says of itself.
package struct ProxyFacts: Sendable {
    package var iptables: TextInput?
    package var nftables: TextInput?
    package var ipvs: TextInput?
    package var log: TextInput?
    /// What is in them, where many Services are asked about; nil: they are read when one is.
    var reading: ProxyReading?

    package init() {}

    package var isEmpty: Bool { iptables == nil && nftables == nil && ipvs == nil && log == nil }
}

/// A server that may be asked, and what its admin endpoint says of it.
package struct LiveServer: Sendable {
    /// Where DNS is asked; nil: only its admin endpoint is known.
    package var address: ServerAddress?
    package var options = TransportOptions()
    package var channel: any QueryChannel
    /// What the server says is wrong with itself (`/findings`): DNS002, DNS004; nil: nobody was asked.
    package var ownFindings: [Finding]?

    package init(address: ServerAddress?, channel: any QueryChannel = SocketChannel()) {
        self.address = address
        self.channel = channel
    }
}
