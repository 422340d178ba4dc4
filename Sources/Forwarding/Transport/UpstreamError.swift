import TLS

/// Why an upstream gave no answer.
package enum UpstreamError: Error, Hashable, CustomStringConvertible {
    /// Nothing came in the time there was, milliseconds.
    case timeout(milliseconds: Int)
    /// Nobody listens there (ECONNREFUSED).
    case refused
    /// The kernel has no way there, in its own words.
    case unreachable(String)
    /// The connection ended with the query unanswered.
    case closed
    /// In OpenSSL's words.
    case tls(String)
    /// The answer is no DNS message.
    case malformed
    /// No socket is to be had (EMFILE, ENFILE, ENOBUFS …), in the kernel's words.
    case noSocket(String)
    /// As many queries wait as may.
    case overloaded
    /// Nobody wants the answer any more, or the loop has ended.
    case cancelled

    package var description: String {
        switch self {
        case .timeout(let milliseconds): "no answer in \(milliseconds) ms"
        case .refused: "connection refused"
        case .unreachable(let reason): "unreachable: \(reason)"
        case .closed: "connection closed before the answer"
        case .tls(let reason): "TLS: \(reason)"
        case .malformed: "the answer is no DNS message"
        case .noSocket(let reason): "no socket: \(reason)"
        case .overloaded: "too many queries wait for upstreams"
        case .cancelled: "cancelled"
        }
    }
}

extension UpstreamError {
    init(_ error: TLSError) { self = error == .closed ? .closed : .tls(error.description) }

    /// Does something with TLS.
    @inline(__always)
    static func with<Result>(_ body: () throws(TLSError) -> Result) throws(UpstreamError) -> Result {
        do throws(TLSError) { return try body() } catch { throw UpstreamError(error) }
    }
}
