import DNSWire
import NetworkAddress

/// `acl [ZONES…] { allow|block|filter|drop [type TYPES…] [net NETS…] }`
package struct ACLSettings: Sendable, Hashable {
    package enum Action: String, Sendable, Hashable { case allow, block, filter, drop }

    package struct Policy: Sendable, Hashable {
        package var action: Action
        /// Every type where empty.
        package var types: [RecordType] = []
        /// Everybody where empty.
        package var sources: [CIDR] = []

        package init(action: Action) { self.action = action }
    }

    /// The block's where empty.
    package var zones: [DomainName] = []
    package var policies: [Policy] = []

    package init() {}
}

/// `autopath [ZONES…] @kubernetes | RESOLV-CONF`
package struct AutopathSettings: Sendable, Hashable {
    package enum Source: Sendable, Hashable {
        case kubernetes
        case resolvConf(String)
    }

    package var zones: [DomainName] = []
    package var source: Source

    package init(source: Source) { self.source = source }
}

/// `bind ADDRESS|INTERFACE… { except … }`
package struct BindSettings: Sendable, Hashable {
    package var addresses: [String] = []
    package var except: [String] = []

    package init() {}
}

/// `bufsize [SIZE]`: the largest EDNS payload that a client is believed, 512 to 4,096.
package struct BufsizeSettings: Sendable, Hashable {
    package var size: UInt16 = 1232

    package init() {}
}

/// `chaos [VERSION] [AUTHORS…]`
package struct ChaosSettings: Sendable, Hashable {
    package var version: String?
    package var authors: [String] = []

    package init() {}
}

/// `dns64 [PREFIX] { … }` (RFC 6147)
package struct DNS64Settings: Sendable, Hashable {
    package var prefix = CIDR("64:ff9b::/96")!
    package var translatesAll = false
    package var allowsIPv4 = false

    package init() {}
}

/// `file FILE [ZONES…] { reload D; fallthrough }`
package struct FileSettings: Sendable, Hashable {
    package var file: String
    package var zones: [DomainName] = []
    package var reload: Duration = .seconds(60)
    package var fallsThrough = Fallthrough.none

    package init(file: String) { self.file = file }
}

/// `hosts [FILE [ZONES…]] { … }`
package struct HostsSettings: Sendable, Hashable {
    package var file = "/etc/hosts"
    package var zones: [DomainName] = []
    /// Lines in the block, in a hosts file's form.
    package var inline: [String] = []
    package var ttl: UInt32 = 3600
    package var reload: Duration = .seconds(5)
    package var hasReverse = true
    package var fallsThrough = Fallthrough.none

    package init() {}
}

/// `k8s_external [ZONES…] { … }`
package struct K8sExternalSettings: Sendable, Hashable {
    package var zones: [DomainName] = []
    /// The label of the zone's name servers below its apex.
    package var apex = "dns"
    package var ttl: UInt32 = 5
    package var isHeadless = false
    /// Hosts of Ingresses are names of the zones too; what the command line's external zones have, and no Corefile says.
    package var hasIngressHosts = false
    package var fallsThrough = Fallthrough.none

    package init() {}
}

/// `loadbalance [round_robin | weighted FILE] { prefer CIDR… }`
package struct LoadbalanceSettings: Sendable, Hashable {
    package enum Policy: Sendable, Hashable {
        case roundRobin
        case weighted(file: String, reload: Duration)
    }

    package var policy = Policy.roundRobin
    package var prefer: [CIDR] = []

    package init() {}
}

/// `nsid [DATA]`: the host's name where there is none.
package struct NSIDSettings: Sendable, Hashable {
    package var data: String?

    package init() {}
}
