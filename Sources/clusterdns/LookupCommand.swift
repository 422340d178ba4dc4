import CLinux
import ArgumentParser
import Corefile
import DNSWire
import Diagnosis
import Glibc
import NetworkAddress
import ServiceRegistry

extension ResolverRules: ExpressibleByArgument {
    // `bind` is what `--format nslookup` stands for; nobody's library works like that.
    private static let libraries = allCases.filter { $0 != .bind }

    package static var allValueStrings: [String] { libraries.map(\.rawValue) }

    package init?(argument: String) {
        guard let library = ResolverRules.libraries.first(where: { $0.rawValue == argument }) else { return nil }
        self = library
    }
}

extension LookupFormat: ExpressibleByArgument {}

struct LookupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lookup",
        abstract: "Look a name up the way a Pod would, and show each name that was tried.",
        usage: "clusterdns lookup [options] NAME [TYPE] [SERVER | @SERVER]",
        discussion: """
            The words stand in nslookup's order or in dig's. Without TYPE both A and AAAA are asked; an address as NAME asks for its \
            PTR record. SERVER is an address, ADDRESS:PORT, [IPV6]:PORT or a host's name; without it the name servers of \
            resolv.conf are asked. Of dig's words +short, +tcp, +search and +nosearch are understood. There is no interactive mode.

            The search list is that of resolv.conf; with --namespace it is the one of a Pod in that namespace \
            (NS.svc.ZONE svc.ZONE ZONE, ndots:5), with --pod the one of that Pod.

            Examples:
              clusterdns lookup kubernetes.default
              clusterdns lookup -n shop web 10.96.0.10
              clusterdns lookup @10.96.0.10:5353 SRV _https._tcp.kubernetes.default -n default
              clusterdns lookup 10.96.0.1
              clusterdns lookup --libc musl --ndots 5 google.com
              clusterdns lookup --format nslookup hostnames
              clusterdns lookup --pod shop/web-0 --manifests cluster/ api 127.0.0.1

            Exit status: 0 an answer of the type asked, 1 no such name or no such data, 2 wrong usage, 3 SERVFAIL, REFUSED or \
            another error code, 9 no reply.
            """)

    @Argument(help: ArgumentHelp("NAME, TYPE and SERVER, as described.", valueName: "word"))
    var words: [String]

    @Option(
        name: [.customShort("t"), .long],
        help: "The record type: A, AAAA, CNAME, SRV, PTR, TXT, NS, SOA, ANY, AXFR, TYPE123.")
    var type: String?

    @Flag(name: .customShort("x"), help: "NAME is an address (which is seen without it, too).")
    var reverse = false

    @Option(name: .shortAndLong, help: "The search list of a Pod in this namespace.")
    var namespace: String?

    @Option(
        help: ArgumentHelp(
            "The resolver of this Pod: its search list, ndots and name servers, as the kubelet writes them. Needs --manifests, --kubeconfig or --admin; --resolv-conf is then its node's.",
            valueName: "ns/pod"))
    var pod: String?

    @Option(help: "The cluster's domain. (default: as resolv.conf shows it, or cluster.local)")
    var clusterDomain: String?

    @Option(help: ArgumentHelp("The resolver configuration to use. (default: /etc/resolv.conf)", valueName: "file"))
    var resolvConf: String?

    @Option(help: ArgumentHelp("The search list: domains between commas, or none.", valueName: "list"))
    var search: String?

    @Option(help: "From how many dots on a name is tried by itself first.")
    var ndots: Int?

    @Option(help: "Whose rules the search follows: glibc, musl, go or busybox. (default: glibc)")
    var libc: ResolverRules?

    @Option(help: "The port of servers that are given without one. (default: 53, with --tls 853)")
    var port: UInt16?

    @Flag(help: "Ask over TCP.")
    var tcp = false

    @Flag(help: "Ask over TLS, port 853 unless told otherwise.")
    var tls = false

    @Option(help: ArgumentHelp("Whom the server's certificate must name. (default: its address)", valueName: "name"))
    var tlsHost: String?

    @Option(help: ArgumentHelp("The authorities to trust, PEM. (default: the system's)", valueName: "file"))
    var tlsCa: String?

    @Option(help: ArgumentHelp("The payload size that EDNS announces. (default: 1232)", valueName: "octets"))
    var bufsize: UInt16?

    @Flag(name: .customLong("no-edns"), help: "Ask without EDNS.")
    var noEDNS = false

    @Option(help: ArgumentHelp("How long one server has for one answer: 2s, 500ms. (default: 2s)", valueName: "time"))
    var timeout: String?

    @Option(help: "How often the servers are asked. (default: 2)")
    var tries: Int?

    @Flag(help: "Ask each name server by itself, and say whether they agree.")
    var allServers = false

    @Option(
        help: ArgumentHelp("Manifests that say whose an address is and what a wrong name may mean.", valueName: "path"))
    var manifests: [String] = []

    @Option(help: ArgumentHelp("The running server that says so: \(AdminAddress.help).", valueName: "address"))
    var admin: AdminAddress?

    @Option(help: ArgumentHelp("The kubeconfig of the cluster that says so.", valueName: "file"))
    var kubeconfig: String?

    @Flag(
        help:
            "Tell what the server does with the question, step by step, and why: of --admin, or in process with --manifests."
    )
    var trace = false

    @OptionGroup var language: LanguageOption

    @Option(help: "text, nslookup, busybox, dig, short or json. (default: text)")
    var format: LookupFormat?

    @Option(help: ArgumentHelp("Repeat until interrupted, at this interval: 1s.", valueName: "time"))
    var watch: String?

    func run() throws {
        if let tries, !(1...100).contains(tries) { throw UsageError("--tries \(tries) is not between 1 and 100") }
        if let bufsize, bufsize < 512 {
            throw UsageError("--bufsize \(bufsize) is less than the 512 octets of RFC 6891 6.2.3")
        }
        var request = LookupRequest(words: words)
        request.type = type
        request.isReverse = reverse
        request.namespace = namespace
        request.clusterDomain = clusterDomain
        request.search = search
        request.ndots = ndots
        request.rules = libc
        request.port = port
        request.tcp = tcp
        if tls || tlsHost != nil || tlsCa != nil { request.tls = TLSIdentity(host: tlsHost, authority: tlsCa) }
        request.payloadSize = bufsize
        request.noEDNS = noEDNS
        request.timeout = try timeout.map { try duration(from: $0) }
        request.tries = tries
        request.format = format
        let interval = try watch.map { try duration(from: $0) }

        let (configuration, facts, file) = try configuration()
        request.podNamespace = try pod.map { try PodResolver.podName($0).namespace }
        var (query, format) = try request.query(on: configuration, file: file, addresses: systemAddresses(of:))
        query.pod = pod
        if trace { throw ExitCode(try trace(query, facts)) }
        let index = facts.map { RegistryIndex($0) }

        var queries = [query]
        if allServers {
            queries = query.servers.map { server in
                var single = query
                single.servers = [server]
                return single
            }
        }
        while true {
            var code: Int32 = 0
            var results: [LookupResult] = []
            for (number, query) in queries.enumerated() {
                if number > 0, format != .json, format != .short { show("\n") }
                let result = Lookup().run(query)
                let printed = format.printed(result, index: index)
                show(printed.out)
                if !printed.err.isEmpty { _ = printed.err.withCString { write(STDERR_FILENO, $0, strlen($0)) } }
                if code == 0 { code = result.exitCode }
                results.append(result)
            }
            if allServers && format == .text { show("\n" + ServerComparison(results).text) }
            guard let interval else { throw ExitCode(code) }
            if format != .json, format != .short { show("\n") }
            LookupCommand.sleep(interval)
        }
    }

    /// What is asked with, what is known of the cluster, and where the first comes from: a Pod's, or resolv.conf.
    private func configuration() throws -> (ResolverConfiguration, ClusterFacts?, source: String) {
        let domain = try clusterDomain.map { try domainName($0) }
        guard let pod else {
            let file = resolvConf ?? "/etc/resolv.conf"
            // A machine without the file is one whose resolver asks itself; a file that was named has to be there.
            let isThere = resolvConf != nil || access(file, F_OK) == 0
            let text = isThere ? try textOfFile(file) : ""
            let configuration = try ResolverConfiguration(parsing: text, file: file, hostname: machineName())
            return (configuration, try facts(domain ?? configuration.clusterDomain), file)
        }
        guard namespace == nil else { throw UsageError("--pod and --namespace: the Pod has a namespace") }
        guard let facts = try facts(domain) else {
            throw UsageError("--pod needs --manifests, --kubeconfig or --admin, which say what the Pod is")
        }
        let node = try resolvConf.map { ResolverFile(parsing: try textOfFile($0), file: $0) }
        let resolver = try PodResolver(of: PodResolver.podName(pod), in: facts, node: node)
        return (try resolver.configuration, facts, resolver.reason)
    }

    /// What is known of the cluster; nil where nothing says it.
    private func facts(_ domain: DomainName?) throws -> ClusterFacts? {
        guard !manifests.isEmpty || kubeconfig != nil else { return try admin.map(clusterFacts) }
        var settings = KubernetesSettings()
        settings.zones = domain.map { [$0] } ?? []
        settings.manifests = manifests
        settings.kubeconfig = kubeconfig
        return try ChosenRegistry(settings: settings).facts(timeout: .seconds(30))
    }

    private func domainName(_ text: String) throws(UsageError) -> DomainName {
        do {
            return try DomainName(text)
        } catch {
            throw UsageError("cluster domain \"\(text)\" is not a domain name: \(error)")
        }
    }

    /// Tells of each name of the search what the server, or this process in its place, does with it.
    private func trace(_ query: LookupQuery, _ facts: ClusterFacts?) throws -> Int32 {
        guard admin != nil || facts != nil else {
            throw UsageError("--trace needs --admin, which asks the server itself, or --manifests")
        }
        let client = try pod.flatMap { try facts?.registry.pods[PodResolver.podName($0)]?.addresses.first }
        var walk = SearchWalk(query.plan, rules: query.rules)
        while let name = walk.next {
            let explanation = try explain(name, query.types[0], client, facts)
            show(format == .json ? explanation.jsonText + "\n" : explanation.text(in: language.chosen))
            if case .finished(let outcome) = walk.received(explanation.outcome(for: query.types[0])) {
                return outcome.exitCode
            }
            if format != .json { show("\n") }
        }
        return QueryOutcome.nxDomain.exitCode
    }

    private func explain(
        _ name: DomainName, _ type: RecordType, _ client: IPAddress?, _ facts: ClusterFacts?
    ) throws -> Explanation {
        if let admin {
            let answer = try AdminClient(admin).get(
                ExplainPage.path,
                [("name", "\(name)"), ("type", "\(type)")] + (client.map { [("client", "\($0)")] } ?? []))
            guard answer.status == 200 else {
                throw UsageError(
                    "\(admin) explains nothing: \(String(decoding: answer.body.prefix(500), as: UTF8.self))")
            }
            return try Explanation(json: answer.body)
        }
        return try .inProcess(name: name, type: type, facts: facts ?? ClusterFacts())
    }

    private static func sleep(_ time: Duration) {
        let (seconds, attoseconds) = time.components
        var left = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        var rest = timespec()
        while nanosleep(&left, &rest) != 0, errno == EINTR { left = rest }
    }
}
