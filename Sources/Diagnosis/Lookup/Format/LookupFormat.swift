import DNSWire
import Glibc

/// The forms in which a lookup is printed.
package enum LookupFormat: String, Hashable, Sendable, CaseIterable {
    /// Every name that was tried, the answer, and what the registry knows of it.
    case text
    /// What bind9-dnsutils' nslookup prints.
    case nslookup
    /// What BusyBox's nslookup printed up to 1.28, the one in the Kubernetes documents.
    case busybox
    /// What bind9-dnsutils' dig prints.
    case dig
    /// The data alone, as `dig +short`.
    case short
    case json

    /// What goes to stdout, and what the tool that is imitated says on stderr.
    package func printed(_ result: LookupResult, index: (any ObjectIndex)? = nil) -> (out: String, err: String) {
        switch self {
        case .text: (PlainText(result, index).text, "")
        case .nslookup: (NslookupText(result).text, "")
        case .busybox: BusyboxText.printed(result)
        case .dig: (DigText(result, now: Int(time(nil))).text, "")
        case .short: (result.records.map { "\(presentation(of: $0.data))\n" }.joined(), "")
        case .json: (result.json(index).text + "\n", "")
        }
    }
}

/// A name as people write it: without the final dot, which only a single label keeps, where it says that nothing is added.
func shown(_ name: DomainName) -> String {
    name.labelCount <= 1 ? "\(name)" : String("\(name)".dropLast())
}

/// A time in milliseconds with one digit behind the point: `0.3 ms`.
func milliseconds(_ time: Duration) -> String {
    let (seconds, attoseconds) = time.components
    let tenths = seconds * 10_000 + (attoseconds + 50_000_000_000_000) / 100_000_000_000_000
    return "\(tenths / 10).\(tenths % 10) ms"
}

extension Message {
    /// The Extended DNS Errors of a response (RFC 8914 2): code and text.
    var extendedErrors: [(code: Int, text: String)] {
        (edns?.options ?? []).filter { $0.code == 15 && $0.data.count >= 2 }.map { option in
            (Int(option.data[0]) << 8 | Int(option.data[1]), String(decoding: option.data.dropFirst(2), as: UTF8.self))
        }
    }
}
