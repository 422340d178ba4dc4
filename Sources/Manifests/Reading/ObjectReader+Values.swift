import Findings
import NetworkAddress
import ServiceRegistry
import YAML

extension ObjectReader {
    /// A text; what is no text is noted.
    mutating func text(_ node: YAMLNode?) -> String? {
        guard let node, !node.isNull else { return nil }
        guard let text = node.text else {
            if node.isTemplate {
                error(
                    "MAN004",
                    Phrase(
                        "a template stands where a text is wanted: {{ }} is to be rendered first",
                        zh: "此处应为文本，却是模板：{{ }} 须先渲染"),
                    at: node, fix: Phrase("helm template . > rendered.yaml"))
                return nil
            }
            error(
                "MAN004",
                Phrase(
                    "\(node.kindPhrase.english) stands where a text is wanted",
                    zh: "此处应为文本，却是\(node.kindPhrase.chinese)"),
                at: node)
            return nil
        }
        return text
    }

    mutating func boolean(_ node: YAMLNode?, _ path: @autoclosure () -> String) -> Bool? {
        guard let node, !node.isNull else { return nil }
        guard let value = node.boolean else {
            error("MAN004", .wanted(path(), node, Phrase("true or false", zh: "true 或 false")), at: node)
            return nil
        }
        return value
    }

    /// A port number, 1...65535.
    mutating func port(_ node: YAMLNode?, _ path: @autoclosure () -> String) -> UInt16? {
        guard let node, !node.isNull else { return nil }
        guard let value = node.integer, (1...65535).contains(value) else {
            // "80" in quotes is a text to an API server.
            let number = node.text.flatMap { UInt16($0) }.flatMap { $0 > 0 ? $0 : nil }
            let key = path().split(separator: ".").last ?? "port"
            error(
                "MAN004", .wanted(path(), node, Phrase("a number from 1 to 65535", zh: "1 到 65535 的数字")), at: node,
                fix: number.map { Phrase("\(key): \($0)") })
            if let number { corrections.append(Correction("MAN004", .value(node, "\(number)"))) }
            return nil
        }
        return UInt16(value)
    }

    mutating func address(_ node: YAMLNode?, _ path: @autoclosure () -> String) -> IPAddress? {
        guard let text = text(node) else { return nil }
        guard let address = IPAddress(text) else {
            error(
                "MAN004",
                Phrase("\(path()) \"\(text)\" is no IP address", zh: "\(path()) \"\(text)\" 不是 IP 地址"), at: node)
            return nil
        }
        return address
    }

    /// A value out of a fixed list.
    mutating func choice<Value: RawRepresentable & CaseIterable>(
        _ node: YAMLNode?, _ path: @autoclosure () -> String, _ type: Value.Type
    ) -> Value? where Value.RawValue == String {
        guard let text = text(node) else { return nil }
        if let value = Value(rawValue: text) { return value }
        let all = Value.allCases.map(\.rawValue)
        if let node, let same = all.first(where: { $0.lowercased() == text.lowercased() }) {
            corrections.append(Correction("MAN004", .value(node, same)))
        }
        let near = all.first { $0.lowercased() == text.lowercased() } ?? nearest(text, in: all)
        error(
            "MAN004", .notAllowed(path(), text, all), at: node,
            fix: near.map { Phrase("write \($0)", zh: "改为 \($0)") })
        return nil
    }

    /// The protocol of a port, TCP where none is written.
    mutating func transport(_ node: YAMLNode?, _ path: @autoclosure () -> String) -> TransportProtocol {
        choice(node, path(), TransportProtocol.self) ?? .tcp
    }

    /// A mapping of texts: labels, annotations, a Service's selector.
    mutating func labels(_ node: YAMLNode?) -> Labels {
        guard let node else { return [:] }
        guard let pairs = node.pairs else {
            error(
                "MAN004",
                Phrase(
                    "\(node.kindPhrase.english) stands where a mapping of texts is wanted",
                    zh: "此处应为文本的映射，却是\(node.kindPhrase.chinese)"), at: node)
            return [:]
        }
        var out: Labels = [:]
        out.reserveCapacity(pairs.count)
        for (key, value) in pairs {
            guard let name = key.text else { continue }
            if value.isNull {
                out[name] = ""
            } else if value.isNumberOrBoolean, let text = value.text {
                error(
                    "MAN004",
                    Phrase(
                        "the value of \(name) is \(text), not a text: write \"\(text)\" in quotes",
                        zh: "\(name) 的值 \(text) 不是文本：请加引号写成 \"\(text)\""), at: value,
                    fix: Phrase("\(name): \"\(text)\""))
                corrections.append(Correction("MAN004", .value(value, "\"\(text)\"")))
                out[name] = text
            } else {
                out[name] = text(value) ?? ""
            }
        }
        return out
    }

    /// A list's items; anything else but nothing is noted.
    mutating func list(_ node: YAMLNode?, _ path: @autoclosure () -> String) -> [YAMLNode] {
        guard let node, !node.isNull else { return [] }
        guard let items = node.items else {
            error("MAN004", .wanted(path(), node, Phrase("a list", zh: "列表")), at: node)
            return []
        }
        return items
    }
}

extension TransportProtocol: CaseIterable {
    package static let allCases: [TransportProtocol] = [.tcp, .udp, .sctp]
}
