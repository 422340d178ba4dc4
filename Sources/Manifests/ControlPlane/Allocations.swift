import NetworkAddress
import ServiceRegistry

/// A node port of a Service: which of its ports it is for.
package struct PortKey: Hashable, Sendable {
    package var transport: TransportProtocol
    package var port: UInt16

    package init(transport: TransportProtocol, port: UInt16) {
        self.transport = transport
        self.port = port
    }
}

/// What one Service has been given.
package struct Allocation: Hashable, Sendable {
    package var addresses: [IPAddress] = []
    package var nodePorts: [PortKey: UInt16] = [:]

    package init(addresses: [IPAddress] = [], nodePorts: [PortKey: UInt16] = [:]) {
        self.addresses = addresses
        self.nodePorts = nodePorts
    }

    var isEmpty: Bool { addresses.isEmpty && nodePorts.isEmpty }
}

/// The addresses and node ports of all Services: those written in manifests and those given.
///
/// A Service keeps what it was given as long as it wants it. What a manifest says wins: a Service that was given the same
/// gets another. Two manifests that say the same are both served as written, with a finding.
struct Allocations {
    private var blocks: [AddressAllocator]
    private let reportsForeign: Bool
    private var ports = NodePortAllocator()
    /// Given to Services that did not ask for a certain one: what the state file keeps.
    private(set) var given: [ObjectName: Allocation] = [:]
    /// Whose allocation is another than when `takeChanged` was last called.
    private var changed: Set<ObjectName> = []
    /// Addresses that some Services get if they are free: those of the Services that every cluster has.
    private let preferred: [ObjectName: IPAddress]
    private var addressHolders = Holders<IPAddress>()
    private var portHolders = Holders<PortHolding>()
    private var written: [ObjectName: Allocation] = [:]
    /// Services whose given address a manifest has claimed since: to be completed again.
    private(set) var displaced: Set<ObjectName> = []

    private struct PortHolding: Hashable {
        var transport: TransportProtocol
        var nodePort: UInt16
    }

    init(_ options: ManifestOptions, remembered: [ObjectName: Allocation] = [:]) {
        blocks = options.blocks.map(AddressAllocator.init)
        families = blocks.map(\.block.family)
        reportsForeign = !options.serviceCIDRs.isEmpty
        preferred = [ControlPlane.kubernetes: blocks[0].first, ControlPlane.dns: blocks[0].tenth].compactMapValues {
            $0
        }
        for (name, allocation) in remembered { keep(allocation, for: name) }
    }

    /// What has changed since the last call, for the state file; nil: nothing is given any more.
    mutating func takeChanged() -> [ObjectName: Allocation?] {
        defer { changed = [] }
        return Dictionary(uniqueKeysWithValues: changed.map { ($0, given[$0]) })
    }

    let families: [IPAddress.Family]
    /// One list for all Services.
    private let bothFamilies: [IPAddress.Family] = [.v4, .v6]

    private mutating func keep(_ allocation: Allocation, for name: ObjectName) {
        given[name] = allocation
        for address in allocation.addresses {
            addressHolders.insert(name, of: address)
            for index in blocks.indices { blocks[index].take(address) }
        }
        for (key, port) in allocation.nodePorts {
            ports.take(port)
            portHolders.insert(name, of: PortHolding(transport: key.transport, nodePort: port))
        }
    }

    /// Claims what a Service's manifest says, before anything is given to anyone in the same batch.
    mutating func claim(_ service: Service) -> [AllocationFault] {
        let name = service.name
        forgetWritten(name)
        var claimed = Allocation(addresses: service.clusterIPs)
        var faults: [AllocationFault] = []
        for address in service.clusterIPs {
            for holder in addressHolders[address].subtracting([name]).sorted() {
                if given[holder]?.addresses.contains(address) == true {
                    give(back: address, of: holder)
                    displaced.insert(holder)
                } else {
                    faults.append(AllocationFault(name, .addressTaken(address, by: holder)))
                }
            }
            addressHolders.insert(name, of: address)
            for index in blocks.indices { blocks[index].take(address) }
            if reportsForeign, !blocks.contains(where: { $0.block.contains(address) }) {
                faults.append(AllocationFault(name, .addressOutside(address, blocks.map(\.block))))
            }
        }
        var own: Set<PortHolding> = []
        for port in service.ports {
            guard let nodePort = port.nodePort else { continue }
            if !NodePortAllocator.range.contains(nodePort) {
                faults.append(AllocationFault(name, .nodePortOutside(nodePort)))
            }
            let holding = PortHolding(transport: port.transport, nodePort: nodePort)
            if !own.insert(holding).inserted {
                faults.append(AllocationFault(name, .nodePortTaken(nodePort, port.transport, by: name)))
                continue
            }
            for holder in portHolders[holding].subtracting([name]).sorted() {
                if let key = given[holder]?.nodePorts.first(where: { $0.value == nodePort })?.key {
                    given[holder]?.nodePorts[key] = nil
                    changed.insert(holder)
                    portHolders.remove(holder, of: holding)
                    displaced.insert(holder)
                } else {
                    faults.append(AllocationFault(name, .nodePortTaken(nodePort, port.transport, by: holder)))
                }
            }
            claimed.nodePorts[PortKey(transport: port.transport, port: port.port)] = nodePort
            portHolders.insert(name, of: holding)
            ports.take(nodePort)
        }
        written[name] = claimed.isEmpty ? nil : claimed
        return faults
    }

    /// Gives a Service what it wants and does not say, and completes it.
    mutating func complete(_ service: Service) -> Service {
        var service = service
        let name = service.name
        let wanted = wantedFamilies(service)
        service.families = wanted
        var allocation = given[name] ?? Allocation()
        let wantsAddresses = !service.isHeadless && service.kind != .externalName
        for address in allocation.addresses {
            let isWanted =
                wantsAddresses && wanted.contains(address.family)
                && !service.clusterIPs.contains { $0.family == address.family }
            if !isWanted { give(back: address, of: name) }
        }
        allocation.addresses = given[name]?.addresses ?? []
        if wantsAddresses {
            for family in wanted where !service.clusterIPs.contains(where: { $0.family == family }) {
                if let kept = allocation.addresses.first(where: { $0.family == family }) {
                    service.clusterIPs.append(kept)
                } else if let index = blocks.firstIndex(where: { $0.block.family == family }),
                    let address = allocate(for: name, from: index)
                {
                    addressHolders.insert(name, of: address)
                    allocation.addresses.append(address)
                    service.clusterIPs.append(address)
                }
            }
            if service.clusterIPs.count > 1 {
                service.clusterIPs.sort { a, b in
                    (wanted.firstIndex(of: a.family) ?? 9) < (wanted.firstIndex(of: b.family) ?? 9)
                }
            }
        }
        allocation.nodePorts = completePorts(&service, allocation.nodePorts)
        if given[name] ?? Allocation() != allocation { changed.insert(name) }
        given[name] = allocation.isEmpty ? nil : allocation
        displaced.remove(name)
        return service
    }

    private mutating func allocate(for name: ObjectName, from index: Int) -> IPAddress? {
        if let address = preferred[name], blocks[index].take(ifFree: address) { return address }
        return blocks[index].allocate()
    }

    private mutating func completePorts(_ service: inout Service, _ old: [PortKey: UInt16]) -> [PortKey: UInt16] {
        let wants =
            service.kind == .nodePort || (service.kind == .loadBalancer && service.allocateLoadBalancerNodePorts)
        var kept: [PortKey: UInt16] = [:]
        // One number for the TCP and UDP side of one port, as Kubernetes gives it.
        var byNumber: [UInt16: UInt16] = [:]
        if wants {
            for index in service.ports.indices where service.ports[index].nodePort == nil {
                let port = service.ports[index]
                let key = PortKey(transport: port.transport, port: port.port)
                guard let number = old[key] ?? byNumber[port.port] ?? ports.allocate() else { continue }
                kept[key] = number
                byNumber[port.port] = number
                portHolders.insert(service.name, of: PortHolding(transport: port.transport, nodePort: number))
                service.ports[index].nodePort = number
            }
        }
        for (key, number) in old where kept[key] != number {
            release(PortHolding(transport: key.transport, nodePort: number), of: service.name)
        }
        return kept
    }

    /// The families that the API server would default to (pkg/registry/core/service/storage, defaultOnRead and alloc).
    private func wantedFamilies(_ service: Service) -> [IPAddress.Family] {
        guard service.kind != .externalName else { return [] }
        if !service.families.isEmpty { return service.families }
        var wanted = service.clusterIPs.map(\.family)
        let isDual = service.familyPolicy == .preferDualStack || service.familyPolicy == .requireDualStack
        if service.isHeadless && service.selector == nil && service.familyPolicy == nil { return bothFamilies }
        for family in isDual || wanted.isEmpty ? families : [] where !wanted.contains(family) {
            wanted.append(family)
            if !isDual { break }
        }
        // Most want what the cluster has: its own list, not one for each Service.
        return wanted == families ? families : wanted
    }

    /// Takes everything back from a Service that is gone.
    mutating func release(_ name: ObjectName) {
        forgetWritten(name)
        for address in given[name]?.addresses ?? [] { give(back: address, of: name) }
        for (key, port) in given[name]?.nodePorts ?? [:] {
            release(PortHolding(transport: key.transport, nodePort: port), of: name)
        }
        if given.removeValue(forKey: name) != nil { changed.insert(name) }
        displaced.remove(name)
    }

    private mutating func forgetWritten(_ name: ObjectName) {
        guard let old = written.removeValue(forKey: name) else { return }
        for address in old.addresses { release(address, of: name) }
        for (key, port) in old.nodePorts { release(PortHolding(transport: key.transport, nodePort: port), of: name) }
    }

    private mutating func give(back address: IPAddress, of name: ObjectName) {
        given[name]?.addresses.removeAll { $0 == address }
        changed.insert(name)
        if given[name]?.isEmpty == true { given[name] = nil }
        release(address, of: name)
    }

    private mutating func release(_ address: IPAddress, of name: ObjectName) {
        addressHolders.remove(name, of: address)
        guard addressHolders[address].isEmpty else { return }
        for index in blocks.indices { blocks[index].release(address) }
    }

    private mutating func release(_ holding: PortHolding, of name: ObjectName) {
        portHolders.remove(name, of: holding)
        guard portHolders[holding].isEmpty else { return }
        let other: TransportProtocol = holding.transport == .tcp ? .udp : .tcp
        if portHolders[PortHolding(transport: other, nodePort: holding.nodePort)].isEmpty {
            ports.release(holding.nodePort)
        }
    }
}
