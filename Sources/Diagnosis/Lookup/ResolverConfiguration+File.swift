import DNSWire
import NetworkAddress

extension ResolverConfiguration {
    /// The configuration that a resolv.conf's text gives (resolv.conf(5)).
    ///
    /// As in glibc, a line that begins with `#` or `;` is a comment, the last one of `search` and `domain` wins, keywords and
    /// options that nobody knows are passed over, numbers beyond a limit are cut to it, and no name server at all means
    /// the one on this machine. What glibc would pass over in silence although it was meant, an address or number that is
    /// none, is an error here.
    /// - Parameters:
    ///   - file: the name for messages.
    ///   - hostname: this machine's name; its domain is searched where the file names none.
    /// - Throws: `UsageError` that begins with `file:line:`.
    package init(parsing text: String, file: String, hostname: String = "") throws(UsageError) {
        self.init()
        var searchGiven = false
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            guard let first = line.utf8.first, first != UInt8(ascii: "#"), first != UInt8(ascii: ";") else { continue }
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" }).map(String.init)
            guard let keyword = words.first else { continue }
            let place = "\(file):\(index + 1)"
            switch keyword {
            case "nameserver":
                let server = try ResolverConfiguration.nameserver(words, at: place)
                if nameservers.count < ResolverConfiguration.maximumNameservers {
                    nameservers.append(server)
                } else {
                    surplusNameservers.append(server)
                }
            case "search":
                search = try words.dropFirst().map { word throws(UsageError) in
                    try ResolverConfiguration.domain(word, at: place)
                }
                searchGiven = true
            case "domain":
                search = try words.dropFirst().prefix(1).map { word throws(UsageError) in
                    try ResolverConfiguration.domain(word, at: place)
                }
                searchGiven = true
            case "options":
                for word in words.dropFirst() { try apply(option: word, at: place) }
            default:
                break
            }
        }
        if nameservers.isEmpty { nameservers = [ServerAddress(IPAddress(v4: 0x7F00_0001))] }
        if !searchGiven, let dot = hostname.firstIndex(of: "."),
            let domain = try? DomainName(String(hostname[dot...].dropFirst()))
        {
            search = [domain]
        }
    }

    private static func nameserver(_ words: [String], at place: String) throws(UsageError) -> ServerAddress {
        guard words.count > 1 else { throw UsageError("\(place): nameserver without an address") }
        guard IPAddress(words[1].prefix { $0 != "%" }) != nil, let server = ServerAddress(words[1])
        else { throw UsageError("\(place): nameserver \"\(words[1])\" is not an IP address") }
        return server
    }

    private static func domain(_ word: String, at place: String) throws(UsageError) -> DomainName {
        do {
            return try DomainName(word)
        } catch {
            throw UsageError("\(place): search domain \"\(word)\" is not a domain name: \(error)")
        }
    }

    private mutating func apply(option: String, at place: String) throws(UsageError) {
        let parts = option.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        /// The option's number, cut to the library's limit.
        func number(_ limit: Int) throws(UsageError) -> Int {
            guard parts.count == 2, let value = Int(parts[1]), value >= 0 else {
                throw UsageError("\(place): option \"\(option)\" needs a number, as in \"\(parts[0]):\(limit)\"")
            }
            return min(value, limit)
        }
        switch parts[0] {
        case "ndots": ndots = try number(ResolverConfiguration.maximumNdots)
        case "timeout": timeout = max(1, try number(ResolverConfiguration.maximumTimeout))
        case "attempts": attempts = max(1, try number(ResolverConfiguration.maximumAttempts))
        case "rotate": rotate = true
        case "use-vc": useTCP = true
        case "edns0": edns0 = true
        default: break
        }
    }
}
