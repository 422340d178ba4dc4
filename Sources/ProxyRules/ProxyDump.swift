/// What was read from a node's dump, whatever wrote it: nft, ipvsadm and iptables-save are told apart by their text.
package struct ProxyDump: Sendable {
    /// What is no Service's rules, but tells why there are none.
    package enum Trace: String, Sendable, CaseIterable {
        /// Nothing but blanks and comments.
        case nothing
        /// KUBE-FIREWALL, KUBE-KUBELET-CANARY and their like: the kubelet's own chains.
        case kubelet
        /// Chains of a proxy that replaces kube-proxy.
        case cilium
        /// The few iptables rules of kube-proxy's IPVS mode.
        case ipvsSets
        /// `iptables -L`, which leaves out what chains look at.
        case listing
        /// nft's view of rules that iptables-nft made.
        case iptablesInNft
    }

    package var file: String
    /// A table for each family and mode that holds rules of Services.
    package var rules: [ForwardingRules] = []
    package var traces: Set<Trace> = []
    package var unread: [UnreadLine] = []

    package init(file: String, text: String) {
        self.file = file
        let lines = text.split(whereSeparator: \.isNewline).lazy.map { $0.drop { $0.isWhitespace } }
        if !lines.contains(where: { !$0.isEmpty && !$0.hasPrefix("#") }) {
            traces.insert(.nothing)
        } else if lines.contains(where: { $0.hasPrefix("table ") || $0.hasPrefix("map ") && $0.hasSuffix("{") }) {
            read(NftablesDump(text))
        } else if lines.contains(where: IPVSDump.isItsLine) {
            read(IPVSDump(text))
        } else {
            if lines.contains(where: { $0.hasPrefix("Chain ") && $0.hasSuffix(")") }) { traces.insert(.listing) }
            read(IptablesDump(text))
        }
    }
}
