import Findings
import ServiceRegistry
import YAML

/// The apiVersions in which an API server knows the kinds that are read here (kubernetes.io, "Deprecated API Migration
/// Guide").
enum KindVersions {
    private struct Versions {
        var current: String
        /// Former ones, and the version of Kubernetes that has them no more.
        var removed: [String: String] = [:]
    }

    private static let core = Versions(current: "v1")
    private static let workload = Versions(
        current: "apps/v1",
        removed: ["extensions/v1beta1": "1.16", "apps/v1beta1": "1.16", "apps/v1beta2": "1.16"])
    private static let table: [String: Versions] = [
        "Namespace": core, "Service": core, "Pod": core, "Node": core, "Endpoints": core,
        "ReplicationController": core,
        "EndpointSlice": Versions(
            current: "discovery.k8s.io/v1",
            removed: ["discovery.k8s.io/v1beta1": "1.25", "discovery.k8s.io/v1alpha1": "1.20"]),
        "Ingress": Versions(
            current: "networking.k8s.io/v1",
            removed: ["networking.k8s.io/v1beta1": "1.22", "extensions/v1beta1": "1.22"]),
        "NetworkPolicy": Versions(current: "networking.k8s.io/v1", removed: ["extensions/v1beta1": "1.16"]),
        "Deployment": workload, "StatefulSet": workload, "DaemonSet": workload, "ReplicaSet": workload,
        "Job": Versions(current: "batch/v1"),
        "CronJob": Versions(
            current: "batch/v1", removed: ["batch/v1beta1": "1.25", "batch/v2alpha1": "1.21"]),
    ]

    static func current(_ kind: String) -> String? { table[kind]?.current }

    /// The version of Kubernetes that has an apiVersion of a kind no more; nil for one that was never removed.
    static func removal(_ kind: String, _ version: String) -> String? { table[kind]?.removed[version] }

    /// Whether a version is of Kubernetes itself. Others have kinds of the same names: a Service of Knative is another thing.
    static func isOfKubernetes(_ version: String) -> Bool {
        guard let slash = version.firstIndex(of: "/") else { return true }
        let group = version[..<slash]
        return !group.contains(".") || group.hasSuffix(".k8s.io") && !group.hasSuffix(".x-k8s.io")
    }

    /// The kind that a word of Kubernetes' own groups is a slip of.
    static func misspelt(_ kind: String, version: String) -> String? {
        guard isOfKubernetes(version), table[kind] == nil else { return nil }
        let word = kind.lowercased()
        return table.keys.sorted().first { known in
            known.lowercased() == word
                || word.utf8.count > 5
                    && editDistance(Array(known.lowercased().utf8), Array(word.utf8), atMost: 1) != nil
        }
    }
}

extension ObjectReader {
    /// The apiVersion that the document's kind has.
    var usualVersion: String? { document["kind"]?.text.flatMap(KindVersions.current) }

    /// A version that no API server has for the kind. Removed ones are read all the same.
    mutating func checkVersion(_ kind: String, _ version: String) {
        guard let current = KindVersions.current(kind), version != current else { return }
        guard KindVersions.removal(kind, version) == nil else {
            // An Ingress is another one in its new version: its own reader says how.
            if kind != "Ingress" { noteRemoved(version, fix: Phrase("apiVersion: \(current)")) }
            // These have the same fields in both.
            if kind == "NetworkPolicy" || kind == "CronJob", let node = document["apiVersion"] {
                corrections.append(Correction("MAN006", .value(node, current)))
            }
            return
        }
        error(
            "MAN004",
            Phrase(
                "apiVersion \"\(version)\" has no kind \(kind): it is in \(current)",
                zh: "apiVersion \"\(version)\" 中没有 \(kind)：它属于 \(current)"),
            at: document["apiVersion"], fix: Phrase("apiVersion: \(current)"))
    }

    /// MAN006.
    mutating func noteRemoved(_ version: String, fix: Phrase) {
        let kind = document["kind"]?.text ?? ""
        guard let removal = KindVersions.removal(kind, version), let current = KindVersions.current(kind) else {
            return
        }
        note(
            "MAN006", .warning,
            Phrase(
                "\(version) \(kind) was removed in Kubernetes \(removal); \(name.name) is read as \(current)",
                zh: "\(version) \(kind) 已在 Kubernetes \(removal) 中移除；\(name.name) 按 \(current) 读取"),
            at: document, fix: fix)
    }
}
