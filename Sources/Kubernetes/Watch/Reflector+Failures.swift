import ServiceRegistry

extension Reflector {
    /// An answer other than 200, or a Status in a stream.
    /// - Parameter retryAfter: the header of that name, in seconds.
    mutating func refused(_ refusal: APIStatus, retryAfter: Double? = nil, at now: Double) {
        note(now)
        fail(refusal, inStream: false, retryAfter: retryAfter, at: now)
    }

    mutating func fail(_ refusal: APIStatus, inStream: Bool, retryAfter: Double? = nil, at now: Double) {
        wantsToStop = true
        let isTooLarge = refusal.causes.contains("ResourceVersionTooLarge")
        if encoding == .protobuf, refusal.code == 406 || refusal.code == 415 {
            encoding = .json
            status.note = "the server has no protobuf: JSON"
            return
        }
        switch (refusal.code, phase) {
        case (400, .streamingList), (422, .streamingList),
            (500, .streamingList) where inStream || refusal.code < 500:
            // No WatchList; an old etcd says so by an ERROR event of code 500.
            streamsLists = false
            phase = .list(continue: "")
            return
        case (410, .list), (410, .streamingList):
            // A token or version that is gone: the newest list there is.
            listVersion = ""
            phase = .list(continue: "")
        case (410, _): return listAgain(nil, now)
        case (504, _) where isTooLarge:
            listVersion = ""
            phase = .list(continue: "")
        default: break
        }
        let name = refusal.reason.isEmpty ? "" : " \(refusal.reason)"
        wait(
            "\(verb) \(resource): \(refusal.code)\(name): \(refusal.message)", now,
            atLeast: retryAfter ?? refusal.retryAfterSeconds.map(Double.init))
    }

    var verb: String {
        switch phase {
        case .list, .streamingList, .probe: "list"
        case .watch: "watch"
        }
    }

    /// Somebody asks for everything to be read again.
    mutating func listAgain(at now: Double) {
        switch phase {
        case .watch, .probe: listAgain("asked to read everything again", now)
        case .list, .streamingList: break
        }
    }

    /// Everything is read again, while what is known goes on being served.
    /// - Parameter reason: why it has to be the newest list; nil: one as new as what is known will do.
    mutating func listAgain(_ reason: String?, _ now: Double) {
        wantsToStop = true
        listVersion = reason == nil ? resourceVersion ?? "" : ""
        if let reason { status.note = reason }
        phase = .streamingList
        // A server whose newest version is asked for has to ask etcd, which is slow in a stream.
        if listVersion.isEmpty { phase = .list(continue: "") }
        // A server that takes back each version it gives must not be read without end.
        if now - lastList < 5 { waitUntil = now + .random(in: 2...5) }
    }

    /// A request could not be made, or its answer ended.
    mutating func ended(_ ending: Ending, at now: Double) {
        switch ending {
        case .stopped: break
        case .finished:
            // A list that ended has said so; one that has not, was cut.
            switch phase {
            case .watch where !hasMessage && now - started < 1: wait("watch \(resource): ends at once", now)
            case .watch:
                // A server that ends it before its time stops, and another may come with an older state: of a version that
                // is to come a watch tells nothing, not even that.
                if isStreaming && now < watchEnd - 3 { phase = .probe }
            case .list: break
            case .streamingList, .probe: wait("list \(resource): the answer ended early", now)
            }
        case .failed(let text):
            if case .watch = phase { phase = .probe }
            if case .list = phase { phase = newList }
            wait(text, now)
        }
    }

    mutating func wait(_ reason: String, _ now: Double, atLeast least: Double? = nil) {
        let longest = min(options.lastWait, options.firstWait * Double(1 << min(failures, 16)))
        failures += 1
        let seconds = max(longest * .random(in: 0.5...1), min(least ?? 0, 60))
        waitUntil = now + seconds
        status.failure = reason
        status.failures += 1
        status.state = .waiting
    }

    /// Called about once a second while a request is open.
    mutating func pulse(at now: Double) {
        if case .watch = phase {
            if now - lastSign > options.silence {
                wantsToStop = true
                status.note = "no event and no bookmark for \(Int(now - lastSign)) s: the watch is made anew"
                phase = .probe
            } else if now > nextResync {
                nextResync = .infinity
                listAgain(nil, now)
            }
        } else if now - lastSign > options.stall {
            wantsToStop = true
            wait("list \(resource): nothing for \(Int(now - lastSign)) s", now)
        }
    }
}
