import DNSWire
import NetworkAddress

extension RecordListing {
    /// Lines for /etc/hosts: each address once, with every name that has it.
    package var hostsText: String {
        var names: [IPAddress: [String]] = [:]
        for zone in zones {
            let apex = zone.apex.map { (owner: zone.origin, set: $0) }
            for (owner, set) in apex + zone.groups.flatMap(\.records) {
                // hosts(5) has no wildcards, and no root.
                guard !owner.isRoot, owner.labels.first != [UInt8(ascii: "*")] else { continue }
                let name = String("\(owner)".dropLast())
                for case .address(let address) in set.data where names[address]?.contains(name) != true {
                    names[address, default: []].append(name)
                }
            }
        }
        return names.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.joined(separator: " "))\n" }.joined()
    }
}
