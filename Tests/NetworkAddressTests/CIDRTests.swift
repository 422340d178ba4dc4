import NetworkAddress
import Testing

@Suite struct CIDRTests {
    static let texts: [(String, String, UInt64)] = [
        ("10.96.0.0/12", "10.96.0.0/12", 1 << 20), ("10.111.1.2/12", "10.96.0.0/12", 1 << 20),
        ("192.0.2.7/32", "192.0.2.7/32", 1), ("192.0.2.7/0", "0.0.0.0/0", 1 << 32),
        ("fd00:96::5/112", "fd00:96::/112", 1 << 16), ("fd00::1/64", "fd00::/64", .max), ("::1/0", "::/0", .max),
        ("2001:db8:ffff::/33", "2001:db8:8000::/33", .max), ("::1/128", "::1/128", 1),
        ("fd00::ffff:0:0:0/65", "fd00::8000:0:0:0/65", 1 << 63),
    ]

    @Test(arguments: texts) func textAndSize(_ text: String, _ canonical: String, _ size: UInt64) throws {
        let block = try #require(CIDR(text))
        #expect(block.description == canonical)
        #expect(block.size == size)
        #expect(block.contains(block.base) && block[0] == block.base)
    }

    @Test(arguments: [
        "", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "/8", "::/129",
        "::/x",
        "10.0.0/8",
    ]) func refusedText(_ text: String) {
        #expect(CIDR(text) == nil)
    }

    @Test func membership() throws {
        for (text, inside, outside) in [
            ("10.96.0.0/12", ["10.96.0.0", "10.111.255.255"], ["10.95.255.255", "10.112.0.0", "::ffff:10.96.0.1"]),
            ("fd00:96::/112", ["fd00:96::ffff"], ["fd00:96::1:0", "10.0.0.1"]),
            ("0.0.0.0/0", ["1.2.3.4"], ["::"]),
        ] {
            let block = try #require(CIDR(text))
            for address in inside { #expect(block.contains(IPAddress(address)!)) }
            for address in outside { #expect(!block.contains(IPAddress(address)!)) }
        }
    }

    /// Every place of small blocks, first and last of large ones: offset and subscript are each other's inverse.
    @Test(arguments: ["10.96.0.0/12", "192.0.2.0/28", "fd00:96::/112", "fd00::/65", "::/0", "10.0.0.1/32"])
    func placesInABlock(_ text: String) throws {
        let block = try #require(CIDR(text))
        let last = block.size - 1
        for offset in Set((0...min(last, 20)).map { $0 } + [last]) {
            let address = try #require(block[offset])
            #expect(block.contains(address))
            #expect(block.offset(of: address) == offset)
        }
        #expect(block.size == .max || block[block.size] == nil)
    }
}
