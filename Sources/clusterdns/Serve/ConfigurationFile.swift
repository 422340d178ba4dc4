import Corefile
import Findings
import Foundation
import Logging
import Plugins

/// The Corefile that a server was started with: read at the start, and again when it may have changed.
struct ConfigurationFile: Sendable {
    let path: String
    let defaultPort: UInt16

    struct Loaded: Sendable {
        let blocks: [ServedBlock]
        /// SHA-512 of the text with its imports, as hexadecimal digits (CoreDNS plugin/reload).
        let hash: String
        let findings: [Finding]
        let reload: ReloadSettings?
    }

    /// - Throws: `CorefileError`, `UsageError`.
    func load() throws -> Loaded {
        let corefile = try Corefile.load(
            path: path, defaultPort: defaultPort, environment: ProcessInfo.processInfo.environment)
        let reloads: [ReloadSettings] = corefile.blocks.flatMap(\.plugins).compactMap {
            if case .reload(let settings) = $0 { settings } else { nil }
        }
        return Loaded(
            blocks: try corefile.blocks.map(ServedBlock.init), hash: SHA512.hexadecimal(of: Array(corefile.text.utf8)),
            findings: corefile.findings, reload: reloads.first { !$0.isOff })
    }
}

extension Logger {
    func show(_ findings: [Finding]) {
        for finding in findings {
            switch finding.severity {
            case .error: error("\(finding)")
            case .warning: warning("\(finding)")
            case .info: debug("\(finding)")
            }
        }
    }
}
