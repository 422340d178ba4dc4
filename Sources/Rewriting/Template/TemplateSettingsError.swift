/// Why a `template` of a Corefile cannot be: one sentence with the text and the place in it.
package struct TemplateSettingsError: Error, Hashable, CustomStringConvertible {
    package let reason: String
    /// Where in the text, for templates.
    package let place: TemplatePlace?

    package var description: String { reason }
}
