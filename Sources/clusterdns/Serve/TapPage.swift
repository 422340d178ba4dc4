import CLinux
import Diagnosis
import Glibc
import HTTP
import QueryLog
import Server

/// `/tap`: queries as they are answered, in any format, for curl and for `clusterdns tap`.
struct TapPage: Sendable {
    let tap: AnswerTap
    let names: @Sendable () -> PodNames

    /// Milliseconds between two looks at what the workers wrote: at 150,000 queries a second their rings hold 27.
    static let beat = 5

    func reply(to request: HTTPListener.Request) -> HTTPListener.Reply {
        let wanted: TapRequest
        do { wanted = try TapRequest(query: request.query) } catch {
            return HTTPListener.Reply(status: 400, body: "\(error)\n")
        }
        guard let reader = tap.open() else {
            return HTTPListener.Reply(
                status: 503, body: "there are \(AnswerTap.maximumReaders) taps already, which is the most\n")
        }
        return HTTPListener.Reply(contentType: wanted.format.contentType) { stream in
            Pump(wanted, reader, names).run(into: stream)
        }
    }
}

/// One tap's way from the rings to its client.
private final class Pump {
    private let request: TapRequest
    private let reader: AnswerTap.Reader
    private let names: () -> PodNames
    private var pods: PodNames
    private var lists = SearchLists()
    private var left: Int

    /// Nanoseconds after which Pods are looked for again, where an address is not known.
    private static let namesAge: Int64 = 2_000_000_000

    init(_ request: TapRequest, _ reader: AnswerTap.Reader, _ names: @escaping () -> PodNames) {
        self.request = request
        self.reader = reader
        self.names = names
        pods = names()
        left = request.limit ?? .max
    }

    func run(into stream: HTTPStream) {
        var out = request.format.start
        repeat {
            read(into: &out)
            if left == 0 { out += request.format.stop }
            if !out.isEmpty, !stream.write(out) { return }
            out.removeAll(keepingCapacity: true)
        } while left > 0 && stream.pause(milliseconds: TapPage.beat)
    }

    private func read(into out: inout [UInt8]) {
        var records: [QueryRecord] = []
        let wallOffset = Pump.wallOffset
        let lost = reader.read { records.append(QueryRecord($0, $1, wallOffset: wallOffset)) }
        // Several workers' answers are told in the order of time.
        records.sort { $0.time < $1.time }
        if lost > 0 { request.format.write(loss: lost, to: &out) }
        for var record in records {
            record.pod = pod(of: record)
            record.search = lists.note(record).mark
            guard request.filter.holds(record) else { continue }
            request.format.write(record, to: &out)
            left -= 1
            if left == 0 { return }
        }
    }

    private func pod(of record: QueryRecord) -> String? {
        if let name = pods[record.client] { return name }
        guard clinux_nanoseconds() - pods.made > Pump.namesAge else { return nil }
        pods = names()
        return pods[record.client]
    }

    /// What is added to the clock that only goes forward to come to nanoseconds since 1970.
    private static var wallOffset: Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec) - clinux_nanoseconds()
    }
}
