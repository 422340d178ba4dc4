import NetworkAddress

/// Gives out the addresses of one Service CIDR as Kubernetes does (k/k pkg/registry/core/service/ipallocator), but the
/// lowest free one instead of a random one: the same manifests get the same addresses.
///
/// Addresses nobody asked for come from the upper band first, which begins behind the first min(max(16, size/16), 256)
/// addresses: the lower band is for those that people write into manifests. The first address (default/kubernetes), the tenth (kube-dns), the
/// network's own and the last are never given out unasked.
struct AddressAllocator {
    let block: CIDR
    private var taken: Set<UInt64> = []
    /// No offset below these is free, in the upper and the lower band.
    private var upperHint: UInt64
    private var lowerHint: UInt64 = 1
    private let band: UInt64
    private let end: UInt64

    init(_ block: CIDR) {
        self.block = block
        let size = min(block.size, 1 << 62)
        band = min(max(16, size / 16), 256)
        // IPv4 loses its broadcast address (ipallocator.go, NewInMemory).
        end = block.family == .v4 && size > 2 ? size - 1 : size
        upperHint = band + 1
    }

    /// The address of default/kubernetes, nil in a block without room.
    var first: IPAddress? { block[1] }
    /// The address of kube-system/kube-dns.
    var tenth: IPAddress? { block[10] }

    private func isReserved(_ offset: UInt64) -> Bool { offset == 0 || offset == 1 || offset == 10 }

    /// Takes the lowest free address; nil when none is left.
    mutating func allocate() -> IPAddress? {
        while upperHint < end, taken.contains(upperHint) { upperHint += 1 }
        if upperHint < end {
            taken.insert(upperHint)
            return block[upperHint]
        }
        while lowerHint < min(band + 1, end), taken.contains(lowerHint) || isReserved(lowerHint) { lowerHint += 1 }
        guard lowerHint < min(band + 1, end) else { return nil }
        taken.insert(lowerHint)
        return block[lowerHint]
    }

    /// Takes a certain address if it is free.
    mutating func take(ifFree address: IPAddress) -> Bool {
        block.offset(of: address).map { taken.insert($0).inserted } ?? false
    }

    /// Takes a certain address, free or not.
    mutating func take(_ address: IPAddress) {
        if let offset = block.offset(of: address) { taken.insert(offset) }
    }

    mutating func release(_ address: IPAddress) {
        guard let offset = block.offset(of: address), taken.remove(offset) != nil else { return }
        if offset > band { upperHint = min(upperHint, offset) } else { lowerHint = min(lowerHint, max(offset, 1)) }
    }
}
