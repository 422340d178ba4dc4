/// What a source tells the registry, in order.
package enum RegistryEvent: Sendable, Hashable {
    /// The object is new or has changed; this is all of it.
    case put(RegistryObject)
    case delete(ObjectKey)
    /// Everything that existed when the source began has been told.
    case synced
}

/// Where objects come from: a folder of manifests, the Kubernetes API, etcd. All are equal to what stands behind them.
package protocol RegistrySource: Sendable {
    /// Tells all objects, then `.synced`, then every change, in batches that belong together, until the task is cancelled.
    /// `sink` returns when the batch is applied.
    func run(into sink: @escaping @Sendable ([RegistryEvent]) async -> Void) async throws
}
