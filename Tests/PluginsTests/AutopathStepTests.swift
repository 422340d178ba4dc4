import AnswerTable
import Corefile
import DNSWire
import NetworkAddress
import Testing

@testable import Plugins

@Suite struct AutopathStepTests {
    private static let search = AutopathStep.Search.kubernetes(
        zones: [name("cluster.local.")], host: [name("corp.example.")],
        namespace: { $0 == TestServer.v4.address ? "shop" : nil })

    private let asked = "www.example.com.shop.svc.cluster.local."

    private func told(
        _ addresses: [String: [String]], _ text: String? = nil, _ type: RecordType = .a,
        from client: Client = TestServer.v4,
        search: AutopathStep.Search = AutopathStepTests.search
    ) async throws -> (message: Message, step: AutopathStep, asked: [String]) {
        let (step, behind) = (AutopathStep(zones: [.root], search: search), ScriptedStep(addresses))
        let server = TestServer([step, behind])
        let query = Message(query: name(text ?? asked), type: type, id: 1)
        let message = try #require(try await server.askBothWays(query, from: client)?.message)
        let questions = behind.questions
        return (message, step, questions.prefix(questions.count / 2).map { "\($0.name) \($0.type)" })
    }

    @Test(arguments: ["www.example.com.", "www.example.com.corp.example.", "www.example.com.svc.cluster.local."])
    func theFirstNameWithAnAddress(_ found: String) async throws {
        for (type, text) in [(RecordType.a, "192.0.2.1"), (.aaaa, "2001:db8::1")] {
            let (message, step, _) = try await told([found: ["192.0.2.1", "2001:db8::1"]], nil, type)
            #expect(
                message.answers == [
                    record(asked, .cname(name(found))), record(found, .address(address(text))),
                ])
            #expect(message.rcode == .noError && message.authorities.isEmpty)
            #expect(step.successes.value == 2)
        }
    }

    @Test func theListIsWalkedInItsOrder() async throws {
        let (message, step, questions) = try await told([:])
        #expect(message.rcode == .nxDomain && message.answers.isEmpty && message.authorities.count == 1)
        #expect(
            questions == [
                "\(asked) A", "www.example.com.svc.cluster.local. A", "www.example.com.cluster.local. A",
                "www.example.com.corp.example. A", "www.example.com. A",
            ])
        #expect(step.successes.value == 0)
    }

    /// A client that asks for both families must not be led to two names.
    @Test func bothFamiliesEndAtOneName() async throws {
        let addresses = [
            "www.example.com.svc.cluster.local.": ["192.0.2.1"], "www.example.com.": ["192.0.2.2", "2001:db8::2"],
        ]
        let v4 = try await told(addresses).message
        #expect(v4.answers.map { "\($0.data)" } == ["www.example.com.svc.cluster.local.", "192.0.2.1"])
        let v6 = try await told(addresses, nil, .aaaa).message
        #expect(v6.answers.map { "\($0.data)" } == ["www.example.com.svc.cluster.local."])
        #expect(v6.rcode == .noError && v6.authorities.map(\.type) == [.soa])
        // A name without any address ends nothing.
        let empty = ["www.example.com.svc.cluster.local.": [], "www.example.com.": ["192.0.2.2"]]
        #expect(try await told(empty).message.answers.count == 2)
        #expect(try await told(empty, nil, .aaaa).message.answers.map { "\($0.data)" } == ["www.example.com."])
    }

    @Test(
        arguments: [
            // Another namespace, another type, not below the first domain, the domain itself.
            ("www.example.com.other.svc.cluster.local.", "A"), ("www.example.com.shop.svc.cluster.local.", "TXT"),
            ("www.example.com.svc.cluster.local.", "A"), ("shop.svc.cluster.local.", "A"), ("www.example.com.", "A"),
        ])
    func othersAreLeftAlone(_ text: String, _ type: String) async throws {
        let (message, _, questions) = try await told(
            ["example.com.": ["192.0.2.1"]], text, try #require(RecordType(type)))
        #expect(message.rcode == .nxDomain && questions.count == 1)
    }

    @Test func anUnknownClientIsLeftAlone() async throws {
        let (message, _, questions) = try await told(["www.example.com.": ["192.0.2.1"]], from: TestServer.v6)
        #expect(message.rcode == .nxDomain && questions.count == 1)
    }

    @Test func whatExistsIsTold() async throws {
        for addresses in [["192.0.2.1"], []] {
            let (message, step, questions) = try await told([asked: addresses, "www.example.com.": ["192.0.2.2"]])
            #expect(message.answers.count == addresses.count && questions.count == 1)
            #expect(step.successes.value == 0)
        }
    }

    /// Who cannot say whether a name exists leaves the client to find out by itself.
    @Test func aFailureIsTheClients() async throws {
        let step = AutopathStep(zones: [.root], search: AutopathStepTests.search)
        let behind = ScriptedStep { question in
            Message(id: 0, rcode: question.name == name("www.example.com.corp.example.") ? .servFail : .nxDomain)
        }
        let message = await TestServer([step, behind]).resolve(asked, .a).message
        #expect(message.rcode == .nxDomain && behind.questions.count == 4)
    }

    @Test func aResolvConfHasOneList() async throws {
        let text = """
            domain ignored.example
            nameserver 192.0.2.53
            search  one.example two.example. # three.example
            options ndots:5
            """
        let list = AutopathStep.searchList(inResolvConf: text)
        #expect(list == [name("one.example."), name("two.example.")])
        #expect(AutopathStep.searchList(inResolvConf: "domain a.example b.example\n") == [name("a.example.")])
        #expect(AutopathStep.searchList(inResolvConf: "nameserver 192.0.2.53\n").isEmpty)
        let (message, _, questions) = try await told(
            ["www.": ["192.0.2.1"]], "www.one.example.", from: TestServer.v6, search: .fixed(list))
        #expect(message.answers.map { "\($0.data)" } == ["www.", "192.0.2.1"])
        #expect(questions == ["www.one.example. A", "www.two.example. A", "www. A"])
        #expect(try await told([:], "www.two.example.", search: .fixed(list)).asked.count == 1)
    }

    /// With a look at the kubernetes plugin's zones only what they do not have leaves the worker.
    @Test func whatTheTableHasStaysInPlace() async throws {
        let table = AnswerTable(capacity: 1 << 22)
        let set = ZoneSet()
        let zone = table.makeZone(origin: name("cluster.local."))
        table.apply(
            [
                .set(name("cluster.local."), [RecordSet(.soa, ttl: 5, [soa("cluster.local.").data])]),
                .set(name("web.shop.svc.cluster.local."), [RecordSet(.a, ttl: 5, [.address(address("10.96.0.1"))])]),
            ], to: [zone])
        table.serve([zone], in: set)
        let step = AutopathStep(zones: [.root], search: AutopathStepTests.search, probe: set)
        let zones = ZonesStep(
            .kubernetes, set, pool: AnswererPool(table: table), claims: { [name("cluster.local.")] })
        let server = TestServer([step, zones, ScriptedStep(["www.example.com.": ["192.0.2.1"]])], table: table)
        #expect(step.claims.isEmpty)
        for (text, type, isInPlace, count) in [
            ("web.shop.svc.cluster.local.", RecordType.a, true, 1), ("web.shop.svc.cluster.local.", .aaaa, true, 0),
            ("nosuch.shop.svc.cluster.local.", .a, false, 0), (asked, .a, false, 2), (asked, .aaaa, false, 1),
        ] {
            let told = try #require(try await server.askBothWays(Message(query: name(text), type: type, id: 1)))
            #expect(told.wasInPlace == isInPlace && told.message?.answers.count == count, "\(text) \(type)")
        }
    }
}
