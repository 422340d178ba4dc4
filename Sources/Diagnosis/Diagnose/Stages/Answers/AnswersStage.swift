import DNSWire
import Findings
import Glibc
import ServiceRegistry

extension Inquiry {
    /// Stage 6: does the server answer as the registry says (A, AAAA, SRV, PTR; UDP without EDNS, with 1232 and 4096 octets,
    /// TCP); does the answer fit a datagram. Without a server the registry's own answer is shown, made in this process.
    func examineAnswers() -> StageReport {
        let questions = answerQuestions
        guard !questions.isEmpty, let zone = zoneChannel else {
            return .skipped(.answers, Phrase("no Service to ask for", zh: "没有可查询的 Service"))
        }
        var comparisons = questions.compactMap { question in
            zone.reply(to: question, over: .tcp).map { AnswerComparison(question: question, expected: $0) }
        }
        var report = StageReport(.answers)
        if let server, let address = server.address {
            comparisons = asked(comparisons, of: server, at: address)
            report.findings = differenceFindings(comparisons, address)
        }
        report.facts = comparisons.filter { $0.question.type == .a || !$0.expected.message.answers.isEmpty }
            .map(fact)
        report.findings += sizeFindings(comparisons, zone)
        if let connections = connectReport() { report.facts += connections.lines }
        return report
    }

    /// Asks each question over each way. A way that was silent once is not waited for again.
    private func asked(
        _ comparisons: [AnswerComparison], of server: LiveServer, at address: ServerAddress
    ) -> [AnswerComparison] {
        var silent: Set<AnswerWay> = []
        return comparisons.map { comparison in
            var comparison = comparison
            for way in AnswerWay.allCases where !silent.contains(way) {
                let result = server.ask(
                    comparison.question.name, comparison.question.type, at: address, tcp: way == .tcp,
                    payloadSize: way.payloadSize)
                if result.isTimeout { silent.insert(way) }
                comparison.replies.append((way, result))
            }
            return comparison
        }
    }

    /// `web.shop.svc.cluster.local A 10.96.1.4  UDP 512, UDP 1232, UDP 4096, TCP`
    private func fact(_ comparison: AnswerComparison) -> Phrase {
        let expected = comparison.expectedText
        let size = comparison.expected.size > 512 ? "  \(comparison.expected.size) octets" : ""
        let chineseSize = comparison.expected.size > 512 ? "  \(comparison.expected.size) 字节" : ""
        let ways = comparison.replies.filter { $0.result.failure == nil }.map(\.way.label).joined(separator: ", ")
        let tail = ways.isEmpty ? "" : "  \(ways)"
        return Phrase(
            "\(comparison.question.text) \(expected.english)\(size)\(tail)",
            zh: "\(comparison.question.text) \(expected.chinese)\(chineseSize)\(tail)")
    }

    // MARK: DNS006

    private func differenceFindings(_ comparisons: [AnswerComparison], _ address: ServerAddress) -> [Finding] {
        let found = comparisons.compactMap { comparison in
            let differences = comparison.differences(rule(for: comparison), within: facts.domain)
            return differences.isEmpty ? nil : (comparison: comparison, differences: differences)
        }
        guard let first = found.first else { return [] }
        let text = first.differences[0].text
        let age = service?.created.map { Int64(time(nil)) - $0 }
        var evidence: [Phrase] = []
        for (comparison, differences) in found {
            let difference = differences[0]
            let asked = comparison.replies.count { $0.result.failure == nil }
            let ways = differences.map(\.way.label).joined(separator: ", ")
            let scope = differences.count == asked ? "" : " (\(ways))"
            evidence.append(
                Phrase(
                    "\(comparison.question.text)\(scope): \(difference.text.english); registry: \(comparison.expectedText.english)",
                    zh:
                        "\(comparison.question.text)\(scope)：\(difference.text.chinese)；注册信息：\(comparison.expectedText.chinese)"
                ))
            if let life = difference.life(objectAge: age) { evidence.append(life) }
        }
        // What a stale server says is other than the registry: that it is stale is told already.
        let isStale = server?.ownFindings?.contains { $0.code == "DNS004" || $0.code == "DNS002" } ?? false
        let question = first.comparison.question
        return [
            Finding(
                "DNS006", isStale ? .info : .warning,
                Phrase(
                    "\(address) does not answer \(question.text) as the registry says: \(text.english)",
                    zh: "\(address) 对 \(question.text) 的应答与注册信息不一致：\(text.chinese)"),
                at: asked.service.flatMap(facts.place), object: asked.service.map { "Service \($0)" },
                evidence: evidence, fix: Phrase("clusterdns lookup \(question.name) \(question.type) @\(address)"))
        ]
    }

    /// How far the registry that is at hand tells what the server has to say.
    private func rule(for comparison: AnswerComparison) -> AnswerComparison.Rule {
        guard let service else { return .nothing }
        // Over TCP another part is told each time.
        if comparison.expected.size > 60_000 { return .nothing }
        if service.isHeadless && facts.reading.unread.contains(.endpointSlice) { return .nothing }
        // CoreDNS's `ignore empty_service`: a choice of who runs the server.
        let hasReady = facts.endpoints(of: service.name).contains { $0.endpoint.isReady }
        let isDenied = comparison.replies.contains { (try? $0.result.get())?.message.rcode == .nxDomain }
        if !service.isHeadless && service.kind != .externalName && !hasReady && isDenied { return .nothing }
        guard facts.allocated.contains(service.name) && !facts.reading.isOfServer else { return .records }
        // A server with another history has given another address.
        switch comparison.question.type {
        case .a, .aaaa: return .existence
        case .ptr: return .nothing
        default: return .records
        }
    }

    // MARK: NET003

    private func sizeFindings(_ comparisons: [AnswerComparison], _ zone: ZoneChannel) -> [Finding] {
        let large = comparisons.filter { comparison in
            comparison.question.type != .ptr
                && zone.reply(to: comparison.question, over: .plain)?.wasTruncated ?? false
        }
        if let lost = lostAnswer(comparisons, large) { return [lost] }
        // SRV answers are soon large, and asked for by few.
        let asked = large.filter { [type ?? .a, .a, .aaaa].contains($0.question.type) }
        guard let first = asked.first else { return [] }
        let count = first.expected.message.answers.count
        let kept = zone.recordsInCutAnswer(to: first.question)
        let isMusl = client.libc == .musl && (first.question.type == .a || first.question.type == .aaaa)
        return [
            Finding(
                "NET003", isMusl ? .warning : .info,
                Phrase(
                    "the answer to \(first.question.text) has \(first.expected.size) octets: clients without EDNS get \(kept) of \(count) records over UDP, and all over TCP",
                    zh:
                        "\(first.question.text) 的应答有 \(first.expected.size) 字节：不使用 EDNS 的客户端通过 UDP 只得到 \(count) 条记录中的 \(kept) 条，其余需要 TCP"
                ), at: self.asked.service.flatMap(facts.place), object: self.asked.service.map { "Service \($0)" },
                evidence: asked.map { comparison in
                    Phrase(
                        "\(comparison.question.text): \(comparison.expected.message.answers.count) records, \(comparison.expected.size) octets; 512 fit a datagram without EDNS",
                        zh:
                            "\(comparison.question.text)：\(comparison.expected.message.answers.count) 条记录，\(comparison.expected.size) 字节；不带 EDNS 的数据报最多 512 字节"
                    )
                } + [
                    Phrase(
                        "musl before 1.2.4 (Alpine up to 3.17) never asks over TCP",
                        zh: "1.2.4 之前的 musl（Alpine 3.17 及更早版本）从不使用 TCP 查询")
                ],
                fix: Phrase(
                    isMusl
                        ? "use an image with musl 1.2.4 or newer (Alpine 3.18), or fewer endpoints"
                        : "clusterdns lookup \(first.question.name) \(first.question.type) --no-edns",
                    zh: isMusl
                        ? "使用带有 musl 1.2.4 或更新版本的镜像（Alpine 3.18），或减少端点数量"
                        : "clusterdns lookup \(first.question.name) \(first.question.type) --no-edns"))
        ]
    }

    /// An answer that is cut, or too large for the way, and that TCP does not bring; nil where all arrive.
    private func lostAnswer(_ comparisons: [AnswerComparison], _ large: [AnswerComparison]) -> Finding? {
        guard let server, let address = server.address else { return nil }
        // A server that says nothing at all is another stage's.
        guard comparisons.contains(where: { $0.replies.contains { $0.result.failure == nil } }) else { return nil }
        for comparison in comparisons {
            let tcp = comparison.replies.first { $0.way == .tcp }?.result.failure
            let failed = comparison.replies.filter { $0.way != .tcp && $0.result.failure != nil }
            let arrived = comparison.replies.filter { $0.result.failure == nil }
            let isLarge = large.contains { $0.question == comparison.question }
            guard !arrived.isEmpty || isLarge, !failed.isEmpty, tcp != nil || isLarge else { continue }
            let ways = failed.map(\.way.label).joined(separator: ", ")
            let size = comparison.expected.size
            let reason = tcp?.phrase ?? failed[0].result.failure?.phrase ?? Phrase("")
            let message =
                tcp == nil
                ? Phrase(
                    "the answer to \(comparison.question.text) has \(size) octets and is lost on the way (\(ways)); TCP brings it",
                    zh: "\(comparison.question.text) 的应答有 \(size) 字节，在途中丢失（\(ways)）；TCP 可以取得")
                : Phrase(
                    "the answer to \(comparison.question.text) has \(size) octets and needs TCP, but \(address) does not answer over TCP: \(reason.english)",
                    zh: "\(comparison.question.text) 的应答有 \(size) 字节，需要 TCP，但 \(address) 在 TCP 上没有应答：\(reason.chinese)")
            let evidence = AnswerWay.allCases.compactMap { way -> Phrase? in
                guard let result = comparison.replies.first(where: { $0.way == way })?.result else { return nil }
                switch result {
                case .success(let reply):
                    let cut = reply.wasTruncated
                    return Phrase(
                        "\(way.label): \(reply.size) octets\(cut ? ", cut, whole over TCP" : "")",
                        zh: "\(way.label)：\(reply.size) 字节\(cut ? "，被截断，经 TCP 取得完整应答" : "")")
                case .failure(let failure):
                    return Phrase(
                        "\(way.label): \(failure.phrase.english)", zh: "\(way.label)：\(failure.phrase.chinese)")
                }
            }
            return Finding(
                "NET003", .warning, message, at: asked.service.flatMap(facts.place),
                object: asked.service.map { "Service \($0)" }, evidence: evidence,
                fix: Phrase(
                    "clusterdns lookup \(comparison.question.name) \(comparison.question.type) @\(address) --tcp"))
        }
        return nil
    }
}
