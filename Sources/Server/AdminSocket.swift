import CLinux
import Glibc
import Synchronization
import Threads

/// The admin endpoint: HTTP/1.0 on a Unix socket that only its owner may open. One request at a time, of at most 8 KiB, each
/// side given two seconds; it is for people and scripts on the machine, not for load.
///
///     curl --unix-socket /run/clusterdns.sock http://localhost/records
package final class AdminSocket: Sendable {
    package struct Reply: Sendable {
        package var status: Int
        package var body: String

        package init(status: Int = 200, body: String) {
            self.status = status
            self.body = body
        }
    }

    private static let longestRequest = 8192

    private let path: String
    private let descriptor: Int32
    private let isStopping = Atomic<Bool>(false)

    /// Opens the socket; one that a former process left behind is replaced.
    /// - Throws: `SystemError`, EADDRINUSE where another process answers on it.
    package init(path: String) throws {
        if AdminSocket.isAnswered(path) { throw SystemError("bind", path, code: EADDRINUSE) }
        unlink(path)
        let socket = try system("socket", path) {
            Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        }
        self.path = path
        descriptor = socket
        let mask = umask(0o177)
        defer { umask(mask) }
        _ = try AdminSocket.withAddress(path) { address, length in
            try system("bind", path) { bind(socket, address, length) }
        }
        try system("listen", path) { listen(socket, 16) }
    }

    /// Answers until `stop`, on a thread of its own.
    package func start(_ answer: @escaping @Sendable (String) async -> Reply) {
        NamedThread.detach("admin") {
            while true {
                let client = clinux_accept(self.descriptor, nil, nil)
                if self.isStopping.load(ordering: .acquiring) { break }
                guard client >= 0 else { continue }
                AdminSocket.serve(Socket(client), answer)
            }
            close(self.descriptor)
        }
    }

    package func stop() {
        isStopping.store(true, ordering: .releasing)
        unlink(path)
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private static func serve(_ client: consuming Socket, _ answer: @escaping @Sendable (String) async -> Reply) {
        setBlocking(client.descriptor)
        guard let request = readHead(client.descriptor) else { return }
        let words = request.prefix { $0 != "\r" && $0 != "\n" && $0 != "\r\n" }.split(separator: " ")
        let reply: Reply
        if words.count >= 2, words[0] == "GET" {
            let target = String(words[1])
            reply = waitFor { await answer(target) }
        } else {
            reply = Reply(status: 400, body: "want: GET PATH\n")
        }
        let text =
            "HTTP/1.0 \(reply.status) \(reply.status == 200 ? "OK" : "Error")\r\n"
            + "Content-Type: text/plain; charset=utf-8\r\nContent-Length: \(reply.body.utf8.count)\r\n\r\n" + reply.body
        sendAll(client.descriptor, Array(text.utf8))
    }

    /// Runs an asynchronous body while this thread, which is ours alone, waits.
    private static func waitFor(_ body: @escaping @Sendable () async -> Reply) -> Reply {
        let reply = Mutex<Reply?>(nil)
        let event = clinux_eventfd()
        defer { close(event) }
        Task {
            let made = await body()
            reply.withLock { $0 = made }
            var one: UInt64 = 1
            _ = write(event, &one, 8)
        }
        var ready = pollfd(fd: event, events: Int16(POLLIN), revents: 0)
        while poll(&ready, 1, -1) < 1 {}
        return reply.withLock { $0 ?? Reply(status: 500, body: "") }
    }

    // MARK: The client's side

    /// Asks the process behind a socket.
    /// - Throws: `SystemError` where nobody answers there.
    package static func ask(_ path: String, _ target: String) throws -> Reply {
        let client = Socket(
            try system("socket", path) {
                Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            })
        let descriptor = client.descriptor
        _ = try withAddress(path) { address, length in
            try system("connect", path) { connect(descriptor, address, length) }
        }
        sendAll(descriptor, Array("GET \(target) HTTP/1.0\r\n\r\n".utf8))
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = try system("read", path) { Int32(read(descriptor, &buffer, buffer.count)) }
            if count == 0 { break }
            bytes += buffer[..<Int(count)]
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.firstRange(of: "\r\n\r\n") else { throw SystemError("read", path, code: EPROTO) }
        let status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 500
        return Reply(status: status, body: String(text[end.upperBound...]))
    }

    private static func isAnswered(_ path: String) -> Bool { (try? ask(path, "/")) != nil }

    // MARK: Octets

    private static func setBlocking(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    private static func readHead(_ descriptor: Int32) -> String? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: longestRequest)
        while bytes.count < longestRequest {
            let count = read(descriptor, &buffer, longestRequest - bytes.count)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
            if bytes.contains(UInt8(ascii: "\n")) { return String(decoding: bytes, as: UTF8.self) }
        }
        return nil
    }

    private static func sendAll(_ descriptor: Int32, _ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    private static func withAddress<Result>(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Result
    ) throws -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard bytes.count < room.count else { return false }
            room.copyBytes(from: bytes)
            return true
        }
        guard fits else { throw SystemError("bind", path, code: ENAMETOOLONG) }
        return try withUnsafePointer(to: &address) {
            try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
