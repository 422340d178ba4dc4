import Corefile
import DNSWire
import QueryLog

extension QueryRecord {
    private static let common = LogFormat(LogSettings.commonFormat)

    /// Appends the line that `log` writes for it, with its end (CoreDNS plugin/log, format `common`).
    package func writeLogLine(to line: inout [UInt8]) {
        let seen = SeenAnswer(
            client: Client(address: client, port: port, isStream: isStream), id: id, opcode: opcode, question: question,
            querySize: querySize, wantsDNSSEC: wantsDNSSEC, payloadSize: payloadSize, rcode: rcode, flags: flags,
            answerSize: size, duration: UInt64(max(0, duration)), plugin: PluginName(rawValue: plugin) ?? .none)
        line += "[INFO] ".utf8
        QueryRecord.common.write(seen, nil, to: &line)
        line.append(UInt8(ascii: "\n"))
    }
}
