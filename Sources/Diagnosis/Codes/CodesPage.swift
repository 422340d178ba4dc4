import Findings

/// The page of all codes in Markdown: what `diagnose --codes` prints and Documentation.docc holds.
package enum CodesPage {
    /// Where the page stands in the project, and a code in it.
    static func link(to code: String) -> String { "Sources/Diagnosis/Documentation.docc/Codes.md#\(code.lowercased())" }

    private static let families: [(entries: [CodeEntry], title: Phrase)] = [
        (Catalogue.manifests, Phrase("Manifests", zh: "清单文件")),
        (Catalogue.server, Phrase("The DNS server", zh: "DNS 服务器")),
        (Catalogue.names, Phrase("Names", zh: "名称")),
        (Catalogue.externalNames, Phrase("ExternalName Services", zh: "ExternalName Service")),
        (Catalogue.clients, Phrase("The client: resolv.conf, Pod, network policies", zh: "客户端：resolv.conf、Pod、网络策略")),
        (Catalogue.services, Phrase("Services", zh: "Service")),
        (Catalogue.endpoints, Phrase("Endpoints", zh: "端点")),
        (Catalogue.proxies, Phrase("The node's proxy rules", zh: "节点的代理规则")),
        (Catalogue.outside, Phrase("From outside: load balancers, Ingresses", zh: "集群外部：负载均衡器、Ingress")),
        (Catalogue.corefiles, Phrase("Corefiles", zh: "Corefile")),
        (Catalogue.zoneFiles, Phrase("Zone files", zh: "区域文件")),
    ]

    package static func markdown(in language: Language) -> String {
        let isChinese = language == .chinese
        var out = isChinese ? "# 诊断代码\n\n" : "# Finding codes\n\n"
        out +=
            isChinese
            ? "`clusterdns diagnose`、`check` 和 `lookup` 报告的全部代码。代码永不改号，永不复用。本页由 `clusterdns diagnose --codes --lang zh` 生成。\n"
            : "Every code that `clusterdns diagnose`, `check` and `lookup` report. A code is never renumbered and never used "
                + "for something else. This page is what `clusterdns diagnose --codes` prints.\n"
        for family in families {
            out += "\n## \(family.title.text(in: language))\n"
            for entry in family.entries {
                func line(_ english: String, _ chinese: String, _ text: Phrase) -> String {
                    "* **\(isChinese ? chinese + "：" : english + ":")** \(text.text(in: language))\n"
                }
                out += "\n### \(entry.code)\n\n"
                out += "\(entry.severity.rawValue): \(entry.title.text(in: language))\n\n"
                out += line("Cause", "原因", entry.cause) + line("Evidence", "证据", entry.evidence)
                out += line("Fix", "修复", entry.fix)
            }
        }
        return out
    }
}
