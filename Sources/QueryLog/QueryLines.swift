import DNSWire

/// A record as a line of text or of JSON.
extension QueryRecord {
    /// Appends a line with its end; the time is UTC.
    ///
    ///     03:00:05.004310  shop/web-0 10.244.8.11:40113  A     google.com.shop.svc.cluster.local.  NXDOMAIN  aa  141 B  38 us  [search 1/4]
    package func writeText(to line: inout [UInt8]) {
        line += CivilTime(nanoseconds: time).timeOfDay.utf8
        line += "  ".utf8
        if let pod { line += "\(pod) ".utf8 }
        line += clientText.utf8
        line += "  ".utf8
        line += typeText.utf8
        line += repeatElement(UInt8(ascii: " "), count: max(2, 6 - typeText.utf8.count))
        line += nameText.utf8
        let shown = flags.intersection([.authoritative, .truncated]).mnemonics
        line += "  \(rcodeText)  \(shown.isEmpty ? "-" : shown)  \(size) B  \(microseconds) us".utf8
        if isStream { line += "  tcp".utf8 }
        if let search { line += "  [search \(search.number)/\(search.total)]".utf8 }
        line.append(UInt8(ascii: "\n"))
    }

    /// Appends a line of JSON with its end.
    ///
    ///     {"ts":"2026-11-21T03:00:05.004310Z","client":"10.244.8.11","port":40113,"id":4711,"proto":"udp","qname":"web.shop.svc.cluster.local.","qtype":"A","rcode":"NOERROR","size":93,"us":38}
    package func writeJSON(to line: inout [UInt8]) {
        line +=
            #"{"ts":"\#(CivilTime(nanoseconds: time).text)","client":"\#(client)","port":\#(port),"id":\#(id),"#.utf8
        line += #""proto":"\#(isStream ? "tcp" : "udp")","qname":""#.utf8
        // A name in its text form is printable ASCII.
        for octet in nameText.utf8 {
            if octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") { line.append(UInt8(ascii: "\\")) }
            line.append(octet)
        }
        line += #"","qtype":"\#(typeText)","rcode":"\#(rcodeText)","size":\#(size),"us":\#(microseconds)}"#.utf8
        line.append(UInt8(ascii: "\n"))
    }
}
