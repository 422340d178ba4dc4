import Findings

/// A log of kube-proxy: klog's lines, plain, structured or as JSON, with or without what kubectl and the container
/// runtime put in front of them.
///
///     I1027 22:14:54.038140    5063 proxier.go:352] Setting endpoints for "kube-system/kube-dns:dns" to [10.244.1.3:53]
///     E0415 08:01:22.113402       1 proxier.go:1592] "Failed to execute iptables-restore" err="exit status 4 (…)"
///     {"ts":1681545682113.4,"caller":"iptables/proxier.go:1592","msg":"Failed to execute iptables-restore","err":"…"}
package struct ProxyLog: Sendable {
    package struct Line: Hashable, Sendable {
        package enum Severity: Sendable {
            case info, warning, error
        }

        package var number: Int
        package var severity: Severity
        /// Without its header.
        package var text: String
    }

    package private(set) var lines: [Line] = []
    /// Lines that have klog's form.
    package private(set) var headedCount = 0

    package init(_ text: String) {
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            guard let first = line.first(where: { !$0.isWhitespace }) else { continue }
            if first == "{" || line.contains(" {\"ts\":") {
                lines.append(ProxyLog.structured(line, number))
                headedCount += 1
            } else if let (severity, text) = ProxyLog.headed(line) {
                lines.append(Line(number: number, severity: severity, text: text))
                headedCount += 1
            } else {
                lines.append(Line(number: number, severity: ProxyLog.severity(of: line), text: String(line)))
            }
        }
    }

    /// `Lmmdd hh:mm:ss.uuuuuu threadid file:line] msg`, within the first words of the line.
    private static func headed(_ line: Substring) -> (Line.Severity, String)? {
        for word in line.split(separator: " ", maxSplits: 5).prefix(5) {
            guard word.utf8.count == 5, word.dropFirst().utf8.allSatisfy({ (48...57).contains($0) }) else { continue }
            let severity: Line.Severity
            switch word.first {
            case "I": severity = .info
            case "W": severity = .warning
            case "E", "F": severity = .error
            default: continue
            }
            guard let end = line[word.endIndex...].firstIndex(of: "]") else { return nil }
            return (severity, String(line[line.index(after: end)...].drop { $0 == " " }))
        }
        return nil
    }

    private static func structured(_ line: Substring, _ number: Int) -> Line {
        let error = field("err", line)
        let message = [field("msg", line), error].compactMap { $0 }.joined(separator: ": ")
        let isError = error != nil && field("v", line) == nil
        return Line(
            number: number, severity: isError ? .error : .info,
            text: message.isEmpty ? String(line) : "\(message) \(line)")
    }

    /// A member of an object on one line: a string without its quotes, or a number.
    private static func field(_ name: String, _ line: Substring) -> String? {
        guard let key = line.firstRange(of: "\"\(name)\":") else { return nil }
        var text = ""
        var rest = line[key.upperBound...]
        guard rest.first == "\"" else { return String(rest.prefix { $0 != "," && $0 != "}" }) }
        rest.removeFirst()
        while let character = rest.popFirst(), character != "\"" {
            text.append(character == "\\" ? rest.popFirst() ?? character : character)
        }
        return text
    }

    /// Of a line without a header: what a program says before its log is set up, or when it ends.
    private static func severity(of line: Substring) -> Line.Severity {
        let text = line.lowercased().drop { $0.isWhitespace }
        return text.hasPrefix("error") || text.hasPrefix("panic:") || text.hasPrefix("fatal")
            || text.contains("cannot contact master") || text.contains("executable file not found") ? .error : .info
    }
}

extension ProxyLog.Line {
    /// Names of Services and their ports that the line has: `shop/web`, `shop/web:http`.
    package var names: [Substring] {
        text.split { !($0.isLetter && $0.isLowercase || $0.isNumber || "-/:._".contains($0)) }.compactMap { word in
            let word = word.drop { ":._-".contains($0) }
            let slash = word.split(separator: "/", omittingEmptySubsequences: false)
            guard slash.count == 2, !slash[0].isEmpty, !slash[1].isEmpty,
                !slash[0].contains(where: { ":._".contains($0) }), !slash[0].allSatisfy(\.isNumber),
                !slash[1].prefix(while: { $0 != ":" }).contains(".")
            else { return nil }
            return word
        }
    }

    /// Whether it speaks of a Service, `shop/web`, or of one of its ports.
    package func speaks(of service: String) -> Bool {
        names.contains { $0 == service || $0.hasPrefix(service + ":") }
            // a chain of nftables mode: service-LAUZTJTB-shop/web/tcp/http
            || text.contains("-\(service)/")
    }
}
