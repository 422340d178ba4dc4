import DNSWire
import Findings

/// What a server says to the first questions of a diagnosis: whether it is there over UDP and TCP, and for which domain.
struct ServerProbe {
    let address: ServerAddress
    let udp: Result<Reply, ExchangeFailure>
    let tcp: Result<Reply, ExchangeFailure>
    /// The SOA question's name.
    let domain: DomainName

    /// Asks for the SOA of the cluster's domain over both transports.
    init(_ server: LiveServer, at address: ServerAddress, domain: DomainName) {
        self.address = address
        self.domain = domain
        udp = server.ask(domain, .soa, at: address)
        tcp = server.ask(domain, .soa, at: address, tcp: true)
    }

    var reply: Reply? { (try? udp.get()) ?? (try? tcp.get()) }

    /// Whether a reply is for the domain: its SOA in the answer.
    static func hasDomain(_ message: Message, _ domain: DomainName) -> Bool {
        message.rcode == .noError && message.answers.contains { $0.type == .soa && $0.owner == domain }
    }
}

extension LiveServer {
    /// One question over one transport, tried as often as the options say: a datagram may get lost.
    func ask(
        _ name: DomainName, _ type: RecordType, at address: ServerAddress, tcp: Bool = false,
        payloadSize: UInt16? = 1232
    ) -> Result<Reply, ExchangeFailure> {
        var options = self.options
        options.tcp = tcp
        options.payloadSize = payloadSize
        var result: Result<Reply, ExchangeFailure>
        var left = tcp ? 1 : max(1, options.tries)
        repeat {
            result = Result { () throws(ExchangeFailure) in
                try channel.exchange(name, type, with: address, options: options)
            }
            left -= 1
        } while left > 0 && result.isTimeout
        return result
    }
}

extension Result where Success == Reply, Failure == ExchangeFailure {
    var isTimeout: Bool { if case .failure(.timedOut) = self { true } else { false } }

    var failure: ExchangeFailure? { if case .failure(let failure) = self { failure } else { nil } }
}

extension ExchangeFailure {
    /// The words of a message, which tell a port that is closed from silence.
    var phrase: Phrase {
        switch self {
        case .timedOut: Phrase("timed out", zh: "超时")
        case .unreachable(let why): Phrase(why)
        case .malformed(let why): Phrase("malformed answer: \(why)", zh: "应答格式错误：\(why)")
        }
    }
}
