import AnswerTable
import Logging
import Synchronization

/// The answer table's writing side: whoever has something to publish does so on its own thread, one at a time.
final class TableWriter: Sendable {
    private let table: Mutex<AnswerTable>
    private let hasSaidFull = Mutex(false)
    private let log: Logger

    init(_ table: AnswerTable, log: Logger) {
        self.table = Mutex(table)
        self.log = log
    }

    func change<Result>(_ body: (AnswerTable) -> sending Result) -> Result {
        let (result, isFull) = table.withLock { (body($0), $0.isFull) }
        if isFull,
            hasSaidFull.withLock({ said in
                defer { said = true }; return !said
            })
        {
            log.critical("the answer table is full: names that came last are not served")
        }
        return result
    }

    /// Names in the table, empty non-terminals included, and octets in use.
    var figures: (names: Int, bytes: Int) { table.withLock { ($0.nameCount, $0.byteCount) } }
}
