import Corefile
import Kubernetes

// The cluster that a `kubernetes` line means.

extension KubernetesSettings {
    /// The kubeconfig without a name is the one that kubectl would read.
    /// - Throws: `ConnectionError` where the files do not say how to reach the cluster.
    func connection() throws -> ClusterConnection {
        if let kubeconfig { return try .kubeconfig(kubeconfig.isEmpty ? nil : kubeconfig, context: context) }
        guard let endpoint else { return try .inCluster() }
        return try .endpoint(
            endpoint, certificate: tls?.certificate, key: tls?.key, authority: tls?.authority)
    }

    /// What of the cluster is watched, and kept.
    var options: KubernetesOptions {
        var options = KubernetesOptions()
        options.namespaces = namespaces
        options.namespaceLabels = namespaceLabels ?? ""
        options.labels = labels ?? ""
        options.watchesPods = pods == .verified
        options.keepsPodNames = usesEndpointPodNames
        options.keepsZones = isZonal
        options.ignoresEndpoints = ignoresEndpoints
        return options
    }
}
