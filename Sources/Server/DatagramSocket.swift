import AnswerTable
import CLinux
import Glibc
import NetworkAddress
import Plugins

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
    /// The listener's number, and what tells it from a later one of that number.
    private let number: Int
    private let serial: UInt32
    private let row: QueryCounters.Row
    private let wantsLocalAddress: Bool
    private let isIPv4: Bool
    private let slots: UnsafeMutableRawPointer
    private let controls: UnsafeMutableRawPointer
    private let peers: UnsafeMutablePointer<sockaddr_storage>
    private let messages: UnsafeMutablePointer<clinux_mmsghdr>
    private let vectors: UnsafeMutablePointer<iovec>

    init(_ address: ListenAddress, number: Int, serial: UInt32) throws {
        socket = try Transports.open(address, stream: false)
        self.number = number
        self.serial = serial
        row = QueryCounters.row(.udp, address.family == AF_INET ? .ipv4 : .ipv6)
        wantsLocalAddress = address.isWildcard
        isIPv4 = address.family == AF_INET
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
    /// - Parameter away: is raised by the queries that an answer comes to later.
    /// - Returns: whether there may be more: the batch was full.
    @inline(never)
    mutating func serveBatch(_ responder: inout Responder, _ losses: WorkerCounters, away: inout Int) -> Bool {
        let count = Int(
            clinux_recvmmsg(socket.descriptor, messages, UInt32(DatagramSocket.batch), Int32(MSG_DONTWAIT)))
        guard count > 0 else { return false }
        let began = clinux_nanoseconds()
        responder.beginBatch(
            listener: number,
            place: ReturnPlace(number: Int32(truncatingIfNeeded: number), serial: serial, isStream: false), now: began)
        // Answers go out in runs: a message that gets none ends one.
        var first = 0
        guard let direct = responder.directCounters else { return false }
        let seen = responder.directSeen
        var directQueries = 0
        // The counters of the last other queries, and how many of them.
        var counted: Unmanaged<QueryCounters>?
        var queries = 0
        for index in 0..<count {
            let size = Int(messages[index].msg_len)
            let message = messages + index
            let query = vectors[index].iov_base.unsafelyUnwrapped
            var reply = responder.answerer.beginDirectly(query, length: size, over: .udp)
            if reply.length > 0 && seen &>> UInt32(reply.rcode & 31) & 1 == 0 {
                vectors[index].iov_len = reply.length
                if wantsLocalAddress { clinux_answer_from_local_address(&messages[index].msg_hdr) }
                direct._withUnsafeGuaranteedRef { $0.count(reply, to: size, row, .kubernetes) }
                directQueries &+= 1
                continue
            }
            reply = responder.goOn(
                reply, length: size, from: UnsafeRawPointer(peers + index),
                wantsLocalAddress ? header(of: message) : nil)
            guard reply.length > 0, let counters = responder.counters else {
                send(first..<index, losses)
                first = index &+ 1
                if responder.isLate { away &+= 1 } else { losses.countDropped() }
                continue
            }
            vectors[index].iov_len = reply.length
            if wantsLocalAddress { clinux_answer_from_local_address(&messages[index].msg_hdr) }
            counters._withUnsafeGuaranteedRef { $0.count(reply, to: size, row, responder.plugin) }
            if counters.toOpaque() != counted?.toOpaque() {
                note(counted, queries, since: began)
                counted = counters
                queries = 0
            }
            queries &+= 1
        }
        send(first..<count, losses)
        note(counted, queries, since: began)
        if directQueries > 0 { note(direct, directQueries, since: began) }
        for index in 0..<count { prepare(index) }
        return count == DatagramSocket.batch
    }

    @inline(__always)
    private func note(_ counters: Unmanaged<QueryCounters>?, _ queries: Int, since began: Int64) {
        guard let counters else { return }
        counters._withUnsafeGuaranteedRef {
            $0.countDuration(nanoseconds: Int(clinux_nanoseconds() &- began), queries: queries)
        }
    }

    /// A `mmsghdr` begins with its `msghdr`.
    @inline(__always)
    private func header(of message: UnsafeMutablePointer<clinux_mmsghdr>) -> UnsafePointer<msghdr> {
        UnsafeRawPointer(message).assumingMemoryBound(to: msghdr.self)
    }

    /// Sends an answer that comes later than its batch.
    func deliver(_ late: LateAnswer, _ losses: WorkerCounters) {
        var (peer, control, octets) = (late.peer, late.control, late.octets)
        let sent = withUnsafeMutablePointer(to: &peer) { peer in
            control.withUnsafeMutableBytes { control in
                octets.withUnsafeMutableBytes { octets in
                    var vector = iovec(iov_base: octets.baseAddress, iov_len: octets.count)
                    return withUnsafeMutablePointer(to: &vector) { vector in
                        var message = msghdr()
                        message.msg_name = UnsafeMutableRawPointer(peer)
                        message.msg_namelen = socklen_t(
                            peer.pointee.ss_family == sa_family_t(AF_INET)
                                ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size)
                        message.msg_iov = vector
                        message.msg_iovlen = 1
                        if control.count > 0 {
                            message.msg_control = control.baseAddress
                            message.msg_controllen = control.count
                            clinux_answer_from_local_address(&message)
                        }
                        return sendmsg(socket.descriptor, &message, Int32(MSG_DONTWAIT))
                    }
                }
            }
        }
        if sent < 0 { losses.countUnsent() }
    }

    /// Nothing more comes in: to whom sends from now on, the kernel says at once that nobody is here, while what has
    /// arrived can still be read and answered. A socket that is connected takes datagrams of its peer alone.
    func refuseMore() {
        let nobody = ListenAddress(
            address: isIPv4 ? IPAddress(v4: 0x7F00_0001) : IPAddress(v6High: 0, low: 1), port: 9)
        _ = nobody.withSockaddr { connect(socket.descriptor, $0, $1) }
    }

    func has(serial: UInt32) -> Bool { self.serial == serial }

    /// Sends a run of answers. One that the kernel refuses (its client is gone) is left out, the others go; one for which
    /// there is no room is given up, as the network itself might: the client asks again.
    @inline(__always)
    private func send(_ run: Range<Int>, _ losses: WorkerCounters) {
        var from = run.lowerBound
        while from < run.upperBound {
            let done = Int(
                clinux_sendmmsg(
                    socket.descriptor, messages + from, UInt32(run.upperBound &- from), Int32(MSG_DONTWAIT)))
            if done > 0 {
                from &+= done
            } else if errno != EINTR {
                losses.countUnsent()
                from &+= 1
            }
        }
    }
}
