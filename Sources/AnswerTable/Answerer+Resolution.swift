import DNSWire
import Synchronization

// MARK: - From the question to the records

extension Answerer {
    /// The node of the question's name has no set of the type asked, and its zone answers directly.
    /// - Returns: nil where it takes a look at the zones: a CNAME, or a type that depends on them.
    mutating func answerDirectly(_ node: Node, _ zone: ZoneCell) -> Rcode? {
        guard !dependsOnZones(wireType) else { return nil }
        if type != Wire.any, node.set(Wire.cname) != nil { return nil }
        return answerWithoutType(node, zone).rcode
    }

    /// Types whose answer is not at the name alone; a zone without cuts has no set of them.
    @inline(__always)
    private func dependsOnZones(_ wireType: UInt16) -> Bool {
        wireType == Wire.ds.bigEndian || wireType == Wire.axfr.bigEndian || wireType == Wire.ixfr.bigEndian
    }

    @inline(__always)
    var index: NameIndex {
        NameIndex(
            block: UnsafeMutableRawPointer(bitPattern: published.index.pointee.load(ordering: .acquiring))
                .unsafelyUnwrapped)
    }

    /// The zone that a node is of.
    @inline(__always)
    func cell(_ node: Node) -> ZoneCell { ZoneCell(at: arena + Int(node.suffix(in: arena).zone) &* Arena.unit) }

    /// No zone has the question's name. Where one answers directly that should have it, that is the answer.
    /// - Returns: nil where others have a say too.
    mutating func denyDirectly() -> Rcode? {
        guard !dependsOnZones(wireType) else { return nil }
        let zones = directZones.list
        guard let place = zones.place(of: name) else { return nil }
        let zone = zones[place]
        guard zone.answersDirectly(directWord), !zone.fallsThrough else { return nil }
        let step = lookBelowParent(zone, index)
        return step == .missing ? deny(.nxDomain, zone) : step.rcode
    }

    /// What a set of zones says of a question.
    package enum Found: Equatable {
        /// Written: records, or that there are none.
        case answered(Rcode)
        /// The zones do not have the name. Nothing is written but CNAMEs that led to it; `denyAbsent` says so.
        case absent
        /// CNAMEs are written; the last one's target is in none of the zones. `target` is where it stands.
        case leaves
        /// The question's name is in none of the zones.
        case outside
    }

    /// Asks a set of zones and writes what it says.
    package mutating func look(in set: ZoneSet.Reader) -> Found {
        let zones = set.list
        guard var place = zones.place(of: name) else { return .outside }
        if type == Wire.axfr || type == Wire.ixfr {
            // RFC 5936 2.2.1: a transfer is of a zone, so only its apex is asked; nobody may here.
            flags &= ~Answerer.authoritative
            return .answered(zones[place].length == name.length ? .refused : .notAuth)
        }
        if type == Wire.ds && zones[place].length == name.length {
            // RFC 4035 3.1.4.1: the DS set of a zone is the parent's, where we have it.
            place = zones.place(of: name, from: place, shorterThan: name.length) ?? place
        }
        while true {
            let step = look(in: zones, from: place)
            if step == .missing { return .absent }
            guard step == .alias else { return .answered(step.rcode) }
            guard let next = zones.place(of: name) else { return .leaves }
            place = next
        }
    }

    /// What a plugin has to say of a question that is being answered in its place.
    package enum Verdict: Equatable {
        /// Nothing; nothing is written.
        case next
        /// Written but for header and OPT record.
        case answered(Rcode)
        /// The same, and the question is to be resolved again for those who come next: the answer is about to be too old.
        case answeredForNow(Rcode)
        /// Not authoritative, and nothing is written.
        case refused(Rcode)
        /// It takes allocation or waiting: the question leaves the worker, this plugin's `resolve` is asked.
        case elsewhere
        /// No answer at all.
        case dropped
    }

    /// What a plugin says whose answers lie in a set of zones.
    /// - Parameters:
    ///   - fallsThrough: names that go on where the zones do not have them; nil: none.
    ///   - keeps: of these, names that do not.
    package mutating func answer(in set: ZoneSet.Reader, fallsThrough: NameList?, keeps: NameList?) -> Verdict {
        switch look(in: set) {
        case .answered(let rcode): return .answered(rcode)
        case .outside: return .next
        case .leaves: return .elsewhere
        case .absent:
            // What may still come is not asked of others: they would say that it does not exist.
            if followedCount == 0, let fallsThrough, !absentIsSyncing, place(in: fallsThrough) != nil,
                keeps.map({ place(in: $0) == nil }) ?? true
            {
                beginAgain()
                return .next
            }
            return .answered(denyAbsent())
        }
    }

    /// NXDOMAIN with the SOA of the zone in which `look` found nothing; SERVFAIL while that one is not whole yet.
    package mutating func denyAbsent() -> Rcode { deny(.nxDomain, absentZone) }

    /// Whether the zone in which `look` found nothing may still get the name.
    package var absentIsSyncing: Bool {
        absentZone.flags.pointee.load(ordering: .relaxed) & ZoneCell.isSyncing != 0
    }

    private var absentZone: ZoneCell { ZoneCell(at: absentIn) }

    /// How far a look at one name came.
    struct Step: Equatable {
        let rcode: Rcode
        static let alias = Step(rcode: .none)
        static let missing = Step(rcode: Rcode(rawValue: .max - 1))
    }

    /// Looks for the name in the first zone it is in, and if that has nothing in the next one with the same origin.
    @inline(__always)
    private mutating func look(in zones: ZoneList, from first: Int) -> Step {
        var place = first
        while true {
            let zone = zones[place]
            let step = look(in: zone)
            guard step == .missing else { return step }
            guard let next = zones.place(of: name, from: place &+ 1), zones[next].length == zone.length else {
                absentIn = zone.at
                return .missing
            }
            place = next
        }
    }

    @inline(__always)
    private mutating func look(in zone: ZoneCell) -> Step {
        let node = index.find(
            hash: name.hash, zone: zone.reference, name.words, length: name.length, arena: arena)
        if zone.flags.pointee.load(ordering: .relaxed) & ZoneCell.hasCutsOrWildcards != 0 {
            return lookFromApex(zone, index, node)
        }
        guard let node else { return lookBelowParent(zone, index) }
        return answer(from: node, zone)
    }

    /// Answers from the node that stands for the name.
    @inline(__always)
    private mutating func answer(from node: Node, _ zone: ZoneCell) -> Step {
        if let set = node.set(wire: wireType) {
            writeSet(set)
            return Step(rcode: .noError)
        }
        return answerWithoutType(node, zone)
    }

    /// The name exists and has no set of the type asked.
    private mutating func answerWithoutType(_ node: Node, _ zone: ZoneCell) -> Step {
        if node.traits & Trait.unanswerable != 0 {
            if zone.isExplained { explain(.unanswerable, in: zone) }
            return Step(rcode: .servFail)
        }
        if type == Wire.any && node.setCount > 0 {
            // RFC 8482 4.1: one set of those there are.
            writeSet(node.set(at: 0))
            return Step(rcode: .noError)
        }
        let isCertain = node.traits & Trait.certain != 0
        let traits = node.traits | apex(of: zone).traits & Trait.deniesAsCoreDNS
        guard traits & Trait.anyDenial == 0 else { return answerAsCoreDNS(node, zone, traits, isCertain) }
        if let alias = node.set(Wire.cname) {
            return follow(alias, node)
        }
        return Step(rcode: deny(.noError, zone, isCertain: isCertain))
    }

    /// Writes a CNAME and makes its target the name that is looked for.
    mutating func follow(_ alias: StoredSet, _ node: Node) -> Step {
        let here = UInt(bitPattern: node.at)
        for index in 0..<followedCount where followed[index] == here {
            // A loop: the chain is told once.
            return withdrawChain(cell(node)) ?? Step(rcode: .noError)
        }
        guard followedCount < Answerer.longestChain else { return Step(rcode: .noError) }
        followed[followedCount] = here
        followedCount &+= 1
        let size = Int(alias.data.load(as: UInt16.self))
        let target = end &+ ownerSize &+ 10
        guard writeRecord(alias.head, alias.data + 2, size: size, .answer) else {
            return Step(rcode: .noError)
        }
        if node.traits & Trait.targetNeverExists != 0 {
            let zone = cell(node)
            if zone.isExplained { explain(.targetNeverExists, in: zone) }
            return Step(rcode: .nxDomain)
        }
        guard name.read(out + target, available: size) else { return Step(rcode: .servFail) }
        nameAt = target
        return .alias
    }

    @inline(__always)
    func apex(of zone: ZoneCell) -> Node {
        Node(at: arena + Int(zone.apex.pointee.load(ordering: .acquiring)) &* Arena.unit)
    }

    /// NXDOMAIN or NODATA, with the zone's SOA (RFC 2308 2.1, 2.2); SERVFAIL where the zone is not whole yet.
    mutating func deny(_ rcode: Rcode, _ zone: ZoneCell, isCertain: Bool = false) -> Rcode {
        if followedCount > 0, let step = withdrawChain(zone) { return step.rcode }
        let isSyncing = zone.flags.pointee.load(ordering: .relaxed) & ZoneCell.isSyncing != 0
        let apex = apex(of: zone)
        if let soa = apex.set(Wire.soa) { writeNegativeSOA(soa, zone) }
        let isUnknown = isSyncing && !isCertain
        if zone.isExplained { explain(isUnknown ? .syncing : rcode == .noError ? nil : .absent, in: zone) }
        return isUnknown ? .servFail : rcode
    }
}

/// `NodeTraits` of DNSWire as plain numbers.
enum Trait {
    static let targetNeverExists: UInt16 = 1
    static let unanswerable: UInt16 = 2
    static let anyAddressBelow: UInt16 = 4
    static let addressesBelow: UInt16 = 8
    static let delegation: UInt16 = 16
    static let wildcard: UInt16 = 32
    static let certain: UInt16 = 64
    static let deniesOtherTypes: UInt16 = 128
    static let deniesText: UInt16 = 256
    static let deniesAsCoreDNS: UInt16 = 512
    static let anyDenial = deniesOtherTypes | deniesText | deniesAsCoreDNS
}

// MARK: - Names that spell an address

extension Answerer {
    /// `10-0-0-1.default.pod`: nobody has made such a name, the name above says what to do with it.
    private mutating func lookBelowParent(_ zone: ZoneCell, _ index: NameIndex) -> Step {
        guard name.length > zone.length else { return .missing }
        let start = name.firstLabel
        let parent = index.find(
            hash: name.hash(from: start), zone: zone.reference, name.words + start, length: name.length &- start,
            arena: arena)
        guard let parent, parent.traits & (Trait.anyAddressBelow | Trait.addressesBelow) != 0 else { return .missing }
        let spelled = SpelledAddress(label: name.words + 1, length: start &- 1)
        guard spelled.length > 0 else { return .missing }
        if parent.traits & Trait.anyAddressBelow != 0 {
            let apex = apex(of: zone)
            let ttl = apex.set(Wire.soa)?.minimum ?? 0
            guard type == (spelled.length == 4 ? Wire.a : Wire.aaaa) || type == Wire.any else {
                return Step(rcode: deny(.noError, zone))
            }
            writeAddress(spelled, ttl: ttl)
            return Step(rcode: .noError)
        }
        // Known addresses stand under their canonical spelling: look again under that.
        guard spelled.length == 16, spelled.spell(canonical: other.words + 1) else { return .missing }
        let label = Int(other.words.load(fromByteOffset: 0, as: UInt8.self))
        guard label &+ 1 &+ name.length &- start <= 255 else { return .missing }
        (other.words + (1 &+ label)).copyMemory(from: name.words + start, byteCount: name.length &- start)
        let length = label &+ 1 &+ name.length &- start
        guard other.read(UnsafeRawPointer(other.words), available: length) else { return .missing }
        let node = index.find(
            hash: other.hash, zone: zone.reference, other.words, length: length, arena: arena)
        return node.map { answer(from: $0, zone) } ?? .missing
    }
}

// MARK: - Zones with cuts and wildcards

extension Answerer {
    /// RFC 1034 4.3.2 and RFC 4592: from the apex down, a zone cut on the way ends the search; where nothing is, the
    /// wildcard at the closest name that exists speaks.
    private mutating func lookFromApex(_ zone: ZoneCell, _ index: NameIndex, _ exact: Node?) -> Step {
        // The labels from the name down to the apex.
        let apex = name.length &- zone.length
        var count = 0
        var at = 0
        while at < apex {
            labels[count] = UInt8(truncatingIfNeeded: at)
            count &+= 1
            at &+= 1 &+ Int(name.words.load(fromByteOffset: at, as: UInt8.self))
        }
        var closest = apex  // where the closest name that exists begins
        while count > 0 {
            count &-= 1
            let start = Int(labels[count])
            let found = index.find(
                hash: name.hash(from: start), zone: zone.reference, name.words + start,
                length: name.length &- start, arena: arena)
            guard let found else { break }
            closest = start
            if found.traits & Trait.delegation != 0 && !(start == 0 && type == Wire.ds) {
                return refer(found, nameStart: start)
            }
        }
        if let exact { return answer(from: exact, zone) }
        // `*.` and the closest name.
        let length = name.length &- closest &+ 2
        guard length <= 255 else { return .missing }
        other.words.storeBytes(of: 1, as: UInt8.self)
        other.words.storeBytes(of: UInt8(ascii: "*"), toByteOffset: 1, as: UInt8.self)
        (other.words + 2).copyMemory(from: name.words + closest, byteCount: name.length &- closest)
        guard other.read(UnsafeRawPointer(other.words), available: length) else { return .missing }
        let wildcard = index.find(
            hash: other.hash, zone: zone.reference, other.words, length: length, arena: arena)
        return wildcard.map { answer(from: $0, zone) } ?? .missing
    }

    /// A referral: NS in authority, addresses of the servers in additional, not authoritative (RFC 1034 4.3.2, 3b).
    private mutating func refer(_ cut: Node, nameStart: Int) -> Step {
        guard let servers = cut.set(Wire.ns) else { return Step(rcode: .servFail) }
        if followedCount == 0 { flags &= ~Answerer.authoritative }
        nameAt &+= nameStart
        let first = end
        writeAll(servers, .authority)
        if flags & Answerer.truncated == 0 { writeGlue(of: servers, firstRecord: first) }
        return Step(rcode: .noError)
    }
}
