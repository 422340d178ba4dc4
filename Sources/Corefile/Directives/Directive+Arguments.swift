import DNSWire
import Findings
import NetworkAddress

// What lines of a Corefile are made of, each with its fault: CFG010 at the word that is wrong.

extension Directive {
    func fault(_ message: String, at token: Token? = nil, fix: String? = nil) -> CorefileError {
        CorefileError(.wrongArgument, message, at: (token ?? name).place, fix: fix)
    }

    /// That there are so many arguments.
    func require(_ count: ClosedRange<Int>, _ what: String) throws(CorefileError) {
        guard !count.contains(arguments.count) else { return }
        if count == 0...0 { throw fault("\(name.text) takes no argument", at: arguments[0]) }
        throw fault(
            "\(name.text) takes \(what)", at: arguments.count > count.upperBound ? arguments[count.upperBound] : nil)
    }

    /// The only argument.
    func only(_ what: String) throws(CorefileError) -> Token {
        try require(1...1, what)
        return arguments[0]
    }

    func requireNoArgument() throws(CorefileError) { try require(0...0, "no argument") }

    func requireNoBlock() throws(CorefileError) {
        if let option = options.first { throw fault("\(name.text) has no options", at: option.name) }
    }

    /// What is said of an option that a plugin does not have.
    func unknown(_ option: Directive, known: [String]) -> CorefileError {
        let near = nearest(to: option.name.text, in: known)
        return CorefileError(
            .unknownDirective,
            "\(name.text) has no option \"\(option.name.text)\"" + (near.map { ": did you mean \"\($0)\"?" } ?? ""),
            at: option.name.place, fix: near)
    }

    func integer(_ token: Token, _ range: ClosedRange<Int>) throws(CorefileError) -> Int {
        guard let value = Int(token.text), range.contains(value) else {
            let bounds =
                range.upperBound == .max
                ? "a number from \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
            throw fault("\(name.text) takes \(bounds), not \"\(token.text)\"", at: token)
        }
        return value
    }

    /// Seconds.
    func ttl(_ token: Token, _ range: ClosedRange<Int>) throws(CorefileError) -> UInt32 {
        UInt32(try integer(token, range))
    }

    /// - Parameter minimum: the shortest one that is allowed.
    func duration(_ token: Token, atLeast minimum: Duration = .zero) throws(CorefileError) -> Duration {
        guard let value = goDuration(token.text) else {
            throw fault("\"\(token.text)\" is no duration, as 500ms, 30s or 1h30m", at: token)
        }
        guard value >= minimum else {
            throw fault(
                minimum == .zero
                    ? "\(name.text) cannot be negative: \(token.text)"
                    : "\(name.text) is at least \(minimum), not \(token.text)", at: token)
        }
        return value
    }

    func cidr(_ token: Token) throws(CorefileError) -> CIDR {
        guard let block = CIDR(token.text) else {
            throw fault("\"\(token.text)\" is no block of addresses, as 10.0.0.0/8", at: token)
        }
        return block
    }

    func name(_ token: Token) throws(CorefileError) -> DomainName {
        do {
            return try DomainName(token.text).lowercased
        } catch {
            throw fault("\"\(token.text)\" is no domain name", at: token)
        }
    }

    func type(_ token: Token) throws(CorefileError) -> RecordType {
        guard let type = RecordType(token.text) else {
            throw fault("\"\(token.text)\" is no record type", at: token)
        }
        return type
    }

    func recordClass(_ token: Token) throws(CorefileError) -> RecordClass {
        guard let value = RecordClass(token.text) else { throw fault("\"\(token.text)\" is no class", at: token) }
        return value
    }

    /// `NXDOMAIN`, in any case of letters.
    func rcode(_ token: Token) throws(CorefileError) -> ResponseCode {
        let upper = token.text.uppercased()
        // The spelling of older releases.
        if upper == "NOTIMPL" { return .notImp }
        guard let code = (0...23).lazy.map(ResponseCode.init(rawValue:)).first(where: { "\($0)" == upper }) else {
            throw fault("\"\(token.text)\" is no rcode", at: token)
        }
        return code
    }

    /// `[HOST]:PORT` of a page.
    func pageAddress(_ token: Token) throws(CorefileError) -> PageAddress {
        guard let (host, digits) = splitHostPort(token.text), let port = UInt16(digits) else {
            throw fault("\"\(token.text)\" is no address with a port, as :8080 or 127.0.0.1:8080", at: token)
        }
        return PageAddress(host: host.isEmpty ? nil : host, port: port)
    }
}

/// `HOST:PORT` and `[HOST]:PORT` taken apart, as Go's net.SplitHostPort; nil for another form.
func splitHostPort(_ text: String) -> (host: String, port: String)? {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let port = String(text[text.index(after: colon)...])
    let host = text[..<colon]
    if host.hasPrefix("[") {
        guard host.hasSuffix("]") else { return nil }
        return (String(host.dropFirst().dropLast()), port)
    }
    return host.contains(where: { ":[]".contains($0) }) ? nil : (String(host), port)
}

/// Go's time.ParseDuration: `300ms`, `-1.5h`, `2h45m`, `0`; nil for what is none, or beyond 290 years.
package func goDuration(_ text: String) -> Duration? {
    var rest = text[...]
    let isNegative = rest.hasPrefix("-")
    if isNegative || rest.hasPrefix("+") { rest.removeFirst() }
    if rest == "0" { return .zero }
    guard !rest.isEmpty else { return nil }
    /// Nanoseconds.
    let units: [Substring: Double] = [
        "ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 6e10, "h": 3.6e12,
    ]
    var total = 0.0
    while !rest.isEmpty {
        let number = rest.prefix { $0 == "." || ("0"..."9").contains($0) }
        rest = rest[number.endIndex...]
        let unit = rest.prefix { $0 != "." && !("0"..."9").contains($0) }
        rest = rest[unit.endIndex...]
        guard number.count(where: { $0 == "." }) <= 1, let scale = units[unit], let value = decimal(number) else {
            return nil
        }
        total += value * scale
    }
    guard total < 9.2e18 else { return nil }
    return .nanoseconds(Int64(isNegative ? -total.rounded() : total.rounded()))
}

/// `12`, `1.5`, `.5`, `1.`.
private func decimal(_ text: Substring) -> Double? {
    guard text.contains(where: { $0 != "." }), text.utf8.count <= 30 else { return nil }
    return Double("0" + text + (text.hasSuffix(".") ? "0" : ""))
}
