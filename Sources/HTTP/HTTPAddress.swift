import Glibc
import NetworkAddress

/// Where an HTTP listener listens.
package enum HTTPAddress: Sendable, Hashable, CustomStringConvertible {
    /// nil for all addresses of both families; port 0 for a free one.
    case tcp(IPAddress?, port: UInt16)
    /// A path, of which only the owner may open the socket.
    case unix(String)

    package var description: String {
        switch self {
        case .tcp(nil, let port): ":\(port)"
        case .tcp(let address?, let port): address.text(port: port)
        case .unix(let path): path
        }
    }

    private static let backlog: Int32 = 64

    /// A socket that listens, and its address with the port that it got.
    func listen() throws(HTTPListenError) -> (socket: Int32, bound: HTTPAddress) {
        switch self {
        case .unix(let path):
            return (try listen(path), self)
        case .tcp(let address, let port):
            let socket = try listen(address ?? IPAddress(v6High: 0, low: 0), port, isDualStack: address == nil)
            return (socket, .tcp(address, port: IPAddress.port(of: socket)))
        }
    }

    // MARK: TCP

    private func listen(_ address: IPAddress, _ port: UInt16, isDualStack: Bool) throws(HTTPListenError) -> Int32 {
        let family = address.family == .v4 ? AF_INET : AF_INET6
        let socket = try open(family)
        var one: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        var isV6Only: Int32 = isDualStack ? 0 : 1
        if family == AF_INET6 {
            setsockopt(socket, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &isV6Only, socklen_t(MemoryLayout<Int32>.size))
        }
        try listen(socket) { address.withSockaddr(port: port) { bind(socket, $0, $1) } }
        return socket
    }

    // MARK: Unix

    /// Replaces a socket that a former process left behind, never one that is answered, nor any other file.
    private func listen(_ path: String) throws(HTTPListenError) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let octets = Array(path.utf8)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard octets.count < room.count else { return false }
            room.copyBytes(from: octets)
            return true
        }
        guard fits else { throw HTTPListenError(self, code: ENAMETOOLONG) }
        let probe = try open(AF_UNIX)
        let isAnswered = HTTPAddress.call(address) { connect(probe, $0, $1) } == 0
        close(probe)
        if isAnswered { throw HTTPListenError(self, "another process answers on it: the socket is in use") }
        var status = stat()
        if lstat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFSOCK else {
                throw HTTPListenError(self, "it is in use by a file that is no socket")
            }
            unlink(path)
        }
        let socket = try open(AF_UNIX)
        // Nobody connects before the socket listens, and then its mode is right.
        try listen(socket) {
            HTTPAddress.call(address) { bind(socket, $0, $1) } == 0 ? chmod(path, 0o600) : -1
        }
        return socket
    }

    // MARK: System calls

    private func open(_ family: Int32) throws(HTTPListenError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let socket = Glibc.socket(family, type, 0)
        guard socket >= 0 else { throw HTTPListenError(self, code: errno) }
        return socket
    }

    /// Binds and listens; closes the socket where that fails.
    /// - Parameter binding: 0 where it succeeded.
    private func listen(_ socket: Int32, _ binding: () -> Int32) throws(HTTPListenError) {
        guard binding() != 0 || Glibc.listen(socket, HTTPAddress.backlog) != 0 else { return }
        let code = errno
        close(socket)
        throw HTTPListenError(self, code: code)
    }

    private static func call(
        _ address: sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }
}

/// Why nothing listens on an address.
package struct HTTPListenError: Error, Sendable, CustomStringConvertible {
    package let address: HTTPAddress
    package let reason: String

    init(_ address: HTTPAddress, _ reason: String) {
        self.address = address
        self.reason = reason
    }

    init(_ address: HTTPAddress, code: Int32) {
        let reason =
            switch (address, code) {
            case (.tcp, EADDRINUSE): "the port is in use"
            case (.tcp, EADDRNOTAVAIL): "no interface of this machine has that address"
            case (.tcp, EACCES): "permission denied (ports below 1024 need root or CAP_NET_BIND_SERVICE)"
            case (_, ENAMETOOLONG): "the path of a Unix socket has at most 107 octets"
            default: String(cString: strerror(code))
            }
        self.init(address, reason)
    }

    package var description: String { "cannot listen on \(address): \(reason)" }
}
