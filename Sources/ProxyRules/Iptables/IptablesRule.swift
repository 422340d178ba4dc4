import NetworkAddress

/// One `-A` line of iptables-save, cut down to what kube-proxy writes (pkg/proxy/iptables/proxier.go).
package struct IptablesRule: Hashable, Sendable {
    /// `-s 10.244.0.5/32`, `! -s 10.244.0.0/16`.
    package struct Block: Hashable, Sendable {
        package var block: CIDR
        package var isNegated: Bool

        /// The block is this one address, not negated.
        package var single: IPAddress? { !isNegated && block.prefixLength == block.base.bitWidth ? block.base : nil }
    }

    /// Bits of a packet's mark.
    package struct Mark: Hashable, Sendable {
        package var value: UInt32
        package var mask: UInt32
        package var isNegated = false
    }

    package var chain: String
    package var line: Int
    package var source: Block?
    package var destination: Block?
    /// In lower case.
    package var transport: String?
    package var destinationPort: UInt16?
    package var comment: String?
    /// `-m statistic --probability`.
    package var probability: Double?
    package var writtenProbability: String?
    /// `-m recent --rcheck`.
    package var checksRecent = false
    /// `-m recent --set`.
    package var setsRecent = false
    /// `-m mark --mark`.
    package var looksAt: Mark?
    /// `--match-set NAME`: kube-proxy's IPVS mode.
    package var matchSet: String?
    /// What `-j` or `-g` names.
    package var target = ""
    /// `--to-destination`.
    package var sendsTo: EndpointAddress?
    /// `--set-xmark`, `--or-mark`, `--set-mark`.
    package var sets: Mark?

    package init(chain: String, line: Int) {
        self.chain = chain
        self.line = line
    }

    /// The `shop/web:http` of the comment: kube-proxy's begin with it, or have it behind `for`.
    package var owner: String? { comment.flatMap(portName) }
}

/// The first word of a comment that looks like `namespace/service` or `namespace/service:port`, without a colon that
/// nothing follows.
func portName(in comment: String) -> String? {
    for word in comment.split(separator: " ") {
        let halves = word.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, !halves[0].isEmpty, !halves[1].isEmpty,
            word.utf8.allSatisfy({ isNameOctet($0) || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ":") }),
            halves[0].utf8.allSatisfy({ isNameOctet($0) })
        else { continue }
        return word.hasSuffix(":") ? String(word.dropLast()) : String(word)
    }
    return nil
}

/// An octet of a DNS label.
private func isNameOctet(_ octet: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(octet) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet)
        || octet == UInt8(ascii: "-")
}
