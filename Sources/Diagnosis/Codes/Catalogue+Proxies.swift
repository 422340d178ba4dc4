import Findings

extension Catalogue {
    /// PRX.
    static let proxies: [CodeEntry] = proxyEntries + proxyTargets + proxyLogs

    private static let dump = Phrase(
        "The dump's lines with file and line, and the registry's Service: address, ports, endpoints.",
        zh: "转储中的行（文件与行号），以及注册表中的 Service：地址、端口、端点。")
    private static let restart = Phrase(
        "Restart kube-proxy on the node: it writes all its rules anew; read its log if they come out the same.",
        zh: "重启该节点上的 kube-proxy：它会重新写入全部规则；若结果不变，请查看其日志。")

    private static let proxyEntries: [CodeEntry] = [
        CodeEntry(
            "PRX001", .error, Phrase("no KUBE-SERVICES rule", zh: "没有 KUBE-SERVICES 规则"),
            cause: Phrase(
                "No rule of the node catches packets for one of the Service's addresses and ports: the name resolves, connections time out.",
                zh: "节点上没有规则匹配发往该 Service 某个地址和端口的数据包：名称可以解析，但连接超时。"),
            evidence: dump, fix: restart),
        CodeEntry(
            "PRX002", .error, Phrase("no or unknown proxy rules in the dump", zh: "转储中没有代理规则或规则未知"),
            cause: Phrase(
                "The dump is empty, has no rule of kube-proxy's, or has those of the removed userspace mode: no Service works from this node, or the dump is of something else.",
                zh: "转储为空、没有 kube-proxy 的规则，或是已移除的 userspace 模式的规则：该节点上所有 Service 都不可用，或转储的是别的内容。"),
            evidence: Phrase(
                "What the dump has instead: the kubelet's chains, another proxy's, a listing.",
                zh: "转储中实际的内容：kubelet 的链、其他代理的链，或列表输出。"),
            fix: Phrase(
                "See that kube-proxy runs on the node, and that the dump is of iptables-save, nft list ruleset or ipvsadm -Ln run there as root.",
                zh: "确认 kube-proxy 在该节点上运行，且转储是在该节点上以 root 运行 iptables-save、nft list ruleset 或 ipvsadm -Ln 得到的。")),
        CodeEntry(
            "PRX004", .error, Phrase("rejects although endpoints exist", zh: "有端点却仍然拒绝"),
            cause: Phrase(
                "The node rejects or drops packets for the Service as if it had no endpoint, but endpoints are ready: kube-proxy has not seen them.",
                zh: "节点拒绝或丢弃发往该 Service 的数据包，仿佛它没有端点，但实际上有就绪端点：kube-proxy 没有看到它们。"),
            evidence: dump, fix: restart),
        CodeEntry(
            "PRX005", .error, Phrase("nodePort rule missing or of another port", zh: "缺少 nodePort 规则或端口不符"),
            cause: Phrase(
                "No rule catches packets for the Service's nodePort, or the Service's rule is for another port: connections to nodes fail.",
                zh: "没有规则匹配该 Service 的 nodePort，或其规则对应另一个端口：到节点的连接失败。"),
            evidence: dump, fix: restart),
        CodeEntry(
            "PRX006", .error, Phrase("chain of another Service", zh: "指向其他 Service 的链"),
            cause: Phrase(
                "The Service's address leads to a chain whose name is not the hash of its namespace, name, port and protocol: clients reach another Service.",
                zh: "该 Service 的地址指向的链，其名称不是由它的命名空间、名称、端口和协议计算出的哈希：客户端会到达其他 Service。"),
            evidence: Phrase(
                "The rule, the chain that it names, and the chain that it should name.",
                zh: "该规则、它指向的链，以及它应指向的链。"), fix: restart),
        CodeEntry(
            "PRX010", .error, Phrase("IPVS or nftables entry missing", zh: "缺少 IPVS 或 nftables 条目"),
            cause: Phrase(
                "The node has no virtual server or map element for one of the Service's addresses, or none of a ready endpoint.",
                zh: "节点上没有该 Service 某个地址的虚拟服务器或 map 元素，或缺少某个就绪端点。"),
            evidence: dump, fix: restart),
    ]

    private static let proxyTargets: [CodeEntry] = [
        CodeEntry(
            "PRX003", .error, Phrase("rules and endpoints differ", zh: "规则与端点不一致"),
            cause: Phrase(
                "The node's rules do not lead to the Service's ready endpoints: one that is missing gets no traffic, one that is gone makes a part of the connections fail.",
                zh: "节点的规则没有通向该 Service 的全部就绪端点：缺少的端点得不到流量，已不存在的端点使部分连接失败。"),
            evidence: Phrase(
                "Each endpoint that is missing, with its Pod, and each target that is no ready endpoint, with its line.",
                zh: "每个缺少的端点及其 Pod，以及每个不是就绪端点的目标及其行号。"), fix: restart),
        CodeEntry(
            "PRX007", .warning, Phrase("uneven probabilities", zh: "概率不均"),
            cause: Phrase(
                "The rules do not give each endpoint the same part of the connections: the first of n has probability 1/n, the next 1/(n-1), the last none.",
                zh: "规则没有让每个端点得到相同比例的连接：n 个中的第一个概率应为 1/n，下一个为 1/(n-1)，最后一个没有概率。"),
            evidence: Phrase(
                "Each endpoint's part, and the probability or weight as it is written.",
                zh: "每个端点得到的比例，以及规则中写的概率或权重。"), fix: restart),
        CodeEntry(
            "PRX008", .warning, Phrase("no masquerade mark or rule", zh: "缺少 masquerade 标记或规则"),
            cause: Phrase(
                "Packets that must leave with the node's address keep their own: replies to clients outside, or to a Pod that asks itself through the Service, go astray.",
                zh: "应以节点地址发出的数据包保留了原地址：发给集群外客户端的回包，或 Pod 通过 Service 访问自己时的回包会走错路。"),
            evidence: Phrase(
                "Which of KUBE-MARK-MASQ, KUBE-POSTROUTING and the endpoints' own rules is missing in a whole dump.",
                zh: "在完整转储中缺少 KUBE-MARK-MASQ、KUBE-POSTROUTING 或端点自身规则中的哪一个。"), fix: restart),
        CodeEntry(
            "PRX009", .warning, Phrase("affinity not programmed", zh: "会话亲和性未写入规则"),
            cause: Phrase(
                "sessionAffinity says ClientIP and the rules do not keep clients on their endpoint, or the other way round.",
                zh: "sessionAffinity 为 ClientIP，但规则没有把客户端保持在同一端点；或者相反。"),
            evidence: Phrase(
                "The targets without (or with) -m recent, an affinity set, or persistent.",
                zh: "没有（或带有）-m recent、affinity 集合或 persistent 的目标。"), fix: restart),
    ]

    private static let proxyLogs: [CodeEntry] = [
        CodeEntry(
            "PRX011", .error, Phrase("kube-proxy's log shows errors", zh: "kube-proxy 日志中有错误"),
            cause: Phrase(
                "kube-proxy could not learn of Services, could not write rules, or lacks what it needs on the node; no later line shows that it went well.",
                zh: "kube-proxy 无法获知 Service、无法写入规则，或节点上缺少它需要的东西；之后没有日志行表明已恢复。"),
            evidence: Phrase("The lines, with file and line.", zh: "相关日志行（文件与行号）。"),
            fix: Phrase(
                "Mend what the line names: the API server's address and credentials, the program that is missing, the lock that somebody holds.",
                zh: "修复日志行指出的问题：API 服务器的地址与凭据、缺失的程序、被占用的锁。")),
        CodeEntry(
            "PRX012", .info, Phrase("the log does not mention the Service", zh: "日志没有提到该 Service"),
            cause: Phrase(
                "kube-proxy names a Service when it first sees it and when its endpoints change, and not at every verbosity: a short log proves nothing.",
                zh: "kube-proxy 在首次看到 Service 以及其端点变化时才提到它，且取决于日志级别：较短的日志不能证明什么。"),
            evidence: Phrase("How many lines were read.", zh: "读取了多少行。"),
            fix: Phrase("Read the whole log, or run kube-proxy with -v=4.", zh: "查看完整日志，或以 -v=4 运行 kube-proxy。")),
    ]
}
