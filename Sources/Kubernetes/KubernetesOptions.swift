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
    /// EndpointSlices are not watched (`noendpoints`).
    package var ignoresEndpoints = false
    /// The names of the Pods behind endpoints are kept (`endpoint_pod_names`): an octet and the name's for each.
    package var keepsPodNames = false
    /// The topology zones of endpoints are kept (`zonal`): an octet and the name's for each.
    package var keepsZones = false

    package init() {}

    var resources: [Resource] {
        [.namespaces, .services] + (ignoresEndpoints ? [] : [.endpointSlices]) + (watchesPods ? [.pods] : [])
    }

    var detail: Detail {
        var detail = Detail.serving
        detail.podNames = keepsPodNames
        detail.zones = keepsZones
        return detail
    }

    /// What makes a snapshot another one, behind the server's address: which objects it has, and how much of them.
    var identity: [String] {
        let kept = [keepsPodNames ? "podNames" : "", keepsZones ? "zones" : ""].filter { !$0.isEmpty }
        return [namespaces.sorted().joined(separator: ","), namespaceLabels, labels] + kept
    }

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
