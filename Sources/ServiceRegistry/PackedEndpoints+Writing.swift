import NetworkAddress

extension PackedEndpoints {
    /// Makes packed endpoints one by one, without an `Endpoint` for each.
    package struct Writer {
        private var octets: [UInt8] = []
        private var count = 0

        package init() {}

        /// Makes room for so many endpoints more, of usual size.
        package mutating func reserve(_ count: Int) { octets.reserveCapacity(octets.count + count * 8) }

        /// - Parameter hostname, podName: UTF-8; empty where the endpoint has none.
        package mutating func append(
            _ addresses: [IPAddress], isReady: Bool, hostname: UnsafeRawBufferPointer, podName: UnsafeRawBufferPointer
        ) {
            var marks: Marks = isReady ? .isReady : []
            if !hostname.isEmpty { marks.insert(.hasHostname) }
            if !podName.isEmpty { marks.insert(.hasPodName) }
            if addresses.count == 1 { marks.insert(addresses[0].family == .v4 ? .isIPv4 : .isIPv6) }
            octets.append(marks.rawValue)
            if addresses.count == 1 {
                addresses[0].write(to: &octets)
            } else {
                write(addresses.count)
                for address in addresses {
                    octets.append(address.family.rawValue)
                    address.write(to: &octets)
                }
            }
            for text in [hostname, podName] where !text.isEmpty {
                write(text.count)
                octets += text
            }
            count += 1
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
            var (hostname, podName) = (endpoint.hostname, endpoint.podName)
            hostname.withUTF8 { hostname in
                podName.withUTF8 { podName in
                    writer.append(
                        endpoint.addresses, isReady: endpoint.isReady, hostname: UnsafeRawBufferPointer(hostname),
                        podName: UnsafeRawBufferPointer(podName))
                }
            }
        }
        self = writer.finish()
    }
}
