/// A message being written, and where in it names stand that a later name may point to.
struct WireWriter {
    private(set) var bytes: [UInt8] = []
    /// Names in lower case by the offset of their first label.
    private var offsets: [ArraySlice<UInt8>: Int] = [:]
    /// The keys of `offsets` in the order of writing, so that writing can be taken back.
    private var written: [ArraySlice<UInt8>] = []

    /// The largest offset that fits the 14 bits of a pointer, RFC 1035 4.1.4.
    private static let lastTarget = 0x3FFF

    /// A state to which the writer can go back.
    struct Mark {
        fileprivate let length: Int
        fileprivate let names: Int
    }

    var count: Int { bytes.count }

    var mark: Mark { Mark(length: bytes.count, names: written.count) }

    /// Forgets everything that was written since.
    mutating func rewind(to mark: Mark) {
        bytes.removeSubrange(mark.length...)
        while written.count > mark.names { offsets[written.removeLast()] = nil }
    }

    mutating func append(_ number: some FixedWidthInteger) { bytes += octets(number) }
    mutating func append(_ octets: [UInt8]) { bytes += octets }

    /// Writes over two octets that are there.
    mutating func replace(at offset: Int, with number: UInt16) {
        bytes.replaceSubrange(offset..<(offset + 2), with: octets(number))
    }

    /// A name, its longest end that was written before replaced by a pointer (RFC 1035 4.1.4). Ends are compared without
    /// case (RFC 4343 3), so a name may come out in the letters of the earlier one.
    mutating func append(compressing name: DomainName) {
        let key = name.lowercased.wire
        var at = 0
        while key[at] != 0 {
            if let target = offsets[key[at...]] {
                append(0xC000 | UInt16(target))
                return
            }
            if bytes.count <= WireWriter.lastTarget {
                offsets[key[at...]] = bytes.count
                written.append(key[at...])
            }
            let next = at + 1 + Int(key[at])
            bytes += name.wire[at..<next]
            at = next
        }
        bytes.append(0)
    }
}
