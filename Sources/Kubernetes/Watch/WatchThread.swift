import Glibc
import HTTP
import Logging
import ServiceRegistry
import Synchronization
import Threads

/// A reflector with a socket and a clock: one thread for each resource, which reads, decodes and tells.
final class WatchThread: Sendable {
    /// Takes what has happened, in order; returns when it is applied. Called from the thread.
    typealias Tell = @Sendable (RegistryBatch, _ status: WatchStatus) -> Void

    /// The longest text of a refusal that is read, in octets.
    private static let longestRefusal = 64 << 10
    /// How long a waiting thread takes to notice that it has to stop, in seconds.
    private static let nap = 0.2

    private let connection: ClusterConnection
    private let detail: Detail
    private let log: Logger
    private let shown: Mutex<WatchStatus>
    private let counted = Mutex(APIRequests())
    private let isStopping = Atomic<Bool>(false)
    private let wantsList = Atomic<Bool>(false)

    init(connection: ClusterConnection, resource: Resource, keeping detail: Detail, log: Logger) {
        self.connection = connection
        self.detail = detail
        self.log = log
        shown = Mutex(WatchStatus(resource: resource))
    }

    var status: WatchStatus { shown.withLock { $0 } }
    var requests: APIRequests { counted.withLock { $0 } }

    func start(_ reflector: Reflector, _ tell: @escaping Tell) {
        shown.withLock { $0 = reflector.status }
        NamedThread.detach("\(reflector.resource)") { self.run(reflector, tell) }
    }

    /// Has everything listed again, within a second.
    func listAgain() { wantsList.store(true, ordering: .releasing) }

    /// Ends the thread after what it is reading.
    func stop() { isStopping.store(true, ordering: .releasing) }

    private func run(_ first: Reflector, _ tell: Tell) {
        var reflector = first
        let client = HTTPClient()
        while !isStopping.load(ordering: .acquiring) {
            switch reflector.next(at: WatchStatus.now) {
            case .wait(let time):
                show(reflector)
                usleep(UInt32(min(time, WatchThread.nap) * 1e6))
            case .request(let request):
                show(reflector)
                perform(request, client, &reflector, tell)
                flush(&reflector, [], tell)
            }
        }
    }

    private func perform(_ request: Reflector.Request, _ client: HTTPClient, _ reflector: inout Reflector, _ tell: Tell)
    {
        var answer: Answer?
        var fault: String?
        let began = WatchStatus.now
        var isCounted = false
        do {
            let ask = try connection.request(path(request, reflector.resource), accept: request.encoding.accept)
            try client.perform(ask) { event in
                let now = WatchStatus.now
                switch event {
                case .head(let head):
                    counted.withLock { $0.count(head.status, seconds: now - began) }
                    isCounted = true
                    answer = Answer(head, request, reflector.resource, detail)
                    if head.status == 200 { reflector.accepted(at: now) }
                case .body(let octets):
                    do throws(DecodeFault) {
                        var happened: [(service: ObjectName, at: Double)] = []
                        try answer?.read(octets) { message in
                            if case .object(let watched) = message, let time = watched.lastChangeTrigger,
                                reflector.status.state == .watching, case .endpointSlice(let slice) = watched.object,
                                let service = slice.service
                            {
                                happened.append((service, time))
                            }
                            reflector.take(message, at: now)
                        }
                        flush(&reflector, happened, tell)
                    } catch {
                        fault = "\(error)"
                        return .stop
                    }
                case .pulse:
                    if wantsList.exchange(false, ordering: .acquiringAndReleasing) { reflector.listAgain(at: now) }
                    reflector.pulse(at: now)
                }
                return reflector.wantsToStop || isStopping.load(ordering: .acquiring) ? .stop : .go
            }
        } catch {
            fault = "\(error)"
        }
        let now = WatchStatus.now
        if !isCounted { counted.withLock { $0.count(nil, seconds: now - began) } }
        if let refusal = answer?.refusal {
            if refusal.status.code == 401 { connection.credentials.reject() }
            reflector.refused(refusal.status, retryAfter: refusal.retryAfter, at: now)
        } else if let fault {
            reflector.ended(.failed("\(reflector.resource): \(fault)"), at: now)
        } else if reflector.wantsToStop {
            reflector.ended(.stopped, at: now)
        } else {
            do throws(DecodeFault) {
                try answer?.finish()
                reflector.ended(.finished, at: now)
            } catch {
                reflector.ended(.failed("\(reflector.resource): \(error)"), at: now)
            }
        }
    }

    /// The request's path and query, escaped.
    private func path(_ request: Reflector.Request, _ resource: Resource) -> String {
        let query = request.query.map { "\($0.name)=\(percentEscaped($0.value))" }
        return resource.path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }

    private func flush(_ reflector: inout Reflector, _ happened: [(service: ObjectName, at: Double)], _ tell: Tell) {
        let events = reflector.takeEvents()
        let wasLive = show(reflector)
        if !events.isEmpty || reflector.status.isLive && !wasLive {
            tell(RegistryBatch(events, happened: happened), reflector.status)
        }
    }

    /// Shows how the watch is doing, and says what is new about it.
    /// - Returns: whether it was live before.
    @discardableResult
    private func show(_ reflector: Reflector) -> Bool {
        let new = reflector.status
        let old = shown.withLock { shown in
            defer { shown = new }
            return shown
        }
        if let failure = new.failure, failure != old.failure {
            let isKnown = new.objects > 0 || new.lists > 0
            log.warning(
                isKnown
                    ? "the API does not answer as it should; what is known goes on being served"
                    : "the API cannot be read yet; what it may have is SERVFAIL", metadata: ["reason": "\(failure)"])
        } else if new.failure == nil && old.failure != nil {
            log.info("the API answers again", metadata: ["resource": "\(new.resource)"])
        }
        if let note = new.note, note != old.note { log.info("\(note)", metadata: ["resource": "\(new.resource)"]) }
        if let fault = new.lastFault, new.faults != old.faults {
            log.error(
                "an object of the API cannot be read; what it was goes on being served",
                metadata: ["reason": "\(fault)"])
        }
        return old.isLive
    }

    /// What one answer says: messages, or a refusal.
    private struct Answer {
        private let head: HTTPHead
        private let encoding: Encoding
        private var body: BodyReader?
        private var text: [UInt8] = []

        init(_ head: HTTPHead, _ request: Reflector.Request, _ resource: Resource, _ detail: Detail) {
            self.head = head
            encoding = Encoding(contentType: head["content-type"] ?? "") ?? .json
            guard head.status == 200 else { return }
            let form: BodyReader.Form =
                switch request.purpose {
                case .list, .probe: .list
                case .watch, .streamingList: .watch
                }
            body = BodyReader(form, of: resource, encoding, keeping: detail)
        }

        mutating func read(
            _ octets: UnsafeRawBufferPointer, _ take: (APIMessage) -> Void
        ) throws(DecodeFault) {
            if body == nil {
                text += octets.prefix(max(0, WatchThread.longestRefusal - text.count))
            } else {
                try body?.read(octets, take)
            }
        }

        mutating func finish() throws(DecodeFault) { try body?.finish() }

        /// nil where the server accepted the request.
        var refusal: (status: APIStatus, retryAfter: Double?)? {
            guard head.status != 200 else { return nil }
            let status = APIStatus(body: text, encoding, code: head.status)
            return (status, head["retry-after"].flatMap { Double($0) })
        }
    }
}
