import ServiceRegistry
import Testing

@testable import Kubernetes

/// A reflector of Services in namespace `shop` and its clock, asked and answered in short words.
struct Reflecting {
    var reflector: Reflector
    var now = 1000.0

    init(version: String? = nil, known: [String] = [], _ change: (inout Reflector.Options) -> Void = { _ in }) {
        var options = Reflector.Options()
        options.streamsFirstList = true
        change(&options)
        let names = Set(known.map { ObjectName("shop", $0) })
        reflector = Reflector(.services, options, resourceVersion: version, known: names)
    }

    /// `list resourceVersion=0`: what is asked for, the query without the time of a watch; `, json` behind it where JSON is.
    /// `wait` while there is to be waited.
    mutating func ask() -> String {
        guard case .request(let request) = reflector.next(at: now) else { return "wait" }
        let query = request.query.filter { $0.name != "timeoutSeconds" }.map { "\($0.name)=\($0.value)" }
        let encoding = request.encoding == .json ? ", json" : ""
        return ([purpose(request)] + query).joined(separator: " ") + encoding
    }

    private func purpose(_ request: Reflector.Request) -> String {
        switch request.purpose {
        case .list: "list"
        case .streamingList: "stream"
        case .watch: "watch"
        case .probe: "probe"
        }
    }

    /// Seconds that are to be waited; they have passed then.
    mutating func wait() -> Double {
        guard case .wait(let seconds) = reflector.next(at: now) else { return 0 }
        now += seconds
        return seconds
    }

    /// The server answers 200 and says this.
    mutating func say(_ messages: APIMessage...) {
        reflector.accepted(at: now)
        for message in messages { reflector.take(message, at: now) }
    }

    /// An end in order comes when the watch's time is over.
    mutating func end(_ ending: Reflector.Ending = .finished, early: Bool = false) {
        if case .finished = ending, !early { now = max(now, reflector.isStreaming ? reflector.watchEnd : now) }
        reflector.ended(ending, at: now)
    }

    mutating func refuse(
        _ code: Int, _ reason: String = "", retryAfter: Double? = nil, inBody: Int? = nil, causes: [String] = []
    ) {
        let status = APIStatus(
            code: code, reason: reason, message: "no", retryAfterSeconds: inBody, causes: causes)
        reflector.refused(status, retryAfter: retryAfter, at: now)
    }

    mutating func pulse(after seconds: Double) {
        now += seconds
        reflector.pulse(at: now)
    }

    /// `+a +b -c`: what was told since the last look, what goes sorted.
    mutating func told() -> String {
        var come: [String] = []
        var gone: [String] = []
        for event in reflector.takeEvents() {
            switch event {
            case .put(let object): come.append("+" + object.key.name.name)
            case .delete(let key): gone.append("-" + key.name.name)
            case .synced: Issue.record("a reflector does not know when all is synced")
            }
        }
        return (come + gone.sorted()).joined(separator: " ")
    }

    static let firstStream =
        "stream watch=1 sendInitialEvents=true resourceVersionMatch=NotOlderThan resourceVersion=0"
        + " allowWatchBookmarks=true"

    /// How a stream of all objects not older than a version is asked for.
    static func stream(from version: Int) -> String {
        firstStream.replacing("resourceVersion=0", with: "resourceVersion=\(version)")
    }

    static func watch(from version: Int) -> String {
        "watch watch=1 resourceVersion=\(version) allowWatchBookmarks=true"
    }

    /// Listed as a first stream: `a` and `b` at version 10; watching, and nothing told that was not looked at.
    static func watching(_ change: (inout Reflector.Options) -> Void = { _ in }) -> Reflecting {
        var it = Reflecting(change)
        _ = it.ask()
        it.say(.put("a", 8), .put("b", 9), .mark(10, ends: true))
        _ = it.told()
        return it
    }
}

extension APIMessage {
    static func put(_ name: String, _ version: Int) -> APIMessage {
        .object(WatchedObject(.service(Service(name: ObjectName("shop", name))), resourceVersion: "\(version)"))
    }

    static func gone(_ name: String, _ version: Int) -> APIMessage {
        .deleted(ObjectKey(.service, ObjectName("shop", name)), resourceVersion: "\(version)")
    }

    static func mark(_ version: Int, ends: Bool = false) -> APIMessage {
        .bookmark(resourceVersion: "\(version)", endsInitialEvents: ends)
    }

    /// The end of a list's page.
    static func page(_ version: Int, next token: String = "") -> APIMessage {
        .listEnd(resourceVersion: "\(version)", continue: token)
    }

    static func refusal(_ code: Int, _ reason: String = "") -> APIMessage {
        .status(APIStatus(code: code, reason: reason, message: "no"))
    }
}
