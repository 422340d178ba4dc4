import Corefile
import DNSWire
import Logging
import NetworkAddress
import TestSupport
import Testing

@testable import Plugins

@Suite struct LoadbalanceStepTests {
    private static let weightText = """
        # name, then its addresses

        WWW.example.com
        100.64.1.1 3
          100.64.1.2\t1
        www6.example.com.
        2001:db8::1 255
        www.example.com
        100.64.1.3 2
        """

    @Test func weightsAreRead() throws {
        let file = try WeightFile(LoadbalanceStepTests.weightText, path: "w")
        #expect(
            file.weights == [
                name("www.example.com."): [
                    address("100.64.1.1"): 3, address("100.64.1.2"): 1, address("100.64.1.3"): 2,
                ],
                name("www6.example.com."): [address("2001:db8::1"): 255],
            ])
    }

    @Test(
        arguments: [
            ("a.\n192.0.2.1", 2, "192.0.2.1"), ("192.0.2.1 3", 1, "in front of"), ("a.\n\nb 1", 3, "IP address"),
            ("a.\n192.0.2.1 0", 2, "1 to 255"), ("a.\n192.0.2.1 256", 2, "256"), ("a.\n192.0.2.1 +1", 2, "+1"),
            ("a.\n192.0.2.1 1 x", 2, "neither"), ("a..b", 1, "domain name"),
        ])
    func wrongWeights(_ text: String, _ line: Int, _ part: String) {
        #expect {
            try WeightFile(text, path: "weights.txt")
        } throws: { error in
            "\(error)".hasPrefix("weights.txt:\(line): ") && "\(error)".contains(part)
        }
    }

    @Test func aFileIsReadAgain() async throws {
        let folder = try TestFolder()
        let path = try folder.write("weights", "a.\n192.0.2.1 9\n")
        let weights = Weights(path: path, reload: .milliseconds(5), log: Logger(label: "test"))
        try weights.read()
        #expect(weights.file.weights[name("a.")] == [address("192.0.2.1"): 9])
        try folder.write("weights", "nonsense nonsense nonsense\n")
        #expect(throws: WeightFileError.self) { try weights.read() }
        #expect(weights.file.weights.count == 1, "the last good ones stay")
        let watch = Task { await weights.watch() }
        defer { watch.cancel() }
        try folder.write("weights", "a.\n192.0.2.1 4\n")
        for _ in 0..<1000 where weights.file.weights[name("a.")] != [address("192.0.2.1"): 4] {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(weights.file.weights[name("a.")] == [address("192.0.2.1"): 4])
        let absent = Weights(path: path + ".absent", reload: .zero, log: Logger(label: "test"))
        #expect {
            try absent.read()
        } throws: { "\($0)".contains("weights.absent: cannot be read: No such file") }
    }

    private func weights() throws -> Weights {
        let folder = try TestFolder()
        let path = try folder.write("weights", LoadbalanceStepTests.weightText)
        let weights = Weights(path: path, reload: .zero, log: Logger(label: "test"))
        try weights.read()
        return weights
    }

    @Test func roundRobinAloneIsNoStep() {
        #expect(LoadbalanceStep(LoadbalanceSettings(), weights: nil) == nil)
    }

    /// 3 : 1 : 2, and a CNAME in front of all.
    @Test func theFirstAddressIsDrawnByWeight() async throws {
        let addresses = (1...3).map { record("www.example.com.", .address(address("100.64.1.\($0)"))) }
        let behind = ScriptedStep { _ in
            Message(id: 0, answers: addresses + [record("a.", .cname(name("www.example.com.")))])
        }
        let step = try #require(
            LoadbalanceStep(LoadbalanceSettings(), weights: try weights(), random: SplitMix64(seed: 7)))
        let server = TestServer([step, behind])
        var counts: [RecordData: Int] = [:]
        for _ in 0..<6000 {
            let answers = await server.resolve("a.", .a).message.answers
            #expect(answers[0].type == .cname && Set(answers.dropFirst()) == Set(addresses))
            counts[answers[1].data, default: 0] += 1
        }
        let shares = addresses.map { (Double(counts[$0.data] ?? 0) / 1000).rounded() }
        #expect(shares == [3, 1, 2])
    }

    @Test func onlyAddressesAreWeighted() async throws {
        let step = try #require(LoadbalanceStep(LoadbalanceSettings(), weights: try weights()))
        let server = TestServer([step, ScriptedStep(["a.": ["192.0.2.1"]])])
        for (type, leaves) in [(RecordType.a, true), (.aaaa, true), (.srv, true), (.mx, false), (.txt, false)] {
            var query = Message(query: name("a."), type: type, id: 1)
            query.flags = []
            _ = try #require(try await server.askBothWays(query))
            let direct = try await TestServer([step]).ask(query)
            #expect(direct.wasInPlace != leaves, "\(type)")
        }
    }

    @Test func preferredBlocksComeFirst() async throws {
        var settings = LoadbalanceSettings()
        settings.prefer = ["10.9.20.0/24", "192.168.1.0/24", "fd00::/8"].compactMap { CIDR($0) }
        let step = try #require(LoadbalanceStep(settings, weights: nil))
        let texts = ["203.0.113.1", "192.168.1.5", "10.9.20.7", "fd00::1", "192.168.1.6", "203.0.113.2"]
        let records = texts.map { record("a.", .address(address($0))) }
        let behind = ScriptedStep { _ in
            Message(
                id: 0, answers: records + [record("a.", .cname(name("b."))), record("a.", .txt([[1]]))],
                additionals: Array(records.prefix(3)))
        }
        let message = await TestServer([step, behind]).resolve("a.", .srv).message
        let answers = message.answers.map { "\($0.data)" }
        #expect(message.answers.first?.type == .cname && message.answers.last?.type == .txt)
        #expect(answers[1] == "10.9.20.7" && Set(answers[2...3]) == ["192.168.1.5", "192.168.1.6"])
        #expect(answers[4] == "fd00::1" && Set(answers[5...6]) == ["203.0.113.1", "203.0.113.2"])
        #expect(message.additionals.map { "\($0.data)" } == ["10.9.20.7", "192.168.1.5", "203.0.113.1"])
        let denied = ScriptedStep { _ in Message(id: 0, rcode: .nxDomain, answers: records) }
        #expect(await TestServer([step, denied]).resolve("a.", .a).message.answers == records)
    }
}
