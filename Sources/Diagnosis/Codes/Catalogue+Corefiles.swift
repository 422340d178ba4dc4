import Findings

extension Catalogue {
    /// CFG.
    static let corefiles: [CodeEntry] = [
        CodeEntry(
            "CFG001", .error, Phrase("unknown plugin", zh: "未知的插件"),
            cause: Phrase(
                "The Corefile names a plugin that is not here; a server does not start with it, and a reload changes nothing.",
                zh: "Corefile 中的插件不存在：服务器无法启动，重新加载也不会生效。"),
            evidence: Phrase("The word, its place, and the plugin that is near it.", zh: "该词及其位置，以及相近的插件名。"),
            fix: Phrase("Write the plugin's name, or leave the line out.", zh: "改正插件名，或删去该行。")),
        CodeEntry(
            "CFG002", .error, Phrase("zone defined twice", zh: "区域重复定义"),
            cause: Phrase(
                "Two server blocks answer the same zone at the same address and port.", zh: "两个服务器块在同一地址和端口上应答同一区域。"),
            evidence: Phrase("Both blocks with their places.", zh: "两个块及其位置。"),
            fix: Phrase("Join the blocks, or give one another port or address.", zh: "合并两个块，或为其中一个换端口或地址。")),
        CodeEntry(
            "CFG003", .warning, Phrase("file missing", zh: "文件不存在"),
            cause: Phrase("A file that the Corefile names cannot be read.", zh: "Corefile 引用的文件无法读取。"),
            evidence: Phrase("The path and the line that names it.", zh: "路径及引用它的行。"),
            fix: Phrase("Correct the path, or mount the file.", zh: "改正路径，或挂载该文件。")),
        CodeEntry(
            "CFG004", .info, Phrase("zones overlap", zh: "区域重叠"),
            cause: Phrase(
                "Of two blocks whose zones hold a name, the one with the longer zone answers it.",
                zh: "一个名称属于两个块的区域时，由区域较长的块应答。"),
            evidence: Phrase("Both blocks with their places.", zh: "两个块及其位置。"),
            fix: Phrase("Nothing to mend where it is meant.", zh: "如属有意，无需处理。")),
        CodeEntry(
            "CFG005", .info, Phrase("order has no effect", zh: "书写顺序不起作用"),
            cause: Phrase(
                "Plugins are met in CoreDNS's fixed order, wherever they stand in the file.",
                zh: "插件按 CoreDNS 的固定顺序执行，与书写位置无关。"),
            evidence: Phrase("The two plugins whose order differs.", zh: "顺序不同的两个插件。"),
            fix: Phrase("Write them in the order in which they act.", zh: "按实际执行顺序书写。")),
        CodeEntry(
            "CFG006", .warning, Phrase("unusual TTL", zh: "TTL 不寻常"),
            cause: Phrase(
                "A TTL is so long that changes stay unseen, or 0, so that nothing is kept.",
                zh: "TTL 过长，变更迟迟不可见；或为 0，结果完全不缓存。"),
            evidence: Phrase("The value and its place.", zh: "该值及其位置。"),
            fix: Phrase("Write seconds to minutes: 5 to 300 are usual.", zh: "改为数秒到数分钟：通常为 5 到 300 秒。")),
        CodeEntry(
            "CFG007", .warning, Phrase("forwards to itself", zh: "转发给自己"),
            cause: Phrase(
                "An upstream is this server, or a loopback stub that asks it: queries go round until they time out.",
                zh: "上游就是本服务器，或是会回问它的本地存根解析器：查询会循环直到超时。"),
            evidence: Phrase("The upstream, and the file in which it stands.", zh: "该上游，以及它所在的文件。"),
            fix: Phrase(
                "Forward to the real resolvers: /run/systemd/resolve/resolv.conf instead of /etc/resolv.conf.",
                zh: "转发到真正的解析器：用 /run/systemd/resolve/resolv.conf 代替 /etc/resolv.conf。")),
        CodeEntry(
            "CFG008", .info, Phrase("no forwarder for the root", zh: "根区域没有转发器"),
            cause: Phrase(
                "No block forwards \".\": names outside the zones are REFUSED.", zh: "没有块转发 \".\"：区域之外的名称会得到 REFUSED。"),
            evidence: Phrase("The Corefile's blocks.", zh: "Corefile 的各个块。"),
            fix: Phrase(
                "forward . /etc/resolv.conf, where Pods look names of the internet up.",
                zh: "如果 Pod 需要解析互联网名称：forward . /etc/resolv.conf。")),
        CodeEntry(
            "CFG009", .error, Phrase("Corefile syntax", zh: "Corefile 语法错误"),
            cause: Phrase("The text is no Corefile at this place.", zh: "此处不符合 Corefile 语法。"),
            evidence: Phrase("The word and its place.", zh: "该词及其位置。"),
            fix: Phrase(
                "Close quotes and braces; a zone is a domain name or a block of addresses.", zh: "补全引号和花括号；区域是域名或地址块。")),
        CodeEntry(
            "CFG010", .error, Phrase("wrong argument", zh: "参数错误"),
            cause: Phrase("A plugin does not take this option or value.", zh: "插件不接受此选项或取值。"),
            evidence: Phrase("The word, and what the plugin takes.", zh: "该词，以及插件接受的取值。"),
            fix: Phrase("Write a value that it takes.", zh: "改为可接受的取值。")),
        CodeEntry(
            "CFG011", .warning, Phrase("without effect", zh: "不起作用"),
            cause: Phrase("The line is accepted and changes nothing here.", zh: "该行可以接受，但在这里不起作用。"),
            evidence: Phrase("The line, and the one that counts.", zh: "该行，以及真正生效的行。"),
            fix: Phrase("Delete the line.", zh: "删去该行。")),
    ]
}
