import Findings

extension Catalogue {
    /// NAM.
    static let names: [CodeEntry] = [
        CodeEntry(
            "NAM001", .error, Phrase("no such Service", zh: "没有这个 Service"),
            cause: Phrase(
                "No object gives the name: the Service, its port or its endpoint does not exist, or the name has too few or "
                    + "too many labels. The answer is NXDOMAIN.",
                zh: "没有对象产生这个名称：Service、其端口或端点不存在，或名称的标签过少、过多。应答是 NXDOMAIN。"),
            evidence: Phrase(
                "The names nearby (at most two letters differ, or the same beginning) and what the namespace has.",
                zh: "相近的名称（至多相差两个字母，或开头相同），以及该命名空间中已有的对象。"),
            fix: Phrase("Ask for the right name, or create the Service.", zh: "改用正确的名称，或创建该 Service。")),
        CodeEntry(
            "NAM002", .error, Phrase("Service in another namespace", zh: "Service 在另一个命名空间"),
            cause: Phrase(
                "A Service of this name exists, in another namespace; a name without one is looked for in the client's own.",
                zh: "同名的 Service 存在于另一个命名空间；不带命名空间的名称只在客户端自己的命名空间中查找。"),
            evidence: Phrase(
                "The namespaces that have it and its whole name.", zh: "拥有它的命名空间及其完整名称。"),
            fix: Phrase("Ask for SERVICE.NAMESPACE.", zh: "使用 SERVICE.NAMESPACE。")),
        CodeEntry(
            "NAM003", .error, Phrase("no such namespace", zh: "没有这个命名空间"),
            cause: Phrase(
                "The name's namespace does not exist, so nothing in it does.", zh: "名称中的命名空间不存在，其中自然没有任何对象。"),
            evidence: Phrase("The namespaces that there are, the nearest first.", zh: "现有的命名空间，最相近的在前。"),
            fix: Phrase("Write the right namespace.", zh: "写出正确的命名空间。")),
        CodeEntry(
            "NAM004", .warning, Phrase("answered by an unexpected search suffix", zh: "由意外的搜索后缀应答"),
            cause: Phrase(
                "The search list makes several names of what was typed; an earlier one exists too, an endpoint of a Service "
                    + "that is called like the namespace for example, and answers instead.",
                zh: "搜索列表由输入生成多个名称，较早的一个也存在（例如与命名空间同名的 Service 的端点），于是由它应答。"),
            evidence: Phrase(
                "The search list, the name that answers and the one that was meant.",
                zh: "搜索列表、实际应答的名称以及本来想查询的名称。"),
            fix: Phrase("Ask for the whole name with a final dot.", zh: "使用末尾带点的完整名称。")),
        CodeEntry(
            "NAM005", .warning, Phrase("namespace shadows a public TLD", zh: "命名空间遮蔽公共顶级域"),
            cause: Phrase(
                "The namespace is called like a public top-level domain: with a search list, Service google of namespace com "
                    + "answers for google.com.",
                zh: "命名空间与公共顶级域同名：按搜索列表，命名空间 com 中的 Service google 会应答 google.com。"),
            evidence: Phrase("The public name and the Service that hides it.", zh: "公共名称以及遮蔽它的 Service。"),
            fix: Phrase(
                "Ask for public names with a final dot, or rename the namespace.", zh: "查询公共名称时末尾加点，或重命名命名空间。")),
        CodeEntry(
            "NAM006", .info, Phrase("name exists, not that type", zh: "名称存在，但没有该类型的记录"),
            cause: Phrase(
                "The object is there and has no record of the type asked for: AAAA of an IPv4-only Service, SRV of a port "
                    + "without a name, any type of a name that only has names below it. The answer is NODATA.",
                zh: "对象存在，但没有所查类型的记录：仅有 IPv4 的 Service 的 AAAA、无名端口的 SRV、只有下级名称的节点等。应答是 NODATA。"),
            evidence: Phrase("The types that the name has.", zh: "该名称所拥有的类型。"),
            fix: Phrase("Ask for one of these.", zh: "查询已有的类型。")),
        CodeEntry(
            "NAM007", .error, Phrase("not exposed by configuration", zh: "未被配置公开"),
            cause: Phrase(
                "The object exists, and options of the server (namespaces, namespace_labels, labels, pods, noendpoints) keep "
                    + "its name away.",
                zh: "对象存在，但服务器的选项（namespaces、namespace_labels、labels、pods、noendpoints）不公开其名称。"),
            evidence: Phrase(
                "The option with its value, and the namespace or labels that it does not fit.",
                zh: "该选项及其取值，以及不符合它的命名空间或标签。"),
            fix: Phrase("Widen the option.", zh: "放宽该选项。")),
    ]
}
