import DNSWire
import Findings
import NetworkAddress
import ServiceRegistry

/// NET004: queries that a log shows a second time.
extension ClientExamination {
    var queryLogFacts: [Phrase] {
        guard let log = inquiry.client.queryLog, let found = lostQueries else { return [] }
        return [
            Phrase(
                "\(log.file): \(found.queryCount) queries read, \(found.cases.count) sent again",
                zh: "\(log.file)：读取 \(found.queryCount) 条查询，其中 \(found.cases.count) 条被重发")
        ]
    }

    var queryLogFindings: [Finding] {
        guard let log = inquiry.client.queryLog, let found = lostQueries, let first = found.cases.first else {
            return []
        }
        var evidence = found.cases.prefix(5).map { line(of: $0, in: log.file) }
        if !found.hasTimes {
            evidence.append(
                Phrase(
                    "the log has no times, so how far apart they are is unknown: kubectl logs --timestamps",
                    zh: "日志没有时间，无法得知间隔：请使用 kubectl logs --timestamps"))
        }
        evidence.append(
            Phrase(
                "5 s is how long glibc and musl wait for an answer that was lost; A and AAAA sent at once from one port race in conntrack (conntrack -S: insert_failed)",
                zh: "5 秒是 glibc 和 musl 等待丢失应答的时间；从同一端口同时发送的 A 和 AAAA 会在 conntrack 中竞争（conntrack -S：insert_failed）"))
        let count = found.cases.count
        return [
            Finding(
                "NET004", .warning,
                Phrase(
                    found.hasTimes
                        ? "\(count) of \(found.queryCount) queries \(count == 1 ? "was" : "were") sent again about 5 s later: packets are lost between clients and the DNS server"
                        : "\(count) of \(found.queryCount) queries came a second time with the same port and id: packets are lost between clients and the DNS server",
                    zh: found.hasTimes
                        ? "\(found.queryCount) 条查询中有 \(count) 条在约 5 秒后被重发：客户端与 DNS 服务器之间有丢包"
                        : "\(found.queryCount) 条查询中有 \(count) 条以相同端口和 ID 再次出现：客户端与 DNS 服务器之间有丢包"),
                at: SourcePlace(file: log.file, line: first.line), object: asking?.object, evidence: evidence,
                fix: Phrase(
                    "dnsConfig: {options: [{name: single-request-reopen}]}   # or NodeLocal DNSCache, which asks over TCP",
                    zh: "dnsConfig: {options: [{name: single-request-reopen}]}   # 或使用以 TCP 查询的 NodeLocal DNSCache"))
        ]
    }

    /// `10.244.8.11:40113 id 4711 A api.shop.svc.cluster.local again after 5.0 s (dns.log:7)`
    private func line(of found: LostQueries.Case, in file: String) -> Phrase {
        let key = found.key
        let owner = registry.pods.values.first { pod in
            !pod.hostNetwork && pod.addresses.contains(key.client)
        }
        let who =
            "\(key.client.text(port: key.port))\(owner.map { " (Pod \($0.name))" } ?? "") id \(key.id) \(key.type) \(shown(key.name))"
        let place = "(\(file):\(found.line))"
        guard let gap = found.gap else { return Phrase("\(who) again \(place)", zh: "\(who) 再次出现 \(place)") }
        let tenths = Int((gap * 10).rounded())
        let time = "\(tenths / 10).\(tenths % 10) s"
        return found.wasAlone
            ? Phrase(
                "\(who) first seen \(time) after \(key.type == .a ? "AAAA" : "A") came alone \(place)",
                zh: "\(who) 在单独到达的 \(key.type == .a ? "AAAA" : "A") 之后 \(time) 才出现 \(place)")
            : Phrase("\(who) again after \(time) \(place)", zh: "\(who) 在 \(time) 后再次出现 \(place)")
    }
}
