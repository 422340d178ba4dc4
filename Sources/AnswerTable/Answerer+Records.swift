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
        let records = UInt16(truncatingIfNeeded: records)
        switch section {
        case .answer: answers &+= records
        case .authority: authorities &+= records
        case .additional: additionals &+= records
        }
    }

    /// The first eight octets of a record: owner, type, class, high half of the TTL; as they lie in memory.
    @inline(__always)
    private func head(owner: Int, type: UInt16, ttl: UInt32) -> UInt64 {
        (UInt64(0xC000 | owner) &<< 48 | UInt64(type) &<< 32 | 1 &<< 16 | UInt64(ttl &>> 16)).bigEndian
    }

    /// The answer section of a set that was asked for, and what goes with it.
    @inline(__always)
    mutating func writeSet(_ set: StoredSet) {
        if set.type == Wire.a {
            writeV4(set)
        } else {
            let first = end
            writeAll(set, .answer)
            if !isTruncated { writeGlue(of: set, firstRecord: first) }
        }
    }

    /// IPv4 addresses, begun at another one each time (RFC 1794), as many as fit.
    @inline(__always)
    private mutating func writeV4(_ set: StoredSet) {
        let count = set.count
        let data = set.data
        let ttl = set.ttl
        let first = head(owner: nameAt, type: Wire.a, ttl: ttl)
        let second = (UInt64(ttl & 0xFFFF) &<< 48 | 4 &<< 32).bigEndian
        let fitting = (limit &- end) &>> 4
        if fitting < count { isTruncated = true }
        var from = count == 1 ? 0 : turned(count)
        var at = out + end
        var left = min(count, fitting)
        self.count(left, .answer)
        end &+= left &<< 4
        while left > 0 {
            at.storeBytes(of: first, as: UInt64.self)
            // The address is the upper half of this word as it lies in memory.
            let address = UInt64(data.load(fromByteOffset: from &<< 2, as: UInt32.self))
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
        let ttl = set.ttl
        if stride > 0 {
            var from = count == 1 ? 0 : turned(count)
            for _ in 0..<count {
                guard writeRecord(set.type, ttl: ttl, set.data + from &* stride, size: stride, section) else { return }
                from = from &+ 1 == count ? 0 : from &+ 1
            }
            return
        }
        var data = set.data
        for _ in 0..<count {
            let size = Int(data.loadUnaligned(as: UInt16.self))
            guard writeRecord(set.type, ttl: ttl, data + 2, size: size, section) else { return }
            data += 2 &+ size
        }
    }

    /// One record owned by the name that is looked for.
    /// - Returns: false where it does not fit: the answer is cut there, on whole records (RFC 2181 9).
    @inline(__always)
    mutating func writeRecord(
        _ type: UInt16, ttl: UInt32, _ data: UnsafeRawPointer, size: Int, _ section: Section, owner: Int? = nil
    ) -> Bool {
        guard end &+ ownerSize &+ 10 &+ size <= limit else {
            if section != .additional { isTruncated = true }
            return false
        }
        let at = out + end
        at.storeBytes(of: head(owner: owner ?? nameAt, type: type, ttl: ttl), as: UInt64.self)
        at.storeBytes(of: UInt16(truncatingIfNeeded: ttl).bigEndian, toByteOffset: 8, as: UInt16.self)
        at.storeBytes(of: UInt16(truncatingIfNeeded: size).bigEndian, toByteOffset: 10, as: UInt16.self)
        (at + 12).copyMemory(from: data, byteCount: size)
        end &+= 12 &+ size
        count(1, section)
        return true
    }

    /// Addresses of the names that a set's records lead to, in the additional section, as many as fit: their owners are
    /// pointers to those names, which stand behind 6 octets (SRV), 2 (MX) or none (NS) of the RDATA.
    mutating func writeGlue(of set: StoredSet, firstRecord: Int) {
        guard let glue = set.glue else { return }
        let before = set.type == Wire.srv ? 6 : set.type == Wire.mx ? 2 : 0
        var entry = glue + 4
        var left = Int(glue.load(as: UInt32.self))
        var record = 0
        var recordAt = firstRecord
        while left > 0 {
            let wanted = Int(entry.loadUnaligned(as: UInt32.self))
            while record < wanted {
                let size = Int(UInt16(bigEndian: out.loadUnaligned(fromByteOffset: recordAt &+ 10, as: UInt16.self)))
                recordAt &+= 12 &+ size
                record &+= 1
            }
            let owner = recordAt &+ 12 &+ before
            guard owner < 0x4000 else { return }
            let size = Int(entry.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
            let type = size == 4 ? Wire.a : Wire.aaaa
            guard writeRecord(type, ttl: set.ttl, entry + 8, size: size, .additional, owner: owner) else { return }
            entry += StoredSet.glueSize
            left &-= 1
        }
    }

    /// An address that a label spelled.
    mutating func writeAddress(_ address: SpelledAddress, ttl: UInt32) {
        var octets = address.octets
        withUnsafeMutableBytes(of: &octets) { bytes in
            _ = writeRecord(
                address.length == 4 ? Wire.a : Wire.aaaa, ttl: ttl,
                UnsafeRawPointer(bytes.baseAddress.unsafelyUnwrapped),
                size: address.length, .answer)
        }
    }

    /// The SOA of a negative answer: its TTL is the smaller of its own and its minimum (RFC 2308 3).
    @inline(__always)
    mutating func writeNegativeSOA(_ soa: StoredSet, _ zone: ZoneCell) {
        let size = Int(soa.data.load(as: UInt16.self))
        let zoneStart = Int(name.starts[name.labelCount &- zone.labelCount])
        _ = writeRecord(
            Wire.soa, ttl: min(soa.ttl, soa.minimum), soa.data + 2, size: size, .authority, owner: nameAt &+ zoneStart)
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
