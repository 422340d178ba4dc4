import ServiceRegistry

/// How the facts of a cluster were come by: what may be concluded from what is not among them.
package struct ClusterReading: Hashable, Sendable {
    package enum Origin: Hashable, Sendable {
        /// Files: a part of a cluster, and no more than somebody wrote down.
        case manifests
        /// A running server with an embedded registry: the manifests that it reads, with the addresses that it gave.
        case server
        /// A cluster's API, asked by us or by the server: everything, but for `unread`.
        case api
    }

    package var origin = Origin.manifests
    /// The server that is asked has made these facts: what it gave out is what it has to answer.
    package var isOfServer = false
    /// Kinds that the API did not let be read: nothing follows from their absence.
    package var unread: Set<ObjectKind> = []
    /// What could not be read, `list pods: 403 Forbidden: …`.
    package var notes: [String] = []

    package init() {}
}
