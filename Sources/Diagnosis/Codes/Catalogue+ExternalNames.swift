import Findings

extension Catalogue {
    /// EXT.
    static let externalNames: [CodeEntry] = [
        CodeEntry(
            "EXT001", .error, Phrase("ExternalName is an address", zh: "ExternalName 是地址"),
            cause: Phrase(
                "A CNAME leads to a name. An address there is read as a name of digits, which does not exist.",
                zh: "CNAME 指向名称。写在那里的地址会被当作由数字组成的名称，而它不存在。"),
            evidence: Phrase("spec.externalName as written.", zh: "spec.externalName 的原文。"),
            fix: Phrase(
                "A Service without selector and an EndpointSlice with the address.",
                zh: "使用无选择算符的 Service 和写有该地址的 EndpointSlice。")),
        CodeEntry(
            "EXT002", .error, Phrase("ExternalName's target does not exist", zh: "ExternalName 的目标不存在"),
            cause: Phrase(
                "The target is a name of the cluster's domain that no object has.", zh: "目标是集群域中的名称，但没有对象拥有它。"),
            evidence: Phrase("Why the target does not exist, and names near it.", zh: "目标不存在的原因，以及相近的名称。"),
            fix: Phrase("Write the right target.", zh: "写出正确的目标。")),
        CodeEntry(
            "EXT003", .error, Phrase("ExternalName is a cluster short name", zh: "ExternalName 是集群短名称"),
            cause: Phrase(
                "A CNAME's target is absolute: no search list makes web.shop a name of the cluster.",
                zh: "CNAME 的目标是绝对名称：不会有搜索列表把 web.shop 补全为集群中的名称。"),
            evidence: Phrase("The name as it is asked, and the Service that was meant.", zh: "实际查询的名称，以及所指的 Service。"),
            fix: Phrase("Write SERVICE.NAMESPACE.svc and the cluster's domain.", zh: "写成 SERVICE.NAMESPACE.svc 加集群域。")),
        CodeEntry(
            "EXT004", .error, Phrase("ExternalNames in a loop, or too many", zh: "ExternalName 形成环路或过长"),
            cause: Phrase(
                "The target is an ExternalName itself, and so on, back to one that was there before or over more than ten.",
                zh: "目标本身又是 ExternalName，如此继续，直到回到出现过的名称，或超过十跳。"),
            evidence: Phrase("The way from name to name.", zh: "逐个名称的路径。"),
            fix: Phrase("Lead to the last name at once.", zh: "直接指向最终的名称。")),
        CodeEntry(
            "EXT005", .error, Phrase("ExternalName is no host name", zh: "ExternalName 不是主机名"),
            cause: Phrase(
                "It has a scheme, a port, a path, a blank or another character that no host name has.",
                zh: "其中含有协议、端口、路径、空白或主机名不允许的其他字符。"),
            evidence: Phrase("The offending characters in quotes.", zh: "用引号标出的问题字符。"),
            fix: Phrase("Write the host name alone.", zh: "只写主机名。")),
        CodeEntry(
            "EXT006", .info, Phrase("ports or selector without effect", zh: "ports 或 selector 不起作用"),
            cause: Phrase(
                "An ExternalName is a CNAME: it forwards no port and selects no Pod.",
                zh: "ExternalName 是一条 CNAME：既不转发端口，也不选择 Pod。"),
            evidence: Phrase("The fields written.", zh: "所写的字段。"),
            fix: Phrase("Leave them out.", zh: "去掉它们。")),
    ]
}
