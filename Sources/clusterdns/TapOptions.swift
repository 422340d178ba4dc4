import ArgumentParser
import Diagnosis

/// Which queries of which server.
struct TapOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The running server (serve --admin): \(AdminAddress.help).", valueName: "address"))
    var admin = AdminAddress.unix("/run/clusterdns.sock")

    @Option(help: ArgumentHelp("Only queries from this address or block.", valueName: "ip|cidr"))
    var client: String?

    @Option(help: ArgumentHelp("Only queries of this Pod.", valueName: "ns/pod"))
    var pod: String?

    @Option(help: ArgumentHelp("Only names that match: * and ? as in the shell.", valueName: "glob"))
    var name: String?

    @Option(help: "Only this record type.")
    var type: String?

    @Option(help: "Only this response code, as NXDOMAIN.")
    var rcode: String?

    @Option(help: ArgumentHelp("Only what took this long at least, as 5ms.", valueName: "time"))
    var slower: String?

    /// - Throws: `UsageError`.
    func request(limit: Int? = nil) throws -> TapRequest {
        var request = TapRequest()
        let given = [
            ("client", client), ("pod", pod), ("name", name), ("type", type), ("rcode", rcode), ("slower", slower),
            ("limit", limit.map(String.init)),
        ]
        for case (let name, let value?) in given {
            do { try request.set(name, value) } catch { throw UsageError("--\(error)") }
        }
        return request
    }
}
