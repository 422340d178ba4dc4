/// What the one writer of the answer table has done since the start.
struct WriterCounters: Sendable {
    /// Changes told to the table: names set or removed, PTR records more or less.
    var recordChanges = 0
    /// Endpoints that came, went or changed.
    var endpointChanges = 0
    /// Time in the registry, the zones and the table.
    var seconds = 0.0
}
