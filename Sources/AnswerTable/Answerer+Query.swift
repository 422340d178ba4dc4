// MARK: - Reading the query

/// Types and classes that are dealt with by number.
enum Wire {
    static let a: UInt16 = 1
    static let ns: UInt16 = 2
    static let cname: UInt16 = 5
    static let soa: UInt16 = 6
    static let ptr: UInt16 = 12
    static let mx: UInt16 = 15
    static let txt: UInt16 = 16
    static let aaaa: UInt16 = 28
    static let srv: UInt16 = 33
    static let opt: UInt16 = 41
    static let ds: UInt16 = 43
    static let ixfr: UInt16 = 251
    static let axfr: UInt16 = 252
    static let any: UInt16 = 255
    static let internet: UInt16 = 1
    static let chaos: UInt16 = 3
}

extension Answerer {
    @inline(__always)
    private func number(at offset: Int) -> UInt16 {
        UInt16(bigEndian: out.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    /// Reads header, question and EDNS. `questionEnd` is 12 where there is no question to repeat.
    /// - Returns: `.none` where the query can be answered, else the rcode that says why not, in the order in which
    ///   RFC 8906 8 and RFC 9619 want it: a fault of form first.
    @inline(__always)
    mutating func parse() -> Rcode {
        let isQuery = out.load(fromByteOffset: 2, as: UInt8.self) & 0x78 == 0
        let counts = UInt64(bigEndian: out.loadUnaligned(fromByteOffset: 4, as: UInt64.self))
        guard counts &>> 48 == 1, queryLength > 12, name.read(out + 12, available: queryLength &- 12) else {
            return isQuery ? .formErr : .notImp
        }
        let end = 12 &+ name.length &+ 4
        guard end <= queryLength else { return isQuery ? .formErr : .notImp }
        questionEnd = end
        let asked = out.loadUnaligned(fromByteOffset: end &- 4, as: UInt32.self)
        wireType = UInt16(truncatingIfNeeded: asked)
        let records = counts & 0xFFFF_FFFF_FFFF
        if records == 0 {
            guard end == queryLength else { return isQuery ? .formErr : .notImp }
        } else if records != 1 || !readLoneOPT(at: end) {
            let fault = parseRecords(from: end)
            if fault != Rcode.none { return isQuery ? fault : .notImp }
            if isQuery && hasEDNS && ednsVersion != 0 { return .badVers }
        }
        guard isQuery else { return .notImp }
        guard wireType != Wire.opt.bigEndian else { return .formErr }
        guard asked &>> 16 == UInt32(Wire.internet.bigEndian) else { return .refused }
        return .none
    }

    /// The usual end of a query: an OPT record of version 0 without options (RFC 6891 6.1.2), and nothing else.
    /// - Returns: false where there is something else.
    @inline(__always)
    private mutating func readLoneOPT(at start: Int) -> Bool {
        // Root, OPT, payload size, upper rcode, version, first half of the flags.
        let record = UInt64(bigEndian: out.loadUnaligned(fromByteOffset: start, as: UInt64.self))
        guard start &+ 11 == queryLength, record &>> 40 == 41, record & 0xFF00 == 0,
            out.loadUnaligned(fromByteOffset: start &+ 9, as: UInt16.self) == 0
        else { return false }
        note(payloadSize: Int(truncatingIfNeeded: record &>> 24 & 0xFFFF), wantsDNSSEC: record & 0x80 != 0)
        return true
    }

    /// There is EDNS: the client may take more than 512 octets, and gets an OPT record back.
    @inline(__always)
    private mutating func note(payloadSize: Int, wantsDNSSEC: Bool) {
        opt = .due
        self.wantsDNSSEC = wantsDNSSEC
        if !isStream { limit = min(max(payloadSize, 512), largestDatagram) }
        limit &-= 11
    }

    /// Walks over the records behind the question, as far as the counts say and not one octet further.
    private mutating func parseRecords(from start: Int) -> Rcode {
        let additional = Int(number(at: 10))
        let others = Int(number(at: 6)) &+ Int(number(at: 8))
        var at = start
        for index in 0..<(others &+ additional) {
            let owner = at
            guard let behind = skipName(at: at), behind &+ 10 <= queryLength else { return .formErr }
            let size = Int(number(at: behind &+ 8))
            let data = behind &+ 10
            guard data &+ size <= queryLength else { return .formErr }
            if number(at: behind) == Wire.opt {
                // RFC 6891 6.1.1: at most one, in the additional section, owned by the root.
                guard index >= others, !hasEDNS, behind == owner &+ 1, optionsAreWhole(at: data, size: size) else {
                    opt = .none
                    return .formErr
                }
                ednsVersion = out.load(fromByteOffset: behind &+ 5, as: UInt8.self)
                note(
                    payloadSize: Int(number(at: behind &+ 2)),
                    wantsDNSSEC: out.load(fromByteOffset: behind &+ 6, as: UInt8.self) & 0x80 != 0)
            }
            at = data &+ size
        }
        guard at == queryLength else {
            opt = .none
            return .formErr
        }
        return .none
    }

    /// The offset behind a name that may end in a pointer; pointers point backwards (RFC 1035 4.1.4).
    private func skipName(at start: Int) -> Int? {
        var at = start
        while at < queryLength {
            let size = Int(out.load(fromByteOffset: at, as: UInt8.self))
            if size == 0 { return at &+ 1 }
            if size >= 0xC0 {
                guard at &+ 2 <= queryLength, Int(number(at: at) & 0x3FFF) < start else { return nil }
                return at &+ 2
            }
            guard size < 64, at &- start < 255 else { return nil }
            at &+= 1 &+ size
        }
        return nil
    }

    private mutating func optionsAreWhole(at start: Int, size: Int) -> Bool {
        var at = start
        let end = start &+ size
        while at < end {
            guard at &+ 4 <= end else { return false }
            if number(at: at) == Answerer.nsid { wantsNSID = true }
            at &+= 4 &+ Int(number(at: at &+ 2))
        }
        return at == end
    }
}
