import CMicroHTTPD
import Dispatch
import Glibc
import Synchronization
import Threads

/// An answer that is made while it is sent: whoever makes it has a thread of its own, and waits where the client does not
/// take what there is.
package final class HTTPStream: Sendable {
    /// Octets that wait for the client at most, before `write` does.
    private static let room = 1 << 20
    /// Milliseconds between two looks at what is waited for.
    private static let beat: UInt32 = 5

    /// Invariant: the connection is suspended only while nothing waits and the stream goes on.
    private struct State: @unchecked Sendable {
        /// nil once libmicrohttpd has done with it.
        var connection: OpaquePointer?
        var isSuspended = false
        var waiting: [UInt8] = []
        var start = 0
        /// Nothing more comes.
        var hasEnded = false

        mutating func resume() {
            guard isSuspended, let connection else { return }
            isSuspended = false
            MHD_resume_connection(connection)
        }
    }

    private let state: Mutex<State>

    fileprivate init(_ connection: OpaquePointer) {
        state = Mutex(State(connection: connection))
        // A client that vanished without a word is noticed.
        var on: Int32 = 1
        setsockopt(
            cmicrohttpd_socket(connection), SOL_SOCKET, SO_KEEPALIVE, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    // MARK: Whoever makes the answer

    /// Sends octets; waits while there is no room for them.
    /// - Returns: false where nobody takes them any more.
    package func write(_ octets: [UInt8]) -> Bool {
        while true {
            let isDone: Bool? = state.withLock { state in
                guard HTTPStream.isWanted(&state) else { return false }
                guard state.waiting.count - state.start < HTTPStream.room else { return nil }
                state.waiting += octets
                state.resume()
                return true
            }
            if let isDone { return isDone }
            usleep(HTTPStream.beat * 1000)
        }
    }

    /// Waits.
    /// - Returns: false where nobody takes the answer any more; then at once.
    package func pause(milliseconds: Int) -> Bool {
        var left = milliseconds
        while left > 0 {
            guard state.withLock({ HTTPStream.isWanted(&$0) }) else { return false }
            let beat = min(left, Int(HTTPStream.beat))
            usleep(UInt32(beat) * 1000)
            left -= beat
        }
        return state.withLock { HTTPStream.isWanted(&$0) }
    }

    /// A suspended connection is looked at by nobody but us.
    private static func isWanted(_ state: inout State) -> Bool {
        guard let connection = state.connection, !state.hasEnded else { return false }
        guard state.isSuspended else { return true }
        var socket = pollfd(fd: cmicrohttpd_socket(connection), events: Int16(HTTPStream.hangUp), revents: 0)
        guard poll(&socket, 1, 0) > 0 else { return true }
        state.hasEnded = true
        state.resume()
        return false
    }

    /// POLLRDHUP (asm-generic/poll.h), which Glibc's module hides: the client sends nothing more, and reads nothing.
    private static let hangUp: Int32 = 0x2000

    /// Nothing more comes; what waits is still sent.
    fileprivate func end() {
        state.withLock { state in
            state.hasEnded = true
            state.resume()
        }
    }

    // MARK: libmicrohttpd

    /// Called where the client takes more.
    fileprivate func take(_ room: UnsafeMutablePointer<CChar>, _ size: Int) -> Int {
        state.withLock { state in
            let count = min(size, state.waiting.count - state.start)
            guard count > 0 else {
                if state.hasEnded { return HTTPStream.isOver }
                if let connection = state.connection {
                    state.isSuspended = true
                    MHD_suspend_connection(connection)
                }
                return 0
            }
            state.waiting.withUnsafeBytes {
                UnsafeMutableRawPointer(room).copyMemory(from: $0.baseAddress! + state.start, byteCount: count)
            }
            state.start += count
            if state.start == state.waiting.count {
                state.waiting.removeAll(keepingCapacity: true)
                state.start = 0
            }
            return count
        }
    }

    /// MHD_CONTENT_READER_END_OF_STREAM
    private static let isOver = -1

    fileprivate func forget() {
        state.withLock { state in
            state.connection = nil
            state.isSuspended = false
        }
    }
}

/// A listener's streams.
final class HTTPStreams: Sendable {
    private struct State {
        var open: [ObjectIdentifier: HTTPStream] = [:]
        var isEnding = false
    }

    private let state = Mutex(State())
    private let threads = DispatchGroup()
    /// Octets that libmicrohttpd asks for at a time.
    private static let block = 8 << 10

    /// Sends what `body` writes until it returns, on a thread of its own.
    func send(
        _ contentType: String, to connection: OpaquePointer?, _ body: @escaping @Sendable (HTTPStream) -> Void
    ) -> MHD_Result {
        guard let connection else { return .NO }
        let stream = HTTPStream(connection)
        let isEnding = state.withLock { state in
            if !state.isEnding { state.open[ObjectIdentifier(stream)] = stream }
            return state.isEnding
        }
        if isEnding { return .NO }
        let response = MHD_create_response_from_callback(
            UInt64.max, HTTPStreams.block,
            { closure, _, room, size in
                Unmanaged<HTTPStream>.fromOpaque(closure!).takeUnretainedValue().take(room!, size)
            }, Unmanaged.passRetained(stream).toOpaque(),
            { Unmanaged<HTTPStream>.fromOpaque($0!).takeRetainedValue().forget() })
        guard let response else { return .NO }
        defer { MHD_destroy_response(response) }
        MHD_add_response_header(response, "Content-Type", contentType)
        let result = MHD_queue_response(connection, 200, response)
        threads.enter()
        NamedThread.detach("stream") { [self] in
            body(stream)
            stream.end()
            state.withLock { $0.open[ObjectIdentifier(stream)] = nil }
            threads.leave()
        }
        return result
    }

    /// Nothing more is written.
    func end() {
        let open = state.withLock { state in
            state.isEnding = true
            return Array(state.open.values)
        }
        for stream in open { stream.end() }
    }

    /// Returns when no thread is left.
    func wait() { threads.wait() }
}
