import DNSWire
import NetworkAddress

/// What the words of a command line mean: `NAME`, `NAME TYPE`, `NAME SERVER` as nslookup has them, `@SERVER NAME TYPE`
/// or `TYPE NAME` as dig has them, and dig's `+short`, `+tcp`, `+search`, `+nosearch`.
///
///     try LookupWords(["kubernetes.default", "10.0.0.10"])
///     try LookupWords(["@10.0.0.10", "SRV", "_https._tcp.kubernetes.default"])
package struct LookupWords: Hashable, Sendable {
    package var name = ""
    package var type: RecordType?
    /// As written, without the `@`.
    package var server: String?
    package var isShort = false
    package var tcp = false
    /// What `+search` or `+nosearch` says; nil without either.
    package var search: Bool?

    /// - Throws: `UsageError` without a name, with a second type or server, or for a word that is none of these.
    package init(_ words: [String]) throws(UsageError) {
        var plain: [String] = []
        for word in words {
            if word.hasPrefix("@") {
                try set(server: String(word.dropFirst()))
            } else if word.hasPrefix("+") {
                try set(option: word)
            } else {
                plain.append(word)
            }
        }
        // A first word that could be a type is one where the word behind it can only be the name: dig's other order.
        if plain.count > 1, let type = RecordType(plain[0]), RecordType(plain[1]) == nil, !plain[1].contains("["),
            type == .ptr || ServerAddress(plain[1]) == nil
        {
            self.type = type
            plain.removeFirst()
        }
        guard !plain.isEmpty else { throw UsageError("no name to look up") }
        name = plain.removeFirst()
        for word in plain {
            if let type = RecordType(word) {
                guard self.type == nil else {
                    throw UsageError("two types: \(self.type?.description ?? "") and \(word)")
                }
                self.type = type
            } else if word.uppercased() != "IN" {
                try set(server: word)
            }
        }
    }

    private mutating func set(server word: String) throws(UsageError) {
        guard !word.isEmpty else { throw UsageError("\"@\" without a server") }
        guard server == nil else { throw UsageError("two servers: \(server ?? "") and \(word)") }
        server = word
    }

    private mutating func set(option word: String) throws(UsageError) {
        switch word {
        case "+short": isShort = true
        case "+tcp", "+vc": tcp = true
        case "+search": search = true
        case "+nosearch": search = false
        default:
            throw UsageError(
                "\"\(word)\" is not understood; of dig's options there are +short, +tcp, +search, +nosearch")
        }
    }
}
