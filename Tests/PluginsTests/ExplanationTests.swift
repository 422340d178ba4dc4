import AnswerTable
import Corefile
import DNSWire
import NetworkAddress
import ResponseCache
import Testing

@testable import Plugins

/// What clients of a block that explains itself are told, in place and by way of a task.
@Suite struct ExplanationTests {
    private static func query(_ text: String, payload: UInt16? = 1232) -> Message {
        Message(query: name(text), type: .a, id: 1, edns: payload.map { EDNS(payloadSize: $0) })
    }

    private static func errors(_ message: Message?) -> [ExtendedError] { message?.edns?.extendedErrors ?? [] }

    /// The last plugin: an upstream that fails, or answers with so many addresses and an error of its own.
    private final class Upstream: Step, @unchecked Sendable {
        var records = 0
        var error: ExtendedError?

        init() { super.init(.forward) }

        override func resolve(_ exchange: Exchange, _ next: Next) async -> Response {
            guard records > 0 else {
                var response = Response(to: exchange.query, .servFail, from: plugin, fault: "down")
                response.explanation = ExtendedError(.noReachableAuthority, "no upstream answers")
                return response
            }
            let addresses = (0..<records).map { RecordData.address(IPAddress(v4: UInt32($0))) }
            var message = Message(
                id: 0,
                answers: addresses.map { ResourceRecord(owner: exchange.question.name, ttl: 60, data: $0) })
            message.edns = error.map { EDNS(options: [EDNS.Option($0)]) }
            return Response(message, from: plugin)
        }
    }

    @Test(arguments: [true, false])
    func `a failure says why where the block does`(_ explains: Bool) async throws {
        let server = TestServer([Upstream()], explains: explains)
        let told = try await server.ask(Self.query("a.example.")).message
        #expect(told?.rcode == .servFail)
        #expect(Self.errors(told) == (explains ? [ExtendedError(.noReachableAuthority, "no upstream answers")] : []))
        #expect(try await server.ask(Self.query("a.example.", payload: nil)).message?.edns == nil)
    }

    @Test(arguments: [true, false])
    func `a name that is nobody's is refused with the reason`(_ explains: Bool) async throws {
        let server = TestServer([], explains: explains)
        let told = try await server.askBothWays(Self.query("a.example."))
        #expect(told?.wasInPlace == true)
        #expect(told?.message?.rcode == .refused)
        #expect(Self.errors(told?.message).map(\.code) == (explains ? [.notAuthoritative] : []))
    }

    /// What an upstream says comes through as it did; our own words are not put beside it.
    @Test func `an upstream's error stays`() async throws {
        let upstream = Upstream()
        upstream.records = 1
        upstream.error = ExtendedError(.staleAnswer, "theirs")
        for explains in [true, false] {
            let told = try await TestServer([upstream], explains: explains).ask(Self.query("a.example.")).message
            #expect(Self.errors(told) == [ExtendedError(.staleAnswer, "theirs")])
        }
    }

    /// Every number of records around the limit: an error is there only beside all of them.
    @Test func `no record goes for an error`() async throws {
        let upstream = Upstream()
        upstream.error = ExtendedError(.other, String(repeating: "x", count: 40))
        let server = TestServer([upstream], explains: true)
        var seen: Set<Bool> = []
        for count in 20...32 {
            upstream.records = count
            let told = try #require(try await server.ask(Self.query("a.example.", payload: 512)).message)
            let octets = try told.encoded().count
            #expect(octets <= 512)
            let plain = 12 + 15 + 16 * count + 11
            #expect(told.flags.contains(.truncated) == (plain > 512))
            #expect(Self.errors(told).isEmpty == (plain + 46 > 512))
            seen.insert(Self.errors(told).isEmpty)
        }
        #expect(seen == [true, false])
    }

    private static func policy(_ action: ACLSettings.Action, _ sources: [String] = []) -> ACLSettings.Policy {
        var policy = ACLSettings.Policy(action: action)
        policy.sources = sources.compactMap { CIDR($0) }
        return policy
    }

    @Test(arguments: [
        (Self.policy(.block), ResponseCode.refused, ExtendedError.Code.blocked),
        (Self.policy(.block, ["10.0.0.0/8"]), .refused, .prohibited), (Self.policy(.filter), .noError, .filtered),
    ])
    func `an access list says what it does`(
        _ policy: ACLSettings.Policy, _ rcode: ResponseCode, _ code: ExtendedError.Code
    ) async throws {
        for explains in [true, false] {
            var settings = ACLSettings()
            settings.policies = [policy]
            let step = ACLStep([settings], zones: [.root], explains: explains)
            let server = TestServer([step, Upstream()], explains: explains)
            let told = try await server.askBothWays(Self.query("a.example."))
            #expect(told?.wasInPlace == true)
            #expect(told?.message?.rcode == rcode)
            #expect(Self.errors(told?.message).map(\.code) == (explains ? [code] : []))
        }
    }

    @Test func `a trace has a line of whoever had a say`() async throws {
        let server = TestServer([Upstream()])
        var exchange = Exchange(
            query: Self.query("a.example."), client: TestServer.v4, block: server.block, view: server.view,
            deadline: .now + .seconds(5))
        let trace = Trace()
        exchange.trace = trace
        _ = await server.block.chain.resolve(exchange)
        #expect(trace.lines.map(\.step) == ["forward"])
        #expect(trace.lines.map(\.text) == ["SERVFAIL, 0 records: down"])
        #expect(trace.lines.allSatisfy { $0.at >= 0 })
    }
}
