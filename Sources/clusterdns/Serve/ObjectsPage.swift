import ClusterZone
import Corefile
import DNSWire
import Diagnosis
import Glibc
import HTTP
import Kubernetes
import Manifests
import NetworkAddress
import Synchronization

/// `/objects`: what this server's registry is made from (`ClusterDocuments`), for a diagnosis elsewhere. Of manifests the
/// texts as they are now; of a cluster, lists that are made anew with this server's rights, Pods and all that findings need
/// among them.
///
/// One at a time, on a thread that stands back behind those that answer; 503 for who asks meanwhile. What goes wrong once
/// the answer has begun is its `error`.
enum ObjectsPage {
    static let path = "/objects"

    /// Octets of all texts: what they take of this process is about twice that, while they are told.
    private static let limit = 32 << 20
    private static let isBusy = Atomic<Bool>(false)
    /// By how much its thread stands back.
    private static let niceness: Int32 = 10
    private static let piece = 256 << 10
    private static let busyText = "the objects are being told to somebody else"

    static func reply(_ unit: KubernetesUnit?) -> HTTPListener.Reply {
        guard let unit else { return HTTPListener.Reply(status: 404, body: "this server has no registry\n") }
        if isBusy.load(ordering: .acquiring) { return HTTPListener.Reply(status: 503, body: busyText + "\n") }
        return HTTPListener.Reply(contentType: "application/json") { stream in
            guard !isBusy.exchange(true, ordering: .acquiringAndReleasing) else {
                _ = stream.write(ClusterDocuments.json(error: busyText))
                return
            }
            defer { isBusy.store(false, ordering: .releasing) }
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
            let octets = octets(of: unit)
            for start in stride(from: 0, to: octets.count, by: piece) {
                guard stream.write(Array(octets[start..<min(start + piece, octets.count)])) else { return }
            }
        }
    }

    private static func octets(of unit: KubernetesUnit) -> [UInt8] {
        do { return try documents(of: unit).json() } catch { return ClusterDocuments.json(error: "\(error)") }
    }

    private static func documents(of unit: KubernetesUnit) throws -> ClusterDocuments {
        let publisher = unit.publishers[0]
        let domain = publisher.clusterOrigins[0]
        var told: ClusterDocuments
        if let cluster = unit.cluster {
            told = ClusterDocuments(try ClusterList.read(cluster.connection, limit: limit), domain: domain)
        } else if let manifests = unit.source as? ManifestSource {
            told = ClusterDocuments(source: .manifests, domain: domain)
            for (name, octets) in try manifests.texts(limit: limit) {
                let (text, isWithheld) = WithheldSecrets.text(octets)
                told.documents.append(ClusterDocuments.Document(name: name, text: text))
                if isWithheld { told.notes.append("\(name): documents with a Secret are withheld") }
            }
            told.set(manifests.allocations)
        } else {
            throw UsageError("this registry's source cannot be told")
        }
        told.serviceCIDRs = unit.settings.serviceCIDRs.map(\.description)
        told.podCIDRs = unit.settings.podCIDRs.map(\.description)
        told.exposure = ClusterDocuments.Exposed(exposure(of: unit.settings))
        told.externalZones = publisher.externalOrigins.map(\.description)
        return told
    }

    private static func exposure(of settings: KubernetesSettings) -> Exposure {
        var exposure = Exposure()
        exposure.namespaces = settings.namespaces
        exposure.namespaceLabels = settings.namespaceLabels ?? ""
        exposure.labels = settings.labels ?? ""
        exposure.pods = ClusterZoneOptions.Pods(rawValue: settings.pods.rawValue)!
        exposure.ignoresEndpoints = settings.ignoresEndpoints
        exposure.ignoresEmptyServices = settings.ignoresEmptyServices
        return exposure
    }
}
