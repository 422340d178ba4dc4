import Findings
import Glibc
import NetworkAddress

/// Opens TCP connections, all at once, and says what became of each; none is kept.
package enum ConnectProbe {
    package enum Outcome: Hashable, Sendable {
        case open
        /// Nobody listens, or no way leads there; the system's words.
        case refused(String)
        case timedOut

        package var phrase: Phrase {
            switch self {
            case .open: Phrase("open", zh: "可连接")
            case .refused(let why): Phrase(why)
            case .timedOut: Phrase("timed out", zh: "超时")
            }
        }
    }

    /// - Parameter timeout: for all together.
    /// - Returns: in the order of the addresses.
    package static func outcomes(of addresses: [ServerAddress], timeout: Duration) -> [Outcome] {
        let deadline = ContinuousClock.now + timeout
        var outcomes = [Outcome](repeating: .timedOut, count: addresses.count)
        var sockets: [(place: Int, descriptor: Int32)] = []
        defer { for socket in sockets { close(socket.descriptor) } }
        for (place, address) in addresses.enumerated() {
            let family = address.address.family == .v4 ? AF_INET : AF_INET6
            let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
            let descriptor = socket(family, kind, 0)
            guard descriptor >= 0 else {
                outcomes[place] = refused(errno)
                continue
            }
            do {
                let status = try ClientSocket.withSocketAddress(of: address) { connect(descriptor, $0, $1) }
                if status == 0 || errno == EINPROGRESS {
                    sockets.append((place, descriptor))
                    continue
                }
                outcomes[place] = refused(errno)
            } catch {
                outcomes[place] = .refused(error.text)
            }
            close(descriptor)
        }
        while !sockets.isEmpty {
            let left = deadline - ContinuousClock.now
            guard left > .zero else { break }
            var entries = sockets.map { pollfd(fd: $0.descriptor, events: Int16(POLLOUT), revents: 0) }
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1
            let ready = poll(&entries, nfds_t(entries.count), Int32(clamping: milliseconds))
            if ready < 0 && errno != EINTR { break }
            guard ready > 0 else { continue }
            for (entry, socket) in zip(entries, sockets) where entry.revents != 0 {
                var code: Int32 = 0
                var length = socklen_t(MemoryLayout<Int32>.size)
                getsockopt(socket.descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
                outcomes[socket.place] = code == 0 ? .open : refused(code)
                close(socket.descriptor)
            }
            sockets = zip(entries, sockets).filter { $0.0.revents == 0 }.map(\.1)
        }
        return outcomes
    }

    private static func refused(_ code: Int32) -> Outcome {
        let text = String(cString: strerror(code))
        return .refused(text.prefix(1).lowercased() + text.dropFirst())
    }
}
