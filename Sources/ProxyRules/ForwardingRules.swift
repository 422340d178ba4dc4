import Findings
import NetworkAddress

/// What a node's rules do with packets for Services, whichever way kube-proxy wrote them: entries catch packets for an
/// address or a node port, and lead to chains that pick one of some targets.
///
///     10.0.1.175:80/tcp -> KUBE-SVC-ODX2UBAZM7RQWOIU -> 10.244.0.5:9376, 10.244.0.6:9376
package struct ForwardingRules: Sendable {
    package enum Mode: String, Sendable {
        case iptables, nftables, ipvs, userspace
    }

    package var mode: Mode
    package var family: IPAddress.Family
    package var file: String
    package var ruleCount = 0
    /// The dump is whole: what it does not hold, the node does not have. One that went through a filter proves less.
    package var isWhole = false
    package var entries: [Entry] = []
    /// By name; an IPVS virtual server is its own.
    package var balancers: [String: Balancer] = [:]
    package var masquerade = Masquerade()
    /// Packets that arrive come to the entries; nil: the dump does not tell.
    package var isEntered: Bool?
    /// Packets for the node's own addresses come to the entries of node ports; nil: the dump does not tell.
    package var nodePortsAreEntered: Bool?

    package init(mode: Mode, family: IPAddress.Family, file: String) {
        self.mode = mode
        self.family = family
        self.file = file
    }

    package func place(_ line: Int) -> SourcePlace { SourcePlace(file: file, line: line) }
}

/// A rule, an element of a map or a virtual server that catches packets for a Service.
package struct Entry: Hashable, Sendable {
    package enum Destination: Hashable, Sendable {
        case address(IPAddress)
        /// Any address of the node.
        case nodePort
    }

    package enum Verdict: Hashable, Sendable {
        case chain(String)
        case reject, drop
    }

    package var destination: Destination
    /// In lower case.
    package var transport: String
    package var port: UInt16
    package var verdict: Verdict
    /// The comment's `shop/web:http`, where it has one.
    package var owner: String?
    package var line: Int

    /// `10.0.1.175:80`, `node port 30080`.
    package var text: String {
        switch destination {
        case .address(let address): EndpointAddress(address, port).description
        case .nodePort: "node port \(port)"
        }
    }
}

/// A chain that leads to others, or picks one of its targets.
package struct Balancer: Hashable, Sendable {
    package var name: String
    package var line: Int
    /// The comments' `shop/web:http`, where they have one; nftables: the chain's name says it.
    package var owner: String?
    /// Chains that it leads to, each once.
    package var next: [String] = []
    /// Each once, in the order of their first rule.
    package var targets: [Target] = []
    /// The parts of connections that reach no target: 0 where all do.
    package var lost = 0.0
    /// Marks what goes through it for masquerading.
    package var marksMasquerade = false
    /// Whether clients are kept on their target: `persistent` of IPVS, else what the targets say.
    package var isPersistent: Bool?

    package init(name: String, line: Int) {
        self.name = name
        self.line = line
    }
}

package struct Target: Hashable, Sendable {
    /// Its own chain, `KUBE-SEP-WP4DJFDWEPABKXDE`; empty where it has none.
    package var chain: String
    /// nil: the dump does not tell.
    package var endpoint: EndpointAddress?
    /// The part of new connections that it gets, 0 to 1; nil: the rules do not tell.
    package var share: Double?
    /// The probability or weight as it is written.
    package var written: String?
    /// A client that was here before comes here again.
    package var isRemembered = false
    /// Clients that come here are remembered.
    package var remembers = false
    /// Its own connections to the Service are masqueraded; nil: the dump does not tell.
    package var isMasqueraded: Bool?
    package var line: Int

    package init(chain: String, endpoint: EndpointAddress?, line: Int) {
        self.chain = chain
        self.endpoint = endpoint
        self.line = line
    }
}

/// Whether marked packets leave with the node's address.
package struct Masquerade: Hashable, Sendable {
    /// The bits that mark a packet; nil: no rule sets any.
    package var mark: UInt32?
    /// The bits that are looked at; nil: no rule does.
    package var lookedAt: UInt32?
    package var masquerades = false
    /// Packets that leave come to these rules; nil: the dump does not tell.
    package var isEntered: Bool?

    package init() {}

    package var isComplete: Bool {
        masquerades && isEntered != false && mark.map { mark in lookedAt.map { $0 & mark != 0 } ?? true } == true
    }
}

/// A line that could not be read as a rule.
package struct UnreadLine: Hashable, Sendable {
    package var line: Int
    /// One sentence without the place.
    package var why: String

    package init(line: Int, why: String) {
        self.line = line
        self.why = why
    }
}
