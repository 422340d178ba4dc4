import ServiceRegistry

/// The times that programs and collectors write in front of a log's line.
enum LogTime {
    /// Nanoseconds of the first time in a text: since 1970 where it has a date, `2026-11-21T03:00:05.004Z`,
    /// `2026/11/21 03:00:05`, `2026-11-21 03:00:05,004`, else since midnight, `03:00:05.004`; nil where there is none. Times
    /// without Z are taken for UTC, an offset as the same for the whole log.
    static func nanoseconds(in text: some StringProtocol) -> Int64? {
        for word in text.split(separator: " ") where word.utf8.count >= 20 {
            var word = String(word)
            if let time = word.withUTF8({ RFC3339.time(UnsafeRawBufferPointer($0)) }) {
                return time.seconds * 1_000_000_000 + Int64((time.fraction * 1_000_000_000).rounded())
            }
        }
        let bytes = Array(text.utf8)
        for place in bytes.indices.dropLast(7) where bytes[place + 2] == UInt8(ascii: ":") {
            guard bytes[place + 5] == UInt8(ascii: ":"), let hour = number(bytes, place, 2),
                let minute = number(bytes, place + 3, 2), let second = number(bytes, place + 6, 2)
            else { continue }
            let time = Int64(hour * 3600 + minute * 60 + second) * 1_000_000_000 + fraction(bytes, place + 8)
            guard let year = number(bytes, place - 11, 4), let month = number(bytes, place - 6, 2),
                let day = number(bytes, place - 3, 2)
            else { return time }
            func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
            return RFC3339.seconds("\(year)-\(two(month))-\(two(day))T00:00:00Z").map { $0 * 1_000_000_000 + time }
        }
        return nil
    }

    private static func number(_ bytes: [UInt8], _ place: Int, _ count: Int) -> Int? {
        guard place >= 0, place + count <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[place..<(place + count)] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }

    /// Nanoseconds behind a point or comma.
    private static func fraction(_ bytes: [UInt8], _ place: Int) -> Int64 {
        guard place < bytes.count, bytes[place] == UInt8(ascii: ".") || bytes[place] == UInt8(ascii: ",") else {
            return 0
        }
        var (value, unit) = (Int64(0), Int64(100_000_000))
        for byte in bytes[(place + 1)...] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), unit > 0 else { break }
            value += Int64(byte - UInt8(ascii: "0")) * unit
            unit /= 10
        }
        return value
    }
}
