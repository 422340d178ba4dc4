import ClusterZone
import Findings
import ServiceRegistry

/// What of a cluster the server shows, as options of CoreDNS's `kubernetes` or flags say it.
package struct Exposure: Hashable, Sendable {
    /// Only these namespaces (`namespaces`); empty: all.
    package var namespaces: [String] = []
    /// Only namespaces with these labels (`namespace_labels`), a label selector of the API; empty: all.
    package var namespaceLabels = ""
    /// Only objects with these labels (`labels`), a label selector of the API; empty: all.
    package var labels = ""
    /// How names of Pods are answered (`pods`).
    package var pods = ClusterZoneOptions.Pods.disabled
    /// `noendpoints`
    package var ignoresEndpoints = false
    /// `ignore empty_service`
    package var ignoresEmptyServices = false

    package init() {}

    /// Why nothing of a namespace is shown; nil where it is.
    func reason(against namespace: String, labels: Labels?) -> Phrase? {
        if !namespaces.isEmpty, !namespaces.contains(namespace) {
            let list = namespaces.joined(separator: " ")
            return Phrase(
                "namespaces \(list): namespace \(namespace) is not among them",
                zh: "namespaces \(list)：其中没有命名空间 \(namespace)")
        }
        if let selector = LabelSelector(parsing: namespaceLabels), let labels, !selector.matches(labels) {
            return Phrase(
                "namespace_labels \(namespaceLabels): namespace \(namespace) has \(text(of: labels).english)",
                zh: "namespace_labels \(namespaceLabels)：命名空间 \(namespace) 的标签是 \(text(of: labels).chinese)")
        }
        return nil
    }

    /// Why a Service is not shown though its namespace is; nil where it is.
    func reason(against service: Service) -> Phrase? {
        guard let selector = LabelSelector(parsing: labels), !selector.matches(service.labels) else { return nil }
        let own = text(of: service.labels)
        return Phrase(
            "labels \(labels): Service \(service.name) has \(own.english)",
            zh: "labels \(labels)：Service \(service.name) 的标签是 \(own.chinese)")
    }

    private func text(of labels: Labels) -> Phrase {
        labels.isEmpty ? Phrase("no labels", zh: "空") : Phrase(labels.pairsText)
    }
}

extension LabelSelector {
    /// The API's text form: `a=1,b!=2,c in (x,y),d notin (z),e,!f`; nil for an empty text, and for one that is none.
    init?(parsing text: String) {
        self.init()
        var depth = 0
        let parts = text.split { character in
            depth += character == "(" ? 1 : character == ")" ? -1 : 0
            return character == "," && depth == 0
        }
        for part in parts {
            guard let requirement = LabelSelector.requirement(part.filter { $0 != "\t" }) else { return nil }
            matchExpressions.append(requirement)
        }
        if matchExpressions.isEmpty { return nil }
    }

    private static func requirement(_ text: String) -> Requirement? {
        func trimmed(_ text: some StringProtocol) -> String {
            text.split(separator: " ").joined(separator: " ")
        }
        if let open = text.firstIndex(of: "("), text.hasSuffix(")") || trimmed(text).hasSuffix(")") {
            let head = text[..<open].split(separator: " ")
            guard head.count == 2 else { return nil }
            let values = text[text.index(after: open)...].split { ", )".contains($0) }.map(String.init)
            switch head[1] {
            case "in": return Requirement(String(head[0]), .isIn, values)
            case "notin": return Requirement(String(head[0]), .notIn, values)
            default: return nil
            }
        }
        if let sign = text.firstRange(of: "!=") {
            return Requirement(trimmed(text[..<sign.lowerBound]), .notIn, [trimmed(text[sign.upperBound...])])
        }
        if let sign = text.firstIndex(of: "=") {
            let value = text[sign...].drop { $0 == "=" }
            return Requirement(trimmed(text[..<sign]), .isIn, [trimmed(value)])
        }
        let key = trimmed(text)
        guard !key.isEmpty, !key.contains(" ") else { return nil }
        return key.hasPrefix("!") ? Requirement(trimmed(key.dropFirst()), .doesNotExist) : Requirement(key, .exists)
    }
}
