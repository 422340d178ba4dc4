import YAML

/// What can be set right in a document without asking its author, in the places where it was read.
struct Correction: Sendable {
    enum Kind: Sendable {
        /// Another scalar, as it is to be written.
        case value(YAMLNode, String)
        /// Fields of a port that stand in a Service's spec belong in its one entry of ports; two halves of an entry are one.
        case ports(spec: YAMLNode, misplaced: [(key: YAMLNode, value: YAMLNode)])
        /// The document is to be a networking.k8s.io/v1 Ingress.
        case ingress(YAMLNode)
    }

    /// Of the finding that it mends.
    var code: String
    var kind: Kind

    init(_ code: String, _ kind: Kind) {
        self.code = code
        self.kind = kind
    }
}
