import CLinux
import Glibc

/// A thread of the system, for work that waits in the kernel or must not share a thread of the cooperative pool.
package enum NamedThread {
    /// Runs `body` on a thread of its own that nobody waits for.
    package static func detach(_ name: String, _ body: @escaping @Sendable () -> Void) {
        pthread_detach(start(name, body))
    }

    /// Runs `body` on a thread of its own, which somebody has to join.
    /// - Parameter name: what `ps -L` shows, 15 octets at most.
    package nonisolated static func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> pthread_t {
        final class Body {
            let run: @Sendable () -> Void
            init(_ run: @escaping @Sendable () -> Void) { self.run = run }
        }
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(Body(body)).toOpaque()
        let code = pthread_create(
            &thread, nil,
            {
                Unmanaged<Body>.fromOpaque($0!).takeRetainedValue().run(); return nil
            }, argument)
        precondition(code == 0, "pthread_create: \(String(cString: strerror(code)))")
        _ = clinux_set_thread_name(thread, name)
        return thread
    }
}
