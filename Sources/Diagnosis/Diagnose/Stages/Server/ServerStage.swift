import DNSWire
import Findings
import NetworkAddress
import ServiceRegistry

extension Inquiry {
    /// Stage 1: is the server there, over both transports, synced, fresh, and for this domain; is the DNS Service whole, by
    /// which clients reach it.
    func examineServer() -> StageReport {
        var report = StageReport(.server)
        let service = dnsServiceReport()
        report.facts = service.facts
        report.findings = service.findings
        guard let server else {
            if report.facts.isEmpty { return .skipped(.server, Phrase("no server to ask", zh: "没有可询问的服务器")) }
            return report
        }
        if let own = server.ownFindings { report.findings += Inquiry.merged(own) }
        guard let address = server.address else { return report.told }
        let probe = ServerProbe(server, at: address, domain: facts.domain)
        report.facts.append(probe.fact)
        if let silence = silence(probe) {
            // A Service without endpoints answers nobody: silence is what follows.
            if report.status == .fail {
                report.findings[0].add(evidence: silence.message)
            } else {
                report.findings.insert(Finding(silence), at: 0)
            }
            return report.told
        }
        if let reply = probe.reply {
            let known = Set(report.findings.map(\.code))
            report.findings += saidWrong(reply, probe, server).filter { !known.contains($0.code) }
        }
        return report.told
    }

    /// What is wrong with a server that answers: SERVFAIL, another domain, stale answers.
    private func saidWrong(_ reply: Reply, _ probe: ServerProbe, _ server: LiveServer) -> [Finding] {
        let message = reply.message
        if message.rcode == .servFail { return [failure(message, of: facts.domain, .soa, probe.address)] }
        guard ServerProbe.hasDomain(message, facts.domain) else { return [otherDomain(message, probe, server)] }
        guard asked.name.isAtOrBelow(facts.domain), service?.kind != .externalName,
            case .success(let own) = server.ask(asked.name, type ?? .a, at: probe.address)
        else { return [] }
        if own.message.rcode == .servFail { return [failure(own.message, of: asked.name, type ?? .a, probe.address)] }
        // RFC 8914 4.4, 4.20: Stale Answer, Stale NXDOMAIN Answer.
        let isStale = own.message.extendedErrors.contains { $0.code == 3 || $0.code == 19 }
        return isStale ? [stale(own.message.extendedErrorTexts.joined(separator: ", "), probe.address)] : []
    }

    // MARK: DNS001

    /// What is silent; nil where both transports answer, or only a TCP that nobody needs here is missing and the stage of
    /// the answers tells it.
    private func silence(_ probe: ServerProbe) -> Silence? {
        switch (probe.udp, probe.tcp) {
        case (.success, .success): return nil
        case (.failure(let udp), .failure(let tcp)):
            return Silence(
                severity: .error,
                message: Phrase(
                    "no reply from \(probe.where): UDP \(udp.phrase.english), TCP \(tcp.phrase.english)",
                    zh: "\(probe.where) 没有应答：UDP \(udp.phrase.chinese)，TCP \(tcp.phrase.chinese)"),
                evidence: [hint(udp, tcp)], probe: probe)
        case (.failure(let udp), .success):
            return Silence(
                severity: .error,
                message: Phrase(
                    "no reply from \(probe.where) over UDP: \(udp.phrase.english); TCP answers",
                    zh: "\(probe.where) 在 UDP 上没有应答：\(udp.phrase.chinese)；TCP 有应答"),
                evidence: [hint(udp, nil)], probe: probe)
        case (.success, .failure(let tcp)):
            // Where an answer needs TCP, the stage of the answers says so (NET003).
            guard !needsTCP else { return nil }
            return Silence(
                severity: .warning,
                message: Phrase(
                    "no reply from \(probe.where) over TCP: \(tcp.phrase.english); UDP answers",
                    zh: "\(probe.where) 在 TCP 上没有应答：\(tcp.phrase.chinese)；UDP 有应答"),
                evidence: [
                    Phrase(
                        "answers that do not fit a datagram need TCP (RFC 7766 5)",
                        zh: "数据报放不下的应答需要 TCP（RFC 7766 5）")
                ], probe: probe)
        }
    }

    private func hint(_ udp: ExchangeFailure, _ tcp: ExchangeFailure?) -> Phrase {
        if case .unreachable = udp {
            return Phrase(
                "refused at once: the host is there, nothing listens on the port or a firewall rejects",
                zh: "立即被拒绝：主机存在，但端口无人监听，或防火墙拒绝")
        }
        if case .unreachable? = tcp {
            return Phrase(
                "TCP is refused at once and UDP is silent: nothing listens there, and a firewall drops UDP's refusals",
                zh: "TCP 立即被拒绝而 UDP 无响应：端口无人监听，防火墙丢弃了 UDP 的拒绝报文")
        }
        return Phrase(
            "silence: the host is gone, or a firewall or NetworkPolicy drops what is sent there",
            zh: "毫无响应：主机不在，或防火墙、NetworkPolicy 丢弃了报文")
    }

    // MARK: DNS002, DNS004

    private func failure(
        _ message: Message, of name: DomainName, _ type: RecordType, _ address: ServerAddress
    ) -> Finding {
        let own = message.extendedErrorTexts
        let reason = own.isEmpty ? "" : ": " + own.joined(separator: ", ")
        return Finding(
            "DNS002", .error,
            Phrase(
                "\(address) answers SERVFAIL for \(name) \(type)\(reason)",
                zh: "\(address) 对 \(name) \(type) 应答 SERVFAIL\(reason)"),
            evidence: [
                Phrase(
                    "a server that has not read the registry yet says SERVFAIL for what may exist",
                    zh: "尚未读完注册信息的服务器对可能存在的名字应答 SERVFAIL")
            ], fix: Phrase("kubectl -n kube-system logs -l k8s-app=kube-dns --tail=50"))
    }

    private func stale(_ said: String, _ address: ServerAddress) -> Finding {
        Finding(
            "DNS004", .warning,
            Phrase(
                "\(address) says that its answer is stale: \(said)",
                zh: "\(address) 声明其应答已陈旧：\(said)"),
            evidence: [Phrase("\(asked.name) \(type ?? .a): \(said)")],
            fix: Phrase("kubectl -n kube-system logs -l k8s-app=kube-dns --tail=50"))
    }

    /// What a server says of itself, one finding for one cause: a watch that fails is told once, the others behind it.
    static func merged(_ own: [Finding]) -> [Finding] {
        var merged: [Finding] = []
        for finding in own.sorted(by: { $0.severity > $1.severity }) {
            var finding = finding
            if finding.chinese == nil {
                finding.chinese = Finding.Chinese(
                    message: translated(finding.message), evidence: finding.evidence, fix: finding.fix)
            }
            if merged.isEmpty {
                merged.append(finding)
            } else {
                merged[0].add(evidence: Phrase(finding.message, zh: translated(finding.message)))
            }
        }
        return merged
    }

    /// The words in front of the API's own, which stay.
    private static func translated(_ message: String) -> String {
        for (english, chinese) in [("not synced: ", "未同步："), ("stale: ", "陈旧：")] where message.hasPrefix(english) {
            return chinese + message.dropFirst(english.count)
        }
        if message.hasPrefix("stale ("), let end = message.firstRange(of: ": ") {
            return "陈旧" + message[message.index(message.startIndex, offsetBy: 5)..<end.lowerBound] + "："
                + message[end.upperBound...]
        }
        return message
    }
}

/// A server, or one of its transports, that says nothing.
private struct Silence {
    let severity: Finding.Severity
    let message: Phrase
    let evidence: [Phrase]
    let probe: ServerProbe
}

extension Finding {
    fileprivate init(_ silence: Silence) {
        let server = silence.probe.address
        self.init(
            "DNS001", silence.severity, silence.message,
            evidence: [Phrase("\(silence.probe.domain) SOA")] + silence.evidence,
            fix: Phrase(
                "clusterdns lookup -t SOA \(silence.probe.domain) @\(server)"
                    + (silence.probe.udp.failure == nil ? " --tcp" : "")))
    }

    /// One more fact, at the end.
    mutating func add(evidence fact: Phrase) {
        let there = evidence
        evidence.append(fact.english)
        chinese = chinese ?? Chinese(message: message, evidence: there, fix: fix)
        chinese?.evidence.append(fact.chinese)
    }
}

extension Message {
    /// `EDE 22: registry not synced`
    var extendedErrorTexts: [String] {
        extendedErrors.map { "EDE \($0.code)" + ($0.text.isEmpty ? "" : ": \($0.text)") }
    }
}

extension ServerProbe {
    /// With the port, whatever it is: it is the port that may be blocked.
    fileprivate var `where`: String {
        address.address.family == .v4 ? "\(address.host):\(address.port)" : "[\(address.host)]:\(address.port)"
    }

    fileprivate var fact: Phrase {
        func word(_ result: Result<Reply, ExchangeFailure>) -> Phrase {
            switch result {
            case .success(let reply):
                return Phrase("\(reply.message.rcode) \(milliseconds(reply.roundTrip))")
            case .failure(let failure): return failure.phrase
            }
        }
        let serial = (reply?.message.answers ?? []).lazy.compactMap { record -> UInt32? in
            if case .soa(let soa) = record.data { soa.serial } else { nil }
        }.first
        let tail = serial.map { ", serial \($0)" } ?? ""
        return Phrase(
            "\(self.where)  UDP \(word(udp).english), TCP \(word(tcp).english)\(tail)",
            zh: "\(self.where)  UDP \(word(udp).chinese)，TCP \(word(tcp).chinese)\(tail)")
    }
}

extension StageReport {
    /// At least one line of facts: what was looked at.
    fileprivate var told: StageReport {
        var report = self
        if report.facts.isEmpty {
            report.facts = [Phrase("the server's own findings", zh: "服务器自身的检查结果")]
        }
        return report
    }
}
