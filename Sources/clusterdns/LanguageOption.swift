import ArgumentParser
import Findings
import Foundation

extension Language: ExpressibleByArgument {}

/// In which language people are told.
struct LanguageOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "en or zh. (default: as the locale says, LC_ALL, LC_MESSAGES or LANG)", valueName: "language"))
    var lang: Language?

    var chosen: Language { lang ?? LanguageOption.language(of: ProcessInfo.processInfo.environment) }

    /// The language of a POSIX locale: the first of its variables that says something.
    static func language(of environment: [String: String]) -> Language {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        return locale.hasPrefix("zh") ? .chinese : .english
    }
}
