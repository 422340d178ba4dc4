import Findings
import YAML

/// Why it is not known how to reach a cluster: one sentence with its file and line.
package struct ConnectionError: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }

    /// `FILE:LINE:COLUMN: REASON`
    init(_ reason: String, at node: YAMLNode, in file: String) {
        self.init("\(SourcePlace(file: file, line: node.line, column: node.column)): \(reason)")
    }
}

/// Why there is nothing to show a server who we are: one sentence.
package struct CredentialError: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
