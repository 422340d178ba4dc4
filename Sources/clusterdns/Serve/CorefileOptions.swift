import ArgumentParser
import Diagnosis
import Glibc
import Plugins

/// CoreDNS's own flags, spelled as a Deployment's arguments spell them: one dash or two.
struct CorefileOptions: ParsableArguments {
    @Option(
        name: [.customLong("conf"), .customLong("conf", withSingleDash: true)],
        help: ArgumentHelp("The Corefile.", valueName: "file"))
    var file: String?

    @Option(
        name: [
            .customLong("dns.port"), .customLong("dns.port", withSingleDash: true), .customShort("p"),
        ], help: ArgumentHelp("The port of server blocks that name none.", valueName: "port"))
    var port: UInt16 = 53

    @Option(
        name: [.customLong("pidfile"), .customLong("pidfile", withSingleDash: true)],
        help: ArgumentHelp("Where to write the process's number.", valueName: "file"))
    var pidfile: String?

    @Flag(
        name: [.customLong("plugins"), .customLong("plugins", withSingleDash: true)],
        help: "List the plugins that a Corefile may have, and end.")
    var plugins = false

    @Flag(
        name: [.customLong("quiet"), .customLong("quiet", withSingleDash: true)], help: "Log warnings and errors only.")
    var quiet = false

    @Flag(
        name: [.customLong("version"), .customLong("version", withSingleDash: true)], help: "Show the version, and end."
    )
    var version = false

    /// As CoreDNS lists them: `dns.` and the name, a line each.
    static var pluginList: String {
        PluginName.allCases.map(\.label).filter { !$0.isEmpty }.sorted().map { "dns.\($0)\n" }.joined()
    }

    /// - Throws: `UsageError` where the file cannot be written.
    func writeProcessID() throws {
        guard let pidfile else { return }
        guard let file = fopen(pidfile, "we") else {
            throw UsageError("-pidfile \(pidfile): \(String(cString: strerror(errno)))")
        }
        fputs("\(getpid())\n", file)
        fclose(file)
    }
}
