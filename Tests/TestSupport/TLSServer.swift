/// Certificates of one authority, made by openssl: `ca.pem`, and `NAME.pem` with `NAME.key` for each that is asked for.
package final class TestAuthority: Sendable {
    package let folder: TestFolder

    package init() throws {
        folder = try TestFolder()
        try request("ca", ["-x509", "-addext", "basicConstraints=critical,CA:TRUE"])
    }

    /// - Parameter names: `IP:127.0.0.1`, `DNS:kubernetes`.
    package func issue(_ name: String, names: [String]) throws {
        var arguments = ["-x509", "-CA", path("ca.pem"), "-CAkey", path("ca.key")]
        arguments += ["-addext", "basicConstraints=CA:FALSE"]
        if !names.isEmpty { arguments += ["-addext", "subjectAltName=" + names.joined(separator: ",")] }
        try request(name, arguments)
    }

    package func path(_ file: String) -> String { folder.path + "/" + file }

    package func octets(_ file: String) throws -> [UInt8] { Array(try folder.read(file).utf8) }

    private func request(_ name: String, _ more: [String]) throws {
        try output(
            of: "/usr/bin/openssl",
            [
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                "/CN=\(name)", "-keyout", path(name + ".key"), "-out", path(name + ".pem"),
            ] + more)
    }
}

/// `openssl s_server` on a free port of 127.0.0.1, which answers each GET with a page about the connection.
package final class TLSServer {
    private let process: Child
    package let port: Int

    /// - Parameter wantsClient: whether it refuses who has no certificate of the authority.
    package init(_ authority: TestAuthority, certificate: String, wantsClient: Bool = false) throws {
        var arguments = [
            "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", authority.path(certificate + ".pem"), "-key",
            authority.path(certificate + ".key"),
        ]
        if wantsClient { arguments += ["-CAfile", authority.path("ca.pem"), "-Verify", "1", "-verify_return_error"] }
        process = try Child("/usr/bin/openssl", arguments, isQuiet: true)
        // It says `ACCEPT 127.0.0.1:PORT` when it listens.
        var text = ""
        while true {
            let more = process.read()
            if more.isEmpty { throw ProcessFault(text: "openssl s_server ended: \(text)") }
            text += more
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            if let line = lines.first(where: { $0.hasPrefix("ACCEPT ") }), let colon = line.lastIndex(of: ":"),
                let port = Int(line[line.index(after: colon)...])
            {
                self.port = port
                return
            }
        }
    }
}
