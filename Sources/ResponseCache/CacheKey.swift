import AnswerTable
import DNSWire

/// What an answer is found by, on the writer's side: the name in lower case with zeros up to a block, and the question.
struct CacheKey {
    private let octets: [UInt8]
    let question: UInt64
    let hash: UInt64

    init(_ asked: Question, dnssecOK: Bool, checkingDisabled: Bool, in buckets: Buckets) {
        let name = asked.name.lowercased.wire
        let octets = name + Array(repeating: 0, count: (name.count + 15) & ~15 - name.count)
        let question = CacheEntry.question(
            nameLength: name.count, type: asked.type.rawValue, dnssecOK: dnssecOK, checkingDisabled: checkingDisabled)
        self.octets = octets
        self.question = question
        hash = octets.withUnsafeBytes { buckets.hash($0.baseAddress!, length: name.count, question: question) }
    }

    func find(in buckets: Buckets) -> CacheEntry? {
        octets.withUnsafeBytes { buckets.find(hash: hash, $0.baseAddress!, question: question) }
    }

    /// Makes the entry's name, question and hash this.
    func write(to entry: CacheEntry) {
        entry.question = question
        entry.hash = hash
        octets.withUnsafeBytes { entry.name.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    }
}
