import Corefile
import FileWatch
import Logging
import Synchronization

/// The upstreams of a line: those it names, and those of the resolv.conf files it names, as they are at any time.
extension Forwarder {
    /// As many as CoreDNS takes (plugin/forward/setup.go).
    private static let maximum = 15
    private static let rereading = Duration.seconds(10)

    /// What a resolv.conf said last.
    struct FileState {
        var servers: [UpstreamAddress] = []
        /// Why it cannot be read now.
        var fault: String?
    }

    private var files: [String] {
        settings.to.compactMap { if case .resolvConf(let path) = $0 { path } else { nil } }
    }

    /// Reads the files. One that cannot be read or is empty keeps what it said before; an upstream that stays keeps its
    /// connections and what is known of it.
    func readServers() {
        let addresses = addresses()
        let change = servers.withLock { servers -> (@Sendable () -> Void)? in
            let known = servers.upstreams
            guard known.map(\.address) != addresses else { return nil }
            servers.upstreams = addresses.map { address in
                known.first { $0.address == address } ?? Upstream(address, settings, tls: tls)
            }
            return servers.whenChanged ?? {}
        }
        guard let change else { return }
        if !files.isEmpty {
            log.info(
                "upstreams read",
                metadata: ["upstreams": "\(addresses.map(\.description).joined(separator: " "))"])
        }
        change()
    }

    private func addresses() -> [UpstreamAddress] {
        var addresses: [UpstreamAddress] = []
        for target in settings.to {
            switch target {
            case .server(let address): addresses.append(address)
            case .resolvConf(let path): addresses += fileServers(path)
            }
        }
        var seen: Set<UpstreamAddress> = []
        addresses = addresses.filter { seen.insert($0).inserted }
        if addresses.count > Forwarder.maximum {
            log.warning("only the first \(Forwarder.maximum) of \(addresses.count) upstreams are asked")
        }
        return Array(addresses.prefix(Forwarder.maximum))
    }

    private func fileServers(_ path: String) -> [UpstreamAddress] {
        do throws(ResolvConfError) {
            let servers = try ResolvConf.servers(of: path)
            self.servers.withLock { $0.files[path] = FileState(servers: servers) }
            return servers
        } catch {
            let before = servers.withLock { servers in
                let before = servers.files[path] ?? FileState()
                servers.files[path] = FileState(servers: before.servers, fault: "\(error)")
                return before
            }
            if before.fault != "\(error)" {
                log.error(
                    "\(before.servers.isEmpty ? "no upstreams" : "upstreams stay as they were")",
                    metadata: ["reason": "\(error)"])
            }
            return before.servers
        }
    }

    /// Reads the files again when they change, until the task is cancelled.
    func followFiles() async {
        guard !files.isEmpty else { return }
        await withDiscardingTaskGroup { group in
            // A file that is mounted by itself changes without a word to who watches the folder it is mounted in.
            group.addTask {
                while (try? await Task.sleep(for: Forwarder.rereading)) != nil { self.readServers() }
            }
            do throws(FileWatchError) {
                let watch = try FileWatch(files)
                // What changed before the watch.
                readServers()
                for await _ in watch.changes { readServers() }
                group.cancelAll()
            } catch {
                log.warning(
                    "changes of upstreams are seen within \(Forwarder.rereading) only",
                    metadata: ["reason": "\(error)"])
            }
        }
    }
}
