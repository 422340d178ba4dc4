import Foundation
import Synchronization

/// A server on a free port of 127.0.0.1 that sends each connection what a script says, whatever is asked.
final class ScriptedServer: Sendable {
    enum Step: Sendable {
        /// Reads on until the end of a request's head.
        case head
        case send(String)
        case wait(Duration)
    }

    let port: UInt16
    private let descriptor: Int32
    private let seen = Mutex<[String]>([])
    private let accepted = Atomic<Int>(0)

    /// The heads that were read.
    var requests: [String] { seen.withLock { $0 } }
    var connections: Int { accepted.load(ordering: .relaxed) }

    init(_ script: [Step]) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 8) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.EADDRINUSE) }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in
            while true {
                let client = accept(descriptor, nil, nil)
                guard client >= 0 else { return }
                accepted.add(1, ordering: .relaxed)
                Thread.detachNewThread { [self] in serve(client, script) }
            }
        }
    }

    func stop() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    private func serve(_ client: Int32, _ script: [Step]) {
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        defer {
            // What is not read when a socket is closed, resets the connection, and the answer with it.
            shutdown(client, Int32(SHUT_WR))
            var rest = [UInt8](repeating: 0, count: 1024)
            while read(client, &rest, rest.count) > 0 {}
            close(client)
        }
        for step in script {
            switch step {
            case .head:
                var head = ""
                var octet: UInt8 = 0
                while !head.hasSuffix("\r\n\r\n") {
                    guard read(client, &octet, 1) == 1 else { return }
                    head.unicodeScalars.append(Unicode.Scalar(octet))
                }
                seen.withLock { $0.append(head) }
            case .send(let text):
                let bytes = Array(text.utf8)
                guard send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return }
            case .wait(let time): usleep(UInt32(time / .microseconds(1)))
            }
        }
    }
}
