import Corefile
import Glibc

/// In which order the upstreams of a line are asked.
///
/// Those in doubt come after all others, whatever the policy. `random` chooses each next one with a chance in proportion to
/// its weight, so that a slow one is asked seldom; with equal ones it is CoreDNS's.
enum UpstreamOrder {
    struct Candidate {
        var isDoubtful: Bool
        /// Above 0.
        var weight: Double
    }

    /// Indices of `candidates`.
    /// - Parameter turn: how many queries came before, for `round_robin`.
    static func order(
        _ candidates: [Candidate], by policy: ForwardSettings.Policy, turn: Int,
        using random: inout some RandomNumberGenerator
    ) -> [Int] {
        var indices = Array(candidates.indices)
        switch policy {
        case .sequential: break
        case .roundRobin where indices.count > 1:
            let first = turn % indices.count
            indices = Array(indices[first...] + indices[..<first])
        case .roundRobin: break
        case .random:
            // Drawing without putting back, in proportion to weights: the greatest of u^(1/w) is drawn first
            // (Efraimidis and Spirakis 2006), here as logarithms.
            let keys = candidates.map { candidate in
                Float.random(in: Float.leastNonzeroMagnitude..<1, using: &random).logarithm / candidate.weight
            }
            indices.sort { keys[$0] > keys[$1] }
        }
        return indices.filter { !candidates[$0].isDoubtful } + indices.filter { candidates[$0].isDoubtful }
    }
}

extension Float {
    /// The natural logarithm.
    fileprivate var logarithm: Double { Glibc.log(Double(self)) }
}
