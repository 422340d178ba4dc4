import Diagnosis
import Glibc
import QueryLog

/// Queries that were written down before.
struct TapFile {
    let path: String

    /// Shows them, or their summaries: a block for each interval where the lines have times, else one.
    /// - Parameter interval: seconds; nil to show each query.
    /// - Throws: `UsageError` where the file cannot be read, or has lines and none of them is a query's.
    func tell(_ request: TapRequest, _ format: TapFormat, interval: Double?) throws {
        guard let file = path == "-" ? fdopen(dup(STDIN_FILENO), "r") : fopen(path, "r") else {
            throw UsageError("\(path): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        if interval == nil { write(octets: format.start) }
        var teller = Teller(format: format, interval: interval)
        var lines = 0
        var queries = 0
        var line: UnsafeMutablePointer<CChar>?
        var room = 0
        defer { free(line) }
        while request.limit.map({ teller.count < $0 }) ?? true, getline(&line, &room, file) >= 0 {
            lines += 1
            let text = String(cString: line!)
            guard let record = QueryRecord(line: text.prefix { !$0.isNewline }) else { continue }
            queries += 1
            if request.filter.holds(record) { teller.take(record) }
        }
        if ferror(file) != 0 { throw UsageError("\(path): \(String(cString: strerror(errno)))") }
        if lines > 0 && queries == 0 {
            throw UsageError("\(path): no line is a query's: want CoreDNS's log, or JSON as tap writes it")
        }
        teller.finish()
    }

    private struct Teller {
        let format: TapFormat
        let interval: Double?
        var count = 0
        var out: [UInt8] = []
        var lists = SearchLists()
        var summary = QuerySummary()

        mutating func take(_ record: QueryRecord) {
            count += 1
            guard let interval else {
                var record = record
                record.search = lists.note(record).mark
                format.write(record, to: &out)
                if out.count > 1 << 16 { flush() }
                return
            }
            if let begin = summary.times?.lowerBound, Double(record.time - begin) >= interval * 1e9 {
                show(seconds: interval)
                summary.restart()
            }
            summary.add(record)
        }

        mutating func finish() {
            if interval != nil {
                show(seconds: summary.times.map { Double($0.upperBound - $0.lowerBound) / 1e9 } ?? 0)
            } else {
                out += format.stop
            }
            flush()
        }

        private mutating func show(seconds: Double) { out += summary.text(seconds: seconds).utf8 }

        private mutating func flush() {
            write(octets: out)
            out.removeAll(keepingCapacity: true)
        }
    }
}
