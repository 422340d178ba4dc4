import Foundation
import HTTP
import Synchronization

/// What shows an API server who we are, renewed when it is due. Any thread may ask.
package final class Credentials: Sendable {
    enum Method: Sendable {
        /// A client certificate of the connection's, or nothing.
        case none
        case token(String)
        /// A file that somebody renews, as a kubelet does a service account's token.
        case tokenFile(String)
        case basic(user: String, password: String)
        case plugin(ExecPlugin)
    }

    private let method: Method
    /// `Impersonate-User` and others, with every request.
    private let impersonation: [(name: String, value: String)]
    private let state = Mutex(State())

    /// New credentials are not asked for sooner than so many seconds after the last: of several watches that are told 401
    /// at once, one asks.
    private static let shortestUse = 5.0
    /// Octets of a token's file.
    private static let longestToken = 1 << 20

    private struct State {
        var lastToken: String?
        var credential: ExecCredential?
        var obtainedAt = 0.0
        var isRejected = false
    }

    init(_ method: Method, impersonation: [(name: String, value: String)] = []) {
        self.method = method
        self.impersonation = impersonation
    }

    /// The fields of a request. May wait for a plugin, 60 s at most.
    /// - Parameter now: seconds since 1970.
    package func headers(now: Double) throws(CredentialError) -> [(name: String, value: String)] {
        let authorization: String? =
            switch method {
            case .none: nil
            case .token(let token): "Bearer \(token)"
            case .tokenFile(let path): "Bearer \(try token(in: path))"
            case .basic(let user, let password):
                // RFC 7617 2.
                "Basic \(Data("\(user):\(password)".utf8).base64EncodedString())"
            case .plugin(let plugin): try credential(of: plugin, now).token.map { "Bearer \($0)" }
            }
        return (authorization.map { [("Authorization", $0)] } ?? []) + impersonation
    }

    /// The client certificate that a plugin gave; nil where the connection's counts.
    package func clientCertificate(
        now: Double
    ) throws(CredentialError) -> (certificate: TLSOptions.PEM, key: TLSOptions.PEM)? {
        guard case .plugin(let plugin) = method else { return nil }
        let credential = try credential(of: plugin, now)
        guard let certificate = credential.certificate, let key = credential.key else { return nil }
        return (.data(certificate), .data(key))
    }

    /// The server said 401: the next request gets new ones.
    package func reject() { state.withLock { $0.isRejected = true } }

    /// As client-go's cachingTokenSource (transport/token_source.go): where the file cannot be read, the token that it had
    /// stays.
    private func token(in path: String) throws(CredentialError) -> String {
        let read = Result { () throws(CredentialError) in try readToken(path) }
        return try state.withLock { state throws(CredentialError) in
            if case .failure = read, let last = state.lastToken { return last }
            let token = try read.get()
            state.lastToken = token
            return token
        }
    }

    private func readToken(_ path: String) throws(CredentialError) -> String {
        let octets: [UInt8]
        do {
            octets = try SmallFile.read(path, limit: Credentials.longestToken)
        } catch {
            throw CredentialError("the token's file \(error)")
        }
        let token = String(decoding: octets, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.isEmpty else { throw CredentialError("the token's file \(path) is empty") }
        return token
    }

    private func credential(of plugin: ExecPlugin, _ now: Double) throws(CredentialError) -> ExecCredential {
        try state.withLock { state throws(CredentialError) in
            let isDue = state.isRejected && now - state.obtainedAt >= Credentials.shortestUse
            state.isRejected = false
            if let credential = state.credential, !isDue, now < credential.expiry ?? .infinity { return credential }
            let credential = try plugin.run()
            state.credential = credential
            state.obtainedAt = now
            return credential
        }
    }
}
