import AnswerTable
import Corefile
import DNSWire
import NetworkAddress

/// `acl`: who may ask what (CoreDNS plugin/acl).
///
/// The lines of a block are asked in order: in the first zone that holds the name, the first policy that fits type and
/// source decides. A line whose policies do not fit leaves it to the next; in the end everybody may ask. What is blocked
/// is REFUSED, what is filtered has no data, what is dropped gets no answer.
package final class ACLStep: Step, @unchecked Sendable {
    /// One `acl` line: its zones, and what it has done with queries of each.
    package struct Line: Sendable {
        package let zones: [DomainName]
        package let policies: [ACLSettings.Policy]
        /// By zone.
        package let counts: [Counts]
        fileprivate let list: NameList
    }

    package struct Counts: Sendable {
        package let blocked = EventCounter()
        package let filtered = EventCounter()
        package let dropped = EventCounter()
    }

    package let lines: [Line]
    /// Queries that went on to the next plugin.
    package let allowed = EventCounter()
    private let fast: Policies
    /// Whoever is refused is told by what.
    private let explains: Bool

    /// - Parameters:
    ///   - settings: the block's `acl` lines.
    ///   - zones: the block's, for lines without zones.
    package init(_ settings: [ACLSettings], zones: [DomainName], explains: Bool = false) {
        self.explains = explains
        lines = settings.map { line in
            // CoreDNS plugin.Zones.Matches: the longest zone counts.
            let zones = (line.zones.isEmpty ? zones : line.zones).sorted { $0.wire.count > $1.wire.count }
            return Line(
                zones: zones, policies: line.policies, counts: zones.map { _ in Counts() }, list: NameList(zones))
        }
        fast = Policies(lines)
        super.init(.acl)
    }

    /// RFC 8914 4.16, 4.18 and 4.19: nobody may ask, nobody is told, this client may not ask.
    private static var blocked: Answerer.Remark { Answerer.Remark(.blocked, "") }
    private static var prohibited: Answerer.Remark { Answerer.Remark(.prohibited, "") }
    private static var filtered: Answerer.Remark { Answerer.Remark(.filtered, "") }

    package override var claims: [DomainName] { lines.flatMap(\.zones) }

    package override func answer(_ query: inout Answerer, _ origin: Origin) -> Verdict {
        let source = origin.client.address
        var line = 0
        while line < fast.lists.count {
            let zone = fast.lists[line]._withUnsafeGuaranteedRef { query.place(in: $0) }
            if let zone, let (action, isForAll) = fast.action(line: line, type: query.asked().type, source) {
                switch action {
                case .allow: break
                case .block:
                    fast.count(action, line: line, zone: zone, near: origin.peer)
                    guard explains else { return .refused(Rcode(rawValue: ResponseCode.refused.rawValue)) }
                    query.beginRefusal()
                    query.add(isForAll ? ACLStep.blocked : ACLStep.prohibited)
                    return .answered(Rcode(rawValue: ResponseCode.refused.rawValue))
                case .filter:
                    fast.count(action, line: line, zone: zone, near: origin.peer)
                    if explains { query.add(ACLStep.filtered) }
                    return .answered(.noError)
                case .drop:
                    fast.count(action, line: line, zone: zone, near: origin.peer)
                    return .dropped
                }
                break
            }
            line &+= 1
        }
        allowed.add(near: origin.peer)
        return .next
    }

    package override func resolve(_ exchange: Exchange, _ next: Next) async -> Response {
        let question = exchange.question
        for line in lines {
            guard let zone = line.list.first(holding: question.name) else { continue }
            guard let policy = line.policies.first(where: { $0.fits(question.type, exchange.client.address) }) else {
                continue
            }
            let counts = line.counts[zone]
            switch policy.action {
            case .allow: break
            case .block:
                counts.blocked.add()
                var response = Response(to: exchange.query, .refused, from: .acl)
                response.explanation = (policy.sources.isEmpty ? ACLStep.blocked : ACLStep.prohibited).error
                return response
            case .filter:
                counts.filtered.add()
                var response = Response(to: exchange.query, .noError, from: .acl)
                response.explanation = ACLStep.filtered.error
                response.message.flags.insert(.authoritative)
                return response
            case .drop:
                counts.dropped.add()
                var response = Response(to: exchange.query, .noError, from: .acl)
                response.isDropped = true
                return response
            }
            break
        }
        allowed.add()
        return await next(exchange)
    }
}

extension ACLSettings.Policy {
    fileprivate func fits(_ type: RecordType, _ source: IPAddress) -> Bool {
        (types.isEmpty || types.contains(type)) && (sources.isEmpty || sources.contains { $0.contains(source) })
    }
}

/// All lines' policies as workers compare them: numbers in a row, which nobody counts.
private final class Policies: @unchecked Sendable {
    private struct Policy {
        let action: ACLSettings.Action
        let types: Range<Int>
        let networks: Range<Int>
    }

    private struct Network {
        let isV4: Bool
        let high, low: UInt64
        let highMask, lowMask: UInt64

        init(_ block: CIDR) {
            func ones(_ count: Int) -> UInt64 { count <= 0 ? 0 : count >= 64 ? .max : .max << UInt64(64 - count) }
            isV4 = block.family == .v4
            (high, low) = (block.base.high, block.base.low)
            // An IPv4 address is the low half's low 32 bits.
            highMask = isV4 ? 0 : ones(block.prefixLength)
            lowMask = isV4 ? ones(block.prefixLength + 32) & 0xFFFF_FFFF : ones(block.prefixLength - 64)
        }

        @inline(__always)
        func contains(_ address: IPAddress, isV4 addressIsV4: Bool) -> Bool {
            isV4 == addressIsV4 && (address.high ^ high) & highMask == 0 && (address.low ^ low) & lowMask == 0
        }
    }

    let lists: UnsafeMutableBufferPointer<Unmanaged<NameList>>
    private let ranges: UnsafeMutableBufferPointer<Range<Int>>
    private let policies: UnsafeMutableBufferPointer<Policy>
    private let types: UnsafeMutableBufferPointer<UInt16>
    private let networks: UnsafeMutableBufferPointer<Network>
    /// For each line where its first zone's counters are; for each zone three: blocked, filtered, dropped.
    private let firstCounters: UnsafeMutableBufferPointer<Int>
    private let counters: UnsafeMutableBufferPointer<Unmanaged<EventCounter>>

    init(_ lines: [ACLStep.Line]) {
        func copy<Value>(_ values: [Value]) -> UnsafeMutableBufferPointer<Value> {
            let buffer = UnsafeMutableBufferPointer<Value>.allocate(capacity: values.count)
            _ = buffer.initialize(from: values)
            return buffer
        }
        var (ranges, policies): ([Range<Int>], [Policy]) = ([], [])
        var (types, networks): ([UInt16], [Network]) = ([], [])
        var (firsts, counters): ([Int], [Unmanaged<EventCounter>]) = ([], [])
        for line in lines {
            let start = policies.count
            for policy in line.policies {
                let (firstType, firstNetwork) = (types.count, networks.count)
                types += policy.types.map(\.rawValue)
                networks += policy.sources.map(Network.init)
                policies.append(
                    Policy(
                        action: policy.action, types: firstType..<types.count, networks: firstNetwork..<networks.count))
            }
            ranges.append(start..<policies.count)
            firsts.append(counters.count)
            for each in line.counts {
                counters += [each.blocked, each.filtered, each.dropped].map(Unmanaged.passUnretained)
            }
        }
        lists = copy(lines.map { .passUnretained($0.list) })
        self.ranges = copy(ranges)
        self.policies = copy(policies)
        self.types = copy(types)
        self.networks = copy(networks)
        firstCounters = copy(firsts)
        self.counters = copy(counters)
    }

    deinit {
        lists.deallocate()
        ranges.deallocate()
        policies.deallocate()
        types.deallocate()
        networks.deallocate()
        firstCounters.deallocate()
        counters.deallocate()
    }

    /// What the first policy of a line says that fits; nil where none does.
    @inline(__always)
    func action(line: Int, type: UInt16, _ source: IPAddress) -> (ACLSettings.Action, isForAll: Bool)? {
        let isV4 = source.family.rawValue == IPAddress.Family.v4.rawValue
        var place = ranges[line].lowerBound
        let end = ranges[line].upperBound
        while place < end {
            let policy = policies[place]
            if fits(policy.types, type) && fits(policy.networks, source, isV4: isV4) {
                return (policy.action, policy.networks.isEmpty)
            }
            place &+= 1
        }
        return nil
    }

    @inline(__always)
    private func fits(_ range: Range<Int>, _ type: UInt16) -> Bool {
        var place = range.lowerBound
        while place < range.upperBound {
            if types[place] == type { return true }
            place &+= 1
        }
        return range.isEmpty
    }

    @inline(__always)
    private func fits(_ range: Range<Int>, _ source: IPAddress, isV4: Bool) -> Bool {
        var place = range.lowerBound
        while place < range.upperBound {
            if networks[place].contains(source, isV4: isV4) { return true }
            place &+= 1
        }
        return range.isEmpty
    }

    @inline(__always)
    func count(_ action: ACLSettings.Action, line: Int, zone: Int, near place: UnsafeRawPointer) {
        let index =
            switch action {
            case .block: 0
            case .filter: 1
            case .drop, .allow: 2
            }
        counters[firstCounters[line] &+ zone &* 3 &+ index]._withUnsafeGuaranteedRef { $0.add(near: place) }
    }
}
