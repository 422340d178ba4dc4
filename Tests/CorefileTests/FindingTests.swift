import DNSWire
import Findings
import Foundation
import TestSupport
import Testing

@testable import Corefile

@Suite struct FindingTests {
    /// What is wrong with a line of `. { … }`, with its place.
    @Test(arguments: [
        ("kubernets cluster.local", "2:1: error CFG001: \"kubernets\" is no plugin: did you mean \"kubernetes\"?"),
        ("frobnicate", "2:1: error CFG001: \"frobnicate\" is no plugin"),
        ("dnssec", "2:1: error CFG001: dnssec is a plugin of CoreDNS that clusterdns does not have"),
        (
            "ocp_dnsnameresolver",
            "2:1: error CFG001: ocp_dnsnameresolver is a plugin of OpenShift that clusterdns does not have"
        ),
        ("proxy . 10.0.0.1", "2:1: error CFG001: proxy went with CoreDNS 1.5: write forward"),
        ("acl {\n permit\n}", "3:2: error CFG001: acl has no option \"permit\""),
        (
            "acl {\n allow net 10.0.0.0/33\n}",
            "3:12: error CFG010: \"10.0.0.0/33\" is no block of addresses, as 10.0.0.0/8"
        ),
        ("acl {\n allow type\n}", "3:8: error CFG010: type names nothing"),
        ("acl {\n allow 10.0.0.1\n}", "3:8: error CFG010: allow takes type and net, not \"10.0.0.1\""),
        ("any x", "2:5: error CFG010: any takes no argument"),
        ("autopath", "2:1: error CFG010: autopath takes zones, then @kubernetes or a file as resolv.conf"),
        ("autopath @erratic", "2:10: error CFG010: autopath takes its search list from @kubernetes, not @erratic"),
        ("bind", "2:1: error CFG010: bind takes addresses or interfaces"),
        ("bufsize 511", "2:9: error CFG010: bufsize takes 512 to 4096, not \"511\""),
        ("cache 0", "2:7: error CFG010: cache takes 1 to 4294967295, not \"0\""),
        ("cache {\n sucess 1\n}", "3:2: error CFG001: cache has no option \"sucess\": did you mean \"success\"?"),
        ("cache {\n success\n}", "3:2: error CFG010: success takes a capacity, a TTL and a smallest TTL"),
        ("cache {\n servfail 6m\n}", "3:11: error CFG010: SERVFAIL is kept for 5m at most"),
        ("cache {\n prefetch 1 1m 95%\n}", "3:16: error CFG010: prefetch takes 10% to 90%, not \"95%\""),
        ("cache {\n serve_stale 1h soon\n}", "3:17: error CFG010: serve_stale is immediate or verify, not \"soon\""),
        (
            "cache {\n serve_stale 1h immediate 1s 1s 1s\n}",
            "3:33: error CFG010: serve_stale immediate takes a TTL and a recheck"
        ),
        ("cache {\n disable all\n}", "3:10: error CFG010: disable takes success or denial, then zones"),
        ("cache a..b", "2:7: error CFG009: \"a..b\" is no zone"),
        ("errors stderr", "2:8: error CFG010: errors are written to stdout only"),
        (
            "errors {\n consolidate 5m\n}",
            "3:2: error CFG010: consolidate takes a duration, a regular expression, and no more than a level and show_first"
        ),
        (
            "errors {\n consolidate 5m x show_first info\n}",
            "3:30: error CFG010: consolidate takes one of debug, info, warning, error, then show_first, not \"info\""
        ),
        ("dns64 10.0.0.0/8", "2:7: error CFG010: a prefix is IPv6 of 32 to 96 bits, a multiple of 8, not 10.0.0.0/8"),
        ("file", "2:1: error CFG010: file takes a zone file, then zones"),
        ("forward .", "2:9: error CFG010: forward takes a zone and at least one upstream"),
        ("forward . dns.google", "2:11: error CFG010: \"dns.google\" is neither an IP address nor a file"),
        ("forward . https://1.1.1.1", "2:11: error CFG010: DNS over HTTPS to an upstream is not here: https://1.1.1.1"),
        ("forward . grpc://1.1.1.1", "2:11: error CFG010: grpc:// is no way to an upstream: dns:// and tls:// are"),
        (
            "forward . 1.1.1.1 {\n policy fast\n}",
            "3:9: error CFG010: policy is random, round_robin or sequential, not \"fast\""
        ),
        ("forward . 1.1.1.1 {\n failover NOERROR\n}", "3:11: error CFG010: NOERROR is no reason for a failover"),
        ("forward . 1.1.1.1 {\n expire -1s\n}", "3:9: error CFG010: expire cannot be negative: -1s"),
        (
            "forward . 1.1.1.1 {\n max_conncurrent 1\n}",
            "3:2: error CFG001: forward has no option \"max_conncurrent\": did you mean \"max_concurrent\"?"
        ),
        (
            "forward . tls://1.1.1.1%a {\n tls_servername b\n}",
            "2:1: error CFG010: tls_servername b excludes names behind % of an upstream"
        ),
        ("health 8080", "2:8: error CFG010: \"8080\" is no address with a port, as :8080 or 127.0.0.1:8080"),
        ("health {\n lameduck 5\n}", "3:11: error CFG010: \"5\" is no duration, as 500ms, 30s or 1h30m"),
        ("hosts {\n ttl 0\n}", "3:6: error CFG010: ttl takes 1 to 65535, not \"0\""),
        ("hosts {\n reoad 5s\n}", "3:2: error CFG001: hosts has no option \"reoad\": did you mean \"reload\"?"),
        ("hosts {\n fallthrough\n nothing 10.0.0.1\n}", "4:2: error CFG001: hosts has no option \"nothing\""),
        ("k8s_external", "2:1: error CFG010: k8s_external needs kubernetes in its block"),
        ("kubernetes in-addr.arpa", "2:12: error CFG010: kubernetes needs a zone that is no reverse zone"),
        ("kubernetes c.test {\n ttl 3601\n}", "3:6: error CFG010: ttl takes 0 to 3600, not \"3601\""),
        ("kubernetes c.test {\n pods all\n}", "3:7: error CFG010: pods is disabled, insecure or verified, not \"all\""),
        ("kubernetes c.test {\n multicluster c.test\n}", "3:2: error CFG010: multicluster is not here yet"),
        (
            "kubernetes c.test {\n zonal\n noendpoints\n}",
            "2:1: error CFG010: zonal needs endpoints: noendpoints excludes it"
        ),
        (
            "kubernetes c.test {\n namespaces a\n namespace_labels b\n}",
            "2:1: error CFG010: namespaces and namespace_labels exclude each other"
        ),
        ("loadbalance weighted", "2:13: error CFG010: weighted takes a file of weights"),
        ("local {\n localhost_prefix no\n}", "3:19: error CFG010: localhost_prefix is on or off, not \"no\""),
        ("log {\n class some\n}", "3:8: error CFG010: class is all, success, denial or error, not \"some\""),
        (
            "prometheus :9153 {\n tls cert\n}",
            "3:2: error CFG010: prometheus tls is not here: metrics go out as plain HTTP"
        ),
        ("ready {\n monitor always\n}", "3:10: error CFG010: monitor is until-ready or continuously, not \"always\""),
        ("reload 1s", "2:8: error CFG010: reload is at least 2.0 seconds, not 1s"),
        ("reload 2s 1ms", "2:11: error CFG010: a jitter is 0 or at least 1s"),
        ("template IN", "2:10: error CFG010: template takes a class, a type, then zones"),
        ("template IN A {\n rcode MAYBE\n}", "3:8: error CFG010: \"MAYBE\" is no rcode"),
        ("template IN A {\n expr x\n}", "3:2: error CFG010: template expr is not here"),
        ("timeouts {\n read 100ms\n}", "3:7: error CFG010: read is 1s to 24h, not 100ms"),
        ("cache\nerrors\ncache 5", "4:1: error CFG010: cache is there already, in line 2"),
    ]) func errors(_ line: String, _ expected: String) {
        let fault = #expect(throws: CorefileError.self) { try Corefile.parse(". {\n\(line)\n}") }
        #expect(fault?.description == "Corefile:" + expected)
    }

    @Test func allErrorsAreTold() {
        let fault = #expect(throws: CorefileError.self) {
            try Corefile.parse("a.test {\n nothing\n bufsize 1\n}\na.test {\n kubernets\n}")
        }
        #expect(fault?.errors.map(\.code) == ["CFG001", "CFG010", "CFG002", "CFG001"])
        #expect(fault?.errors.map(\.place!.line) == [2, 3, 5, 6])
        // One of those lines may have been the forwarder.
        #expect(fault?.findings.contains { $0.code == "CFG008" } == false)
    }

    @Test func missingCorefile() {
        let fault = #expect(throws: CorefileError.self) { try Corefile.load(path: "/none/Corefile", environment: [:]) }
        #expect(fault?.description == "/none/Corefile: error CFG003: cannot read it: no such file or directory")
    }

    // MARK: Duplicates

    private func duplicates(_ text: String) -> [Int] {
        do {
            _ = try Corefile.parse(text)
            return []
        } catch {
            return error.errors.filter { $0.code == "CFG002" }.map { $0.place?.line ?? 0 }
        }
    }

    @Test func duplicateZones() {
        #expect(duplicates("a.test A.TEST. {\n}") == [1])
        #expect(duplicates("a.test {\n}\na.test:53 {\n}") == [3])
        #expect(duplicates("a.test {\n}\na.test:54 {\n}\ntls://a.test:53 {\n}") == [])
        #expect(duplicates("10.0.0.0/8 {\n}\n10.in-addr.arpa {\n}") == [3])
    }

    @Test func duplicatesOnAddresses() {
        #expect(duplicates("a.test {\n bind 10.0.0.1\n}\na.test {\n bind 10.0.0.2\n}") == [])
        #expect(duplicates("a.test {\n bind 10.0.0.1\n}\na.test {\n bind 10.0.0.2 10.0.0.1\n}") == [4])
        #expect(duplicates("a.test {\n bind 10.0.0.1\n}\na.test {\n}") == [4])
        #expect(duplicates("a.test {\n}\na.test {\n bind 10.0.0.1\n}") == [3])
        #expect(
            duplicates("a.test {\n bind 10.0.0.1 10.0.0.2 { except 10.0.0.2 }\n}\na.test {\n bind 10.0.0.2\n}") == [])
    }

    // MARK: Warnings and infos

    private func findings(_ text: String, _ code: FindingCode) throws -> [String] {
        try Corefile.parse(text).findings.filter { $0.code == code.rawValue }.map { "\($0)" }
    }

    @Test func overlaps() throws {
        #expect(
            try findings("a.test {\n}\nb.a.test {\n}\n. {\n}\nb.a.test:54 {\n}", .zonesOverlap) == [
                "Corefile:3:1: info CFG004: names below b.a.test. are answered here, not by a.test. in Corefile:1:1"
            ])
    }

    @Test func orders() throws {
        #expect(
            try findings(". {\n rewrite type A AAAA\n cache\n acl {\n }\n}", .orderHasNoEffect) == [
                "Corefile:4:2: info CFG005: acl is met before cache, wherever it stands in the file"
            ])
    }

    @Test func longTTLs() throws {
        #expect(
            try findings(
                ". {\n cache 3600 {\n denial 9984 3600\n }\n kubernetes c.test {\n ttl 301\n }\n}", .unusualTTL)
                == [
                    "Corefile:3:14: warning CFG006: 3600 seconds for denials: a name that is made stays unknown that long",
                    "Corefile:6:6: warning CFG006: a TTL of 301: a changed Service stays unseen that many seconds",
                ])
    }

    @Test(arguments: [
        ("cluster.local {\n forward . 10.0.0.1\n}", true),
        ("local {\n forward . 10.0.0.1\n}", true),
        // It has its own, listens elsewhere, or has only names below.
        ("cluster.local {\n kubernetes cluster.local\n}", false), ("cluster.local:5353 {\n whoami\n}", false),
        ("cluster.local {\n bind 127.0.0.1\n whoami\n}", false), ("shop.svc.cluster.local {\n whoami\n}", false),
        ("corp.example {\n forward . 10.0.0.1\n}", false),
    ]) func zonesTakenFromKubernetes(_ other: String, _ isTaken: Bool) throws {
        let found = try findings(". {\n kubernetes cluster.local\n}\n" + other, .zonesOverlap)
            .filter { $0.contains("warning") }
        let expected =
            "Corefile:2:2: warning CFG004: kubernetes is never asked for cluster.local.: the block of Corefile:4:1 takes "
            + "those names"
        #expect(found == (isTaken ? [expected] : []))
    }

    @Test func unusualTTLs() throws {
        #expect(
            try findings(
                ". {\n cache 86401 {\n success 1 86399\n denial 1 90000\n }\n kubernetes c.test {\n ttl 0\n }\n}",
                .unusualTTL) == [
                    "Corefile:2:8: warning CFG006: 86401 seconds are a day or more: a changed record stays that long",
                    "Corefile:4:11: warning CFG006: 90000 seconds are a day or more: a changed record stays that long",
                    "Corefile:7:6: warning CFG006: a TTL of 0 makes every lookup of a pod a query",
                ])
    }

    @Test func loops() throws {
        func warned(_ text: String) throws -> [String] { try findings(text, .forwardsToItself) }
        #expect(
            try warned(". {\n forward . 127.0.0.1\n}") == [
                "Corefile:2:2: warning CFG007: 127.0.0.1:53 is this server itself"
            ])
        #expect(try warned(". {\n forward . 127.0.0.53\n}").count == 1)
        #expect(
            try warned(". {\n bind 10.0.0.1\n forward . 10.0.0.2 127.0.0.53\n}") == [
                "Corefile:3:2: warning CFG007: 127.0.0.53:53 is systemd-resolved's stub, which may ask this server"
            ])
        #expect(try warned(". {\n bind 10.0.0.1\n forward . 127.0.0.1 10.0.0.2\n}") == [])
        #expect(try warned(". {\n bind 10.0.0.1\n forward . 10.0.0.1\n}").count == 1)
        #expect(try warned(".:5353 {\n forward . 127.0.0.1\n}") == [])
        // Another block answers what is sent there.
        #expect(try warned(". {\n forward . 127.0.0.1:54\n}\n.:54 {\n whoami\n}") == [])
        #expect(try warned("a.test {\n forward . 10.0.0.1\n}\n. {\n forward a.test 127.0.0.1\n}") == [])
    }

    @Test func loopsThroughFiles() throws {
        let folder = try TestFolder()
        let file = try folder.write(
            "resolv.conf", "# one\nnameserver 10.0.0.1\nnameserver 127.0.0.53\noptions ndots:5\n")
        #expect(
            try findings(". {\n forward . \(file)\n bind 10.0.0.9\n}", .forwardsToItself) == [
                "Corefile:2:2: warning CFG007: \(file) has 127.0.0.53, which is systemd-resolved's stub, which may ask this server"
            ])
    }

    @Test func noForwarder() throws {
        #expect(try findings(". {\n forward . 10.0.0.1\n}", .noForwarder) == [])
        #expect(
            try findings(". {\n forward a.test 10.0.0.1\n}\na.test {\n forward . 10.0.0.1\n}", .noForwarder).count == 1)
    }

    @Test func missingFiles() throws {
        #expect(
            try findings(". {\n root /none\n file x a.test\n hosts y\n forward a.test /none/z\n}", .fileMissing) == [
                "Corefile:3:7: warning CFG003: there is no file /none/x",
                "Corefile:4:8: warning CFG003: there is no file /none/y",
                "Corefile:5:17: warning CFG003: there is no file /none/z",
            ])
    }

    @Test func repeats() throws {
        let corefile = try Corefile.parse(". {\n bufsize 600\n bufsize 700\n health :1\n health :2\n}")
        var bufsize = BufsizeSettings()
        bufsize.size = 600
        var health = HealthSettings()
        health.address = PageAddress(port: 2)
        #expect(corefile.blocks[0].plugins == [.bufsize(bufsize), .health(health)])
        #expect(
            corefile.findings.filter { $0.severity == .warning }.map { "\($0)" } == [
                "Corefile:3:2: warning CFG011: bufsize is there already, in line 2: this one has no effect",
                "Corefile:5:2: warning CFG011: health stands again: the one in line 4 has no effect",
            ])
    }

    @Test func strangeThings() throws {
        #expect(try findings("a.test,b.test {\n}", .syntax).count == 1)
        #expect(try findings("a.test\nwhoami\n}\n", .syntax).count == 1)
        #expect(try findings(". {\n log \"{type} {name}\"\n}", .wrongArgument).count == 1)
        #expect(try findings(". {\n hosts { example.org 10.0.0.1 }\n}", .wrongArgument).count == 1)
        #expect(try findings(". {\n forward 10.16.0.0/12 10.0.0.1\n}", .wrongArgument).count == 1)
    }
}
