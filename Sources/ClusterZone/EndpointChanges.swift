import DNSWire
import NetworkAddress
import ServiceRegistry

/// What differs between a Service's slices as they were and as they are.
struct EndpointChanges {
    let old: [EndpointSlice]
    let new: [EndpointSlice]
    /// Endpoints that are new, gone or changed.
    private(set) var count = 0
    /// The names that they have or had, each once.
    private(set) var labels: [EndpointLabel] = []
    private(set) var arePortsChanged = false
    private let details: PackedEndpoints.Details

    var isEmpty: Bool { labels.isEmpty && !arePortsChanged }

    /// - Parameter details: which names endpoints have, as for `ServiceEndpoints`.
    init(from old: [EndpointSlice], to new: [EndpointSlice], _ details: PackedEndpoints.Details = []) {
        self.details = details.intersection(.podNames)
        self.old = old
        self.new = new
        var seen: Set<EndpointLabel> = []
        for slice in new {
            note(old.first { $0.name == slice.name }, slice, &seen)
        }
        for slice in old where !new.contains(where: { $0.name == slice.name }) { note(slice, nil, &seen) }
    }

    private mutating func note(_ old: EndpointSlice?, _ new: EndpointSlice?, _ seen: inout Set<EndpointLabel>) {
        let wasThere = old.map { $0.addressType != .fqdn } ?? false
        let isThere = new.map { $0.addressType != .fqdn } ?? false
        let before = wasThere ? old?.packed ?? PackedEndpoints() : PackedEndpoints()
        let after = isThere ? new?.packed ?? PackedEndpoints() : PackedEndpoints()
        let (gone, come) = after.difference(from: before)
        count += max(gone.count, come.count)
        if old?.ports != new?.ports { arePortsChanged = true }
        for part in [gone, come] {
            part.forEachReadyAddress(details) { hostname, address, _ in
                let label = EndpointLabel(hostname, address)
                if seen.insert(label).inserted { labels.append(label) }
            }
        }
    }

    /// The addresses of each of `labels`, as they were or as they are.
    func addresses(in slices: [EndpointSlice]) -> [[IPAddress]] {
        var out: [[IPAddress]] = Array(repeating: [], count: labels.count)
        func find(_ lookup: (String, IPAddress) -> Int?) {
            for slice in slices where slice.addressType != .fqdn {
                slice.packed.forEachReadyAddress(details) { hostname, address, _ in
                    guard let place = lookup(hostname, address) else { return }
                    if !out[place].contains(address) { out[place].append(address) }
                }
            }
        }
        // A change is of one name almost always: no hashing of all the others.
        if labels.count == 1, case .address(let only) = labels[0] {
            find { hostname, address in
                (hostname.isEmpty ? address == only : EndpointLabel(hostname, address) == .address(only)) ? 0 : nil
            }
        } else {
            let places = Dictionary(uniqueKeysWithValues: zip(labels, labels.indices))
            find { places[EndpointLabel($0, $1)] }
        }
        return out
    }
}
