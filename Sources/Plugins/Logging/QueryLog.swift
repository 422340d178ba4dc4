import Corefile
import DNSWire

/// `log`: a line for each answer (CoreDNS plugin/log).
///
///     [INFO] 10.244.0.7:41234 - 29008 "A IN example.org. udp 41 false 4096" NOERROR qr,rd,ra 68 0.037990251s
///
/// The first rule that holds the question's name decides, by its classes, whether there is one.
package final class QueryLog: AnswerObserver {
    private struct Rule: Sendable {
        let name: DomainName
        let classes: Set<LogSettings.ResponseClass>
        let format: LogFormat
    }

    private let rules: [Rule]
    private let writer: LineWriter
    private let metadata: Metadata?

    /// - Parameters:
    ///   - settings: the block's `log` lines.
    ///   - metadata: where the block has the metadata plugin.
    package init(_ settings: [LogSettings], to writer: LineWriter, metadata: Metadata? = nil) {
        rules = settings.flatMap { line in
            let format = LogFormat(line.format)
            return line.names.map { Rule(name: $0, classes: line.classes, format: format) }
        }
        self.writer = writer
        self.metadata = metadata
    }

    package var rcodes: UInt32 {
        rules.flatMap(\.classes).reduce(0) { $0 | $1.rcodes }
    }

    package func saw(_ seen: SeenAnswer) {
        let name = seen.question?.name ?? .root
        guard let rule = rules.first(where: { name.isAtOrBelow($0.name) }),
            rule.classes.contains(.all) || rule.classes.contains(ResponseKind(seen).responseClass)
        else { return }
        var line: [UInt8] = []
        line.reserveCapacity(256)
        line += "[INFO] ".utf8
        rule.format.write(seen, metadata, to: &line)
        writer.write(line)
    }
}

/// Passes what there is to see to several.
package final class ObserverGroup: AnswerObserver {
    private let members: [any AnswerObserver]

    private init(_ members: [any AnswerObserver]) { self.members = members }

    /// nil where there is nobody, the one where there is one.
    package static func of(_ members: [any AnswerObserver]) -> (any AnswerObserver)? {
        members.count > 1 ? ObserverGroup(members) : members.first
    }

    package var rcodes: UInt32 { members.reduce(0) { $0 | $1.rcodes } }

    package func saw(_ seen: SeenAnswer) { for member in members { member.saw(seen) } }
}
