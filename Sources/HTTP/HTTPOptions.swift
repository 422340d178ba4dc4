import CCurl
import Glibc
import NetworkAddress

/// libcurl's options of one request. The lists in it live as long as it does.
struct HTTPOptions: ~Copyable {
    private let handle: UnsafeMutableRawPointer
    private let detail: UnsafeMutablePointer<CChar>
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    /// Of the first option that was refused.
    private(set) var fault = CURLE_OK

    /// Octets that are received at once.
    private static let receiveBuffer = 256 << 10
    private static let keepAliveIdle = 15
    private static let keepAliveInterval = 5
    /// Milliseconds after which what is not acknowledged ends the connection (TCP_USER_TIMEOUT).
    private static let unacknowledged: Int32 = 30_000

    init(_ client: HTTPClient) {
        handle = UnsafeMutableRawPointer(client.handle)
        detail = client.detail
    }

    deinit { for list in lists { curl_slist_free_all(list) } }

    mutating func set(_ request: HTTPRequest, timeout: Duration?, _ transfer: HTTPTransfer) {
        detail[0] = 0
        set(CURLOPT_ERRORBUFFER, detail)
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_NOPROGRESS, 0)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        set(CURLOPT_BUFFERSIZE, HTTPOptions.receiveBuffer)
        set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.milliseconds)
        if let timeout { set(CURLOPT_TIMEOUT_MS, timeout.milliseconds) }
        setMessage(request)
        setWay(request)
        setTLS(request.tls)
        transfer.attach(to: &self)
    }

    private mutating func setMessage(_ request: HTTPRequest) {
        // libcurl would add these, and wait a second for a 100.
        var lines = ["Expect:", "Accept:", "Content-Type:"]
        // What is announced to TLS is not what is asked for.
        let host = request.tls.serverName == nil ? [] : [(name: "Host", value: HTTPURL(request.url).authority)]
        let isHostSaid = request.headers.contains { $0.name.lowercased() == "host" }
        for (name, value) in (isHostSaid ? [] : host) + request.headers {
            lines.removeAll { $0.lowercased() == name.lowercased() + ":" }
            // A line end in it would begin a field of its own.
            guard !(name + value).utf8.contains(where: { $0 == 10 || $0 == 13 || $0 == 0 }) else {
                return note(CURLE_BAD_FUNCTION_ARGUMENT)
            }
            lines.append(value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        set(CURLOPT_HTTPHEADER, list: lines)
        if let body = request.body {
            set(CURLOPT_POSTFIELDSIZE, body.count)
            body.withUnsafeBytes { octets in
                // libcurl copies as many octets as the size, which was therefore said first.
                let empty: StaticString = ""
                let start = octets.baseAddress ?? UnsafeRawPointer(empty.utf8Start)
                set(CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: start))
            }
        }
        if request.method == "HEAD" { set(CURLOPT_NOBODY, 1) }
        set(CURLOPT_CUSTOMREQUEST, request.method)
    }

    private mutating func setWay(_ request: HTTPRequest) {
        let url = HTTPURL(request.url)
        if let name = request.tls.serverName, let renamed = url.replacingHost(with: name) {
            set(CURLOPT_URL, renamed)
            set(CURLOPT_CONNECT_TO, list: ["::\(url.place)"])
        } else {
            set(CURLOPT_URL, request.url)
        }
        if let path = request.unixSocket {
            set(CURLOPT_UNIX_SOCKET_PATH, path)
            set(CURLOPT_PROXY, "")
        } else if let proxy = request.proxy {
            set(CURLOPT_PROXY, proxy)
            set(CURLOPT_NOPROXY, "")
        } else if url.isThisMachine {
            set(CURLOPT_PROXY, "")
        }
        set(CURLOPT_TCP_NODELAY, 1)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_TCP_KEEPIDLE, HTTPOptions.keepAliveIdle)
        set(CURLOPT_TCP_KEEPINTVL, HTTPOptions.keepAliveInterval)
        note(
            ccurl_set_socket_options(handle) { _, socket, _ in
                // A Unix socket has no such option: nothing is lost.
                var limit = HTTPOptions.unacknowledged
                setsockopt(
                    socket, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &limit, socklen_t(MemoryLayout<Int32>.size))
                return CURL_SOCKOPT_OK
            })
    }

    private mutating func setTLS(_ tls: TLSOptions) {
        set(CURLOPT_SSL_VERIFYPEER, tls.verifies ? 1 : 0)
        set(CURLOPT_SSL_VERIFYHOST, tls.verifies ? 2 : 0)
        // A certificate file that was replaced counts from the next connection on.
        set(CURLOPT_CA_CACHE_TIMEOUT, 0)
        if let authority = tls.authority {
            // Debian's libcurl trusts the system's folder beside what it is given.
            note(ccurl_set_text(handle, CURLOPT_CAPATH, nil))
            set(CURLOPT_CAINFO, CURLOPT_CAINFO_BLOB, authority)
        }
        if let certificate = tls.certificate { set(CURLOPT_SSLCERT, CURLOPT_SSLCERT_BLOB, certificate) }
        if let key = tls.key { set(CURLOPT_SSLKEY, CURLOPT_SSLKEY_BLOB, key) }
        // OpenSSL would ask the terminal for the word that opens a locked key.
        if tls.key != nil { set(CURLOPT_KEYPASSWD, "") }
    }

    // MARK: One option

    private mutating func set(_ file: CURLoption, _ blob: CURLoption, _ pem: TLSOptions.PEM) {
        switch pem {
        case .file(let path): set(file, path)
        case .data(let octets):
            note(octets.withUnsafeBytes { ccurl_set_blob(handle, blob, $0.baseAddress, $0.count) })
        }
    }

    mutating func set(_ option: CURLoption, _ value: Int) { note(ccurl_set_number(handle, option, value)) }
    mutating func set(_ option: CURLoption, _ text: String) { note(ccurl_set_text(handle, option, text)) }
    mutating func set(_ option: CURLoption, _ pointer: UnsafeMutableRawPointer) {
        note(ccurl_set_pointer(handle, option, pointer))
    }
    mutating func set(_ option: CURLoption, _ function: ccurl_write) {
        note(ccurl_set_write(handle, option, function))
    }
    mutating func setProgress(_ function: curl_xferinfo_callback) { note(ccurl_set_progress(handle, function)) }

    private mutating func set(_ option: CURLoption, list texts: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for text in texts {
            guard let longer = curl_slist_append(list, text) else {
                curl_slist_free_all(list)
                return note(CURLE_OUT_OF_MEMORY)
            }
            list = longer
        }
        if let list { lists.append(list) }
        note(ccurl_set_list(handle, option, list))
    }

    private mutating func note(_ code: CURLcode) { if fault == CURLE_OK { fault = code } }
}

extension Duration {
    /// Whole milliseconds, at least one: to libcurl 0 is no limit.
    fileprivate var milliseconds: Int { max(1, Int(self / .milliseconds(1))) }
}
