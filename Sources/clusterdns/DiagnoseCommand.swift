import ArgumentParser
import Diagnosis
import Findings
import FoundationEssentials
import Glibc
import HTTP
import Kubernetes
import Logging
import ServiceRegistry
import Synchronization

struct DiagnoseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diagnose",
        abstract: "Say whether the registry of a cluster can be read and is fresh, and if not, why and what mends it.",
        discussion: """
            Asks a running server what is wrong with it, or reads the cluster's API as `serve` would.

            Examples:
              clusterdns diagnose --admin /run/clusterdns.sock
              clusterdns diagnose --kubeconfig ~/.kube/config
              clusterdns diagnose --kubernetes -o json

            Exit status: 0 no error, 1 at least one error (with --strict also for a warning), 2 wrong usage or unreadable input, \
            9 no server answers.
            """)

    @Option(help: ArgumentHelp("Ask the running server behind this Unix socket (serve --admin).", valueName: "path"))
    var admin: String?

    @OptionGroup(title: "Or a cluster's API") var cluster: ClusterOptions

    @Option(help: "Seconds that the API is given to tell everything.")
    var timeout = 10.0

    @Option(name: [.customShort("o"), .customLong("output")], help: "text or json.")
    var output = CheckFormat.text

    @Flag(help: "Warnings count as errors.")
    var strict = false

    func validate() throws {
        if (admin != nil) == cluster.isGiven {
            throw ValidationError("one thing to look at: --admin, --kubernetes, --kubeconfig or --api-server")
        }
        if !(timeout > 0 && timeout <= 600) {
            throw ValidationError("--timeout \(timeout): more than 0, at most 600 seconds")
        }
    }

    func run() throws {
        let report = DiagnosisReport(try admin.map(ask) ?? read())
        show(output == .json ? report.jsonText : report.text)
        throw ExitCode(report.exitCode(strict: strict))
    }

    private func ask(_ path: String) throws -> [Finding] {
        let answer: (head: HTTPHead, body: [UInt8])
        do {
            answer = try HTTPClient().fetch(HTTPRequest("http://localhost" + ServePages.findings, unixSocket: path))
        } catch {
            complain("no server answers on \(path): \(error)")
            throw ExitCode(9)
        }
        do {
            return try JSONDecoder().decode([Finding].self, from: Data(answer.body))
        } catch {
            throw UsageError("\(path) is not the socket of a clusterdns: status \(answer.head.status)")
        }
    }

    /// Reads the cluster once, as far as it lets itself be read.
    private func read() throws -> [Finding] {
        let connection: ClusterConnection
        do {
            connection = try cluster.connection()
        } catch {
            throw UsageError("\(error)")
        }
        let quiet = Logger(label: "clusterdns") { _ in SwiftLogNoOpLogHandler() }
        let source = KubernetesSource(connection, cluster.options(watchesPods: false), state: nil, log: quiet)
        let isSynced = Mutex(false)
        let reading = Task {
            try await source.run { batch in
                if batch.events.contains(.synced) { isSynced.withLock { $0 = true } }
            }
        }
        defer { reading.cancel() }
        let end = ContinuousClock.now + .seconds(timeout)
        while ContinuousClock.now < end, !isSynced.withLock({ $0 }) {
            usleep(20_000)
            // What has failed once will fail again; the others may still come.
            let watches = source.watches
            if watches.allSatisfy({ $0.isLive || $0.failure != nil }), watches.contains(where: { $0.failures > 1 }) {
                break
            }
        }
        return source.findings
    }
}
