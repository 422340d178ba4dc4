import Foundation
import Glibc
import Threads

/// A program that gives credentials (KEP 541; client-go plugin/pkg/client/auth/exec).
struct ExecPlugin: Sendable {
    /// `client.authentication.k8s.io/v1` or `…/v1beta1`.
    var apiVersion: String
    /// A path, or a name that is looked up in PATH.
    var command: String
    var arguments: [String]
    /// Beside the process' own, in front of which they go.
    var environment: [String: String]
    /// What the user is told where the command is not there.
    var installHint: String?
    /// KUBERNETES_EXEC_INFO: an ExecCredential in JSON, with the cluster where the kubeconfig says `provideClusterInfo`.
    var information: String

    static let versions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]
    static let timeout = Duration.seconds(60)
    /// Octets of its output.
    private static let longestOutput = 1 << 20

    /// Runs it and waits for its end.
    func run(timeout: Duration = ExecPlugin.timeout) throws(CredentialError) -> ExecCredential {
        var variables = ClusterConnection.processEnvironment.merging(environment) { $1 }
        variables["KUBERNETES_EXEC_INFO"] = information
        let output: [UInt8]
        do throws(ChildProcess.Fault) {
            output = try ChildProcess.output(
                of: command, arguments, environment: variables, timeout: timeout, limit: ExecPlugin.longestOutput)
        } catch {
            switch error {
            case .start(ENOENT):
                let hint = installHint.map { ": \($0.split(whereSeparator: \.isNewline).joined(separator: " "))" } ?? ""
                throw CredentialError("the exec plugin \(command) is not installed\(hint)")
            case .start(let code):
                throw CredentialError("the exec plugin \(command) does not start: \(String(cString: strerror(code)))")
            case .status(let status): throw CredentialError("the exec plugin \(command) ended with status \(status)")
            case .signal(let signal): throw CredentialError("the exec plugin \(command) was ended by signal \(signal)")
            case .timeout:
                throw CredentialError("the exec plugin \(command) gave nothing in \(timeout / .seconds(1)) s")
            case .tooLong:
                throw CredentialError("the exec plugin \(command) wrote more than \(ExecPlugin.longestOutput) octets")
            }
        }
        do throws(CredentialError) {
            return try ExecCredential(output, apiVersion: apiVersion)
        } catch {
            throw CredentialError("the exec plugin \(command): \(error)")
        }
    }
}

/// What a plugin gave: a token, a client certificate with its key, or both.
struct ExecCredential: Sendable, Hashable {
    var token: String?
    /// PEM.
    var certificate: [UInt8]?
    var key: [UInt8]?
    /// Seconds since 1970; nil: as long as the server takes it.
    var expiry: Double?

    /// - Parameter octets: an ExecCredential in JSON.
    init(_ octets: [UInt8], apiVersion: String) throws(CredentialError) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(octets)) as? [String: Any] else {
            throw CredentialError("its output is no JSON object")
        }
        guard object["kind"] as? String == "ExecCredential" else {
            throw CredentialError("its output is no ExecCredential")
        }
        let version = object["apiVersion"] as? String ?? ""
        guard version == apiVersion else {
            throw CredentialError("its output has apiVersion \"\(version)\", the kubeconfig \"\(apiVersion)\"")
        }
        guard let status = object["status"] as? [String: Any] else { throw CredentialError("its output has no status") }
        func text(_ name: String) -> String? { (status[name] as? String).flatMap { $0.isEmpty ? nil : $0 } }
        token = text("token")
        certificate = text("clientCertificateData").map { Array($0.utf8) }
        key = text("clientKeyData").map { Array($0.utf8) }
        guard (certificate == nil) == (key == nil) else {
            throw CredentialError("it gave only one of clientCertificateData and clientKeyData")
        }
        guard token != nil || certificate != nil else {
            throw CredentialError("it gave neither a token nor a client certificate")
        }
        guard let time = text("expirationTimestamp") else { return }
        guard let expiry = ExecCredential.seconds(time) else {
            throw CredentialError("its expirationTimestamp \"\(time)\" is no RFC 3339 time")
        }
        self.expiry = expiry
    }

    private static func seconds(_ text: String) -> Double? {
        let styles = [Date.ISO8601FormatStyle(), Date.ISO8601FormatStyle(includingFractionalSeconds: true)]
        return styles.lazy.compactMap { try? $0.parse(text).timeIntervalSince1970 }.first
    }
}
