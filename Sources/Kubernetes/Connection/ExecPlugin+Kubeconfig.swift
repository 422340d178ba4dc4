import Foundation
import YAML

extension ExecPlugin {
    /// - Parameters:
    ///   - entry: a user's `exec`.
    ///   - server: the cluster's, as the kubeconfig has it.
    init(_ entry: Kubeconfig.Entry, _ cluster: Kubeconfig.Entry, server: String) throws(ConnectionError) {
        guard let apiVersion = try entry.text("apiVersion") else { throw entry.error("exec has no apiVersion") }
        guard ExecPlugin.versions.contains(apiVersion) else {
            throw entry.error(
                "exec of apiVersion \"\(apiVersion)\": known are \(ExecPlugin.versions.joined(separator: " and "))",
                at: "apiVersion")
        }
        guard let command = try entry.text("command") else { throw entry.error("exec has no command") }
        if try entry.text("interactiveMode") == "Always" {
            throw entry.error("the exec plugin \(command) wants a terminal, and here is none", at: "interactiveMode")
        }
        var arguments: [String] = []
        for item in try ExecPlugin.list("args", in: entry) {
            guard case .scalar(let text, _) = item.content else {
                throw ConnectionError("args wants texts, not \(item.kindText)", at: item, in: entry.file)
            }
            arguments.append(text)
        }
        var environment: [String: String] = [:]
        for item in try ExecPlugin.list("env", in: entry) {
            guard let name = item["name"]?.text else {
                throw ConnectionError("an entry of env has no name", at: item, in: entry.file)
            }
            environment[name] = item["value"]?.text ?? ""
        }
        var specification: [String: Any] = ["interactive": false]
        if try entry.boolean("provideClusterInfo") {
            specification["cluster"] = try ExecPlugin.information(about: cluster, server)
        }
        self.init(
            apiVersion: apiVersion, command: command.contains("/") ? entry.resolved(command) : command,
            arguments: arguments, environment: environment, installHint: try entry.text("installHint"),
            information: ExecPlugin.json([
                "kind": "ExecCredential", "apiVersion": apiVersion, "spec": specification,
            ]))
    }

    private static func list(_ key: String, in entry: Kubeconfig.Entry) throws(ConnectionError) -> [YAMLNode] {
        guard let value = entry.node[key] else { return [] }
        guard let items = value.items else { throw entry.error("\(key) wants a list, not \(value.kindText)", at: key) }
        return items
    }

    /// clientauthentication/v1 Cluster: a file of authorities goes as its octets.
    private static func information(
        about cluster: Kubeconfig.Entry, _ server: String
    ) throws(ConnectionError) -> [String: Any] {
        var fields: [String: Any] = ["server": server]
        for key in ["tls-server-name", "proxy-url"] { fields[key] = try cluster.text(key) }
        if try cluster.boolean("insecure-skip-tls-verify") { fields["insecure-skip-tls-verify"] = true }
        var authority = try cluster.data("certificate-authority-data")
        if authority == nil, let path = try cluster.path("certificate-authority") {
            do {
                authority = try SmallFile.read(path)
            } catch {
                throw cluster.error("\(error)", at: "certificate-authority")
            }
        }
        if let authority { fields["certificate-authority-data"] = Data(authority).base64EncodedString() }
        let own = cluster.node["extensions"]?.items?.first { $0["name"]?.text == "client.authentication.k8s.io/exec" }
        if let config = own?["extension"] { fields["config"] = value(of: config) }
        return fields
    }

    private static func value(of node: YAMLNode) -> Any {
        if let items = node.items { return items.map(value) }
        if let pairs = node.pairs {
            return Dictionary(pairs.map { ($0.key.text ?? "", value(of: $0.value)) }) { $1 }
        }
        if node.isNull { return NSNull() }
        if let boolean = node.boolean { return boolean }
        if let integer = node.integer { return integer }
        if node.isPlain, let number = node.text.flatMap(Double.init), number.isFinite { return number }
        return node.text ?? ""
    }

    private static func json(_ object: [String: Any]) -> String {
        // Made of what JSON has, it is always written.
        let data = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data ?? Data(), as: UTF8.self)
    }
}
