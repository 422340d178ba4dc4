import Glibc
import NetworkAddress
import TLS

/// A socket connected to one server. Because it is connected, the kernel lets nothing else through than what that address
/// and port sent, and reports when nobody listens there; because it is new for each question, so is its port (RFC 5452 9.2).
///
/// Every call returns by its deadline.
struct ClientSocket: ~Copyable {
    private let descriptor: Int32
    private let session: TLSSession?

    typealias Deadline = ContinuousClock.Instant

    /// The corresponding C functions are `socket` and `connect`.
    /// - Parameter tls: goes with `TransportKind.tls`.
    init(
        to server: ServerAddress, _ transport: TransportKind, tls: TLSIdentity? = nil, by deadline: Deadline
    ) throws(ExchangeFailure) {
        let kind = transport == .udp ? SOCK_DGRAM : SOCK_STREAM
        let family = server.address.family == .v4 ? AF_INET : AF_INET6
        let flags = Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, Int32(kind.rawValue) | flags, 0)
        guard descriptor >= 0 else { throw ClientSocket.failure(errno) }
        do throws(ExchangeFailure) {
            try ClientSocket.connect(descriptor, to: server, by: deadline)
            session = try tls.map { identity throws(ExchangeFailure) in
                try ClientSocket.handshake(identity, descriptor, server, by: deadline)
            }
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit {
        session?.end(orderly: true)
        close(descriptor)
    }

    private static func connect(
        _ descriptor: Int32, to server: ServerAddress, by deadline: Deadline
    ) throws(ExchangeFailure) {
        let status = try ClientSocket.withSocketAddress(of: server) { address, length in
            Glibc.connect(descriptor, address, length)
        }
        guard status < 0 else { return }
        guard errno == EINPROGRESS else { throw ClientSocket.failure(errno) }
        try wait(descriptor, for: POLLOUT, by: deadline)
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
        guard code == 0 else { throw ClientSocket.failure(code) }
    }

    /// Sends all of it. The corresponding C function is `send`.
    func send(_ bytes: [UInt8], by deadline: Deadline) throws(ExchangeFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            if let session {
                let count = try ClientSocket.tls { () throws(TLSError) in
                    try rest.withUnsafeBytes { octets in Result { () throws(TLSError) in try session.write(octets) } }
                        .get()
                }
                if count == 0 { try wait(for: session.wantsWrite ? POLLOUT : POLLIN, by: deadline) }
                rest = rest.dropFirst(count)
                continue
            }
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                try wait(for: POLLOUT, by: deadline)
            } else if errno != EINTR {
                throw ClientSocket.failure(errno)
            }
        }
    }

    /// The next datagram, or the octets that are there of a stream, none at its end. The corresponding C function is `recv`.
    func receive(upTo limit: Int, by deadline: Deadline) throws(ExchangeFailure) -> [UInt8] {
        if let session { return try receive(upTo: limit, through: session, by: deadline) }
        while true {
            try wait(for: POLLIN, by: deadline)
            var code: Int32 = 0
            var status = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
                status = recv(descriptor, buffer.baseAddress, limit, 0)
                code = errno
                count = max(0, status)
            }
            if status >= 0 { return bytes }
            guard code == EAGAIN || code == EINTR else { throw ClientSocket.failure(code) }
        }
    }

    private func receive(
        upTo limit: Int, through session: TLSSession, by deadline: Deadline
    ) throws(ExchangeFailure) -> [UInt8] {
        while true {
            var bytes = [UInt8](repeating: 0, count: limit)
            let count = try ClientSocket.tls { () throws(TLSError) in
                try bytes.withUnsafeMutableBytes { room in
                    Result { () throws(TLSError) in try session.read(into: room) }
                }
                .get()
            }
            if let count {
                bytes.removeLast(limit - count)
                return bytes
            }
            try wait(for: session.wantsWrite ? POLLOUT : POLLIN, by: deadline)
        }
    }

    private static func handshake(
        _ identity: TLSIdentity, _ descriptor: Int32, _ server: ServerAddress, by deadline: Deadline
    ) throws(ExchangeFailure) -> TLSSession {
        // OpenSSL writes without MSG_NOSIGNAL; blocked, the signal of a closed connection goes nowhere.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let session = try tls { () throws(TLSError) in
            try TLSSession(
                try TLSContext(authority: identity.authority), descriptor, server: server.address, identity.host,
                tickets: TLSTickets())
        }
        while try !tls(session.handshake) {
            try wait(descriptor, for: session.wantsWrite ? POLLOUT : POLLIN, by: deadline)
        }
        return session
    }

    private static func tls<Result>(_ body: () throws(TLSError) -> Result) throws(ExchangeFailure) -> Result {
        do throws(TLSError) { return try body() } catch { throw .unreachable("TLS: \(error)") }
    }

    private func wait(for event: Int32, by deadline: Deadline) throws(ExchangeFailure) {
        try ClientSocket.wait(descriptor, for: event, by: deadline)
    }

    private static func wait(_ descriptor: Int32, for event: Int32, by deadline: Deadline) throws(ExchangeFailure) {
        while true {
            let left = deadline - ContinuousClock.now
            guard left > .zero else { throw .timedOut }
            var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
            // Rounded up, so that the last part of a millisecond is slept and not spun through.
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1
            let ready = poll(&entry, 1, Int32(clamping: milliseconds))
            if ready > 0 { return }
            if ready < 0, errno != EINTR { throw ClientSocket.failure(errno) }
        }
    }

    private static func failure(_ code: Int32) -> ExchangeFailure {
        let text = String(cString: strerror(code))
        return .unreachable(text.prefix(1).lowercased() + text.dropFirst())
    }

    static func withSocketAddress<Result>(
        of server: ServerAddress, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) throws(ExchangeFailure) -> Result {
        switch server.address.family {
        case .v4:
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = server.port.bigEndian
            address.sin_addr.s_addr = server.address.v4.bigEndian
            return withUnsafeBytes(of: &address) {
                body($0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
            }
        case .v6:
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = server.port.bigEndian
            withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: server.address.bytes) }
            if let interface = server.interface {
                address.sin6_scope_id = UInt32(interface) ?? if_nametoindex(interface)
                guard address.sin6_scope_id != 0 else { throw .unreachable("no network interface \"\(interface)\"") }
            }
            return withUnsafeBytes(of: &address) {
                body($0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
            }
        }
    }
}

/// The addresses of a host that the system's own resolver knows. The corresponding C function is `getaddrinfo`.
package func systemAddresses(of host: String) -> [IPAddress] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
    defer { freeaddrinfo(list) }
    var found: [IPAddress] = []
    var entry = list
    while let item = entry?.pointee {
        let raw = UnsafeRawPointer(item.ai_addr)
        if item.ai_family == AF_INET, let raw {
            let address = raw.loadUnaligned(as: sockaddr_in.self)
            found.append(IPAddress(v4: UInt32(bigEndian: address.sin_addr.s_addr)))
        } else if item.ai_family == AF_INET6, let raw {
            let address = raw.loadUnaligned(as: sockaddr_in6.self)
            if let address = withUnsafeBytes(of: address.sin6_addr, { IPAddress(bytes: $0) }) { found.append(address) }
        }
        entry = item.ai_next
    }
    return found
}

/// This machine's name, empty where it has none. The corresponding C function is `gethostname`.
package func machineName() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
