import Findings

/// A cluster's Corefile, read and understood: what is served, on which ports, by which plugins.
///
///     let corefile = try Corefile.load(path: "/etc/coredns/Corefile", environment: environment)
///     corefile.blocks[0].plugins     // .errors, .health, .kubernetes, …: in the order in which a query meets them
///
/// It means what CoreDNS of 2026 reads in it. What clusterdns cannot follow without a wrong answer is an error; the rest of what
/// it cannot follow is a finding.
package struct Corefile: Sendable, Hashable {
    /// In the order of the file.
    package var blocks: [ServerBlock]
    /// Every file that was read, and every glob that was asked for: what may change it.
    package var files: [String]
    /// The blocks in one spelling, imports and environment put in: the same for two texts that mean the same word by word.
    package var text: String
    /// Warnings and infos, sorted by place.
    package var findings: [Finding]

    /// The Corefile at `path`, with what it imports.
    /// - Parameter defaultPort: of keys that name none, as `-dns.port` gives it.
    /// - Throws: all errors that were found; a fault of the grammar is the only one.
    package static func load(
        path: String, defaultPort: UInt16 = 53, environment: [String: String]
    ) throws(CorefileError) -> Corefile {
        var files = CorefileFiles()
        let text: String
        do throws(FileFault) {
            text = try files.text(of: path)
        } catch {
            throw CorefileError(.fileMissing, "cannot read it: \(error.reason)", at: SourcePlace(file: path))
        }
        return try Corefile(text, file: path, files: files, defaultPort: defaultPort, environment: environment)
    }

    /// A text as a Corefile.
    /// - Parameter file: its name in findings; imports are relative to its folder.
    package static func parse(
        _ text: String, file: String = "Corefile", defaultPort: UInt16 = 53, environment: [String: String] = [:]
    ) throws(CorefileError) -> Corefile {
        try Corefile(text, file: file, files: CorefileFiles(), defaultPort: defaultPort, environment: environment)
    }

    private init(
        _ text: String, file: String, files: CorefileFiles, defaultPort: UInt16, environment: [String: String]
    ) throws(CorefileError) {
        var parser = try Parser(text, file: file, files: files, environment: environment)
        let texts = try parser.blocks()
        var findings = parser.findings
        blocks = []
        for text in texts {
            var reader = BlockReader(text, defaultPort: defaultPort)
            blocks.append(reader.block())
            findings += reader.errors + reader.findings
        }
        var check = CorefileCheck(texts: texts, blocks: blocks)
        check.run()
        // A line with an error may have been the forwarder.
        let isBroken = findings.contains { $0.severity == .error }
        let seen = check.findings.filter { !isBroken || $0.code != FindingCode.noForwarder.rawValue }
        findings = (findings + seen).sorted { a, b in
            switch (a.place, b.place) {
            case (let x?, let y?) where x != y: x < y
            default: (a.code, a.message) < (b.code, b.message)
            }
        }
        guard !findings.contains(where: { $0.severity == .error }) else { throw CorefileError(findings) }
        self.findings = findings
        self.files = parser.files.paths
        self.text = texts.map(\.written).joined()
    }
}
