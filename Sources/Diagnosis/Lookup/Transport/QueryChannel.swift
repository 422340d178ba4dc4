import DNSWire

/// How questions are sent.
package struct TransportOptions: Hashable, Sendable {
    /// TCP from the start.
    package var tcp = false
    /// DNS over TLS (RFC 7858).
    package var tls: TLSIdentity?
    /// The payload size that EDNS announces; nil: no EDNS.
    package var payloadSize: UInt16? = 1232
    /// The time that one server has for one answer.
    package var timeout = Duration.seconds(2)
    /// How often the list of servers is gone through, at least once.
    package var tries = 2

    package init() {}
}

package enum TransportKind: String, Hashable, Sendable {
    case udp, tcp, tls
}

/// Whom a server's certificate must name, and who vouches for it.
package struct TLSIdentity: Hashable, Sendable {
    /// nil: the server's address.
    package var host: String?
    /// The authorities to trust, a file in PEM; nil: the system's.
    package var authority: String?

    package init(host: String? = nil, authority: String? = nil) {
        self.host = host
        self.authority = authority
    }
}

/// One answer and how it came.
package struct Reply: Sendable {
    package var message: Message
    package var transport: TransportKind
    /// Octets of the message; of all messages of a zone transfer.
    package var size: Int
    package var roundTrip: Duration
    /// The answer over UDP was cut, and TCP was asked.
    package var wasTruncated: Bool

    package init(message: Message, transport: TransportKind, size: Int, roundTrip: Duration, wasTruncated: Bool = false)
    {
        self.message = message
        self.transport = transport
        self.size = size
        self.roundTrip = roundTrip
        self.wasTruncated = wasTruncated
    }
}

/// Why there is no answer to look at.
package enum ExchangeFailure: Error, Hashable, Sendable {
    case timedOut
    /// Nobody listens, or no way leads there; the system's words.
    case unreachable(String)
    /// What came back is no DNS message.
    case malformed(String)

    /// The words of a message.
    package var text: String {
        switch self {
        case .timedOut: "timed out"
        case .unreachable(let why): why
        case .malformed(let why): "malformed answer: \(why)"
        }
    }

    var outcome: QueryOutcome {
        switch self {
        case .timedOut, .malformed: .noReply
        case .unreachable: .unreachable
        }
    }
}

/// Asks one server one question, once. What a lookup does with it is tested without a network.
package protocol QueryChannel: Sendable {
    func exchange(
        _ name: DomainName, _ type: RecordType, with server: ServerAddress, options: TransportOptions
    ) throws(ExchangeFailure) -> Reply
}
