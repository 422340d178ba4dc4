/// A page of an API's list as a document that a reader of manifests takes: each item says its kind, which lists leave out,
/// and what no finding is made from is gone, Pods' environments among it.
struct ListTrimmer {
    let kind: String
    let version: String

    /// metadata.continue: where the next page begins; empty on the last one.
    private(set) var next = ""
    private(set) var items = 0
    private var out: [UInt8] = []

    /// Nesting beyond this is copied as it is.
    private static let deepest = 64

    /// Members that go, wherever they are, if their value is an object or an array: a label may have the same name.
    private static let dropped: Set<String> = [
        "managedFields", "env", "envFrom", "command", "args", "volumes", "volumeMounts", "volumeDevices",
        "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "resources", "securityContext", "tolerations",
        "affinity", "topologySpreadConstraints", "images", "volumeClaimTemplates", "imagePullSecrets",
    ]
    /// What kubectl wrote down of the whole object, a text.
    private static let lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

    init(kind: String, version: String) {
        self.kind = kind
        self.version = version
    }

    /// - Throws: `DecodeFault` where the page is no list.
    mutating func document(_ page: UnsafeRawBufferPointer) throws(DecodeFault) -> [UInt8] {
        next = ""
        out = Array("{\"apiVersion\":\"\(version)\",\"kind\":\"\(kind)List\",\"items\":[".utf8)
        out.reserveCapacity(page.count)
        let before = items
        var reader = JSONReader(page)
        try reader.forEachMember { key, reader throws(DecodeFault) in
            if key.octets.equals("metadata") {
                try reader.forEachMember { key, reader throws(DecodeFault) in
                    if key.octets.equals("continue"), reader.peek() == Octet.quote {
                        var text: [UInt8] = []
                        try reader.text().write(to: &text)
                        next = String(decoding: text, as: UTF8.self)
                    } else {
                        try reader.skip()
                    }
                }
            } else if key.octets.equals("items"), reader.peek() == Octet.bracket {
                try reader.forEachItem { reader throws(DecodeFault) in
                    if items > before { out.append(Octet.comma) }
                    items += 1
                    try item(&reader)
                }
            } else {
                try reader.skip()
            }
        }
        out += "]}\n".utf8
        return out
    }

    private mutating func item(_ reader: inout JSONReader) throws(DecodeFault) {
        out += "{\"apiVersion\":\"\(version)\",\"kind\":\"\(kind)\"".utf8
        try reader.forEachMember { key, reader throws(DecodeFault) in
            if key.octets.equals("apiVersion") || key.octets.equals("kind") {
                try reader.skip()
            } else {
                try member(key, &reader, depth: 1, isFirst: false)
            }
        }
        out.append(Octet.closingBrace)
    }

    /// - Returns: whether it was written.
    @discardableResult
    private mutating func member(
        _ key: JSONReader.Text, _ reader: inout JSONReader, depth: Int, isFirst: Bool
    ) throws(DecodeFault) -> Bool {
        let name = key.octets.text
        let first = reader.peek()
        if name == ListTrimmer.lastApplied || first | 0x20 == Octet.brace && ListTrimmer.dropped.contains(name) {
            try reader.skip()
            return false
        }
        if !isFirst { out.append(Octet.comma) }
        try write(key)
        out.append(Octet.colon)
        try value(&reader, depth: depth)
        return true
    }

    private mutating func value(_ reader: inout JSONReader, depth: Int) throws(DecodeFault) {
        switch reader.peek() {
        case Octet.quote: try write(reader.text())
        case Octet.brace where depth < ListTrimmer.deepest:
            out.append(Octet.brace)
            var isFirst = true
            try reader.forEachMember { key, reader throws(DecodeFault) in
                if try member(key, &reader, depth: depth + 1, isFirst: isFirst) { isFirst = false }
            }
            out.append(Octet.closingBrace)
        case Octet.bracket where depth < ListTrimmer.deepest:
            out.append(Octet.bracket)
            var isFirst = true
            try reader.forEachItem { reader throws(DecodeFault) in
                if !isFirst { out.append(Octet.comma) }
                isFirst = false
                try value(&reader, depth: depth + 1)
            }
            out.append(Octet.closingBracket)
        default: out += try reader.skip()
        }
    }

    /// A text between quotes. Escapes are made anew: YAML knows no surrogate pairs.
    private mutating func write(_ text: JSONReader.Text) throws(DecodeFault) {
        out.append(Octet.quote)
        if text.hasEscapes {
            var plain: [UInt8] = []
            try text.write(to: &plain)
            for octet in plain {
                switch octet {
                case Octet.quote, Octet.backslash: out += [Octet.backslash, octet]
                case 0..<Octet.space:
                    let digits = String(octet, radix: 16)
                    out += "\\u00\(digits.count == 1 ? "0" : "")\(digits)".utf8
                default: out.append(octet)
                }
            }
        } else {
            out += text.octets
        }
        out.append(Octet.quote)
    }
}
