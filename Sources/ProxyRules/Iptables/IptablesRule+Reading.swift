import NetworkAddress

extension IptablesRule {
    /// A rule from the words of a line that begin with its chain's name. Options that say nothing about where packets
    /// go are passed over.
    /// - Returns: nil with a reason where a value cannot be read.
    static func read(_ words: ArraySlice<String>, line: Int) -> (rule: IptablesRule?, why: String) {
        guard let chain = words.first else { return (nil, "a rule without a chain") }
        var rule = IptablesRule(chain: chain, line: line)
        var rest = words.dropFirst()
        var isNegated = false
        while let option = rest.popFirst() {
            if option == "!" {
                isNegated = true
                continue
            }
            defer { isNegated = false }
            guard isRead.contains(option) else {
                // A match's or target's own option: its values go with it.
                while let next = rest.first, next != "!", !next.hasPrefix("-") { rest.removeFirst() }
                continue
            }
            if option == "--rcheck" || option == "--update" {
                rule.checksRecent = true
                continue
            }
            if option == "--set" {
                rule.setsRecent = true
                continue
            }
            guard var value = rest.popFirst() else { return (nil, "\(option) without a value") }
            // iptables before 1.4.3 wrote it behind its option.
            if value == "!" {
                isNegated = true
                guard let next = rest.popFirst() else { return (nil, "\(option) without a value") }
                value = next
            }
            if !rule.take(option, value, isNegated: isNegated) { return (nil, "\(option) has the value \"\(value)\"") }
        }
        return (rule, "")
    }

    /// The options with a meaning here.
    private static let isRead: Set<String> = [
        "-s", "--source", "-d", "--destination", "-p", "--protocol", "--dport", "--destination-port", "--comment",
        "--probability", "--rcheck", "--update", "--set", "--mark", "--match-set", "-j", "--jump", "-g", "--goto",
        "--to-destination", "--set-xmark", "--set-mark", "--or-mark",
    ]

    /// - Returns: false for a value that is none of the option's.
    private mutating func take(_ option: String, _ value: String, isNegated: Bool) -> Bool {
        switch option {
        case "-s", "--source":
            guard let block = IptablesRule.block(value) else { return false }
            source = Block(block: block, isNegated: isNegated)
        case "-d", "--destination":
            guard let block = IptablesRule.block(value) else { return false }
            destination = Block(block: block, isNegated: isNegated)
        case "-p", "--protocol": transport = IptablesRule.transport(value)
        case "--dport", "--destination-port":
            guard let port = UInt16(value) else { return value.contains(":") }
            destinationPort = port
        case "--comment": comment = value
        case "--probability":
            guard let part = Double(value), (0...1).contains(part) else { return false }
            (probability, writtenProbability) = (part, value)
        case "--mark": return read(value, isNegated, into: \.looksAt)
        case "--set-xmark", "--set-mark": return read(value, isNegated, into: \.sets)
        case "--or-mark":
            guard let bits = IptablesRule.number(value) else { return false }
            sets = Mark(value: bits, mask: bits)
        case "--match-set": matchSet = value
        case "--to-destination":
            guard let address = EndpointAddress(value) else { return false }
            sendsTo = address
        default: target = value
        }
        return true
    }

    private mutating func read(_ text: String, _ isNegated: Bool, into mark: WritableKeyPath<Self, Mark?>) -> Bool {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count <= 2, let value = IptablesRule.number(halves[0]) else { return false }
        let mask = halves.count == 2 ? IptablesRule.number(halves[1]) : .max
        guard let mask else { return false }
        self[keyPath: mark] = Mark(value: value, mask: mask, isNegated: isNegated)
        return true
    }

    /// `10.0.1.175/32`, `10.0.1.175`.
    private static func block(_ text: String) -> CIDR? {
        if let block = CIDR(text) { return block }
        return IPAddress(text).flatMap { CIDR(base: $0, prefixLength: $0.bitWidth) }
    }

    /// Numbers too: `iptables-save` of a node without /etc/protocols.
    static func transport(_ text: some StringProtocol) -> String {
        switch text {
        case "6": "tcp"
        case "17": "udp"
        case "132": "sctp"
        default: text.lowercased()
        }
    }

    static func number(_ text: some StringProtocol) -> UInt32? {
        text.hasPrefix("0x") || text.hasPrefix("0X") ? UInt32(text.dropFirst(2), radix: 16) : UInt32(text)
    }
}
