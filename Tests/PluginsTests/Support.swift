import AnswerTable
import DNSWire
import Glibc
import NetworkAddress
import Synchronization

@testable import Plugins
import QueryLog

func name(_ text: String) -> DomainName {
    guard let name = try? DomainName(text) else { preconditionFailure("\(text) is no name") }
    return name
}

func address(_ text: String) -> IPAddress {
    guard let address = IPAddress(text) else { preconditionFailure("\(text) is no address") }
    return address
}

func record(_ owner: String, _ data: RecordData, ttl: UInt32 = 60) -> ResourceRecord {
    ResourceRecord(owner: name(owner), ttl: ttl, data: data)
}

func soa(_ owner: String, ttl: UInt32 = 30) -> ResourceRecord {
    let start = StartOfAuthority(
        primary: name("ns." + owner), mailbox: name("mail." + owner), serial: 1, refresh: 1, retry: 1, expire: 1,
        minimum: ttl)
    return record(owner, .soa(start), ttl: ttl)
}

/// The last plugin of a chain: says in a task what the test wants, and remembers what it was asked.
final class ScriptedStep: Step, @unchecked Sendable {
    private let say: @Sendable (Question) -> Message
    private let asked = Mutex<[Question]>([])

    var questions: [Question] { asked.withLock { $0 } }

    init(_ say: @escaping @Sendable (Question) -> Message) {
        self.say = say
        super.init(.forward)
    }

    /// Addresses of names; the others do not exist.
    convenience init(_ addresses: [String: [String]]) {
        self.init { question in
            guard let known = addresses.first(where: { name($0.key) == question.name })?.value else {
                return Message(id: 0, rcode: .nxDomain, authorities: [soa("example.")])
            }
            let family = question.type == .a ? IPAddress.Family.v4 : question.type == .aaaa ? .v6 : nil
            let found = known.map { address($0) }.filter { $0.family == family }
            return Message(
                id: 0, answers: found.map { ResourceRecord(owner: question.name, ttl: 60, data: .address($0)) },
                authorities: found.isEmpty ? [soa("example.")] : [])
        }
    }

    override func resolve(_ exchange: Exchange, _ next: Next) async -> Response {
        asked.withLock { $0.append(exchange.question) }
        return Response(say(exchange.question), from: .forward)
    }
}

/// Answers that came back to a worker.
private final class Returned: AnswerReturn {
    let answers: AsyncStream<LateAnswer>
    private let tell: AsyncStream<LateAnswer>.Continuation

    init() { (answers, tell) = AsyncStream.makeStream() }

    func deliver(_ answer: LateAnswer) { tell.yield(answer) }
}

/// What a client gets.
struct Told {
    /// nil: no answer.
    var message: Message?
    var wasInPlace: Bool
}

/// A server with one block, without its sockets.
struct TestServer {
    let table: AnswerTable
    let block: Plugins.Block
    let view: View

    init(
        _ steps: [Step], table: AnswerTable = AnswerTable(capacity: 1 << 22), zone: String = ".",
        takesChaos: Bool = false, explains: Bool = false
    ) {
        self.table = table
        var options = Plugins.Block.Options()
        options.explains = explains
        block = Plugins.Block(
            server: "dns://:53", zone: name(zone), chain: Chain(steps), options: options, counters: [QueryCounters()])
        let nobody = Plugins.Block(server: "", zone: .root, chain: Chain([]), counters: [QueryCounters()])
        view = View(
            address: address("127.0.0.1"), port: 53, blocks: [block], nobody: nobody, takesChaos: takesChaos)
    }

    static let v4 = Client(address: address("10.244.0.7"), port: 4242, isStream: false)
    static let v6 = Client(address: address("fd00::7"), port: 4242, isStream: false)

    /// As a worker does it: in place, or by way of a task.
    func ask(_ query: Message, from client: Client = TestServer.v4) async throws -> Told {
        let octets = try query.encoded()
        let slot = Slot(Plan(views: [view]), epochs: table.epochs)
        let lane = LateLane()
        let returned = Returned()
        guard let answerer = table.makeAnswerer() else { preconditionFailure("no room for a reader") }
        let room = UnsafeMutableRawPointer.allocate(byteCount: 70_000, alignment: 16)
        room.initializeMemory(as: UInt8.self, repeating: 0, count: 70_000)
        room.copyMemory(from: octets, byteCount: octets.count)
        defer { room.deallocate() }
        let (message, isLate) = inPlace(answerer, slot, lane, returned, room, octets.count, client)
        guard isLate else { return Told(message: message, wasInPlace: true) }
        for await answer in returned.answers {
            _ = (slot, lane)
            return Told(
                message: answer.octets.isEmpty ? nil : try Message(decoding: answer.octets), wasInPlace: false)
        }
        return Told(message: nil, wasInPlace: false)
    }

    private func inPlace(
        _ answerer: consuming Answerer, _ slot: Slot<Plan>, _ lane: LateLane, _ returned: Returned,
        _ room: UnsafeMutableRawPointer, _ length: Int, _ client: Client
    ) -> (Message?, isLate: Bool) {
        let tap = AnswerTap(workers: 1)
        defer { withExtendedLifetime(tap) {} }
        var responder = Responder(
            answerer: answerer, slot: slot, lane: lane, returns: returned, worker: 0, tap: tap.writer(ofWorker: 0))
        var peer = sockaddr_storage()
        return withUnsafeMutableBytes(of: &peer) { peer in
            client.write(to: peer.baseAddress!)
            responder.beginBatch(
                listener: 0, place: ReturnPlace(number: 0, serial: 0, isStream: client.isStream), now: 0)
            let reply = responder.answer(
                room, length: length, over: client.isStream ? .tcp : .udp, from: UnsafeRawPointer(peer.baseAddress!),
                nil)
            let isLate = reply.length == 0 && responder.isLate
            defer { responder.goAway() }
            let octets = UnsafeRawBufferPointer(start: room, count: reply.length)
            return (reply.length == 0 ? nil : try? Message(decoding: octets), isLate)
        }
    }

    /// As a task does it, from the first plugin on.
    func resolve(_ query: Message, from client: Client = TestServer.v4) async -> Response {
        await block.chain.resolve(
            Exchange(query: query, client: client, block: block, view: view, deadline: .now + .seconds(5)))
    }

    func resolve(_ text: String, _ type: RecordType, from client: Client = TestServer.v4) async -> Response {
        await resolve(Message(query: name(text), type: type, id: 1), from: client)
    }

    /// Asks both ways.
    /// - Returns: what the client gets; nil where the two say different things.
    func askBothWays(_ query: Message, from client: Client = TestServer.v4) async throws -> Told? {
        let told = try await ask(query, from: client)
        let response = await resolve(query, from: client)
        if response.isDropped { return told.message == nil ? told : nil }
        let other = try Message(decoding: response.octets(to: query, room: 65_535, block))
        guard let message = told.message, message.rcode == other.rcode, message.flags == other.flags,
            Set(message.answers) == Set(other.answers), message.authorities == other.authorities,
            message.additionals == other.additionals
        else { return nil }
        return told
    }
}
