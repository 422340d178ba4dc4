import NetworkAddress

extension ServicePortName {
    /// From a chain's name in nftables mode, `service-LAUZTJTB-ns4/svc4/tcp/p80` (servicePortChainNameBase): nil for
    /// another name.
    package init?(chain: String) {
        // kind, hash, then names that may have hyphens too
        let parts = chain.split(separator: "-", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].count == 8 else { return nil }
        var name = parts[2]
        if let end = NftablesNames.separator(name) { name = name[..<end] }
        let words = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 4, !words[0].isEmpty, !words[1].isEmpty else { return nil }
        self.init(namespace: words[0], service: words[1], port: words[3], transport: words[2])
    }

    /// What stands behind `service-`, `local-` and `external-` in nftables mode.
    package var nftablesBase: String {
        let name = "\(namespace)/\(service)/\(transport)/\(port)"
        return "\(ServicePortName.hash(name).prefix(8))-\(name)"
    }
}

extension EndpointAddress {
    /// From an endpoint chain's name, `endpoint-UNZV3OEC-ns4/svc4/tcp/p80__10.180.0.4/80`; IPv6 has points for colons.
    init?(chain: String) {
        guard let separator = NftablesNames.separator(chain[...]) else { return nil }
        let words = chain[separator...].dropFirst(2).split(separator: "/")
        guard words.count == 2, let port = UInt16(words[1]) else { return nil }
        let text = String(words[0])
        guard let address = IPAddress(text) ?? IPAddress(String(text.map { $0 == "." ? ":" : $0 })) else { return nil }
        self.init(address, port)
    }
}

private enum NftablesNames {
    /// Where `__` begins.
    static func separator(_ text: Substring) -> Substring.Index? {
        text.indices.last { text[$0] == "_" && text[$0...].hasPrefix("__") }
    }
}
