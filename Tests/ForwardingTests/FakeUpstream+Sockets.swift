import Corefile
import Glibc
import NetworkAddress

extension FakeUpstream {
    static func bound(_ address: IPAddress, _ port: UInt16, _ kind: __socket_type) throws -> Int32 {
        let isV4 = address.family == .v4
        let descriptor = socket(isV4 ? AF_INET : AF_INET6, Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, 4)
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { bytes in
            bytes.storeBytes(of: sa_family_t(isV4 ? AF_INET : AF_INET6), as: sa_family_t.self)
            bytes.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
            for (index, byte) in address.bytes.enumerated() { bytes[(isV4 ? 4 : 8) + index] = byte }
        }
        let result = withUnsafePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(isV4 ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size))
            }
        }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            throw FakeFault(text: "bind: \(code)")
        }
        return descriptor
    }

    static func port(in storage: sockaddr_storage) -> UInt16 {
        withUnsafeBytes(of: storage) { UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self)) }
    }

    static func port(of descriptor: Int32) -> UInt16 { address(of: descriptor, getsockname) }
    static func peerPort(of descriptor: Int32) -> UInt16 { address(of: descriptor, getpeername) }

    static func address(
        of descriptor: Int32, _ call: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> UInt16 {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        _ = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call(descriptor, $0, &length) }
        }
        return port(in: storage)
    }

    /// An address of this machine that nobody listens at.
    static func deaf() throws -> UpstreamAddress {
        let descriptor = try bound(IPAddress("127.0.0.1")!, 0, SOCK_DGRAM)
        defer { close(descriptor) }
        return UpstreamAddress(address: IPAddress("127.0.0.1")!, port: port(of: descriptor))
    }
}
