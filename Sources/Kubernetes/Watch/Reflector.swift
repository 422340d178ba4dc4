import ServiceRegistry

/// What keeps one resource of an API server in step: which request comes next, and what the answers mean. It has no socket
/// and no clock; `WatchThread` gives it both.
///
///     var reflector = Reflector(.services, options)
///     switch reflector.next(at: now) { ... }           // a request to make, or a time to wait
///     reflector.accepted(at: now)                      // 200
///     reflector.take(message, at: now)                 // what the body says, piece by piece
///     reflector.ended(.finished, at: now)
///     let events = reflector.takeEvents()
///
/// As client-go's reflector does (tools/cache/reflector.go): a list, streamed where the server can, then a watch from the
/// list's resourceVersion; bookmarks move it on; a watch that ends goes on from there; 410 Gone brings a new list, which is
/// applied as the difference to what is known. Beyond it: a version that went back (a restored etcd) and a list after long
/// times are found and repaired, and a watch without a sign of life is given up.
struct Reflector: Sendable {
    let resource: Resource
    let options: Options
    var status: WatchStatus

    /// Seconds throughout.
    struct Options: Sendable {
        /// Told to the server with every request.
        var labelSelector = ""
        var fieldSelector = ""
        /// A watch without an event or bookmark is given up: the server sends a bookmark about every minute
        /// (k/k staging/src/k8s.io/apiserver, cacher.go `bookmarkFrequency`).
        var silence = 150.0
        /// The same for octets of a list.
        var stall = 30.0
        /// A watch ends by itself after once to twice this time, as client-go asks for.
        var watchTime = 300.0
        /// A list repairs what events may have lost, after this time and up to a tenth more.
        var resync = 6 * 3600.0
        /// Waiting after failures: doubled from the first to the last, half to the whole of it.
        var firstWait = 0.25
        var lastWait = 15.0
        /// The first list is streamed too (WatchList), not only later ones. A real server takes three times as long for
        /// 100,000 slices so; it spares memory, which matters to it when everybody reads again after its restart.
        var streamsFirstList = false
        /// Objects that a page of a list has where the server pages.
        var page = 500
    }

    /// A request for the resource.
    struct Request: Equatable, Sendable {
        enum Purpose: Equatable, Sendable {
            /// All objects, page by page.
            case list
            /// All objects, then their changes.
            case streamingList
            case watch
            /// The newest resourceVersion, to see whether it went back.
            case probe
        }
        var purpose: Purpose
        var encoding: Encoding
        /// In the order of writing; values not escaped.
        var query: [(name: String, value: String)]

        static func == (a: Request, b: Request) -> Bool {
            a.purpose == b.purpose && a.encoding == b.encoding
                && a.query.map { "\($0.name)=\($0.value)" } == b.query.map { "\($0.name)=\($0.value)" }
        }
    }

    enum Step: Equatable, Sendable {
        case request(Request)
        case wait(seconds: Double)
    }

    /// How a request that was accepted ended.
    enum Ending: Sendable {
        /// The server closed it in order.
        case finished
        /// The reflector asked for it (`wantsToStop`).
        case stopped
        case failed(String)
    }

    enum Phase: Sendable {
        case list(continue: String)
        case streamingList
        case probe
        case watch
    }

    var phase: Phase
    /// The newest version whose changes are all known; nil: none.
    var resourceVersion: String?
    /// The version that a list may not be older than: any at first, then the newest known; "" where that one is gone.
    var listVersion = "0"
    /// Objects that were told and not deleted.
    var known: Set<ObjectName>
    /// During a list, those that it has not brought yet.
    var unseen: Set<ObjectName> = []
    var encoding = Encoding.protobuf
    var streamsLists = true
    var events: [RegistryEvent] = []
    var failures = 0
    var waitUntil: Double?
    var lastSign = 0.0
    var lastList = -Double.infinity
    /// The request under way has brought something.
    var hasMessage = false
    var started = 0.0
    /// The request under way is a watch, which ends by itself at this time.
    var isStreaming = false
    var watchEnd = 0.0
    var nextResync = Double.infinity
    /// The stream is to be ended by whoever reads it.
    var wantsToStop = false

    /// - Parameters:
    ///   - resourceVersion: of a snapshot, whose objects `known` have been told; nil: there is none.
    init(_ resource: Resource, _ options: Options, resourceVersion: String? = nil, known: Set<ObjectName> = []) {
        self.resource = resource
        self.options = options
        self.resourceVersion = resourceVersion
        self.known = known
        phase = .probe
        if resourceVersion != nil { listVersion = "" }
        status = WatchStatus(resource: resource)
        status.resourceVersion = resourceVersion
        status.objects = known.count
        if resourceVersion == nil { phase = newList }
    }

    /// How a list begins.
    var newList: Phase {
        status.lists == 0 && !options.streamsFirstList ? .list(continue: "") : .streamingList
    }

    /// What has happened since the last call, in order.
    mutating func takeEvents() -> [RegistryEvent] {
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    // MARK: - Requests

    mutating func next(at now: Double) -> Step {
        if let until = waitUntil, until > now { return .wait(seconds: until - now) }
        waitUntil = nil
        wantsToStop = false
        lastSign = now
        started = now
        hasMessage = false
        isStreaming = false
        var query: [(name: String, value: String)] = []
        if !options.labelSelector.isEmpty { query.append(("labelSelector", options.labelSelector)) }
        if !options.fieldSelector.isEmpty { query.append(("fieldSelector", options.fieldSelector)) }
        switch phase {
        case .streamingList where !streamsLists:
            phase = .list(continue: "")
            return next(at: now)
        case .streamingList:
            beginList()
            query += [("watch", "1"), ("sendInitialEvents", "true"), ("resourceVersionMatch", "NotOlderThan")]
            query += [("resourceVersion", listVersion), ("allowWatchBookmarks", "true")]
            query.append(("timeoutSeconds", watchTime(from: now)))
            return .request(Request(purpose: .streamingList, encoding: encoding, query: query))
        case .list(let token):
            if token.isEmpty {
                beginList()
                // A list from the server's cache comes whole; one from etcd in pages.
                if listVersion.isEmpty {
                    query.append(("limit", "\(options.page)"))
                } else {
                    query.append(("resourceVersion", listVersion))
                }
            } else {
                query += [("limit", "\(options.page)"), ("continue", token)]
            }
            return .request(Request(purpose: .list, encoding: encoding, query: query))
        case .probe:
            status.state = .connecting
            query.append(("limit", "1"))
            return .request(Request(purpose: .probe, encoding: encoding, query: query))
        case .watch:
            status.state = .connecting
            query += [("watch", "1"), ("resourceVersion", resourceVersion ?? "0")]
            query += [("allowWatchBookmarks", "true"), ("timeoutSeconds", watchTime(from: now))]
            return .request(Request(purpose: .watch, encoding: encoding, query: query))
        }
    }

    mutating func watchTime(from now: Double) -> String {
        let seconds = (options.watchTime * .random(in: 1...2)).rounded()
        (isStreaming, watchEnd) = (true, now + seconds)
        return "\(Int(seconds))"
    }

    mutating func beginList() {
        status.state = .listing
        unseen = known
    }

    /// The server answered 200.
    mutating func accepted(at now: Double) {
        note(now)
        if case .watch = phase { beginWatch(now) }
    }

    mutating func beginWatch(_ now: Double) {
        phase = .watch
        status.state = .watching
        status.failure = nil
        status.isLive = true
        if nextResync == .infinity { nextResync = now + options.resync * .random(in: 1...1.1) }
    }

    mutating func note(_ now: Double) {
        lastSign = now
        status.lastSign = now
    }
}
