import Glibc
import Synchronization
import Threads

/// Lines on their way to a descriptor: those who write never wait for it, a thread of its own hands them on in blocks.
///
/// At most so many lines and octets wait; a line that finds no room is dropped and counted.
package final class LineWriter: @unchecked Sendable {
    private struct Waiting {
        var octets: [UInt8] = []
        var lines = 0
        var dropped = 0
        var isStopping = false
    }

    private let waiting = Mutex(Waiting())
    /// Raised with the first line that waits, and to stop.
    private let bell: UnsafeMutablePointer<sem_t>
    private let thread = Mutex<pthread_t?>(nil)
    private let descriptor: Int32
    private let mostOctets: Int
    private let mostLines: Int

    /// - Parameter descriptor: stays the caller's, and has to be open until `stop` has returned.
    package init(descriptor: Int32 = STDOUT_FILENO, mostOctets: Int = 1 << 20, mostLines: Int = 8192) {
        self.descriptor = descriptor
        self.mostOctets = mostOctets
        self.mostLines = mostLines
        bell = .allocate(capacity: 1)
        sem_init(bell, 0, 0)
        thread.withLock { $0 = NamedThread.start("log") { [self] in run() } }
    }

    deinit {
        sem_destroy(bell)
        bell.deallocate()
    }

    /// Lines that found no room, or that the descriptor did not take.
    package var dropped: Int { waiting.withLock { $0.dropped } }

    /// - Parameter line: without its end.
    package func write(_ line: [UInt8]) {
        let isFirst = waiting.withLock { waiting in
            guard waiting.lines < mostLines, waiting.octets.count + line.count < mostOctets, !waiting.isStopping else {
                waiting.dropped += 1
                return false
            }
            waiting.octets += line
            waiting.octets.append(UInt8(ascii: "\n"))
            waiting.lines += 1
            return waiting.lines == 1
        }
        if isFirst { sem_post(bell) }
    }

    package func write(_ line: String) { write(Array(line.utf8)) }

    /// Writes what waits and ends the thread; later lines are dropped.
    package func stop() {
        waiting.withLock { $0.isStopping = true }
        sem_post(bell)
        guard let thread = thread.withLock({ $0.take() }) else { return }
        pthread_join(thread, nil)
    }

    private func run() {
        // The block that was written is the next one that is filled.
        var block: [UInt8] = []
        while true {
            while sem_wait(bell) != 0 && errno == EINTR {}
            block.removeAll(keepingCapacity: true)
            let (lines, isStopping) = waiting.withLock { waiting in
                swap(&waiting.octets, &block)
                defer { waiting.lines = 0 }
                return (waiting.lines, waiting.isStopping)
            }
            if !put(block) { waiting.withLock { $0.dropped += lines } }
            if isStopping { return }
        }
    }

    /// - Returns: false where the descriptor takes no more.
    private func put(_ block: [UInt8]) -> Bool {
        block.withUnsafeBytes { block in
            var at = 0
            while at < block.count {
                let count = Glibc.write(descriptor, block.baseAddress! + at, block.count - at)
                if count >= 0 {
                    at += count
                } else if errno == EAGAIN {
                    var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&ready, 1, 100)
                } else if errno != EINTR {
                    return false
                }
            }
            return true
        }
    }
}
