import Findings

/// The fields that Kubernetes 1.34 knows, where all of an object's are known here: any other is MAN003.
enum ServiceFields {
    /// core/v1 ServiceSpec.
    static let spec: Set<String> = [
        "ports", "selector", "clusterIP", "clusterIPs", "type", "externalIPs", "sessionAffinity", "loadBalancerIP",
        "loadBalancerSourceRanges", "externalName", "externalTrafficPolicy", "healthCheckNodePort",
        "publishNotReadyAddresses", "sessionAffinityConfig", "ipFamilies", "ipFamilyPolicy",
        "allocateLoadBalancerNodePorts", "loadBalancerClass", "internalTrafficPolicy", "trafficDistribution",
        // Former fields that API servers still take in silence.
        "topologyKeys", "ipFamily", "portalIP", "deprecatedPublicIPs",
    ]
    /// core/v1 ServicePort.
    static let port: Set<String> = ["name", "protocol", "appProtocol", "port", "targetPort", "nodePort"]
}

enum OtherFields {
    /// meta/v1 ObjectMeta.
    static let metadata: Set<String> = [
        "name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp",
        "deletionTimestamp", "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers",
        "managedFields", "clusterName", "initializers",
    ]
    static let top: Set<String> = ["apiVersion", "kind", "metadata", "spec", "status"]
    /// discovery/v1 EndpointSlice.
    static let slice: Set<String> = ["apiVersion", "kind", "metadata", "addressType", "endpoints", "ports"]
    static let sliceEndpoint: Set<String> = [
        "addresses", "conditions", "hostname", "targetRef", "deprecatedTopology", "topology", "nodeName", "zone",
        "hints",
    ]
    static let slicePort: Set<String> = ["name", "protocol", "port", "appProtocol"]
    /// core/v1 Endpoints.
    static let endpoints: Set<String> = ["apiVersion", "kind", "metadata", "subsets"]
    static let subset: Set<String> = ["addresses", "notReadyAddresses", "ports"]
    /// networking/v1 IngressSpec, and what v1beta1 had.
    static let ingress: Set<String> = ["ingressClassName", "defaultBackend", "backend", "tls", "rules"]
    static let rule: Set<String> = ["host", "http"]
    static let path: Set<String> = ["path", "pathType", "backend"]
}

/// The known word nearest to a mistyped one: at most two letters away, and less than half of it.
func nearest(_ word: String, in known: some Sequence<String>) -> String? {
    let letters = Array(word.lowercased().utf8)
    let near = known.compactMap { candidate in
        editDistance(letters, Array(candidate.lowercased().utf8), atMost: min(2, letters.count / 2)).map {
            ($0, candidate)
        }
    }
    return near.min { $0 < $1 }?.1
}
