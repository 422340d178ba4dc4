import CCurl

/// What comes of an answer.
package enum HTTPEvent {
    /// Once, in front of the body; 1xx and a proxy's answer to CONNECT are not told.
    case head(HTTPHead)
    /// The next 1 to 16,384 octets, where libcurl received them: they are gone when the call returns.
    case body(UnsafeRawBufferPointer)
    /// About once a second while nothing comes, also before there is a connection.
    case pulse
}

/// What is to be done behind an event.
package enum HTTPVerdict: Sendable {
    case go
    /// The rest of the answer is not wanted: its connection is closed.
    case stop
}

/// An HTTP/1.1 client for one thread at a time, over libcurl. It keeps its connection for the next request.
///
/// A request holds its thread until the answer ends. A peer that no longer acknowledges anything is noticed in 30 s: TCP
/// keep-alive probes an idle connection from 15 s on, each 5 s. Redirects are answers like any other.
package final class HTTPClient {
    let handle: OpaquePointer
    /// CURLOPT_ERRORBUFFER.
    let detail = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    private static let isLibraryReady: Void = {
        let code = curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        precondition(code == CURLE_OK, "curl_global_init: \(code)")
    }()

    package init() {
        HTTPClient.isLibraryReady
        guard let handle = curl_easy_init() else { preconditionFailure("curl_easy_init: out of memory") }
        self.handle = OpaquePointer(handle)
    }

    deinit {
        curl_easy_cleanup(UnsafeMutableRawPointer(handle))
        detail.deallocate()
    }

    /// Asks, and calls `each` with what comes, on this thread; returns when the answer has ended or `each` said `.stop`.
    package func perform(_ request: HTTPRequest, _ each: (HTTPEvent) -> HTTPVerdict) throws(HTTPError) {
        try perform(request, timeout: nil, each)
    }

    /// Asks for something small and waits for all of it.
    /// - Parameters:
    ///   - limit: octets of the body; a longer one is an error.
    ///   - timeout: for everything together.
    package func fetch(
        _ request: HTTPRequest, limit: Int = 1 << 20, timeout: Duration = .seconds(10)
    ) throws(HTTPError) -> (head: HTTPHead, body: [UInt8]) {
        var head: HTTPHead?
        var body: [UInt8] = []
        var isTooLong = false
        try perform(request, timeout: timeout) { event in
            switch event {
            case .head(let arrived): head = arrived
            case .body(let octets):
                isTooLong = body.count + octets.count > limit
                if isTooLong { return .stop }
                body += octets
            case .pulse: break
            }
            return .go
        }
        if isTooLong { throw HTTPError(.aborted, "the answer of \(request.url) is longer than \(limit) octets") }
        guard let head else { throw HTTPError(.cut, "the answer of \(request.url) has no head") }
        return (head, body)
    }

    private func perform(
        _ request: HTTPRequest, timeout: Duration?, _ each: (HTTPEvent) -> HTTPVerdict
    ) throws(HTTPError) {
        let place = request.unixSocket ?? HTTPURL(request.url).place
        let outcome = withoutActuallyEscaping(each) { each -> Result<Void, HTTPError> in
            let transfer = HTTPTransfer(each)
            var options = HTTPOptions(self)
            // libcurl is given what it must not use behind this call.
            defer { curl_easy_reset(UnsafeMutableRawPointer(handle)) }
            options.set(request, timeout: timeout, transfer)
            guard options.fault == CURLE_OK else { return .failure(error(options.fault, at: place)) }
            let code = curl_easy_perform(UnsafeMutableRawPointer(handle))
            guard code == CURLE_OK || transfer.isStopped else { return .failure(error(code, at: place)) }
            return .success(())
        }
        try outcome.get()
    }

    private func error(_ code: CURLcode, at place: String) -> HTTPError {
        var systemError = 0
        _ = ccurl_get_number(UnsafeMutableRawPointer(handle), CURLINFO_OS_ERRNO, &systemError)
        return HTTPError(code, place: place, detail: String(cString: detail), systemError: Int32(systemError))
    }
}
