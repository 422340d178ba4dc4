@testable import Metrics

/// A page read again.
struct Page {
    struct Family {
        var name: String
        var help: String
        var type: String
        /// Names of the labels that all samples have, in their order, without `le`.
        var labels: [String]
    }

    let families: [Family]
    /// By name and labels, as they are written.
    let samples: [String: String]

    init(_ text: String) {
        var families: [Family] = []
        var samples: [String: String] = [:]
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# ") {
                let words = line.split(separator: " ", maxSplits: 3)
                if words[1] == "HELP" {
                    families.append(Family(name: String(words[2]), help: String(words[3]), type: "", labels: []))
                } else {
                    families[families.count - 1].type = String(words[3])
                }
                continue
            }
            let space = line.lastIndex(of: " ")!
            precondition(samples.updateValue(String(line[space...].dropFirst()), forKey: String(line[..<space])) == nil)
            // Values of labels in these tests hold no `="`.
            let names = line[..<space].split(separator: "{", maxSplits: 1).dropFirst().first?
                .split(separator: ",").compactMap { $0.split(separator: "=", maxSplits: 1).first.map(String.init) }
            families[families.count - 1].labels = (names ?? []).filter { $0 != "le" }
        }
        self.families = families
        self.samples = samples
    }
}

func text(_ body: (inout PrometheusText) throws -> Void) rethrows -> Page {
    var text = PrometheusText()
    try body(&text)
    return Page(text.text)
}
