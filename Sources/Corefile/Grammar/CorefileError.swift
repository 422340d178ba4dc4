import Findings

/// Why a Corefile cannot be served: everything that was found, each with its place.
package struct CorefileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// At least one error, and the warnings and infos beside it.
    package let findings: [Finding]

    package init(_ findings: [Finding]) { self.findings = findings }

    init(_ code: FindingCode, _ message: String, at place: SourcePlace?, fix: String? = nil) {
        self.init([Finding(code, .error, message, at: place, fix: fix)])
    }

    package var errors: [Finding] { findings.filter { $0.severity == .error } }

    /// One error a line.
    package var description: String { errors.map(\.description).joined(separator: "\n") }
}

/// The codes of what is said of a Corefile; never renumbered, never reused.
package enum FindingCode: String, Sendable {
    case unknownDirective = "CFG001"
    case duplicateZone = "CFG002"
    case fileMissing = "CFG003"
    case zonesOverlap = "CFG004"
    case orderHasNoEffect = "CFG005"
    case unusualTTL = "CFG006"
    case forwardsToItself = "CFG007"
    case noForwarder = "CFG008"
    case syntax = "CFG009"
    case wrongArgument = "CFG010"
    /// Accepted, and without effect here.
    case withoutEffect = "CFG011"
}

extension Finding {
    init(
        _ code: FindingCode, _ severity: Severity, _ message: String, at place: SourcePlace?, fix: String? = nil
    ) {
        self.init(code.rawValue, severity, message, at: place, fix: fix)
    }
}
