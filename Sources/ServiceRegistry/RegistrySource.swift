/// What a source tells the registry, in order.
package enum RegistryEvent: Sendable, Hashable {
    /// The object is new or has changed; this is all of it.
    case put(RegistryObject)
    case delete(ObjectKey)
    /// Everything that existed when the source began has been told.
    case synced

    /// The object that it is about.
    package var key: ObjectKey? {
        switch self {
        case .put(let object): object.key
        case .delete(let key): key
        case .synced: nil
        }
    }
}

/// Events that belong together.
package struct RegistryBatch: Sendable {
    package var events: [RegistryEvent]
    /// When what the events tell has happened in the cluster, seconds since 1970, by the Service that it was for; where the
    /// source knows.
    package var happened: [(service: ObjectName, at: Double)]

    package init(_ events: [RegistryEvent], happened: [(service: ObjectName, at: Double)] = []) {
        self.events = events
        self.happened = happened
    }
}

/// Takes a batch and returns when it is applied. Called from whichever thread the source has.
package typealias RegistrySink = @Sendable (RegistryBatch) -> Void

/// Where objects come from: a folder of manifests, the Kubernetes API, etcd. All are equal to what stands behind them.
package protocol RegistrySource: Sendable {
    /// Tells all objects, then `.synced`, then every change, until the task is cancelled.
    func run(into sink: @escaping RegistrySink) async throws

    /// Reads everything again, also what seems not to have changed.
    func rescan()
}
