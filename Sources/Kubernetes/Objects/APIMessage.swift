import ServiceRegistry

/// One thing that an answer of the API says.
enum APIMessage: Sendable, Equatable {
    /// An object of a list; in a watch, one that is new or has changed.
    case object(WatchedObject)
    case deleted(ObjectKey, resourceVersion: String)
    /// Nothing has changed up to this version. `endsInitialEvents`: a streaming list is complete
    /// (annotation `k8s.io/initial-events-end`).
    case bookmark(resourceVersion: String, endsInitialEvents: Bool)
    /// A list's page is complete.
    /// - Parameter continue: asks for the next page; empty: there is none.
    case listEnd(resourceVersion: String, continue: String)
    /// An ERROR event.
    case status(APIStatus)
    /// An object that makes no sense; the stream goes on behind it.
    case undecodable(DecodeFault)
}

/// An object with what its metadata says of the time.
struct WatchedObject: Sendable, Equatable {
    var object: RegistryObject
    /// Opaque by the API's rules; empty where there is none.
    var resourceVersion: String
    /// Of an EndpointSlice: when what it shows has happened, in seconds since 1970 (annotation
    /// `endpoints.kubernetes.io/last-change-trigger-time`).
    var lastChangeTrigger: Double?

    init(_ object: RegistryObject, resourceVersion: String = "", lastChangeTrigger: Double? = nil) {
        self.object = object
        self.resourceVersion = resourceVersion
        self.lastChangeTrigger = lastChangeTrigger
    }
}

/// What cannot be read, and where.
struct DecodeFault: Error, Sendable, Equatable, CustomStringConvertible {
    var what: String
    /// The object's name, where it could be read.
    var name: ObjectName?

    init(_ what: String, name: ObjectName? = nil) {
        self.what = what
        self.name = name
    }

    var description: String { name.map { "\($0): \(what)" } ?? what }
}
