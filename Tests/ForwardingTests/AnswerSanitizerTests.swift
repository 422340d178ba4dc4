import DNSWire
import NetworkAddress
import Testing

@testable import Forwarding

@Suite struct AnswerSanitizerTests {
    private func name(_ text: String) -> DomainName { try! DomainName(text) }

    private func address(_ owner: String, _ text: String = "192.0.2.1") -> ResourceRecord {
        ResourceRecord(owner: name(owner), ttl: 60, data: .address(IPAddress(text)!))
    }

    private func record(_ owner: String, _ data: RecordData) -> ResourceRecord {
        ResourceRecord(owner: name(owner), ttl: 60, data: data)
    }

    private func soa(_ owner: String) -> ResourceRecord {
        record(
            owner,
            .soa(
                StartOfAuthority(
                    primary: name("ns." + owner), mailbox: name("h." + owner), serial: 1, refresh: 1, retry: 1,
                    expire: 1, minimum: 1)))
    }

    private func sanitized(
        _ type: RecordType = .a, answers: [ResourceRecord] = [], authorities: [ResourceRecord] = [],
        additionals: [ResourceRecord] = [], rcode: ResponseCode = .noError, edns: EDNS? = nil
    ) -> Message {
        AnswerSanitizer.sanitized(
            Message(
                id: 1, flags: .response, rcode: rcode, questions: [Question(name: www, type: type)], answers: answers,
                authorities: authorities, additionals: additionals, edns: edns))
    }

    @Test func onlyTheChainOfTheNameStays() {
        let chain = [
            address("b.cdn.net"), record("www.EXAMPLE.com", .cname(name("a.cdn.net"))),
            record("a.cdn.net", .cname(name("b.cdn.net"))),
        ]
        let poison = [address("bank.example"), record("bank.example", .cname(name("a.cdn.net")))]
        #expect(sanitized(answers: chain + poison).answers == chain)
        // A loop of names ends.
        let loop = [record("www.example.com", .cname(name("x.com"))), record("x.com", .cname(www))]
        #expect(sanitized(answers: loop).answers == loop)
    }

    @Test func aDNAMEAboveTheNameStays() {
        let dname = record("example.com", .other(.dname, name("example.net").wire))
        let answers = [dname, record("www.example.com", .cname(name("www.example.net"))), address("www.example.net")]
        #expect(sanitized(answers: answers + [record("other.com", .other(.dname, [0]))]).answers == answers)
    }

    @Test func zonesSpeakForWhatIsInThem() {
        let own = [soa("example.com"), record("abc.example.com", .other(RecordType(rawValue: 47), [0]))]
        let poison = [soa("bank.example"), record("bank.example", .ns(name("ns.evil.example")))]
        #expect(sanitized(authorities: own + poison, rcode: .nxDomain).authorities == own)
        // Another zone's proof is none here.
        #expect(
            sanitized(authorities: [record("bank.example", .other(RecordType(rawValue: 47), [0]))]).authorities == [])
    }

    @Test func onlyAddressesOfNamedHostsStay() {
        let mx = record("www.example.com", .mx(preference: 1, exchange: name("mail.example.net")))
        let message = sanitized(
            .mx, answers: [mx],
            additionals: [
                address("mail.example.net"), address("bank.example"), record("mail.example.net", .txt([[1]])),
            ])
        #expect(message.additionals == [address("mail.example.net")])
    }

    @Test func flagsAndOPT() {
        let error = EDNS.Option(code: 15, data: [0, 6])
        let message = sanitized(edns: EDNS(payloadSize: 4096, options: [.init(code: 10, data: [1]), error]))
        #expect(message.edns?.options == [error])
        #expect(message.flags == [.response, .recursionAvailable])
        #expect(sanitized(edns: EDNS()).edns == nil)
        #expect(sanitized(rcode: .badVers, edns: EDNS()).rcode == .servFail)
    }
}
