import CCurl
import Glibc

/// Why a request got no whole answer. A status such as 503 is an answer, not an error.
package struct HTTPError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// The host's or the proxy's name has no address.
        case resolve
        case connect
        /// The server's certificate is not trusted or has another name; or ours cannot be read.
        case certificate
        /// TLS did not come about, also because the server wants a certificate or another one.
        case handshake
        /// The connection ended in front of the answer's end.
        case cut
        case timeout
        /// The answer was longer than the limit.
        case aborted
        case other
    }

    package let kind: Kind
    /// One sentence: what failed, with which host and port, and libcurl's words.
    package let description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// - Parameters:
    ///   - detail: what CURLOPT_ERRORBUFFER has; it may be empty.
    ///   - systemError: errno of a connection that did not come about, else 0.
    init(_ code: CURLcode, place: String, detail: String, systemError: Int32) {
        let kind = Kind(code, detail: detail)
        let beginning =
            switch kind {
            case .resolve: "cannot find the address of \(place)"
            case .connect: "cannot connect to \(place)"
            case .certificate: "no trust between us and \(place)"
            case .handshake: "no TLS with \(place)"
            case .cut: "the connection to \(place) was cut"
            case .timeout: "no answer in time from \(place)"
            case .aborted, .other: "the request to \(place) failed"
            }
        // How long it took says nothing, and makes a text of each failure.
        let detail = detail.replacing(/\ after\ \d+\ ms/, with: "")
        let words = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
        // libcurl says only that it did not connect, and keeps why to itself.
        let reason = kind == .connect && systemError != 0 ? " (\(String(cString: strerror(systemError))))" : ""
        self.init(kind, "\(beginning): \(words.split(whereSeparator: \.isNewline).joined(separator: " "))\(reason)")
    }
}

extension HTTPError.Kind {
    fileprivate init(_ code: CURLcode, detail: String) {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: self = .resolve
        case CURLE_COULDNT_CONNECT, CURLE_PROXY: self = .connect
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE: self = .certificate
        case CURLE_SSL_CONNECT_ERROR: self = .handshake
        // In TLS 1.3 a server says only behind the client's handshake that it wants a certificate (RFC 8446 4.4.2.4).
        case CURLE_RECV_ERROR, CURLE_SEND_ERROR: self = detail.contains(" alert ") ? .handshake : .cut
        case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE: self = .cut
        case CURLE_OPERATION_TIMEDOUT: self = .timeout
        case CURLE_ABORTED_BY_CALLBACK, CURLE_WRITE_ERROR: self = .aborted
        default: self = .other
        }
    }
}
