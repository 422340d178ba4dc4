import CCurl

/// One request on its way: libcurl's callbacks made into events.
final class HTTPTransfer {
    private let each: (HTTPEvent) -> HTTPVerdict
    private var head: HTTPHead?
    private var isHeadTold = false
    private var lastEvent = ContinuousClock.now
    private(set) var isStopped = false

    init(_ each: @escaping (HTTPEvent) -> HTTPVerdict) { self.each = each }

    /// - Returns: whether it goes on.
    private func tell(_ event: HTTPEvent) -> Bool {
        isStopped = isStopped || each(event) == .stop
        lastEvent = .now
        return !isStopped
    }

    /// A line of a head with its end; trailers come here too.
    fileprivate func line(_ octets: UnsafeRawBufferPointer) -> Bool {
        guard !isHeadTold else { return true }
        let text = String(decoding: octets, as: UTF8.self).prefix { !$0.isNewline }
        if let begun = HTTPHead(statusLine: text) {
            head = begun
        } else if !text.isEmpty {
            head?.add(line: text)
        } else if let head, head.status >= 200 {
            isHeadTold = true
            return tell(.head(head))
        }
        return true
    }

    fileprivate func body(_ octets: UnsafeRawBufferPointer) -> Bool { octets.isEmpty || tell(.body(octets)) }

    /// libcurl calls at each of its steps, and each second where there are none.
    fileprivate func progress() -> Bool {
        // A little less than the second between two calls, of which else only every other would be told.
        ContinuousClock.now - lastEvent < .milliseconds(900) || tell(.pulse)
    }

    /// Hands the callbacks over. `self` must outlive the transfer.
    func attach(to options: inout HTTPOptions) {
        let closure = Unmanaged.passUnretained(self).toOpaque()
        options.set(CURLOPT_HEADERDATA, closure)
        options.set(CURLOPT_WRITEDATA, closure)
        options.set(CURLOPT_XFERINFODATA, closure)
        options.set(CURLOPT_HEADERFUNCTION) { octets, size, count, closure in
            let line = UnsafeRawBufferPointer(start: octets, count: size * count)
            return HTTPTransfer.of(closure).line(line) ? line.count : HTTPTransfer.refusal(of: line.count)
        }
        options.set(CURLOPT_WRITEFUNCTION) { octets, size, count, closure in
            let piece = UnsafeRawBufferPointer(start: octets, count: size * count)
            return HTTPTransfer.of(closure).body(piece) ? piece.count : HTTPTransfer.refusal(of: piece.count)
        }
        options.setProgress { closure, _, _, _, _ in HTTPTransfer.of(closure).progress() ? 0 : 1 }
    }

    private static func of(_ closure: UnsafeMutableRawPointer?) -> HTTPTransfer {
        Unmanaged<HTTPTransfer>.fromOpaque(closure!).takeUnretainedValue()
    }

    /// A count other than what was given ends the transfer.
    private static func refusal(of count: Int) -> Int { count == 0 ? 1 : 0 }
}
