import ArgumentParser
import Plugins
import QueryLog

/// How queries are told.
enum TapFormat: String, ExpressibleByArgument, CaseIterable {
    case text, coredns, json, dnstap
    /// As this program's other commands read it from a server.
    case frames

    static var allValueStrings: [String] { allCases.filter { $0 != .frames }.map(\.rawValue) }

    init?(argument: String) {
        guard let format = TapFormat(rawValue: argument), format != .frames else { return nil }
        self = format
    }

    var contentType: String {
        switch self {
        case .text, .coredns: "text/plain; charset=utf-8"
        case .json: "application/x-ndjson"
        case .dnstap: "application/x-fstrm; content-type=protobuf:dnstap.Dnstap"
        case .frames: TapFrames.contentType
        }
    }

    /// In front of the first record.
    var start: [UInt8] { self == .dnstap ? FrameStream.start : [] }

    /// Behind the last one.
    var stop: [UInt8] { self == .dnstap ? FrameStream.stop : [] }

    func write(_ record: QueryRecord, to out: inout [UInt8]) {
        switch self {
        case .text: record.writeText(to: &out)
        case .coredns: record.writeLogLine(to: &out)
        case .json: record.writeJSON(to: &out)
        case .dnstap: record.writeDnstap(version: "clusterdns \(Build.version)", to: &out)
        case .frames: TapFrames.write(record, to: &out)
        }
    }

    /// Tells of answers that were not seen. A stream of dnstap has no place for that.
    func write(loss: Int, to out: inout [UInt8]) {
        switch self {
        case .text: out += "dropped \(loss)\n".utf8
        case .coredns: out += "[WARNING] tap: dropped \(loss)\n".utf8
        case .json: out += "{\"dropped\":\(loss)}\n".utf8
        case .dnstap: break
        case .frames: TapFrames.write(loss: loss, to: &out)
        }
    }
}
