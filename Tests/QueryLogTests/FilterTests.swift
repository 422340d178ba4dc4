import DNSWire
import NetworkAddress
import QueryLog
import Testing

struct FilterTests {
    @Test(arguments: [
        ("10.244.8.11", true), ("10.244.8.0/24", true), ("10.244.9.0/24", false), ("fd00::/8", false),
        ("0.0.0.0/0", true),
    ])
    func byClient(text: String, isHeld: Bool) {
        var filter = QueryFilter()
        filter.client = QueryFilter.client(text)
        #expect(filter.client != nil)
        #expect(filter.holds(record("web.shop.")) == isHeld)
    }

    @Test(arguments: [
        ("web.shop.svc.cluster.local", true), ("web.shop.svc.cluster.local.", true), ("WEB.*", true), ("web", false),
        ("*.cluster.local", true), ("*.shop.svc.cluster.local.", true), ("*.local*", true), ("w?b.shop.*", true),
        ("shop.*", false), ("*shop*", true), ("*", true), ("web.shop.svc.cluster.loca", false), ("[vw]eb.*", true),
    ])
    func byName(pattern: String, isHeld: Bool) {
        var filter = QueryFilter()
        filter.name = NamePattern(pattern)
        #expect(filter.holds(record("Web.shop.svc.cluster.local.")) == isHeld)
    }

    @Test func byTypeCodeTimeAndPod() {
        var one = record("web.shop.", .aaaa, .nxDomain, pod: "shop/web-0", us: 5000)
        var filter = QueryFilter()
        #expect(filter.holds(one))
        filter.type = .aaaa
        filter.rcode = .nxDomain
        filter.slower = 5_000_000
        filter.pod = "shop/web-0"
        #expect(filter.holds(one))
        filter.slower = 5_000_001
        #expect(!filter.holds(one))
        filter.slower = nil
        filter.type = .a
        #expect(!filter.holds(one))
        filter.type = nil
        filter.pod = "shop/web-1"
        #expect(!filter.holds(one))
        filter.pod = nil
        // What got no answer has no code.
        one.size = 0
        #expect(!filter.holds(one))
    }

    @Test func codesByNameAndNumber() {
        #expect(QueryFilter.rcode("nxdomain") == .nxDomain)
        #expect(QueryFilter.rcode("2") == .servFail)
        #expect(QueryFilter.rcode("BADVERS") == .badVers)
        #expect(QueryFilter.rcode("NOPE") == nil)
        #expect(QueryFilter.rcode("4096") == nil)
    }
}
