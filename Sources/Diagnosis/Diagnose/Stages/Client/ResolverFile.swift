import DNSWire
import Findings
import NetworkAddress

/// A resolv.conf as it is written: also what a library passes over, with the lines of a file for findings.
///
/// `ResolverConfiguration` is what a library makes of it; this is what somebody wrote.
package struct ResolverFile: Hashable, Sendable {
    package struct Word: Hashable, Sendable {
        package var text: String
        /// 1 is the first; 0: it stands in no file.
        package var line: Int
    }

    /// The name for findings; empty: the kubelet's, as computed here.
    package var file: String
    /// In their order, those behind the third one too.
    package var nameservers: [Word] = []
    /// Those of the last line `search` or `domain`.
    package var search: [Word] = []
    /// `ndots:5`, in their order.
    package var options: [Word] = []

    /// Never fails: words that mean nothing are kept as they are.
    package init(parsing text: String, file: String = "") {
        self.file = file
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            guard let first = line.utf8.first, first != UInt8(ascii: "#"), first != UInt8(ascii: ";") else { continue }
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" }).map {
                Word(text: String($0), line: file.isEmpty ? 0 : index + 1)
            }
            guard let keyword = words.first?.text else { continue }
            switch keyword {
            case "nameserver": nameservers += words.dropFirst().prefix(1)
            case "search": search = Array(words.dropFirst())
            case "domain": search = Array(words.dropFirst().prefix(1))
            case "options": options += words.dropFirst()
            default: break
            }
        }
    }

    /// The names of the search list, without words that are no names.
    package var domains: [DomainName] { search.compactMap { try? DomainName($0.text) } }

    /// 1 where nothing is written; at most glibc's limit (resolv.h, RES_MAXNDOTS).
    package var ndots: Int {
        let written = options.last { $0.text.hasPrefix("ndots:") }.flatMap { Int($0.text.dropFirst(6)) }
        return min(max(0, written ?? 1), ResolverConfiguration.maximumNdots)
    }

    package func place(of word: Word) -> SourcePlace? {
        file.isEmpty ? nil : SourcePlace(file: file, line: word.line)
    }
}

extension ResolverFile.Word {
    /// The address of a name server, without an interface's name.
    package var address: IPAddress? { IPAddress(text.prefix { $0 != "%" }) }
}
