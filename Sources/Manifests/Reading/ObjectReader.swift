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
    var findings: [Finding] = []
    /// What of it can be set right without asking its author.
    var corrections: [Correction] = []
    /// Fields that were written wrongly where they are not known.
    var missed: Set<String> = []
    /// An error that keeps the object out of the registry has been noted.
    var isRefused = false
    /// `Service default/web` once it is known.
    private(set) var label: String?
    /// `default/web` once it is known.
    private(set) var name = ObjectName("", "")
    let shared: SharedValues

    /// The text has characters that are not ASCII.
    private let mayHaveLookAlikes: Bool

    init(_ document: YAMLNode, file: String, mayHaveLookAlikes: Bool, shared: SharedValues) {
        self.document = document
        self.file = file
        self.mayHaveLookAlikes = mayHaveLookAlikes
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
        let head = ["apiVersion", "kind", "metadata", "spec"]
        func isObject(_ node: YAMLNode) -> Bool {
            node.pairs?.contains { head.contains($0.key.text ?? "") } ?? false
        }
        // Folders hold other YAML and JSON too: values, dashboards, results, lists of them.
        let isData = document.items.map { items in items.allSatisfy { $0.pairs != nil && !isObject($0) } }
        guard document.pairs != nil || isData == true else {
            error(
                "MAN002",
                Phrase(
                    "this document is \(document.kindPhrase.english), not an object",
                    zh: "此文档是\(document.kindPhrase.chinese)，不是对象"), at: document)
            return .unknown
        }
        guard isObject(document) else {
            findings.append(
                Finding(
                    "MAN009", .info,
                    Phrase("this is no Kubernetes object; not read", zh: "这不是 Kubernetes 对象，未读取"), at: place))
            return .ignored
        }
        guard let kind = text(document["kind"]), let version = text(document["apiVersion"]) else {
            let missing = document["kind"]?.text == nil ? "kind" : "apiVersion"
            if let kind = document["kind"]?.text, let own = metadata?["name"]?.text {
                label = "\(kind) \(ObjectName(metadata?["namespace"]?.text ?? "default", own))"
            }
            error(
                "MAN002", Phrase("\(missing) is missing", zh: "缺少 \(missing)"), at: document,
                fix: missing == "apiVersion" ? usualVersion.map { Phrase("apiVersion: \($0)") } : nil)
            return .unknown
        }
        guard let objectKind = ObjectKind(manifest: kind), KindVersions.isOfKubernetes(version) else {
            if let near = KindVersions.misspelt(kind, version: version) {
                error(
                    "MAN004",
                    Phrase(
                        "kind \"\(kind)\" is not allowed: did you mean \(near)?",
                        zh: "kind \"\(kind)\" 不存在：是否应为 \(near)？"),
                    at: document["kind"], fix: Phrase("kind: \(near)"))
                if near.lowercased() == kind.lowercased(), let node = document["kind"] {
                    corrections.append(Correction("MAN004", .value(node, near)))
                }
                return .unknown
            }
            findings.append(
                Finding(
                    "MAN009", .info,
                    Phrase(
                        "kind \(kind) (\(version)) has no names in DNS; not read",
                        zh: "kind \(kind)（\(version)）与 DNS 名称无关，未读取"), at: place))
            return .ignored
        }
        guard let own = text(metadata?["name"]) else {
            if metadata?["generateName"] != nil { return .ignored }
            // It is there, and no text: that has been said.
            guard metadata?["name"] == nil else { return .unknown }
            error(
                "MAN002",
                Phrase("metadata.name is missing from this \(kind)", zh: "此 \(kind) 缺少 metadata.name"),
                at: metadata ?? document)
            return .unknown
        }
        let isNamespaced = objectKind != .namespace && objectKind != .node
        let namespace = isNamespaced ? text(metadata?["namespace"]) ?? "default" : ""
        name = ObjectName(shared.one(namespace), own)
        label = "\(kind) \(name)"
        checkVersion(kind, version)
        checkName(kind, objectKind)
        checkFields(metadata, OtherFields.metadata, in: "metadata")
        let object = readKind(objectKind, kind: kind, version: version)
        if mayHaveLookAlikes { noteLookAlikes(objectKind) }
        guard isRefused else { return .object(object) }
        return .rejected(object.key)
    }

    private mutating func readKind(_ objectKind: ObjectKind, kind: String, version: String) -> RegistryObject {
        switch objectKind {
        case .pod, .workload, .namespace, .node, .networkPolicy:
            checkFields(document, OtherFields.top, in: kind)
        default: break
        }
        return switch objectKind {
        case .namespace: .namespace(Namespace(name: name.name, labels: labels(metadata?["labels"])))
        case .service: .service(readService())
        case .endpointSlice: .endpointSlice(readEndpointSlice())
        case .endpoints: .endpoints(readEndpoints())
        case .pod: .pod(readPod())
        case .node: .node(readNode())
        case .ingress: .ingress(readIngress(version))
        case .workload: .workload(readWorkload(kind))
        case .networkPolicy: .networkPolicy(readNetworkPolicy())
        }
    }

    /// RFC 1123 labels, as Kubernetes wants of names that become DNS labels (since 1.36 a Service's may begin with a digit);
    /// other kinds may have dots.
    private mutating func checkName(_ kind: String, _ objectKind: ObjectKind) {
        let mustBeLabel = objectKind == .service || objectKind == .namespace
        if let fault = mustBeLabel ? Label.fault(name.name) : Label.subdomainFault(name.name) {
            error(
                "MAN008",
                Phrase(
                    "\"\(name.name)\" is no name for a \(kind): \(fault.english)",
                    zh: "\"\(name.name)\" 不能作为 \(kind) 的名称：\(fault.chinese)"),
                at: metadata?["name"], fix: mustBeLabel ? Label.corrected(name.name) : nil)
        }
        if !name.namespace.isEmpty, let fault = Label.fault(name.namespace) {
            error(
                "MAN008",
                Phrase(
                    "\"\(name.namespace)\" is no name for a namespace: \(fault.english)",
                    zh: "\"\(name.namespace)\" 不能作为命名空间的名称：\(fault.chinese)"),
                at: metadata?["namespace"], fix: Label.corrected(name.namespace))
        }
    }
}

extension ObjectKind {
    /// The kind of a manifest, nil for one that is not read.
    package init?(manifest kind: String) {
        switch kind {
        case "Namespace": self = .namespace
        case "Service": self = .service
        case "EndpointSlice": self = .endpointSlice
        case "Endpoints": self = .endpoints
        case "Pod": self = .pod
        case "Node": self = .node
        case "Ingress": self = .ingress
        case "NetworkPolicy": self = .networkPolicy
        case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob":
            self = .workload
        default: return nil
        }
    }
}
