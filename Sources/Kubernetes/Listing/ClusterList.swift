import HTTP
import ServiceRegistry

/// Everything of a cluster that findings are made from, listed once: JSON documents for a reader of manifests.
///
///     let list = try ClusterList.read(connection)
///     list.documents                          // services, services/2, …
///     list.notes                              // list pods: 403 Forbidden: pods is forbidden: …
package struct ClusterList: Sendable {
    /// A page of a list, trimmed, by the name of its resource.
    package var documents: [(name: String, octets: [UInt8])] = []
    /// Why a resource could not be read, a line each.
    package var notes: [String] = []
    /// The kinds that were not read.
    package var unread: [ObjectKind] = []

    /// Octets that all documents together may have.
    package static let limit = 256 << 20
    /// Objects that are asked for at a time, kubectl's.
    private static let page = 500

    private struct Resource {
        let name: String
        let group: String
        let kind: String
        let objects: ObjectKind
        var isNamespaced = true

        var version: String { group.hasPrefix("/api/") ? "v1" : String(group.dropFirst(6)) }
    }

    private static let resources = [
        Resource(name: "services", group: "/api/v1", kind: "Service", objects: .service),
        Resource(
            name: "endpointslices", group: "/apis/discovery.k8s.io/v1", kind: "EndpointSlice", objects: .endpointSlice),
        Resource(name: "namespaces", group: "/api/v1", kind: "Namespace", objects: .namespace, isNamespaced: false),
        Resource(name: "pods", group: "/api/v1", kind: "Pod", objects: .pod),
        Resource(name: "endpoints", group: "/api/v1", kind: "Endpoints", objects: .endpoints),
        Resource(name: "ingresses", group: "/apis/networking.k8s.io/v1", kind: "Ingress", objects: .ingress),
        Resource(
            name: "networkpolicies", group: "/apis/networking.k8s.io/v1", kind: "NetworkPolicy",
            objects: .networkPolicy),
        Resource(name: "deployments", group: "/apis/apps/v1", kind: "Deployment", objects: .workload),
        Resource(name: "statefulsets", group: "/apis/apps/v1", kind: "StatefulSet", objects: .workload),
        Resource(name: "daemonsets", group: "/apis/apps/v1", kind: "DaemonSet", objects: .workload),
        Resource(name: "nodes", group: "/api/v1", kind: "Node", objects: .node, isNamespaced: false),
    ]

    private init() {}

    /// Lists resource by resource. What the API refuses is noted; without its Services there is nothing to look at.
    /// - Parameters:
    ///   - namespaces: asked one by one where the API does not tell of all namespaces.
    ///   - limit: octets of all documents together.
    ///   - timeout: for everything together.
    /// - Throws: `ClusterListError`.
    package static func read(
        _ connection: ClusterConnection, namespaces: [String] = [], limit: Int = ClusterList.limit,
        timeout: Duration = .seconds(30)
    ) throws(ClusterListError) -> ClusterList {
        var list = ClusterList()
        var reading = Reading(connection: connection, left: limit, end: .now + timeout)
        for resource in resources {
            do throws(Refusal) {
                list.documents += try reading.pages(of: resource, in: nil)
            } catch {
                guard error.code == 403, resource.isNamespaced, !namespaces.isEmpty,
                    let found = reading.pages(of: resource, inEach: namespaces)
                else {
                    if resource.objects == .service { throw ClusterListError(description: error.text(resource.name)) }
                    // A group that the server does not have holds nothing.
                    guard error.code != 404 else { continue }
                    list.notes.append(error.text(resource.name))
                    list.unread.append(resource.objects)
                    continue
                }
                list.documents += found
                list.notes.append("list \(resource.name): only of \(namespaces.joined(separator: ", "))")
            }
            if reading.left < 0 {
                throw ClusterListError(description: "\(connection.server) has more than \(limit >> 20) MiB of objects")
            }
        }
        return list
    }

    /// Why a resource was not read.
    private struct Refusal: Error {
        /// HTTP's status; 0 where there was no answer.
        var code = 0
        var reason: String

        func text(_ resource: String) -> String { "list \(resource): \(reason)" }
    }

    private struct Reading {
        let connection: ClusterConnection
        let client = HTTPClient()
        var left: Int
        let end: ContinuousClock.Instant

        /// nil where one of the namespaces is refused too.
        mutating func pages(
            of resource: Resource, inEach namespaces: [String]
        ) -> [(name: String, octets: [UInt8])]? {
            var all: [(name: String, octets: [UInt8])] = []
            for namespace in namespaces {
                guard let pages = try? pages(of: resource, in: namespace) else { return nil }
                all += pages
            }
            return all
        }

        /// All pages; once more from the first where the server has forgotten the version that they are of.
        mutating func pages(
            of resource: Resource, in namespace: String?
        ) throws(Refusal) -> [(name: String, octets: [UInt8])] {
            do throws(Refusal) {
                return try pagesOnce(of: resource, in: namespace)
            } catch {
                guard error.code == 410 else { throw error }
                return try pagesOnce(of: resource, in: namespace)
            }
        }

        private mutating func pagesOnce(
            of resource: Resource, in namespace: String?
        ) throws(Refusal) -> [(name: String, octets: [UInt8])] {
            var trimmer = ListTrimmer(kind: resource.kind, version: resource.version)
            var pages: [(name: String, octets: [UInt8])] = []
            let folder = namespace.map { "/namespaces/\($0)" } ?? ""
            repeat {
                var path = "\(resource.group)\(folder)/\(resource.name)?limit=\(ClusterList.page)"
                if !trimmer.next.isEmpty { path += "&continue=\(percentEscaped(trimmer.next))" }
                let body = try body(path)
                do {
                    let document = try body.withUnsafeBytes { try trimmer.document($0) }
                    left -= document.count
                    let name = (namespace.map { "\($0)/" } ?? "") + resource.name
                    pages.append((pages.isEmpty ? name : "\(name)/\(pages.count + 1)", document))
                } catch {
                    throw Refusal(reason: "\(error)")
                }
            } while !trimmer.next.isEmpty && left >= 0
            return pages
        }

        private func body(_ path: String) throws(Refusal) -> [UInt8] {
            let time = end - .now
            guard time > .zero else { throw Refusal(reason: "the time is up") }
            let answer: (head: HTTPHead, body: [UInt8])
            do {
                // A page has more octets than what is left of it.
                answer = try client.fetch(
                    connection.request(path, accept: Encoding.json.accept), limit: left + (64 << 20), timeout: time)
            } catch {
                throw Refusal(reason: "\(error)")
            }
            guard answer.head.status == 200 else {
                let status = APIStatus(body: answer.body, .json, code: answer.head.status)
                if status.code == 401 { connection.credentials.reject() }
                let name = status.reason.isEmpty ? "" : " \(status.reason)"
                throw Refusal(code: status.code, reason: "\(status.code)\(name): \(status.message)")
            }
            return answer.body
        }
    }
}

/// Why a cluster's objects cannot be listed.
package struct ClusterListError: Error, CustomStringConvertible {
    package let description: String
}
