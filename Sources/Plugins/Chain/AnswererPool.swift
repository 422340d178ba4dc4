import AnswerTable
import CLinux
import DNSWire
import Glibc
import NetworkAddress
import Synchronization

/// Answerers for tasks, which have no thread of their own: each is lent for the time of one question.
package final class AnswererPool: Sendable {
    private let table: AnswerTable
    private let free = Mutex<[Loan]>([])

    /// An answerer with room for a message.
    private final class Loan: @unchecked Sendable {
        var answerer: Answerer
        let room: UnsafeMutableRawPointer

        init(_ answerer: consuming Answerer) {
            self.answerer = answerer
            room = .allocate(byteCount: Answerer.largestMessage + Answerer.padding, alignment: 16)
            room.initializeMemory(as: UInt8.self, repeating: 0, count: Answerer.largestMessage + Answerer.padding)
        }

        deinit { room.deallocate() }
    }

    package init(table: AnswerTable) { self.table = table }

    /// Asks one plugin in place, as a worker would over a stream.
    /// - Returns: what it said and what it wrote; a bare answer where that was nothing.
    func ask(_ step: Step, _ exchange: Exchange) -> (Verdict, Message) {
        let nothing = Response(to: exchange.query, .servFail, from: step.plugin).message
        var plain = exchange.query
        plain.edns?.options = []
        guard let query = try? plain.encoded(), let loan = borrow() else { return (.refused(.servFail), nothing) }
        defer {
            loan.answerer.goAway()
            free.withLock { $0.append(loan) }
        }
        loan.answerer.beginBatch()
        loan.answerer.use(
            directTag: ZoneSet.nobody, directZones: nil, recurses: false, largestDatagram: Answerer.largestMessage)
        query.withUnsafeBytes { loan.room.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        guard let fault = loan.answerer.begin(loan.room, length: query.count, over: .tcp), fault == Rcode.none else {
            return (.next, nothing)
        }
        var peer = sockaddr_storage()
        return withUnsafeMutableBytes(of: &peer) { peer in
            exchange.client.write(to: peer.baseAddress!)
            let origin = Origin(
                peer: UnsafeRawPointer(peer.baseAddress!), header: nil,
                place: ReturnPlace(number: 0, serial: 0, isStream: exchange.client.isStream),
                began: clinux_nanoseconds(), worker: -1)
            let verdict = step.answer(&loan.answerer, origin)
            let reply: Answerer.Reply
            switch verdict {
            case .next, .dropped: return (verdict, nothing)
            case .answered(let rcode), .answeredForNow(let rcode): reply = loan.answerer.finish(rcode)
            case .elsewhere: reply = loan.answerer.finish(.noError)
            case .refused(let rcode): reply = loan.answerer.refuse(rcode)
            }
            let octets = UnsafeRawBufferPointer(start: loan.room, count: reply.length)
            return (verdict, (try? Message(decoding: octets)) ?? nothing)
        }
    }

    private func borrow() -> Loan? {
        if let loan = free.withLock({ $0.popLast() }) { return loan }
        guard let answerer = table.makeAnswerer() else { return nil }
        return Loan(answerer)
    }
}
