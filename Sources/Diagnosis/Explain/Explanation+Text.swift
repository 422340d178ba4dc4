import Findings

extension Explanation {
    /// A line for each step, times in milliseconds, and why, if there is a reason:
    ///
    ///      0.000 ms  recv     udp 10.244.3.15:40113 A cart.default.svc.cluster.local., EDNS 1232
    ///      0.004     zone     cluster.local. (kubernetes), serial 1763690400, registry synced, last event 3.2 s ago
    ///
    /// Steps are facts and the same in every language.
    package func text(in language: Language) -> String {
        let width = max(8, steps.map(\.step.count).max() ?? 0)
        var lines = steps.enumerated().map { index, step in
            let unit = index == 0 ? " ms  " : "     "
            return Explanation.milliseconds(step.microseconds) + unit
                + step.step.padding(to: width) + " " + singleLine(step.text)
        }
        if let reason {
            let title = Catalogue.entry(reason.code)?.title.text(in: language)
            lines.append("** \(reason.code)  \(title.map { "\($0): " } ?? "")\(singleLine(reason.text))")
        }
        return lines.map { "\($0)\n" }.joined()
    }

    /// ` 0.004`, at least six characters.
    private static func milliseconds(_ microseconds: Int) -> String {
        let rest = "\(microseconds % 1000)"
        let text = "\(microseconds / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
        return String(repeating: " ", count: max(0, 6 - text.count)) + text
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
