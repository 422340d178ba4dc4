import DNSWire
import Testing

@Suite struct SecondOpinionTests {
    /// libldns writes a tab in TXT as it is, we write `\009`: both are right.
    func normal(_ lines: [String]) -> [String] {
        lines.map { line in
            let fields = line.split(separator: "\t", maxSplits: 4, omittingEmptySubsequences: false)
            return fields.dropLast().joined(separator: "\t") + "\t"
                + fields[4].split(separator: "\t", omittingEmptySubsequences: false).joined(separator: "\\009")
        }
    }

    @Test func ldnsReadsEveryMessageAndPrintsTheSameRecords() throws {
        let seed = UInt64.random(in: .min ... .max)
        for round in 0..<2_000 {
            var random = RandomMessage(seed: seed &+ UInt64(round))
            let message = random.message()
            let bytes = try message.encoded()
            guard let ldns = SecondOpinion(bytes) else {
                Issue.record("libldns does not read the message of seed \(seed &+ UInt64(round))")
                continue
            }
            let comment = Comment("seed \(seed &+ UInt64(round))")
            let (id, rcode) = (ldns.id, ldns.rcode)
            #expect(id == message.id && rcode == message.rcode.rawValue, comment)
            let (answers, authorities, additionals) = (ldns.answers, ldns.authorities, ldns.additionals)
            #expect(normal(answers).map(lower) == message.answers.map { lower("\($0)") }, comment)
            #expect(normal(authorities).map(lower) == message.authorities.map { lower("\($0)") }, comment)
            #expect(normal(additionals).map(lower) == message.additionals.map { lower("\($0)") }, comment)
        }
    }

    /// Compression may give a name the letters of an earlier one.
    func lower(_ line: String) -> String { line.lowercased() }

    /// Text with escapes of whatever kind means the same to libldns: what it reads and prints is what it prints of ours.
    @Test func ldnsReadsOurTextOfOddNames() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = RandomMessage(seed: seed, oddLabels: true)
        for _ in 0..<2_000 {
            let record = random.record()
            var message = Message(id: 0)
            message.answers = [record]
            guard let ldns = SecondOpinion(try message.encoded()) else {
                Issue.record("libldns does not read \(record), seed \(seed)")
                continue
            }
            // libldns reads at most 255 characters of text as a name.
            guard record.owner.description.utf8.count < 255 else { continue }
            // It takes an escaped "@" in RDATA for the origin.
            guard !"\(record)".contains("\\@") else { continue }
            let answers = ldns.answers
            #expect(SecondOpinion.line("\(record)").map(lower) == answers.first.map(lower), "seed \(seed): \(record)")
        }
    }
}
