import DNSWire
import NetworkAddress

/// A lookup as somebody asks for it: words, and whatever options were given. nil means: not given.
package struct LookupRequest: Sendable {
    package var words: [String]
    package var type: String?
    package var isReverse = false
    package var namespace: String?
    /// The namespace of the Pod whose configuration this is asked on (`--pod`).
    package var podNamespace: String?
    package var clusterDomain: String?
    /// `none`, or domains between commas or blanks.
    package var search: String?
    package var ndots: Int?
    package var rules: ResolverRules?
    package var port: UInt16?
    package var tcp = false
    package var tls: TLSIdentity?
    package var payloadSize: UInt16?
    package var noEDNS = false
    package var timeout: Duration?
    package var tries: Int?
    package var format: LookupFormat?

    package init(words: [String]) { self.words = words }

    /// The lookup that this means on a machine, or in a Pod, with a configuration.
    /// - Parameters:
    ///   - file: the configuration's name for people.
    ///   - addresses: the addresses of a host that is named as server.
    /// - Throws: `UsageError` for everything that makes no lookup.
    package func query(
        on configuration: ResolverConfiguration, file: String, addresses: (String) -> [IPAddress]
    ) throws(UsageError) -> (query: LookupQuery, format: LookupFormat) {
        let words = try LookupWords(words)
        let format = format ?? (words.isShort ? .short : .text)
        let type = try self.type(besides: words)
        let rules = rules ?? (format == .nslookup ? .bind : .glibc)

        let address = type == nil || type == .ptr ? IPAddress(words.name) : nil
        if isReverse, address == nil { throw UsageError("-x wants an address, not \"\(words.name)\"") }
        let list = try searchList(configuration, file: file, words: words)
        let plan: SearchPlan
        if let address {
            plan = SearchPlan(
                only: DomainName(reverseOf: address),
                reason: "\"\(words.name)\" is an address: its PTR record is asked for")
        } else {
            do {
                plan = try SearchPlan(words.name, search: list.domains, ndots: list.ndots, rules: rules)
            } catch {
                throw UsageError("\"\(words.name)\" is not a domain name: \(error)")
            }
        }

        let implied = address != nil ? [.ptr] : format == .dig ? [.a] : LookupQuery.addressTypes
        var query = LookupQuery(
            text: words.name, types: type.map { [$0] } ?? implied,
            plan: plan,
            servers: try servers(words.server, configuration, addresses))
        query.typesAreImplied = type == nil
        query.rules = rules
        query.order = format == .nslookup ? .othersBehindTheFirst : .everyTypeAtEachName
        query.namespace = namespace ?? podNamespace
        query.searchSource = address != nil || words.name.hasSuffix(".") ? nil : list.source
        query.rotates = configuration.rotate
        query.options.tcp = tcp || words.tcp || configuration.useTCP
        query.options.tls = tls
        query.options.payloadSize = noEDNS ? nil : payloadSize ?? query.options.payloadSize
        query.options.timeout = timeout ?? configuration.timeout.map { .seconds($0) } ?? query.options.timeout
        query.options.tries = tries ?? configuration.attempts ?? query.options.tries
        query.wantsServerName = [.text, .busybox, .json].contains(format)
        query.wantsReverseNames = format == .busybox && address == nil
        return (query, format)
    }

    private func type(besides words: LookupWords) throws(UsageError) -> RecordType? {
        guard let text = self.type else { return words.type }
        guard let type = RecordType(text) else {
            throw UsageError("\"\(text)\" is no record type; A, AAAA, SRV, PTR, TXT are some")
        }
        guard words.type == nil || words.type == type else {
            throw UsageError("two types: \(text) and \(words.type?.description ?? "")")
        }
        return type
    }

    /// The search list, its ndots and where both come from: options first, then the namespace, then the configuration.
    private func searchList(
        _ configuration: ResolverConfiguration, file: String, words: LookupWords
    ) throws(UsageError) -> (domains: [DomainName], ndots: Int, source: String) {
        if let ndots, ndots < 0 { throw UsageError("--ndots \(ndots) is less than none") }
        let inPod = namespace != nil
        let ndots = ndots ?? (inPod ? ResolverConfiguration.clusterFirstNdots : configuration.ndots)
        if let search {
            let domains = search == "none" ? [] : try LookupRequest.domains(search)
            return (domains, ndots, "--search")
        }
        if words.search == false { return ([], ndots, "+nosearch") }
        // dig asks names as they are, unless it is told otherwise.
        if format == .dig && words.search == nil && namespace == nil && podNamespace == nil {
            return ([], ndots, "dig")
        }
        guard let namespace else { return (configuration.search, ndots, file) }
        guard !namespace.contains(".") else {
            throw UsageError("namespace \"\(namespace)\" has a dot: it is one label")
        }
        do {
            let zone = try clusterDomain.map { text throws(WireError) in try DomainName(text) }
            let domains = try ResolverConfiguration.search(
                inNamespace: namespace,
                clusterDomain: zone ?? configuration.clusterDomain ?? LookupRequest.standardClusterDomain)
            return (domains, ndots, "namespace \(namespace), dnsPolicy ClusterFirst")
        } catch {
            throw UsageError(
                "namespace \"\(namespace)\" or cluster domain \"\(clusterDomain ?? "")\" makes no domain name: \(error)"
            )
        }
    }

    /// The kubelet's and kubeadm's default.
    private static let standardClusterDomain = DomainName.root.below("cluster", "local")

    private static func domains(_ text: String) throws(UsageError) -> [DomainName] {
        var domains: [DomainName] = []
        for word in text.split(whereSeparator: { $0 == "," || $0 == " " }) {
            do {
                domains.append(try DomainName(String(word)))
            } catch {
                throw UsageError("search domain \"\(word)\" is not a domain name: \(error)")
            }
        }
        guard !domains.isEmpty else { throw UsageError("--search without a domain; \"none\" switches the list off") }
        return domains
    }

    private func servers(
        _ written: String?, _ configuration: ResolverConfiguration, _ addresses: (String) -> [IPAddress]
    ) throws(UsageError) -> [ServerAddress] {
        let port = port ?? (tls == nil ? ServerAddress.standardPort : ServerAddress.tlsPort)
        guard let written else {
            return configuration.nameservers.map { ServerAddress($0.address, port: port, interface: $0.interface) }
        }
        if let server = ServerAddress(written, defaultPort: port) { return [server] }
        guard let (host, hostPort) = ServerAddress.split(written, defaultPort: port) else {
            throw UsageError("\"\(written)\" is no server; write ADDRESS, ADDRESS:PORT or [IPV6]:PORT")
        }
        guard let address = addresses(host).first else { throw UsageError("server \"\(written)\" has no address") }
        return [ServerAddress(address, port: hostPort)]
    }
}

extension DomainName {
    /// A name below this one, from labels known to be labels.
    fileprivate func below(_ labels: String...) -> DomainName {
        labels.reversed().reduce(self) { name, label in (try? name.prepending(label)) ?? name }
    }
}
