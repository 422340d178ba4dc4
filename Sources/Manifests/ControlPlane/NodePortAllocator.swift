/// Gives out node ports (k/k pkg/registry/core/service/portallocator): 30000 to 32767, unasked ones from the upper band
/// that begins at min(max(16, size/32), 128) = 86, then from the lower.
struct NodePortAllocator {
    static let range: ClosedRange<UInt16> = 30000...32767
    private static let band: UInt16 = 86

    private var taken: Set<UInt16> = []
    private var upperHint = range.lowerBound + band
    private var lowerHint = range.lowerBound

    mutating func allocate() -> UInt16? {
        while upperHint <= Self.range.upperBound, taken.contains(upperHint) { upperHint += 1 }
        if upperHint <= Self.range.upperBound {
            taken.insert(upperHint)
            return upperHint
        }
        while lowerHint < Self.range.lowerBound + Self.band, taken.contains(lowerHint) { lowerHint += 1 }
        guard lowerHint < Self.range.lowerBound + Self.band else { return nil }
        taken.insert(lowerHint)
        return lowerHint
    }

    mutating func take(_ port: UInt16) { taken.insert(port) }

    mutating func release(_ port: UInt16) {
        guard taken.remove(port) != nil else { return }
        if port >= Self.range.lowerBound + Self.band {
            upperHint = min(upperHint, port)
        } else {
            lowerHint = min(lowerHint, port)
        }
    }
}
