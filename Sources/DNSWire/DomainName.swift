/// An absolute domain name: `web.default.svc.cluster.local.`
///
///     let name = try DomainName("Web.default.svc.cluster.local.")
///     name == (try DomainName("web.DEFAULT.svc.cluster.local"))    // true: compared without case
///     "\(name)"                                                   // "Web.default.svc.cluster.local.": case is kept
///
/// It is held in wire form without compression: 1 to 255 octets, each label at most 63 octets, the root's empty label
/// last (RFC 1035 2.3.4). Every value is valid; what is not, does not become one.
package struct DomainName: Sendable {
    /// The wire form, as given: length octet and label, again and again, then 0.
    package let wire: [UInt8]

    /// The longest wire form, RFC 1035 2.3.4.
    package static let maximumLength = 255
    /// The longest label, RFC 1035 2.3.4.
    package static let maximumLabelLength = 63

    package static let root = DomainName(unchecked: [0])

    /// A name from octets already known to be one name in wire form.
    init(unchecked wire: [UInt8]) {
        self.wire = wire
    }

    /// A name from uncompressed wire form.
    /// - Throws: `WireError` where the octets are not exactly one name.
    package init(wire: [UInt8]) throws(WireError) {
        var at = 0
        while true {
            guard at < wire.count else { throw WireError(.truncated, at: at) }
            let length = Int(wire[at])
            guard length <= DomainName.maximumLabelLength else { throw WireError(.badLabel, at: at) }
            at += 1 + length
            guard at <= DomainName.maximumLength else { throw WireError(.nameTooLong, at: at) }
            if length == 0 { break }
        }
        guard at == wire.count else { throw WireError(.trailingBytes, at: at) }
        self.wire = wire
    }

    /// A name from labels, first label first, the root's empty label left out.
    package init(labels: some Sequence<[UInt8]>) throws(WireError) {
        var wire: [UInt8] = []
        for label in labels {
            guard !label.isEmpty else { throw WireError(.emptyLabel, at: wire.count) }
            guard label.count <= DomainName.maximumLabelLength else { throw WireError(.badLabel, at: wire.count) }
            wire.append(UInt8(label.count))
            wire.append(contentsOf: label)
        }
        wire.append(0)
        guard wire.count <= DomainName.maximumLength else { throw WireError(.nameTooLong, at: wire.count) }
        self.wire = wire
    }

    /// This name with one more label in front.
    package func prepending(_ label: some Collection<UInt8>) throws(WireError) -> DomainName {
        guard !label.isEmpty else { throw WireError(.emptyLabel, at: 0) }
        guard label.count <= DomainName.maximumLabelLength else { throw WireError(.badLabel, at: 0) }
        guard wire.count + 1 + label.count <= DomainName.maximumLength else {
            throw WireError(.nameTooLong, at: wire.count)
        }
        var longer: [UInt8] = []
        longer.reserveCapacity(1 + label.count + wire.count)
        longer.append(UInt8(label.count))
        longer.append(contentsOf: label)
        longer.append(contentsOf: wire)
        return DomainName(unchecked: longer)
    }

    /// This name with one more label in front, from text without escapes.
    package func prepending(_ label: String) throws(WireError) -> DomainName { try prepending(label.utf8) }

    /// This name with all labels of `other` behind it.
    package func appending(_ other: DomainName) throws(WireError) -> DomainName {
        guard wire.count - 1 + other.wire.count <= DomainName.maximumLength else {
            throw WireError(.nameTooLong, at: wire.count)
        }
        return DomainName(unchecked: wire.dropLast() + other.wire)
    }

    package var isRoot: Bool { wire.count == 1 }

    /// The labels in front of the root, first one first.
    package var labels: [ArraySlice<UInt8>] {
        var out: [ArraySlice<UInt8>] = []
        var at = 0
        while wire[at] != 0 {
            let length = Int(wire[at])
            out.append(wire[(at + 1)..<(at + 1 + length)])
            at += 1 + length
        }
        return out
    }

    package var labelCount: Int {
        var count = 0
        var at = 0
        while wire[at] != 0 {
            at += 1 + Int(wire[at])
            count += 1
        }
        return count
    }

    /// The name without its first label; nil for the root.
    package var parent: DomainName? {
        isRoot ? nil : DomainName(unchecked: Array(wire[(1 + Int(wire[0]))...]))
    }

    /// The same name in lower case (ASCII letters only, RFC 4343).
    package var lowercased: DomainName {
        DomainName(unchecked: wire.map(DomainName.lowercase))
    }

    /// Whether this is `ancestor` or below it.
    package func isAtOrBelow(_ ancestor: DomainName) -> Bool {
        guard wire.count >= ancestor.wire.count else { return false }
        let start = wire.count - ancestor.wire.count
        var at = 0
        while at < start { at += 1 + Int(wire[at]) }
        guard at == start else { return false }
        return DomainName.equal(wire, from: start, ancestor.wire)
    }

    /// The labels in front of `ancestor`, first one first; nil where this is not at or below it.
    package func labels(above ancestor: DomainName) -> [ArraySlice<UInt8>]? {
        guard isAtOrBelow(ancestor) else { return nil }
        return Array(labels.dropLast(ancestor.labelCount))
    }

    /// ASCII letters in lower case; a length octet is below 64 and so never changes.
    package static func lowercase(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }

    /// Whether the octets of `a` behind `start` are those of `b`, but for case.
    private static func equal(_ a: [UInt8], from start: Int, _ b: [UInt8]) -> Bool {
        guard a.count - start == b.count else { return false }
        for place in b.indices where a[start + place] != b[place] {
            guard lowercase(a[start + place]) == lowercase(b[place]) else { return false }
        }
        return true
    }
}

extension DomainName: Hashable {
    package static func == (a: DomainName, b: DomainName) -> Bool { equal(a.wire, from: 0, b.wire) }

    package func hash(into hasher: inout Hasher) {
        // Eight octets at a time: a call of the hasher costs as much for one as for eight.
        var word: UInt64 = 0
        for place in wire.indices {
            word = word << 8 | UInt64(DomainName.lowercase(wire[place]))
            if place & 7 == 7 {
                hasher.combine(word)
                word = 0
            }
        }
        hasher.combine(word)
    }
}

extension DomainName: Comparable {
    /// Canonical order: by label from the right, in lower case (RFC 4034 6.1).
    package static func < (a: DomainName, b: DomainName) -> Bool {
        var mine = a.labels[...]
        var theirs = b.labels[...]
        while let x = mine.popLast() {
            guard let y = theirs.popLast() else { return false }
            let p = x.map(lowercase)
            let q = y.map(lowercase)
            if p != q { return p.lexicographicallyPrecedes(q) }
        }
        return !theirs.isEmpty
    }

    /// Octets whose plain order is the canonical order of names: a key to sort many names by, made once for each.
    package var canonicalKey: [UInt8] {
        var key: [UInt8] = []
        for label in labels.reversed() {
            // 0 ends a label, so that a shorter one comes first; the octets 0 and 1 make room for it.
            for byte in label.lazy.map(DomainName.lowercase) { key += byte < 2 ? [1, byte] : [byte] }
            key.append(0)
        }
        return key
    }
}
