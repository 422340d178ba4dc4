import NetworkAddress
import ServiceRegistry
import Synchronization

/// Which namespace a client's Pod is in, by its address: what autopath searches first.
///
///     clients.namespace(of: IPAddress("10.244.1.7")!)      // "default"; nil where nobody or several are there
///
/// An address is of the namespace of the EndpointSlices that have it, ready or not, and of the Pods that have it and have
/// not ended, as far as these are told. One that is told of several namespaces is nobody's, and so is a node's: an
/// address of a Node, or of a Pod on its host's network. A Service whose endpoints are written by hand lends
/// its namespace to them; nothing comes of it unless they ask for names of that namespace.
///
/// 12 octets for an IPv4 address and 24 for an IPv6 one, in tables that are between three eighths and three quarters full:
/// 16 to 32, or 32 to 64. An event costs what it changes. Any thread may ask.
package final class ClientNamespaces: Sendable {
    private let places = Mutex(Places())

    package init() {}

    /// - Returns: nil for an address that is nobody's.
    package func namespace(of address: IPAddress) -> String? { places.withLock { $0.namespace(of: address) } }

    /// How many addresses have a namespace.
    package var count: Int { places.withLock { $0.count } }

    /// Takes an event into account.
    /// - Parameter old: the object as it was told last; nil: it was not there.
    package func apply(_ event: RegistryEvent, insteadOf old: RegistryObject?) {
        let new: RegistryObject? = if case .put(let object) = event { object } else { nil }
        switch (old, new) {
        case (nil, nil): break
        case (.endpointSlice(let old), .endpointSlice(let new)) where new.service != nil:
            let (gone, come) = new.packed.difference(from: old.packed)
            places.withLock { places in
                come.forEachAddress { places.add($0, to: new.name.namespace) }
                gone.forEachAddress { places.remove($0, from: old.name.namespace) }
            }
        default:
            places.withLock { places in
                new?.forEachClient { places.add($0, to: $1) }
                old?.forEachClient { places.remove($0, from: $1) }
            }
        }
    }
}

extension RegistryObject {
    /// Each address that it says is a client's, with the client's namespace; "" for a node's.
    fileprivate func forEachClient(_ body: (IPAddress, _ namespace: String) -> Void) {
        switch self {
        // One that belongs to no Service is held by nobody, who then could not tell what it was.
        case .endpointSlice(let slice) where slice.service != nil:
            slice.packed.forEachAddress { body($0, slice.name.namespace) }
        case .pod(let pod) where pod.phase != .succeeded && pod.phase != .failed:
            for address in pod.addresses { body(address, pod.hostNetwork ? "" : pod.name.namespace) }
        case .node(let node):
            for address in node.addresses { body(address, "") }
        default: break
        }
    }
}

/// Addresses with the namespaces that have been told of them, and how often.
private struct Places: Sendable {
    private struct Mention {
        /// A number of `Namespaces`.
        var namespace: UInt32
        var count: UInt32
    }

    private var namespaces = Namespaces()
    private var v4: [UInt32: Mention] = [:]
    private var v6: [SIMD2<UInt64>: Mention] = [:]
    /// Addresses of several namespaces, which are in neither table.
    private var shared: [IPAddress: [UInt32: UInt32]] = [:]

    var count: Int { v4.count + v6.count }

    private subscript(address: IPAddress) -> Mention? {
        get { address.family == .v4 ? v4[address.v4] : v6[SIMD2(address.high, address.low)] }
        set {
            switch address.family {
            case .v4: v4[address.v4] = newValue
            case .v6: v6[SIMD2(address.high, address.low)] = newValue
            }
        }
    }

    func namespace(of address: IPAddress) -> String? {
        guard let mention = self[address] else { return nil }
        let name = namespaces[mention.namespace]
        return name.isEmpty ? nil : name
    }

    mutating func add(_ address: IPAddress, to name: String) {
        let namespace = namespaces.use(name)
        if shared[address] != nil {
            shared[address]?[namespace, default: 0] += 1
        } else if let mention = self[address], mention.namespace != namespace {
            shared[address] = [mention.namespace: mention.count, namespace: 1]
            self[address] = nil
        } else {
            self[address] = Mention(namespace: namespace, count: (self[address]?.count ?? 0) + 1)
        }
    }

    mutating func remove(_ address: IPAddress, from name: String) {
        guard let namespace = namespaces.number(of: name) else { return }
        if var mentions = shared[address], let count = mentions[namespace] {
            mentions[namespace] = count > 1 ? count - 1 : nil
            shared[address] = mentions.count > 1 ? mentions : nil
            if mentions.count == 1, let (namespace, count) = mentions.first {
                self[address] = Mention(namespace: namespace, count: count)
            }
        } else if let mention = self[address], mention.namespace == namespace {
            self[address] = mention.count > 1 ? Mention(namespace: namespace, count: mention.count - 1) : nil
        } else {
            return
        }
        namespaces.drop(namespace)
    }
}

/// Names of namespaces by small numbers; one that nothing uses is forgotten.
private struct Namespaces: Sendable {
    private var names: [String] = []
    private var uses: [Int] = []
    private var numbers: [String: UInt32] = [:]
    private var free: [UInt32] = []

    subscript(number: UInt32) -> String { names[Int(number)] }

    func number(of name: String) -> UInt32? { numbers[name] }

    mutating func use(_ name: String) -> UInt32 {
        if let number = numbers[name] {
            uses[Int(number)] += 1
            return number
        }
        let number = free.popLast() ?? UInt32(names.count)
        if Int(number) == names.count {
            names.append(name)
            uses.append(1)
        } else {
            (names[Int(number)], uses[Int(number)]) = (name, 1)
        }
        numbers[name] = number
        return number
    }

    mutating func drop(_ number: UInt32) {
        uses[Int(number)] -= 1
        guard uses[Int(number)] == 0 else { return }
        numbers[names[Int(number)]] = nil
        names[Int(number)] = ""
        free.append(number)
    }
}
