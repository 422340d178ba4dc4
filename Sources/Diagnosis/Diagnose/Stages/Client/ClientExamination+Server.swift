import Findings
import NetworkAddress
import ServiceRegistry

/// RSV001 and RSV005: whether the servers are the cluster's, and whether a library asks them all.
extension ClientExamination {
    /// What a name server is, as far as the registry and its address tell.
    private enum Standing {
        case clusterDNS
        /// It may be the cluster's DNS or not: nothing proves either.
        case unknown
        case other(Phrase)
    }

    /// One finding for all servers that are not the cluster's: any of them may be asked.
    var serverFindings: [Finding] {
        guard asksForClusterName, let asking, let file = asking.file else { return [] }
        let servers = file.nameservers.prefix(ResolverConfiguration.maximumNameservers)
        let strays = servers.enumerated().compactMap {
            index, word -> (index: Int, word: ResolverFile.Word, what: Phrase)? in
            guard case .other(let what) = standing(of: word, in: file) else { return nil }
            return (index, word, what)
        }
        guard let first = strays.first else {
            return servers.isEmpty ? [noServerFinding(asking, file)] : []
        }
        // Behind the cluster's own server, a list that is too long is told as that.
        if first.index > 0, allServers(asking, file).count > ResolverConfiguration.maximumNameservers { return [] }
        let server = first.word.text
        let message =
            first.index == 0
            ? Phrase(
                "nameserver \(server) is not the cluster DNS\(dnsSuffix): names of the cluster do not resolve there",
                zh: "nameserver \(server) 不是集群 DNS\(dnsSuffix)：它无法解析集群内的名称")
            : Phrase(
                "nameserver \(server), number \(first.index + 1) of \(servers.count), is not the cluster DNS\(dnsSuffix): "
                    + "whoever gets its answer is told that the cluster's names do not exist",
                zh:
                    "第 \(first.index + 1) 个（共 \(servers.count) 个）nameserver \(server) 不是集群 DNS\(dnsSuffix)：收到它的应答就会认为集群内的名称不存在"
            )
        var evidence = strays.map { stray in
            let place = file.place(of: stray.word).map { " (\($0))" } ?? ""
            return Phrase(
                "nameserver \(stray.word.text)\(place): \(stray.what.english)",
                zh: "nameserver \(stray.word.text)\(place)：\(stray.what.chinese)")
        }
        evidence += dnsEvidence
        if servers.count > 1 {
            evidence.append(
                Phrase(
                    "glibc asks the next server when one fails or is late; musl asks all at once and takes the first answer",
                    zh: "glibc 在前一个服务器失败或超时后才询问下一个；musl 同时询问所有服务器并采用最先到达的应答"))
        }
        return [
            Finding(
                "RSV001", .error, message, at: file.place(of: first.word), object: asking.object, evidence: evidence,
                fix: serverFix(asking))
        ]
    }

    private func noServerFinding(_ asking: AskingClient, _ file: ResolverFile) -> Finding {
        Finding(
            "RSV001", .error,
            Phrase(
                "there is no nameserver, so 127.0.0.1 is asked, which is not the cluster DNS\(dnsSuffix)",
                zh: "没有 nameserver，因此会询问 127.0.0.1，而它不是集群 DNS\(dnsSuffix)"),
            at: file.file.isEmpty ? nil : SourcePlace(file: file.file), object: asking.object, evidence: dnsEvidence,
            fix: serverFix(asking))
    }

    private func serverFix(_ asking: AskingClient) -> Phrase {
        let servers = dns.addresses.map(\.description)
        if asking.pod?.dnsConfig?.nameservers.isEmpty == false {
            return Phrase(
                "take nameservers out of the Pod's dnsConfig: the kubelet gives it the cluster DNS\(dnsSuffix)",
                zh: "从 Pod 的 dnsConfig 中去掉 nameservers：kubelet 会为它写入集群 DNS\(dnsSuffix)")
        }
        let lines = servers.map { "nameserver \($0)" }.joined(separator: "\n")
        let told = servers.isEmpty ? "" : " (\(servers.joined(separator: ", ")))"
        return Phrase(
            "\(lines.isEmpty ? "nameserver ADDRESS" : lines)   # for Pods: clusterDNS\(told) in the node's /var/lib/kubelet/config.yaml, then systemctl restart kubelet",
            zh:
                "\(lines.isEmpty ? "nameserver ADDRESS" : lines)   # 对于 Pod：修改节点 /var/lib/kubelet/config.yaml 中的 clusterDNS\(told)，然后执行 systemctl restart kubelet"
        )
    }

    /// Whether this text is a server that knows the cluster's names, as far as anybody can tell.
    func mayBeClusterDNS(_ server: String) -> Bool {
        if case .other = standing(of: ResolverFile.Word(text: server, line: 0), in: nil) { return false }
        return true
    }

    private func standing(of word: ResolverFile.Word, in file: ResolverFile?) -> Standing {
        guard let address = word.address else {
            return .other(Phrase("no IP address, so libraries pass it over", zh: "不是 IP 地址，解析库会忽略它"))
        }
        if dns.services.contains(where: { $0.clusterIPs.contains(address) || $0.externalIPs.contains(address) }) {
            return .clusterDNS
        }
        let endpoints = dns.services.flatMap { inquiry.facts.endpoints(of: $0.name) }.flatMap(\.endpoint.addresses)
        if endpoints.contains(address) || dns.pods.contains(where: { $0.addresses.contains(address) }) {
            return .clusterDNS
        }
        // Of a Service that nobody wrote the address is a guess.
        let owner = registry.services.values.first { service in
            service.clusterIPs.contains(address)
                && !(dns.isWritten && inquiry.facts.place(of: service.name) == nil)
        }
        if let owner {
            guard owner.ports.contains(where: { $0.port == ClusterDNS.port }) else {
                return .other(
                    Phrase(
                        "the ClusterIP of Service \(owner.name), which has no port 53",
                        zh: "是 Service \(owner.name) 的 ClusterIP，该 Service 没有端口 53"))
            }
            return .unknown
        }
        if address.isLinkLocal { return standing(ofLinkLocal: address, in: file) }
        if address.isLoopback {
            // A developer's process asks the clusterdns of its own machine.
            if !dns.isWritten, ["127.0.0.1", "::1"].contains(address.description) { return .unknown }
            return .other(
                Phrase(
                    "a resolver on the Pod's own loopback: a stub of the node (systemd-resolved, dnsmasq) is not there",
                    zh: "指向 Pod 自己的回环地址：节点上的存根解析器（systemd-resolved、dnsmasq）不在那里"))
        }
        if let pod = registry.pods.values.first(where: { $0.addresses.contains(address) }) {
            // What listens on a node's address may be a cache of the cluster's DNS.
            return pod.hostNetwork
                ? .unknown
                : .other(
                    Phrase("the address of Pod \(pod.name)", zh: "是 Pod \(pod.name) 的地址"))
        }
        if dns.isWritten || address.isPublic || !address.isUsualForClusterDNS {
            return .other(
                address.isPublic
                    ? Phrase("a public resolver", zh: "公共解析器")
                    : Phrase("no Service of the cluster", zh: "不是集群中的 Service"))
        }
        return .unknown
    }

    /// NodeLocal DNSCache listens on a link-local address that each installation chooses; clouds' own resolvers do, too.
    private func standing(ofLinkLocal address: IPAddress, in file: ResolverFile?) -> Standing {
        let isAmazon = address.description == "169.254.169.253"
        let isGoogle = address.description == "169.254.169.254"
        // Cloud DNS for GKE answers the cluster's names there, for Pods that search them.
        let searchesCluster = file?.clusterNamespace(in: inquiry.facts.domain) != nil
        if isAmazon || isGoogle && !searchesCluster {
            return .other(Phrase("the cloud's resolver for nodes", zh: "云平台给节点使用的解析器"))
        }
        return .clusterDNS
    }

    /// Those that nobody asks, too.
    private func allServers(_ asking: AskingClient, _ file: ResolverFile) -> [String] {
        file.nameservers.map(\.text) + (asking.isGiven ? [] : asking.computed?.omittedNameservers ?? [])
    }

    /// RSV005: more than old libraries take. musl and glibc 2.26 and later have no limit on names.
    var limitFindings: [Finding] {
        guard let asking, let file = asking.file else { return [] }
        let servers = allServers(asking, file)
        let characters = file.search.reduce(file.search.count - 1) { $0 + $1.text.utf8.count }
        var evidence: [Phrase] = []
        if servers.count > ResolverConfiguration.maximumNameservers {
            let lost = servers.dropFirst(ResolverConfiguration.maximumNameservers).joined(separator: ", ")
            evidence.append(
                Phrase(
                    "\(servers.count) nameservers: glibc and musl take 3, so \(lost) is never asked",
                    zh: "\(servers.count) 个 nameserver：glibc 和 musl 只取 3 个，\(lost) 永远不会被询问"))
        }
        if file.search.count > 6 {
            let lost = file.search.dropFirst(6).map(\.text).joined(separator: ", ")
            evidence.append(
                Phrase(
                    "\(file.search.count) search names: glibc before 2.26 takes 6, so \(lost) is never tried",
                    zh: "\(file.search.count) 个搜索域：2.26 之前的 glibc 只取 6 个，\(lost) 永远不会被尝试"))
        }
        if characters > 256 {
            evidence.append(
                Phrase(
                    "\(characters) characters of search names: glibc before 2.26 and musl take 256 at most",
                    zh: "搜索域共 \(characters) 个字符：2.26 之前的 glibc 和 musl 最多接受 256 个"))
        }
        if let dropped = asking.computed?.omittedSearches, !dropped.isEmpty, !asking.isGiven {
            evidence.append(
                Phrase(
                    "the kubelet leaves out \(dropped.joined(separator: ", ")): at most 32 names and 2048 characters",
                    zh: "kubelet 会去掉 \(dropped.joined(separator: ", "))：最多 32 个搜索域、2048 个字符"))
        }
        guard let first = evidence.first else { return [] }
        let whose = asking.object ?? file.file
        let place = (servers.count > 3 ? file.nameservers.last : file.search.first).flatMap(file.place)
        return [
            Finding(
                "RSV005", .warning,
                Phrase(
                    "\(whose) has more than resolver libraries take: \(first.english)",
                    zh: "\(whose) 超出了解析库的上限：\(first.chinese)"),
                at: place, object: asking.object, evidence: Array(evidence.dropFirst()),
                fix: Phrase(
                    "keep the cluster DNS\(dnsSuffix) first, at most 3 nameservers, 6 search names and 256 characters of them",
                    zh: "把集群 DNS\(dnsSuffix) 放在第一位，最多 3 个 nameserver、6 个搜索域、共 256 个字符"))
        ]
    }
}

extension IPAddress {
    private static func block(_ text: String) -> CIDR { CIDR(text)! }
    private static let linkLocal = [block("169.254.0.0/16"), block("fe80::/10")]
    private static let loopback = [block("127.0.0.0/8"), block("::1/128")]
    /// RFC 1918, RFC 6598, RFC 4193: where clusters have their Services.
    private static let `private` = [
        block("10.0.0.0/8"), block("172.16.0.0/12"), block("192.168.0.0/16"), block("100.64.0.0/10"), block("fc00::/7"),
    ]

    var isLinkLocal: Bool { IPAddress.linkLocal.contains { $0.contains(self) } }
    var isLoopback: Bool { IPAddress.loopback.contains { $0.contains(self) } }
    var isPublic: Bool {
        !isLinkLocal && !isLoopback && !IPAddress.private.contains { $0.contains(self) }
    }

    /// The tenth address of a block, as kubeadm gives it (cmd/kubeadm/app/constants, GetDNSIP) and most others do, or
    /// Kubespray's third.
    var isUsualForClusterDNS: Bool {
        family == .v4 ? [3, 10].contains(v4 & 0xFF) : [0x3, 0xA].contains(low & 0xFFFF)
    }
}
