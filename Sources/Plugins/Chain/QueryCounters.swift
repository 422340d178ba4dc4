import AnswerTable
import Synchronization

/// What one worker has answered for one server block, in the classes that CoreDNS's metrics have. It alone writes, anybody
/// may read; what tasks answer for it is counted apart.
///
/// Plain numbers in memory of the worker's own: counting a query takes a load and a store for each, no lock, no bus lock.
/// Numbers of several workers are added when somebody looks.
package final class QueryCounters: @unchecked Sendable {
    package enum Carrier: Int, CaseIterable, Sendable {
        case udp, tcp
    }

    package enum Family: Int, CaseIterable, Sendable {
        case ipv4, ipv6
    }

    /// QTYPEs that are counted by name (CoreDNS plugin/pkg/… `monitorType`); the others are `other`.
    package static let types: [(number: UInt16, name: String)] = [
        (1, "A"), (28, "AAAA"), (255, "ANY"), (252, "AXFR"), (5, "CNAME"), (48, "DNSKEY"), (43, "DS"), (65, "HTTPS"),
        (251, "IXFR"), (15, "MX"), (2, "NS"), (47, "NSEC"), (50, "NSEC3"), (12, "PTR"), (46, "RRSIG"), (6, "SOA"),
        (33, "SRV"), (64, "SVCB"), (16, "TXT"),
    ]
    static let typeCount = 20
    /// Extended rcodes up to BADVERS, the highest that there is here, have a place each.
    package static let rcodeCount = 17
    static let pluginCount = 32
    /// Upper bounds of message sizes, in octets; one bucket more holds what is longer.
    package static let sizeBounds = [0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16000, 32000, 48000, 64000]
    /// Upper bounds of durations, in nanoseconds: 0.25 ms doubled, 16 of them; one bucket more holds what is longer.
    package static let durationBounds = (0..<16).map { 250_000 << $0 }

    /// Where each group of numbers begins: plain literals, which the compiler folds.
    private enum Place {
        static let requests = 0
        static let rcodes = requests + 4 * typeCount
        static let dnssec = rcodes + rcodeCount * pluginCount
        static let requestSizes = dnssec + 1
        static let responseSizes = requestSizes + 2 * histogram
        static let durations = responseSizes + 2 * histogram
        static let end = durations + durationBuckets + 1
        /// Buckets of a size histogram, and the sum.
        static let histogram = 16
        static let durationBuckets = 17
    }

    private let numbers: UnsafeMutablePointer<Atomic<Int>>
    /// The same numbers for what tasks answer.
    private let late = Mutex<[Int]>(Array(repeating: 0, count: Place.end))
    private let classes: Classes

    /// For each size of a message its bucket, for each type below 256 its place: the same for all, never freed.
    private struct Classes: @unchecked Sendable {
        let buckets: UnsafeMutablePointer<UInt8>
        let places: UnsafeMutablePointer<UInt8>

        static let shared = Classes()

        private init() {
            buckets = .allocate(capacity: 1 << 16)
            for size in 0..<1 << 16 {
                let bucket = QueryCounters.sizeBounds.firstIndex { size <= $0 } ?? QueryCounters.sizeBounds.count
                buckets[size] = UInt8(bucket)
            }
            places = .allocate(capacity: 256)
            places.initialize(repeating: UInt8(QueryCounters.types.count), count: 256)
            for (place, type) in QueryCounters.types.enumerated() { places[Int(type.number)] = UInt8(place) }
        }
    }

    package init() {
        precondition(
            QueryCounters.types.count + 1 == QueryCounters.typeCount
                && QueryCounters.sizeBounds.count + 2 == Place.histogram
                && QueryCounters.durationBounds.count + 1 == Place.durationBuckets
                && PluginName.allCases.count <= QueryCounters.pluginCount)
        let room = UnsafeMutableRawPointer.allocate(byteCount: Place.end * 8, alignment: 128)
        room.initializeMemory(as: Int.self, repeating: 0, count: Place.end)
        numbers = room.assumingMemoryBound(to: Atomic<Int>.self)
        classes = .shared
    }

    deinit { numbers.deallocate() }

    // MARK: The worker's side

    /// One writer: a load and a store are enough.
    @inline(__always)
    private func add(_ amount: Int, at place: Int) {
        let number = numbers + place
        number.pointee.store(number.pointee.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    /// Counts an answer.
    /// - Parameters:
    ///   - size: octets of the query, below 65,536.
    ///   - row: `row(carrier, family)` of the socket.
    @inline(__always)
    package func count(_ reply: Answerer.Reply, to size: Int, _ row: Row, _ plugin: PluginName) {
        let place = reply.type < 256 ? Int(classes.places[Int(reply.type)]) : QueryCounters.typeCount &- 1
        add(1, at: row.requests &+ place)
        add(1, at: Place.rcodes &+ Int(plugin.rawValue) &* QueryCounters.rcodeCount &+ Int(reply.rcode))
        if reply.wantsDNSSEC { add(1, at: Place.dnssec) }
        add(1, at: row.requestSizes &+ Int(classes.buckets[size]))
        add(size, at: row.requestSizes &+ Place.histogram &- 1)
        add(1, at: row.responseSizes &+ Int(classes.buckets[reply.length]))
        add(reply.length, at: row.responseSizes &+ Place.histogram &- 1)
    }

    /// Counts the time that each of `queries` took.
    @inline(__always)
    package func countDuration(nanoseconds: Int, queries: Int) {
        add(queries, at: Place.durations &+ QueryCounters.bucket(ofNanoseconds: nanoseconds))
        add(nanoseconds &* queries, at: Place.durations &+ Place.durationBuckets)
    }

    @inline(__always)
    private static func bucket(ofNanoseconds nanoseconds: Int) -> Int {
        var bucket = 0
        while bucket < Place.durationBuckets &- 1 && nanoseconds > 250_000 &<< bucket { bucket &+= 1 }
        return bucket
    }

    /// Counts an answer that a task gave, from any thread.
    func countLate(
        _ reply: Answerer.Reply, to size: Int, over carrier: Carrier, _ family: Family, _ plugin: PluginName,
        nanoseconds: Int
    ) {
        let row = QueryCounters.row(carrier, family)
        let place = reply.type < 256 ? Int(classes.places[Int(reply.type)]) : QueryCounters.typeCount - 1
        let rcode = min(Int(reply.rcode), QueryCounters.rcodeCount - 1)
        late.withLock { numbers in
            numbers[row.requests + place] += 1
            numbers[Place.rcodes + Int(plugin.rawValue) * QueryCounters.rcodeCount + rcode] += 1
            if reply.wantsDNSSEC { numbers[Place.dnssec] += 1 }
            numbers[row.requestSizes + Int(classes.buckets[min(size, 65535)])] += 1
            numbers[row.requestSizes + Place.histogram - 1] += size
            numbers[row.responseSizes + Int(classes.buckets[min(reply.length, 65535)])] += 1
            numbers[row.responseSizes + Place.histogram - 1] += reply.length
            numbers[Place.durations + QueryCounters.bucket(ofNanoseconds: nanoseconds)] += 1
            numbers[Place.durations + Place.durationBuckets] += nanoseconds
        }
    }

    /// Where a socket's numbers are.
    package struct Row: Sendable {
        let requests: Int
        let requestSizes: Int
        let responseSizes: Int
    }

    package static func row(_ carrier: Carrier, _ family: Family) -> Row {
        Row(
            requests: Place.requests + (carrier.rawValue * 2 + family.rawValue) * QueryCounters.typeCount,
            requestSizes: Place.requestSizes + carrier.rawValue * Place.histogram,
            responseSizes: Place.responseSizes + carrier.rawValue * Place.histogram)
    }

    // MARK: Everybody else's

    /// All numbers of several workers, added.
    package struct Sum: Sendable {
        private let numbers: [Int]

        package init(_ counters: [QueryCounters]) {
            let late = counters.map { $0.late.withLock { $0 } }
            numbers = (0..<Place.end).map { place in
                counters.reduce(0) { $0 + $1.numbers[place].load(ordering: .relaxed) }
                    + late.reduce(0) { $0 + $1[place] }
            }
        }

        /// Queries that were answered.
        package var queries: Int { numbers[Place.requests..<Place.rcodes].reduce(0, +) }
        /// Queries with the DO bit.
        package var wantsDNSSEC: Int { numbers[Place.dnssec] }

        /// By type, in the order of `types`, `other` last.
        package func requests(_ carrier: Carrier, _ family: Family) -> ArraySlice<Int> {
            let first = Place.requests + (carrier.rawValue * 2 + family.rawValue) * typeCount
            return numbers[first..<first + typeCount]
        }

        package func responses(rcode: Int, _ plugin: PluginName) -> Int {
            numbers[Place.rcodes + Int(plugin.rawValue) * rcodeCount + rcode]
        }

        package func requestSizes(_ carrier: Carrier) -> Histogram {
            histogram(Place.requestSizes + carrier.rawValue * Place.histogram, sizeBounds)
        }

        package func responseSizes(_ carrier: Carrier) -> Histogram {
            histogram(Place.responseSizes + carrier.rawValue * Place.histogram, sizeBounds)
        }

        /// In nanoseconds: from a batch's arrival to its answers' departure.
        package var durations: Histogram { histogram(Place.durations, durationBounds) }

        private func histogram(_ first: Int, _ bounds: [Int]) -> Histogram {
            let buckets = first..<first + bounds.count + 1
            return Histogram(bounds: bounds, counts: Array(numbers[buckets]), sum: numbers[buckets.upperBound])
        }
    }

    package struct Histogram: Sendable {
        /// Upper bounds, ascending; `counts` has one element more, for what is above the last.
        package let bounds: [Int]
        package let counts: [Int]
        package let sum: Int
    }
}
