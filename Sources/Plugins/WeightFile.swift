import DNSWire
import NetworkAddress

/// The weights of `loadbalance weighted FILE` (CoreDNS plugin/loadbalance, weighted.go): a line with a name, then a line
/// `ADDRESS WEIGHT` for each of its addresses.
///
///     www.example.com
///     100.64.1.1 3
///     100.64.1.2 1
package struct WeightFile: Sendable, Equatable {
    /// 1 to 255.
    package private(set) var weights: [DomainName: [IPAddress: UInt8]] = [:]

    package init() {}

    /// - Parameter path: for the error's text.
    /// - Throws: `WeightFileError` at the first line that is neither name nor weight.
    package init(_ text: String, path: String) throws(WeightFileError) {
        var name: DomainName?
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            func fault(_ problem: String) -> WeightFileError {
                WeightFileError(path: path, line: index + 1, problem: problem)
            }
            switch words.count {
            case 1:
                guard IPAddress(first) == nil else { throw fault("\"\(first)\" has no weight behind it") }
                guard let read = try? DomainName(first) else { throw fault("\"\(first)\" is no domain name") }
                name = read
            case 2:
                guard let address = IPAddress(first) else { throw fault("\"\(first)\" is no IP address") }
                guard let weight = UInt8(words[1]), weight > 0, !words[1].hasPrefix("+") else {
                    throw fault("\"\(words[1])\" is no weight from 1 to 255")
                }
                guard let name else { throw fault("\(first) stands in front of the first domain name") }
                // Of two weights the first counts.
                if weights[name]?[address] == nil { weights[name, default: [:]][address] = weight }
            default: throw fault("\"\(line)\" is neither a domain name nor an address with its weight")
            }
        }
    }
}

/// Why a file of weights was not read.
package struct WeightFileError: Error, Hashable, CustomStringConvertible {
    package let path: String
    /// From 1; 0 where the file could not be read.
    package let line: Int
    package let problem: String

    package var description: String { line == 0 ? "\(path): \(problem)" : "\(path):\(line): \(problem)" }
}
