import NetworkAddress

/// core/v1 Pod.
package struct Pod: Hashable, Sendable {
    package enum Phase: String, Hashable, Sendable {
        case pending = "Pending"
        case running = "Running"
        case succeeded = "Succeeded"
        case failed = "Failed"
        case unknown = "Unknown"
    }

    package var name: ObjectName
    package var labels: Labels = [:]
    package var phase: Phase = .running
    /// status.podIPs, the primary one (status.podIP) first.
    package var addresses: [IPAddress] = []
    /// The condition Ready is True.
    package var isReady = false
    /// The reason that the condition Ready gives, `ContainersNotReady`; empty where it has none.
    package var readyReason = ""
    /// metadata.deletionTimestamp is set.
    package var isTerminating = false
    package var hostname: String = ""
    package var subdomain: String = ""
    package var nodeName: String = ""
    package var hostNetwork = false
    package var dnsPolicy: String = "ClusterFirst"
    package var dnsConfig: PodDNSConfig?
    package var containerPorts: [ContainerPort] = []
    /// Why a container waits or ended, `app: CrashLoopBackOff`, as status.containerStatuses says.
    package var containerProblems: [String] = []
    package var restarts = 0

    package init(name: ObjectName) { self.name = name }
}

package struct ContainerPort: Hashable, Sendable {
    package var name: String
    package var transport: TransportProtocol
    package var port: UInt16

    package init(name: String = "", transport: TransportProtocol = .tcp, port: UInt16) {
        self.name = name
        self.transport = transport
        self.port = port
    }
}

/// core/v1 PodDNSConfig.
package struct PodDNSConfig: Hashable, Sendable {
    package var nameservers: [String]
    package var searches: [String]
    /// In the order written; value nil for options without one.
    package var options: [Option]

    package struct Option: Hashable, Sendable {
        package var name: String
        package var value: String?

        package init(name: String, value: String?) {
            self.name = name
            self.value = value
        }
    }

    package init(nameservers: [String] = [], searches: [String] = [], options: [Option] = []) {
        self.nameservers = nameservers
        self.searches = searches
        self.options = options
    }
}
