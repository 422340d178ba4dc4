import NetworkAddress
import ProxyRules
import Testing

@Suite struct DumpTests {
    static let texts = [
        """
        *nat
        :PREROUTING ACCEPT [0:0]
        :KUBE-SERVICES - [0:0]
        -A KUBE-SERVICES ! -s 10.244.0.0/16 -d 10.0.0.1/32 -p tcp -m comment --comment "default/web:http cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
        -A KUBE-SERVICES -d 10.0.0.1/32 -p tcp -m comment --comment "default/web:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-BBBBBBBBBBBBBBBB
        [1:60] -A KUBE-SVC-BBBBBBBBBBBBBBBB -m comment --comment default/web:http -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-A
        -A KUBE-SVC-BBBBBBBBBBBBBBBB -m comment --comment "default/web:http \\"quoted\\"" -j KUBE-SEP-B
        -A KUBE-SEP-A -p tcp -m tcp -j DNAT --to-destination 10.1.0.1:8080
        -A KUBE-SEP-B -p tcp -m tcp -j DNAT --to-destination 10.1.0.2:8080
        COMMIT
        """,
        """
        table ip6 kube-proxy { # handle 3
        	map service-ips {
        		type ipv6_addr . inet_proto . inet_service : verdict
        		elements = { fd00::10 . 6 . 80 : goto service-AAAAAAAA-default/web/tcp/http, fd00::11 . udp . 53 comment "a/b:c" : drop }
        	}
        	chain services { # handle 9
        		ip6 daddr . meta l4proto . th dport vmap @service-ips # handle 10
        	}
        	chain service-AAAAAAAA-default/web/tcp/http {
        		numgen random mod 2 vmap { 0 : goto endpoint-BBBBBBBB-default/web/tcp/http__fd01..1/8080,
        		                           1 : goto endpoint-CCCCCCCC-default/web/tcp/http__fd01..2/8080 }
        	}
        }
        """,
        """
        IP Virtual Server version 1.2.1 (size=4096)
        Prot LocalAddress:Port Scheduler Flags
          -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
        TCP  [fd00::10]:80 rr persistent 10800
          -> [fd01::1]:8080               Masq    1      0          0
        """,
    ]

    @Test func iptables() throws {
        let dump = ProxyDump(file: "a", text: DumpTests.texts[0])
        let rules = try #require(dump.rules.first)
        #expect(rules.mode == .iptables && rules.isWhole && rules.ruleCount == 6 && dump.unread.isEmpty)
        #expect(rules.entries.map(\.text) == ["10.0.0.1:80"])
        let chain = try #require(rules.balancers["KUBE-SVC-BBBBBBBBBBBBBBBB"])
        #expect(chain.targets.map { $0.endpoint?.description } == ["10.1.0.1:8080", "10.1.0.2:8080"])
        #expect(chain.targets.map(\.share) == [0.5, 0.5] && chain.lost == 0 && chain.owner == "default/web:http")
        #expect(rules.isEntered == false && rules.masquerade.isComplete == false)
    }

    @Test func twoFamilies() {
        let v6 = """
            *nat
            :PREROUTING ACCEPT [0:0]
            -A KUBE-SERVICES -d fd00::1/128 -p tcp -m tcp --dport 80 -j KUBE-SVC-BBBBBBBBBBBBBBBB
            -A KUBE-SVC-BBBBBBBBBBBBBBBB -j KUBE-SEP-C
            -A KUBE-SEP-C -p tcp -m tcp -j DNAT --to-destination [fd01::1]:8080
            COMMIT
            """
        let dump = ProxyDump(file: "a", text: DumpTests.texts[0] + "\n" + v6)
        #expect(dump.rules.map(\.family) == [.v4, .v6])
        #expect(dump.rules[1].entries.map(\.text) == ["[fd00::1]:80"])
        #expect(
            dump.rules[1].balancers.values.flatMap(\.targets).map { $0.endpoint?.description } == ["[fd01::1]:8080"])
    }

    @Test func nftables() throws {
        let dump = ProxyDump(file: "a", text: DumpTests.texts[1])
        let rules = try #require(dump.rules.first)
        #expect(rules.mode == .nftables && rules.family == .v6 && rules.isWhole && dump.unread.isEmpty)
        #expect(rules.entries.map(\.text) == ["[fd00::10]:80", "[fd00::11]:53"])
        #expect(rules.entries.map(\.transport) == ["tcp", "udp"])
        #expect(rules.entries[1].verdict == .drop && rules.entries[1].owner == "a/b:c")
        let targets = rules.balancers.values.flatMap(\.targets)
        #expect(targets.map { $0.endpoint?.description } == ["[fd01::1]:8080", "[fd01::2]:8080"])
    }

    @Test func ipvs() throws {
        let rules = try #require(ProxyDump(file: "a", text: DumpTests.texts[2]).rules.first)
        #expect(rules.mode == .ipvs && rules.family == .v6 && rules.isWhole && rules.ruleCount == 2)
        #expect(rules.balancers["TCP [fd00::10]:80"]?.isPersistent == true)
    }

    @Test func whatCannotBeReadIsToldWithItsLine() {
        let dump = ProxyDump(
            file: "a",
            text: "$ iptables-save\n-A KUBE-SERVICES -d 10.0.0.x/32 -j KUBE-SVC-A\n-A KUBE-SEP-A --to-destination")
        #expect(dump.unread.map(\.line) == [1, 2, 3])
        #expect(dump.unread[1].why == "-d has the value \"10.0.0.x/32\"")
    }

    /// No text ends the program: parts of dumps, with octets changed at random.
    @Test func anyText() {
        var random = SystemRandomNumberGenerator()
        for text in DumpTests.texts {
            let octets = Array(text.utf8)
            for length in stride(from: 0, through: octets.count, by: 7) {
                _ = ProxyDump(file: "a", text: String(decoding: octets[..<length], as: UTF8.self))
            }
            for _ in 0..<300 {
                var changed = octets
                for _ in 0..<4 {
                    changed[Int.random(in: changed.indices, using: &random)] =
                        Array(" {}[]\"\\:,.-/0a\n#!".utf8).randomElement(using: &random) ?? 0
                }
                let text = String(decoding: changed, as: UTF8.self)
                _ = ProxyDump(file: "a", text: text)
                _ = ProxyLog(text).lines.map(\.names)
            }
        }
    }
}
