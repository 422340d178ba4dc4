import AnswerTable
import CLinux
import Glibc

/// One worker's UDP socket on one address: datagrams come in batches, are answered in their own place, and go out in
/// batches by the headers they came with. All memory is made once.
struct DatagramSocket: ~Copyable {
    /// Datagrams in a batch at most.
    static let batch = 64
    /// One octet more than we announce: what is longer than that was cut by the kernel, and is no whole query.
    private let longestQuery = Answerer.payloadSize + 1
    /// Room for a message, an odd number of cache lines, so that the messages' first lines do not push each other out of
    /// the cache.
    private static let slot = ((Answerer.largestDatagram + Answerer.padding) / 64 + 1) | 1
    private static let controlSize = Int(CLINUX_CONTROL_SIZE)

    let socket: Socket
    private let row: QueryCounters.Row
    private let wantsLocalAddress: Bool
    private let slots: UnsafeMutableRawPointer
    private let controls: UnsafeMutableRawPointer
    private let peers: UnsafeMutablePointer<sockaddr_storage>
    private let messages: UnsafeMutablePointer<clinux_mmsghdr>
    private let vectors: UnsafeMutablePointer<iovec>

    init(_ address: ListenAddress, _ counters: QueryCounters) throws {
        socket = try Transports.open(address, stream: false)
        row = counters.row(.udp, address.family == AF_INET ? .ipv4 : .ipv6)
        wantsLocalAddress = address.isWildcard
        let batch = DatagramSocket.batch
        let size = DatagramSocket.slot * 64
        slots = .allocate(byteCount: batch * size, alignment: 64)
        controls = .allocate(byteCount: batch * DatagramSocket.controlSize, alignment: 16)
        peers = .allocate(capacity: batch)
        peers.initialize(repeating: sockaddr_storage(), count: batch)
        messages = .allocate(capacity: batch)
        messages.initialize(repeating: clinux_mmsghdr(), count: batch)
        vectors = .allocate(capacity: batch)
        for index in 0..<batch {
            vectors[index] = iovec(iov_base: slots + index * size, iov_len: 0)
            messages[index].msg_hdr.msg_iov = vectors + index
            messages[index].msg_hdr.msg_iovlen = 1
            messages[index].msg_hdr.msg_name = UnsafeMutableRawPointer(peers + index)
            // All of a socket's peers are of its family, so what the kernel writes here is right for the next one too.
            messages[index].msg_hdr.msg_namelen = socklen_t(MemoryLayout<sockaddr_storage>.size)
            prepare(index)
        }
    }

    deinit {
        slots.deallocate()
        controls.deallocate()
        peers.deallocate()
        messages.deallocate()
        vectors.deallocate()
    }

    /// Makes a place ready for the next datagram.
    @inline(__always)
    private func prepare(_ index: Int) {
        vectors[index].iov_len = longestQuery
        guard wantsLocalAddress else { return }
        messages[index].msg_hdr.msg_control = controls + index &* DatagramSocket.controlSize
        messages[index].msg_hdr.msg_controllen = DatagramSocket.controlSize
    }

    /// Receives one batch and answers it.
    /// - Returns: whether there may be more: the batch was full.
    @inline(never)
    mutating func serveBatch(_ answerer: inout Answerer, _ counters: QueryCounters) -> Bool {
        let count = Int(
            clinux_recvmmsg(socket.descriptor, messages, UInt32(DatagramSocket.batch), Int32(MSG_DONTWAIT)))
        guard count > 0 else { return false }
        let began = clinux_nanoseconds()
        answerer.beginBatch()
        // Answers go out in runs: a message that gets none ends one.
        var first = 0
        for index in 0..<count {
            let size = Int(messages[index].msg_len)
            let reply = answerer.answer(vectors[index].iov_base.unsafelyUnwrapped, length: size, over: .udp)
            guard reply.length > 0 else {
                send(first..<index, counters)
                first = index &+ 1
                counters.countDropped()
                continue
            }
            vectors[index].iov_len = reply.length
            if wantsLocalAddress { clinux_answer_from_local_address(&messages[index].msg_hdr) }
            counters.count(reply, to: size, row)
        }
        send(first..<count, counters)
        for index in 0..<count { prepare(index) }
        counters.countDuration(nanoseconds: Int(clinux_nanoseconds() &- began), queries: count)
        return count == DatagramSocket.batch
    }

    /// Sends a run of answers. One that the kernel refuses (its client is gone) is left out, the others go; one for which
    /// there is no room is given up, as the network itself might: the client asks again.
    @inline(__always)
    private func send(_ run: Range<Int>, _ counters: QueryCounters) {
        var from = run.lowerBound
        while from < run.upperBound {
            let done = Int(
                clinux_sendmmsg(
                    socket.descriptor, messages + from, UInt32(run.upperBound &- from), Int32(MSG_DONTWAIT)))
            if done > 0 {
                from &+= done
            } else if errno != EINTR {
                counters.countUnsent()
                from &+= 1
            }
        }
    }
}
