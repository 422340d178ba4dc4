import CLinux
import Glibc

/// Room for a batch of datagrams from one socket.
final class DatagramBuffers {
    /// Datagrams a call.
    private static let capacity = 32
    /// Octets a datagram; a longer one is none we asked for, as EDNS says 1,232.
    private static let length = 4096

    private let octets: UnsafeMutableRawPointer
    private let parts: UnsafeMutablePointer<iovec>
    private let messages: UnsafeMutablePointer<clinux_mmsghdr>

    init() {
        let capacity = DatagramBuffers.capacity
        octets = .allocate(byteCount: capacity * DatagramBuffers.length, alignment: 16)
        parts = .allocate(capacity: capacity)
        messages = .allocate(capacity: capacity)
        messages.initialize(repeating: clinux_mmsghdr(), count: capacity)
        for index in 0..<capacity {
            (parts + index).initialize(
                to: iovec(iov_base: octets + index * DatagramBuffers.length, iov_len: DatagramBuffers.length))
            messages[index].msg_hdr.msg_iov = parts + index
            messages[index].msg_hdr.msg_iovlen = 1
        }
    }

    deinit {
        messages.deallocate()
        parts.deallocate()
        octets.deallocate()
    }

    /// All the room, for a stream.
    var whole: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: octets, count: DatagramBuffers.capacity * DatagramBuffers.length)
    }

    /// Takes what is there, a batch at most, and tells each datagram.
    /// - Returns: how many there were; -1 with errno.
    func receive(from descriptor: Int32, _ body: (UnsafeRawBufferPointer) -> Void) -> Int {
        let count = Int(
            clinux_recvmmsg(descriptor, messages, UInt32(DatagramBuffers.capacity), Int32(MSG_DONTWAIT)))
        for index in 0..<max(count, 0) {
            let isWhole = messages[index].msg_hdr.msg_flags & Int32(MSG_TRUNC) == 0
            body(
                UnsafeRawBufferPointer(
                    start: octets + index * DatagramBuffers.length, count: isWhole ? Int(messages[index].msg_len) : 0))
        }
        return count
    }
}
