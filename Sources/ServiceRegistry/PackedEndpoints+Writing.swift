import NetworkAddress

extension PackedEndpoints {
    /// Makes packed endpoints one by one, without an `Endpoint` for each.
    package struct Writer {
        private var octets: [UInt8] = []
        private var count = 0

        package init() {}

        /// Makes room for so many endpoints more, of usual size.
        package mutating func reserve(_ count: Int) { octets.reserveCapacity(octets.count + count * 8) }

        /// - Parameters:
        ///   - first: the endpoint's address; nil: it has none.
        ///   - hostname, podName, zone: UTF-8; empty where the endpoint has none.
        package mutating func append(
            _ first: IPAddress?, _ others: some Collection<IPAddress>, isReady: Bool, hostname: UnsafeRawBufferPointer,
            podName: UnsafeRawBufferPointer, zone: UnsafeRawBufferPointer
        ) {
            let single = others.isEmpty ? first : nil
            var marks: UInt8 = isReady ? Marks.isReady.rawValue : 0
            if !hostname.isEmpty { marks |= Marks.hasHostname.rawValue }
            if !podName.isEmpty { marks |= Marks.hasPodName.rawValue }
            if !zone.isEmpty { marks |= Marks.hasZone.rawValue }
            if let single { marks |= (single.family == .v4 ? Marks.isIPv4 : Marks.isIPv6).rawValue }
            octets.append(marks)
            if let single {
                single.write(to: &octets)
            } else {
                write((first == nil ? 0 : 1) + others.count)
                if let first { write(first) }
                for address in others { write(address) }
            }
            if !hostname.isEmpty { write(hostname) }
            if !podName.isEmpty { write(podName) }
            if !zone.isEmpty { write(zone) }
            count += 1
        }

        private mutating func write(_ address: IPAddress) {
            octets.append(address.family.rawValue)
            address.write(to: &octets)
        }

        private mutating func write(_ text: UnsafeRawBufferPointer) {
            write(text.count)
            octets.append(contentsOf: text)
        }

        private mutating func write(_ number: Int) {
            var rest = number
            while rest > 0x7F {
                octets.append(UInt8(rest & 0x7F) | 0x80)
                rest >>= 7
            }
            octets.append(UInt8(rest))
        }

        /// As long as they are and no longer.
        package func finish() -> PackedEndpoints {
            PackedEndpoints(octets: octets.isEmpty ? [] : octets.withUnsafeBufferPointer { Array($0) }, count: count)
        }
    }

    package init(_ endpoints: [Endpoint] = []) {
        var writer = Writer()
        writer.reserve(endpoints.count)
        for endpoint in endpoints {
            var (hostname, podName, zone) = (endpoint.hostname, endpoint.podName, endpoint.zone)
            hostname.withUTF8 { hostname in
                podName.withUTF8 { podName in
                    zone.withUTF8 { zone in
                        writer.append(
                            endpoint.addresses.first, endpoint.addresses.dropFirst(), isReady: endpoint.isReady,
                            hostname: UnsafeRawBufferPointer(hostname), podName: UnsafeRawBufferPointer(podName),
                            zone: UnsafeRawBufferPointer(zone))
                    }
                }
            }
        }
        self = writer.finish()
    }
}
