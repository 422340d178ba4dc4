/// The text of a manifest without its Secrets: what leaves a server must not have them.
///
/// Lines stay where they are, so that places are right. A document with a Secret goes whole, with whatever else a list in it
/// has; it need not be well-formed, for a broken one holds a secret all the same.
package enum WithheldSecrets {
    private static let word = Array("kind".utf8)
    private static let secret = Array("Secret".utf8)

    /// - Returns: the text, and whether something is missing in it.
    package static func text(_ octets: [UInt8]) -> (octets: [UInt8], isWithheld: Bool) {
        guard hasSecret(octets[...]) else { return (octets, false) }
        var out: [UInt8] = []
        out.reserveCapacity(octets.count)
        var begin = octets.startIndex
        func flush(to end: Int) {
            let document = octets[begin..<end]
            if hasSecret(document) {
                out += document.lazy.filter { $0 == UInt8(ascii: "\n") }
            } else {
                out += document
            }
            begin = end
        }
        var line = octets.startIndex
        while line < octets.endIndex {
            let end = octets[line...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? octets.endIndex
            if octets[line..<end].starts(with: "---".utf8) {
                flush(to: line)
                out += octets[line..<end]
                begin = end
            }
            line = end
        }
        flush(to: octets.endIndex)
        return (out, true)
    }

    /// Whether `kind: Secret` stands somewhere, in YAML's or JSON's way to write it.
    private static func hasSecret(_ text: ArraySlice<UInt8>) -> Bool {
        var at = text.startIndex
        while let begin = text[at...].firstIndex(of: word[0]) {
            at = begin + 1
            guard text[begin...].starts(with: word) else { continue }
            var rest = text[(begin + word.count)...].drop { isQuote($0) || isSpace($0) }
            guard rest.first == UInt8(ascii: ":") else { continue }
            rest = rest.dropFirst().drop { isQuote($0) || isSpace($0) }
            guard rest.starts(with: secret) else { continue }
            // Not SecretStore and its like.
            if let next = rest.dropFirst(secret.count).first, isLetter(next) { continue }
            return true
        }
        return false
    }

    private static func isQuote(_ octet: UInt8) -> Bool { octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "'") }
    private static func isSpace(_ octet: UInt8) -> Bool { octet == 0x20 || octet == 0x09 }
    private static func isLetter(_ octet: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(octet | 0x20) || (0x30...0x39).contains(octet)
    }
}
