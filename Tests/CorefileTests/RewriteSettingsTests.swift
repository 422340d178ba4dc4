import DNSWire
import Testing

@testable import Corefile

@Suite struct RewriteSettingsTests {
    private func rule(_ text: String) throws -> RewriteSettings {
        let plugins = try Corefile.parse(". {\nrewrite \(text)\n}").blocks[0].plugins
        guard case .rewrite(let settings)? = plugins.first else { throw Unexpected() }
        return settings
    }

    private func change(_ text: String) throws -> RewriteSettings.Change { try rule(text).change }

    @Test func modes() throws {
        #expect(try rule("type A AAAA") == RewriteSettings(mode: .stop, change: .type(.a, .aaaa)))
        #expect(try rule("stop type a aaaa").mode == .stop)
        #expect(try rule("continue class CH IN") == RewriteSettings(mode: .continue, change: .recordClass(.chaos, .in)))
    }

    @Test func names() throws {
        #expect(try change("name A.test b.test.") == .name(.exact("a.test."), with: "b.test.", answers: []))
        #expect(try change("name exact a.test b.test") == .name(.exact("a.test."), with: "b.test.", answers: []))
        #expect(try change("name prefix foo Bar") == .name(.prefix("foo."), with: "bar.", answers: []))
        #expect(
            try change("name suffix .a.test .b.test answer auto")
                == .name(.suffix(".a.test."), with: ".b.test.", answers: [.auto]))
        #expect(
            try change("name substring service.us svc") == .name(.substring("service.us."), with: "svc.", answers: []))
        #expect(
            try change(#"name regex (.*)\.A\.test {1}.b.Test answer name (.*)\.b\.test {1}.a.test value (x) {1}"#)
                == .name(
                    .regex(#"(.*)\.A\.test"#), with: "{1}.b.test.",
                    answers: [.name(#"(.*)\.b\.test"#, "{1}.a.test."), .value("(x)", "{1}.")]))
    }

    @Test func blocks() throws {
        let line = try rule("stop name regex (.*)x {1}y answer name (.*)y {1}x answer value (.*)y {1}x")
        #expect(
            try rule("stop {\n name regex (.*)x {1}y\n answer name (.*)y {1}x\n answer value (.*)y {1}x\n}") == line)
        #expect(
            try rule("{\n name regex (.*)x {1}y answer name (.*)y {1}x\n answer value (.*)y {1}x\n}") == line)
    }

    @Test func numbers() throws {
        #expect(try change("ttl a.test 30") == .ttl(.exact("a.test."), .fixed(30)))
        #expect(try change("ttl suffix a.test 30-60") == .ttl(.suffix("a.test."), .range(30, 60)))
        #expect(try change("ttl regex A.* 30-") == .ttl(.regex("A.*"), .range(30, nil)))
        #expect(try change("ttl prefix a -60") == .ttl(.prefix("a."), .range(nil, 60)))
        #expect(
            try change("rcode a.test NXDOMAIN noerror") == .rcode(.exact("a.test."), from: .nxDomain, to: .noError))
        #expect(
            try change("rcode substring a.test 2 3")
                == .rcode(.substring("a.test."), from: .servFail, to: .nxDomain))
    }

    @Test func aliases() throws {
        #expect(try change("cname a.test b.test") == .cname(.exact("a.test."), with: "b.test."))
        #expect(try change("cname exact A.test B.test") == .cname(.exact("a.test."), with: "b.test."))
        #expect(try change("cname suffix .a.test .b.test") == .cname(.suffix(".a.test"), with: ".b.test"))
        #expect(try change(#"cname regex (\S+)X {1}y"#) == .cname(.regex(#"(\S+)X"#), with: "{1}y"))
    }

    @Test func options() throws {
        #expect(
            try change("edns0 local set 0xffee 0xab01")
                == .edns0(.local(code: 0xFFEE, .set, "0xab01", revert: false)))
        #expect(
            try change("edns0 local append 65001 {client_ip} revert")
                == .edns0(.local(code: 65001, .append, "{client_ip}", revert: true)))
        #expect(
            try change("edns0 local replace 0xffee {kubernetes/namespace}")
                == .edns0(.local(code: 0xFFEE, .replace, "{kubernetes/namespace}", revert: false)))
        #expect(try change("edns0 local unset 017") == .edns0(.local(code: 15, .unset, "", revert: false)))
        #expect(try change("edns0 nsid set") == .edns0(.nsid(.set, revert: false)))
        #expect(try change("edns0 nsid unset") == .edns0(.nsid(.unset, revert: false)))
        #expect(try change("edns0 subnet set 24 56 revert") == .edns0(.subnet(.set, 24, 56, revert: true)))
        #expect(try change("edns0 subnet unset") == .edns0(.subnet(.unset, 0, 0, revert: false)))
    }

    @Test(arguments: [
        ("", "2:1", "rewrite names no rule"), ("stop", "2:1", "rewrite names no rule"),
        ("stop answer name a b", "2:14", "an answer is rewritten by what stands behind a name rule"),
        ("nome a b", "2:9", "\"nome\" is no rule: name, type, class, ttl, cname, rcode and edns0 are"),
        ("name a", "2:9", "rewrite name takes two names"),
        ("name glob a b", "2:14", "\"glob\" is none of exact, prefix, suffix, substring and regex"),
        ("name exact a b c", "2:24", "\"c\" stands where answer could"),
        ("name exact a b answer", "2:24", "answer takes auto, name or value"),
        ("name exact a b answer all", "2:31", "answer takes auto, name or value, not \"all\""),
        ("name exact a b answer name x", "2:31", "answer name takes a regular expression and a name"),
        ("name regex x {1}", "2:22", "\"{1}\" asks for more groups than \"x\" has"),
        ("name suffix a b answer auto answer name x y", "2:9", "answer auto and answer name exclude each other"),
        ("ttl a 60-30", "2:15", "\"60-30\" is no TTL, as 30, 30-60, 30- or -60"),
        ("ttl a -", "2:15", "\"-\" is no TTL, as 30, 30-60, 30- or -60"),
        ("ttl a b c d", "2:19", "rewrite ttl takes a name and a TTL"),
        ("type A BOGUS", "2:16", "\"BOGUS\" is no record type"), ("class A IN", "2:15", "\"A\" is no class"),
        ("rcode a NOPE NOERROR", "2:17", "\"NOPE\" is no rcode"),
        ("edns0 local add 1 x", "2:21", "edns0 takes set, replace, append or unset, not \"add\""),
        ("edns0 local set 70000 x", "2:25", "\"70000\" is no number from 0 to 65535"),
        ("edns0 local set 1 0xabc", "2:27", "\"0xabc\" is no hexadecimal text"),
        ("edns0 local set 1 {nope}", "2:27", "{nope} is no variable"),
        ("edns0 subnet set 33 56", "2:26", "\"33\" is no number from 0 to 32"),
    ]) func faults(_ rule: String, _ place: String, _ message: String) {
        let fault = #expect(throws: CorefileError.self) { try Corefile.parse(". {\nrewrite \(rule)\n}") }
        #expect(fault?.description == "Corefile:\(place): error CFG010: \(message)")
    }
}
