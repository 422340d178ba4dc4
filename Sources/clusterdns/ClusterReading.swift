import ClusterZone
import Corefile
import DNSWire
import Diagnosis
import Findings
import FoundationEssentials
import Glibc
import Kubernetes
import Logging
import Manifests
import NetworkAddress
import ServiceRegistry
import Synchronization

// Where the facts of a diagnosis come from: manifests, a running server, a cluster's API.

/// Which registry a diagnosis is about: a `kubernetes` line, and what stands around it.
struct ChosenRegistry {
    var settings: KubernetesSettings
    /// Zones of external addresses.
    var external: [DomainName] = []
    /// What is wrong with the Corefile that says so.
    var findings: [Finding] = []

    var domain: DomainName {
        settings.zones.first { !$0.isAtOrBelow(.inAddrArpa) && !$0.isAtOrBelow(.ip6Arpa) }
            ?? ClusterZoneOptions.defaultDomain
    }

    /// What it says: manifests as `serve` would read them, or what the cluster's API tells us, as far as it lets itself be
    /// read.
    /// - Throws: `UsageError` where a path cannot be read, or not even the Services can be listed.
    func facts(timeout: Duration) throws -> ClusterFacts {
        var facts = try objects(timeout: timeout)
        facts.serviceCIDRs = settings.serviceCIDRs
        facts.podCIDRs = settings.podCIDRs
        facts.externalZones = external
        facts.corefileFindings = findings
        facts.exposure.namespaces = settings.namespaces
        facts.exposure.namespaceLabels = settings.namespaceLabels ?? ""
        facts.exposure.labels = settings.labels ?? ""
        facts.exposure.pods = ClusterZoneOptions.Pods(rawValue: settings.pods.rawValue)!
        facts.exposure.ignoresEndpoints = settings.ignoresEndpoints
        facts.exposure.ignoresEmptyServices = settings.ignoresEmptyServices
        return facts
    }

    private func objects(timeout: Duration) throws -> ClusterFacts {
        if settings.isEmbedded || !settings.manifests.isEmpty {
            let options = ManifestOptions(serviceCIDRs: settings.serviceCIDRs, podCIDRs: settings.podCIDRs)
            return ClusterFacts(try snapshot(settings.manifests, options), domain: domain)
        }
        do {
            let connection = try settings.connection()
            do {
                let list = try ClusterList.read(connection, namespaces: settings.namespaces, timeout: timeout)
                return ClusterFacts(ClusterDocuments(list, domain: domain))
            } catch {
                throw UsageError("\(connection): \(error)")
            }
        } catch let error as ConnectionError {
            throw UsageError("\(error)")
        }
    }
}

/// What a running server's registry is made from. `--cluster-domain` and its like are the server's own.
/// - Throws: `AdminUnreachable`; `UsageError` where it cannot tell.
func clusterFacts(_ admin: AdminAddress) throws -> ClusterFacts {
    let (status, body) = try AdminClient(admin).get(ObjectsPage.path)
    guard status == 200 else {
        let text = String(decoding: body.prefix(500), as: UTF8.self).prefix { !$0.isNewline }
        throw UsageError("\(admin) does not tell its objects (status \(status)): \(text)")
    }
    var facts = ClusterFacts(try ClusterDocuments(json: body, from: "\(admin)"))
    facts.reading.isOfServer = true
    return facts
}

/// What is wrong with the watches of a cluster's API, when everything is read once as `serve` would.
/// - Throws: `UsageError` where the files do not say how to reach the cluster.
func watchFindings(_ settings: KubernetesSettings, timeout: Duration) throws -> [Finding] {
    let connection: ClusterConnection
    do {
        connection = try settings.connection()
    } catch {
        throw UsageError("\(error)")
    }
    let quiet = Logger(label: "clusterdns") { _ in SwiftLogNoOpLogHandler() }
    let source = KubernetesSource(connection, settings.options, state: nil, log: quiet)
    let isSynced = Mutex(false)
    let reading = Task {
        try await source.run { batch in
            if batch.events.contains(.synced) { isSynced.withLock { $0 = true } }
        }
    }
    defer { reading.cancel() }
    let end = ContinuousClock.now + timeout
    while ContinuousClock.now < end, !isSynced.withLock({ $0 }) {
        usleep(20_000)
        // What has failed once will fail again; the others may still come.
        let watches = source.watches
        if watches.allSatisfy({ $0.isLive || $0.failure != nil }), watches.contains(where: { $0.failures > 1 }) {
            break
        }
    }
    return source.findings
}

extension ClusterDocuments {
    init(_ list: ClusterList, domain: DomainName) {
        self.init(source: .api, domain: domain)
        documents = list.documents.map { Document(name: $0.name, text: $0.octets) }
        unread = list.unread.map(\.rawValue)
        notes = list.notes
    }
}

extension AdminClient {
    /// What the server says is wrong with itself.
    /// - Throws: `AdminUnreachable`; `UsageError` where something else answers.
    func findings() throws -> [Finding] {
        let (status, body) = try get(ServePages.findings)
        do {
            return try JSONDecoder().decode([Finding].self, from: Data(body))
        } catch {
            throw UsageError("\(address) is no admin endpoint of a clusterdns: status \(status)")
        }
    }
}
