import AnswerTable
import Corefile
import DNSWire
import NetworkAddress
import Synchronization

/// `loadbalance weighted` and `prefer`: which address of an answer comes first (CoreDNS plugin/loadbalance).
///
/// With weights one address, drawn by them, changes places with the first; one without a weight has 1. Addresses of
/// preferred blocks come before the others, in the blocks' order. `round_robin` alone is what every answer of the table and
/// the cache does already, so there is no step for it.
package final class LoadbalanceStep: Step, @unchecked Sendable {
    private let weights: Weights?
    private let prefer: [CIDR]
    private let random: Mutex<any RandomNumberGenerator & Sendable>

    /// - Parameter weights: of a `weighted` policy.
    /// - Returns: nil where there is nothing to do.
    package init?(
        _ settings: LoadbalanceSettings, weights: Weights?,
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        guard weights != nil || !settings.prefer.isEmpty else { return nil }
        self.weights = weights
        prefer = settings.prefer
        self.random = Mutex(random)
        super.init(.loadbalance)
    }

    package override func answer(_ query: inout Answerer, _ origin: Origin) -> Verdict {
        if query.asked().isChaos { return .next }
        let type = RecordType(rawValue: query.asked().type)
        if type == .axfr || type == .ixfr { return .next }
        return prefer.isEmpty && !LoadbalanceStep.isWeighted(type) ? .next : .elsewhere
    }

    package override func resolve(_ exchange: Exchange, _ next: Next) async -> Response {
        var response = await next(exchange)
        let type = exchange.question.type
        guard response.message.rcode == .noError, type != .axfr, type != .ixfr else { return response }
        if let weights {
            if LoadbalanceStep.isWeighted(type) {
                let weights = weights.file.weights
                draw(&response.message.answers, weights)
                draw(&response.message.additionals, weights)
            }
        } else {
            shuffle(&response.message.answers)
            shuffle(&response.message.additionals)
        }
        if !prefer.isEmpty {
            sort(&response.message.answers)
            sort(&response.message.additionals)
        }
        return response
    }

    private static func isWeighted(_ type: RecordType) -> Bool { type == .a || type == .aaaa || type == .srv }

    /// Puts one of the addresses in front of the others: CNAMEs, other records, addresses, MX.
    private func draw(_ records: inout [ResourceRecord], _ weights: [DomainName: [IPAddress: UInt8]]) {
        var parts = Parts(records)
        guard !parts.addresses.isEmpty else { return }
        let each = parts.addresses.map { record -> Int in
            guard case .address(let address) = record.data else { return 1 }
            return weights[record.owner].flatMap { $0[address] }.map { Int($0) } ?? 1
        }
        var left = random.withLock { random in Int.random(in: 0..<each.reduce(0, +), using: &random) }
        for (index, weight) in each.enumerated() {
            left -= weight
            guard left < 0 else { continue }
            parts.addresses.swapAt(0, index)
            break
        }
        records = parts.aliases + parts.others + parts.addresses + parts.exchangers
    }

    private func shuffle(_ records: inout [ResourceRecord]) {
        var parts = Parts(records)
        random.withLock { random in
            parts.addresses.shuffle(using: &random)
            parts.exchangers.shuffle(using: &random)
        }
        records = parts.aliases + parts.others + parts.addresses + parts.exchangers
    }

    private func sort(_ records: inout [ResourceRecord]) {
        let parts = Parts(records)
        var ranked: [[ResourceRecord]] = Array(repeating: [], count: prefer.count + 1)
        for record in parts.addresses {
            guard case .address(let address) = record.data else { continue }
            ranked[prefer.firstIndex { $0.contains(address) } ?? prefer.count].append(record)
        }
        records = parts.aliases + ranked.flatMap { $0 } + parts.exchangers + parts.others
    }

    /// A section's records by what becomes of them.
    private struct Parts {
        /// glibc wants CNAMEs in front of what they lead to.
        var aliases: [ResourceRecord] = []
        var addresses: [ResourceRecord] = []
        var exchangers: [ResourceRecord] = []
        var others: [ResourceRecord] = []

        init(_ records: [ResourceRecord]) {
            for record in records {
                switch record.type {
                case .cname: aliases.append(record)
                case .a, .aaaa: addresses.append(record)
                case .mx: exchangers.append(record)
                default: others.append(record)
                }
            }
        }
    }
}
