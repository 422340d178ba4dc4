import Glibc

/// How one watch is doing. Times are seconds of a clock that never goes back, `now`.
package struct WatchStatus: Sendable {
    package enum State: String, Sendable {
        case connecting, listing, watching
        /// Until the next try.
        case waiting
    }

    package let resource: Resource
    package var state = State.connecting
    /// The API itself has told everything at least once, or taken up the watch of a snapshot.
    package var isLive = false
    /// The last event, bookmark or answer; nil: none yet.
    package var lastSign: Double?
    package var resourceVersion: String?
    /// Objects known.
    package var objects = 0
    /// Lists that were read to their end.
    package var lists = 0
    package var events = 0
    /// Objects that could not be decoded.
    package var faults = 0
    package var lastFault: String?
    /// Requests that failed.
    package var failures = 0
    /// Why the last request failed; nil while all is well.
    package var failure: String?
    /// The last thing worth telling that was no failure.
    package var note: String?

    init(resource: Resource) { self.resource = resource }

    package static var now: Double {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
    }
}
