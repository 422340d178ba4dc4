import DNSWire
import NetworkAddress
import Testing

@testable import Diagnosis

@Suite struct LookupRequestTests {
    static let words: [(words: [String], name: String, type: RecordType?, server: String?)] = [
        (["web"], "web", nil, nil),
        (["web", "10.0.0.10"], "web", nil, "10.0.0.10"),
        (["web", "dns.example"], "web", nil, "dns.example"),
        (["web", "SRV", "10.0.0.10"], "web", .srv, "10.0.0.10"),
        (["@10.0.0.10", "web", "srv"], "web", .srv, "10.0.0.10"),
        (["@10.0.0.10", "srv", "web"], "web", .srv, "10.0.0.10"),
        (["aaaa", "web", "@[::1]:53"], "web", .aaaa, "[::1]:53"),
        (["web", "IN", "txt"], "web", .txt, nil),
        (["PTR", "10.0.0.1"], "10.0.0.1", .ptr, nil),
        (["10.0.0.1", "10.0.0.10"], "10.0.0.1", nil, "10.0.0.10"),
        // A name may look like a type.
        (["mx"], "mx", nil, nil),
        (["mx", "a"], "mx", .a, nil),
        (["a", "10.0.0.10"], "a", nil, "10.0.0.10"),
        (["web", "TYPE65"], "web", .https, nil),
    ]

    @Test(arguments: words) func whatTheWordsMean(
        words: [String], name: String, type: RecordType?, server: String?
    ) throws {
        let read = try LookupWords(words)
        #expect(read.name == name)
        #expect(read.type == type)
        #expect(read.server == server)
    }

    @Test(arguments: [
        [], ["@10.0.0.1"], ["@", "web"], ["web", "A", "AAAA"], ["web", "10.0.0.1", "10.0.0.2"], ["web", "+trace"],
    ])
    func wordsThatMeanNothing(words: [String]) {
        #expect(throws: UsageError.self) { try LookupWords(words) }
    }

    private func query(
        _ words: [String], resolvConf: String = "nameserver 10.96.0.10\nsearch a.svc.k8s.test svc.k8s.test k8s.test\n",
        _ change: (inout LookupRequest) -> Void = { _ in }
    ) throws -> LookupQuery {
        var request = LookupRequest(words: words)
        change(&request)
        let configuration = try ResolverConfiguration(parsing: resolvConf, file: "resolv.conf")
        return try request.query(on: configuration, file: "resolv.conf") { host in
            host == "dns.test" ? [IPAddress(v4: 0x0A00_0001)] : []
        }.query
    }

    private func names(_ query: LookupQuery) -> [String] { query.plan.candidates.map { "\($0.name)" } }

    @Test func theConfigurationIsTheDefault() throws {
        let query = try query(["web"])
        #expect(names(query) == ["web.a.svc.k8s.test.", "web.svc.k8s.test.", "web.k8s.test.", "web."])
        #expect(query.types == [.a, .aaaa])
        #expect(query.servers.map(\.description) == ["10.96.0.10"])
        #expect(query.searchSource == "resolv.conf")
        #expect(query.options.timeout == .seconds(2))
        #expect(query.options.tries == 2)
    }

    @Test func aNamespaceHasItsOwnList() throws {
        let inShop = try query(["web.b"]) { $0.namespace = "shop" }
        #expect(names(inShop) == ["web.b.shop.svc.k8s.test.", "web.b.svc.k8s.test.", "web.b.k8s.test.", "web.b."])
        #expect(inShop.plan.reason == "ndots:5, \"web.b\" has 1 dot: search list first")
        let elsewhere = try query(["web"]) {
            $0.namespace = "shop"
            $0.clusterDomain = "other.test"
        }
        #expect(names(elsewhere)[0] == "web.shop.svc.other.test.")
        let outside = try query(["web"], resolvConf: "nameserver 10.96.0.10\n") { $0.namespace = "shop" }
        #expect(names(outside)[0] == "web.shop.svc.cluster.local.")
    }

    @Test func theSearchListOnTheCommandLineWins() throws {
        let given = try query(["web"]) {
            $0.namespace = "shop"
            $0.search = "x.test,y.test z.test"
        }
        #expect(names(given) == ["web.x.test.", "web.y.test.", "web.z.test.", "web."])
        #expect(names(try query(["web"]) { $0.search = "none" }) == ["web."])
        #expect(names(try query(["web", "+nosearch"])) == ["web."])
        #expect(names(try query(["web.b"]) { $0.ndots = 1 })[0] == "web.b.")
    }

    @Test func anAddressMeansItsName() throws {
        let query = try query(["10.0.0.1"])
        #expect(query.types == [.ptr])
        #expect(names(query) == ["1.0.0.10.in-addr.arpa."])
        #expect(try self.query(["10.0.0.1", "A"]).types == [.a])
    }

    @Test func serversAndPorts() throws {
        #expect(try query(["web"]) { $0.port = 5353 }.servers.map(\.description) == ["10.96.0.10:5353"])
        #expect(try query(["web", "@[fd00::1]:54"]) { $0.port = 5353 }.servers.map(\.description) == ["[fd00::1]:54"])
        #expect(try query(["web", "dns.test:54"]).servers.map(\.description) == ["10.0.0.1:54"])
    }

    @Test func optionsOfTheConfiguration() throws {
        let slow = try query(["web"], resolvConf: "nameserver 10.0.0.1\noptions timeout:7 attempts:3 use-vc\n")
        #expect(slow.options.timeout == .seconds(7))
        #expect(slow.options.tries == 3)
        #expect(slow.options.tcp)
        #expect(try query(["web"]) { $0.noEDNS = true }.options.payloadSize == nil)
    }

    @Test(arguments: [
        (["web..b"], "\"web..b\" is not a domain name: emptyLabel at octet 4"),
        (["web", "nowhere.test"], "server \"nowhere.test\" has no address"),
        (["web", "@10.0.0.1:x"], "\"10.0.0.1:x\" is no server; write ADDRESS, ADDRESS:PORT or [IPV6]:PORT"),
    ]) func whatCannotBe(words: [String], message: String) {
        #expect(throws: UsageError(message)) { try query(words) }
    }

    @Test func wrongOptions() {
        #expect(throws: UsageError.self) { try query(["web"]) { $0.isReverse = true } }
        #expect(throws: UsageError.self) { try query(["web", "A"]) { $0.type = "AAAA" } }
        #expect(throws: UsageError.self) { try query(["web"]) { $0.type = "ADDRESS" } }
        #expect(throws: UsageError.self) { try query(["web"]) { $0.search = "" } }
        #expect(throws: UsageError.self) { try query(["web"]) { $0.namespace = "a..b" } }
    }

    @Test(arguments: [("2s", 2000), ("500ms", 500), ("0.5", 500), ("1m", 60_000), ("3", 3000)])
    func times(text: String, milliseconds: Int) throws {
        #expect(try duration(from: text) == .milliseconds(milliseconds))
    }

    @Test(arguments: ["", "s", "-1s", "0", "nan", "inf", "1h", "1 s x", "99999999999999999999"])
    func noTimes(text: String) {
        #expect(throws: UsageError.self) { try duration(from: text) }
    }
}
