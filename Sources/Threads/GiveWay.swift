import Glibc
import Synchronization

/// Whether this process has threads that answer queries.
private let isServing = Atomic<Bool>(false)

/// From now on `giveWay` lets others go first: there are threads that answer queries.
package func beginToGiveWay() { isServing.store(true, ordering: .relaxed) }

/// Lets the threads that answer queries go first where they share the core. Called between the small steps of long work:
/// the kernel looks for a fairer order by itself only at its clock tick, and 4 ms are long for a query. 0.3 µs where nobody
/// waits. A process that answers nobody does not stand back: on a busy machine others would have all the time there is.
package func giveWay() {
    guard isServing.load(ordering: .relaxed) else { return }
    sched_yield()
}
