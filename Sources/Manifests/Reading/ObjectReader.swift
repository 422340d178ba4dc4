import Findings
import NetworkAddress
import ServiceRegistry
import YAML

/// Reads one document: its head here, its kind in the extensions. Notes what is wrong on the way and reads on, so that
/// all faults of an object are told at once.
struct ObjectReader {
    enum Outcome {
        case object(RegistryObject)
        /// It has errors for which an API server would refuse it.
        case rejected(ObjectKey)
        /// Not even its name can be read.
        case unknown
        /// A kind that has no part in names or findings.
        case ignored
    }

    let document: YAMLNode
    let file: String
    private(set) var findings: [Finding] = []
    /// An error that keeps the object out of the registry has been noted.
    private(set) var isRefused = false
    private var label: String?
    /// `default/web` once it is known.
    private(set) var name = ObjectName("", "")
    let shared: SharedValues

    init(_ document: YAMLNode, file: String, shared: SharedValues) {
        self.document = document
        self.file = file
        self.shared = shared
    }

    var place: SourcePlace { SourcePlace(file: file, line: document.line, column: document.column) }
    var namePlace: SourcePlace {
        metadata?["name"].map { SourcePlace(file: file, line: $0.line, column: $0.column) } ?? place
    }
    var spec: YAMLNode? { document["spec"] }
    var status: YAMLNode? { document["status"] }
    var metadata: YAMLNode? { document["metadata"] }

    /// The codes in the annotation clusterdns.io/ignore.
    var ignoredCodes: Set<String> {
        let text = metadata?["annotations"]?["clusterdns.io/ignore"]?.text ?? ""
        return Set(text.split { $0 == "," || $0 == " " }.map(String.init))
    }

    mutating func read() -> Outcome {
        guard document.pairs != nil else {
            error("MAN002", "this document is \(document.kindText), not an object", at: document)
            return .unknown
        }
        let head = ["apiVersion", "kind", "metadata", "spec"]
        guard document.pairs?.contains(where: { head.contains($0.key.text ?? "") }) ?? false else {
            // Folders hold other YAML and JSON too: values, dashboards, results.
            findings.append(Finding("MAN009", .info, "this is no Kubernetes object; not read", at: place))
            return .ignored
        }
        guard let kind = text(document["kind"]), let version = text(document["apiVersion"]) else {
            let missing = document["kind"]?.text == nil ? "kind" : "apiVersion"
            error("MAN002", "\(missing) is missing", at: document)
            return .unknown
        }
        guard let objectKind = ObjectKind(manifest: kind) else {
            findings.append(
                Finding("MAN009", .info, "kind \(kind) (\(version)) has no names in DNS; not read", at: place))
            return .ignored
        }
        guard let own = text(metadata?["name"]) else {
            error("MAN002", "metadata.name is missing from this \(kind)", at: metadata ?? document)
            return .unknown
        }
        let isNamespaced = objectKind != .namespace && objectKind != .node
        let namespace = isNamespaced ? text(metadata?["namespace"]) ?? "default" : ""
        name = ObjectName(shared.one(namespace), own)
        label = "\(kind) \(name)"
        checkName(kind, objectKind)
        checkFields(metadata, OtherFields.metadata, in: "metadata")
        let object = readKind(objectKind, kind: kind, version: version)
        guard isRefused else { return .object(object) }
        return .rejected(object.key)
    }

    private mutating func readKind(_ objectKind: ObjectKind, kind: String, version: String) -> RegistryObject {
        switch objectKind {
        case .namespace: .namespace(Namespace(name: name.name, labels: labels(metadata?["labels"])))
        case .service: .service(readService())
        case .endpointSlice: .endpointSlice(readEndpointSlice())
        case .endpoints: .endpoints(readEndpoints())
        case .pod: .pod(readPod())
        case .node: .node(readNode())
        case .ingress: .ingress(readIngress(version))
        case .workload: .workload(readWorkload(kind))
        }
    }

    /// RFC 1123 labels, as Kubernetes wants of names that become DNS labels (since 1.36 a Service's may begin with a digit);
    /// other kinds may have dots.
    private mutating func checkName(_ kind: String, _ objectKind: ObjectKind) {
        let mustBeLabel = objectKind == .service || objectKind == .namespace
        if let fault = mustBeLabel ? Label.fault(name.name) : Label.subdomainFault(name.name) {
            error("MAN008", "\"\(name.name)\" is no name for a \(kind): \(fault)", at: metadata?["name"])
        }
        if !name.namespace.isEmpty, let fault = Label.fault(name.namespace) {
            error("MAN008", "\"\(name.namespace)\" is no name for a namespace: \(fault)", at: metadata?["namespace"])
        }
    }
}

extension ObjectKind {
    /// The kind of a manifest, nil for one that is not read.
    init?(manifest kind: String) {
        switch kind {
        case "Namespace": self = .namespace
        case "Service": self = .service
        case "EndpointSlice": self = .endpointSlice
        case "Endpoints": self = .endpoints
        case "Pod": self = .pod
        case "Node": self = .node
        case "Ingress": self = .ingress
        case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob":
            self = .workload
        default: return nil
        }
    }
}

// MARK: - Noting

extension ObjectReader {
    /// Notes an error for which an API server would refuse the object.
    mutating func error(_ code: String, _ message: String, at node: YAMLNode?, fix: String? = nil) {
        isRefused = true
        note(code, .error, message, at: node, fix: fix)
    }

    mutating func note(
        _ code: String, _ severity: Finding.Severity, _ message: String, at node: YAMLNode?, evidence: [String] = [],
        fix: String? = nil
    ) {
        let place = node.map { SourcePlace(file: file, line: $0.line, column: $0.column) } ?? self.place
        findings.append(
            Finding(code, severity, message, at: place, object: label, evidence: evidence, fix: fix))
    }

    /// Notes the keys of a mapping that Kubernetes does not know there: an error, but the object is read all the same; a
    /// field too new for us must not make a name vanish.
    mutating func checkFields(_ node: YAMLNode?, _ known: Set<String>, in path: @autoclosure () -> String) {
        guard let pairs = node?.pairs else { return }
        for place in pairs.indices {
            guard let text = pairs[place].key.text, !known.contains(text) else { continue }
            let key = pairs[place].key
            if let near = nearest(text, in: known) {
                note(
                    "MAN003", .error, "\(path()).\(text) is no field; did you mean \(near)?", at: key,
                    fix: "write \(near)")
            } else {
                note("MAN003", .error, "\(path()).\(text) is no field of this kind", at: key)
            }
        }
    }

    /// The same for a Service's spec, into which the fields of a port are often written: one finding for all of those.
    mutating func checkServiceFields() {
        let pairs = spec?.pairs ?? []
        let misplaced = pairs.filter { pair in
            pair.key.text.map { ServiceFields.port.contains($0) && !ServiceFields.spec.contains($0) } ?? false
        }
        if let first = misplaced.first?.key {
            let others = misplaced.dropFirst().map { "so does spec.\($0.key.text ?? ""), line \($0.key.line)" }
            let entry = misplaced.map { "  \($0.key.text ?? ""): \($0.value.text ?? "")" }.joined(separator: "\n")
            note(
                "MAN003", .error, "spec.\(first.text ?? "") is not a Service field; it belongs in spec.ports[]",
                at: first,
                evidence: others, fix: "ports:\n- port: ...\n\(entry)")
        }
        let placed = ServiceFields.spec.union(misplaced.compactMap(\.key.text))
        checkFields(spec, placed, in: "spec")
    }
}

// MARK: - Values

extension ObjectReader {
    /// A text; what is no text is noted.
    mutating func text(_ node: YAMLNode?) -> String? {
        guard let node, !node.isNull else { return nil }
        guard let text = node.text else {
            error("MAN004", "\(node.kindText) stands where a text is wanted", at: node)
            return nil
        }
        return text
    }

    mutating func boolean(_ node: YAMLNode?, _ path: @autoclosure () -> String) -> Bool? {
        guard let node, !node.isNull else { return nil }
        guard let value = node.boolean else {
            error("MAN004", "\(path()) is \(node.kindText): true or false is wanted", at: node)
            return nil
        }
        return value
    }

    /// A port number, 1...65535.
    mutating func port(_ node: YAMLNode?, _ path: @autoclosure () -> String) -> UInt16? {
        guard let node, !node.isNull else { return nil }
        guard let value = node.integer, (1...65535).contains(value) else {
            error("MAN004", "\(path()) is \(node.kindText): a number from 1 to 65535 is wanted", at: node)
            return nil
        }
        return UInt16(value)
    }

    mutating func address(_ node: YAMLNode?, _ path: @autoclosure () -> String) -> IPAddress? {
        guard let text = text(node) else { return nil }
        guard let address = IPAddress(text) else {
            error("MAN004", "\(path()) \"\(text)\" is no IP address", at: node)
            return nil
        }
        return address
    }

    /// A value out of a fixed list.
    mutating func choice<Value: RawRepresentable & CaseIterable>(
        _ node: YAMLNode?, _ path: @autoclosure () -> String, _ type: Value.Type
    ) -> Value? where Value.RawValue == String {
        guard let text = text(node) else { return nil }
        if let value = Value(rawValue: text) { return value }
        let all = Value.allCases.map(\.rawValue)
        let near = all.first { $0.lowercased() == text.lowercased() } ?? nearest(text, in: all)
        error(
            "MAN004", "\(path()) \"\(text)\" is not allowed: \(all.joined(separator: ", "))", at: node,
            fix: near.map { "write \($0)" })
        return nil
    }

    /// The protocol of a port, TCP where none is written.
    mutating func transport(_ node: YAMLNode?, _ path: @autoclosure () -> String) -> TransportProtocol {
        choice(node, path(), TransportProtocol.self) ?? .tcp
    }

    mutating func labels(_ node: YAMLNode?) -> Labels {
        guard let node else { return [:] }
        guard let pairs = node.pairs else {
            error("MAN004", "\(node.kindText) stands where a mapping of texts is wanted", at: node)
            return [:]
        }
        var out: Labels = [:]
        out.reserveCapacity(pairs.count)
        for (key, value) in pairs {
            guard let name = key.text else { continue }
            if value.isNull {
                out[name] = ""
            } else if value.isPlain, value.integer != nil || value.boolean != nil, let text = value.text {
                error("MAN004", "the value of \(name) is \(text), not a text: write \"\(text)\" in quotes", at: value)
                out[name] = text
            } else {
                out[name] = text(value) ?? ""
            }
        }
        return out
    }

    /// A list's items; anything else but nothing is noted.
    mutating func list(_ node: YAMLNode?, _ path: @autoclosure () -> String) -> [YAMLNode] {
        guard let node, !node.isNull else { return [] }
        guard let items = node.items else {
            error("MAN004", "\(path()) is \(node.kindText): a list is wanted", at: node)
            return []
        }
        return items
    }
}

extension TransportProtocol: CaseIterable {
    package static let allCases: [TransportProtocol] = [.tcp, .udp, .sctp]
}

/// DNS labels as Kubernetes checks them (apimachinery/pkg/util/validation).
enum Label {
    /// What is wrong with an RFC 1123 label, nil for nothing.
    static func fault(_ text: String) -> String? {
        if text.isEmpty { return "it is empty" }
        if text.utf8.count > 63 { return "it has \(text.utf8.count) characters, a DNS label has at most 63" }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "0"..."9", "-": continue
            case "A"..."Z": return "\"\(scalar)\" is a capital letter; a DNS label here is in lower case"
            default: return "\"\(scalar)\" is no letter, digit or \"-\""
            }
        }
        if text.hasPrefix("-") || text.hasSuffix("-") { return "it begins or ends with \"-\"" }
        return nil
    }

    /// The same for names of several labels.
    static func subdomainFault(_ text: String) -> String? {
        if text.utf8.count > 253 { return "it has \(text.utf8.count) characters, at most 253 are allowed" }
        for part in text.split(separator: ".", omittingEmptySubsequences: false) {
            if let fault = fault(String(part)), !fault.contains("at most 63") { return fault }
        }
        return nil
    }
}
