import AnswerTable
import Corefile
import DNSWire
import Findings
import NetworkAddress
import TestSupport
import Testing

@testable import Plugins

@Suite struct HostsTests {
    private static let text = """
        127.0.0.1   localhost
        192.168.1.10  Example.com   example alias.example.com # a comment
        192.168.1.11  example.com
        fdfc::1%eth0  example.com six.example.com
        ::ffff:192.0.2.1 mapped.example.com
        192.168.1.20  *.wild.example.com
        192.168.1.21  a.wild.example.com
        """

    private struct Server {
        let hosts: HostsTable
        let table = AnswerTable(capacity: 1 << 22)
        let zones: HostsTable.Zones
        let behind = ScriptedStep { _ in Message(id: 0, rcode: .notAuth) }

        init(zones: [String] = ["."], _ change: (inout HostsSettings) -> Void = { _ in }) {
            var settings = HostsSettings()
            settings.file = "hosts.txt"
            settings.ttl = 60
            change(&settings)
            hosts = HostsTable(settings, zones: zones.map { name($0) }, epochs: table.epochs)
            self.zones = hosts.open(in: table)
        }

        func load(_ text: String?) { hosts.apply(hosts.update(text), to: zones, in: table) }

        /// What hosts says; `next` where the next plugin is asked.
        func told(_ text: String, _ type: RecordType) async throws -> String {
            let server = TestServer([HostsStep(hosts), behind], table: table)
            let query = Message(query: name(text), type: type, id: 1)
            let told = try #require(try await server.askBothWays(query), "\(text) \(type)")
            let message = try #require(told.message)
            if message.rcode == .notAuth { return "next" }
            if message.rcode != .noError { return "\(message.rcode)" }
            #expect(message.flags.contains(.authoritative) && message.authorities.isEmpty)
            #expect(message.answers.allSatisfy { $0.owner == name(text) && $0.ttl == 60 })
            return message.answers.map { "\($0.data)" }.sorted().joined(separator: " ")
        }
    }

    @Test(
        arguments: [
            ("example.com.", "A", "192.168.1.10 192.168.1.11"), ("EXAMPLE.com.", "AAAA", "fdfc::1"),
            ("example.", "A", "192.168.1.10"), ("example.", "AAAA", ""), ("example.com.", "MX", ""),
            ("example.com.", "ANY", "192.168.1.10 192.168.1.11"), ("six.example.com.", "ANY", "fdfc::1"),
            ("mapped.example.com.", "A", "192.0.2.1"),
            // One label, unless a line names it (CoreDNS plugin/hosts, README).
            ("b.wild.example.com.", "A", "192.168.1.20"), ("b.wild.example.com.", "AAAA", ""),
            ("a.wild.example.com.", "A", "192.168.1.21"), ("c.b.wild.example.com.", "A", "missing"),
            ("wild.example.com.", "A", "missing"), ("c.a.wild.example.com.", "A", "missing"),
            // No name above or below those of the file exists for it.
            ("com.", "A", "missing"), ("com.", "MX", "missing"), (".", "NS", "missing"),
            ("x.alias.example.com.", "A", "missing"), ("nosuch.", "A", "missing"),
            // Reverse names have PTR records only for who asks for them, and never end here.
            ("10.1.168.192.in-addr.arpa.", "PTR", "alias.example.com. example. example.com."),
            ("1.2.0.192.in-addr.arpa.", "PTR", "mapped.example.com."),
            ("20.1.168.192.in-addr.arpa.", "PTR", "next"), ("1.168.192.in-addr.arpa.", "PTR", "next"),
            ("10.1.168.192.in-addr.arpa.", "A", "missing"), ("example.com.", "PTR", "next"),
            ("example.com.", "AXFR", "next"),
        ])
    func answers(_ text: String, _ type: String, _ wanted: String) async throws {
        let type = try #require(RecordType(type))
        let ending = Server()
        ending.load(HostsTests.text)
        #expect(try await ending.told(text, type) == (wanted == "missing" ? "SERVFAIL" : wanted))
        let going = Server { $0.fallsThrough = .all }
        going.load(HostsTests.text)
        #expect(try await going.told(text, type) == (wanted == "missing" ? "next" : wanted))
    }

    @Test func zonesBoundIt() async throws {
        let server = Server(zones: ["example.com.", "example.net."]) {
            $0.fallsThrough = .zones([name("example.net.")])
        }
        server.load("192.0.2.1 a.example.com a.example.org\n")
        #expect(try await server.told("a.example.com.", .a) == "192.0.2.1")
        #expect(try await server.told("b.example.com.", .a) == "SERVFAIL")
        #expect(try await server.told("b.example.net.", .a) == "next")
        #expect(try await server.told("a.example.org.", .a) == "next")
        #expect(try await server.told("1.2.0.192.in-addr.arpa.", .ptr) == "a.example.com.")
        #expect(
            Set(server.hosts.claims)
                == Set(["1.2.0.192.in-addr.arpa.", "example.com.", "example.net."].map { name($0) }))
        let own = Server(zones: ["."]) { $0.zones = [name("example.org.")] }
        own.load("192.0.2.1 a.example.com a.example.org\n")
        #expect(try await own.told("a.example.org.", .a) == "192.0.2.1")
        #expect(try await own.told("a.example.com.", .a) == "next")
    }

    @Test func linesOfTheCorefile() async throws {
        let server = Server {
            $0.inline = ["192.0.2.7 host.minikube.internal", "192.0.2.8 both.example"]
            $0.fallsThrough = .all
            $0.hasReverse = false
        }
        server.load(nil)
        #expect(try await server.told("host.minikube.internal.", .a) == "192.0.2.7")
        #expect(try await server.told("internal.", .a) == "next")
        #expect(try await server.told("7.2.0.192.in-addr.arpa.", .ptr) == "next")
        server.load("192.0.2.9 both.example\n")
        #expect(try await server.told("both.example.", .a) == "192.0.2.8 192.0.2.9")
        #expect(server.hosts.entries == 3)
        #expect(Set(server.hosts.claims) == [name("host.minikube.internal."), name("both.example.")])
    }

    @Test func faultsAreTold() {
        var file = HostsFile()
        file.read("192.0.2.1 a..b good.example\n\nnonsense x\n192.0.2.2\n# 1\n", path: "/etc/hosts")
        #expect(
            file.findings.map(\.description) == [
                "/etc/hosts:1: warning HST001: \"a..b\" is no domain name: it is left out",
                "/etc/hosts:3: warning HST001: \"nonsense\" is no IP address: the line is left out",
                "/etc/hosts:4: warning HST001: 192.0.2.2 has no name behind it: the line is left out",
            ])
        #expect(file.names.keys.map { "\($0)" } == ["good.example."])
        var long = HostsFile()
        long.read(String(repeating: "x y\n", count: 100), path: "h")
        #expect(long.findings.count == 21 && long.findings.last?.message == "80 lines more are left out")
        #expect(
            Set(file.records(ttl: 9, hasReverse: true).map { "\($0.0)" }) == [
                "good.example.", "1.2.0.192.in-addr.arpa.",
            ])
        #expect(
            file.records(ttl: 9, hasReverse: false).first?.1 == [
                RecordSet(.a, ttl: 9, [.address(address("192.0.2.1"))])
            ])
    }

    /// After any changes the table says what the file says, and nothing of what it said before.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func anyChange(_ seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let server = Server { $0.fallsThrough = .all }
        let labels = ["a", "b", "c"]
        var names = labels.map { $0 + "." }
        for _ in 0..<2 { names += names.flatMap { below in labels.map { "\($0).\(below)" } } }
        names = Array(Set(names)).sorted()
        for _ in 0..<10 {
            var lines: [String] = []
            for each in names where Int.random(in: 0..<6, using: &random) == 0 {
                lines.append("192.0.2.\(Int.random(in: 1...4, using: &random)) \(each)")
            }
            server.load(lines.joined(separator: "\n"))
            for each in names {
                let wanted = lines.first { $0.hasSuffix(" \(each)") }?.split(separator: " ").first.map(String.init)
                #expect(try await server.told(each, .a) == wanted ?? "next", "seed \(seed): \(each) in \(lines)")
            }
        }
        server.load("")
        #expect(server.table.nameCount == 2, "the two roots")
        server.hosts.close(server.zones, in: server.table)
        #expect(server.table.nameCount == 0)
    }
}
