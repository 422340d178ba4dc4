/// The languages in which clusterdns speaks. Codes, names, commands and other facts are the same in all.
package enum Language: String, Sendable, CaseIterable {
    case english = "en"
    case chinese = "zh"
}

/// A sentence in every language, its facts already in it.
///
///     Phrase("Service \(name) selects no Pod", zh: "Service \(name) 没有选中任何 Pod")
package struct Phrase: Sendable, Hashable {
    package var english: String
    package var chinese: String

    package init(_ english: String, zh chinese: String) {
        self.english = english
        self.chinese = chinese
    }

    /// A fact: a command, a selector, a line of a file.
    package init(_ fact: String) { self.init(fact, zh: fact) }

    package func text(in language: Language) -> String { language == .english ? english : chinese }
}
