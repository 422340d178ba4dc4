import Foundation
import HTTP
import TestSupport
import Testing

@testable import Kubernetes

@Suite struct KubeconfigTests {
    let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private static let pem = Data("-----BEGIN CERTIFICATE-----\n".utf8).base64EncodedString()

    /// A kubeconfig of one context `x`, with these lines in its cluster and its user.
    private func config(
        cluster: [String] = ["server: https://10.0.0.1:6443"], user: [String] = ["token: abc"]
    ) throws -> String {
        func indented(_ lines: [String]) -> String { lines.map { "    \($0)\n" }.joined() }
        return try folder.write(
            "config",
            """
            apiVersion: v1
            kind: Config
            current-context: x
            contexts:
            - name: x
              context: {cluster: c, user: u, namespace: shop}
            clusters:
            - name: c
              cluster:
            \(indented(cluster))users:
            - name: u
              user:
            \(indented(user))
            """)
    }

    private func headers(_ connection: ClusterConnection) throws -> [String] {
        try connection.request("/api", accept: "a/b", now: 0).headers.map { "\($0.name): \($0.value)" }
    }

    private func fault(_ path: String?, _ context: String? = nil, _ environment: [String: String] = [:]) -> String {
        let error = #expect(throws: ConnectionError.self) {
            try ClusterConnection.kubeconfig(path, context: context, environment: environment)
        }
        return (error?.description ?? "").replacing(folder.path + "/", with: "")
    }

    // MARK: What is there

    @Test func aRequest() throws {
        let path = try config(cluster: ["server: https://10.0.0.1:6443/k8s/clusters/c-1/"])
        let connection = try ClusterConnection.kubeconfig(path, context: nil)
        #expect(
            connection.description == "https://10.0.0.1:6443/k8s/clusters/c-1 (kubeconfig \(path), context x)")
        let request = try connection.request("/api/v1/services?limit=5", accept: "a/b", now: 0)
        #expect(request.url == "https://10.0.0.1:6443/k8s/clusters/c-1/api/v1/services?limit=5")
        #expect(
            request.headers.map(\.name) == ["Accept", "User-Agent", "Authorization"]
                && request.headers.map(\.value) == ["a/b", "clusterdns", "Bearer abc"])
        #expect(request.tls == TLSOptions())
        #expect(request.proxy == nil)
    }

    @Test func theCluster() throws {
        let data = try config(cluster: [
            "server: https://10.0.0.1:6443", "certificate-authority: absent.pem",
            "certificate-authority-data: \(KubeconfigTests.pem)", "tls-server-name: kubernetes",
            "proxy-url: http://10.0.0.9:3128",
        ])
        let first = try ClusterConnection.kubeconfig(data, context: "x")
        #expect(first.tls.authority == .data(Array("-----BEGIN CERTIFICATE-----\n".utf8)))
        #expect(first.tls.serverName == "kubernetes")
        #expect(first.proxy == "http://10.0.0.9:3128")

        try folder.write("pki/ca.pem", "")
        let file = try config(cluster: [
            "server: 10.0.0.1:6443", "certificate-authority: pki/ca.pem", "proxy-url: socks5://127.0.0.1:1080",
        ])
        let second = try ClusterConnection.kubeconfig(file, context: nil)
        #expect(second.tls.authority == .file(folder.path + "/pki/ca.pem"))
        #expect(second.tls.verifies)
        #expect(second.server == "https://10.0.0.1:6443")
        #expect(second.proxy == "socks5h://127.0.0.1:1080")

        let open = try config(cluster: ["server: https://10.0.0.1:6443", "insecure-skip-tls-verify: true"])
        #expect(try !ClusterConnection.kubeconfig(open, context: nil).tls.verifies)
        let plain = try config(cluster: ["server: 127.0.0.1:8080"])
        #expect(try ClusterConnection.kubeconfig(plain, context: nil).server == "http://127.0.0.1:8080")
    }

    @Test(
        arguments: [
            (["token: abc"], ["Authorization: Bearer abc"]),
            (["tokenFile: token", "token: abc"], ["Authorization: Bearer from-file"]),
            (["username: jane", "password: \"p:w\""], ["Authorization: Basic amFuZTpwOnc="]),
            (
                ["token: abc", "as: jane", "as-uid: \"7\"", "as-groups: [dev, ops]"],
                [
                    "Authorization: Bearer abc", "Impersonate-User: jane", "Impersonate-Uid: 7",
                    "Impersonate-Group: dev", "Impersonate-Group: ops",
                ]
            ),
            (["{}"], []),
        ])
    func theUser(lines: [String], fields: [String]) throws {
        try folder.write("token", "from-file\n")
        let connection = try ClusterConnection.kubeconfig(config(user: lines), context: nil)
        #expect(try headers(connection) == ["Accept: a/b", "User-Agent: clusterdns"] + fields)
    }

    @Test func aClientCertificate() throws {
        try folder.write("client.pem", "")
        try folder.write("client.key", "")
        let files = try ClusterConnection.kubeconfig(
            config(user: ["client-certificate: client.pem", "client-key: client.key"]), context: nil)
        #expect(files.tls.certificate == .file(folder.path + "/client.pem"))
        #expect(files.tls.key == .file(folder.path + "/client.key"))
        let data = try ClusterConnection.kubeconfig(
            config(user: [
                "client-certificate-data: \(KubeconfigTests.pem)", "client-key-data: \(KubeconfigTests.pem)",
            ]), context: nil)
        #expect(data.tls.key == .data(Array("-----BEGIN CERTIFICATE-----\n".utf8)))
        #expect(try headers(data) == ["Accept: a/b", "User-Agent: clusterdns"])
    }

    @Test func jsonIsYAML() throws {
        let path = try folder.write(
            "config.json",
            """
            {"kind":"Config","current-context":"x","contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}],
            \t"clusters":[{"name":"c","cluster":{"server":"https:\\/\\/[fd00::1]:6443"}}],"users":[{"name":"u","user":{}}]}
            """)
        #expect(try ClusterConnection.kubeconfig(path, context: nil).server == "https://[fd00::1]:6443")
    }

    /// Of a list of files the first that has a name wins.
    @Test func filesAreMerged() throws {
        let first = try folder.write(
            "1",
            """
            current-context: one
            contexts: [{name: one, context: {cluster: shared, user: late}}]
            clusters: [{name: shared, cluster: {server: "https://first"}}]
            """)
        let second = try folder.write(
            "sub/2",
            """
            current-context: two
            contexts:
            - {name: one, context: {cluster: other}}
            - {name: two, context: {cluster: shared}}
            clusters: [{name: shared, cluster: {server: "https://second"}}]
            users: [{name: late, user: {tokenFile: token}}]
            """)
        try folder.write("sub/token", "late")
        let environment = ["KUBECONFIG": "\(first)::\(folder.path)/absent:\(second)", "HOME": "/nonexistent"]
        let one = try ClusterConnection.kubeconfig(nil, context: nil, environment: environment)
        #expect(one.description == "https://first (kubeconfig \(first):\(second), context one)")
        #expect(try headers(one).last == "Authorization: Bearer late")
        let two = try ClusterConnection.kubeconfig(nil, context: "two", environment: environment)
        #expect(two.server == "https://first")

        try FileManager.default.createDirectory(atPath: folder.path + "/.kube", withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: first, toPath: folder.path + "/.kube/config")
        #expect(fault(nil, nil, ["HOME": folder.path]) == ".kube/config:2:57: there is no user \"late\"")
    }

    // MARK: What is wrong

    @Test func filesThatDoNotSayHow() throws {
        #expect(fault(folder.path + "/absent") == "absent: No such file or directory")
        #expect(fault(nil, nil, ["HOME": "/nonexistent"]).contains("/nonexistent/.kube/config not found"))
        let broken = fault(try folder.write("a", "users:\n- a: [1\nb: 2\n"))
        #expect(
            broken == "a:3:2: this is no YAML: while parsing a flow sequence: did not find expected ',' or ']'")
        #expect(fault(try folder.write("b", "- 1")) == "b:1:1: this is no kubeconfig but a list")
        #expect(fault(try folder.write("c", "kind: Pod")) == "c:1:1: this is no kubeconfig but of kind Pod")
        #expect(
            fault(try folder.write("d", "contexts: [{name: a}]"))
                == "d: no current-context is set; name one: it has a")
        #expect(fault(try config(), "y") == "config: there is no context \"y\": it has x")
        #expect(fault(try folder.write("e", "contexts: 3")) == "e:1:11: contexts wants a list, not 3")
    }

    @Test(
        arguments: [
            (["{}"], "10:5: the cluster \"c\" has no server"),
            (["server: ftp://a"], "10:13: \"ftp://a\" is no URL of an API server"),
            (["server: [a]"], "10:13: server wants a text, not a list"),
            (
                ["server: https://a", "certificate-authority-data: '%'"],
                "11:33: certificate-authority-data is no base64"
            ),
            (
                ["server: https://a", "certificate-authority-data: YWJj"],
                "11:33: certificate-authority-data holds no PEM"
            ),
            (
                ["server: https://a", "insecure-skip-tls-verify: 7"],
                "11:31: insecure-skip-tls-verify wants true or false, not 7"
            ),
            (
                ["server: https://a", "proxy-url: ftp://b"],
                "11:16: proxy-url \"ftp://b\" is no http, https or socks5 URL"
            ),
        ])
    func clustersThatAreWrong(lines: [String], message: String) throws {
        #expect(fault(try config(cluster: lines)) == "config:" + message)
    }

    @Test func trustCannotBeBoth() throws {
        try folder.write("ca.pem", "")
        let path = try config(cluster: [
            "server: https://a", "insecure-skip-tls-verify: true", "certificate-authority: ca.pem",
        ])
        #expect(fault(path).hasSuffix("insecure-skip-tls-verify and a certificate-authority contradict each other"))
    }

    @Test(
        arguments: [
            (
                ["auth-provider: {name: gcp}"],
                "14:20: auth-provider \"gcp\" was removed in Kubernetes 1.26: use an exec plugin"
            ),
            (["token: a", "username: b"], "15:15: the user \"u\" has both a token and a username"),
            (
                ["client-certificate-data: LS0tLS1CRUdJTiBY"],
                "14:5: the user \"u\" has only one of client-certificate and client-key"
            ),
            (["exec: {command: a}"], "14:11: exec has no apiVersion"),
            (["exec: {apiVersion: client.authentication.k8s.io/v1}"], "14:11: exec has no command"),
            (
                ["exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: a}"],
                "14:24: exec of apiVersion \"client.authentication.k8s.io/v1alpha1\": known are "
                    + "client.authentication.k8s.io/v1 and client.authentication.k8s.io/v1beta1"
            ),
            (
                ["exec: {apiVersion: client.authentication.k8s.io/v1, command: a, interactiveMode: Always}"],
                "14:86: the exec plugin a wants a terminal, and here is none"
            ),
        ])
    func usersThatAreWrong(lines: [String], message: String) throws {
        #expect(fault(try config(user: lines)) == "config:" + message)
    }

    @Test func filesThatAreNotThere() throws {
        let message = fault(try config(user: ["tokenFile: token"]))
        #expect(message == "config:14:16: tokenFile token: No such file or directory")
    }
}
