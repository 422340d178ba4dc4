import NetworkAddress
import ServiceRegistry
import TestSupport
import Testing

@Suite struct PackedEndpointsTests {
    private func random(_ numbers: inout SplitMix64) -> Endpoint {
        func address() -> IPAddress {
            Bool.random(using: &numbers)
                ? IPAddress(v4: .random(in: 0 ... .max, using: &numbers))
                : IPAddress(
                    v6High: .random(in: 0 ... .max, using: &numbers), low: .random(in: 0 ... .max, using: &numbers))
        }
        let addresses = (0..<[1, 1, 1, 0, 2, 200].randomElement(using: &numbers)!).map { _ in address() }
        return Endpoint(
            addresses: addresses, isReady: .random(using: &numbers),
            hostname: ["", "web-0", String(repeating: "a", count: 200)].randomElement(using: &numbers)!,
            podName: ["", "web-7d4b9c6f5d-abcde", "a.b", String(repeating: "p", count: 64)].randomElement(
                using: &numbers)!,
            zone: ["", "us-west-2a"].randomElement(using: &numbers)!)
    }

    @Test func endpointsComeOutAsTheyWentIn() {
        var numbers = SplitMix64(seed: 1)
        for count in 0..<40 {
            let endpoints = (0..<count).map { _ in random(&numbers) }
            let packed = PackedEndpoints(endpoints)
            #expect(Array(packed) == endpoints)
            #expect(packed.count == count)
            var ready: [String] = []
            packed.forEachReadyAddress { hostname, address, _ in ready.append("\(hostname) \(address)") }
            #expect(
                ready == endpoints.filter(\.isReady).flatMap { one in one.addresses.map { "\(one.hostname) \($0)" } })
            var detailed: [String] = []
            packed.forEachReadyAddress([.podNames, .zones]) { detailed.append("\($0) \($1) \($2)") }
            let label: (Endpoint) -> String = { one in
                one.hostname.isEmpty && one.podName.count < 64 && !one.podName.contains(".")
                    ? one.podName : one.hostname
            }
            #expect(
                detailed
                    == endpoints.filter(\.isReady).flatMap { one in
                        one.addresses.map { "\(label(one)) \($0) \(one.zone)" }
                    })
            var all: [IPAddress] = []
            packed.forEachAddress { all.append($0) }
            #expect(all == endpoints.flatMap(\.addresses))
            #expect(packed.hasReadyAddress == !ready.isEmpty)
        }
    }

    @Test func aDifferenceIsWhatLiesBetweenEqualEnds() {
        var numbers = SplitMix64(seed: 2)
        for _ in 0..<200 {
            let head = (0..<Int.random(in: 0..<4, using: &numbers)).map { _ in random(&numbers) }
            let tail = (0..<Int.random(in: 0..<4, using: &numbers)).map { _ in random(&numbers) }
            let come = (0..<Int.random(in: 0..<3, using: &numbers)).map { _ in random(&numbers) }
            let gone = (0..<Int.random(in: 0..<3, using: &numbers)).map { _ in random(&numbers) }
            let old = PackedEndpoints(head + gone + tail)
            let new = PackedEndpoints(head + come + tail)
            let difference = new.difference(from: old)
            #expect(difference.old.count <= gone.count && difference.new.count <= come.count)
            #expect(difference.new.count - difference.old.count == come.count - gone.count)
            if come.isEmpty { #expect(difference.new.count == 0) }
            if gone.isEmpty { #expect(Set(difference.new).subtracting(head + come + tail).isEmpty) }
        }
    }
}
