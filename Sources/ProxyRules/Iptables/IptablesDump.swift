/// What iptables-save or ip6tables-save wrote, also with counters (`-c`), as `iptables -S` writes it, or what a filter
/// such as grep let through.
package struct IptablesDump: Sendable {
    /// `*nat` to `COMMIT`. A dump without such lines is one table that says of no chain whether it is whole.
    package struct Table: Sendable {
        /// `nat`, `filter`; empty where the dump does not say.
        package var name: String
        package var line: Int
        /// Chains that are declared, with a rule or without.
        package var chains: Set<String> = []
        package var rules: [IptablesRule] = []
        fileprivate var isCommitted = false
        /// From the first line to the last, with the kernel's own chains.
        package var isWhole: Bool { isCommitted && (chains.contains("PREROUTING") || chains.contains("INPUT")) }

        package init(name: String, line: Int) {
            self.name = name
            self.line = line
        }
    }

    package private(set) var tables: [Table] = []
    package private(set) var unread: [UnreadLine] = []
    /// Says that it was written by ip6tables-save.
    package private(set) var isIPv6 = false

    package init(_ text: String) {
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            read(line, number)
        }
        // `iptables -S` has neither a first line nor a last one, but every chain.
        for place in tables.indices where tables[place].name.isEmpty && tables[place].chains.contains("POSTROUTING") {
            tables[place].isCommitted = true
            tables[place].name = "nat"
        }
    }

    private mutating func read(_ line: Substring, _ number: Int) {
        guard let first = line.first(where: { !$0.isWhitespace }) else { return }
        switch first {
        case "#":
            if line.contains("ip6tables") { isIPv6 = true }
        case "*":
            let name = line.drop { $0.isWhitespace || $0 == "*" }.prefix { !$0.isWhitespace }
            tables.append(Table(name: String(name), line: number))
        case ":":
            let name = line.drop { $0.isWhitespace || $0 == ":" }.prefix { !$0.isWhitespace }
            change(number) { $0.chains.insert(String(name)) }
        default:
            var words = IptablesDump.words(line)[...]
            if words.first == "COMMIT" {
                if !tables.isEmpty { tables[tables.count - 1].isCommitted = true }
                return
            }
            // [packets:bytes]
            if words.first?.hasPrefix("[") == true { words.removeFirst() }
            read(words, number)
        }
    }

    private mutating func read(_ words: ArraySlice<String>, _ number: Int) {
        var words = words
        switch words.first {
        case "-A", "--append": words.removeFirst()
        case "-N", "-P":
            if let name = words.dropFirst().first { change(number) { $0.chains.insert(name) } }
            return
        // Copied without its -A.
        case let word? where word.hasPrefix("KUBE-") && words.contains("-j"): break
        default:
            unread.append(UnreadLine(line: number, why: "not a line of iptables-save"))
            return
        }
        let (rule, why) = IptablesRule.read(words, line: number)
        if let rule {
            change(number) { $0.rules.append(rule) }
        } else {
            unread.append(UnreadLine(line: number, why: why))
        }
    }

    private mutating func change(_ line: Int, _ body: (inout Table) -> Void) {
        if tables.last?.isCommitted ?? true { tables.append(Table(name: "", line: line)) }
        body(&tables[tables.count - 1])
    }

    /// Words as iptables-save quotes them: blanks part them, `"` holds them together, `\` frees the next character.
    static func words(_ line: some StringProtocol) -> [String] {
        var words: [String] = []
        var word = ""
        var (isQuoted, isBegun, isFreed) = (false, false, false)
        for character in line {
            if isFreed {
                word.append(character)
                isFreed = false
            } else if character == "\\" {
                isFreed = true
            } else if character == "\"" {
                isQuoted.toggle()
                isBegun = true
            } else if character.isWhitespace, !isQuoted {
                if isBegun || !word.isEmpty { words.append(word) }
                (word, isBegun) = ("", false)
            } else {
                word.append(character)
            }
        }
        if isBegun || !word.isEmpty { words.append(word) }
        return words
    }
}
