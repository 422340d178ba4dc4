import DNSWire
import Findings
import NetworkAddress

/// What shows only when all blocks are seen side by side.
struct CorefileCheck {
    let texts: [BlockText]
    /// One for each text.
    let blocks: [ServerBlock]
    private(set) var findings: [Finding] = []

    init(texts: [BlockText], blocks: [ServerBlock]) {
        self.texts = texts
        self.blocks = blocks
    }

    mutating func run() {
        checkDuplicates()
        checkOverlaps()
        checkShadows()
        for (text, block) in zip(texts, blocks) {
            checkOrder(text)
            checkCompanions(text, block)
        }
        checkForwarders()
    }

    // MARK: Zones

    private struct Listener: Hashable {
        var scheme: ServerKey.Scheme
        var port: UInt16
        var zone: DomainName

        init(_ key: ServerKey, zone: DomainName? = nil) {
            scheme = key.scheme
            port = key.port
            self.zone = zone ?? key.zone
        }
    }

    /// A zone on a port where it is served already: on the same address, or on all (dnsserver/address.go).
    private mutating func checkDuplicates() {
        var served: [Listener: [(address: String?, place: SourcePlace)]] = [:]
        for block in blocks {
            let addresses = block.boundAddresses
            for key in block.keys {
                let listener = Listener(key)
                for address in addresses.isEmpty ? [nil] : addresses.map(Optional.some) {
                    let other = served[listener]?.first {
                        $0.address == address || $0.address == nil || address == nil
                    }
                    if let other {
                        findings.append(
                            Finding(
                                .duplicateZone, .error,
                                "\(key.zone) on port \(key.port) is served already by the block of \(other.place)",
                                at: key.place))
                        break
                    }
                    served[listener, default: []].append((address, key.place))
                }
            }
        }
    }

    /// A zone below another one of the same port: the longer one takes its names. The root is above all, and is no news.
    private mutating func checkOverlaps() {
        var first: [Listener: (block: Int, key: ServerKey)] = [:]
        for (number, block) in blocks.enumerated() {
            for key in block.keys where first[Listener(key)] == nil { first[Listener(key)] = (number, key) }
        }
        for (number, block) in blocks.enumerated() {
            for key in block.keys {
                var zone = key.zone.parent
                while let ancestor = zone, !ancestor.isRoot {
                    zone = ancestor.parent
                    guard let above = first[Listener(key, zone: ancestor)], above.block != number else { continue }
                    findings.append(
                        Finding(
                            .zonesOverlap, .info,
                            "names below \(key.zone) are answered here, not by \(above.key.zone) in "
                                + "\(above.key.place)", at: key.place))
                    break
                }
            }
        }
    }

    /// A block of its own for kubernetes' zone, or one above it, takes the questions that kubernetes is there for.
    private mutating func checkShadows() {
        for (number, block) in blocks.enumerated() {
            guard let line = texts[number].directives.first(where: { $0.name.text == "kubernetes" }) else { continue }
            let zones = block.plugins.compactMap {
                if case .kubernetes(let settings) = $0 { settings.zones } else { nil }
            }
            for key in block.keys {
                for (other, thief) in blocks.enumerated() where other != number {
                    let hasKubernetes = texts[other].directives.contains { $0.name.text == "kubernetes" }
                    guard !hasKubernetes, thief.boundAddresses.isEmpty || thief.boundAddresses == block.boundAddresses
                    else { continue }
                    let taken = zones.joined().first { zone in
                        thief.keys.contains {
                            Listener($0, zone: .root) == Listener(key, zone: .root) && zone.isAtOrBelow($0.zone)
                                && $0.zone.isAtOrBelow(key.zone) && $0.zone != key.zone
                        }
                    }
                    guard let taken else { continue }
                    findings.append(
                        Finding(
                            .zonesOverlap, .warning,
                            "kubernetes is never asked for \(taken): the block of \(thief.place) takes those names",
                            at: line.place))
                }
            }
        }
    }

    // MARK: Plugins

    /// What stands behind cache in the file as if it worked on cached answers last, and is in front of it all the same.
    private mutating func checkOrder(_ text: BlockText) {
        guard let cache = text.directives.firstIndex(where: { $0.name.text == "cache" }) else { return }
        for line in text.directives[cache...] where ["acl", "autopath", "dns64", "rewrite"].contains(line.name.text) {
            findings.append(
                Finding(
                    .orderHasNoEffect, .info,
                    "\(line.name.text) is met before cache, wherever it stands in the file", at: line.place))
        }
    }

    /// Plugins that live on another one of their block.
    private mutating func checkCompanions(_ text: BlockText, _ block: ServerBlock) {
        let hasKubernetes = text.directives.contains { $0.name.text == "kubernetes" }
        guard !hasKubernetes else { return }
        for line in text.directives {
            if line.name.text == "k8s_external" {
                findings.append(
                    Finding(.wrongArgument, .error, "k8s_external needs kubernetes in its block", at: line.place))
            }
            if line.name.text == "autopath", line.arguments.last?.text == "@kubernetes" {
                findings.append(
                    Finding(
                        .withoutEffect, .warning, "autopath @kubernetes has no effect without kubernetes in its block",
                        at: line.place))
            }
        }
    }

    // MARK: Upstreams

    private mutating func checkForwarders() {
        var forwardsRoot = false
        for (number, block) in blocks.enumerated() {
            let lines = texts[number].directives.filter { $0.name.text == "forward" }
            let settings = block.plugins.compactMap { if case .forward(let settings) = $0 { settings } else { nil } }
            // They differ where a line has an error, which is told already.
            guard lines.count == settings.count else {
                forwardsRoot = true
                continue
            }
            for (line, forward) in zip(lines, settings) {
                if forward.from.isRoot, block.keys.contains(where: { $0.zone.isRoot }) { forwardsRoot = true }
                for target in forward.to { check(target, of: forward, block: number, at: line.place) }
            }
        }
        if !forwardsRoot, let first = blocks.first {
            findings.append(
                Finding(
                    .noForwarder, .info, "no block forwards \".\": names of the internet are refused, or not found",
                    at: first.place))
        }
    }

    private mutating func check(
        _ target: ForwardSettings.Target, of forward: ForwardSettings, block: Int, at place: SourcePlace
    ) {
        switch target {
        case .server(let upstream):
            guard upstream.transport == .dns else { return }
            if let reason = loop(to: upstream.address, port: upstream.port, forward.from, block: block) {
                findings.append(Finding(.forwardsToItself, .warning, "\(upstream) is \(reason)", at: place))
            }
        case .resolvConf(let path):
            var files = CorefileFiles()
            guard let text = try? files.text(of: path) else { return }
            for address in nameservers(of: text) {
                guard let reason = loop(to: address, port: 53, forward.from, block: block) else { continue }
                findings.append(
                    Finding(.forwardsToItself, .warning, "\(path) has \(address), which is \(reason)", at: place))
            }
        }
    }

    /// Why queries for names below `zone` that are sent there come back; nil where nothing says so.
    private func loop(to address: IPAddress, port: UInt16, _ zone: DomainName, block: Int) -> String? {
        var best: (block: Int, zone: DomainName)?
        for (number, other) in blocks.enumerated() where other.listens(on: address) {
            for key in other.keys where key.scheme == .dns && key.port == port && zone.isAtOrBelow(key.zone) {
                if best.map({ key.zone.labelCount > $0.zone.labelCount }) ?? true { best = (number, key.zone) }
            }
        }
        if let best { return best.block == block ? "this server itself" : nil }
        return "\(address)" == "127.0.0.53" ? "systemd-resolved's stub, which may ask this server" : nil
    }

    private func nameservers(of text: String) -> [IPAddress] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace)
            return words.count > 1 && words[0] == "nameserver" ? IPAddress(words[1].prefix { $0 != "%" }) : nil
        }
    }
}

extension ServerBlock {
    /// What its `bind` lines name; empty where it listens everywhere.
    var boundAddresses: [String] {
        plugins.flatMap { plugin -> [String] in
            guard case .bind(let bind) = plugin else { return [] }
            return bind.addresses.filter { !bind.except.contains($0) }
        }
    }

    /// Whether what is sent to an address of this host comes here.
    fileprivate func listens(on address: IPAddress) -> Bool {
        let bound = boundAddresses
        if bound.isEmpty { return address.isOfThisHost }
        return bound.contains { IPAddress($0) == address || (["0.0.0.0", "::"].contains($0) && address.isOfThisHost) }
    }
}

extension IPAddress {
    /// 127.0.0.0/8, ::1, and the unspecified addresses, which lead there as well.
    fileprivate var isOfThisHost: Bool {
        family == .v4 ? v4 >> 24 == 127 || v4 == 0 : high == 0 && low <= 1
    }
}
