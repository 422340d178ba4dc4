import ArgumentParser
import ClusterZone
import Corefile
import DNSWire
import Diagnosis
import Findings
import Glibc
import Kubernetes
import Manifests
import ServiceRegistry

extension KubernetesSettings {
    /// Names and shows what a Corefile's line does; what flags say of it comes first.
    fileprivate mutating func show(as line: KubernetesSettings) {
        zones = line.zones
        if namespaces.isEmpty { namespaces = line.namespaces }
        namespaceLabels = namespaceLabels ?? line.namespaceLabels
        labels = labels ?? line.labels
        if pods == .disabled { pods = line.pods }
        ignoresEndpoints = line.ignoresEndpoints
        ignoresEmptyServices = line.ignoresEmptyServices
    }
}

/// The cluster that `diagnose` looks at, and everything that may hold evidence. All optional, all combinable.
struct DiagnoseInputs: ParsableArguments {
    @OptionGroup(title: "The registry, from files") var registry: RegistryOptions
    @OptionGroup(title: "The registry, from a cluster's API") var cluster: ClusterOptions

    @Option(
        help: ArgumentHelp(
            "A Corefile: its kubernetes line says which registry, and its own faults count.", valueName: "file"))
    var conf: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Static zones in master-file form; their faults count.", valueName: "file"))
    var zoneFile: [String] = []

    @Option(
        help: ArgumentHelp("The pod that asks: what it would do with the name.", valueName: "namespace/pod"))
    var fromPod: String?

    @Option(help: ArgumentHelp("The resolv.conf of the client that asks.", valueName: "file"))
    var resolvConf: String?

    @Option(help: "Whose rules the client's search follows: glibc, musl, go or busybox.")
    var libc = ResolverRules.glibc

    @Option(help: ArgumentHelp("A query log: CoreDNS's lines, or those of tap.", valueName: "file"))
    var queryLog: String?

    @Option(help: ArgumentHelp("A node's iptables-save.", valueName: "file"))
    var iptablesSave: String?

    @Option(help: ArgumentHelp("A node's `nft list table ip kube-proxy`, or `nft list ruleset`.", valueName: "file"))
    var nft: String?

    @Option(help: ArgumentHelp("A node's `ipvsadm -Ln` or `ipvsadm-save -n`.", valueName: "file"))
    var ipvsadm: String?

    @Option(help: ArgumentHelp("The log of a node's kube-proxy.", valueName: "file"))
    var kubeProxyLog: String?

    @Flag(help: "Run iptables-save, nft and ipvsadm here, where this is the node and nothing else was given.")
    var localRules = false

    func validate() throws {
        if !registry.manifests.isEmpty && cluster.isGiven {
            throw ValidationError("one registry: --manifests, or a cluster's API")
        }
    }

    /// The registry that is meant.
    ///
    /// Where nothing is given, it is the cluster that kubectl would speak to, or the one that this Pod is in.
    /// - Parameter isNeeded: nothing else tells of a cluster.
    /// - Returns: nil where none is known.
    func chosenRegistry(isNeeded: Bool) throws -> ChosenRegistry? {
        var findings: [Finding] = []
        var external = registry.externalZone.map(\.name)
        var settings: KubernetesSettings?
        if let conf {
            try requireReadable([conf])
            do throws(CorefileError) {
                let corefile = try Corefile.load(path: conf, environment: ClusterConnection.processEnvironment)
                findings += corefile.findings
                let plugins = corefile.blocks.flatMap(\.plugins)
                for case .kubernetes(let line) in plugins where settings == nil { settings = line }
                for case .k8sExternal(let line) in plugins { external += line.zones }
            } catch {
                findings += error.findings
            }
        }
        if !registry.manifests.isEmpty || cluster.isGiven {
            let line = settings
            settings = registry.settings(cluster)
            if let line { settings?.show(as: line) }
        }
        if settings == nil && conf == nil && isNeeded && (Invocation.hasKubeconfig || Invocation.isInCluster) {
            settings = registry.settings(cluster)
            settings?.isEmbedded = false
            settings?.kubeconfig = Invocation.hasKubeconfig ? "" : nil
        }
        return settings.map { ChosenRegistry(settings: $0, external: external, findings: findings) }
    }

    func client() throws -> ClientFacts {
        var client = ClientFacts()
        client.libc = libc
        client.pod = try fromPod.map(PodResolver.podName)
        client.resolvConf = try resolvConf.map(input)
        client.queryLog = try queryLog.map(input)
        return client
    }

    func proxy() throws -> ProxyFacts {
        var proxy = ProxyFacts()
        proxy.iptables = try iptablesSave.map(input)
        proxy.nftables = try nft.map(input)
        proxy.ipvs = try ipvsadm.map(input)
        proxy.log = try kubeProxyLog.map(input)
        if localRules && proxy.isEmpty {
            proxy.iptables = LocalRules.output(of: "iptables-save", [])
            proxy.nftables = LocalRules.output(of: "nft", ["list", "ruleset"])
            proxy.ipvs = LocalRules.output(of: "ipvsadm", ["-Ln"])
            if proxy.isEmpty {
                throw UsageError("--local-rules: iptables-save, nft and ipvsadm say nothing here; are you root?")
            }
        }
        return proxy
    }

    private func input(_ path: String) throws(UsageError) -> TextInput {
        TextInput(file: path, text: try textOfFile(path, limit: DiagnoseInputs.largestInput))
    }

    /// Octets: a node of 10,000 Services has an iptables-save of about 60 MB.
    static let largestInput = 256 << 20
}
