/// RFC 3339 times as Kubernetes writes them (metav1.Time, metav1.MicroTime): `2026-11-21T07:00:00.25Z`.
package enum RFC3339 {
    /// Seconds since 1970 and the fraction of the next, 0 up to 1; nil for another form, for a zone other than Z,
    /// and for more than 15 digits of a fraction.
    package static func time(_ text: UnsafeRawBufferPointer) -> (seconds: Int64, fraction: Double)? {
        guard text.count >= 20, text.last == UInt8(ascii: "Z"),
            let year = number(text, 0, 4), let month = number(text, 5, 2), let day = number(text, 8, 2),
            let hour = number(text, 11, 2), let minute = number(text, 14, 2), let second = number(text, 17, 2),
            text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"), text[10] | 0x20 == UInt8(ascii: "t"),
            text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"), (1...12).contains(month),
            (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var fraction = 0.0
        if text.count > 20 {
            guard text[19] == UInt8(ascii: "."), text.count <= 36,
                let digits = number(text, 20, text.count - 21)
            else { return nil }
            // Powers of ten up to 10^22 are exact.
            var divisor = 1.0
            for _ in 0..<(text.count - 21) { divisor *= 10 }
            fraction = Double(digits) / divisor
        }
        return ((days(year, month, day) * 24 + hour) * 3600 + minute * 60 + second, fraction)
    }

    /// Whole seconds since 1970.
    package static func seconds(_ text: String) -> Int64? {
        var text = text
        return text.withUTF8 { time(UnsafeRawBufferPointer($0))?.seconds }
    }

    /// Days since 1970 of a civil date (proleptic Gregorian), years counted from March.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468
    }

    private static func number(_ text: UnsafeRawBufferPointer, _ place: Int, _ length: Int) -> Int64? {
        guard length > 0 else { return nil }
        var value: Int64 = 0
        for octet in text[place..<(place + length)] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet) else { return nil }
            value = value * 10 + Int64(octet - UInt8(ascii: "0"))
        }
        return value
    }
}
