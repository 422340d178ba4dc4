import CLinux
import Corefile
import Glibc
import NetworkAddress
import TLS

/// One way to one upstream: sockets and connections are kept for each route by itself, by its identity.
package final class UpstreamRoute: Sendable {
    package enum Transport: Sendable {
        case udp
        case tcp
        /// - Parameter serverName: whom the certificate must name; nil is the address itself.
        case tls(TLSContext, serverName: String?)
    }

    package let upstream: UpstreamAddress
    package let transport: Transport
    /// The local address; nil is the kernel's choice.
    let source: IPAddress?
    /// How long an idle connection is kept, nanoseconds.
    let expire: Int64
    /// Idle connections that are kept; nil is every one.
    let maximumIdle: Int?

    package init(
        to upstream: UpstreamAddress, over transport: Transport, source: IPAddress? = nil,
        expire: Duration = .seconds(10), maximumIdle: Int? = nil
    ) {
        self.upstream = upstream
        self.transport = transport
        self.source = source
        self.expire = expire.nanoseconds
        self.maximumIdle = maximumIdle
    }

    /// A non-blocking socket to the upstream, a stream's perhaps not connected yet.
    func connectedSocket() throws(UpstreamError) -> Int32 {
        let isStream = if case .udp = transport { false } else { true }
        let kind = Int32((isStream ? SOCK_STREAM : SOCK_DGRAM).rawValue)
        let flags = Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let family = upstream.address.family == .v4 ? AF_INET : AF_INET6
        let descriptor = socket(family, kind | flags, 0)
        guard descriptor >= 0 else { throw .noSocket(String(cString: strerror(errno))) }
        if isStream {
            // Pipelined queries are small, and each is waited for.
            var on: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        }
        if let source, bound(descriptor, source) != 0 {
            let code = errno
            close(descriptor)
            throw .unreachable("cannot send from \(source): \(String(cString: strerror(code)))")
        }
        let result = upstream.address.withSockaddr(port: upstream.port) { connect(descriptor, $0, $1) }
        if result != 0 && errno != EINPROGRESS {
            let code = errno
            close(descriptor)
            throw UpstreamError(connecting: code)
        }
        return descriptor
    }

    /// The port is the kernel's random choice: a datagram socket's at once, a connection's when it is connected.
    private func bound(_ descriptor: Int32, _ address: IPAddress) -> Int32 {
        address.withSockaddr(port: 0) { bind(descriptor, $0, $1) }
    }
}

extension UpstreamError {
    /// What `connect`, or a socket that was connected, said.
    init(connecting code: Int32) {
        self =
            switch code {
            case ECONNREFUSED: .refused
            case ETIMEDOUT, ECONNRESET, EPIPE: .closed
            case EMFILE, ENFILE, ENOBUFS, ENOMEM, EAGAIN, EADDRNOTAVAIL: .noSocket(String(cString: strerror(code)))
            default: .unreachable(String(cString: strerror(code)))
            }
    }
}

extension Duration {
    /// At most 292 years, which saturates.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? (seconds < 0 ? .min : .max) : product &+ attoseconds / 1_000_000_000
    }
}
