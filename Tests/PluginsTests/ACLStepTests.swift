import AnswerTable
import Corefile
import DNSWire
import NetworkAddress
import Testing

@testable import Plugins

@Suite struct ACLStepTests {
    private static func policy(
        _ action: ACLSettings.Action, _ types: [RecordType] = [], _ sources: [String] = []
    ) -> ACLSettings.Policy {
        var policy = ACLSettings.Policy(action: action)
        policy.types = types
        policy.sources = sources.compactMap { CIDR($0) }
        return policy
    }

    private static func line(_ zones: [String], _ policies: [ACLSettings.Policy]) -> ACLSettings {
        var line = ACLSettings()
        line.zones = zones.map { name($0) }
        line.policies = policies
        return line
    }

    private enum Fate { case passed, refused, empty, silent }

    private func fate(_ told: Told?) throws -> Fate {
        let told = try #require(told)
        guard let message = told.message else { return .silent }
        #expect(told.wasInPlace == message.answers.isEmpty, "what acl decides, it decides in place")
        return message.rcode == .refused ? .refused : message.answers.isEmpty ? .empty : .passed
    }

    private let behind = ScriptedStep { Message(id: 0, answers: [record("\($0.name)", .txt([[1]]))]) }

    @Test(
        arguments: [
            // The order of the list decides, not the longest prefix.
            ("a.example.", "A", "10.1.2.3", "refused"), ("a.example.", "A", "10.2.0.1", "passed"),
            ("a.example.", "AAAA", "10.2.0.1", "passed"), ("a.example.", "TXT", "10.9.0.1", "empty"),
            ("a.example.", "A", "10.9.0.1", "passed"), ("a.example.", "A", "192.0.2.1", "silent"),
            ("a.example.", "A", "fd00:1::1", "refused"), ("a.example.", "A", "fd00:2::1", "passed"),
            ("a.example.", "A", "fd01::1", "silent"), ("a.example.", "TXT", "fd01::1", "silent"),
            // The next line of another zone, and its longest zone only.
            ("b.other.", "A", "10.1.2.3", "refused"), ("b.other.", "A", "10.2.2.3", "passed"),
            ("x.", "A", "10.1.2.3", "passed"),
        ])
    func policies(_ text: String, _ type: String, _ source: String, _ wanted: String) async throws {
        let step = ACLStep(
            [
                ACLStepTests.line(
                    ["example."],
                    [
                        ACLStepTests.policy(.block, [], ["10.1.0.0/16", "fd00:1::/32"]),
                        ACLStepTests.policy(.filter, [RecordType(rawValue: 16)], ["10.9.0.0/16"]),
                        ACLStepTests.policy(.allow, [], ["10.0.0.0/8", "fd00::/16"]),
                        ACLStepTests.policy(.drop),
                    ]),
                ACLStepTests.line(["example.", "other."], [ACLStepTests.policy(.block, [.a], ["10.1.2.3/32"])]),
            ], zones: [.root])
        let server = TestServer([step, behind])
        let query = Message(query: name(text), type: try #require(RecordType(type)), id: 7)
        let client = Client(address: address(source), port: 1, isStream: false)
        let told = try await server.askBothWays(query, from: client)
        #expect("\(try fate(told))" == wanted)
        let counts = step.lines.flatMap(\.counts)
        #expect(counts.map(\.blocked.value).reduce(0, +) == (wanted == "refused" ? 2 : 0))
        #expect(counts.map(\.filtered.value).reduce(0, +) == (wanted == "empty" ? 2 : 0))
        #expect(counts.map(\.dropped.value).reduce(0, +) == (wanted == "silent" ? 2 : 0))
        // A question that passes in place is asked again as a task only from the plugin on that needs one.
        #expect(step.allowed.value == (wanted == "passed" ? 2 : 0))
    }

    /// A line that lets somebody pass ends it: the lines behind have no say (CoreDNS plugin/acl, acl.go).
    @Test func anAllowEndsAllLines() async throws {
        let step = ACLStep(
            [
                ACLStepTests.line([], [ACLStepTests.policy(.allow, [], ["10.0.0.0/8"])]),
                ACLStepTests.line([], [ACLStepTests.policy(.block)]),
            ], zones: [name("example.")])
        let server = TestServer([step, behind])
        let query = Message(query: name("a.example."), type: .a, id: 7)
        #expect(try fate(try await server.askBothWays(query)) == .passed)
        #expect(try fate(try await server.askBothWays(query, from: TestServer.v6)) == .refused)
        #expect(step.claims == [name("example."), name("example.")])
        #expect(step.lines[1].zones == [name("example.")])
        #expect(step.lines[1].counts[0].blocked.value == 2)
    }

    /// An address in IPv4's form within IPv6, as a socket for both tells it, is IPv4.
    @Test(arguments: ["0.0.0.0/0", "10.0.0.0/8", "10.244.0.7/32", "10.244.0.6/31"])
    func prefixes(_ block: String) async throws {
        let step = ACLStep([ACLStepTests.line(["."], [ACLStepTests.policy(.block, [], [block])])], zones: [])
        let server = TestServer([step, behind])
        let query = Message(query: name("a."), type: .a, id: 7)
        #expect(try fate(try await server.askBothWays(query)) == .refused)
        let mapped = Client(address: address("::ffff:10.244.0.7"), port: 1, isStream: true)
        #expect(try fate(try await server.ask(query, from: mapped)) == .refused)
        #expect(try fate(try await server.askBothWays(query, from: TestServer.v6)) == .passed)
    }
}
