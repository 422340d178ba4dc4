import ArgumentParser
import HTTP
import NetworkAddress
import Server

/// Where a running server tells about itself: `unix:/run/clusterdns.sock`, a path, `http://127.0.0.1:9999`, `127.0.0.1:9999`.
enum AdminAddress: Hashable, Sendable, ExpressibleByArgument, CustomStringConvertible {
    case unix(String)
    /// `http://127.0.0.1:9999`, without a path.
    case http(String)

    static let help = "unix:PATH, a path, http://HOST:PORT or ADDRESS:PORT"

    init?(argument: String) {
        for scheme in ["unix://", "unix:"] where argument.hasPrefix(scheme) {
            let path = argument.dropFirst(scheme.count)
            guard !path.isEmpty else { return nil }
            self = .unix(String(path))
            return
        }
        if argument.hasPrefix("http://") || argument.hasPrefix("https://") {
            let url = HTTPURL(argument)
            guard !url.host.isEmpty else { return nil }
            self = .http("\(url.scheme)://\(url.authority)")
        } else if let address = ListenAddress.parse(argument)?.first {
            let host = argument.hasPrefix(":") ? IPAddress("127.0.0.1") : address.address
            self = .http("http://\(HTTPAddress.tcp(host, port: address.port))")
        } else {
            guard !argument.isEmpty else { return nil }
            self = .unix(argument)
        }
    }

    var description: String {
        switch self {
        case .unix(let path): path
        case .http(let url): url
        }
    }

    /// - Parameter target: the path, with its query.
    func request(_ target: String) -> HTTPRequest {
        switch self {
        case .unix(let socket): HTTPRequest("http://localhost" + target, unixSocket: socket)
        case .http(let url): HTTPRequest(url + target)
        }
    }
}

/// Where `serve` opens its admin endpoint: as `AdminAddress`, with `:PORT` for all addresses.
struct AdminDoor: Hashable, Sendable, ExpressibleByArgument {
    let address: HTTPAddress

    init?(argument: String) {
        switch AdminAddress(argument: argument) {
        case nil: return nil
        case .unix(let path): address = .unix(path)
        case .http(let url):
            let parts = HTTPURL(url)
            guard parts.scheme == "http", let port = UInt16(parts.port),
                let host = IPAddress(parts.host == "localhost" ? "127.0.0.1" : parts.host)
            else { return nil }
            address = .tcp(argument.hasPrefix(":") ? nil : host, port: port)
        }
    }
}

/// Asks a running server's admin endpoint.
struct AdminClient {
    let address: AdminAddress

    init(_ address: AdminAddress) { self.address = address }

    /// Asks for a page and waits for all of it.
    /// - Parameter limit: octets of the body.
    /// - Throws: `AdminUnreachable`, with which the process ends with 9.
    func get(
        _ path: String, _ query: [(name: String, value: String)] = [], limit: Int = 1 << 30
    ) throws(AdminUnreachable) -> (status: Int, body: [UInt8]) {
        let pairs = query.map { "\(percentEscaped($0.name))=\(percentEscaped($0.value))" }
        var status = 0
        var body: [UInt8] = []
        var isTooLong = false
        do {
            let target = path + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
            try HTTPClient().perform(address.request(target)) { event in
                switch event {
                case .head(let head): status = head.status
                case .body(let octets):
                    isTooLong = body.count + octets.count > limit
                    if isTooLong { return .stop }
                    body += octets
                case .pulse: break
                }
                return .go
            }
        } catch {
            throw AdminUnreachable(address, "\(error)")
        }
        if isTooLong { throw AdminUnreachable(address, "the answer is longer than \(limit) octets") }
        return (status, body)
    }
}

/// No server answers at an admin endpoint.
struct AdminUnreachable: Error, CustomStringConvertible {
    /// As dig's for a server that does not reply.
    static let exitCode: Int32 = 9

    let description: String

    init(_ address: AdminAddress, _ reason: String) { description = "no server answers on \(address): \(reason)" }
}
