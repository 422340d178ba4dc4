import Corefile
import DNSWire
import NetworkAddress
import Testing

@testable import Plugins

@Suite struct DNS64StepTests {
    private let addresses = [
        "v4.example.": ["192.0.2.33"], "both.example.": ["192.0.2.33", "2001:db8::1"], "none.example.": [],
        "mapped.example.": ["192.0.2.33", "::ffff:192.0.2.33"],
    ]

    private func told(
        _ text: String, _ change: (inout DNS64Settings) -> Void = { _ in }, from client: Client = TestServer.v6,
        flags: MessageFlags = .recursionDesired, edns: EDNS? = nil
    ) async throws -> (data: [String], rcode: ResponseCode, translated: Int) {
        var settings = DNS64Settings()
        change(&settings)
        let step = DNS64Step(settings)
        let server = TestServer([step, ScriptedStep(addresses)])
        let query = Message(query: name(text), type: .aaaa, id: 1, flags: flags, edns: edns)
        let message = try #require(try await server.askBothWays(query, from: client)?.message)
        #expect(message.answers.allSatisfy { $0.owner == name(text) && $0.ttl <= 30 || $0.ttl == 60 })
        return (message.answers.map { "\($0.data)" }, message.rcode, step.translated.value / 2)
    }

    @Test func addressesAreMade() async throws {
        #expect(try await told("v4.example.") == (["64:ff9b::c000:221"], .noError, 1))
        #expect(try await told("both.example.") == (["2001:db8::1"], .noError, 0))
        #expect(try await told("both.example.", { $0.translatesAll = true }) == (["64:ff9b::c000:221"], .noError, 1))
        #expect(try await told("mapped.example.") == (["64:ff9b::c000:221"], .noError, 1))
        #expect(try await told("none.example.") == ([], .noError, 0))
        #expect(try await told("absent.example.", { $0.translatesAll = true }) == ([], .nxDomain, 0))
        #expect(try await told("v4.example.", from: TestServer.v4) == ([], .noError, 0))
        #expect(
            try await told("v4.example.", { $0.allowsIPv4 = true }, from: TestServer.v4)
                == (["64:ff9b::c000:221"], .noError, 1))
    }

    /// RFC 6147 5.5: a client that validates by itself would find the made records bogus.
    @Test func whoValidatesGetsWhatThereIs() async throws {
        let dnssec = EDNS(dnssecOK: true)
        #expect(try await told("v4.example.", flags: [.checkingDisabled], edns: dnssec) == ([], .noError, 0))
        #expect(try await told("v4.example.", edns: dnssec).translated == 1)
        #expect(try await told("v4.example.", flags: [.checkingDisabled]).translated == 1)
    }

    /// The examples of RFC 6052 2.4.
    @Test(
        arguments: [
            ("2001:db8::/32", "2001:db8:c000:221::"), ("2001:db8:100::/40", "2001:db8:1c0:2:21::"),
            ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::"), ("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"),
            ("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100:0"),
            ("2001:db8:122:344::/96", "2001:db8:122:344::c000:221"),
        ])
    func prefixes(_ prefix: String, _ made: String) throws {
        let prefix = try #require(CIDR(prefix))
        #expect(DNS64Step.embed(address("192.0.2.33"), in: prefix) == address(made))
    }

    @Test func aChainStaysAndSignaturesGo() async throws {
        let signature = RecordData.other(RecordType(rawValue: 46), [0, 1] + [UInt8](repeating: 0, count: 20))
        let server = TestServer([
            DNS64Step(DNS64Settings()),
            ScriptedStep { question in
                let alias = record("a.example.", .cname(name("b.example.")))
                guard question.type == .a else {
                    return Message(id: 0, answers: [alias], authorities: [soa("example.", ttl: 7)])
                }
                return Message(
                    id: 0, flags: [.authenticData],
                    answers: [
                        alias, record("b.example.", .address(address("192.0.2.1"))), record("b.example.", signature),
                        record("b.example.", .address(address("192.0.2.2")), ttl: 3),
                    ], additionals: [record("ns.example.", .address(address("192.0.2.9")))])
            },
        ])
        let message = await server.resolve("a.example.", .aaaa, from: TestServer.v6).message
        #expect(
            message.answers == [
                record("a.example.", .cname(name("b.example."))),
                record("b.example.", .address(address("64:ff9b::c000:201")), ttl: 7),
                record("b.example.", .address(address("64:ff9b::c000:202")), ttl: 3),
            ])
        #expect(!message.flags.contains(.authenticData))
        #expect(message.additionals == [record("ns.example.", .address(address("192.0.2.9")))])
    }

    /// RFC 6147 5.1.2, 5.1.7: an error counts as no address; 600 seconds where no SOA says less.
    @Test func anErrorIsNoAddress() async throws {
        let server = TestServer([
            DNS64Step(DNS64Settings()),
            ScriptedStep { question in
                question.type == .a
                    ? Message(id: 0, answers: [record("a.", .address(address("192.0.2.1")), ttl: 3600)])
                    : Message(id: 0, rcode: .servFail)
            },
        ])
        let message = await server.resolve("a.", .aaaa, from: TestServer.v6).message
        #expect(message.rcode == .noError && message.answers.map(\.ttl) == [600])
        let failing = TestServer([DNS64Step(DNS64Settings()), ScriptedStep { _ in Message(id: 0, rcode: .servFail) }])
        #expect(await failing.resolve("a.", .aaaa, from: TestServer.v6).message.rcode == .servFail)
    }
}
