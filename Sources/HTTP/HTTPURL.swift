import CCurl
import NetworkAddress

/// The parts of a URL, as libcurl reads them.
package struct HTTPURL: Sendable {
    private let text: String
    package let scheme: String
    /// Without the brackets of an IPv6 address.
    package let host: String
    package let port: String
    /// Whether the text says a port, and not only its scheme does.
    private let saysPort: Bool

    /// Any text; one that is no URL has empty parts.
    package init(_ text: String) {
        self.text = text
        let url = curl_url()
        defer { curl_url_cleanup(url) }
        guard curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK else {
            (scheme, host, port, saysPort) = ("", "", "", false)
            return
        }
        scheme = HTTPURL.part(url, CURLUPART_SCHEME) ?? ""
        let host = HTTPURL.part(url, CURLUPART_HOST) ?? ""
        self.host = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        port = HTTPURL.part(url, CURLUPART_PORT, flags: CURLU_DEFAULT_PORT) ?? ""
        saysPort = HTTPURL.part(url, CURLUPART_PORT) != nil
    }

    private static func part(_ url: OpaquePointer?, _ part: CURLUPart, flags: Int32 = 0) -> String? {
        var value: UnsafeMutablePointer<CChar>?
        guard curl_url_get(url, part, &value, UInt32(flags)) == CURLUE_OK, let value else { return nil }
        defer { curl_free(value) }
        return String(cString: value)
    }

    private var bracketedHost: String { host.contains(":") ? "[\(host)]" : host }

    /// `10.0.0.1:6443`, `[fd00::1]:443`; the whole text where it is no URL.
    package var place: String { host.isEmpty ? text : "\(bracketedHost):\(port)" }

    /// What the Host field says (RFC 9110 7.2).
    package var authority: String { saysPort ? place : bracketedHost }

    /// `localhost` or a loopback address.
    var isThisMachine: Bool {
        if host == "localhost" { return true }
        guard let address = IPAddress(host) else { return false }
        return address.family == .v4 ? address.v4 >> 24 == 127 : address == IPAddress("::1")
    }

    /// The URL with another host; nil where either is none.
    func replacingHost(with name: String) -> String? {
        let url = curl_url()
        defer { curl_url_cleanup(url) }
        guard curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK,
            curl_url_set(url, CURLUPART_HOST, name.contains(":") ? "[\(name)]" : name, 0) == CURLUE_OK
        else { return nil }
        return HTTPURL.part(url, CURLUPART_URL)
    }
}
