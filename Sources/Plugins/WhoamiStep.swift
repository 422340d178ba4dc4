import AnswerTable
import DNSWire

/// `whoami`: tells a client its own address and port, whatever it asks (CoreDNS plugin/whoami).
package final class WhoamiStep: Step, @unchecked Sendable {
    package init() { super.init(.whoami) }

    package override func resolve(_ exchange: Exchange, _ next: Next) async -> Response {
        let (question, client) = (exchange.question, exchange.client)
        var response = Response(to: exchange.query, .noError, from: .whoami)
        response.message.flags.insert(.authoritative)
        response.message.additionals = [
            ResourceRecord(
                owner: question.name, ttl: 0, recordClass: question.recordClass, data: .address(client.address))
        ]
        // A name too long for one label more has no place for the port.
        if let owner = try? question.name.prepending(client.isStream ? "_tcp" : "_udp") {
            let port = ServiceLocation(weight: 0, port: client.port, target: .root)
            response.message.additionals.append(
                ResourceRecord(owner: owner, ttl: 0, recordClass: question.recordClass, data: .srv(port)))
        }
        return response
    }
}
