import DNSWire
import Testing

@Suite struct RecordTextTests {
    static let table: [(RecordType, [UInt8], String)] = [
        (.a, [192, 0, 2, 1], "192.0.2.1"),
        (.aaaa, [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1], "2001:db8::1"),
        (.cname, [1, 97, 0], "a."),
        (.ns, [0], "."),
        (.ptr, [2, 0x2E, 0x5C, 0], "\\.\\\\."),
        (.srv, [0, 1, 0, 2, 0, 80, 1, 97, 0], "1 2 80 a."),
        (.txt, [3] + Array("a b".utf8) + [0, 4] + Array("\"\\;".utf8) + [200], "\"a b\" \"\" \"\\\"\\\\;\\200\""),
        (.mx, [0, 10, 1, 97, 0], "10 a."),
        (
            .soa, [1, 97, 0, 1, 98, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 255, 255, 255, 255],
            "a. b. 1 2 3 4 4294967295"
        ),
        (.caa, [0, 5] + Array("issuex".utf8), "\\# 8 0005697373756578"),
        (RecordType(rawValue: 65280), [], "\\# 0"),
    ]

    @Test(arguments: table) func textOfData(_ type: RecordType, _ wire: [UInt8], _ text: String) throws {
        let data = try RecordData(type: type, wire: wire)
        #expect(data.description == text)
        #expect(data.wire == wire)
        #expect(data.type == type)
    }

    @Test func dataWithoutAMessageHasNoPointers() {
        #expect(throws: WireError(.badPointer, at: 0)) { try RecordData(type: .cname, wire: [0xC0, 0]) }
        #expect(throws: WireError(.badPointer, at: 2)) { try RecordData(type: .mx, wire: [0, 1, 0xC0, 12]) }
    }

    @Test func recordIsALineOfAMasterFile() throws {
        let record = ResourceRecord(
            owner: try DomainName("web.example.com"), ttl: 60, recordClass: .chaos, data: .txt([Array("x".utf8)]))
        #expect("\(record)" == "web.example.com.\t60\tCH\tTXT\t\"x\"")
    }

    @Test func classesAndTypesHaveTheirNames() {
        for (text, value) in [("IN", 1), ("ch", 3), ("NONE", 254), ("any", 255), ("CLASS7", 7)] as [(String, UInt16)] {
            #expect(RecordClass(text)?.rawValue == value)
            #expect(RecordClass(rawValue: value).description == text.uppercased())
        }
        #expect(RecordClass("CLASS65536") == nil && RecordClass("A") == nil)
        for (text, value) in [("A", 1), ("aaaa", 28), ("HTTPS", 65), ("TYPE65280", 65280)] as [(String, UInt16)] {
            #expect(RecordType(text)?.rawValue == value)
            #expect(RecordType(rawValue: value).description == text.uppercased())
        }
        #expect(RecordType("TYPE65536") == nil && RecordType("IN") == nil)
    }
}
