import ClusterZone
import DNSWire
import Findings
import Manifests
import NetworkAddress
import ServiceRegistry

/// What is known of a cluster: its objects, where each was read, and what did not load.
///
/// It is the same from files, from an API and from a running server; the stages ask nothing else about objects.
package struct ClusterFacts: Sendable {
    /// Services completed as an API server would, with the slices that controllers would derive.
    package private(set) var registry = ServiceRegistry()
    /// Those that have not ended, by their namespaces, in the order of their names.
    private var livePods: [String: [Pod]] = [:]
    /// All Pods by their labels.
    private(set) var podLabels = PodLabels()
    /// Addresses that several of them report which are not on their nodes' networks, and who these are.
    private(set) var sharedPodAddresses: [IPAddress: [ObjectName]] = [:]
    /// Who holds addresses and node ports.
    private(set) var fronts = ServiceFronts()
    /// Those that answer DNS, kube-dns first.
    private(set) var dnsServices: [Service] = []
    /// Slices that name no Service: the label kubernetes.io/service-name is missing.
    package var looseSlices: [EndpointSlice] = []
    /// Slices that were read, not derived from Pods or mirrored from Endpoints here.
    package var writtenSlices: Set<ObjectName> = []
    /// Where the objects that were read stand.
    package var places: [ObjectKey: SourcePlace] = [:]
    /// Codes that an object's annotation clusterdns.io/ignore keeps quiet, by `Service shop/web`.
    private var ignoredCodes: [String: Set<String>] = [:]
    /// MAN001 to MAN010, and what giving out addresses found (SVC002 to SVC004).
    package var loadFindings: [Finding] = [] { didSet { loaded = LoadIndex(loadFindings, allocationFaults) } }
    /// What giving out addresses found, each collision once, also those that an annotation keeps quiet.
    package var allocationFaults: [AllocationFault] = [] {
        didSet { loaded = LoadIndex(loadFindings, allocationFaults) }
    }
    /// Both by what they are about.
    private(set) var loaded = LoadIndex([], [])
    /// Services whose ClusterIP was given here, not written.
    package var allocated: Set<ObjectName> = []
    /// All that was given here to Services that did not ask for a certain one: a cluster may have given them others.
    package var allocations: [ObjectName: Allocation] = [:]
    /// Services that no manifest has and every cluster does: nothing of theirs can be looked at.
    package private(set) var implied: Set<ObjectName> = []
    /// Where single fields stand.
    package var fieldPlaces = FieldPlaces()
    package var domain = ClusterZoneOptions.defaultDomain
    /// Empty: not told.
    package var serviceCIDRs: [CIDR] = []
    package var podCIDRs: [CIDR] = []
    /// CFG: of the Corefile that says which registry it is.
    package var corefileFindings: [Finding] = []
    /// Zones of external addresses.
    package var externalZones: [DomainName] = []
    /// What of the objects the server shows.
    package var exposure = Exposure()
    /// How all this was come by.
    package var reading = ClusterReading()

    package init() {}

    /// A registry alone: nothing is known of where its objects come from.
    init(_ registry: ServiceRegistry, domain: DomainName = ClusterZoneOptions.defaultDomain) {
        self.registry = registry
        livePods = ClusterFacts.livePods(of: registry)
        podLabels = PodLabels(registry.pods.values)
        sharedPodAddresses = Pod.sharedAddresses(livePods.values.joined())
        fronts = ServiceFronts(registry.services.values)
        dnsServices = ClusterDNS.services(in: registry)
        self.domain = domain
    }

    /// What manifests say.
    package init(_ snapshot: ManifestSnapshot, domain: DomainName = ClusterZoneOptions.defaultDomain) {
        for event in snapshot.events {
            registry.apply(event)
            if case .put(.endpointSlice(let slice)) = event {
                if slice.serviceName == nil { looseSlices.append(slice) }
                if snapshot.places[event.key!] != nil { writtenSlices.insert(slice.name) }
            }
        }
        livePods = ClusterFacts.livePods(of: registry)
        podLabels = PodLabels(registry.pods.values)
        sharedPodAddresses = Pod.sharedAddresses(livePods.values.joined())
        fronts = ServiceFronts(registry.services.values)
        dnsServices = ClusterDNS.services(in: registry)
        places = snapshot.places
        ignoredCodes = Dictionary(uniqueKeysWithValues: snapshot.ignoredCodes.map { ("\($0)", $1) })
        loadFindings = snapshot.findings
        allocationFaults = snapshot.allocationFaults
        loaded = LoadIndex(loadFindings, allocationFaults)
        allocated = snapshot.allocated
        allocations = snapshot.allocations
        implied = Set(registry.services.keys.filter { places[ObjectKey(.service, $0)] == nil })
        fieldPlaces = snapshot.fieldPlaces
        self.domain = domain
    }

    private static func livePods(of registry: ServiceRegistry) -> [String: [Pod]] {
        let live = registry.pods.values.filter { !$0.hasEnded }
        return Dictionary(grouping: live, by: \.name.namespace).mapValues { $0.sorted { $0.name < $1.name } }
    }

    package func place(of service: ObjectName) -> SourcePlace? { places[ObjectKey(.service, service)] }

    /// Whether the object that a finding is about asked not to hear it.
    package func ignores(_ finding: Finding) -> Bool {
        finding.object.flatMap { ignoredCodes[$0] }?.contains(finding.code) ?? false
    }

    /// Where a field of an object stands: `["spec", "ports", "0", "targetPort"]`, list items by their numbers; nil where
    /// the object or the field is in no file. The file is read again when the first of its fields is asked for.
    package func place(of key: ObjectKey, field path: [String]) -> SourcePlace? {
        places[key].flatMap { fieldPlaces.place(of: path, ofObjectAt: $0) }
    }

    /// The Pods that a Service's selector finds, in the order of their names; nil where it has none.
    package func pods(selectedBy service: Service) -> [Pod]? {
        guard let selector = service.selector, !selector.isEmpty else { return nil }
        return podLabels.pods(with: selector).filter {
            $0.name.namespace == service.name.namespace && !$0.hasEnded
        }
    }

    /// The Pods of a namespace that have not ended, in the order of their names.
    package func pods(in namespace: String) -> [Pod] { livePods[namespace] ?? [] }

    /// The endpoints of a Service with their slice's ports, in the order of their slices.
    package func endpoints(of service: ObjectName) -> [(endpoint: Endpoint, slice: EndpointSlice)] {
        registry.slices(of: service).flatMap { slice in slice.endpoints.map { ($0, slice) } }
    }
}
