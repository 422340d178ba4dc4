import Foundation
import HTTP
import TestSupport
import Testing
import Threads

@testable import Kubernetes

/// Plugins are shell scripts in a folder of the test's, beside the kubeconfig that names them.
@Suite(.timeLimit(.minutes(1))) struct ExecPluginTests {
    let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func plugin(_ script: String) throws {
        let path = try folder.write("plugin", "#!/bin/sh\n" + script)
        chmod(path, 0o700)
    }

    private func credential(_ status: String, version: String = "v1") -> String {
        """
        cat <<END
        {"apiVersion": "client.authentication.k8s.io/\(version)", "kind": "ExecCredential", "status": {\(status)}}
        END
        """
    }

    private func connection(version: String = "v1", more: [String] = []) throws -> ClusterConnection {
        let path = try folder.write(
            "config",
            """
            current-context: x
            contexts: [{name: x, context: {cluster: c, user: u}}]
            clusters:
            - name: c
              cluster:
                server: https://10.0.0.1:6443
                certificate-authority-data: \(Data("-----BEGIN X".utf8).base64EncodedString())
                tls-server-name: kubernetes
                extensions:
                - name: client.authentication.k8s.io/exec
                  extension: {audience: "7", port: 8, old: false}
            users:
            - name: u
              user:
                exec:
                  apiVersion: client.authentication.k8s.io/\(version)
                  command: ./plugin
            \(more.map { "      \($0)\n" }.joined())
            """)
        return try ClusterConnection.kubeconfig(path, context: nil)
    }

    private func token(_ connection: ClusterConnection, now: Double) throws -> String? {
        try connection.request("/", accept: "", now: now).headers.first { $0.name == "Authorization" }?.value
    }

    /// Each run gives another token: `t1`, `t2`, …
    private let counting = """
        echo >> "$(dirname "$0")/runs"
        runs=$(wc -l < "$(dirname "$0")/runs")

        """

    @Test(arguments: ["v1", "v1beta1"])
    func aTokenIsKeptUntilItExpires(version: String) throws {
        try plugin(
            counting
                + credential(#""token": "t$runs", "expirationTimestamp": "2026-11-21T0$runs:00:00Z""#, version: version)
        )
        let connection = try connection(version: version)
        let oneOClock = 1_795_222_800.0
        #expect(try token(connection, now: oneOClock - 100) == "Bearer t1")
        #expect(try token(connection, now: oneOClock - 1) == "Bearer t1")
        #expect(try token(connection, now: oneOClock) == "Bearer t2")
        #expect(try token(connection, now: oneOClock + 3599) == "Bearer t2")
        #expect(try token(connection, now: oneOClock + 3600) == "Bearer t3")
    }

    @Test func aTokenThatIsRefusedIsRenewedOnce() throws {
        try plugin(counting + credential(#""token": "t$runs""#))
        let connection = try connection()
        #expect(try token(connection, now: 100) == "Bearer t1")
        connection.credentials.reject()
        #expect(try token(connection, now: 200) == "Bearer t2")
        // Another watch was told 401 with the former token.
        connection.credentials.reject()
        #expect(try token(connection, now: 201) == "Bearer t2")
        #expect(try token(connection, now: 1e9) == "Bearer t2")
    }

    @Test func aClientCertificate() throws {
        try plugin(credential(#""clientCertificateData": "C\nC", "clientKeyData": "K""#))
        let request = try connection().request("/", accept: "", now: 0)
        #expect(request.tls.certificate == .data(Array("C\nC".utf8)))
        #expect(request.tls.key == .data(Array("K".utf8)))
        #expect(request.tls.serverName == "kubernetes")
        #expect(!request.headers.contains { $0.name == "Authorization" })
    }

    @Test func whatAPluginIsTold() throws {
        try plugin(
            #"printf '%s' "$KUBERNETES_EXEC_INFO" > "$(dirname "$0")/info";"# + "\n"
                + credential(#""token": "$1 $2 $NAME""#))
        let connection = try connection(more: [
            "args: [a, 'b c']", "env: [{name: NAME, value: d}]", "provideClusterInfo: true",
        ])
        #expect(try token(connection, now: 0) == "Bearer a b c d")
        #expect(
            try folder.read("info") == """
                {"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"cluster":\
                {"certificate-authority-data":"LS0tLS1CRUdJTiBY","config":{"audience":"7","old":false,"port":8},\
                "server":"https://10.0.0.1:6443","tls-server-name":"kubernetes"},"interactive":false}}
                """)
    }

    /// As from a thread whose signals are blocked.
    @Test func aPluginsSignalsAreItsOwn() throws {
        var all = sigset_t()
        sigfillset(&all)
        var former = sigset_t()
        pthread_sigmask(SIG_SETMASK, &all, &former)
        defer { pthread_sigmask(SIG_SETMASK, &former, nil) }
        let error = #expect(throws: ChildProcess.Fault.self) {
            try ChildProcess.output(
                of: "/bin/sh", ["-c", "kill -TERM $$; sleep 5"], environment: [:], timeout: .seconds(4), limit: 10)
        }
        #expect(error == .signal(SIGTERM))
    }

    @Test(
        arguments: [
            ("exit 3", "ended with status 3"), ("kill -9 $$", "was ended by signal 9"),
            ("echo hello", ": its output is no JSON object"), ("echo {}", ": its output is no ExecCredential"),
            (
                #"echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1"}'"#,
                ": its output has apiVersion \"client.authentication.k8s.io/v1beta1\", "
                    + "the kubeconfig \"client.authentication.k8s.io/v1\""
            ),
            (
                #"echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1"}'"#,
                ": its output has no status"
            ),
        ])
    func whatFails(script: String, message: String) throws {
        try plugin(script)
        let connection = try connection()
        let error = #expect(throws: CredentialError.self) { try connection.request("/", accept: "", now: 0) }
        #expect(error?.description.hasSuffix(message) == true, "\(error?.description ?? "")")
    }

    @Test(
        arguments: [
            ("", "it gave neither a token nor a client certificate"),
            (#""clientKeyData": "K""#, "it gave only one of clientCertificateData and clientKeyData"),
            (
                #""token": "t", "expirationTimestamp": "tomorrow""#,
                "its expirationTimestamp \"tomorrow\" is no RFC 3339 time"
            ),
        ])
    func statusesThatAreWrong(status: String, message: String) throws {
        try plugin(credential(status))
        let connection = try connection()
        let error = #expect(throws: CredentialError.self) { try connection.request("/", accept: "", now: 0) }
        #expect(error?.description.hasSuffix(message) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: ["2026-11-21T01:00:00Z", "2026-11-21T02:00:00+01:00", "2026-11-21T01:00:00.000Z"])
    func times(text: String) throws {
        let json = """
            {"apiVersion": "v", "kind": "ExecCredential", "status": {"token": "t", "expirationTimestamp": "\(text)"}}
            """
        #expect(try ExecCredential(Array(json.utf8), apiVersion: "v").expiry == 1_795_222_800)
    }

    @Test func aPluginThatIsNotThere() throws {
        let connection = try connection(more: ["installHint: apt install it"])
        let error = #expect(throws: CredentialError.self) { try connection.request("/", accept: "", now: 0) }
        #expect(
            error?.description == "the exec plugin \(folder.path)/./plugin is not installed: apt install it")
    }

    /// It is killed with what it started.
    @Test func aPluginThatHangs() throws {
        let started = ContinuousClock.now
        let hung = #expect(throws: ChildProcess.Fault.self) {
            try ChildProcess.output(
                of: "sh", ["-c", "sleep 30 & wait"], environment: [:], timeout: .milliseconds(300), limit: 10)
        }
        #expect(hung == .timeout)
        let endless = #expect(throws: ChildProcess.Fault.self) {
            try ChildProcess.output(of: "yes", [], environment: [:], timeout: .seconds(20), limit: 100_000)
        }
        #expect(endless == .tooLong)
        #expect(ContinuousClock.now - started < .seconds(15))
    }
}
