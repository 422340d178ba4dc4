import ServiceRegistry
import TestSupport
import Testing

@testable import Kubernetes

/// A reflector against a server to which everything happens: when it is quiet again, what was told is what the server has.
@Suite struct ReflectorRandomTests {
    @Test(arguments: 0..<200 as Range<UInt64>) func itIsInStepInTheEnd(seed: UInt64) {
        var world = World(seed: seed)
        for _ in 0..<400 { world.step() }
        world.rest()
        #expect(world.told == world.server.objects.mapValues(\.object), "seed \(seed)")
        let status = world.reflector.status
        #expect(status.state == .watching && status.failure == nil, "seed \(seed): \(status)")
        #expect(status.objects == world.told.count, "seed \(seed)")
    }

    /// A server that was restored and has passed the known version in the meantime cannot be told from one that was not:
    /// the list after six hours repairs it.
    @Test(arguments: 0..<20 as Range<UInt64>) func timeRepairsTheRest(seed: UInt64) {
        var world = World(seed: seed)
        world.isRestoredUnseen = true
        for _ in 0..<400 { world.step() }
        world.rest(rounds: 500)
        #expect(world.told == world.server.objects.mapValues(\.object), "seed \(seed)")
    }
}

/// A server, a reflector, the connection between them, and what goes wrong.
private struct World {
    var server: ModelServer
    var reflector: Reflector
    var told: [String: RegistryObject] = [:]
    /// The server may pass a version that the reflector knows from before a restore.
    var isRestoredUnseen = false
    private var numbers: SplitMix64
    private var now = 0.0
    /// Of the watch that is open: the version up to which it was told.
    private var open: Int?

    init(seed: UInt64) {
        numbers = SplitMix64(seed: seed)
        server = ModelServer(streams: Bool.random(using: &numbers))
        var options = Reflector.Options()
        options.streamsFirstList = true
        options.page = 2
        reflector = Reflector(.services, options)
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &numbers) < percent }

    mutating func step() {
        switch Int.random(in: 0..<100, using: &numbers) {
        case 0..<30: write()
        case 30..<34: server.compact(keeping: Int.random(in: 0..<4, using: &numbers))
        case 34..<37: server.save()
        case 37..<39:
            server.restore()
            cut()
        case 39..<44: cut()
        case 44..<50: pass(Double.random(in: 0..<200, using: &numbers))
        default: converse(isFaulty: true)
        }
    }

    /// Nothing happens any more but time and what is due.
    mutating func rest(rounds: Int = 60) {
        for _ in 0..<rounds {
            converse(isFaulty: false)
            pass(60)
        }
        // Not in the middle of a list.
        for _ in 0..<60 where reflector.status.state != .watching { converse(isFaulty: false) }
    }

    private mutating func write() {
        let known = reflector.resourceVersion.flatMap { Int($0) } ?? 0
        guard isRestoredUnseen || known <= server.version || server.version + 1 < known else { return }
        server.write(
            ["a", "b", "c", "d", "e", "f"].randomElement(using: &numbers)!, isDelete: Bool.random(using: &numbers))
    }

    private mutating func cut() {
        guard open != nil else { return }
        close(Bool.random(using: &numbers) ? .finished : .failed("cut"))
    }

    private mutating func close(_ ending: Reflector.Ending) {
        open = nil
        reflector.ended(ending, at: now)
    }

    private mutating func pass(_ seconds: Double) {
        now += seconds
        guard open != nil else { return }
        reflector.pulse(at: now)
        if reflector.wantsToStop { close(.stopped) }
    }

    /// One request, or what an open watch brings.
    private mutating func converse(isFaulty: Bool) {
        guard let version = open else { return ask(isFaulty) }
        let changes = server.changes(after: version)
        if changes.isEmpty, server.version >= version, !isFaulty || chance(20) {
            say([.mark(server.version)], isFaulty: false)
            return
        }
        say(isFaulty ? Array(changes.prefix(Int.random(in: 0...3, using: &numbers))) : changes, isFaulty: false)
    }

    private mutating func ask(_ isFaulty: Bool) {
        switch reflector.next(at: now) {
        case .wait(let seconds): now += isFaulty ? seconds * .random(in: 0...1, using: &numbers) : seconds
        case .request(let request):
            if isFaulty && chance(10) { return reflector.ended(.failed("refused"), at: now) }
            if isFaulty && chance(10) {
                let code = [401, 403, 429, 500, 503, 504].randomElement(using: &numbers)!
                return reflector.refused(APIStatus(code: code, message: "no"), retryAfter: 2, at: now)
            }
            switch server.answer(request) {
            case .refused(let status): reflector.refused(status, at: now)
            case .list(let messages):
                reflector.accepted(at: now)
                if say(messages, isFaulty: isFaulty) { reflector.ended(.finished, at: now) }
            case .watch(let messages, let version):
                reflector.accepted(at: now)
                open = version
                say(messages, isFaulty: isFaulty)
            }
        }
    }

    /// - Returns: whether all was said.
    @discardableResult
    private mutating func say(_ messages: [APIMessage], isFaulty: Bool) -> Bool {
        let end = isFaulty && chance(15) ? Int.random(in: 0...messages.count, using: &numbers) : messages.count
        for message in messages[..<end] {
            now += 0.01
            reflector.take(message, at: now)
            hear()
            if case .object(let watched) = message, open != nil { open = max(open!, Int(watched.resourceVersion)!) }
            if case .deleted(_, let version) = message, open != nil { open = Int(version) }
            if reflector.wantsToStop {
                close(.stopped)
                return false
            }
        }
        if end < messages.count { close(.failed("cut")) }
        return end == messages.count
    }

    private mutating func hear() {
        for event in reflector.takeEvents() {
            switch event {
            case .put(let object): told[object.key.name.name] = object
            case .delete(let key): told[key.name.name] = nil
            case .synced: break
            }
        }
    }
}
