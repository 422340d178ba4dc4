extension PackedEndpoints {
    /// What is left of both when equal endpoints at the beginning and at the end are taken away.
    package func difference(from old: PackedEndpoints) -> (old: PackedEndpoints, new: PackedEndpoints) {
        let (mine, theirs) = (places, old.places)
        let shorter = Swift.min(count, old.count)
        let equal = octets.withUnsafeBytes { a in old.octets.withUnsafeBytes { b in commonPrefix(a, b) } }
        var first = 0
        while first < shorter, mine[first + 1] <= equal, mine[first + 1] == theirs[first + 1] { first += 1 }
        let equalBehind = octets.withUnsafeBytes { a in old.octets.withUnsafeBytes { b in commonSuffix(a, b) } }
        var behind = 0
        while behind < shorter - first {
            let length = octets.count - mine[count - 1 - behind]
            guard length <= equalBehind, length == old.octets.count - theirs[old.count - 1 - behind] else { break }
            behind += 1
        }
        return (old.part(first..<(old.count - behind), theirs), part(first..<(count - behind), mine))
    }

    /// Where each endpoint begins, and the end of the last.
    private var places: [Int] {
        withReader { reader in
            var places = [0]
            places.reserveCapacity(count + 1)
            while reader.skipEndpoint() { places.append(reader.at) }
            return places
        }
    }

    private func part(_ indices: Range<Int>, _ places: [Int]) -> PackedEndpoints {
        guard !indices.isEmpty else { return PackedEndpoints() }
        return PackedEndpoints(
            octets: Array(octets[places[indices.lowerBound]..<places[indices.upperBound]]), count: indices.count)
    }
}

/// Octets at the beginning of both that are equal, eight at a time: slices of a thousand endpoints are compared for one.
private func commonPrefix(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
    let end = min(a.count, b.count)
    var at = 0
    while at + 8 <= end,
        a.loadUnaligned(fromByteOffset: at, as: UInt64.self) == b.loadUnaligned(fromByteOffset: at, as: UInt64.self)
    {
        at += 8
    }
    while at < end, a[at] == b[at] { at += 1 }
    return at
}

/// The same from the end.
private func commonSuffix(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
    let end = min(a.count, b.count)
    var length = 0
    while length + 8 <= end,
        a.loadUnaligned(fromByteOffset: a.count - length - 8, as: UInt64.self)
            == b.loadUnaligned(fromByteOffset: b.count - length - 8, as: UInt64.self)
    { length += 8 }
    while length < end, a[a.count - length - 1] == b[b.count - length - 1] { length += 1 }
    return length
}
