import DNSWire
import NetworkAddress
import Testing

@testable import Diagnosis

@Suite struct ResolverConfigurationTests {
    private func parse(_ text: String, hostname: String = "") throws -> ResolverConfiguration {
        try ResolverConfiguration(parsing: text, file: "resolv.conf", hostname: hostname)
    }

    @Test func aPodsFile() throws {
        let file = try parse(
            "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n")
        #expect(file.nameservers == [ServerAddress(try #require(IPAddress("10.96.0.10")))])
        #expect(file.search.map(\.description) == ["shop.svc.cluster.local.", "svc.cluster.local.", "cluster.local."])
        #expect(file.ndots == 5)
        #expect(file.timeout == nil)
        #expect(file.clusterDomain?.description == "cluster.local.")
    }

    @Test func theLastOfSearchAndDomainWins() throws {
        #expect(try parse("domain a\nsearch b c\n").search.map(\.description) == ["b.", "c."])
        #expect(try parse("search b c\ndomain a\n").search.map(\.description) == ["a."])
        #expect(try parse("search b c\nsearch\n").search == [])
    }

    @Test func limits() throws {
        let file = try parse(
            """
            # comment
            ; comment
            nameserver 10.0.0.1
            nameserver\tfd00::1
            nameserver fe80::1%eth0
            nameserver 10.0.0.4
            options ndots:99 timeout:99 attempts:99 rotate use-vc edns0 inet6 no-such-option
            sortlist 10.0.0.0
            unknown words
            """)
        #expect(file.nameservers.map(\.description) == ["10.0.0.1", "fd00::1", "fe80::1%eth0"])
        #expect(file.surplusNameservers.map(\.description) == ["10.0.0.4"])
        #expect((file.ndots, file.timeout, file.attempts) == (15, 30, 5))
        #expect(file.rotate && file.useTCP && file.edns0)
    }

    @Test func whatAnEmptyFileMeans() throws {
        let file = try parse("", hostname: "node1.example.net")
        #expect(file.nameservers.map(\.description) == ["127.0.0.1"])
        #expect(file.search.map(\.description) == ["example.net."])
        #expect(file.ndots == 1)
        #expect(file.clusterDomain == nil)
        #expect(try parse("", hostname: "node1").search == [])
    }

    @Test(arguments: [
        ("nameserver 10.0.0.1\nnameserver kube-dns\n", "resolv.conf:2: nameserver \"kube-dns\" is not an IP address"),
        ("nameserver 10.0.0.1:53\n", "resolv.conf:1: nameserver \"10.0.0.1:53\" is not an IP address"),
        ("nameserver\n", "resolv.conf:1: nameserver without an address"),
        ("\n\nsearch a..b\n", "resolv.conf:3: search domain \"a..b\" is not a domain name: emptyLabel at octet 2"),
        ("options ndots\n", "resolv.conf:1: option \"ndots\" needs a number, as in \"ndots:15\""),
        ("options ndots:five\n", "resolv.conf:1: option \"ndots:five\" needs a number, as in \"ndots:15\""),
        ("options ndots:-1\n", "resolv.conf:1: option \"ndots:-1\" needs a number, as in \"ndots:15\""),
    ]) func errorsNameFileAndLine(text: String, message: String) {
        #expect(throws: UsageError(message)) { try parse(text) }
    }

    @Test func carriageReturnsAreBlanks() throws {
        #expect(try parse("nameserver 10.0.0.1\r\noptions ndots:5\r\n").ndots == 5)
    }

    @Test(arguments: [
        ("10.0.0.10", "10.0.0.10"), ("10.0.0.10:53", "10.0.0.10"), ("10.0.0.10:5353", "10.0.0.10:5353"),
        ("10.0.0.10#5353", "10.0.0.10:5353"), ("fd00::10", "fd00::10"), ("[fd00::10]", "fd00::10"),
        ("[fd00::10]:5353", "[fd00::10]:5353"), ("fd00::10#5353", "[fd00::10]:5353"), ("fe80::1%eth0", "fe80::1%eth0"),
    ]) func serverAddresses(text: String, shown: String) throws {
        #expect(try #require(ServerAddress(text)).description == shown)
    }

    @Test(arguments: [
        "", "kube-dns", "10.0.0.10:", "10.0.0.10:99999", "10.0.0.10:+5", "[fd00::10", "[fd00::10]5", "10.0.0.1%eth0",
    ])
    func noServerAddresses(text: String) {
        #expect(ServerAddress(text) == nil)
    }
}
