import DNSWire
import Diagnosis
import Findings
import Glibc
import NetworkAddress
import ServiceRegistry
import Testing

private let web = """
    {apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {clusterIP: 10.96.1.4, ports: [{name: http, port: 80}]}}
    ---
    {apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-a, namespace: shop, labels: {kubernetes.io/service-name: web}}, addressType: IPv4, endpoints: [{addresses: [10.244.0.1]}], ports: [{name: http, port: 80}]}
    """

/// A headless Service with as many endpoints.
private func headless(_ count: Int) -> String {
    let endpoints = (0..<count).map { "{addresses: [10.244.\($0 / 200).\($0 % 200 + 1)]}" }.joined(separator: ", ")
    return """
        {apiVersion: v1, kind: Service, metadata: {name: db, namespace: shop}, spec: {clusterIP: None, ports: [{name: sql, port: 5432}]}}
        ---
        {apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: db-a, namespace: shop, labels: {kubernetes.io/service-name: db}}, addressType: IPv4, endpoints: [\(endpoints)], ports: [{name: sql, port: 5432}]}

        """
}

private func srv(_ weight: UInt16 = 100) -> RecordData {
    .srv(ServiceLocation(weight: weight, port: 80, target: .name("web.shop.svc.cluster.local.")))
}

struct AnswersStageTests {
    /// A server that says of web what the registry says, but for what `other` says.
    private func stage(
        _ inquiry: Inquiry,
        _ other: @escaping @Sendable (DomainName, RecordType, TransportOptions) -> Reply? = { _, _, _ in nil }
    ) -> StageReport {
        inquiry.asking { name, type, options in
            if let reply = other(name, type, options) { return reply }
            switch type {
            case .a: return reply(name, type, .noError, [.a("10.96.1.4")])
            // Another server's weights are its own.
            case .srv: return reply(name, type, .noError, [srv(33)])
            case .ptr: return reply(name, type, .noError, [.ptr(.name("web.shop.svc.cluster.local."))])
            default: return reply(name, type)
            }
        }.examine(.answers)
    }

    @Test func offlineTheRegistryAnswersItself() throws {
        let report = try inquiry("web.shop", facts(web)).examine(.answers)
        #expect(report.findings == [])
        #expect(
            report.facts.map(\.english) == [
                "web.shop.svc.cluster.local A 10.96.1.4",
                "_http._tcp.web.shop.svc.cluster.local SRV 80 web.shop.svc.cluster.local",
                "4.1.96.10.in-addr.arpa PTR web.shop.svc.cluster.local",
            ])
    }

    @Test func equalAnswersAreQuiet() throws {
        let report = try stage(inquiry("web.shop", facts(web)))
        #expect(report.findings == [])
        #expect(report.facts[0].english == "web.shop.svc.cluster.local A 10.96.1.4  UDP 512, UDP 1232, UDP 4096, TCP")
    }

    @Test func anotherAddressIsToldWithItsLife() throws {
        let report = try stage(inquiry("web.shop", facts(web))) { name, type, _ in
            type == .a ? reply(name, type, .noError, [.a("10.96.1.9")]) : nil
        }
        #expect(report.codes == ["DNS006"] && report.status == .warn)
        let finding = try #require(report.findings.first)
        #expect(
            finding.message
                == "10.96.0.10 does not answer web.shop.svc.cluster.local A as the registry says: missing 10.96.1.4; too much 10.96.1.9"
        )
        #expect(finding.evidence.contains("the answer may be kept for 5 s (TTL)"))
        #expect(finding.object == "Service shop/web")
    }

    @Test func aDenialFromACacheIsOlderThanTheObject() throws {
        var known = try facts(
            web.replacing("name: web,", with: "name: web, creationTimestamp: \"\(stamp(secondsAgo: 4))\","))
        known.reading.origin = .api
        let report = try stage(inquiry("web.shop", known)) { name, type, _ in
            type == .a ? reply(name, type, .nxDomain, denial: (12, 30)) : nil
        }
        #expect(report.codes == ["DNS006"])
        let line = try #require(report.findings.first?.evidence.first { $0.contains("older than the object") })
        #expect(line.contains("18 s old") && line.contains("it lives 12 s more"))
    }

    @Test func aDifferenceOverOneTransportNamesIt() throws {
        let report = try stage(inquiry("web.shop", facts(web))) { name, type, options in
            type == .a && options.tcp ? reply(name, type) : nil
        }
        #expect(
            report.findings.first?.evidence.first?.hasPrefix("web.shop.svc.cluster.local A (TCP): missing 10.96.1.4")
                == true)
    }

    @Test func whatAStaleServerSaysIsNoFurtherWarning() throws {
        var asked = try inquiry("web.shop", facts(web)).asking { name, type, _ in reply(name, type, .nxDomain) }
        asked.server?.ownFindings = [Finding("DNS004", .warning, "stale (90 s): watch services: refused")]
        #expect(asked.examine(.answers).findings.map(\.severity) == [.info])
    }

    /// An address that was given here may be another where the server gave it; that there is none is a fault all the same.
    @Test func addressesGivenElsewhereAreNotCompared() throws {
        let known = try facts(web.replacing("clusterIP: 10.96.1.4, ", with: ""))
        #expect(try stage(inquiry("web.shop", known)).findings == [])
        let denied = try stage(inquiry("web.shop", known)) { name, type, _ in
            type == .a ? reply(name, type, .nxDomain) : nil
        }
        #expect(denied.codes == ["DNS006"])
        // Without a ready endpoint a server may leave the Service out.
        let empty = try facts(web.replacing("10.244.0.1]", with: "10.244.0.1], conditions: {ready: false}"))
        #expect(try stage(inquiry("web.shop", empty)) { name, type, _ in reply(name, type, .nxDomain) }.findings == [])
        var own = known
        own.reading.isOfServer = true
        #expect(try stage(inquiry("web.shop", own)).codes == ["DNS006"])
    }

    // MARK: Size

    @Test func aLargeAnswerIsNoFaultWhereTCPWorks() throws {
        let report = try inquiry("db.shop", facts(headless(60))).examine(.answers)
        #expect(report.codes == ["NET003"] && report.status == .ok)
        #expect(try #require(report.findings.first).severity == .info)
        #expect(try inquiry("db.shop", facts(headless(9))).examine(.answers).findings == [])
        var musl = try inquiry("db.shop", facts(headless(60)))
        musl.client.libc = .musl
        #expect(musl.examine(.answers).status == .warn)
    }

    @Test func aLargeAnswerThatTCPDoesNotBringIsAWarning() throws {
        let known = try facts(headless(60))
        let addresses = known.endpoints(of: ObjectName("shop", "db")).flatMap(\.endpoint.addresses).map(
            RecordData.address)
        let asked = try inquiry("db.shop", known).asking { (name, type, options) throws(ExchangeFailure) in
            if options.tcp || options.payloadSize == nil { throw .unreachable("connection refused") }
            return reply(name, type, .noError, type == .a ? addresses : [])
        }
        let report = asked.examine(.answers)
        #expect(report.findings.filter { $0.severity != .info }.map(\.code).contains("NET003"))
        let finding = try #require(report.findings.first { $0.code == "NET003" })
        #expect(finding.severity == .warning)
        #expect(finding.message.contains("needs TCP, but 10.96.0.10 does not answer over TCP: connection refused"))
        #expect(finding.evidence.contains("UDP 512: connection refused"))
    }

    // MARK: --connect

    @Test func connectionsAreFacts() throws {
        let (listener, port) = try listening()
        defer { close(listener) }
        var asked = try inquiry(
            "local.shop",
            facts(
                """
                {apiVersion: v1, kind: Service, metadata: {name: local, namespace: shop}, spec: {clusterIP: None, ports: [{port: \(port)}]}}
                ---
                {apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: local-a, namespace: shop, labels: {kubernetes.io/service-name: local}}, addressType: IPv4, endpoints: [{addresses: [127.0.0.1]}, {addresses: [127.0.0.9]}], ports: [{port: \(port)}]}
                """))
        #expect(asked.connectReport() == nil)
        asked.mayConnect = true
        let report = try #require(asked.connectReport())
        #expect(
            report.lines.map(\.english) == [
                "connect endpoint 127.0.0.1:\(port): open", "connect endpoint 127.0.0.9:\(port): connection refused",
            ])
        #expect(!report.isEveryEndpointClosed)
    }

    private func listening() throws -> (Int32, UInt16) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                #expect(bind(listener, raw, length) == 0 && listen(listener, 4) == 0)
                getsockname(listener, raw, &length)
            }
            return UInt16(bigEndian: pointer.pointee.sin_port)
        }
        return (listener, port)
    }

    private func stamp(secondsAgo: Int) -> String {
        var moment = time(nil) - secondsAgo
        var parts = tm()
        gmtime_r(&moment, &parts)
        var buffer = [CChar](repeating: 0, count: 40)
        strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
