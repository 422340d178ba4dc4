import DNSWire

/// A record and the line it was said on.
struct PlacedRecord {
    var record: ResourceRecord
    var line: Int
}

/// Entries of a master file into records: directives, owner, TTL, class and type. The data is libldns's part.
struct ZoneParser {
    /// What relative names are relative to.
    private var origin: DomainName?
    /// The value of `$TTL`, RFC 2308 4.
    private var defaultTTL: UInt32?
    /// The last TTL that was written out, RFC 1035 5.1.
    private var statedTTL: UInt32?
    /// The last field of the SOA record: what there is to go by where no TTL was ever said.
    private var minimum: UInt32?
    private var previous: ResourceRecord?
    /// The owner name of the entry before, also where that was no record.
    private var previousOwner: DomainName?
    /// Whether records may be of another class than IN.
    private let takesEveryClass: Bool

    /// - Parameter defaultTTL: what `$TTL` would say.
    init(origin: DomainName?, defaultTTL: UInt32? = nil, takesEveryClass: Bool = false) {
        self.origin = origin
        self.defaultTTL = defaultTTL
        self.takesEveryClass = takesEveryClass
    }

    /// The record of an entry; nil for a directive.
    mutating func record(of entry: ZoneEntry) throws(ZoneSyntaxError) -> PlacedRecord? {
        guard entry.text.first != UInt8(ascii: "$") else {
            try obey(entry)
            return nil
        }
        var rest = entry
        let owner = try owner(takenFrom: &rest)
        previousOwner = owner
        let (ttl, recordClass, type, mnemonic) = try head(takenFrom: &rest)
        statedTTL = ttl ?? statedTTL
        // Where no origin is known yet, the SOA record's owner is it.
        let base = origin ?? (type == .soa ? owner : .root)
        let data: RecordData
        do throws(ZoneDataError) {
            data = try RecordData(type: type, mnemonic: mnemonic, text: rest.text, origin: base)
        } catch {
            // One mistake in the SOA record is no reason to find fault with every entry behind it.
            if type == .soa { (origin, minimum) = (base, minimum ?? 0) }
            throw ZoneSyntaxError(error.reason, in: entry)
        }
        if case .soa(let soa) = data {
            minimum = minimum ?? soa.minimum
            origin = origin ?? owner
        }
        let effective = if let ttl { ttl } else { try impliedTTL(owner, type, entry) }
        let record = ResourceRecord(owner: owner, ttl: effective, recordClass: recordClass, data: data)
        previous = record
        return PlacedRecord(record: record, line: entry.line)
    }

    private func impliedTTL(
        _ owner: DomainName, _ type: RecordType, _ entry: ZoneEntry
    ) throws(ZoneSyntaxError) -> UInt32 {
        // RFC 2181 5.2: the records of a set have one TTL.
        if let previous, previous.type == type, previous.owner == owner { return previous.ttl }
        if let ttl = defaultTTL ?? statedTTL ?? minimum { return ttl }
        throw ZoneSyntaxError("the record has no TTL, and none was said before", in: entry, fix: "$TTL 3600")
    }

    private func owner(takenFrom rest: inout ZoneEntry) throws(ZoneSyntaxError) -> DomainName {
        guard let first = rest.text.first, !ZoneEntries.isBlank(first) else {
            guard let owner = previousOwner ?? origin else {
                throw ZoneSyntaxError("the first record has no owner name", in: rest)
            }
            return owner
        }
        return try name(rest.word() ?? [], in: rest)
    }

    /// A name as a master file writes it: absolute with a final dot, else relative to the origin; `@` is the origin.
    private func name(_ word: ArraySlice<UInt8>, in entry: ZoneEntry) throws(ZoneSyntaxError) -> DomainName {
        guard let text = String(validating: word, as: UTF8.self) else {
            throw ZoneSyntaxError("the name is not in UTF-8: write other octets as \\DDD", in: entry)
        }
        let escapes = word.dropLast().reversed().prefix { $0 == UInt8(ascii: "\\") }.count
        let isAbsolute = text.hasSuffix(".") && escapes % 2 == 0
        if isAbsolute || origin != nil {
            do throws(WireError) {
                if text == "@", let origin { return origin }
                let name = try DomainName(text)
                return isAbsolute ? name : try name.appending(origin ?? .root)
            } catch {
                throw ZoneSyntaxError("\"\(text)\" is no domain name (\(error))", in: entry)
            }
        }
        throw ZoneSyntaxError(
            "\"\(text)\" is relative, and nothing says to what", in: entry, fix: "$ORIGIN example.com.")
    }

    /// TTL and class in either order, each may be missing; then the type, RFC 1035 5.1.
    private func head(
        takenFrom rest: inout ZoneEntry
    ) throws(ZoneSyntaxError) -> (ttl: UInt32?, recordClass: RecordClass, type: RecordType, mnemonic: String) {
        let entry = rest
        var ttl: UInt32?
        var recordClass: RecordClass?
        while let word = rest.word() {
            let text = String(decoding: word, as: UTF8.self)
            if ttl == nil, let first = word.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) {
                ttl = try seconds(text, in: entry)
            } else if recordClass == nil, let known = RecordClass(text) {
                recordClass = known
                guard known == .in || takesEveryClass else {
                    throw ZoneSyntaxError("only the class IN is served, not \(text)", in: entry)
                }
            } else {
                guard let type = RecordType(master: text) else {
                    throw ZoneSyntaxError("\"\(text)\" is no record type", in: entry)
                }
                guard type.mayStandInZone else {
                    throw ZoneSyntaxError("\(text) is a type of queries and messages, not of records", in: entry)
                }
                return (ttl, recordClass ?? .in, type, text)
            }
        }
        throw ZoneSyntaxError("the record has no type", in: entry)
    }

    private mutating func obey(_ entry: ZoneEntry) throws(ZoneSyntaxError) {
        var rest = entry
        let directive = String(decoding: rest.word() ?? [], as: UTF8.self)
        let word = rest.word()
        switch directive.uppercased() {
        case "$ORIGIN":
            guard let word else { throw ZoneSyntaxError("$ORIGIN without a name", in: entry) }
            origin = try name(word, in: entry)
        case "$TTL":
            guard let word else { throw ZoneSyntaxError("$TTL without a time", in: entry) }
            defaultTTL = try seconds(String(decoding: word, as: UTF8.self), in: entry)
        case "$INCLUDE", "$GENERATE":
            throw ZoneSyntaxError(
                "\(directive) is not supported: write the records out in this file", in: entry)
        default: throw ZoneSyntaxError("\(directive) is no directive", in: entry)
        }
        if rest.word() != nil { throw ZoneSyntaxError("too much stands behind \(directive)", in: entry) }
    }

    /// A time in seconds, or in the units of BIND: `3600`, `1h30m`, `2W`.
    private func seconds(_ text: String, in entry: ZoneEntry) throws(ZoneSyntaxError) -> UInt32 {
        let units: [UInt8: UInt64] = [115: 1, 109: 60, 104: 3600, 100: 86400, 119: 604_800]
        var total: UInt64 = 0
        var number: UInt64?
        for byte in text.utf8 {
            if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), total + (number ?? 0) <= UInt32.max {
                number = (number ?? 0) * 10 + UInt64(byte - UInt8(ascii: "0"))
            } else if let unit = units[byte | 0x20], let count = number {
                total += count * unit
                number = nil
            } else {
                throw ZoneSyntaxError("\"\(text)\" is no time", in: entry)
            }
        }
        total += number ?? 0
        // RFC 2181 8.
        guard total <= UInt32(Int32.max) else { throw ZoneSyntaxError("the TTL \(text) is over 2^31 - 1", in: entry) }
        return UInt32(total)
    }
}
