import Glibc
import HTTP
import NetworkAddress

/// Where a cluster's API is, whom to trust there, and who we are.
///
/// Files of certificates are read again for each connection, a token for each request: both may be replaced while the
/// process runs.
package struct ClusterConnection: Sendable, CustomStringConvertible {
    /// `https://10.0.0.1:6443`, with a path in front of the API's where there is one; no slash at its end.
    package let server: String
    package let tls: TLSOptions
    /// nil: what the environment says.
    package let proxy: String?
    package let credentials: Credentials
    /// Where this is from: `kubeconfig /root/.kube/config, context kind`.
    private let origin: String

    package var description: String { "\(server) (\(origin))" }

    /// Where a kubelet puts a Pod's service account.
    package static let serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount"

    init(server: String, tls: TLSOptions, proxy: String?, credentials: Credentials, origin: String) {
        // client-go's DefaultServerURL: without a scheme, TLS where something says how.
        let hasTLS = tls.authority != nil || tls.certificate != nil || !tls.verifies
        let url = server.contains("://") ? server : (hasTLS ? "https://" : "http://") + server
        self.server = String(url.dropLast(while: "/"))
        self.tls = tls
        self.proxy = proxy
        self.credentials = credentials
        self.origin = origin
    }

    /// A request for a path with its query, `/api/v1/services?limit=500`.
    /// - Parameter now: seconds since 1970.
    package func request(
        _ path: String, accept: String, now: Double = ClusterConnection.now()
    ) throws(CredentialError) -> HTTPRequest {
        var request = HTTPRequest(server + path, tls: tls, proxy: proxy)
        request.headers = [("Accept", accept), ("User-Agent", "clusterdns")]
        request.headers += try credentials.headers(now: now)
        if let pair = try credentials.clientCertificate(now: now) {
            request.tls.certificate = pair.certificate
            request.tls.key = pair.key
        }
        return request
    }

    package static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    // MARK: Where connections come from

    /// The cluster that this Pod runs in (client-go rest.InClusterConfig).
    package static func inCluster(
        environment: [String: String] = processEnvironment, folder: String = serviceAccount
    ) throws(ConnectionError) -> ClusterConnection {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], let port = environment["KUBERNETES_SERVICE_PORT"],
            !host.isEmpty, !port.isEmpty
        else {
            throw ConnectionError(
                "this is no Pod of a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set")
        }
        let token = folder + "/token"
        let authority = folder + "/ca.crt"
        for file in [token, authority] where access(file, R_OK) != 0 {
            throw ConnectionError(
                "the service account's \(file): \(String(cString: strerror(errno))) (automountServiceAccountToken?)")
        }
        return ClusterConnection(
            server: "https://" + (host.contains(":") ? "[\(host)]" : host) + ":" + port,
            tls: TLSOptions(authority: .file(authority)), proxy: nil, credentials: Credentials(.tokenFile(token)),
            origin: "the cluster of this Pod")
    }

    /// The API at an address, as a Corefile's `endpoint` and `tls` say it.
    /// - Parameters:
    ///   - certificate: of the client, a file; `key` goes with it.
    ///   - authority: the only one that is trusted, a file; nil for the system's.
    package static func endpoint(
        _ url: String, certificate: String?, key: String?, authority: String?
    ) throws(ConnectionError) -> ClusterConnection {
        guard (certificate == nil) == (key == nil) else {
            throw ConnectionError("\(url): a client's certificate and its key go together")
        }
        for file in [certificate, key, authority].compactMap(\.self) where access(file, R_OK) != 0 {
            throw ConnectionError("\(url): \(file): \(String(cString: strerror(errno)))")
        }
        let connection = ClusterConnection(
            server: url,
            tls: TLSOptions(
                authority: authority.map { .file($0) }, certificate: certificate.map { .file($0) },
                key: key.map { .file($0) }),
            proxy: nil, credentials: Credentials(.none), origin: "endpoint")
        guard connection.isURL else { throw ConnectionError("\"\(url)\" is no URL of an API server") }
        return connection
    }

    /// Whether `server` is `http://` or `https://` and a host.
    var isURL: Bool {
        let url = HTTPURL(server)
        return (url.scheme == "http" || url.scheme == "https") && !url.host.isEmpty
    }

    /// The variables that this process was started with.
    package static var processEnvironment: [String: String] {
        var variables: [String: String] = [:]
        var place = environ
        while let entry = place.pointee {
            let words = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if words.count == 2 { variables[String(words[0])] = String(words[1]) }
            place += 1
        }
        return variables
    }
}

extension String {
    fileprivate func dropLast(while unwanted: Character) -> Substring {
        var rest = self[...]
        while rest.last == unwanted { rest.removeLast() }
        return rest
    }
}
