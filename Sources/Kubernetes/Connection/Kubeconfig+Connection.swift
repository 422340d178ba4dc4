import Foundation
import HTTP
import YAML

extension ClusterConnection {
    /// The cluster and the user that a kubeconfig's context names.
    /// - Parameters:
    ///   - path: the file; nil for those of KUBECONFIG, or else ~/.kube/config.
    ///   - context: nil for the current one.
    package static func kubeconfig(
        _ path: String?, context: String?, environment: [String: String] = processEnvironment
    ) throws(ConnectionError) -> ClusterConnection {
        let config = try Kubeconfig(path, environment: environment)
        let context = try config.context(context)
        let cluster = try config.cluster(of: context)
        let user = try config.user(of: context)

        guard let server = try cluster.text("server") else {
            throw cluster.error("the cluster \"\(cluster.name)\" has no server")
        }
        var tls = try trust(in: cluster)
        let proxy = try proxy(of: cluster)
        var credentials = Credentials(.none)
        if let user {
            (tls.certificate, tls.key) = try clientCertificate(of: user)
            let method = try method(of: user, cluster, server)
            credentials = Credentials(method, impersonation: try impersonation(by: user))
        }
        let connection = ClusterConnection(
            server: server, tls: tls, proxy: proxy, credentials: credentials,
            origin: "kubeconfig \(config.files.joined(separator: ":")), context \(context.name)")
        guard connection.isURL else { throw cluster.error("\"\(server)\" is no URL of an API server", at: "server") }
        return connection
    }

    // MARK: The cluster

    /// Data goes before a file of the same.
    private static func trust(in cluster: Kubeconfig.Entry) throws(ConnectionError) -> TLSOptions {
        let isUnverified = try cluster.boolean("insecure-skip-tls-verify")
        let authority = try pem("certificate-authority", in: cluster)
        if isUnverified && authority != nil {
            throw cluster.error(
                "insecure-skip-tls-verify and a certificate-authority contradict each other",
                at: "insecure-skip-tls-verify")
        }
        return TLSOptions(
            authority: authority, verifies: !isUnverified, serverName: try cluster.text("tls-server-name"))
    }

    private static func pem(
        _ key: String, in entry: Kubeconfig.Entry
    ) throws(ConnectionError) -> TLSOptions.PEM? {
        if let data = try entry.data(key + "-data") {
            guard String(decoding: data.prefix(1 << 16), as: UTF8.self).contains("-----BEGIN ") else {
                throw entry.error("\(key)-data holds no PEM", at: key + "-data")
            }
            return .data(data)
        }
        return try entry.path(key).map { .file($0) }
    }

    private static func proxy(of cluster: Kubeconfig.Entry) throws(ConnectionError) -> String? {
        guard let proxy = try cluster.text("proxy-url") else { return nil }
        guard let scheme = ["http://", "https://", "socks5://"].first(where: proxy.hasPrefix) else {
            throw cluster.error("proxy-url \"\(proxy)\" is no http, https or socks5 URL", at: "proxy-url")
        }
        // The proxy finds the server's address, as with Go; in libcurl's words that is socks5h.
        return scheme == "socks5://" ? "socks5h://" + proxy.dropFirst(scheme.count) : proxy
    }

    // MARK: The user

    private static func clientCertificate(
        of user: Kubeconfig.Entry
    ) throws(ConnectionError) -> (TLSOptions.PEM?, TLSOptions.PEM?) {
        let certificate = try pem("client-certificate", in: user)
        let key = try pem("client-key", in: user)
        guard (certificate == nil) == (key == nil) else {
            throw user.error("the user \"\(user.name)\" has only one of client-certificate and client-key")
        }
        return (certificate, key)
    }

    /// A token's file goes before a token, and both before a plugin.
    private static func method(
        of user: Kubeconfig.Entry, _ cluster: Kubeconfig.Entry, _ server: String
    ) throws(ConnectionError) -> Credentials.Method {
        if let provider = user.node["auth-provider"] {
            throw user.error(
                "auth-provider \"\(provider["name"]?.text ?? "")\" was removed in Kubernetes 1.26: use an exec plugin",
                at: "auth-provider")
        }
        let name = try user.text("username")
        let file = try user.path("tokenFile")
        let token = try user.text("token")
        if name != nil && (file != nil || token != nil) {
            throw user.error("the user \"\(user.name)\" has both a token and a username", at: "username")
        }
        if let file { return .tokenFile(file) }
        if let token { return .token(token) }
        if let name { return .basic(user: name, password: try user.text("password") ?? "") }
        guard let exec = user.node["exec"] else { return .none }
        let entry = Kubeconfig.Entry(name: user.name, node: exec, file: user.file)
        return .plugin(try ExecPlugin(entry, cluster, server: server))
    }

    /// Acting for somebody else (kubernetes.io/docs/reference/access-authn-authz/authentication, user impersonation).
    private static func impersonation(
        by user: Kubeconfig.Entry
    ) throws(ConnectionError) -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        if let name = try user.text("as") { fields.append(("Impersonate-User", name)) }
        if let uid = try user.text("as-uid") { fields.append(("Impersonate-Uid", uid)) }
        for group in user.node["as-groups"]?.items ?? [] {
            guard let name = group.text else { throw user.error("as-groups wants texts", at: "as-groups") }
            fields.append(("Impersonate-Group", name))
        }
        return fields
    }
}
