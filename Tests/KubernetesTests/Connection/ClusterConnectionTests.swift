import Foundation
import HTTP
import TestSupport
import Testing

@testable import Kubernetes

@Suite(.timeLimit(.minutes(1))) struct ClusterConnectionTests {
    let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func inCluster(_ host: String = "10.96.0.1", port: String = "443") throws -> ClusterConnection {
        try ClusterConnection.inCluster(
            environment: ["KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port], folder: folder.path)
    }

    private func token(_ connection: ClusterConnection) throws -> String? {
        try connection.request("/", accept: "", now: 0).headers.first { $0.name == "Authorization" }?.value
    }

    @Test func aPodsOwnCluster() throws {
        try folder.write("token", "one\n")
        try folder.write("ca.crt", "")
        let connection = try inCluster()
        #expect(connection.description == "https://10.96.0.1:443 (the cluster of this Pod)")
        #expect(connection.tls == TLSOptions(authority: .file(folder.path + "/ca.crt")))
        #expect(try inCluster("fd00::1").server == "https://[fd00::1]:443")
    }

    /// As a kubelet renews it: a link to a link to a folder is turned (`..data`).
    @Test func aTokenThatIsRenewed() throws {
        let files = FileManager.default
        try folder.write("..1/token", "one\n")
        try folder.write("..2/token", "two\n")
        try folder.write("ca.crt", "")
        let data = folder.path + "/..data"
        try files.createSymbolicLink(atPath: data, withDestinationPath: "..1")
        try files.createSymbolicLink(atPath: folder.path + "/token", withDestinationPath: "..data/token")
        let connection = try inCluster()
        #expect(try token(connection) == "Bearer one")
        try files.createSymbolicLink(atPath: data + ".tmp", withDestinationPath: "..2")
        #expect(rename(data + ".tmp", data) == 0)
        #expect(try token(connection) == "Bearer two")
        // What is gone for a moment was good a moment ago.
        try files.removeItem(atPath: data)
        #expect(try token(connection) == "Bearer two")
    }

    @Test func noTokenAtAll() throws {
        try folder.write("token", "one")
        try folder.write("ca.crt", "")
        let connection = try inCluster()
        try folder.write("token", "\n")
        let empty = #expect(throws: CredentialError.self) { try token(connection) }
        #expect(empty?.description == "the token's file \(folder.path)/token is empty")
        try FileManager.default.removeItem(atPath: folder.path + "/token")
        let absent = #expect(throws: CredentialError.self) { try token(connection) }
        #expect(absent?.description == "the token's file \(folder.path)/token: No such file or directory")
    }

    @Test func noPod() throws {
        let outside = #expect(throws: ConnectionError.self) {
            try ClusterConnection.inCluster(environment: [:], folder: folder.path)
        }
        #expect(outside?.description.hasPrefix("this is no Pod of a cluster") == true)
        let unmounted = #expect(throws: ConnectionError.self) { try inCluster() }
        #expect(unmounted?.description.contains("\(folder.path)/token: No such file or directory") == true)
    }

    @Test func anEndpoint() throws {
        let file = try folder.write("a.pem", "")
        let mutual = try ClusterConnection.endpoint("10.0.0.1:6443", certificate: file, key: file, authority: file)
        #expect(mutual.server == "https://10.0.0.1:6443")
        #expect(mutual.tls == TLSOptions(authority: .file(file), certificate: .file(file), key: .file(file)))
        let plain = try ClusterConnection.endpoint(
            "http://localhost:8080/", certificate: nil, key: nil, authority: nil)
        #expect(plain.description == "http://localhost:8080 (endpoint)")
        #expect(throws: ConnectionError.self) {
            try ClusterConnection.endpoint("https://a", certificate: file, key: nil, authority: nil)
        }
        #expect(throws: ConnectionError.self) {
            try ClusterConnection.endpoint("https://a", certificate: nil, key: nil, authority: file + "x")
        }
        #expect(throws: ConnectionError.self) {
            try ClusterConnection.endpoint("ftp://a", certificate: nil, key: nil, authority: nil)
        }
    }

    /// From the kubeconfig to the handshake.
    @Test func aServerThatWantsAClient() throws {
        let authority = try TestAuthority()
        try authority.issue("server", names: ["DNS:kubernetes"])
        try authority.issue("client", names: [])
        let server = try TLSServer(authority, certificate: "server", wantsClient: true)
        func config(_ user: String) throws -> ClusterConnection {
            let path = try authority.folder.write(
                "config",
                """
                current-context: x
                contexts: [{name: x, context: {cluster: c, user: u}}]
                clusters:
                - name: c
                  cluster: {server: "https://127.0.0.1:\(server.port)", certificate-authority: ca.pem, tls-server-name: kubernetes}
                users:
                - name: u
                  user: \(user)
                """)
            return try ClusterConnection.kubeconfig(path, context: nil)
        }
        let known = try config("{client-certificate: client.pem, client-key: client.key}").request("/", accept: "*/*")
        #expect(try HTTPClient().fetch(known).head.status == 200)
        let unknown = try config("{token: abc}").request("/", accept: "*/*")
        let error = #expect(throws: HTTPError.self) { try HTTPClient().fetch(unknown) }
        #expect(error?.kind == .handshake)
    }
}
