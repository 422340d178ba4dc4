import Findings
import ServiceRegistry

/// How close one pair of a selector comes to what an object's labels say.
enum Likeness: Hashable {
    case equal
    /// Other capitals only.
    case capitals
    /// One or two edits: `more` letters than the selector has, negative for fewer.
    case letters(edits: Int, more: Int)
    /// The same value under a key that is close to the selector's.
    case nearKey(String)
    case otherKey(String)
    /// One value is the beginning of the other.
    case beginning
    case otherValue
    case missing

    /// What an edit of this kind is worth: the nearest labels have the smallest sum.
    var cost: Int {
        switch self {
        case .equal: 0
        case .capitals: 1
        case .letters(let edits, _): 1 + edits
        case .nearKey: 2
        case .otherKey: 4
        case .beginning: 5
        case .otherValue: 7
        case .missing: 9
        }
    }

    /// Whether one slip of the pen makes the one of the other.
    var isSlip: Bool { cost < Likeness.beginning.cost }

    /// - Returns: the likeness, and the pair of `labels` that it speaks of.
    static func between(_ key: String, _ value: String, and labels: Labels) -> (Likeness, pair: (String, String)?) {
        if let own = labels[key] {
            if own == value { return (.equal, (key, own)) }
            let likeness = of(value, own)
            if likeness.isSlip { return (likeness, (key, own)) }
            if let other = sameValue(value, besides: key, in: labels) { return other }
            return (likeness, (key, own))
        }
        return sameValue(value, besides: key, in: labels) ?? (.missing, nil)
    }

    private static func of(_ value: String, _ own: String) -> Likeness {
        let (a, b) = (Array(value.utf8), Array(own.utf8))
        if value.lowercased() == own.lowercased() { return .capitals }
        // Two edits turn every short word into nearly every other one.
        if let edits = editDistance(a, b, atMost: min(2, max(a.count, b.count) / 2)) {
            return .letters(edits: edits, more: b.count - a.count)
        }
        if min(a.count, b.count) >= 3, own.hasPrefix(value) || value.hasPrefix(own) { return .beginning }
        return .otherValue
    }

    private static func sameValue(
        _ value: String, besides key: String, in labels: Labels
    ) -> (Likeness, pair: (String, String)?)? {
        let others = labels.keys.filter { $0 != key && !value.isEmpty && labels[$0] == value }.sorted()
        let near = others.first { other in
            other.lowercased() == key.lowercased() || bare(other) == bare(key)
                || editDistance(Array(key.utf8), Array(other.utf8), atMost: min(2, key.utf8.count / 2)) != nil
        }
        if let near { return (.nearKey(near), (near, value)) }
        return others.first.map { (.otherKey($0), ($0, value)) }
    }

    /// A key without its domain: `name` of `app.kubernetes.io/name`.
    private static func bare(_ key: String) -> Substring { key.split(separator: "/").last ?? "" }
}

/// The labels that come nearest to a selector that selects nothing.
struct NearLabels {
    struct Candidate {
        var name: String
        var labels: Labels
    }

    private struct Shape: Hashable {
        var pairs: [String]
        var likenesses: [Likeness]
    }

    /// For each pair of the selector in the order of its keys, what the objects have in its place; nil: nothing.
    private(set) var pairs: [(wanted: (key: String, value: String), found: (String, String)?, likeness: Likeness)]
    /// Who has them.
    private(set) var owners: [String]

    var cost: Int { pairs.reduce(0) { $0 + $1.likeness.cost } }

    /// Whether the selector was most likely meant for these: all pairs are there up to a slip, or it has one too many
    /// beside one that names the application.
    var isLikely: Bool {
        if pairs.allSatisfy(\.likeness.isSlip) { return true }
        return pairs.allSatisfy { $0.likeness == .equal || $0.likeness == .missing }
            && pairs.contains { $0.likeness == .equal && NearLabels.namingKeys.contains($0.wanted.key) }
    }

    /// The selector's first key whose pair is another.
    var firstOther: String? { pairs.first { $0.likeness != .equal }?.wanted.key }

    private static let namingKeys: Set<String> = ["app", "k8s-app", "name", "run", "app.kubernetes.io/name"]

    /// - Returns: nil where nobody has anything of the selector.
    static func nearest(to selector: Labels, among candidates: [Candidate]) -> NearLabels? {
        let wanted = selector.sorted { $0.key < $1.key }
        var groups: [Shape: NearLabels] = [:]
        for candidate in candidates {
            let pairs = wanted.map { key, value in
                let (likeness, found) = Likeness.between(key, value, and: candidate.labels)
                return (wanted: (key: key, value: value), found: found, likeness: likeness)
            }
            guard pairs.contains(where: { $0.likeness != .missing }) else { continue }
            let shape = Shape(
                pairs: pairs.map { $0.found.map { "\($0.0)=\($0.1)" } ?? "" }, likenesses: pairs.map(\.likeness))
            groups[shape, default: NearLabels(pairs: pairs, owners: [])].owners.append(candidate.name)
        }
        return groups.values.min { a, b in
            (a.cost, -a.owners.count, a.owners[0]) < (b.cost, -b.owners.count, b.owners[0])
        }
    }

    /// `app=hostnames on 3 Pods (a, b, c), 1 letter more`
    func line(_ noun: String) -> Phrase {
        let found = pairs.compactMap { pair in pair.found.map { "\($0.0)=\($0.1)" } }.joined(separator: ",")
        let names = listed(owners)
        let changes = pairs.filter { $0.likeness != .equal }.map(NearLabels.words)
        let (english, chinese) = (changes.map(\.english), changes.map(\.chinese))
        return Phrase(
            "nearest: \(found) on \(counted(owners.count, noun)) (\(names.english)), \(english.joined(separator: ", "))",
            zh: "最接近：\(found)，见于 \(owners.count) 个 \(noun)（\(names.chinese)），\(chinese.joined(separator: "，"))")
    }

    private static func words(
        _ pair: (wanted: (key: String, value: String), found: (String, String)?, likeness: Likeness)
    ) -> Phrase {
        let (key, value) = pair.wanted
        switch pair.likeness {
        case .equal: return Phrase("equal", zh: "相同")
        case .capitals:
            return Phrase("other capitals than \(key)=\(value)", zh: "与 \(key)=\(value) 仅大小写不同")
        case .letters(let edits, let more):
            let count = counted(edits, "letter")
            if more == edits { return Phrase("\(count) more", zh: "多 \(edits) 个字母") }
            if more == -edits { return Phrase("\(count) less", zh: "少 \(edits) 个字母") }
            return Phrase("\(count) other than \(key)=\(value)", zh: "与 \(key)=\(value) 有 \(edits) 个字母不同")
        case .nearKey(let other), .otherKey(let other):
            return Phrase("the key is \(other), not \(key)", zh: "键是 \(other)，而不是 \(key)")
        case .beginning:
            return Phrase("\(value) is only the beginning in common", zh: "与 \(key)=\(value) 仅开头相同")
        case .otherValue:
            return Phrase("another value of \(key) than \(value)", zh: "键 \(key) 的值不是 \(value)")
        case .missing: return Phrase("no label \(key)", zh: "没有标签 \(key)")
        }
    }

    /// What turns the selector into the labels found: `{"app":null,"run":"web"}`, a strategic merge patch.
    var patch: String {
        var members: [String: String?] = [:]
        for (wanted, found, likeness) in pairs where likeness != .equal {
            members[wanted.key] = .some(nil)
            if let found { members[found.0] = found.1 }
        }
        let texts = members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value.map { "\"\($0)\"" } ?? "null")" }
        return "{\(texts.joined(separator: ","))}"
    }
}
