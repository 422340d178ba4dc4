import Findings
import YAML

/// A manifest with what can be corrected corrected: its text is changed where it must be, and stays with its comments and
/// its order elsewhere.
///
///     let fixed = FixedManifest(octets, file: "web.yaml")
///     fixed.text       // a manifest again
///     fixed.changes    // line 8: MAN001 ...
package struct FixedManifest: Sendable {
    /// One finding that is gone.
    package struct Change: Sendable, Hashable {
        /// In the file as it was.
        package var line: Int
        package var code: String
        /// What was wrong.
        package var message: String
        package var chinese: String?
    }

    package private(set) var text = ""
    /// In the order of their lines.
    package private(set) var changes: [Change] = []
    /// What is wrong with it still.
    package private(set) var remaining: [Finding] = []

    /// A correction may bring another to light, as the YAML of one line does all of its document.
    private static let maximumRounds = 50

    /// Nothing is changed in octets that are no UTF-8.
    /// - Parameter file: the name that places have for it.
    package init(_ octets: [UInt8], file: String) {
        var source = SourceText(octets)
        var reading = ManifestReader.read(octets, file: file)
        let isText = String(validating: octets, as: UTF8.self) != nil
        for _ in 0..<FixedManifest.maximumRounds where isText {
            var next = source
            guard FixedManifest.correct(&next, reading) else { break }
            let after = ManifestReader.read(Array(next.text.utf8), file: file)
            note(reading, after, source)
            (source, reading) = (next, after)
        }
        text = source.text
        remaining = reading.findings
        changes.sort { ($0.line, $0.code) < ($1.line, $1.code) }
    }

    /// Notes what was told before and is told no more.
    private mutating func note(_ before: ManifestReading, _ after: ManifestReading, _ source: SourceText) {
        var left: [String: Int] = [:]
        for finding in after.findings { left[finding.code + finding.message, default: 0] += 1 }
        for finding in before.findings where finding.severity != .info {
            if let count = left[finding.code + finding.message], count > 0 {
                left[finding.code + finding.message] = count - 1
                continue
            }
            changes.append(
                Change(
                    line: source.origin(finding.place?.line ?? 0), code: finding.code, message: finding.message,
                    chinese: finding.chinese?.message))
        }
    }

    /// One round. What is no YAML comes first: the rest of its document is not known before.
    /// - Returns: whether anything was changed.
    private static func correct(_ source: inout SourceText, _ reading: ManifestReading) -> Bool {
        let lines = source.lines
        var isChanged = false
        for fault in reading.faults {
            for (number, line) in SyntaxHint.corrections(fault, in: lines) where source.line(number) != line {
                source.replace(number, by: line)
                isChanged = true
            }
        }
        if isChanged { return true }
        if let fault = reading.faults.first(where: { SyntaxHint.isTab($0, in: lines) }) {
            return expandTabs(&source, around: fault.line)
        }
        let edits = reading.corrections.flatMap { correction -> [SourceText.Edit] in
            switch correction.kind {
            case .value(let node, let new): [source.edit(node, to: new)].compactMap { $0 }
            case .ports(let spec, let misplaced): PortsFix(text: source).edits(spec, misplaced: misplaced) ?? []
            case .ingress(let document): IngressFix(text: source).edits(document) ?? []
            }
        }
        source.apply(edits)
        return source.lines != lines
    }

    /// Writes spaces for the tabs in the indentations of a document: as many for each as make the best sense.
    private static func expandTabs(_ source: inout SourceText, around line: Int) -> Bool {
        let lines = source.lines
        let here = min(max(line, 1), lines.count) - 1
        let first = lines[...here].lastIndex { $0.hasPrefix("---") } ?? 0
        let next = lines[(here + 1)...].firstIndex { $0.hasPrefix("---") } ?? lines.count
        func expanded(_ width: Int) -> SourceText {
            var copy = source
            for index in first..<next {
                let margin = lines[index].prefix { $0 == " " || $0 == "\t" }
                let spaces = margin.reduce(0) { $0 + ($1 == "\t" ? width : 1) }
                copy.replace(
                    index + 1, by: String(repeating: " ", count: spaces) + lines[index].dropFirst(margin.count))
            }
            return copy
        }
        func faults(_ text: SourceText) -> (Int, Int) {
            let reading = ManifestReader.read(Array(text.text.utf8), file: "")
            return (reading.faults.count, reading.findings.count { $0.severity == .error })
        }
        let candidates = [2, 4, 8].map(expanded).map { (text: $0, faults: faults($0)) }
        guard let best = candidates.min(by: { $0.faults < $1.faults }), best.text.lines != lines,
            best.faults < faults(source)
        else { return false }
        source = best.text
        return true
    }
}
