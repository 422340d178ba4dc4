import DNSWire
import Findings

/// What a plugin's line can see of its block, and where it says what is no error.
struct BlockContext {
    /// The block's zones, in the order of its keys.
    let zones: [DomainName]
    /// `root DIR`: relative files of the block are in it.
    var root: String?
    /// Warnings and infos.
    var findings: [Finding] = []

    init(zones: [DomainName], root: String? = nil) {
        self.zones = zones
        self.root = root
    }

    mutating func warn(_ message: String, at token: Token, _ code: FindingCode = .withoutEffect) {
        findings.append(Finding(code, .warning, message, at: token.place))
    }

    mutating func note(_ message: String, at token: Token, _ code: FindingCode = .withoutEffect) {
        findings.append(Finding(code, .info, message, at: token.place))
    }

    /// The zones that arguments name, CIDRs as their reverse zones; the block's where there is none.
    func zones(_ arguments: some Sequence<Token>) throws(CorefileError) -> [DomainName] {
        let named = try namedZones(arguments)
        return named.isEmpty ? zones : named
    }

    /// The zones that arguments name.
    func namedZones(_ arguments: some Sequence<Token>) throws(CorefileError) -> [DomainName] {
        var named: [DomainName] = []
        for argument in arguments { named += try ZoneKey(argument).zones }
        return named
    }

    /// `fallthrough [ZONES…]`
    func fallsThrough(_ option: Directive) throws(CorefileError) -> Fallthrough {
        let zones = try namedZones(option.arguments)
        return zones.isEmpty || zones.contains(.root) ? .all : .zones(zones)
    }

    /// A file's path as CoreDNS opens it: below `root` where that is set, else from the working directory.
    func path(_ text: String) -> String {
        guard let root, !text.hasPrefix("/") else { return text }
        return root.hasSuffix("/") ? root + text : root + "/" + text
    }

    /// The same, with a warning where there is no such file yet.
    mutating func existingPath(_ token: Token) -> String {
        let path = path(token.text)
        if !CorefileFiles.exists(path) { warn("there is no file \(path)", at: token, .fileMissing) }
        return path
    }
}
