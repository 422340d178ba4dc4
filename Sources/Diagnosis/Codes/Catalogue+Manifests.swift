import Findings

extension Catalogue {
    /// MAN.
    static let manifests: [CodeEntry] = [
        CodeEntry(
            "MAN001", .error, Phrase("no YAML", zh: "YAML 语法错误"),
            cause: Phrase(
                "The document cannot be read as YAML, so its object does not exist; the other documents of the file are read.",
                zh: "此文档不是合法的 YAML，其中的对象因此不存在；文件里的其他文档仍会读取。"),
            evidence: Phrase("The line as it stands, and what the YAML reader says.", zh: "出错的原文行，以及 YAML 解析器的说明。"),
            fix: Phrase(
                "Write the line as shown; `clusterdns check --fix` corrects missing spaces, tabs and stray marks.",
                zh: "按提示改写该行；`clusterdns check --fix` 可修正缺少的空格、制表符和多余的符号。")),
        CodeEntry(
            "MAN002", .error, Phrase("kind, apiVersion or name missing", zh: "缺少 kind、apiVersion 或名称"),
            cause: Phrase(
                "An API server takes no object without apiVersion, kind and metadata.name.",
                zh: "没有 apiVersion、kind 和 metadata.name 的对象会被 API 服务器拒绝。"),
            evidence: Phrase("The field that is missing, and where its document begins.", zh: "缺少的字段，以及文档的起始位置。"),
            fix: Phrase("Write the field.", zh: "补上该字段。")),
        CodeEntry(
            "MAN003", .error, Phrase("unknown or misplaced field", zh: "未知或位置错误的字段"),
            cause: Phrase(
                "Kubernetes knows no field of this name at this place and drops it, or refuses the object: what it says has no effect.",
                zh: "Kubernetes 在此处没有这个字段，会将其丢弃或拒绝整个对象：它的内容不起作用。"),
            evidence: Phrase(
                "The field with its line; the field that was meant, if one is near.", zh: "字段及其所在行；如有相近的字段则一并给出。"),
            fix: Phrase(
                "Correct the name, or move it where it belongs; `clusterdns check --fix` moves ports' fields into spec.ports[].",
                zh: "改正字段名，或移到正确的位置；`clusterdns check --fix` 会把端口字段移入 spec.ports[]。")),
        CodeEntry(
            "MAN004", .error, Phrase("value not allowed", zh: "值不合法"),
            cause: Phrase(
                "The value is not one that the field may have: values are compared with their case, and numbers and texts differ.",
                zh: "该字段不允许这个值：取值区分大小写，数字与文本也不相同。"),
            evidence: Phrase("The value as written, and those that are allowed.", zh: "所写的值，以及允许的值。"),
            fix: Phrase(
                "Write an allowed value; `clusterdns check --fix` corrects the case.",
                zh: "改为允许的值；`clusterdns check --fix` 可修正大小写。")),
        CodeEntry(
            "MAN005", .error, Phrase("required field missing or invalid", zh: "必填字段缺失或无效"),
            cause: Phrase(
                "An API server refuses the object without this field: it does not exist.",
                zh: "缺少此字段的对象会被 API 服务器拒绝：该对象不存在。"),
            evidence: Phrase("The field, and the entry in which it is missing.", zh: "该字段，以及缺少它的条目。"),
            fix: Phrase(
                "Write the field; two list items that are one are joined by `clusterdns check --fix`.",
                zh: "补上该字段；被拆成两项的端口可由 `clusterdns check --fix` 合并。")),
        CodeEntry(
            "MAN006", .warning, Phrase("removed API version", zh: "已移除的 API 版本"),
            cause: Phrase(
                "Current clusters refuse the object in this version; here it is read as the current one.",
                zh: "当前版本的集群会拒绝此 API 版本的对象；这里按现行版本读取。"),
            evidence: Phrase(
                "The apiVersion, and the version of Kubernetes that removed it.", zh: "apiVersion，以及移除它的 Kubernetes 版本。"
            ),
            fix: Phrase("`clusterdns check --fix` prints the current form.", zh: "`clusterdns check --fix` 会输出现行版本的写法。")
        ),
        CodeEntry(
            "MAN007", .warning, Phrase("defined twice", zh: "重复定义"),
            cause: Phrase(
                "Two documents define one object; the one that is read later wins, as with kubectl apply.",
                zh: "两个文档定义了同一个对象；与 kubectl apply 一样，以后读取的为准。"),
            evidence: Phrase("Both places.", zh: "两处位置。"), fix: Phrase("Delete one of them.", zh: "删除其中一个。")),
        CodeEntry(
            "MAN008", .error, Phrase("not a DNS label", zh: "名称不是 DNS 标签"),
            cause: Phrase(
                "Names of Services, namespaces and ports become DNS labels (RFC 1123): lower-case letters, digits and dashes, at most 63.",
                zh: "Service、命名空间和端口的名称会成为 DNS 标签（RFC 1123）：小写字母、数字和短横线，最多 63 个字符。"),
            evidence: Phrase("The name, and the character or length at fault.", zh: "该名称，以及出错的字符或长度。"),
            fix: Phrase("Choose a name of those characters.", zh: "换用由这些字符组成的名称。")),
        CodeEntry(
            "MAN009", .info, Phrase("kind ignored", zh: "忽略的类型"),
            cause: Phrase(
                "Objects of this kind have no part in names and connections.", zh: "此类对象与名称和连接无关。"),
            evidence: Phrase("The kind and its apiVersion.", zh: "类型及其 apiVersion。"),
            fix: Phrase("Nothing to mend.", zh: "无需处理。")),
        CodeEntry(
            "MAN010", .warning, Phrase("look-alike character", zh: "形似 ASCII 的字符"),
            cause: Phrase(
                "A character looks like one of ASCII and is another: selectors do not match, names do not resolve.",
                zh: "某个字符看似 ASCII 字符，实际不同：选择算符因此不匹配，名称也无法解析。"),
            evidence: Phrase("The character with its code point, and its place.", zh: "该字符及其码位和位置。"),
            fix: Phrase(
                "Write the ASCII character; `clusterdns check --fix` does.",
                zh: "改用 ASCII 字符；`clusterdns check --fix` 可自动修正。")),
    ]
}
