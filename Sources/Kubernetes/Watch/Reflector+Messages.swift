import ServiceRegistry

extension Reflector {
    /// What an answer's body says, piece by piece.
    mutating func take(_ message: APIMessage, at now: Double) {
        note(now)
        // A list is a success when it is whole, a probe is none: what breaks behind them each time must not be asked for
        // without end.
        if case .status = message {} else if case .watch = phase { failures = 0 }
        hasMessage = true
        switch message {
        case .object(let watched): put(watched)
        case .deleted(let key, let version):
            if case .probe = phase { return }
            events.append(.delete(key))
            known.remove(key.name)
            unseen.remove(key.name)
            advance(to: version)
        case .bookmark(let version, let endsInitialEvents):
            if case .streamingList = phase {
                if endsInitialEvents { endList(version, now) }
            } else if isBack(version) {
                listAgain("the server's resourceVersion went back from \(resourceVersion ?? "none") to \(version)", now)
            } else {
                advance(to: version)
            }
        case .listEnd(let version, let token): endPage(version, token, now)
        case .status(let refusal): fail(refusal, inStream: true, at: now)
        case .undecodable(let fault):
            status.faults += 1
            status.lastFault = "\(fault)"
            // What it was stays: it is not gone.
            if let name = fault.name { unseen.remove(name) } else { unseen = [] }
        }
    }

    mutating func put(_ watched: WatchedObject) {
        if case .probe = phase { return }
        let name = watched.object.key.name
        if unseen.remove(name) == nil { known.insert(name) }
        events.append(.put(watched.object))
        if case .watch = phase {
            advance(to: watched.resourceVersion)
            status.events += 1
        }
    }

    /// In a watch, events come in the order of their versions.
    mutating func advance(to version: String) {
        guard case .watch = phase, !version.isEmpty else { return }
        resourceVersion = version
        status.resourceVersion = version
        status.objects = known.count
    }

    func isBack(_ version: String) -> Bool {
        // Opaque, but numbers that grow in every server there is (KEP-5504 says so now).
        guard let new = UInt64(version), let old = resourceVersion.flatMap(UInt64.init) else { return false }
        return new < old
    }

    mutating func endPage(_ version: String, _ token: String, _ now: Double) {
        if case .probe = phase {
            if isBack(version) {
                listAgain("the server's resourceVersion went back from \(resourceVersion ?? "none") to \(version)", now)
            } else {
                phase = .watch
            }
        } else if token.isEmpty {
            endList(version, now)
        } else {
            phase = .list(continue: token)
        }
    }

    /// A list is complete: what it has not brought is gone.
    mutating func endList(_ version: String, _ now: Double) {
        for name in unseen {
            events.append(.delete(ObjectKey(resource.kind, name)))
            known.remove(name)
        }
        unseen = []
        failures = 0
        lastList = now
        nextResync = now + options.resync * .random(in: 1...1.1)
        listVersion = version
        status.lists += 1
        beginWatch(now)
        resourceVersion = version
        status.resourceVersion = version
        status.objects = known.count
    }
}
