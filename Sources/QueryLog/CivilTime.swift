import Glibc

/// A time of the calendar in UTC, to the microsecond.
package struct CivilTime {
    private let parts: tm
    private let microsecond: Int64

    package init(nanoseconds: Int64) {
        var seconds = time_t(nanoseconds / 1_000_000_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        self.parts = parts
        microsecond = nanoseconds % 1_000_000_000 / 1000
    }

    /// `03:00:05.004310`
    package var timeOfDay: String {
        "\(digits(parts.tm_hour, 2)):\(digits(parts.tm_min, 2)):\(digits(parts.tm_sec, 2)).\(digits(microsecond, 6))"
    }

    /// RFC 3339: `2026-11-21T03:00:05.004310Z`
    package var text: String {
        "\(digits(parts.tm_year + 1900, 4))-\(digits(parts.tm_mon + 1, 2))-\(digits(parts.tm_mday, 2))T\(timeOfDay)Z"
    }
}

private func digits(_ number: some BinaryInteger, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
}
