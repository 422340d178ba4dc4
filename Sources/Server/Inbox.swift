import CLinux
import Glibc
import Plugins
import Synchronization

/// What others have for a worker: answers that come later, sockets that come and go, the end. Put there from any thread.
final class Inbox: AnswerReturn {
    enum Change {
        case open(ListeningSockets)
        /// The listener with this number.
        case close(Int)
    }

    struct Content {
        var isStopping = false
        var late: [LateAnswer] = []
        /// In the order in which they are to be done.
        var changes: [Change] = []
    }

    private let content = Mutex(Content())
    /// Readable while there may be something.
    let event: Int32

    init() throws { event = try system("eventfd", "") { clinux_eventfd() } }

    deinit { close(event) }

    func deliver(_ answer: LateAnswer) { put { $0.late.append(answer) } }

    func put(_ body: (inout Content) -> Void) {
        content.withLock { body(&$0) }
        var one: UInt64 = 1
        _ = write(event, &one, 8)
    }

    /// Everything that is there.
    func take() -> Content {
        var count: UInt64 = 0
        _ = read(event, &count, 8)
        return content.withLock { content in
            defer { content = Content(isStopping: content.isStopping) }
            return content
        }
    }
}

/// A worker's sockets for one address, bound.
final class ListeningSockets: @unchecked Sendable {
    /// The address's number among the server's.
    let number: Int
    let serial: UInt32
    let datagrams: UnsafeMutablePointer<DatagramSocket>
    /// nil once it is closed.
    var listener: StreamService.Listener?

    init(_ address: ListenAddress, number: Int, serial: UInt32) throws {
        let socket = try DatagramSocket(address, number: number, serial: serial)
        listener = try StreamService.Listener(address)
        self.number = number
        self.serial = serial
        datagrams = .allocate(capacity: 1)
        datagrams.initialize(to: socket)
    }

    deinit {
        datagrams.deinitialize(count: 1)
        datagrams.deallocate()
    }

    var datagramDescriptor: Int32 { datagrams.pointee.socket.descriptor }
}
