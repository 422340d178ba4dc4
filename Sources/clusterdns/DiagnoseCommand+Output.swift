import ArgumentParser
import Diagnosis
import Findings
import Glibc
import ServiceRegistry

extension DiagnoseCommand {
    func finish(_ report: DiagnosisReport, _ paint: Paint) throws {
        let text =
            output == .json
            ? report.jsonText(in: language.chosen, strict: strict) : report.text(in: language.chosen, paint)
        try finish(text, report.exitCode(strict: strict), report.inquiry)
    }

    /// Shows a report, and ends with its code.
    func finish(_ text: String, _ code: Int32, _ inquiry: Inquiry?) throws {
        if let bundle { try write(bundle, text, inquiry) }
        show(text)
        throw ExitCode(code)
    }

    /// The archive for whoever helps. Of objects it holds what DNS knows of them: manifests may hold secrets.
    private func write(_ path: String, _ report: String, _ inquiry: Inquiry?) throws {
        let now = Int64(time(nil))
        var archive = TarArchive()
        func add(_ name: String, _ text: String) { archive.add("clusterdns/\(name)", Array(text.utf8), modified: now) }
        add(output == .json ? "report.json" : "report.txt", report)
        add(
            "version.txt",
            "clusterdns \(Build.version)\n\(Build.compiler)\n\(CommandLine.arguments.joined(separator: " "))\n")
        if let inquiry {
            add("records.zone", RecordListing(try inquiry.facts.zones()).zoneText)
            let services = inquiry.facts.registry.services.values.sorted { $0.name < $1.name }
            add("services.txt", ServiceTable(services, showsNamespace: true, now: now).text)
            let given = [
                ("resolv.conf", inquiry.client.resolvConf), ("query.log", inquiry.client.queryLog),
                ("iptables-save.txt", inquiry.proxy.iptables), ("nft.txt", inquiry.proxy.nftables),
                ("ipvsadm.txt", inquiry.proxy.ipvs), ("kube-proxy.log", inquiry.proxy.log),
            ]
            for case (let name, let input?) in given { add(name, input.text) }
        }
        if let admin {
            let client = AdminClient(admin)
            for (name, page) in [
                ("metrics.txt", ServePages.metrics), ("ready.txt", ServePages.ready),
                ("findings.json", ServePages.findings),
            ] {
                if let answer = try? client.get(page) { add(name, String(decoding: answer.body, as: UTF8.self)) }
            }
        }
        let octets = archive.archive
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw UsageError("cannot write \(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var written = 0
        while written < octets.count {
            let count = octets.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw UsageError("cannot write \(path): \(String(cString: strerror(errno)))") }
            written += count
        }
    }
}
