/// What of a cluster is watched.
package struct KubernetesOptions: Sendable, Equatable {
    /// Only these namespaces; empty: all.
    package var namespaces: [String] = []
    /// Only namespaces with these labels, a label selector of the API; empty: all.
    package var namespaceLabels = ""
    /// Only Services, EndpointSlices and Pods with these labels, a label selector of the API; empty: all.
    package var labels = ""
    /// Pods are watched too (`pods verified`).
    package var watchesPods = false

    package init() {}

    var resources: [Resource] { [.namespaces, .services, .endpointSlices] + (watchesPods ? [.pods] : []) }

    func labelSelector(_ resource: Resource) -> String { resource == .namespaces ? namespaceLabels : labels }

    /// One namespace can be asked for alone; of several, the rest is left out here. Pods that have ended have no names
    /// (CoreDNS plugin/kubernetes/controller.go, `podListFunc`).
    func fieldSelector(_ resource: Resource) -> String {
        var fields: [String] = []
        if namespaces.count == 1 {
            fields.append((resource == .namespaces ? "metadata.name=" : "metadata.namespace=") + namespaces[0])
        }
        if resource == .pods { fields += ["Succeeded", "Failed", "Unknown"].map { "status.phase!=\($0)" } }
        return fields.joined(separator: ",")
    }
}
