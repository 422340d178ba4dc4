import Glibc
import Kubernetes

/// Under which name this program runs.
enum Invocation {
    /// As `kubectl-dns`, kubectl's plugin: `kubectl dns diagnose web.shop`.
    static let isPlugin =
        CommandLine.arguments.first.map { $0.split(separator: "/").last == "kubectl-dns" } ?? false

    /// What people type.
    static let name = isPlugin ? "kubectl dns" : "clusterdns"

    /// kubectl would find a kubeconfig here.
    static var hasKubeconfig: Bool {
        let environment = ClusterConnection.processEnvironment
        if let list = environment["KUBECONFIG"], !list.isEmpty { return true }
        return environment["HOME"].map { access($0 + "/.kube/config", R_OK) == 0 } ?? false
    }

    /// This is a Pod of a cluster.
    static var isInCluster: Bool { ClusterConnection.processEnvironment["KUBERNETES_SERVICE_HOST"] != nil }
}
