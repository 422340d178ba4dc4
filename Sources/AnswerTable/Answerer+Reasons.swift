import DNSWire
import Synchronization

/// Why an answer denies something, put into it as an Extended DNS Error (RFC 8914).
///
/// Reasons lie in the table itself, as sets of private types (`Reason.Kind`) at names of a zone that nobody is served. Of a
/// name `d.c.b.a` below its zone, of which `a`, `b` and `c` exist and `d` does not, the first of these names that has the
/// kind is taken: `d.c.b.a`, `d.*.b.a`, `*.*.*.a` and the origin. A label that begins with `_` is generalised to `_*`. So a
/// reason is one of a name, one of a label whatever stands above it, one of a class of names, or one of the zone.
///
/// It costs what an answer without it does not cost only where the zone has such a zone. No lock, no memory, no references.
extension Answerer {
    /// Labels below a zone that reasons have, at most.
    private static let deepest = 5

    /// Puts the reason behind the records, with the OPT record that it is an option of. Nothing changes for a client without
    /// EDNS, and where it does not fit.
    /// - Parameter kind: nil: the name exists, what it has says it.
    @inline(never)
    mutating func explain(_ kind: Reason.Kind?, in zone: ZoneCell) {
        reason = nil
        guard opt == .due, flags & Answerer.truncated == 0, name.length >= zone.length else { return }
        let reasons = ZoneCell(at: arena + Int(zone.reasons.pointee.load(ordering: .acquiring)) &* Arena.unit)
        let count = findLabels(below: zone)
        var kind = kind
        var depth = count
        switch kind {
        case .syncing?: depth = Answerer.deepest &+ 1
        case .absent?:
            depth = firstMissing(of: count, in: zone)
            // It exists, and is denied all the same.
            if depth > count { kind = .otherTypes }
        case nil: kind = kindOfLack(in: zone)
        default: break
        }
        guard let type = kind?.type.rawValue.bigEndian else { return }
        if depth >= 1 && depth <= min(count, Answerer.deepest) {
            let all: UInt8 = .max
            if write(type, reasons, of: count, depth, keeping: all) { return }
            let isOpen = reasons.flags.pointee.load(ordering: .relaxed) & ZoneCell.keepsPlaces == 0
            if kind == .absent && depth > 2 && isOpen {
                if write(type, reasons, of: count, depth, keeping: all ^ 1 &<< UInt8(depth &- 1)) { return }
            }
            if write(type, reasons, of: count, depth, keeping: depth > 1 ? 2 : 0) { return }
        }
        _ = write(type, reasons, of: count, 0, keeping: 0)
    }

    /// Where the labels of the name between itself and the zone begin; the last is the one below the origin.
    /// - Returns: how many there are.
    private func findLabels(below zone: ZoneCell) -> Int {
        let apex = name.length &- zone.length
        var count = 0
        var at = 0
        while at < apex {
            labels[count] = UInt8(truncatingIfNeeded: at)
            count &+= 1
            at &+= 1 &+ Int(name.words.load(fromByteOffset: at, as: UInt8.self))
        }
        return count
    }

    private func node(from start: Int, in zone: ZoneCell) -> Node? {
        index.find(
            hash: name.hash(from: start), zone: zone.reference, name.words + start, length: name.length &- start,
            arena: arena)
    }

    /// The number of the first label from the zone on that does not exist; one more than there are where all do, or than
    /// reasons have.
    private func firstMissing(of count: Int, in zone: ZoneCell) -> Int {
        let most = min(count, Answerer.deepest)
        var depth = 1
        while depth <= most && node(from: Int(labels[count &- depth]), in: zone) != nil { depth &+= 1 }
        return depth
    }

    /// What the name has in place of the type asked.
    private func kindOfLack(in zone: ZoneCell) -> Reason.Kind {
        guard let node = node(from: 0, in: zone) else { return .otherTypes }
        if node.setCount == 0 { return .empty }
        if wireType == Wire.aaaa.bigEndian && node.set(Wire.a) != nil { return .onlyIPv4 }
        if wireType == Wire.a.bigEndian && node.set(Wire.aaaa) != nil { return .onlyIPv6 }
        return .otherTypes
    }

    /// Writes the reason that stands at a name made of the first `depth` labels below the zone.
    /// - Parameter kept: a bit for each label, bit 1 for the first: those that are not generalised.
    /// - Returns: false where there is none.
    private mutating func write(
        _ type: UInt16, _ reasons: ZoneCell, of count: Int, _ depth: Int, keeping kept: UInt8
    ) -> Bool {
        var length = 0
        var label = depth
        while label > 0 {
            let source = name.words + Int(labels[count &- label])
            let target = other.words + length
            let size = Int(source.load(as: UInt8.self))
            if kept &>> UInt8(label) & 1 != 0 {
                guard length &+ size < 255 else { return false }
                target.copyMemory(from: source, byteCount: 1 &+ size)
                length &+= 1 &+ size
            } else {
                let isUnderscored = source.load(fromByteOffset: 1, as: UInt8.self) == UInt8(ascii: "_")
                target.storeBytes(of: isUnderscored ? 0x002A_5F02 : 0x2A01 as UInt32, as: UInt32.self)
                length &+= isUnderscored ? 3 : 2
            }
            label &-= 1
        }
        guard length &+ reasons.length <= 255 else { return false }
        (other.words + length).copyMemory(from: reasons.origin, byteCount: reasons.length)
        length &+= reasons.length
        guard other.read(UnsafeRawPointer(other.words), available: length) else { return false }
        let node = index.find(
            hash: other.hash, zone: reasons.reference, other.words, length: length, arena: arena)
        guard let record = node?.set(wire: type)?.firstRecord else { return false }
        write(record.octets, length: record.length, of: count)
        return true
    }

    /// Writes a reason's RDATA as the option.
    private mutating func write(_ stored: UnsafeRawPointer, length: Int, of count: Int) {
        reason = stored
        // RDLENGTH ends the record's fixed part; code and length of the option stand before INFO-CODE.
        let most = limit &+ 11
        let start = end &+ 11 &+ 4
        guard start &+ 2 <= most else { return }
        (out + start).copyMemory(from: stored, byteCount: 2)
        var to = start &+ 2
        var at = Reason.textStart
        while at < length {
            let mark = Int(stored.load(fromByteOffset: at, as: UInt8.self))
            at &+= 1
            if mark < 128 {
                guard to &+ mark <= most else { return }
                (out + to).copyMemory(from: stored + at, byteCount: mark)
                to &+= mark
                at &+= mark
            } else if mark &- 128 <= count {
                let label = name.words + Int(labels[count &- (mark &- 128)])
                let size = Int(label.load(as: UInt8.self))
                guard to &+ size <= most else { return }
                for place in 1..<(size &+ 1) {
                    // RFC 8914 2: UTF-8; a label may be anything.
                    let octet = label.load(fromByteOffset: place, as: UInt8.self)
                    let isPlain = octet > 0x20 && octet < 0x7F
                    (out + to).storeBytes(of: isPlain ? octet : UInt8(ascii: "?"), as: UInt8.self)
                    to &+= 1
                }
            }
        }
        let head = UInt32(EDNS.Option.extendedError) &<< 16 | UInt32(to &- start)
        (out + start - 4).storeBytes(of: head.bigEndian, as: UInt32.self)
        closeOPT(to)
    }

    /// Writes what of the OPT record stands before its options, which end at `optionsEnd`.
    private mutating func closeOPT(_ optionsEnd: Int) {
        writeOPT(.noError, at: out + end)
        (out + end).storeBytes(
            of: UInt16(truncatingIfNeeded: optionsEnd &- end &- 11).bigEndian, toByteOffset: 9, as: UInt16.self)
        optAt = end
        end = optionsEnd
        counts &+= 1
        opt = .written
    }

    // MARK: Remarks

    /// An extended error that is the same for every name.
    package struct Remark: Sendable {
        let code: ExtendedError.Code
        let text: StaticString

        package init(_ code: ExtendedError.Code, _ text: StaticString) {
            self.code = code
            self.text = text
        }

        package var error: ExtendedError { ExtendedError(code, "\(text)") }
    }

    /// Puts a remark behind the records; call it when they are all written. Nothing changes for a client without EDNS, and
    /// where it does not fit.
    package mutating func add(_ remark: Remark) {
        let size = 4 &+ 2 &+ remark.text.utf8CodeUnitCount
        guard opt == .due, flags & Answerer.truncated == 0, end &+ size <= limit else { return }
        let place = out + (end &+ 11)
        let head = UInt32(EDNS.Option.extendedError) &<< 16 | UInt32(truncatingIfNeeded: size &- 4)
        place.storeBytes(of: head.bigEndian, as: UInt32.self)
        place.storeBytes(of: remark.code.rawValue.bigEndian, toByteOffset: 4, as: UInt16.self)
        (place + 6).copyMemory(from: remark.text.utf8Start, byteCount: size &- 6)
        closeOPT(end &+ 11 &+ size)
    }

    /// The same for options in wire form.
    package mutating func add(options: UnsafeRawBufferPointer) {
        guard opt == .due, flags & Answerer.truncated == 0, end &+ options.count <= limit,
            let source = options.baseAddress
        else { return }
        (out + (end &+ 11)).copyMemory(from: source, byteCount: options.count)
        closeOPT(end &+ 11 &+ options.count)
    }

    /// An answer without records, not authoritative, and why.
    package mutating func refuse(_ rcode: Rcode, _ remark: Remark) -> Reply {
        beginRefusal()
        add(remark)
        return finish(rcode)
    }

    /// Takes back what is written, for an answer that is not authoritative.
    package mutating func beginRefusal() {
        if opt == .written { opt = .due }
        flags = 0
        end = questionEnd
        counts = questionEnd == 12 ? 0 : 1 &<< 48
    }

    /// The code of the finding that says what the last answer's reason says; nil where it has none.
    package var finding: String? {
        guard let reason else { return nil }
        return String(
            decoding: UnsafeRawBufferPointer(start: reason + 2, count: Reason.findingSize), as: UTF8.self)
    }
}

extension ZoneCell {
    /// Somebody keeps why this zone denies something.
    @inline(__always) var isExplained: Bool { reasons.pointee.load(ordering: .relaxed) != 0 }
}

extension AnswerTable {
    /// Has the answers in which a zone denies something say why, as the zone `reasons` says; it must not be served, and not
    /// be dropped before this one.
    package func explain(_ zone: Zone, by reasons: Zone) {
        cell(zone)?.reasons.pointee.store(reasons.cell, ordering: .releasing)
    }

    /// Whether the reasons of a zone may tell a client of names elsewhere in it.
    package func letTell(_ reasons: Zone, ofOtherPlaces isOpen: Bool) {
        guard let cell = cell(reasons) else { return }
        if isOpen {
            cell.flags.pointee.bitwiseAnd(~ZoneCell.keepsPlaces, ordering: .relaxed)
        } else {
            cell.flags.pointee.bitwiseOr(ZoneCell.keepsPlaces, ordering: .relaxed)
        }
    }
}
