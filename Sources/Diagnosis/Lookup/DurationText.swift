/// A time from a command line: `2s`, `500ms`, `1m`, or a number of seconds, `0.5`.
/// - Throws: `UsageError` for another form, and for no time at all.
package func duration(from text: String) throws(UsageError) -> Duration {
    let units: [(suffix: String, milliseconds: Double)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("", 1000)]
    for unit in units where text.hasSuffix(unit.suffix) {
        guard let number = Double(text.dropLast(unit.suffix.count)), number.isFinite,
            case let milliseconds = number * unit.milliseconds, (1...86_400_000).contains(milliseconds)
        else { break }
        return .milliseconds(Int64(milliseconds))
    }
    throw UsageError("\"\(text)\" is no time; write 2s or 500ms")
}
