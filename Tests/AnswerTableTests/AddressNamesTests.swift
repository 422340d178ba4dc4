import DNSWire
import NetworkAddress
import TestSupport
import Testing

@testable import AnswerTable

/// Names by the thousand are made in a way of their own: it has to come to what their changes one by one come to.
@Suite struct AddressNamesTests {
    /// A name below an owner, and an address of it.
    struct Entry: Hashable {
        var label: String
        var address: IPAddress
    }

    /// A table whose zones are the same in each, and what is asked of it.
    struct Side {
        let bench = Bench()
        let zones: [AnswerTable.Zone]

        init(_ origins: [String]) { zones = origins.map { [bench] in bench.zone($0) } }

        func apply(_ changes: [RecordChange]) { bench.table.apply(changes, to: zones) }

        /// The records of a name and type in their order, which begins anywhere.
        func answer(_ owner: DomainName, _ type: RecordType) throws -> String {
            let answer = try bench.ask("\(owner)", type, over: .tcp)
            var records = answer.answers.map { "\($0.owner) \($0.ttl) \($0.type) \($0.data)" }
            if let first = records.indices.min(by: { records[$0] < records[$1] }) {
                records = Array(records[first...] + records[..<first])
            }
            return "\(answer.rcode) \(records) \(answer.authorities.map { "\($0.owner)" })"
        }
    }

    static func names(_ entries: [Entry], below owner: String) -> AddressNames {
        var names = AddressNames(below: name(owner), ttl: 5)
        for entry in entries { names.append(entry.address) { $0 += entry.label.utf8 } }
        return names
    }

    /// What takes all of it back, each record once.
    static func withdrawals(_ names: AddressNames) -> [RecordChange] {
        var seen: Set<RecordChange> = []
        return names.changes.compactMap { change in
            guard case .insert(let owner, _, let data, _) = change else { return nil }
            let withdrawal = RecordChange.withdraw(owner, data)
            return seen.insert(withdrawal).inserted ? withdrawal : nil
        }
    }

    private static func randomEntry(_ numbers: inout SplitMix64) -> Entry {
        let address =
            Bool.random(using: &numbers)
            ? IPAddress(v4: 0x0A00_0000 + UInt32.random(in: 0..<30, using: &numbers))
            : IPAddress(v6High: 0xFD00 << 48, low: UInt64.random(in: 0..<30, using: &numbers))
        let spelled = "\(address)".map { $0 == "." || $0 == ":" ? "-" : "\($0)" }.joined()
        let hostnames = ["h", "i", "UPPER", String(repeating: "l", count: 63), "a\u{2d}b"]
        return Entry(
            label: Int.random(in: 0..<4, using: &numbers) == 0 ? hostnames.randomElement(using: &numbers)! : spelled,
            address: address)
    }

    private static let owners = ["web.x.svc.z.", "db.x.svc.z.", "WeB.x.svc.z.", "z.", "deep.z.", "web.deep.z."]
    private static let origins = [
        ["z.", "in-addr.arpa.", "ip6.arpa."], ["z.", "10.in-addr.arpa.", "deep.z."], ["z."],
    ]

    @Test(arguments: 0..<12 as Range<UInt64>) func allAtOnceIsAsOneByOne(seed: UInt64) throws {
        var numbers = SplitMix64(seed: seed)
        let origins = Self.origins.randomElement(using: &numbers)!
        let (whole, single) = (Side(origins), Side(origins))
        let empty = (whole.bench.table.nameCount, whole.bench.table.suffixesLive)
        var told: [AddressNames] = []
        var asked: Set<DomainName> = []
        for _ in 0..<4 {
            let entries = (0..<Int.random(in: 0..<16, using: &numbers)).map { _ in Self.randomEntry(&numbers) }
            let owner = Self.owners.randomElement(using: &numbers)!
            let names = Self.names(entries, below: owner)
            told.append(names)
            asked.formUnion(names.changes.map(\.owner) + [names.owner])
            // Some names are there already, with something else or with the same.
            for change in names.changes where Int.random(in: 0..<10, using: &numbers) == 0 {
                let before = [RecordChange.set(change.owner, [RecordSet(.txt, ttl: 9, [.txt([[65]])])]), change]
                let some = Array(before[Int.random(in: 0...1, using: &numbers)...])
                for side in [whole, single] { side.apply(some) }
            }
            whole.apply([.insertAll(names)])
            single.apply(names.changes)
            for owner in asked {
                for type in [RecordType.a, .aaaa, .ptr, .txt, .any] {
                    let (a, b) = (try whole.answer(owner, type), try single.answer(owner, type))
                    #expect(a == b, "seed \(seed): \(owner) \(type)")
                }
            }
            #expect(whole.bench.table.nameCount == single.bench.table.nameCount, "seed \(seed)")
            #expect(whole.bench.table.suffixesLive == single.bench.table.suffixesLive, "seed \(seed)")
        }
        for names in told.shuffled(using: &numbers) {
            for side in [whole, single] { side.apply(Self.withdrawals(names)) }
        }
        for side in [whole, single] { side.apply(asked.filter { !origins.map(name).contains($0) }.map { .remove($0) }) }
        #expect(whole.bench.table.nameCount == empty.0 && whole.bench.table.suffixesLive == empty.1, "seed \(seed)")
        #expect(single.bench.table.nameCount == empty.0 && single.bench.table.suffixesLive == empty.1, "seed \(seed)")
    }

    @Test func manyAddressesOfOneName() throws {
        let sides = (Side(Self.origins[0]), Side(Self.origins[0]))
        let entries = (0..<500).map { Entry(label: "h", address: IPAddress(v4: 0x0A00_0000 + UInt32($0))) }
        let names = Self.names(entries + entries.reversed(), below: "web.z.")
        sides.0.apply([.insertAll(names)])
        sides.1.apply(names.changes)
        #expect(try sides.0.bench.ask("h.web.z.", over: .tcp).answers.count == 500)
        #expect(try sides.0.answer(name("h.web.z."), .a) == sides.1.answer(name("h.web.z."), .a))
    }

    @Test func namesThatAreTooLongAreLeftOut() throws {
        let sides = (Side(Self.origins[0]), Side(Self.origins[0]))
        let owner = (0..<3).map { String(repeating: "\($0)", count: 62) }.joined(separator: ".") + ".z."
        // 3 * 63 octets, 2 for `z`, 1 for the root: 63 octets are left, a label of 62.
        let entries = (61...63).map {
            Entry(label: String(repeating: "a", count: $0), address: IPAddress(v4: UInt32($0)))
        }
        let names = Self.names(entries, below: owner)
        sides.0.apply([.insertAll(names)])
        sides.1.apply(names.changes)
        #expect(sides.0.bench.table.nameCount == sides.1.bench.table.nameCount)
        for change in names.changes {
            for type in [RecordType.a, .ptr] {
                #expect(try sides.0.answer(change.owner, type) == sides.1.answer(change.owner, type))
            }
        }
        #expect(try sides.0.bench.ask("63.0.0.0.in-addr.arpa.", .ptr).rcode == .nxDomain)
        #expect(try sides.0.bench.ask("62.0.0.0.in-addr.arpa.", .ptr).answers.count == 1)
    }

    /// What comes and goes again and again takes no more room than at first.
    @Test func roomIsUsedAgain() {
        let side = Side(Self.origins[0])
        let empty = side.bench.table.nameCount
        let entries = (0..<2000).map { (number: Int) -> Entry in
            let v6 = IPAddress(v6High: 0xFD00 << 48, low: UInt64(number))
            let v4 = IPAddress(v4: 0x0A00_0000 + UInt32(number))
            return Entry(
                label: number % 5 == 0 ? "h\(number % 7)" : "e\(number)", address: number % 3 == 0 ? v6 : v4)
        }
        let names = Self.names(entries, below: "web.x.svc.z.")
        var sizes: [Int] = []
        for round in 0..<12 {
            side.apply([.insertAll(names)])
            #expect(side.bench.table.nameCount > 3000)
            side.apply(Self.withdrawals(names))
            side.bench.table.reclaim()
            #expect(side.bench.table.nameCount == empty, "round \(round)")
            sizes.append(side.bench.table.byteCount)
        }
        #expect(sizes[2...].allSatisfy { $0 == sizes[2] }, "\(sizes)")
        #expect(side.bench.table.suffixesLive == Side(Self.origins[0]).bench.table.suffixesLive)
    }

    /// A table without room keeps what it has and says so; what goes makes room for what comes.
    @Test func aFullTableHoldsWhatItHolds() throws {
        let bench = Bench(capacity: Arena.reserve + 20_000)
        let zones = Self.origins[0].map { bench.zone($0) }
        let empty = (bench.table.nameCount, bench.table.suffixesLive)
        let entries = (0..<500).map { Entry(label: "e\($0)", address: IPAddress(v4: 0x0A00_0000 + UInt32($0))) }
        let names = Self.names(entries, below: "web.z.")
        for _ in 0..<2 {
            bench.table.apply([.insertAll(names)], to: zones)
            #expect(bench.table.isFull)
            let held = Set(try entries.filter { try bench.ask("\($0.label).web.z.").answers.count == 1 })
            #expect((50..<500).contains(held.count))
            for entry in entries {
                let forward = try bench.ask("\(entry.label).web.z.")
                #expect(forward.answers.map(\.data) == (held.contains(entry) ? [.address(entry.address)] : []))
                let back = try bench.ask("\(DomainName(reverseOf: entry.address))", .ptr)
                #expect(back.answers.isEmpty || back.answers.map(\.data) == [.ptr(name("\(entry.label).web.z."))])
            }
            bench.table.apply(Self.withdrawals(names), to: zones)
            bench.table.reclaim()
            #expect(bench.table.nameCount == empty.0 && bench.table.suffixesLive == empty.1)
        }
    }
}
