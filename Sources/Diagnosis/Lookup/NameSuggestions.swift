import Findings
import ServiceRegistry

/// A Service whose name is close to one that does not exist.
package struct NameSuggestion: Hashable, Sendable, CustomStringConvertible {
    package var service: ObjectName
    /// Edits from the name asked (one letter more, less, other, or two neighbours swapped); nil where only the beginning agrees.
    package var distance: Int?
    /// The name and the namespace asked are its own the other way round.
    package private(set) var isTurned = false

    package init(service: ObjectName, distance: Int?) {
        self.service = service
        self.distance = distance
    }

    init(turned service: ObjectName) {
        self.init(service: service, distance: nil)
        isTurned = true
    }

    /// `webapp1-nodeport-svc.default (distance 1)`
    package var description: String { phrase.english }

    package var phrase: Phrase {
        let why =
            isTurned
            ? Phrase("name and namespace swapped", zh: "名称与命名空间颠倒")
            : distance.map { Phrase("distance \($0)", zh: "编辑距离 \($0)") } ?? Phrase("same beginning", zh: "开头相同")
        let name = "\(service.name).\(service.namespace)"
        return Phrase("\(name) (\(why.english))", zh: "\(name)（\(why.chinese)）")
    }
}

/// Services that somebody who wrote `name` may have meant: at most two edits away, or with one name the beginning of the
/// other. Those of `namespace` come first, then the nearest ones, then by name.
/// - Parameter limit: how many at most.
package func nameSuggestions(
    for name: String, in namespace: String?, among services: some Sequence<ObjectName>, limit: Int = 3
) -> [NameSuggestion] {
    let wanted = name.lowercased()
    guard !wanted.isEmpty else { return [] }
    // Two edits turn every name of two or three letters into nearly every other one.
    let allowed = min(2, wanted.utf8.count / 2)
    var found: [NameSuggestion] = []
    for service in services {
        if let distance = editDistance(Array(wanted.utf8), Array(service.name.utf8), atMost: allowed) {
            // The name itself in its own namespace is no suggestion: it exists, and something else is wrong.
            if distance > 0 || service.namespace != namespace {
                found.append(NameSuggestion(service: service, distance: distance))
            }
        } else if min(wanted.utf8.count, service.name.utf8.count) >= 3,
            service.name.hasPrefix(wanted) || wanted.hasPrefix(service.name)
        {
            found.append(NameSuggestion(service: service, distance: nil))
        }
    }
    func order(_ suggestion: NameSuggestion) -> (Int, Int, ObjectName) {
        let elsewhere = suggestion.service.namespace == namespace || suggestion.distance == 0 ? 0 : 1
        return (elsewhere, suggestion.distance ?? Int.max, suggestion.service)
    }
    return Array(found.sorted { order($0) < order($1) }.prefix(limit))
}
