/// An answer that was found: plain addresses, true until the reader announces itself the next time or leaves.
package struct Hit {
    package enum State: Equatable, Sendable {
        case fresh
        /// Wanted often and soon to end: to be answered with, and to be asked for again meanwhile.
        case freshButPrefetch
        /// Its TTL has run out. To be answered with; somebody has just been told to ask again, or the upstream has just
        /// failed.
        case stale
        /// Its TTL has run out. To be answered with, and to be asked for again meanwhile.
        case staleButRefresh
        /// Its TTL has run out. Not to be answered with unless the upstream, asked first, has no answer.
        case staleUnverified

        package var isStale: Bool { self != .fresh && self != .freshButPrefetch }
        /// Whether the question is to be asked again while this answer is sent.
        package var wantsRefresh: Bool { self == .freshButPrefetch || self == .staleButRefresh }
    }

    let entry: CacheEntry
    package let state: State
    /// What the records say, seconds: 0 where it is stale.
    package let ttl: UInt32

    /// 0, 2, 3 or 4: NOERROR, SERVFAIL, NXDOMAIN, NOTIMP.
    @inline(__always) package var rcode: UInt16 { entry.flags & 15 }
    /// AA of the upstream's answer: it is passed on as CoreDNS passes it on.
    @inline(__always) package var isAuthoritative: Bool { entry.flags & 0x400 != 0 }
    /// AD of the upstream's answer, for a client that wants to know (RFC 6840 5.8: with DO or AD in its query).
    @inline(__always) package var isAuthentic: Bool { entry.flags & 0x20 != 0 }
    /// RA of the upstream's answer.
    @inline(__always) package var isRecursionAvailable: Bool { entry.flags & 0x80 != 0 }
    /// Extended DNS Errors (RFC 8914) as options of an OPT record, at most `largestOptions` octets.
    @inline(__always) package var extendedErrors: UnsafeRawBufferPointer { entry.options }

    package static let largestOptions = 512

    /// What was written.
    package struct Written: Equatable, Sendable {
        /// Octets from the message's start to the last record's end.
        package let end: Int
        package let answers: Int
        package let authorities: Int
        package let additionals: Int
        /// Whether TC is to be set: a record is missing that the answer cannot do without.
        package let isTruncated: Bool

        /// ANCOUNT, NSCOUNT and ARCOUNT, from bit 47 down.
        @inline(__always) package var counts: UInt64 {
            UInt64(truncatingIfNeeded: answers) &<< 32 | UInt64(truncatingIfNeeded: authorities) &<< 16
                | UInt64(truncatingIfNeeded: additionals)
        }
    }

    /// Writes the records behind the question that stands in the message at octet 12, in whatever case, and ends at
    /// `questionEnd`.
    ///
    /// What does not fit is left out on whole records, from the end (RFC 2181 9): TC where one of the answer section is
    /// missing, or of the authority section of a denial, which without its SOA is none; other records are left out by
    /// whole sets and without a word.
    /// - Parameters:
    ///   - limit: octets that the message may have; as many may be written to.
    ///   - turn: the addresses begin at another one as its upper bits change (RFC 1794).
    @inline(__always)
    package func write(
        after questionEnd: Int, in message: UnsafeMutableRawPointer, limit: Int, turn: UInt32
    ) -> Written {
        var size = entry.length
        var kept = entry.recordCount
        let answers = entry.answers
        let authorities = entry.authorities
        var isTruncated = false
        if questionEnd &+ size > limit {
            kept = fitting(limit &- questionEnd)
            size = kept == 0 ? 0 : entry.end(kept &- 1)
            isTruncated = kept < needed
        }
        let target = message + questionEnd
        target.copyMemory(from: entry.octets, byteCount: size)
        let run = entry.run
        if run.count > 1 && kept > run.first { rotate(run, kept: min(kept &- run.first, run.count), in: target, turn) }
        let ttl = self.ttl.bigEndian
        var numbers = entry.records
        let end = numbers + kept &* CacheEntry.recordSize
        while numbers < end {
            target.storeBytes(of: ttl, toByteOffset: Int(numbers.loadUnaligned(as: UInt16.self)), as: UInt32.self)
            numbers += CacheEntry.recordSize
        }
        let answered = min(kept, answers)
        let authoritative = min(kept &- answered, authorities)
        return Written(
            end: questionEnd &+ size, answers: answered, authorities: authoritative,
            additionals: kept &- answered &- authoritative, isTruncated: isTruncated)
    }

    /// Records that an answer is not whole without.
    private var needed: Int { entry.kind == .success ? entry.answers : entry.answers &+ entry.authorities }

    /// How many records are sent in `room` octets.
    @inline(never)
    private func fitting(_ room: Int) -> Int {
        let count = entry.recordCount
        var kept = 0
        while kept < count && entry.end(kept) <= room { kept &+= 1 }
        if kept < count && kept > needed { return max(entry.firstOfSet(kept), needed) }
        return kept
    }

    /// Writes the first `kept` addresses of a run, begun at another one.
    @inline(__always)
    private func rotate(_ run: CacheEntry.Run, kept: Int, in target: UnsafeMutableRawPointer, _ turn: UInt32) {
        let from = Int(truncatingIfNeeded: (UInt64(turn) &* UInt64(truncatingIfNeeded: run.count)) &>> 32)
        if from == 0 { return }
        let start = run.first == 0 ? 0 : entry.end(run.first &- 1)
        let stored = entry.octets + start
        let place = target + start
        let before = min(kept, run.count &- from)
        place.copyMemory(from: stored + from &* run.stride, byteCount: before &* run.stride)
        (place + before &* run.stride).copyMemory(from: stored, byteCount: (kept &- before) &* run.stride)
    }
}
