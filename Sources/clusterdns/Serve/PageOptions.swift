import ArgumentParser
import HTTP
import NetworkAddress
import Server

/// The doors that `serve` opens for probes, scrapers and the command line.
struct PageOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where /health says that the process lives: `:8080`.", valueName: "addr:port"))
    var health: String?

    @Option(
        help: ArgumentHelp(
            "Where /ready says that the registry is served, and what is wrong: `:8181`.", valueName: "addr:port"))
    var ready: String?

    @Option(help: ArgumentHelp("Where /metrics is for Prometheus: `:9153`.", valueName: "addr:port"))
    var metrics: String?

    @Option(
        help: ArgumentHelp(
            "Unix socket on which this server tells what it serves (`clusterdns records --admin PATH`).",
            valueName: "path"))
    var admin: String?

    func validate() throws {
        for door in doors { _ = try PageOptions.address(door.text, door.name) }
    }

    private var doors: [(name: String, text: String, path: String)] {
        [
            ("--health", health, ServePages.health), ("--ready", ready, ServePages.ready),
            ("--metrics", metrics, ServePages.metrics),
        ].compactMap { name, text, path in text.map { (name, $0, path) } }
    }

    private static func address(_ text: String, _ name: String) throws -> HTTPAddress {
        guard let parsed = ListenAddress.parse(text)?.first else {
            throw ValidationError("\(name) \(text): want ADDRESS:PORT, [IPV6]:PORT or :PORT")
        }
        return .tcp(text.hasPrefix(":") ? nil : parsed.address, port: parsed.port)
    }

    /// Opens the doors.
    /// - Throws: `HTTPListenError`.
    func open(_ pages: ServePages) throws -> [HTTPListener] {
        var listeners = try doors.map { name, text, path in
            try HTTPListener(on: try PageOptions.address(text, name), answer: pages.door(to: path))
        }
        if let admin { listeners.append(try HTTPListener(on: .unix(admin)) { pages.reply(to: $0) }) }
        return listeners
    }
}
