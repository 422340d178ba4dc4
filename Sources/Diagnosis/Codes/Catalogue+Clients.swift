import Findings

extension Catalogue {
    /// RSV, POD and NET; NET003 stands with the server's.
    static let clients: [CodeEntry] = resolvers + pods + networks

    private static let resolvers: [CodeEntry] = [
        CodeEntry(
            "RSV001", .error, Phrase("nameserver is not the cluster DNS", zh: "nameserver 不是集群 DNS"),
            cause: Phrase(
                "The client's resolv.conf names a server that is not the ClusterIP of the DNS Service, so names of the cluster do not exist there.",
                zh: "客户端的 resolv.conf 指向的服务器不是 DNS Service 的 ClusterIP，集群内的名称在那里不存在。"),
            evidence: Phrase(
                "The nameserver line of --resolv-conf or of the Pod's dnsConfig, and the ClusterIP of the DNS Service in the registry.",
                zh: "--resolv-conf 或 Pod 的 dnsConfig 中的 nameserver，以及注册表中 DNS Service 的 ClusterIP。"),
            fix: Phrase(
                "Set clusterDNS in the kubelet's configuration to that ClusterIP, or take nameservers out of dnsConfig.",
                zh: "把 kubelet 配置中的 clusterDNS 设为该 ClusterIP，或从 dnsConfig 中去掉 nameservers。")),
        CodeEntry(
            "RSV002", .error, Phrase("search list lacks ns.svc.zone", zh: "搜索列表缺少 ns.svc.zone"),
            cause: Phrase(
                "The search list has no entry that makes the Service's whole name of the short one: it is missing, or of another namespace or cluster domain.",
                zh: "搜索列表中没有能把短名称补全为 Service 完整名称的条目：缺失，或属于另一个命名空间或集群域。"),
            evidence: Phrase(
                "The search line and the names that the short name becomes with it.", zh: "search 行，以及短名称据此变成的名称。"),
            fix: Phrase(
                "Set clusterDomain in the kubelet's configuration, complete dnsConfig.searches, or ask for the whole name.",
                zh: "设置 kubelet 配置中的 clusterDomain，补全 dnsConfig.searches，或查询完整名称。")),
        CodeEntry(
            "RSV003", .warning, Phrase("ndots too low or high for this name", zh: "ndots 对该名称太小或太大"),
            cause: Phrase(
                "With fewer dots than ndots a name goes through the search list first. Too low, and a Service's name is asked outside the cluster first, by musl outside only; too high, and an outside name costs a query for each entry of the list.",
                zh: "点数少于 ndots 的名称先用搜索列表。太小时，Service 的名称会先到集群外查询（musl 则只在集群外查询）；太大时，外部名称会为列表中每个条目多花一次查询。"),
            evidence: Phrase(
                "The names that the client's library asks in order, and how many queries they are.",
                zh: "客户端的解析库依次查询的名称，以及查询次数。"),
            fix: Phrase(
                "ndots:5 for the cluster's names; a dot at the end of outside names, or a lower ndots in dnsConfig.",
                zh: "集群内名称使用 ndots:5；外部名称末尾加点，或在 dnsConfig 中使用较小的 ndots。")),
        CodeEntry(
            "RSV004", .warning, Phrase("wildcard in a search suffix", zh: "搜索后缀中有通配符"),
            cause: Phrase(
                "A search suffix outside the cluster answers every name, so that outside names end there with a wrong address.",
                zh: "集群外的某个搜索后缀会应答任何名称，外部名称因此在那里得到错误的地址。"),
            evidence: Phrase(
                "A * in the search list or in a zone file, or the server's answer for a random name below the suffix.",
                zh: "搜索列表或区域文件中的 *，或服务器对该后缀下随机名称的应答。"),
            fix: Phrase(
                "Take the suffix out of the node's search list, or the wildcard out of the zone, or end outside names with a dot.",
                zh: "从节点的搜索列表中去掉该后缀，或从区域中去掉通配符，或在外部名称末尾加点。")),
        CodeEntry(
            "RSV005", .warning,
            Phrase(
                "more than 3 nameservers, 6 names or 256 characters", zh: "超过 3 个 nameserver、6 个搜索域或 256 个字符"),
            cause: Phrase(
                "Resolver libraries ignore the fourth name server; glibc before 2.26 ignores what follows 6 search names or 256 characters.",
                zh: "解析库会忽略第四个 nameserver；2.26 之前的 glibc 会忽略 6 个搜索域或 256 个字符之后的内容。"),
            evidence: Phrase("The counts, and what is ignored.", zh: "数量，以及被忽略的内容。"),
            fix: Phrase(
                "Shorten the node's resolv.conf (the kubelet's resolvConf) or dnsConfig.",
                zh: "精简节点的 resolv.conf（kubelet 的 resolvConf）或 dnsConfig。")),
    ]

    private static let pods: [CodeEntry] = [
        CodeEntry(
            "POD001", .error, Phrase("hostNetwork with ClusterFirst", zh: "hostNetwork 与 ClusterFirst 同时使用"),
            cause: Phrase(
                "The kubelet gives a Pod on the host's network with dnsPolicy ClusterFirst its node's resolver.",
                zh: "对于使用主机网络且 dnsPolicy 为 ClusterFirst 的 Pod，kubelet 会使用节点的解析器。"),
            evidence: Phrase("The Pod's hostNetwork and dnsPolicy.", zh: "Pod 的 hostNetwork 和 dnsPolicy。"),
            fix: Phrase("dnsPolicy: ClusterFirstWithHostNet")),
        CodeEntry(
            "POD002", .error,
            Phrase(
                "hostname, subdomain or serviceName do not give the Pod name",
                zh: "hostname、subdomain 或 serviceName 无法产生 Pod 名称"),
            cause: Phrase(
                "A Pod has a name of its own only with a hostname and a subdomain that is a headless Service which selects it; a StatefulSet's serviceName becomes the subdomain.",
                zh:
                    "只有设置了 hostname，且 subdomain 是选中该 Pod 的无头 Service 时，Pod 才有自己的名称；StatefulSet 的 serviceName 会成为 subdomain。"
            ),
            evidence: Phrase(
                "The serviceName or subdomain, and what the registry has under that name.",
                zh: "serviceName 或 subdomain，以及注册表中该名称对应的对象。"),
            fix: Phrase(
                "Name the headless Service in serviceName or subdomain, or create the one that they name.",
                zh: "在 serviceName 或 subdomain 中写该无头 Service 的名称，或创建它们所指的 Service。")),
        CodeEntry(
            "POD003", .warning, Phrase("dnsPolicy Default or None", zh: "dnsPolicy 为 Default 或 None"),
            cause: Phrase(
                "With dnsPolicy Default a Pod asks its node's resolver, with None the servers of its dnsConfig: neither knows the cluster's names unless it is told to ask the cluster DNS.",
                zh: "dnsPolicy 为 Default 时 Pod 使用节点的解析器，为 None 时使用 dnsConfig 中的服务器：除非指向集群 DNS，否则都不知道集群内的名称。"),
            evidence: Phrase("The Pod's dnsPolicy and dnsConfig.", zh: "Pod 的 dnsPolicy 和 dnsConfig。"),
            fix: Phrase("dnsPolicy: ClusterFirst")),
    ]

    private static let networks: [CodeEntry] = [
        CodeEntry(
            "NET001", .error, Phrase("policy blocks DNS", zh: "NetworkPolicy 阻止了 DNS"),
            cause: Phrase(
                "NetworkPolicies select the client for egress, or the DNS Pods for ingress, and none of their rules lets UDP port 53 pass. A rule's port without protocol is TCP.",
                zh: "NetworkPolicy 选中了客户端（egress）或 DNS Pod（ingress），但没有规则允许 UDP 端口 53。规则中未写 protocol 的端口是 TCP。"),
            evidence: Phrase(
                "The policies that select the Pod, with their rules.", zh: "选中该 Pod 的 NetworkPolicy 及其规则。"),
            fix: Phrase(
                "Add a policy that lets UDP and TCP 53 pass to the DNS Pods.",
                zh: "添加一个允许到 DNS Pod 的 UDP 和 TCP 53 的 NetworkPolicy。")),
        CodeEntry(
            "NET002", .warning, Phrase("policy allows UDP 53 only", zh: "NetworkPolicy 只允许 UDP 53"),
            cause: Phrase(
                "An answer that does not fit into a datagram is asked for again over TCP, which the policies do not let pass.",
                zh: "放不进一个数据报的应答会改用 TCP 重新查询，而 NetworkPolicy 不允许 TCP。"),
            evidence: Phrase(
                "The policies that select the Pod, with their rules.", zh: "选中该 Pod 的 NetworkPolicy 及其规则。"),
            fix: Phrase("Allow TCP 53 beside UDP 53.", zh: "在 UDP 53 之外也允许 TCP 53。")),
        CodeEntry(
            "NET004", .warning, Phrase("retransmits about 5 s apart", zh: "约 5 秒间隔的重发"),
            cause: Phrase(
                "A query or its answer was lost, and the library asked again after its timeout of 5 s: most often the conntrack race of A and AAAA sent at once from one port.",
                zh: "查询或应答丢失，解析库在 5 秒超时后重新查询：最常见的原因是从同一端口同时发送的 A 和 AAAA 在 conntrack 中竞争。"),
            evidence: Phrase(
                "Lines of the query log with the same client, port, id and name, or an A whose AAAA came 5 s later.",
                zh: "查询日志中客户端、端口、ID 和名称都相同的行，或 AAAA 晚 5 秒才到的 A。"),
            fix: Phrase(
                "NodeLocal DNSCache, or the option single-request-reopen in dnsConfig (glibc).",
                zh: "使用 NodeLocal DNSCache，或在 dnsConfig 中设置选项 single-request-reopen（glibc）。")),
        CodeEntry(
            "NET005", .error,
            Phrase("policy blocks clients from the Service's Pods", zh: "NetworkPolicy 阻止客户端访问 Service 的 Pod"),
            cause: Phrase(
                "NetworkPolicies select the Service's Pods for ingress, or the client for egress, and none of their rules lets the client reach the target port. The name resolves; connections time out.",
                zh: "NetworkPolicy 选中了 Service 的 Pod（ingress）或客户端（egress），但没有规则允许客户端访问目标端口。名称可以解析，但连接超时。"),
            evidence: Phrase(
                "The policies that select the Pods, with their rules, and the client's labels.",
                zh: "选中这些 Pod 的 NetworkPolicy 及其规则，以及客户端的标签。"),
            fix: Phrase(
                "Add a policy that lets the client reach the target port; policies see the Pod's port, not the Service's.",
                zh: "添加允许客户端访问目标端口的 NetworkPolicy；NetworkPolicy 看到的是 Pod 的端口，而不是 Service 的端口。")),
    ]
}
