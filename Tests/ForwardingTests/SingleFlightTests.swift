import Synchronization
import Testing

@testable import Forwarding

@Suite struct SingleFlightTests {
    private final class Gate: Sendable {
        private let stream: AsyncStream<Void>
        private let opening: AsyncStream<Void>.Continuation
        let passed = Atomic<Int>(0)

        init() { (stream, opening) = AsyncStream.makeStream() }

        func open() { opening.finish() }

        func pass() async -> Int {
            for await _ in stream {}
            return passed.add(1, ordering: .relaxed).newValue
        }
    }

    private func wait(for count: Int, in flights: SingleFlight<String, Int>) async {
        while flights.waitingCount < count { await Task.yield() }
    }

    @Test func equalKeysAreMadeOnce() async {
        let flights = SingleFlight<String, Int>(maximumWaiting: 100)
        let gate = Gate()
        async let outcomes = withTaskGroup(of: String.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    switch await flights.value(for: "a", { await gate.pass() }) {
                    case .led(let value): "led \(value)"
                    case .joined(let value): "joined \(value)"
                    case .full: "full"
                    case .cancelled: "cancelled"
                    }
                }
            }
            return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        await wait(for: 20, in: flights)
        gate.open()
        #expect(await outcomes == ["led 1": 1, "joined 1": 19])
        #expect(flights.waitingCount == 0)
        guard case .led(2) = await flights.value(for: "a", { await gate.pass() }) else {
            Issue.record("something was kept")
            return
        }
    }

    @Test func whoLeavesDoesNotTakeTheOthersAlong() async {
        let flights = SingleFlight<String, Int>(maximumWaiting: 100)
        let gate = Gate()
        let first = Task { await flights.value(for: "a") { await gate.pass() } }
        await wait(for: 1, in: flights)
        let second = Task { await flights.value(for: "a") { await gate.pass() } }
        await wait(for: 2, in: flights)
        first.cancel()
        guard case .cancelled = await first.value else {
            Issue.record("the first one still waits")
            return
        }
        gate.open()
        guard case .joined(1) = await second.value else {
            Issue.record("the second one lost its value")
            return
        }
    }

    @Test func waitersAreBounded() async {
        let flights = SingleFlight<String, Int>(maximumWaiting: 2)
        let gate = Gate()
        let tasks = ["a", "a"].map { key in Task { await flights.value(for: key) { await gate.pass() } } }
        await wait(for: 2, in: flights)
        for key in ["a", "b"] {
            guard case .full = await flights.value(for: key, { 0 }) else {
                Issue.record("\(key) waits although two do")
                return
            }
        }
        gate.open()
        for task in tasks { _ = await task.value }
    }
}
