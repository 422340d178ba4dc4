import CMicroHTTPD
import Glibc
import Synchronization

/// An HTTP/1.1 server for small pages, over GNU libmicrohttpd: health, metrics, the admin endpoint.
///
///     curl --unix-socket /run/clusterdns.sock http://localhost/records
///
/// One thread answers one request after the other, GET and HEAD only. At most 64 connections, each with 32 KiB of memory,
/// of which a request's head is a part, and 10 s of silence.
package final class HTTPListener: Sendable {
    package struct Request: Sendable {
        package var method: String
        /// With its escapes resolved, without the query.
        package var path: String
        /// In the order of the request; a name without a value has an empty one.
        package var query: [(name: String, value: String)]
        /// The field Accept, empty where there is none.
        package var accept: String

        /// The first value of that name.
        package subscript(name: String) -> String? { query.first { $0.name == name }?.value }
    }

    package struct Reply: Sendable {
        package var status: Int
        package var contentType: String
        package var body: [UInt8]
        /// Makes what is sent in place of `body`, piece by piece, on a thread of its own.
        package var stream: (@Sendable (HTTPStream) -> Void)?

        package init(status: Int = 200, contentType: String = "text/plain; charset=utf-8", body: [UInt8]) {
            self.status = status
            self.contentType = contentType
            self.body = body
        }

        package init(status: Int = 200, contentType: String = "text/plain; charset=utf-8", body: String) {
            self.init(status: status, contentType: contentType, body: Array(body.utf8))
        }

        /// 200, and what `stream` writes until it returns.
        package init(contentType: String, stream: @escaping @Sendable (HTTPStream) -> Void) {
            self.init(contentType: contentType, body: [UInt8]())
            self.stream = stream
        }
    }

    /// Where it listens, with the port that it got.
    package let address: HTTPAddress
    private let responder: Responder
    private let daemon: Mutex<Daemon>

    private static let limits = cmicrohttpd_limits(connections: 64, idle: 10, memory: 32 << 10)

    /// Begins to listen and to answer.
    /// - Parameter answer: called on the listener's thread; as long as it takes, nobody else is answered.
    package init(on address: HTTPAddress, answer: @escaping @Sendable (Request) -> Reply) throws(HTTPListenError) {
        let (socket, bound) = try address.listen()
        responder = Responder(answer)
        self.address = bound
        let started = cmicrohttpd_start(
            socket, HTTPListener.limits,
            { closure, connection, path, method, _, _, _, _ in
                Unmanaged<Responder>.fromOpaque(closure!).takeUnretainedValue()
                    .respond(connection, String(cString: path!), String(cString: method!))
            }, Unmanaged.passUnretained(responder).toOpaque())
        guard let started else {
            close(socket)
            throw HTTPListenError(bound, "libmicrohttpd does not start")
        }
        daemon = Mutex(Daemon(running: started))
    }

    deinit { stop() }

    /// The TCP port, nil of a Unix socket.
    package var port: UInt16? { if case .tcp(_, let port) = address { port } else { nil } }

    /// Ends all connections and streams; a Unix socket's file goes first. Waits for an answer that is being made.
    package func stop() {
        daemon.withLock { daemon in
            guard let running = daemon.running else { return }
            daemon.running = nil
            if case .unix(let path) = address { unlink(path) }
            responder.streams.end()
            MHD_stop_daemon(running)
            responder.streams.wait()
        }
    }

    /// The daemon is only touched under the lock that it lies in.
    private struct Daemon: @unchecked Sendable {
        var running: OpaquePointer?
    }
}

/// A request of libmicrohttpd's answered.
private final class Responder: Sendable {
    private let answer: @Sendable (HTTPListener.Request) -> HTTPListener.Reply
    let streams = HTTPStreams()

    init(_ answer: @escaping @Sendable (HTTPListener.Request) -> HTTPListener.Reply) { self.answer = answer }

    func respond(_ connection: OpaquePointer?, _ path: String, _ method: String) -> MHD_Result {
        guard method == "GET" || method == "HEAD" else {
            return send(HTTPListener.Reply(status: 405, body: "want GET or HEAD\n"), to: connection, allow: "GET, HEAD")
        }
        var query: [(name: String, value: String)] = []
        withUnsafeMutablePointer(to: &query) {
            _ = MHD_get_connection_values(
                connection, .GET_ARGUMENT_KIND,
                { closure, _, name, value in
                    closure!.assumingMemoryBound(to: [(name: String, value: String)].self).pointee
                        .append((String(cString: name!), value.map { String(cString: $0) } ?? ""))
                    return .YES
                }, $0)
        }
        let accept = MHD_lookup_connection_value(connection, .HEADER_KIND, "Accept").map { String(cString: $0) }
        let request = HTTPListener.Request(method: method, path: path, query: query, accept: accept ?? "")
        let reply = answer(request)
        if let body = reply.stream, method == "GET" {
            return streams.send(reply.contentType, to: connection, body)
        }
        return send(reply, to: connection)
    }

    /// - Parameter allow: what the field Allow says (RFC 9110 15.5.6).
    private func send(
        _ reply: HTTPListener.Reply, to connection: OpaquePointer?, allow: String? = nil
    ) -> MHD_Result {
        let response = reply.body.withUnsafeBytes {
            MHD_create_response_from_buffer(
                $0.count, UnsafeMutableRawPointer(mutating: $0.baseAddress), .RESPMEM_MUST_COPY)
        }
        guard let response else { return .NO }
        defer { MHD_destroy_response(response) }
        MHD_add_response_header(response, "Content-Type", reply.contentType)
        if let allow { MHD_add_response_header(response, "Allow", allow) }
        return MHD_queue_response(connection, UInt32(reply.status), response)
    }
}
