import Corefile
import DNSWire
import NetworkAddress
import Testing

@testable import ResponseCache

/// What CoreDNS's plugin/pkg/response and plugin/cache make of a response, and where we are stricter.
@Suite struct ClassificationTests {
    private static let asked = question("www.example.org.")
    private static let a = address("www.example.org.", 60, 1)
    private static let alias = record("www.example.org.", 30, .cname(name("web.example.net.")))
    private static let negative = [soa("example.org.", 300, minimum: 90)]
    private static let ns = record("example.org.", 900, .ns(name("ns.example.org.")))

    private func classify(_ response: Message, time: UInt32 = 0) -> Classification {
        Classification(response, for: response.questions[0], CacheRules(CacheSettings()), time: time)
    }

    private static let cases: [(Message, Classification.Kind, UInt32)] = [
        (response(asked, .noError, [a]), .success, 60),
        (response(asked, .noError, [alias, address("web.example.net.", 20, 1)]), .success, 20),
        (response(asked, .noError, [a], authorities: [record("example.org.", 9, .ns(name("n.")))]), .success, 9),
        (response(asked, .noError, [a], additionals: [address("n.", 7, 1)]), .success, 7),
        // The chain does not lead to the address, or leads nowhere.
        (response(asked, .noError, [alias]), .none, 0),
        (response(asked, .noError, [alias, address("other.example.net.", 20, 1)]), .none, 0),
        (response(asked, .noError, [alias], authorities: [soa("example.net.", 20, minimum: 50)]), .denial, 20),
        (
            response(asked, .noError, [alias, record("web.example.net.", 30, .cname(asked.name))]), .none, 0
        ),
        (response(asked, .noError, [alias, record("www.example.org.", 30, .cname(name("b.")))]), .none, 0),
        (response(question("www.example.org.", .cname), .noError, [alias]), .success, 30),
        (response(asked, .noError, authorities: negative), .denial, 90),
        (response(asked, .noError), .none, 0),
        (response(asked, .noError, authorities: [ns]), .success, 5),
        (response(asked, .nxDomain, authorities: negative), .denial, 90),
        (response(asked, .nxDomain), .none, 0),
        (response(asked, .nxDomain, [alias], authorities: negative), .denial, 30),
        (response(asked, .nxDomain, [a], authorities: negative), .none, 0),
        (response(asked, .servFail), .failure, 5),
        (response(asked, .notImp), .failure, 5),
        (response(asked, .refused), .none, 0),
        (response(asked, .formErr), .none, 0),
        (response(asked, .noError, [a], flags: [.response, .truncated]), .none, 0),
    ]

    @Test(arguments: cases.indices) func isOfItsKind(_ index: Int) {
        let (response, kind, ttl) = ClassificationTests.cases[index]
        let found = classify(response)
        #expect(found.kind == kind, "\(response)")
        #expect(found.ttl == ttl, "\(response)")
    }

    @Test(arguments: [RecordType.any, .axfr, .ixfr, .tsig, .opt])
    func typesOfQueriesAreNotKept(_ type: RecordType) {
        #expect(classify(response(question("a.", type), .noError, [address("a.", 5, 1)])).kind == .none)
    }

    @Test func lessThanTheFloorIsRaisedAndMoreThanTheCapIsCut() {
        var settings = CacheSettings()
        settings.success.maxTTL = 40
        settings.success.minTTL = 10
        settings.denial.maxTTL = 20
        let rules = CacheRules(settings)
        func ttl(_ response: Message) -> UInt32 {
            Classification(response, for: response.questions[0], rules, time: 0).ttl
        }
        let asked = ClassificationTests.asked
        #expect(ttl(response(asked, .noError, [address("www.example.org.", 0, 1)])) == 10)
        #expect(ttl(response(asked, .noError, [address("www.example.org.", 41, 1)])) == 40)
        #expect(ttl(response(asked, .nxDomain, authorities: [soa(".", 0, minimum: 0)])) == 5)
        #expect(ttl(response(asked, .nxDomain, authorities: [soa(".", 99, minimum: 99)])) == 20)
    }

    @Test func expiredSignaturesAreNotKept() {
        func signed(_ dnssecOK: Bool) -> Message {
            // Type A, algorithm 8, 3 labels, TTL, from 1,000 to 2,000, key tag, signer, signature.
            let data: [UInt8] =
                [0, 1, 8, 3, 0, 0, 0, 60] + [0, 0, 0x07, 0xD0] + [0, 0, 0x03, 0xE8] + [0, 1, 0, 1, 2, 3]
            return response(
                ClassificationTests.asked, .noError,
                [ClassificationTests.a, record("www.example.org.", 60, .other(.rrsig, data))],
                edns: EDNS(dnssecOK: dnssecOK))
        }
        #expect(classify(signed(true), time: 1500).kind == .success)
        #expect(classify(signed(true), time: 2001).kind == .none)
        #expect(classify(signed(true), time: 999).kind == .none)
        #expect(classify(signed(false), time: 2001).kind == .success)
    }
}
