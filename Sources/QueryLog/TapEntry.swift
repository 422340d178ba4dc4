import NetworkAddress

/// What a worker notes of an answer besides the message, in six words.
package struct TapEntry: Sendable {
    static let words = 6

    /// Nanoseconds on the clock that only goes forward.
    var time: UInt64
    /// Nanoseconds from the query's arrival to the answer.
    var duration: UInt64
    /// Octets, 16 bits each from the lowest on: of the query, of what its answer may have, of the answer, of those kept.
    var sizes: UInt64
    /// From the lowest bit on: 16 of the port, 16 of the response code, 8 of the plugin's number, then `Marks`.
    var marks: UInt64
    var addressHigh: UInt64
    var addressLow: UInt64

    package struct Marks: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Came over TCP.
        package static let stream = Marks(rawValue: 1)
        package static let v6 = Marks(rawValue: 2)
        /// The query's DO bit (RFC 3225).
        package static let wantsDNSSEC = Marks(rawValue: 4)
    }

    /// - Parameters:
    ///   - time, duration: nanoseconds.
    ///   - querySize, room, size: octets of the query, of what the client announced, of the answer: 0 where none is sent.
    package init(
        time: Int64, duration: Int64, client: IPAddress, port: UInt16, marks: Marks, querySize: Int, room: Int,
        size: Int, rcode: UInt16, plugin: UInt8
    ) {
        self.time = UInt64(bitPattern: time)
        self.duration = UInt64(max(0, duration))
        sizes =
            UInt64(UInt16(truncatingIfNeeded: querySize)) | UInt64(UInt16(truncatingIfNeeded: room)) << 16
            | UInt64(UInt16(truncatingIfNeeded: size)) << 32
        let marks = client.family == .v6 ? marks.union(.v6) : marks
        self.marks = UInt64(port) | UInt64(rcode) << 16 | UInt64(plugin) << 32 | UInt64(marks.rawValue) << 40
        addressHigh = client.high
        addressLow = client.low
    }

    init(_ words: UnsafeMutableBufferPointer<UInt64>) {
        (time, duration, sizes) = (words[0], words[1], words[2])
        (marks, addressHigh, addressLow) = (words[3], words[4], words[5])
    }

    var querySize: UInt16 { UInt16(truncatingIfNeeded: sizes) }
    var room: UInt16 { UInt16(truncatingIfNeeded: sizes >> 16) }
    var size: UInt16 { UInt16(truncatingIfNeeded: sizes >> 32) }
    var keptOctets: UInt16 {
        get { UInt16(truncatingIfNeeded: sizes >> 48) }
        set { sizes = sizes & 0xFFFF_FFFF_FFFF | UInt64(newValue) << 48 }
    }
    var port: UInt16 { UInt16(truncatingIfNeeded: marks) }
    var rcode: UInt16 { UInt16(truncatingIfNeeded: marks >> 16) }
    var plugin: UInt8 { UInt8(truncatingIfNeeded: marks >> 32) }
    var flags: Marks { Marks(rawValue: UInt8(truncatingIfNeeded: marks >> 40)) }
    var client: IPAddress {
        flags.contains(.v6)
            ? IPAddress(v6High: addressHigh, low: addressLow) : IPAddress(v4: UInt32(truncatingIfNeeded: addressLow))
    }
}
