import AnswerTable
import CLinux
import Glibc

/// One worker's UDP socket on one address: datagrams come in batches, are answered where they lie, and go out in
/// batches. All memory is made once.
struct DatagramSocket: ~Copyable {
    /// Datagrams in a batch at most.
    static let batch = 64
    /// One octet more than we announce: what is longer than that was cut by the kernel, and is no whole query.
    private static let slot = 2048
    private static let answerSlot = Answerer.largestDatagram + Answerer.padding
    private static let controlSize = Int(CLINUX_CONTROL_SIZE)

    let socket: Socket
    private let wantsLocalAddress: Bool
    private let queries: UnsafeMutableRawPointer
    private let answers: UnsafeMutableRawPointer
    private let controls: UnsafeMutableRawPointer
    private let peers: UnsafeMutablePointer<sockaddr_storage>
    private let received: UnsafeMutablePointer<clinux_mmsghdr>
    private let sent: UnsafeMutablePointer<clinux_mmsghdr>
    private let queryVectors: UnsafeMutablePointer<iovec>
    private let answerVectors: UnsafeMutablePointer<iovec>

    init(_ address: ListenAddress) throws {
        socket = try Transports.open(address, stream: false)
        wantsLocalAddress = address.isWildcard
        let batch = DatagramSocket.batch
        queries = .allocate(byteCount: batch * DatagramSocket.slot, alignment: 64)
        queries.initializeMemory(as: UInt8.self, repeating: 0, count: batch * DatagramSocket.slot)
        answers = .allocate(byteCount: batch * DatagramSocket.answerSlot, alignment: 64)
        controls = .allocate(byteCount: batch * DatagramSocket.controlSize, alignment: 16)
        peers = .allocate(capacity: batch)
        peers.initialize(repeating: sockaddr_storage(), count: batch)
        received = .allocate(capacity: batch)
        received.initialize(repeating: clinux_mmsghdr(), count: batch)
        sent = .allocate(capacity: batch)
        sent.initialize(repeating: clinux_mmsghdr(), count: batch)
        queryVectors = .allocate(capacity: batch)
        answerVectors = .allocate(capacity: batch)
        for index in 0..<batch {
            queryVectors[index] = iovec(
                iov_base: queries + index * DatagramSocket.slot, iov_len: Answerer.payloadSize + 1)
            answerVectors[index] = iovec(iov_base: answers, iov_len: 0)
            received[index].msg_hdr.msg_iov = queryVectors + index
            received[index].msg_hdr.msg_iovlen = 1
            received[index].msg_hdr.msg_name = UnsafeMutableRawPointer(peers + index)
            received[index].msg_hdr.msg_namelen = socklen_t(MemoryLayout<sockaddr_storage>.size)
            sent[index].msg_hdr.msg_iov = answerVectors + index
            sent[index].msg_hdr.msg_iovlen = 1
        }
    }

    deinit {
        for memory in [queries, answers, controls] { memory.deallocate() }
        peers.deallocate()
        received.deallocate()
        sent.deallocate()
        queryVectors.deallocate()
        answerVectors.deallocate()
    }

    /// Receives one batch and answers it.
    /// - Returns: whether there may be more: the batch was full.
    @inline(never)
    mutating func serveBatch(_ answerer: inout Answerer, _ counters: WorkerCounters) -> Bool {
        if wantsLocalAddress { prepareControls() }
        let count = Int(
            clinux_recvmmsg(socket.descriptor, received, UInt32(DatagramSocket.batch), Int32(MSG_DONTWAIT)))
        guard count > 0 else { return false }
        answerer.beginBatch()
        var replies = 0
        var at = answers
        for index in 0..<count {
            let query = queryVectors[index].iov_base.unsafelyUnwrapped
            let length = answerer.answer(query, length: Int(received[index].msg_len), to: at, over: .udp)
            if length > 0 {
                answerVectors[replies] = iovec(iov_base: at, iov_len: length)
                sent[replies].msg_hdr.msg_name = received[index].msg_hdr.msg_name
                sent[replies].msg_hdr.msg_namelen = received[index].msg_hdr.msg_namelen
                if wantsLocalAddress {
                    clinux_answer_from_local_address(&received[index].msg_hdr)
                    sent[replies].msg_hdr.msg_control = received[index].msg_hdr.msg_control
                    sent[replies].msg_hdr.msg_controllen = received[index].msg_hdr.msg_controllen
                }
                replies &+= 1
                // Answers lie one behind the other: small ones stay in few cache lines.
                at += (length &+ 63) & ~63
            }
            received[index].msg_hdr.msg_namelen = socklen_t(MemoryLayout<sockaddr_storage>.size)
        }
        counters.add(queries: count, dropped: count &- replies)
        send(replies, counters)
        return count == DatagramSocket.batch
    }

    @inline(__always)
    private func prepareControls() {
        for index in 0..<DatagramSocket.batch {
            received[index].msg_hdr.msg_control = controls + index &* DatagramSocket.controlSize
            received[index].msg_hdr.msg_controllen = DatagramSocket.controlSize
        }
    }

    /// Sends the first `count` answers. One that the kernel refuses (its client is gone) is left out, the others go; one
    /// for which there is no room is given up, as the network itself might: the client asks again.
    @inline(__always)
    private func send(_ count: Int, _ counters: WorkerCounters) {
        var from = 0
        while from < count {
            let done = Int(
                clinux_sendmmsg(socket.descriptor, sent + from, UInt32(count &- from), Int32(MSG_DONTWAIT)))
            if done > 0 {
                from &+= done
            } else if errno != EINTR {
                counters.add(unsent: 1)
                from &+= 1
            }
        }
    }
}
