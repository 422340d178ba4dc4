extension Pattern {
    /// The expression as older releases of RE2 read it: `(?<name>…)`, which Go has since 1.22, becomes `(?P<name>…)`.
    static func spelled(_ text: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var at = 0
        var isQuoted = false
        var isInClass = false
        while at < text.count {
            let rest = text[at...]
            if isQuoted {
                isQuoted = !rest.starts(with: Array("\\E".utf8))
                out.append(text[at])
                at += 1
                continue
            }
            switch text[at] {
            case UInt8(ascii: "\\"):
                isQuoted = !isInClass && rest.starts(with: Array("\\Q".utf8))
                out += rest.prefix(2)
                at += 2
                continue
            case UInt8(ascii: "["):
                // A `]` in front of everything else stands for itself.
                let isFirst = !isInClass
                isInClass = true
                if isFirst {
                    let head = [Array("[^]".utf8), Array("[]".utf8)].first { rest.starts(with: $0) }
                    if let head {
                        out += head
                        at += head.count
                        continue
                    }
                }
            case UInt8(ascii: "]"): isInClass = false
            case UInt8(ascii: "(") where !isInClass && rest.starts(with: Array("(?<".utf8)):
                out += Array("(?P<".utf8)
                at += 3
                continue
            default: break
            }
            out.append(text[at])
            at += 1
        }
        return out
    }
}
