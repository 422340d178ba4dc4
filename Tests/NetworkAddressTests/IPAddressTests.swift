import Glibc
import NetworkAddress
import Testing
import TestSupport

@Suite struct IPAddressTests {
    /// RFC 5952 4 and 5: each address has one text.
    static let texts: [(String, String)] = [
        ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("10.96.0.1", "10.96.0.1"),
        ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("0:0:0:0:0:0:0:1", "::1"),
        ("2001:0db8::0001", "2001:db8::1"), ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:DB8::ABCD", "2001:db8::abcd"), ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("::FFFF:c000:201", "::ffff:192.0.2.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
    ]

    @Test(arguments: texts) func textOfAnAddress(_ text: String, _ canonical: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == canonical)
        #expect(IPAddress(canonical) == address)
        #expect(IPAddress(bytes: address.bytes) == address)
    }

    static let refused = [
        "", ".", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.-4", "1.2.3.+4",
        "1..2.3",
        "1.2.3.", "0x1.2.3.4", "1.2.3.4/8", ":", ":::", "1:", ":1", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
        "1:2:3:4::5:6:7:8", "12345::", "g::", "::1%eth0", "::1/64", "::1.2.3", "1.2.3.4::", "::1.2.3.4:5", "[::1]",
        "::ffff:01.2.3.4",
    ]

    @Test(arguments: refused) func refusedText(_ text: String) {
        #expect(IPAddress(text) == nil)
        #expect(parse(text) == nil)
    }

    /// inet_pton's opinion, the bytes in network order.
    func parse(_ text: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET6, text, &bytes) == 1 { return bytes }
        return inet_pton(AF_INET, text, &bytes) == 1 ? Array(bytes.prefix(4)) : nil
    }

    func print(_ bytes: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    @Test func printsWhatTheSystemPrints() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix64(seed: seed)
        for _ in 0..<20_000 {
            // Half of the groups are zero, so that runs of every length come up.
            var bytes = (0..<8).flatMap { _ -> [UInt8] in
                let group = UInt16(truncatingIfNeeded: random.next())
                return Bool.random(using: &random) ? [0, 0] : [UInt8(group >> 12), UInt8(group & 255)]
            }
            if Int.random(in: 0..<5, using: &random) == 0 { bytes = Array(bytes.suffix(4)) }
            // The deprecated IPv4-compatible form (RFC 4291 2.5.5.1) is the system's alone.
            if bytes.count == 16, bytes.prefix(12).allSatisfy({ $0 == 0 }) { continue }
            let address = IPAddress(bytes: bytes)
            #expect(address?.description == print(bytes), "seed \(seed)")
            #expect(address?.bytes == bytes, "seed \(seed)")
        }
    }

    @Test func readsWhatTheSystemReads() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix64(seed: seed)
        let pieces = ["0", "1", "ff", "ABCD", "255", "256", "::", ":", ".", "1.2.3.4", "10000", "00", ""]
        var read = 0
        for _ in 0..<50_000 {
            let text = (0..<Int.random(in: 1...15, using: &random))
                .map {
                    $0 % 2 == 0 ? pieces.randomElement(using: &random)! : [":", "."].randomElement(using: &random)!
                }
                .joined()
            let address = IPAddress(text)
            #expect(address?.bytes == parse(text), "seed \(seed): \(text)")
            if address != nil { read += 1 }
        }
        #expect(read > 0, "seed \(seed)")
    }

    @Test func order() {
        let texts = ["0.0.0.1", "10.0.0.9", "10.0.0.10", "255.0.0.0", "::", "::1", "1::", "fd00::"]
        let addresses = texts.map { IPAddress($0)! }
        #expect(addresses.shuffled().sorted() == addresses)
        #expect(IPAddress("::ffff:10.0.0.1") != IPAddress("10.0.0.1"))
    }

    @Test func bytesOfOtherLengthsAreNoAddress() {
        for count in 0...20 where count != 4 && count != 16 {
            #expect(IPAddress(bytes: [UInt8](repeating: 1, count: count)) == nil)
        }
    }
}
