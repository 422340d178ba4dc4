import ClusterZone
import DNSWire
import FoundationEssentials
import Manifests
import NetworkAddress
import ServiceRegistry

/// What a registry is made from, to be read elsewhere: the body of `/objects` of a server's admin endpoint.
///
///     {"version":1,"source":"manifests","domain":"cluster.local.","serviceCIDRs":["10.96.0.0/12"],"podCIDRs":[],
///      "externalZones":[],"exposure":{"namespaces":[],…},"allocations":{"shop/web":{"addresses":["10.96.1.4"],"nodePorts":{"80/TCP":30086}}},
///      "documents":[{"name":"/etc/cluster/web.yaml","text":"…"}],"notes":["list pods: 403 Forbidden: …"]}
package struct ClusterDocuments: Decodable, Sendable {
    package static let version = 1

    package enum Source: String, Decodable, Sendable {
        /// Manifests, with places that somebody can open.
        case manifests
        /// Lists of a cluster's API.
        case api
    }

    package struct Document: Decodable, Sendable {
        package var name: String
        package var text: [UInt8]

        package init(name: String, text: [UInt8]) {
            self.name = name
            self.text = text
        }

        private enum Keys: CodingKey { case name, text }

        package init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            name = try container.decode(String.self, forKey: .name)
            text = Array(try container.decode(String.self, forKey: .text).utf8)
        }
    }

    /// What a Service was given that did not ask for it.
    package struct Given: Decodable, Sendable {
        package var addresses: [String]
        /// By `port/protocol`.
        package var nodePorts: [String: UInt16]
    }

    /// What of the registry the server shows: `Exposure`.
    package struct Exposed: Decodable, Sendable {
        package var namespaces: [String]
        package var namespaceLabels: String
        package var labels: String
        package var pods: String
        package var ignoresEndpoints: Bool
        package var ignoresEmptyServices: Bool

        package init(_ exposure: Exposure) {
            namespaces = exposure.namespaces
            namespaceLabels = exposure.namespaceLabels
            labels = exposure.labels
            pods = exposure.pods.rawValue
            ignoresEndpoints = exposure.ignoresEndpoints
            ignoresEmptyServices = exposure.ignoresEmptyServices
        }

        package var exposure: Exposure {
            var exposure = Exposure()
            exposure.namespaces = namespaces
            exposure.namespaceLabels = namespaceLabels
            exposure.labels = labels
            exposure.pods = ClusterZoneOptions.Pods(rawValue: pods) ?? .disabled
            exposure.ignoresEndpoints = ignoresEndpoints
            exposure.ignoresEmptyServices = ignoresEmptyServices
            return exposure
        }
    }

    package var version = ClusterDocuments.version
    package var source: Source
    package var domain: String
    package var serviceCIDRs: [String] = []
    package var podCIDRs: [String] = []
    package var externalZones: [String] = []
    package var exposure = Exposed(Exposure())
    /// By `namespace/name`.
    package var allocations: [String: Given] = [:]
    package var documents: [Document] = []
    /// Kinds of which the API told nothing.
    package var unread: [String] = []
    package var notes: [String] = []

    package init(source: Source, domain: DomainName) {
        self.source = source
        self.domain = "\(domain)"
    }

    package mutating func set(_ given: [ObjectName: Allocation]) {
        allocations = [:]
        for (name, allocation) in given {
            let ports = allocation.nodePorts.map { ("\($0.key.port)/\($0.key.transport.rawValue)", $0.value) }
            allocations["\(name)"] = Given(
                addresses: allocation.addresses.map { "\($0)" }, nodePorts: Dictionary(uniqueKeysWithValues: ports))
        }
    }

    // MARK: JSON

    /// One object on one line. Texts are given up as they are written, so that none is there twice.
    package consuming func json() -> [UInt8] {
        func list(_ texts: [String]) -> JSONValue { .array(texts.map(JSONValue.string)) }
        let given = allocations.sorted { $0.key < $1.key }.map { name, given in
            let ports = given.nodePorts.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.number(Int($0.value))) }
            return (name, JSONValue.object([("addresses", list(given.addresses)), ("nodePorts", .object(ports))]))
        }
        let head = JSONValue.object([
            ("version", .number(version)), ("source", .string(source.rawValue)), ("domain", .string(domain)),
            ("serviceCIDRs", list(serviceCIDRs)), ("podCIDRs", list(podCIDRs)), ("externalZones", list(externalZones)),
            ("exposure", exposure.json), ("allocations", .object(given)), ("unread", list(unread)),
            ("notes", list(notes)),
        ])
        var out = Array(head.text.utf8.dropLast())
        out.reserveCapacity(documents.reduce(out.count) { $0 + $1.text.count * 9 / 8 + 64 })
        out += ",\"documents\":[".utf8
        for index in documents.indices {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            out += "{\"name\":\(JSONValue.string(documents[index].name).text),\"text\":".utf8
            ClusterDocuments.write(documents[index].text, to: &out)
            out.append(UInt8(ascii: "}"))
            documents[index].text = []
        }
        return out + "]}\n".utf8
    }

    /// In place of the rest, where it cannot be told.
    package static func json(error: String) -> [UInt8] {
        Array((JSONValue.object([("version", .number(version)), ("error", .string(error))]).text + "\n").utf8)
    }

    private struct Failure: Decodable {
        var error: String
    }

    /// A text between quotes; what is no UTF-8 becomes U+FFFD.
    private static func write(_ text: [UInt8], to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for octet in String(decoding: text, as: UTF8.self).utf8 {
            switch octet {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), octet]
            case UInt8(ascii: "\n"): out += "\\n".utf8
            case 0..<0x20, 0x7F: out += "\\u00\(octet < 16 ? "0" : "")\(String(octet, radix: 16))".utf8
            default: out.append(octet)
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    /// - Throws: `UsageError` for what is no such object, or one of another version.
    package init(json octets: [UInt8], from origin: String) throws(UsageError) {
        do {
            self = try JSONDecoder().decode(ClusterDocuments.self, from: Data(octets))
        } catch {
            if let failure = try? JSONDecoder().decode(Failure.self, from: Data(octets)) {
                throw UsageError("\(origin) does not tell its objects: \(failure.error)")
            }
            throw UsageError("\(origin) does not tell its objects: it is no clusterdns, or an older one")
        }
        guard version == ClusterDocuments.version else {
            throw UsageError(
                "\(origin) tells its objects in version \(version); \(ClusterDocuments.version) is known here")
        }
    }
}

extension ClusterDocuments.Exposed {
    fileprivate var json: JSONValue {
        .object([
            ("namespaces", .array(namespaces.map(JSONValue.string))), ("namespaceLabels", .string(namespaceLabels)),
            ("labels", .string(labels)), ("pods", .string(pods)), ("ignoresEndpoints", .bool(ignoresEndpoints)),
            ("ignoresEmptyServices", .bool(ignoresEmptyServices)),
        ])
    }
}

// MARK: - As facts

extension ClusterFacts {
    /// What a cluster's API or a running server has told.
    ///
    /// An API server has checked its objects itself, and gives addresses by its own flags: what reading them finds is left
    /// out, and so are the Services that every embedded registry has.
    package init(_ told: ClusterDocuments) {
        let octets = told.documents.map { (name: $0.name, octets: $0.text) }
        let options = ManifestOptions(
            serviceCIDRs: told.serviceCIDRs.compactMap { CIDR($0) }, podCIDRs: told.podCIDRs.compactMap { CIDR($0) })
        var snapshot = ManifestSnapshot(documents: octets, options: options, remembered: told.remembered)
        if told.source == .api {
            let places = snapshot.places
            snapshot.events.removeAll { event in
                guard case .put(.service(let service)) = event else { return false }
                return places[ObjectKey(.service, service.name)] == nil
            }
        }
        self.init(snapshot, domain: (try? DomainName(told.domain)) ?? ClusterFacts().domain)
        serviceCIDRs = options.serviceCIDRs
        podCIDRs = options.podCIDRs
        externalZones = told.externalZones.compactMap { try? DomainName($0) }
        exposure = told.exposure.exposure
        reading.notes = told.notes
        reading.unread = Set(told.unread.compactMap(ObjectKind.init(rawValue:)))
        switch told.source {
        case .manifests: reading.origin = .server
        case .api:
            reading.origin = .api
            places = [:]
            loadFindings = []
            allocationFaults = []
            allocated = []
            fieldPlaces = FieldPlaces()
        }
    }
}

extension ClusterDocuments {
    fileprivate var remembered: [ObjectName: Allocation] {
        var remembered: [ObjectName: Allocation] = [:]
        for (key, given) in allocations {
            let words = key.split(separator: "/", maxSplits: 1)
            guard words.count == 2 else { continue }
            var allocation = Allocation()
            allocation.addresses = given.addresses.compactMap { IPAddress($0) }
            for (port, number) in given.nodePorts {
                let parts = port.split(separator: "/")
                guard parts.count == 2, let value = UInt16(parts[0]),
                    let transport = TransportProtocol(rawValue: String(parts[1]))
                else { continue }
                allocation.nodePorts[PortKey(transport: transport, port: value)] = number
            }
            remembered[ObjectName(String(words[0]), String(words[1]))] = allocation
        }
        return remembered
    }
}
