import ArgumentParser
import ClusterZone
import Corefile
import DNSWire
import Diagnosis
import Findings
import Glibc
import Manifests
import NetworkAddress
import ServiceRegistry

struct DiagnoseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diagnose",
        abstract: "Say why a name does not resolve, or resolves and does not connect: cause, evidence, fix.",
        usage: "clusterdns diagnose [options] [NAME [TYPE]]",
        discussion: """
            Walks from the manifests to the node's rules: do they load; is the server there and fresh; does the name exist; would the \
            client ask the right server for it; is the Service right; which Pods stand behind it; does the server answer what the \
            registry says; do the node's rules say the same; does it work from outside. With files only, nothing is sent.

            NAME is `web`, `web.shop`, a whole name, `svc/web` or an address. Without it, --all looks at every Service, and a server \
            or a cluster by itself is asked whether it is synced and fresh.

            Examples:
              clusterdns diagnose web.shop --manifests cluster/
              clusterdns diagnose web.shop --manifests cluster/ --server 10.96.0.10
              clusterdns diagnose web -n shop --admin unix:/run/clusterdns.sock --from-pod shop/api-0
              clusterdns diagnose web.shop --kubeconfig ~/.kube/config --iptables-save node1.txt
              clusterdns diagnose --all --manifests cluster/ -o json
              clusterdns diagnose --codes

            Exit status: 0 no error, 1 at least one error (with --strict also for a warning), 2 wrong usage or unreadable input, \
            9 no server answers and there are no files to go on.
            """)

    @Argument(help: ArgumentHelp("NAME and TYPE, as described.", valueName: "word"))
    var words: [String] = []

    @Option(name: .shortAndLong, help: "The namespace of NAME, where it has none.")
    var namespace: String?

    @Option(name: [.customShort("t"), .long], help: "The record type that was asked for: A, AAAA, SRV, PTR.")
    var type: String?

    @Option(help: "The port that the client connects to.")
    var port: UInt16?

    @Flag(help: "Look at every Service: a line for each, its worst code.")
    var all = false

    @Option(
        help: ArgumentHelp(
            "The server that answers the cluster's clients, to be asked too.", valueName: "address[:port]"))
    var server: String?

    @Option(
        help: ArgumentHelp("The admin endpoint of a running server: \(AdminAddress.help).", valueName: "address"))
    var admin: AdminAddress?

    @OptionGroup var inputs: DiagnoseInputs

    @Flag(help: "Open TCP to the endpoints and the Service's address, a second each.")
    var connect = false

    @Option(help: "Seconds that a server or an API is given to tell everything.")
    var timeout = 10.0

    @Option(name: [.customShort("o"), .customLong("output")], help: "text or json.")
    var output = CheckFormat.text

    @OptionGroup var language: LanguageOption

    @Flag(help: "Warnings count as errors.")
    var strict = false

    @Option(help: ArgumentHelp("A finding's code to leave out, or several between commas.", valueName: "code"))
    var ignore: [String] = []

    @Flag(help: "Print every code with cause, evidence and fix.")
    var codes = false

    @Option(
        help: ArgumentHelp(
            "Also write a tar archive for whoever helps: the report, the records, what was given, without manifests, which may hold secrets.",
            valueName: "file"))
    var bundle: String?

    func validate() throws {
        if codes { return }
        if words.count > 2 { throw ValidationError("NAME and TYPE, not \(words.count) words") }
        if all && !words.isEmpty { throw ValidationError("a NAME, or --all") }
        if !(timeout > 0 && timeout <= 600) {
            throw ValidationError("--timeout \(timeout): more than 0, at most 600 seconds")
        }
    }

    func run() throws {
        if codes { return show(CodesPage.markdown(in: language.chosen)) }
        let quiet = Set(ignore.flatMap { $0.split(separator: ",") }.map { $0.uppercased() })
        let paint = Paint(isColoured: output == .text && isatty(STDOUT_FILENO) == 1)
        let chosen = try inputs.chosenRegistry(isNeeded: admin == nil && server == nil)
        guard chosen != nil || admin != nil || server != nil else {
            throw UsageError(
                "no cluster: name --manifests, --kubeconfig, --kubernetes, --conf, or a running server with --admin or --server"
            )
        }
        let live = try liveServer(hasFiles: chosen != nil)
        if words.isEmpty && !all, let chosen, !chosen.settings.isEmbedded, chosen.settings.manifests.isEmpty {
            let findings = try watchFindings(chosen.settings, timeout: .seconds(timeout)) + chosen.findings
            return try finish(DiagnosisReport(findings: findings.filter { !quiet.contains($0.code) }), paint)
        }
        guard let facts = try chosen?.facts(timeout: .seconds(timeout)) ?? admin.map(clusterFacts) else {
            return try finishWithoutRegistry(live, quiet, paint)
        }
        var inquiry = Inquiry(facts: facts, asked: AskedName(.kubernetes, in: facts.domain))
        inquiry.type = try recordType()
        inquiry.port = port
        inquiry.client = try inputs.client()
        inquiry.proxy = try inputs.proxy()
        inquiry.server = live
        inquiry.mayConnect = connect
        if let name = words.first {
            inquiry.asked = try AskedName(
                parsing: name, namespace: namespace ?? inquiry.client.pod?.namespace, domain: facts.domain, facts: facts
            )
            try finish(Diagnosis.examine(inquiry, ignoring: quiet), paint)
        } else if all {
            let report = RegistryReport(inquiry, ignoring: quiet)
            try finish(
                output == .json
                    ? report.jsonText(in: language.chosen, strict: strict) : report.text(in: language.chosen, paint),
                report.exitCode(strict: strict), inquiry)
        } else {
            let report = Diagnosis.examine(inquiry, ignoring: quiet, stages: [.server])
            try finish(DiagnosisReport(findings: report.findings, stages: report.stages), paint)
        }
    }

    /// What the server's answers alone can tell, where nothing says what it should have.
    private func finishWithoutRegistry(_ live: LiveServer?, _ quiet: Set<String>, _ paint: Paint) throws {
        var inquiry = Inquiry(
            facts: ClusterFacts(), asked: AskedName(.kubernetes, in: inputs.registry.clusterDomain.name))
        inquiry.server = live
        let report = Diagnosis.examine(inquiry, ignoring: quiet, stages: [.server])
        let told = DiagnosisReport(findings: report.findings, stages: report.stages)
        guard !told.findings.contains(where: { $0.code == "DNS001" && $0.severity == .error }) else {
            let code = AdminUnreachable.exitCode
            let text =
                output == .json
                ? told.jsonText(in: language.chosen, strict: strict, exit: code)
                : told.findings.map { $0.paragraph(in: language.chosen, paint) }.joined()
            return try finish(text, code, nil)
        }
        if !words.isEmpty {
            throw UsageError("what \(words[0]) should be is not known: add --manifests, --kubeconfig or --admin")
        }
        try finish(told, paint)
    }

    /// The server that may be asked; with files to go on, one whose admin endpoint does not answer is only mentioned.
    private func liveServer(hasFiles: Bool) throws -> LiveServer? {
        guard server != nil || admin != nil else { return nil }
        var live = LiveServer(address: try server.map(serverAddress))
        if let admin {
            do {
                live.ownFindings = try AdminClient(admin).findings()
            } catch let error as AdminUnreachable where hasFiles || server != nil {
                complain("\(error)")
            }
        }
        return live
    }

    private func serverAddress(_ text: String) throws(UsageError) -> ServerAddress {
        if let address = ServerAddress(text) { return address }
        guard let (host, port) = ServerAddress.split(text, defaultPort: ServerAddress.standardPort),
            let address = systemAddresses(of: host).first
        else { throw UsageError("--server \"\(text)\": want ADDRESS, ADDRESS:PORT, [IPV6]:PORT or a host's name") }
        return ServerAddress(address, port: port)
    }

    private func recordType() throws(UsageError) -> RecordType? {
        guard let text = type ?? (words.count > 1 ? words[1] : nil) else { return nil }
        guard let type = RecordType(text) else {
            throw UsageError("\"\(text)\" is no record type; A, AAAA, SRV, PTR are some")
        }
        return type
    }
}

extension ObjectName {
    fileprivate static let kubernetes = ObjectName("default", "kubernetes")
}
