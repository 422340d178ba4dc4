import DNSWire

/// What several servers said to the same lookup, side by side (`--all-servers`).
package struct ServerComparison: Sendable {
    private let results: [LookupResult]

    /// - Parameter results: one for each server.
    package init(_ results: [LookupResult]) { self.results = results }

    /// What a server said, without what may differ: order, TTL, time.
    private static func gist(_ result: LookupResult) -> String {
        guard result.outcome == .answer || result.outcome == .alias else {
            return result.decisive.lazy.compactMap(\.message).first.map { message in
                message.rcode == .noError ? "no data" : "\(message.rcode)"
            } ?? "no reply"
        }
        return result.records.map { "\($0.data.type) \(presentation(of: $0.data))" }.sorted().joined(separator: ", ")
    }

    package var agrees: Bool { Set(results.map(ServerComparison.gist)).count <= 1 }

    /// A line that says that they agree, or one for each thing that was said and who said it.
    package var text: String {
        if agrees { return "Servers:  all \(results.count) agree\n" }
        var said: [(gist: String, servers: [String])] = []
        for result in results {
            let gist = ServerComparison.gist(result)
            let server = "\(result.query.servers[0])"
            if let place = said.firstIndex(where: { $0.gist == gist }) {
                said[place].servers.append(server)
            } else {
                said.append((gist, [server]))
            }
        }
        let width = said.map { $0.servers.joined(separator: ", ").count }.max() ?? 0
        return "** the servers differ:\n"
            + said.map { "   \(padded($0.servers.joined(separator: ", "), width))   \(singleLine($0.gist))\n" }.joined()
    }
}
