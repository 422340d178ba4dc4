import DNSWire
import Findings
import Testing

@testable import Diagnosis

@Suite struct ExplanationTests {
    private static let cluster = """
        apiVersion: v1
        kind: Service
        metadata: {name: cart, namespace: shop}
        spec: {ports: [{port: 80}], selector: {app: cart}}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: db, namespace: shop}
        spec: {clusterIP: None, ports: [{port: 5432}], selector: {app: db}}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: db-0, namespace: shop, labels: {app: db}}
        spec: {containers: [{name: a, image: b}]}
        status: {phase: Running, podIP: 10.244.0.9, conditions: [{type: Ready, status: "False"}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: google-service, namespace: default}
        spec: {type: ExternalName, externalName: google.com}
        """

    @Test(arguments: [
        ("cart.default", RecordType.a, "NXDOMAIN", "NAM002 Service cart is in namespace shop"),
        ("crat.shop", .a, "NXDOMAIN", "NAM001 no Service crat in namespace shop"),
        ("cart.shopp", .a, "NXDOMAIN", "NAM003 no namespace shopp"),
        ("db.shop", .a, "NXDOMAIN", "EPS004 headless shop/db has no ready endpoint (1 not ready)"),
        ("cart.shop", .aaaa, "NOERROR", "NAM006 Service is IPv4 only"), ("cart.shop", .a, "NOERROR", ""),
        ("google-service.default", .a, "NOERROR", ""),
    ])
    func `files alone give the answer and the reason`(
        _ short: String, _ type: RecordType, _ rcode: String, _ reason: String
    ) throws {
        let found = try Explanation.inProcess(
            name: DomainName("\(short).svc.cluster.local."), type: type, facts: facts(Self.cluster))
        #expect(found.answer.rcode == rcode)
        #expect(found.reason.map { "\($0.code) \($0.text)" } ?? "" == reason)
        #expect(found.steps.map(\.step).filter { $0 != "follow" } == ["recv", "zone", "lookup", "send"])
        #expect(try Explanation(json: Array(found.jsonText.utf8)) == found)
    }

    @Test func `an alias shows where it leads`() throws {
        let found = try Explanation.inProcess(
            name: DomainName("google-service.default.svc.cluster.local."), type: .a, facts: facts(Self.cluster))
        #expect(
            found.steps.map(\.text).contains("Service default/google-service, type ExternalName -> CNAME google.com."))
        #expect(found.steps.first { $0.step == "follow" }?.text.hasPrefix("google.com. ") == true)
    }

    @Test func `a trace is a table`() {
        let explanation = Explanation(
            query: .init(name: "a.", type: "A", client: "10.244.3.15"),
            steps: [
                .init(microseconds: 0, step: "recv", text: "udp 10.244.3.15 A a., EDNS 1232"),
                .init(microseconds: 4, step: "zone", text: "cluster.local. (kubernetes)"),
                .init(microseconds: 11_322, step: "send", text: "NOERROR aa ra,\n2 records"),
            ],
            answer: .init(rcode: "NOERROR", flags: ["aa"], size: 87, records: [], ede: []),
            reason: .init(code: "XXX999", text: "no reason"))
        for language in Language.allCases {
            #expect(
                explanation.text(in: language) == """
                     0.000 ms  recv     udp 10.244.3.15 A a., EDNS 1232
                     0.004     zone     cluster.local. (kubernetes)
                    11.322     send     NOERROR aa ra,\\u{a}2 records
                    ** XXX999  no reason

                    """)
        }
    }

    @Test(arguments: ["", "{}", "404 there is /records", #"{"version":2}"#])
    func `what is no explanation is told so`(_ text: String) {
        #expect(throws: ExplanationError.self) { try Explanation(json: Array(text.utf8)) }
    }
}
