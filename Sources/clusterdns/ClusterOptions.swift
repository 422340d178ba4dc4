import ArgumentParser
import Corefile

/// The cluster whose API is the registry, and what of it is shown.
struct ClusterOptions: ParsableArguments {
    @Flag(help: "The registry is the cluster that this Pod runs in, by its service account.")
    var kubernetes = false

    @Option(
        name: .long,
        help: ArgumentHelp("The registry is the cluster that this kubeconfig names.", valueName: "file"))
    var kubeconfig: String?

    @Option(name: .long, help: ArgumentHelp("The kubeconfig's context. (default: its current one)", valueName: "name"))
    var context: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The registry is the cluster with its API at this address.", valueName: "url"))
    var apiServer: String?

    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp(
            "For --api-server: the client's certificate, its key, and the server's authority, or the authority alone (PEM).",
            valueName: "file"))
    var apiTls: [String] = []

    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp("Only these namespaces of the cluster.", valueName: "namespace"))
    var namespaces: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("Only namespaces of the cluster with these labels.", valueName: "selector"))
    var namespaceLabels: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Only Services, EndpointSlices and Pods of the cluster with these labels.", valueName: "selector"))
    var labels: String?

    var isGiven: Bool { kubernetes || kubeconfig != nil || apiServer != nil }

    func validate() throws {
        if [kubernetes, kubeconfig != nil, apiServer != nil].count(where: \.self) > 1 {
            throw ValidationError("one cluster: --kubernetes, --kubeconfig or --api-server")
        }
        if context != nil && kubeconfig == nil && !Invocation.isPlugin {
            throw ValidationError("--context goes with --kubeconfig")
        }
        if !apiTls.isEmpty && (apiServer == nil || ![1, 3].contains(apiTls.count)) {
            throw ValidationError("--api-tls goes with --api-server: CERTIFICATE KEY AUTHORITY, or AUTHORITY alone")
        }
        if !namespaces.isEmpty && namespaceLabels != nil {
            throw ValidationError("--namespaces or --namespace-labels, not both")
        }
        if !isGiven && (!namespaces.isEmpty || namespaceLabels != nil || labels != nil) {
            throw ValidationError("--namespaces, --namespace-labels and --labels go with a cluster")
        }
    }

    /// The options of the `kubernetes` line of a Corefile that say the same.
    func describe(in settings: inout KubernetesSettings) {
        settings.kubeconfig = kubeconfig
        settings.context = context
        settings.endpoint = apiServer
        if apiTls.count == 3 {
            settings.tls = KubernetesSettings.TLS(certificate: apiTls[0], key: apiTls[1], authority: apiTls[2])
        } else if let authority = apiTls.first {
            settings.tls = KubernetesSettings.TLS(authority: authority)
        }
        settings.namespaces = namespaces
        settings.namespaceLabels = namespaceLabels
        settings.labels = labels
    }
}
