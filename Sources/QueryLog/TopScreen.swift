/// The summary as lines of a terminal: as many as it has rows, none longer than its columns.
package struct TopScreen {
    private let title: String
    private let second: QuerySummary
    private let all: QuerySummary
    private let seconds: Double
    private let rows: Int
    private let columns: Int

    /// - Parameters:
    ///   - second: what came since the last screen, in `seconds`.
    ///   - all: what came since the start.
    package init(title: String, second: QuerySummary, all: QuerySummary, seconds: Double, rows: Int, columns: Int) {
        self.title = title
        self.second = second
        self.all = all
        self.seconds = seconds
        self.rows = max(1, rows)
        self.columns = max(1, columns)
    }

    package var lines: [String] {
        var lines = [title, second.headline(seconds: seconds)]
        lines += [all.wasteLine, all.retransmitLine].compactMap { $0 }
        if all.dropped > 0 { lines.append("dropped \(grouped(all.dropped))") }
        lines.append("")
        lines += tables(rows: max(0, rows - lines.count))
        return lines.prefix(rows).map { String($0.prefix(columns)) }
    }

    /// Names and clients beside each other, or below where the terminal is narrow.
    private func tables(rows: Int) -> [String] {
        guard columns >= 80 else {
            let half = rows / 2
            return table("NAME", all.topNames(max(0, half - 1)), width: columns)
                + table("CLIENT", all.topClients(max(0, rows - half - 1)), width: columns)
        }
        let left = columns * 3 / 5
        let names = table("NAME", all.topNames(max(0, rows - 1)), width: left - 2)
        let clients = table("CLIENT", all.topClients(max(0, rows - 1)), width: columns - left)
        return (0..<max(names.count, clients.count)).map { index in
            let name = index < names.count ? names[index] : ""
            let client = index < clients.count ? clients[index] : ""
            return padded(name, left) + client
        }
    }

    /// A count, ten wide, and what it counts.
    private func table(_ title: String, _ rows: [(value: String, count: Int)], width: Int) -> [String] {
        (["   QUERIES  \(title)"]
            + rows.map { row in
                let count = grouped(row.count)
                return String(repeating: " ", count: max(0, 10 - count.count)) + count + "  " + row.value
            }).map { String($0.prefix(max(0, width))) }
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
