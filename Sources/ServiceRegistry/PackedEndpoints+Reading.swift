import NetworkAddress

extension PackedEndpoints {
    func withReader<Result>(_ body: (inout Reader) -> Result) -> Result {
        octets.withUnsafeBufferPointer { octets in
            var reader = Reader(octets: octets)
            return body(&reader)
        }
    }

    /// Reads endpoints part by part, each part once and in order. Through a pointer: an array's own checks and counts
    /// took half of the time of a change in a large Service.
    struct Reader {
        let octets: UnsafeBufferPointer<UInt8>
        private(set) var at = 0

        init(octets: UnsafeBufferPointer<UInt8>) { self.octets = octets }

        /// The marks, and the address where there is just one; nil at the end.
        mutating func readHead() -> (marks: Marks, address: IPAddress?)? {
            guard at < octets.count else { return nil }
            let marks = Marks(rawValue: octets[at])
            at += 1
            let address: IPAddress? =
                marks.contains(.isIPv4) ? readAddress(.v4) : marks.contains(.isIPv6) ? readAddress(.v6) : nil
            return (marks, address)
        }

        mutating func readAddresses() -> [IPAddress] {
            (0..<readNumber()).map { _ in
                at += 1
                return readAddress(octets[at - 1] == IPAddress.Family.v4.rawValue ? .v4 : .v6)
            }
        }

        mutating func readText(_ marks: Marks, _ mark: Marks) -> String {
            guard marks.contains(mark) else { return "" }
            return String(decoding: readOctets(marks, mark), as: UTF8.self)
        }

        /// A text that can be a label: of at most 63 octets, without a dot; "" for another.
        mutating func readLabel(_ marks: Marks, _ mark: Marks) -> String {
            let octets = readOctets(marks, mark)
            guard octets.count < 64, !octets.contains(UInt8(ascii: ".")) else { return "" }
            return String(decoding: octets, as: UTF8.self)
        }

        mutating func readOctets(_ marks: Marks, _ mark: Marks) -> UnsafeRawBufferPointer {
            guard marks.contains(mark) else { return UnsafeRawBufferPointer(start: nil, count: 0) }
            let length = readNumber()
            at += length
            return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(octets)[(at - length)..<at])
        }

        /// - Returns: false at the end.
        mutating func skipEndpoint() -> Bool {
            guard at < octets.count else { return false }
            let marks = Marks(rawValue: octets[at])
            at += 1
            if marks.contains(.isIPv4) {
                at += 4
            } else if marks.contains(.isIPv6) {
                at += 16
            } else {
                _ = readAddresses()
            }
            skipTexts(marks)
            return true
        }

        mutating func skipTexts(_ marks: Marks) {
            if marks.contains(.hasHostname) { skipText() }
            if marks.contains(.hasPodName) { skipText() }
            if marks.contains(.hasZone) { skipText() }
        }

        mutating func skipText() {
            let length = readNumber()
            at += length
        }

        private mutating func readAddress(_ family: IPAddress.Family) -> IPAddress {
            func word(_ place: Int, _ count: Int) -> UInt64 {
                var word: UInt64 = 0
                for place in place..<(place + count) { word = word << 8 | UInt64(octets[place]) }
                return word
            }
            switch family {
            case .v4:
                at += 4
                return IPAddress(v4: UInt32(word(at - 4, 4)))
            case .v6:
                at += 16
                return IPAddress(v6High: word(at - 16, 8), low: word(at - 8, 8))
            }
        }

        private mutating func readNumber() -> Int {
            var value = 0
            var shift = 0
            while octets[at] > 0x7F {
                value |= Int(octets[at] & 0x7F) << shift
                shift += 7
                at += 1
            }
            value |= Int(octets[at]) << shift
            at += 1
            return value
        }
    }
}
