import ServiceRegistry

/// The resources of the API that are watched.
package enum Resource: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case namespaces, services, endpointSlices = "endpointslices", pods

    package var description: String { rawValue }

    /// Behind the server's address.
    var path: String {
        self == .endpointSlices ? "/apis/discovery.k8s.io/v1/\(rawValue)" : "/api/v1/\(rawValue)"
    }

    var kind: ObjectKind {
        switch self {
        case .namespaces: .namespace
        case .services: .service
        case .endpointSlices: .endpointSlice
        case .pods: .pod
        }
    }
}

/// How the API writes what it says.
enum Encoding: Sendable, Equatable {
    case protobuf, json

    /// - Parameter contentType: of an answer, parameters included.
    init?(contentType: String) {
        switch contentType.prefix(while: { $0 != ";" }).lowercased() {
        case "application/vnd.kubernetes.protobuf": self = .protobuf
        case "application/json": self = .json
        default: return nil
        }
    }

    /// The Accept header that asks for it.
    var accept: String {
        switch self {
        case .protobuf: "application/vnd.kubernetes.protobuf, application/json;q=0.9"
        case .json: "application/json"
        }
    }
}

/// How much of an object is kept.
struct Detail: Sendable, Equatable {
    /// Labels, annotations and the pairs of selectors; else of a selector only whether there is one.
    var labels: Bool
    /// The names of the Pods behind endpoints.
    var podNames: Bool
    /// The topology zones of endpoints.
    var zones: Bool

    /// What serving needs, without options that need more.
    static let serving = Detail(labels: false, podNames: false, zones: false)
    static let full = Detail(labels: true, podNames: true, zones: true)
    /// Everything that `ObjectEncoder` writes: what was kept comes back as it was.
    static let stored = full
}
