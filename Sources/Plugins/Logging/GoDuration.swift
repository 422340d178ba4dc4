/// A duration as Go's time.Duration prints itself: `30s`, `1m30s`, `1h0m0s`, `1.5s`, `500ms`, `0s`.
enum GoDuration {
    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
        if nanoseconds < 0 { return "-" + text(.zero - duration) }
        switch nanoseconds {
        case 0: return "0s"
        case ..<1000: return "\(nanoseconds)ns"
        case ..<1_000_000: return decimal(nanoseconds, digits: 3) + "µs"
        case ..<1_000_000_000: return decimal(nanoseconds, digits: 6) + "ms"
        default:
            let (minutes, rest) = nanoseconds.quotientAndRemainder(dividingBy: 60_000_000_000)
            let end = decimal(rest, digits: 9) + "s"
            return minutes == 0 ? end : minutes < 60 ? "\(minutes)m\(end)" : "\(minutes / 60)h\(minutes % 60)m\(end)"
        }
    }

    /// A number with so many digits behind the point, zeros at the end left out.
    private static func decimal(_ number: Int, digits: Int) -> String {
        var scale = 1
        for _ in 0..<digits { scale *= 10 }
        let (whole, part) = number.quotientAndRemainder(dividingBy: scale)
        guard part > 0 else { return "\(whole)" }
        var text = String(String(part + scale).dropFirst())
        while text.last == "0" { text.removeLast() }
        return "\(whole).\(text)"
    }
}
