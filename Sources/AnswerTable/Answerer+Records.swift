// MARK: - Writing records

/// A section that records are written to.
enum Section {
    case answer
    case authority
    case additional
}

extension Answerer {
    /// Octets of every owner name: a pointer to where the name stands. It is always within a pointer's reach (RFC 1035
    /// 4.1.4: 14 bits), because only CNAMEs stand in front of it.
    @inline(__always) var ownerSize: Int { 2 }

    @inline(__always)
    private mutating func count(_ records: Int, _ section: Section) {
        let records = UInt64(truncatingIfNeeded: records)
        switch section {
        case .answer: counts &+= records &<< 32
        case .authority: counts &+= records &<< 16
        case .additional: counts &+= records
        }
    }

    /// A pointer to a place in the message, as it lies there (RFC 1035 4.1.4).
    @inline(__always)
    private func pointer(to place: Int) -> UInt16 { UInt16(truncatingIfNeeded: 0xC000 | place).bigEndian }

    /// Type, class IN and TTL, as they lie in a message.
    @inline(__always)
    private func head(_ type: UInt16, ttl: UInt32) -> UInt64 {
        (UInt64(type) &<< 48 | UInt64(Wire.internet) &<< 32 | UInt64(ttl)).bigEndian
    }

    /// The answer section of a set that was asked for, and what goes with it.
    @inline(__always)
    mutating func writeSet(_ set: StoredSet) {
        if set.type == Wire.a {
            writeV4(set)
        } else {
            let first = end
            writeAll(set, .answer)
            if flags & Answerer.truncated == 0 { writeGlue(of: set, firstRecord: first) }
        }
    }

    /// IPv4 addresses, begun at another one each time (RFC 1794), as many as fit.
    @inline(__always)
    private mutating func writeV4(_ set: StoredSet) {
        let (count, data) = set.records
        // Owner, type, class, high half of the TTL; its low half, RDLENGTH 4, and the address in the upper half.
        let first = UInt64(pointer(to: nameAt)) | set.head &<< 16
        let second = set.head &>> 48 | UInt64((4 as UInt16).bigEndian) &<< 16
        let fitting = (limit &- end) &>> 4
        var at = out + end
        if count == 1 && fitting > 0 {
            // Most Services have one address.
            let address = UInt64(data.load(as: UInt32.self))
            at.storeBytes(of: first, as: UInt64.self)
            at.storeBytes(of: second | address &<< 32, toByteOffset: 8, as: UInt64.self)
            end &+= 16
            self.count(1, .answer)
            return
        }
        if fitting < count { flags |= Answerer.truncated }
        var left = min(count, fitting)
        self.count(left, .answer)
        end &+= left &<< 4
        var from = turned(count)
        while left > 0 {
            let address = UInt64(data.load(fromByteOffset: from &<< 2, as: UInt32.self))
            at.storeBytes(of: first, as: UInt64.self)
            at.storeBytes(of: second | address &<< 32, toByteOffset: 8, as: UInt64.self)
            at += 16
            from &+= 1
            if from == count { from = 0 }
            left &-= 1
        }
    }

    /// Where a set of `count` records begins this time.
    @inline(__always)
    private mutating func turned(_ count: Int) -> Int {
        turn = turn &+ 0x9E37_79B9
        return Int(truncatingIfNeeded: (UInt64(turn) &* UInt64(truncatingIfNeeded: count)) &>> 32)
    }

    /// All records of a set, addresses begun at another one each time, as many as fit whole.
    mutating func writeAll(_ set: StoredSet, _ section: Section) {
        let stride = StoredSet.stride(set.type)
        let count = set.count
        let head = set.head
        if stride > 0 {
            var from = count == 1 ? 0 : turned(count)
            for _ in 0..<count {
                guard writeRecord(head, set.data + from &* stride, size: stride, section) else { return }
                from = from &+ 1 == count ? 0 : from &+ 1
            }
            return
        }
        var stored = set.firstRecord
        let suffix = suffix(of: set)
        for _ in 0..<count {
            let own = stored.length
            guard let record = beginRecord(head, size: own &+ suffix.length, section) else { return }
            copyBlocks(from: stored.octets, to: record, size: own)
            copyBlocks(from: suffix.name, to: record + own, size: suffix.length)
            stored = stored.next
        }
    }

    /// What every RDATA of the set ends in; of no length where they are stored whole.
    @inline(__always)
    private func suffix(of set: StoredSet) -> (name: UnsafeRawPointer, length: Int) {
        guard set.splitsTargets else { return (UnsafeRawPointer(arena), 0) }
        let suffix = Suffix(at: arena + Int(set.suffix) &* Arena.unit)
        return (UnsafeRawPointer(suffix.name), suffix.length)
    }

    /// One record, owned by the name that is looked for or the one at `owner`.
    /// - Parameters:
    ///   - head: type, class and TTL as a message has them.
    ///   - data: `size` octets, up to 15 more readable behind them.
    /// - Returns: false where it does not fit: the answer is cut there, on whole records (RFC 2181 9).
    @inline(__always)
    mutating func writeRecord(
        _ head: UInt64, _ data: UnsafeRawPointer, size: Int, _ section: Section, owner: Int? = nil
    ) -> Bool {
        guard let record = beginRecord(head, size: size, section, owner: owner) else { return false }
        copyBlocks(from: data, to: record, size: size)
        return true
    }

    /// Everything of a record but its RDATA, which is to be written at the place returned; nil where it does not fit.
    @inline(__always)
    private mutating func beginRecord(
        _ head: UInt64, size: Int, _ section: Section, owner: Int? = nil
    ) -> UnsafeMutableRawPointer? {
        guard end &+ ownerSize &+ 10 &+ size <= limit else {
            if section != .additional { flags |= Answerer.truncated }
            return nil
        }
        let at = out + end
        at.storeBytes(of: pointer(to: owner ?? nameAt), as: UInt16.self)
        at.storeBytes(of: head, toByteOffset: 2, as: UInt64.self)
        at.storeBytes(of: UInt16(truncatingIfNeeded: size).bigEndian, toByteOffset: 10, as: UInt16.self)
        end &+= 12 &+ size
        count(1, section)
        return at + 12
    }

    /// Copies whole blocks: what lands behind the octets' end, the next record or the end of the answer overwrites.
    @inline(__always)
    private func copyBlocks(from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, size: Int) {
        var offset = 0
        while offset < size {
            let block = source.loadUnaligned(fromByteOffset: offset, as: OctetBlock.self)
            target.storeBytes(of: block, toByteOffset: offset, as: OctetBlock.self)
            offset &+= 16
        }
    }

    /// Addresses of the names that a set's records lead to, in the additional section, as many as fit: their owners are
    /// pointers to those names, which stand behind 6 octets (SRV), 2 (MX) or none (NS) of the RDATA.
    mutating func writeGlue(of set: StoredSet, firstRecord: Int) {
        guard set.hasGlue else { return }
        let before = set.type == Wire.srv ? 6 : set.type == Wire.mx ? 2 : 0
        let behind = suffix(of: set).length
        // As the set's own records, but for the type.
        let head = set.head & ~0xFFFF
        var stored = set.firstRecord
        var recordAt = firstRecord
        for _ in 0..<set.count {
            let owner = recordAt &+ 12 &+ before
            guard owner < 0x4000 else { return }
            var entry = stored.firstGlue
            let end = stored.end
            while entry.at < end {
                let whole = head | UInt64((entry.length == 4 ? Wire.a : Wire.aaaa).bigEndian)
                guard writeRecord(whole, entry.address, size: entry.length, .additional, owner: owner) else { return }
                entry = entry.next
            }
            recordAt &+= 12 &+ stored.length &+ behind
            stored = stored.next
        }
    }

    /// An address that a label spelled.
    mutating func writeAddress(_ address: SpelledAddress, ttl: UInt32) {
        var octets = address.octets
        withUnsafeMutableBytes(of: &octets) { bytes in
            _ = writeRecord(
                head(address.length == 4 ? Wire.a : Wire.aaaa, ttl: ttl),
                UnsafeRawPointer(bytes.baseAddress.unsafelyUnwrapped), size: address.length, .answer)
        }
    }

    /// The SOA of a negative answer: its TTL is the smaller of its own and its minimum (RFC 2308 3). The names in it leave
    /// the origin to a pointer into the name that is denied.
    @inline(__always)
    mutating func writeNegativeSOA(_ soa: StoredSet, _ zone: ZoneCell) {
        let size = Int(soa.data.load(as: UInt16.self))
        let octets = UnsafeRawPointer(soa.data + 2)
        let head = head(Wire.soa, ttl: min(soa.ttl, soa.minimum))
        let origin = nameAt &+ name.length &- zone.length
        let primary = octets.load(fromByteOffset: size, as: UInt8.self)
        let mailbox = octets.load(fromByteOffset: size &+ 1, as: UInt8.self)
        guard primary != StoredSet.nowhere else {
            _ = writeRecord(head, octets, size: size, .authority, owner: origin)
            return
        }
        let (first, second) = (Int(primary), Int(mailbox))
        let numbers = 20
        guard let at = beginRecord(head, size: first &+ second &+ 4 &+ numbers, .authority, owner: origin) else {
            return
        }
        copyBlocks(from: octets, to: at, size: first)
        at.storeBytes(of: pointer(to: origin), toByteOffset: first, as: UInt16.self)
        copyBlocks(from: octets + (first &+ zone.length), to: at + (first &+ 2), size: second)
        at.storeBytes(of: pointer(to: origin), toByteOffset: first &+ second &+ 2, as: UInt16.self)
        copyBlocks(from: octets + (size &- numbers), to: at + (first &+ second &+ 4), size: numbers)
    }
}

extension StoredSet {
    /// MINIMUM of a SOA: the last four octets of its RDATA.
    @inline(__always)
    var minimum: UInt32 {
        let size = Int(data.load(as: UInt16.self))
        return UInt32(bigEndian: data.loadUnaligned(fromByteOffset: size &- 2, as: UInt32.self))
    }
}
