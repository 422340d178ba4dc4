import Corefile
import DNSWire
import NetworkAddress
import TestSupport
import Testing

@testable import Forwarding

@Suite struct ResolvConfTests {
    @Test func nameserverLines() {
        let text = """
            # nameserver 192.0.2.1
            ; nameserver 192.0.2.2
            search example.com
            nameserver 127.0.0.53
            nameserver\t2001:db8::1   # comment
              nameserver 192.0.2.5\r
            nameserver fe80::1%eth0
            nameserver nonsense
            nameserver
            options ndots:5
            """
        #expect(
            ResolvConf.servers(in: text).map(\.description) == ["127.0.0.53:53", "[2001:db8::1]:53", "192.0.2.5:53"])
    }

    @Test func itIsFollowed() async throws {
        let folder = try TestFolder()
        let path = try folder.write("resolv.conf", "nameserver 192.0.2.1\nnameserver 192.0.2.2\n")
        let forwarder = try forwarder([]) {
            $0.to = [.resolvConf(path), .server(UpstreamAddress(address: IPAddress("192.0.2.9")!))]
        }
        func upstreams() -> [String] { forwarder.state.map(\.address.description) }
        #expect(upstreams() == ["192.0.2.1:53", "192.0.2.2:53", "192.0.2.9:53"])
        let kept = forwarder.upstream(UpstreamAddress(address: IPAddress("192.0.2.2")!))
        let running = Task { await forwarder.run() }
        defer { running.cancel() }
        // Its watch begins with the task; a file written before that is read by it.
        try folder.write("resolv.conf", "nameserver 192.0.2.3\nnameserver 192.0.2.2\nnameserver 192.0.2.9\n")
        try await eventually { upstreams() == ["192.0.2.3:53", "192.0.2.2:53", "192.0.2.9:53"] }
        #expect(forwarder.upstream(UpstreamAddress(address: IPAddress("192.0.2.2")!)) === kept)
        // An empty file says nothing.
        try folder.write("resolv.conf", "# nothing\n")
        try await Task.sleep(for: .milliseconds(200))
        #expect(upstreams() == ["192.0.2.3:53", "192.0.2.2:53", "192.0.2.9:53"])
        try folder.write("resolv.conf", "nameserver 192.0.2.4\n")
        try await eventually { upstreams() == ["192.0.2.4:53", "192.0.2.9:53"] }
    }

    @Test func aFileThatIsNotThereYet() async throws {
        let folder = try TestFolder()
        let path = folder.path + "/resolv.conf"
        let forwarder = try forwarder([]) { $0.to = [.resolvConf(path)] }
        #expect(
            await forwarder.resolve(query(), clientUsesTCP: false).text
                == "failed: there is no upstream: \(path) names none")
        let running = Task { await forwarder.run() }
        defer { running.cancel() }
        try folder.write("resolv.conf", "nameserver 192.0.2.4\n")
        try await eventually { forwarder.state.count == 1 }
    }

    private func eventually(_ condition: () -> Bool) async throws {
        for _ in 0..<1000 where !condition() { try await Task.sleep(for: .milliseconds(10)) }
        #expect(condition())
    }
}
