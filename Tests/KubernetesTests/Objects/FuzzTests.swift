import NetworkAddress
import ServiceRegistry
import TestSupport
import Testing

@testable import Kubernetes

/// Good bodies with octets changed, taken out and put in: whatever they say, nothing traps, and each call ends.
@Suite struct FuzzTests {
    private func mutated(_ body: [UInt8], _ numbers: inout SplitMix64) -> [UInt8] {
        var body = body
        for _ in 0..<Int.random(in: 1...6, using: &numbers) where !body.isEmpty {
            let place = Int.random(in: body.indices, using: &numbers)
            switch Int.random(in: 0..<6, using: &numbers) {
            case 0: body[place] = .random(in: 0 ... .max, using: &numbers)
            case 1: body[place] ^= 1 << UInt8.random(in: 0..<8, using: &numbers)
            case 2: body.removeSubrange(place..<min(body.count, place + Int.random(in: 1...9, using: &numbers)))
            case 3: body.insert([0, 0x7F, 0x80, 0xFF].randomElement(using: &numbers)!, at: place)
            case 4: body.insert(Array("\"\\{}[]:,u".utf8).randomElement(using: &numbers)!, at: place)
            default: body.insert(contentsOf: body[place..<min(body.count, place + 16)], at: place)
            }
        }
        return body
    }

    @Test func mutations() throws {
        let seed = UInt64.random(in: .min ... .max)
        var numbers = SplitMix64(seed: seed)
        var bodies: [(BodyReader.Form, Resource, Encoding, [UInt8])] = StreamTests.bodies.map {
            ($0, .services, $1, $2)
        }
        for (name, resource) in [
            ("core.v1.Service", Resource.services), ("discovery.k8s.io.v1.EndpointSlice", .endpointSlices),
            ("core.v1.Namespace", .namespaces),
        ] {
            let protobuf = try fixture("\(name).pb")
            let raw = try #require(protobuf.withUnsafeBytes { ProtobufEnvelope.raw($0).map(Array.init) })
            let json = try fixture("\(name).json")
            bodies.append((.list, resource, .protobuf, protobufList([raw])))
            bodies.append((.watch, resource, .protobuf, protobufEvent("ADDED", raw)))
            bodies.append((.list, resource, .json, Array("{\"items\":[".utf8) + json + Array("]}".utf8)))
        }
        var slice = EndpointSlice(name: ObjectName("shop", "web-x"), serviceName: "web", addressType: .ipv4)
        slice.endpoints = (0..<8).map { Endpoint(addresses: [.init(v4: UInt32($0))], hostname: "h\($0)", podName: "p") }
        bodies.append(
            (.list, .endpointSlices, .protobuf, protobufList([ObjectEncoder.octets(of: .endpointSlice(slice))])))
        var told = 0
        for round in 0..<6000 {
            let (form, resource, encoding, body) = bodies[round % bodies.count]
            let piece = Int.random(in: 1...400, using: &numbers)
            // The faults are not of interest; that there is no trap is.
            let all = try? messages(form, resource, encoding, mutated(body, &numbers), piece: piece)
            told += all?.count ?? 0
        }
        #expect(told > 500, "seed \(seed)")
    }

    /// Octets of no meaning at all.
    @Test func noise() {
        let seed = UInt64.random(in: .min ... .max)
        var numbers = SplitMix64(seed: seed)
        for _ in 0..<2000 {
            let octets = (0..<Int.random(in: 0..<64, using: &numbers)).map { _ in
                UInt8.random(in: 0 ... .max, using: &numbers)
            }
            for resource in Resource.allCases {
                _ = try? decode(resource, octets)
                _ = try? decode(json: octets, resource)
            }
            _ = APIStatus(body: octets, .json, code: 500)
            _ = APIStatus(body: enveloped(octets), .protobuf, code: 500)
        }
    }
}
