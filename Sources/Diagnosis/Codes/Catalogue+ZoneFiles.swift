import Findings

extension Catalogue {
    /// ZON.
    static let zoneFiles: [CodeEntry] = [
        CodeEntry(
            "ZON001", .error, Phrase("zone file syntax", zh: "区域文件语法错误"),
            cause: Phrase(
                "An entry is no record (RFC 1035 5.1); the zone is not served, or stays as it was.",
                zh: "某一条目不是合法的记录（RFC 1035 5.1）；该区域不会提供服务，或保持原样。"),
            evidence: Phrase("The entry's first line as it stands.", zh: "该条目的原文首行。"),
            fix: Phrase("Correct the entry; names outside the zone end with a dot.", zh: "改正该条目；区域之外的名称要以点结尾。")),
        CodeEntry(
            "ZON002", .error, Phrase("no SOA or NS", zh: "缺少 SOA 或 NS"),
            cause: Phrase(
                "A zone has one SOA record and at least one NS record at its apex (RFC 1035 5.2).",
                zh: "区域顶点必须有一条 SOA 记录和至少一条 NS 记录（RFC 1035 5.2）。"),
            evidence: Phrase("What is missing, or the second SOA.", zh: "缺少的记录，或多余的 SOA。"),
            fix: Phrase("Write the record at the apex.", zh: "在区域顶点补上该记录。")),
        CodeEntry(
            "ZON003", .error, Phrase("CNAME with other data", zh: "CNAME 与其他记录并存"),
            cause: Phrase(
                "A name with a CNAME has no other record (RFC 1034 3.6.2), and only one CNAME.",
                zh: "有 CNAME 的名称不能有其他记录（RFC 1034 3.6.2），CNAME 也只能有一条。"),
            evidence: Phrase("Both records with their lines.", zh: "两条记录及其所在行。"),
            fix: Phrase("Delete the CNAME, or the other data.", zh: "删除 CNAME 或其他记录。")),
        CodeEntry(
            "ZON004", .warning, Phrase("outside of the zone", zh: "不属于该区域"),
            cause: Phrase(
                "The owner name is not below the zone's apex, and is not served; a final dot too many or too few is the usual reason.",
                zh: "记录的名称不在区域顶点之下，不会提供服务；通常是结尾多写或少写了点。"),
            evidence: Phrase("The name, and the zone.", zh: "该名称与区域。"),
            fix: Phrase("Correct the name, or the zone of the file.", zh: "改正名称，或该文件的区域。")),
        CodeEntry(
            "ZON005", .warning, Phrase("duplicate record", zh: "重复的记录"),
            cause: Phrase(
                "A set has no record twice (RFC 2181 5): this one adds nothing.",
                zh: "同一记录集中没有重复的记录（RFC 2181 5）：此条不起作用。"),
            evidence: Phrase("The record, and the line of the first.", zh: "该记录，以及首次出现的行。"),
            fix: Phrase("Delete one of the two.", zh: "删除其中一条。")),
    ]
}
