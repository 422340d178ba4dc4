import AnswerTable
import DNSWire

/// A server block for one of its zones on one address: its plugins, and what is so for all of its answers.
package final class Block: @unchecked Sendable {
    /// `dns://:53`, as CoreDNS's `server` label has it.
    package let server: String
    package let zone: DomainName
    /// CoreDNS's `zone` label.
    package let label: String
    package let chain: Chain
    /// There is somebody who recurses: RA.
    package let recurses: Bool
    /// What `bufsize` lets clients announce at most.
    package let largestDatagram: Int
    /// What is said to a client that asks who answers (RFC 5001).
    package let nsid: [UInt8]?
    /// Sees each answer; nil where nobody wants to.
    package let observer: (any AnswerObserver)?
    /// Which response codes the observer wants to see, a bit each.
    let seenRcodes: UInt32
    /// Answers say why they are negative or old (RFC 8914).
    package let explains: Bool
    /// One for each worker.
    package let counters: [QueryCounters]
    private let fastCounters: UnsafeMutableBufferPointer<Unmanaged<QueryCounters>>
    private let fastChain: Unmanaged<Chain>

    /// What a client is told whose question is nobody's here.
    static var unknownName: Answerer.Remark {
        Answerer.Remark(.notAuthoritative, "no zone of this server has this name")
    }

    package struct Options: Sendable {
        package var recurses = false
        package var largestDatagram = Answerer.largestDatagram
        package var nsid: [UInt8]?
        package var observer: (any AnswerObserver)?
        package var explains = false

        package init() {}
    }

    package init(
        server: String, zone: DomainName, label: String? = nil, chain: Chain, options: Options = Options(),
        counters: [QueryCounters]
    ) {
        self.server = server
        self.zone = zone
        self.label = label ?? zone.description
        self.chain = chain
        fastChain = .passUnretained(chain)
        recurses = options.recurses
        largestDatagram = options.largestDatagram
        nsid = options.nsid
        observer = options.observer
        explains = options.explains
        seenRcodes = options.observer?.rcodes ?? 0
        self.counters = counters
        fastCounters = .allocate(capacity: counters.count)
        for (index, each) in counters.enumerated() {
            fastCounters.initializeElement(at: index, to: .passUnretained(each))
        }
    }

    deinit { fastCounters.deallocate() }

    @inline(__always)
    func answer(_ query: inout Answerer, _ origin: Origin) -> Chain.Stop {
        fastChain._withUnsafeGuaranteedRef { $0.answer(&query, origin) }
    }

    @inline(__always)
    package func counters(ofWorker index: Int) -> Unmanaged<QueryCounters> { fastCounters[index] }
}

/// Who wants to see what was asked and answered: `log`, `errors`.
package protocol AnswerObserver: AnyObject, Sendable {
    /// Of answers that nothing went wrong with, those with these response codes, a bit each; it sees others only by chance.
    var rcodes: UInt32 { get }

    /// Called where the answer was made, on a worker's thread or in a task: it must not wait.
    func saw(_ seen: SeenAnswer)
}

/// An exchange that has ended.
package struct SeenAnswer: Sendable {
    package var client: Client
    /// Header and question as they came, and the answer's header.
    package var id: UInt16
    package var opcode: UInt8
    package var question: Question?
    /// Octets.
    package var querySize: Int
    package var wantsDNSSEC: Bool
    /// What the client's EDNS announces; 512 without.
    package var payloadSize: Int
    package var rcode: ResponseCode
    package var flags: MessageFlags
    /// Octets; 0 where nothing was sent.
    package var answerSize: Int
    /// Records of the answer and authority sections.
    package var answerCount = 0
    package var authorityCount = 0
    /// Nanoseconds.
    package var duration: UInt64
    package var plugin: PluginName
    /// What went wrong.
    package var fault: String?
}
