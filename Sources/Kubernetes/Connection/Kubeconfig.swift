import Foundation
import Glibc
import YAML

/// Kubeconfig files, merged as client-go's clientcmd does: the first file that has a cluster, a user, a context or the
/// current context wins.
struct Kubeconfig {
    /// A value and the file that it stands in, on which relative paths are founded.
    struct Entry {
        let name: String
        let node: YAMLNode
        let file: String

        /// A text of it; nil where there is none or it is empty.
        func text(_ key: String) throws(ConnectionError) -> String? {
            guard let value = node[key] else { return nil }
            guard case .scalar(let text, _) = value.content else {
                throw ConnectionError("\(key) wants a text, not \(value.kindText)", at: value, in: file)
            }
            return text.isEmpty ? nil : text
        }

        func boolean(_ key: String) throws(ConnectionError) -> Bool {
            guard let value = node[key] else { return false }
            guard let boolean = value.boolean else {
                throw ConnectionError("\(key) wants true or false, not \(value.kindText)", at: value, in: file)
            }
            return boolean
        }

        /// What base64 spells (RFC 4648 4), in lines or not.
        func data(_ key: String) throws(ConnectionError) -> [UInt8]? {
            guard let text = try text(key), let value = node[key] else { return nil }
            let letters = text.filter { !$0.isWhitespace }
            guard let data = Data(base64Encoded: letters) else {
                throw ConnectionError("\(key) is no base64", at: value, in: file)
            }
            return Array(data)
        }

        /// A path that is there to be read, relative ones from the file's folder.
        func path(_ key: String) throws(ConnectionError) -> String? {
            guard let text = try text(key), let value = node[key] else { return nil }
            let path = resolved(text)
            guard access(path, R_OK) == 0 else {
                throw ConnectionError("\(key) \(path): \(String(cString: strerror(errno)))", at: value, in: file)
            }
            return path
        }

        func resolved(_ path: String) -> String {
            guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
            return file[...slash] + path
        }

        func error(_ reason: String, at key: String? = nil) -> ConnectionError {
            ConnectionError(reason, at: key.flatMap { node[$0] } ?? node, in: file)
        }
    }

    private enum Kind: String, CaseIterable {
        case cluster, user, context

        var list: String { rawValue + "s" }
    }

    private var entries: [Kind: [String: Entry]] = [:]
    private var currentContext: String?
    /// The files that were read.
    private(set) var files: [String] = []

    /// - Parameter path: the only file; nil for those of KUBECONFIG, or else ~/.kube/config.
    init(_ path: String?, environment: [String: String]) throws(ConnectionError) {
        let paths = Kubeconfig.paths(path, environment)
        for file in paths {
            let octets: [UInt8]
            do throws(SmallFile.Fault) {
                octets = try SmallFile.read(file)
            } catch {
                // Of a list, those that are not there are passed over, as kubectl does.
                guard error.isAbsent, path == nil else { throw ConnectionError("\(error)") }
                continue
            }
            files.append(file)
            try add(octets, file)
        }
        guard !files.isEmpty else {
            throw ConnectionError("there is no kubeconfig: \(paths.joined(separator: ", ")) not found")
        }
    }

    private static func paths(_ path: String?, _ environment: [String: String]) -> [String] {
        if let path { return [path] }
        if let list = environment["KUBECONFIG"], !list.isEmpty { return list.split(separator: ":").map(String.init) }
        return [(environment["HOME"] ?? "") + "/.kube/config"]
    }

    private mutating func add(_ octets: [UInt8], _ file: String) throws(ConnectionError) {
        guard let document = try Kubeconfig.document(octets, file) else { return }
        guard document.pairs != nil else {
            throw ConnectionError("this is no kubeconfig but \(document.kindText)", at: document, in: file)
        }
        if let kind = document["kind"]?.text, kind != "Config" {
            throw ConnectionError("this is no kubeconfig but of kind \(kind)", at: document, in: file)
        }
        if currentContext == nil, let name = document["current-context"]?.text, !name.isEmpty { currentContext = name }
        for kind in Kind.allCases {
            guard let list = document[kind.list] else { continue }
            guard let items = list.items else {
                throw ConnectionError("\(kind.list) wants a list, not \(list.kindText)", at: list, in: file)
            }
            for item in items {
                guard let name = item["name"]?.text else {
                    throw ConnectionError("an entry of \(kind.list) has no name", at: item, in: file)
                }
                if entries[kind]?[name] != nil { continue }
                entries[kind, default: [:]][name] = Entry(name: name, node: item[kind.rawValue] ?? item, file: file)
            }
        }
    }

    /// The first document; nil where the file has nothing in it.
    private static func document(_ octets: [UInt8], _ file: String) throws(ConnectionError) -> YAMLNode? {
        var outcome: Result<YAMLNode, YAMLFault>?
        octets.withUnsafeBufferPointer { YAMLDocuments($0).forEach { if outcome == nil { outcome = $0 } } }
        switch outcome {
        case nil: return nil
        case .success(let node): return node
        case .failure(let fault):
            throw ConnectionError("\(file):\(fault.line):\(fault.column): this is no YAML: \(fault.message)")
        }
    }

    // MARK: What a context names

    /// - Parameter name: nil for the current context.
    func context(_ name: String?) throws(ConnectionError) -> Entry {
        let names = (entries[.context] ?? [:]).keys.sorted().joined(separator: ", ")
        let known = names.isEmpty ? "it has none" : "it has \(names)"
        guard let wanted = name ?? currentContext else {
            throw ConnectionError("\(place): no current-context is set; name one: \(known)")
        }
        guard let context = entries[.context]?[wanted] else {
            throw ConnectionError("\(place): there is no context \"\(wanted)\": \(known)")
        }
        return context
    }

    func cluster(of context: Entry) throws(ConnectionError) -> Entry {
        guard let name = try context.text("cluster") else {
            throw context.error("the context \"\(context.name)\" names no cluster")
        }
        guard let cluster = entries[.cluster]?[name] else {
            throw context.error("there is no cluster \"\(name)\"", at: "cluster")
        }
        return cluster
    }

    /// nil: the context names no user, who is anonymous then.
    func user(of context: Entry) throws(ConnectionError) -> Entry? {
        guard let name = try context.text("user") else { return nil }
        guard let user = entries[.user]?[name] else {
            throw context.error("there is no user \"\(name)\"", at: "user")
        }
        return user
    }

    private var place: String { files.joined(separator: ", ") }
}
