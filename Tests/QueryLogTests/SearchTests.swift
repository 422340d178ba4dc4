import DNSWire
import QueryLog
import Testing

struct SearchTests {
    /// Names in a row, NXDOMAIN unless they end in `!`, and the marks that they get.
    private func marks(_ names: [String], pod: String? = nil, type: RecordType = .a) -> [String] {
        var lists = SearchLists()
        return names.enumerated().map { index, name in
            let isThere = name.hasSuffix("!")
            let text = isThere ? String(name.dropLast()) : name
            let told = lists.note(
                record(text, type, isThere ? .noError : .nxDomain, pod: pod, at: Double(index) / 1000))
            let mark = told.mark.map { "\($0.number)/\($0.total)" } ?? "-"
            return mark + (told.finished.map { " \($0.name) \($0.queries)" } ?? "")
        }
    }

    @Test func aWholeSearchList() {
        #expect(
            marks([
                "google.com.shop.svc.cluster.local.", "google.com.svc.cluster.local.", "google.com.cluster.local.",
                "google.com.!",
            ]) == ["1/4", "2/4", "3/4", "4/4 google.com. 4"])
    }

    @Test func aListWithTheHostsDomain() {
        #expect(
            marks([
                "google.com.shop.svc.cluster.local.", "google.com.svc.cluster.local.", "google.com.cluster.local.",
                "google.com.eu-west-1.compute.internal.", "google.com.!",
            ]) == ["1/4", "2/4", "3/4", "4/5", "5/5 google.com. 5"])
    }

    @Test func theAbsoluteNameMayBeMissingToo() {
        #expect(
            marks(["goggle.com.shop.svc.cluster.local.", "goggle.com.svc.cluster.local.", "goggle.com."])
                == ["1/4", "2/4", "3/3 goggle.com. 3"])
    }

    @Test func aQueryAgainIsNoNewTry() {
        #expect(
            marks([
                "google.com.shop.svc.cluster.local.", "google.com.svc.cluster.local.", "google.com.svc.cluster.local.",
                "google.com.shop.svc.cluster.local.", "google.com.!",
            ]) == ["1/4", "2/4", "2/4", "1/4", "2/2 google.com. 2"])
    }

    /// A search that ends within the cluster is none that wastes; it is not taken for the next lookup's.
    @Test func aNameOfAnotherNamespace() {
        #expect(
            marks(["web.shop.default.svc.cluster.local.", "web.shop.svc.cluster.local.!"], pod: "default/a-0")
                == ["1/4", "-"])
    }

    @Test func withoutAPodAShortNameIsNoSearch() {
        #expect(marks(["web.shop.svc.cluster.local."]) == ["-"])
        #expect(marks(["web.shop.svc.cluster.local."], pod: "shop/a-0") == ["1/4"])
        #expect(marks(["web.other.svc.cluster.local."], pod: "shop/a-0") == ["-"])
        #expect(marks(["a.web.other.svc.cluster.local."], pod: "shop/a-0") == ["-"])
        #expect(marks(["shop.svc.cluster.local.", "svc.cluster.local.", "example.com."]) == ["-", "-", "-"])
    }

    @Test func otherTypesAreNotSearched() {
        #expect(marks(["google.com.shop.svc.cluster.local.", "google.com.!"], type: .srv) == ["-", "-"])
    }

    @Test func typesAndClientsAreApart() {
        var lists = SearchLists()
        let name = "google.com.shop.svc.cluster.local."
        #expect(lists.note(record(name, .a, .nxDomain)).mark?.number == 1)
        #expect(lists.note(record(name, .aaaa, .nxDomain)).mark?.number == 1)
        #expect(lists.note(record("google.com.", .a, from: "10.244.8.12")).finished == nil)
        #expect(lists.note(record("google.com.", .a)).finished?.queries == 2)
        #expect(lists.note(record("google.com.", .aaaa)).finished?.queries == 2)
        #expect(lists.note(record("google.com.", .aaaa)).finished == nil)
    }

    @Test func aLookupIsForgotten() {
        var lists = SearchLists()
        _ = lists.note(record("google.com.shop.svc.cluster.local.", .a, .nxDomain))
        #expect(lists.note(record("google.com.", at: 5.1)).finished == nil)
    }

    /// Many clients at once: memory is bounded, and who goes on at once is still known.
    @Test func manyClients() {
        var lists = SearchLists()
        for number in 0..<30_000 {
            let client = "10.\(number >> 16).\(number >> 8 & 255).\(number & 255)"
            _ = lists.note(record("google.com.shop.svc.cluster.local.", .a, .nxDomain, from: client))
            #expect(lists.note(record("google.com.", from: client)).finished?.queries == 2)
            _ = lists.note(record("a.b.shop.svc.cluster.local.", .a, .nxDomain, from: client))
        }
    }
}

struct RetransmitTests {
    @Test func theSameQueryAgain() {
        var retransmits = Retransmits()
        for at in [0, 5.0, 10.05, 10.2, 19] { retransmits.note(record("web.shop.", at: at)) }
        #expect(retransmits.count == 3)
        #expect(retransmits.afterTimeout == 2)
        retransmits.restart()
        #expect(retransmits.count == 0 && retransmits.afterTimeout == 0)
        retransmits.note(record("web.shop.", at: 24))
        #expect(retransmits.afterTimeout == 1)
    }

    /// Another port, id, type, client or transport is another query; when it was answered does not matter.
    @Test func otherQueries() {
        var retransmits = Retransmits()
        retransmits.note(record("web.shop."))
        retransmits.note(record("web.shop.", port: 1, at: 5))
        retransmits.note(record("web.shop.", id: 1, at: 5))
        retransmits.note(record("web.shop.", .aaaa, at: 5))
        retransmits.note(record("web.shop.", from: "10.1.1.1", at: 5))
        var stream = record("web.shop.", at: 5)
        stream.isStream = true
        retransmits.note(stream)
        #expect(retransmits.count == 0)
        retransmits.note(record("web.shop.", at: 7, us: 2_000_000))
        #expect(retransmits.count == 1 && retransmits.afterTimeout == 1)
    }
}
