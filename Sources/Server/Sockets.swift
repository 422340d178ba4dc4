import CLinux
import Glibc
import NetworkAddress

/// A socket that is closed with its owner.
struct Socket: ~Copyable {
    let descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }
}

enum Transports {
    /// Octets that the kernel keeps for a UDP socket while a worker is busy.
    static let receiveBuffer: Int32 = 4 << 20
    static let backlog: Int32 = 1024

    /// A bound socket; each worker has its own on the same port, the kernel spreads the clients (SO_REUSEPORT).
    static func open(_ address: ListenAddress, stream: Bool, shared: Bool = true) throws -> Socket {
        let type =
            Int32((stream ? SOCK_STREAM : SOCK_DGRAM).rawValue) | Int32(SOCK_NONBLOCK.rawValue)
            | Int32(SOCK_CLOEXEC.rawValue)
        let name = "\(address)/\(stream ? "tcp" : "udp")"
        let socket = Socket(try system("socket", name) { Glibc.socket(address.family, type, 0) })
        let descriptor = socket.descriptor
        if stream { try set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1, name) }
        if shared { try set(descriptor, SOL_SOCKET, SO_REUSEPORT, 1, name) }
        if address.family == AF_INET6 { try set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1, name) }
        if !stream {
            // The kernel may give less than asked (net.core.rmem_max); that is no reason not to serve.
            try? set(descriptor, SOL_SOCKET, SO_RCVBUF, receiveBuffer, name)
            if address.isWildcard {
                try system("setsockopt", name) { clinux_want_local_address(descriptor, address.family) }
            }
        }
        try system("bind", name) { address.withSockaddr { bind(descriptor, $0, $1) } }
        if stream && shared { try system("listen", name) { listen(descriptor, backlog) } }
        return socket
    }

    /// The address with a port that UDP and TCP both have free; one that is taken is an error here, where SO_REUSEPORT
    /// would share it in silence with whoever has it.
    static func reserve(_ address: ListenAddress) throws -> ListenAddress {
        var attempts = address.port == 0 ? 32 : 1
        while true {
            attempts -= 1
            do {
                let datagrams = try open(address, stream: false, shared: false)
                var reserved = address
                reserved.port = IPAddress.port(of: datagrams.descriptor)
                _ = try open(reserved, stream: true, shared: false)
                return reserved
            } catch  where attempts > 0 {
                continue
            }
        }
    }

    private static func set(_ fd: Int32, _ level: Int32, _ option: Int32, _ value: Int32, _ name: String) throws {
        var value = value
        try system("setsockopt", name) { setsockopt(fd, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) }
    }
}
