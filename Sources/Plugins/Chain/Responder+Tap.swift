import AnswerTable
import CLinux
import QueryLog

/// What those who tap are told: a copy, and nobody is waited for.
extension Responder {
    /// Tells of the query that `reply` was made for; of length 0 where it gets none.
    @inline(never)
    func tell(_ reply: Answerer.Reply, _ plugin: PluginName, size: Int) {
        let now = clinux_nanoseconds()
        let client = origin.client
        tap.write(
            TapEntry(
                time: now, duration: now - origin.began, client: client.address, port: client.port,
                marks: TapEntry.Marks(isStream: client.isStream, wantsDNSSEC: reply.wantsDNSSEC), querySize: size,
                room: answerer.room, size: reply.length, rcode: reply.rcode, plugin: plugin.rawValue),
            answerer.message(), count: reply.length > 0 ? reply.length : answerer.questionLength())
    }

    /// Tells of an answer that comes later than its query, on its way out.
    package func tell(_ late: LateAnswer) {
        guard tap.mask != 0 else { return }
        let now = clinux_nanoseconds()
        let client = late.client
        late.octets.withUnsafeBytes { octets in
            tap.write(
                TapEntry(
                    time: now, duration: now - late.began, client: client.address, port: client.port,
                    marks: TapEntry.Marks(isStream: client.isStream, wantsDNSSEC: late.wantsDNSSEC),
                    querySize: late.querySize, room: late.room, size: octets.count,
                    rcode: octets.count > 3 ? UInt16(octets[3] & 15) : 0, plugin: late.plugin.rawValue),
                octets.baseAddress, count: octets.count)
        }
    }
}

extension TapEntry.Marks {
    fileprivate init(isStream: Bool, wantsDNSSEC: Bool) {
        self = isStream ? .stream : []
        if wantsDNSSEC { insert(.wantsDNSSEC) }
    }
}
