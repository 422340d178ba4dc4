import DNSWire

/// Names in an order, to find the first one that a question's name is at or below, in place.
package final class NameList: @unchecked Sendable {
    package let names: [DomainName]
    private let count: Int
    /// For each its length, then its octets in lower case.
    private let block: UnsafeMutableRawPointer
    private static let stride = 8 + 256

    package init(_ names: [DomainName]) {
        self.names = names
        count = names.count
        block = .allocate(byteCount: max(1, names.count) * NameList.stride, alignment: 16)
        block.initializeMemory(as: UInt8.self, repeating: 0, count: max(1, names.count) * NameList.stride)
        for (index, name) in names.enumerated() {
            let place = block + index * NameList.stride
            place.storeBytes(of: name.wire.count, as: Int.self)
            (place + 8).copyMemory(from: name.lowercased.wire, byteCount: name.wire.count)
        }
    }

    deinit { block.deallocate() }

    /// The place of the first name, from `start` on, that `name` is at or below.
    /// - Parameter limit: names of this many octets or more do not count.
    @inline(__always)
    func first(holding name: FoldedName, shorterThan limit: Int) -> Int? {
        var index = 0
        while index < count {
            let place = block + index &* NameList.stride
            let length = place.load(as: Int.self)
            let start = name.length &- length
            // Most often it is the root.
            if length == 1 && limit > 1 { return index }
            if length < limit && start >= 0 && sameOctets(place + 8, name.words + start, length: length)
                && name.hasLabel(at: start)
            {
                return index
            }
            index &+= 1
        }
        return nil
    }

    package func first(holding name: DomainName) -> Int? { names.firstIndex { name.isAtOrBelow($0) } }
}

extension Answerer {
    /// The place of the first name of a list that the question's name is at or below. A DS set is its parent's (RFC 4035
    /// 3.1.4.1), so for it the name itself does not count, if there is another; as for CoreDNS, the root is none: it would
    /// deny a zone that it has never heard of.
    @inline(__always)
    package mutating func place(in list: NameList) -> Int? {
        if type == Wire.ds, let above = list.first(holding: name, shorterThan: name.length),
            list.names[above].wire.count > 1
        {
            return above
        }
        return list.first(holding: name, shorterThan: .max)
    }
}
