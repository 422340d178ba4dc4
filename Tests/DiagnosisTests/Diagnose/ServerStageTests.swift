import DNSWire
import Diagnosis
import Findings
import NetworkAddress
import ServiceRegistry
import Testing

/// A server of scripted answers for each question and transport; what is not scripted times out.
struct ServerScript: QueryChannel {
    typealias Answer =
        @Sendable (_ name: DomainName, _ type: RecordType, _ options: TransportOptions) throws(ExchangeFailure)
        -> Reply
    let answer: Answer

    func exchange(
        _ name: DomainName, _ type: RecordType, with server: ServerAddress, options: TransportOptions
    ) throws(ExchangeFailure) -> Reply {
        try answer(name, type, options)
    }
}

/// The reply with these records, as `name TTL data`.
func reply(
    _ name: DomainName, _ type: RecordType, _ rcode: ResponseCode = .noError, _ data: [RecordData] = [],
    denial: (ttl: UInt32, minimum: UInt32)? = nil, ede: (UInt16, String)? = nil, tcp: Bool = false
) -> Reply {
    var message = Message(query: name, type: type)
    message.flags = [.response, .authoritative]
    message.rcode = rcode
    message.answers = data.map { ResourceRecord(owner: name, ttl: 5, data: $0) }
    if let denial {
        message.authorities = [
            ResourceRecord(owner: .name("cluster.local."), ttl: denial.ttl, data: soa(minimum: denial.minimum))
        ]
    }
    if let (code, text) = ede {
        message.edns = EDNS(options: [.init(code: 15, data: [UInt8(code >> 8), UInt8(code & 255)] + Array(text.utf8))])
    }
    return Reply(message: message, transport: tcp ? .tcp : .udp, size: 80, roundTrip: .microseconds(300))
}

func soa(minimum: UInt32 = 5) -> RecordData {
    .soa(
        StartOfAuthority(
            primary: .name("ns.dns.cluster.local."), mailbox: .name("hostmaster.cluster.local."), serial: 7, refresh: 1,
            retry: 1, expire: 1, minimum: minimum))
}

extension DomainName {
    static func name(_ text: String) -> DomainName { (try? DomainName(text)) ?? .root }
}

private let address = ServerAddress(IPAddress("10.96.0.10")!)

extension Inquiry {
    /// The inquiry with a server that answers by a script; the SOA of `domain` is always known.
    func asking(domain: String = "cluster.local.", _ answer: @escaping ServerScript.Answer) -> Inquiry {
        var inquiry = self
        let script = ServerScript { (name, type, options) throws(ExchangeFailure) in
            if type == .soa {
                return name == .name(domain)
                    ? reply(name, type, .noError, [soa()], tcp: options.tcp) : reply(name, type, .refused)
            }
            return try answer(name, type, options)
        }
        inquiry.server = LiveServer(address: address, channel: script)
        return inquiry
    }
}

private let web = """
    {apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {clusterIP: 10.96.1.4, ports: [{port: 80}]}}
    """

private func dns(
    selector: String = "k8s-app: kube-dns",
    ports: String = "{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53}"
) -> String {
    """
    {apiVersion: v1, kind: Service, metadata: {name: kube-dns, namespace: kube-system}, spec: {clusterIP: 10.96.0.10, selector: {\(selector)}, ports: [\(ports)]}}
    """
}

private func dnsPod(_ name: String = "coredns-1", ready: String = "True", labels: String = "k8s-app: kube-dns")
    -> String
{
    """
    {apiVersion: v1, kind: Pod, metadata: {name: \(name), namespace: kube-system, labels: {\(labels)}}, spec: {containers: [{name: c}]}, status: {phase: Running, podIP: 10.244.0.2, conditions: [{type: Ready, status: "\(ready)", reason: \(ready == "True" ? "X" : "ContainersNotReady")}]}}
    """
}

private func yaml(_ parts: String...) -> String { parts.joined(separator: "\n---\n") + "\n" }

struct ServerStageTests {
    // MARK: The DNS Service

    static let whole: [String] = [
        yaml(web),
        yaml(web, dns(), dnsPod()),
        // A developer's folder: the Service is written, its Pods are nobody's here.
        yaml(web, dns()),
        yaml(web, dns(), dnsPod("other", labels: "app: other")),
        // One of two is ready.
        yaml(web, dns(), dnsPod(), dnsPod("coredns-2", ready: "False")),
        // Another Service on port 53.
        yaml(
            web,
            "{apiVersion: v1, kind: Service, metadata: {name: bind, namespace: shop}, spec: {selector: {a: b}, ports: [{port: 53}]}}"
        ),
    ]

    @Test(arguments: whole) func aWholeDNSServiceIsQuiet(text: String) throws {
        let report = try inquiry("web.shop", facts(text)).examine(.server)
        #expect(report.findings == [])
    }

    static let broken: [(String, [String])] = [
        (
            yaml(web, dns(), dnsPod(ready: "False")),
            ["kube-system/kube-dns", "coredns-1", "ContainersNotReady", "k8s-app=kube-dns"]
        ),
        (yaml(web, dns(selector: "k8s-app: kubedns"), dnsPod()), ["k8s-app=kubedns", "k8s-app=kube-dns", "coredns-1"]),
        (yaml(web, dns(ports: "{name: dns, port: 53, protocol: UDP}"), dnsPod()), ["53/TCP", "53/UDP"]),
        (
            yaml(web, dns(ports: "{name: dns-tcp, port: 53}, {name: metrics, port: 9153}"), dnsPod()),
            ["53/UDP", "9153/TCP"]
        ),
        // Slices alone say it too.
        (
            yaml(
                web,
                "{apiVersion: v1, kind: Service, metadata: {name: coredns, namespace: dns, labels: {k8s-app: kube-dns}}, spec: {ports: [{name: u, port: 53, protocol: UDP}, {name: t, port: 53}]}}",
                "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: coredns-a, namespace: dns, labels: {kubernetes.io/service-name: coredns}}, addressType: IPv4, endpoints: [{addresses: [10.244.0.9], conditions: {ready: false}}], ports: [{port: 53}]}"
            ), ["dns/coredns", "10.244.0.9"]
        ),
    ]

    @Test(arguments: broken) func aBrokenDNSServiceIsTold(text: String, mentions: [String]) throws {
        let report = try inquiry("web.shop", facts(text)).examine(.server)
        #expect(report.codes == ["DNS003"])
        let finding = try #require(report.findings.first)
        let said = ([finding.message, finding.fix ?? ""] + finding.evidence).joined(separator: "\n")
        for word in mentions { #expect(said.contains(word), "\(word) in \(said)") }
        #expect(finding.severity == .error)
        #expect(finding.place?.line ?? 0 > 0)
        #expect(finding.chinese?.evidence.count == finding.evidence.count)
    }

    // MARK: A server

    private func ask(_ answer: @escaping ServerScript.Answer) throws -> StageReport {
        var inquiry = try inquiry("web.shop", facts(yaml(web)))
        inquiry.server = LiveServer(address: address, channel: ServerScript(answer: answer))
        inquiry.server?.options.tries = 1
        return inquiry.examine(.server)
    }

    @Test func offlineThereIsNobodyToAsk() throws {
        #expect(try inquiry("web.shop", facts(yaml(web))).examine(.server).status == .skip)
    }

    @Test func aGoodServerIsQuiet() throws {
        let report = try inquiry("web.shop", facts(yaml(web))).asking { name, type, _ in
            reply(name, type, .noError, [.a("10.96.1.4")])
        }
        .examine(.server)
        #expect(report.findings == [])
        #expect(report.facts.map(\.english) == ["10.96.0.10:53  UDP NOERROR 0.3 ms, TCP NOERROR 0.3 ms, serial 7"])
    }

    @Test func silenceIsToldForEachTransport() throws {
        var report = try ask { _, _, _ throws(ExchangeFailure) in throw .timedOut }
        #expect(report.codes == ["DNS001"] && report.status == .fail)
        #expect(
            try #require(report.findings.first).message == "no reply from 10.96.0.10:53: UDP timed out, TCP timed out")
        report = try ask { name, type, options throws(ExchangeFailure) in
            guard options.tcp else { throw .unreachable("connection refused") }
            return reply(name, type, .noError, [soa()])
        }
        #expect(
            try #require(report.findings.first).message
                == "no reply from 10.96.0.10:53 over UDP: connection refused; TCP answers")
        #expect(report.status == .fail)
        report = try ask { name, type, options throws(ExchangeFailure) in
            if options.tcp { throw .unreachable("connection refused") }
            return reply(name, type, .noError, type == .soa ? [soa()] : [.a("10.96.1.4")])
        }
        #expect(report.codes == ["DNS001"] && report.status == .warn)
        #expect(try #require(report.findings.first).message.contains("over TCP: connection refused"))
    }

    @Test func silenceBehindADNSServiceWithoutEndpointsIsItsEvidence() throws {
        var inquiry = try inquiry("web.shop", facts(yaml(web, dns(), dnsPod(ready: "False"))))
        inquiry.server = LiveServer(
            address: address, channel: ServerScript { _, _, _ throws(ExchangeFailure) in throw .timedOut })
        let report = inquiry.examine(.server)
        #expect(report.codes == ["DNS003"])
        #expect(try #require(report.findings.first).evidence.last?.contains("no reply from 10.96.0.10:53") == true)
    }

    @Test func servfailQuotesTheServersReason() throws {
        let text = "registry not synced: 403 list endpointslices"
        let report = try inquiry("web.shop", facts(yaml(web))).asking { name, type, _ in
            reply(name, type, .servFail, ede: (22, text))
        }.examine(.server)
        #expect(report.codes == ["DNS002"])
        #expect(
            try #require(report.findings.first).message
                == "10.96.0.10 answers SERVFAIL for web.shop.svc.cluster.local. A: EDE 22: \(text)")
    }

    @Test func theServersOwnFindingsComeFirstAndOnce() throws {
        var inquiry = try inquiry("web.shop", facts(yaml(web))).asking { name, type, _ in reply(name, type, .servFail) }
        inquiry.server?.ownFindings = [
            Finding("DNS004", .warning, "stale (12 s): watch services: refused", fix: "kubectl"),
            Finding(
                "DNS002", .error, "not synced: list endpointslices: 403 Forbidden", object: "endpointslices",
                fix: "kubectl x"),
        ]
        let report = inquiry.examine(.server)
        #expect(report.codes == ["DNS002"])
        #expect(try #require(report.findings.first).message == "not synced: list endpointslices: 403 Forbidden")
        #expect(try #require(report.findings.first).evidence == ["stale (12 s): watch services: refused"])
        #expect(try #require(report.findings.first).chinese?.message == "未同步：list endpointslices: 403 Forbidden")
        #expect(try #require(report.findings.first).chinese?.evidence == ["陈旧 (12 s)：watch services: refused"])
        #expect(try #require(report.findings.first).fix == "kubectl x")
    }

    @Test func aStaleAnswerIsTold() throws {
        let report = try inquiry("web.shop", facts(yaml(web))).asking { name, type, _ in
            reply(name, type, .noError, [.a("10.96.1.4")], ede: (3, "the API was read 90 s ago"))
        }.examine(.server)
        #expect(report.codes == ["DNS004"] && report.status == .warn)
    }

    @Test func anotherDomainIsFound() throws {
        var asked = try inquiry("web.shop", facts(yaml(web))).asking(domain: "k8s.corp.") { name, type, _ in
            reply(name, type, name == .name("ns.dns.k8s.corp.") ? .noError : .nxDomain)
        }
        var report = asked.examine(.server)
        #expect(report.codes == ["DNS005"])
        #expect(try #require(report.findings.first).message == "10.96.0.10 does not serve cluster.local.")
        asked.client.resolvConf = TextInput(
            file: "resolv.conf", text: "search shop.svc.k8s.corp svc.k8s.corp k8s.corp\nnameserver 10.96.0.10\n")
        report = asked.examine(.server)
        #expect(
            try #require(report.findings.first).message
                == "10.96.0.10 serves the cluster domain k8s.corp., not cluster.local.")
        #expect(try #require(report.findings.first).fix == "clusterdns diagnose web.shop --cluster-domain k8s.corp.")
    }
}
