import ServiceRegistry

@testable import Kubernetes

/// An API server's way with one resource, without a wire: objects, versions that grow, as much history as was not compacted,
/// pages that are a view of one version.
struct ModelServer {
    private(set) var objects: [String: WatchedObject] = [:]
    private(set) var version = 100
    /// Changes in order, those that are still known.
    private var history: [(version: Int, message: APIMessage)] = []
    /// Changes up to this version are gone.
    private var compacted = 100
    private var pages: [String: ArraySlice<WatchedObject>] = [:]
    private var pageVersions: [String: Int] = [:]
    private var tokens = 0
    private var backup: (objects: [String: WatchedObject], version: Int) = ([:], 100)
    /// WatchList; else how it is refused.
    let streams: Bool

    enum Answer {
        case refused(APIStatus)
        /// Ends behind these.
        case list([APIMessage])
        /// Goes on with the changes after a version.
        case watch([APIMessage], from: Int)
    }

    init(streams: Bool) { self.streams = streams }

    // MARK: - What happens to it

    mutating func write(_ name: String, isDelete: Bool) {
        if isDelete && objects[name] == nil { return }
        version += 1
        if isDelete {
            objects[name] = nil
            history.append((version, .gone(name, version)))
        } else {
            var service = Service(name: ObjectName("shop", name))
            service.labels = ["written": "\(version)"]
            objects[name] = WatchedObject(.service(service), resourceVersion: "\(version)")
            history.append((version, .object(objects[name]!)))
        }
    }

    /// Forgets all but the newest changes, and every page's view.
    mutating func compact(keeping count: Int) {
        compacted = max(compacted, version - count)
        history.removeAll { $0.version <= compacted }
        pages = [:]
    }

    mutating func save() { backup = (objects, version) }

    /// Begins anew with what was saved: versions are given a second time.
    mutating func restore() {
        (objects, version) = backup
        compacted = version
        history = []
        pages = [:]
    }

    // MARK: - What it says

    mutating func answer(_ request: Reflector.Request) -> Answer {
        let query = Dictionary(request.query.map { ($0.name, $0.value) }) { $1 }
        let wanted = query["resourceVersion"].flatMap { Int($0) } ?? 0
        switch request.purpose {
        case .list, .probe:
            if wanted > version { return .refused(ModelServer.tooLarge) }
            return list(limit: query["limit"].flatMap { Int($0) }, token: query["continue"])
        case .streamingList:
            guard streams else { return .refused(APIStatus(code: 400, reason: "BadRequest", message: "no stream")) }
            if wanted > version { return .refused(ModelServer.tooLarge) }
            return .watch(objects.values.map(APIMessage.object) + [.mark(version, ends: true)], from: version)
        case .watch:
            if wanted < compacted { return .refused(ModelServer.expired) }
            return .watch([], from: wanted)
        }
    }

    private mutating func list(limit: Int?, token: String?) -> Answer {
        if let token, pages[token] == nil { return .refused(ModelServer.expired) }
        let rest = token.flatMap { pages[$0] } ?? Array(objects.values)[...]
        let at = token.flatMap { pageVersions[$0] } ?? version
        let items = rest.prefix(limit ?? rest.count)
        var next = ""
        if items.count < rest.count {
            tokens += 1
            next = "t\(tokens)"
            pages[next] = rest.dropFirst(items.count)
            pageVersions[next] = at
        }
        return .list(items.map(APIMessage.object) + [.page(at, next: next)])
    }

    /// What a watch is told next; 410 where it is gone.
    func changes(after version: Int) -> [APIMessage] {
        if version < compacted { return [.status(ModelServer.expired)] }
        return history.filter { $0.version > version }.map(\.message)
    }

    private static let expired = APIStatus(code: 410, reason: "Expired", message: "too old")
    private static let tooLarge = APIStatus(
        code: 504, reason: "Timeout", message: "too large", retryAfterSeconds: 1, causes: ["ResourceVersionTooLarge"])
}
