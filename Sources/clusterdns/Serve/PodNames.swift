import CLinux
import NetworkAddress
import ServiceRegistry

/// Pods by their addresses, as registries knew them at one time.
struct PodNames: Sendable {
    /// Nanoseconds on the clock that only goes forward.
    let made = clinux_nanoseconds()
    private var names: [IPAddress: String] = [:]

    init() {}

    subscript(address: IPAddress) -> String? { names[address] }

    /// Adds a registry's: its Pods, and those that endpoints name. Pods with their node's address are not told apart, and
    /// Pods that have ended have none.
    mutating func add(_ registry: ServiceRegistry) {
        for service in registry.services.keys {
            for slice in registry.slices(of: service) {
                slice.packed.forEachInParts { endpoint in
                    guard !endpoint.podName.isEmpty else { return }
                    let name = "\(slice.name.namespace)/\(String(decoding: endpoint.podName, as: UTF8.self))"
                    for address in endpoint.addresses + [endpoint.address].compactMap({ $0 }) { names[address] = name }
                }
            }
        }
        for pod in registry.pods.values where !pod.hostNetwork && pod.phase != .succeeded && pod.phase != .failed {
            for address in pod.addresses { names[address] = "\(pod.name.namespace)/\(pod.name.name)" }
        }
    }
}
