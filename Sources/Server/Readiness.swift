import CLinux

/// What a worker's poll set says is ready.
enum Readiness: Equatable {
    /// Somebody else's word: late answers, sockets that come and go, the end.
    case inbox
    /// The UDP socket with this number.
    case datagrams(Int)
    case listener(Int)
    /// The connection with this descriptor.
    case connection(Int32)

    /// As the kernel keeps it for us: the kind in the low octet, the number above.
    @inline(__always)
    var data: UInt64 {
        switch self {
        case .inbox: 0
        case .datagrams(let index): UInt64(index) << 8 | 1
        case .listener(let index): UInt64(index) << 8 | 2
        case .connection(let descriptor): UInt64(UInt32(bitPattern: descriptor)) << 8 | 3
        }
    }

    @inline(__always)
    init(data: UInt64) {
        switch data & 0xFF {
        case 1: self = .datagrams(Int(data >> 8))
        case 2: self = .listener(Int(data >> 8))
        case 3: self = .connection(Int32(truncatingIfNeeded: data >> 8))
        default: self = .inbox
        }
    }

    /// Has the poll set tell when the descriptor can be read.
    func watch(_ descriptor: Int32, in poll: Int32) throws {
        try system("epoll_ctl", "") { clinux_epoll_add(poll, descriptor, UInt32(CLINUX_EPOLLIN), data) }
    }
}
