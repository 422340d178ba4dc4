import Glibc

/// Lets the threads that answer queries go first where they share the core. Called between the small steps of long work:
/// the kernel looks for a fairer order by itself only at its clock tick, and 4 ms are long for a query. 0.3 µs where nobody
/// waits.
package func giveWay() { sched_yield() }
