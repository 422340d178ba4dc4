/// Requests to the API, counted as client-go counts them (k8s.io/client-go/tools/metrics).
package struct APIRequests: Sendable {
    /// Seconds: upper bounds of `durations`.
    package static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    /// By status, `<error>` where none came.
    package private(set) var codes: [String: Int] = [:]
    /// How long the heads of answers took, by `bounds`; one more for what took longer.
    package private(set) var durations = Array(repeating: 0, count: bounds.count + 1)
    package private(set) var seconds = 0.0

    /// - Parameter status: nil where no answer began.
    mutating func count(_ status: Int?, seconds: Double) {
        codes[status.map(String.init) ?? "<error>", default: 0] += 1
        durations[APIRequests.bounds.firstIndex { seconds <= $0 } ?? APIRequests.bounds.count] += 1
        self.seconds += seconds
    }

    static func + (a: APIRequests, b: APIRequests) -> APIRequests {
        var sum = a
        sum.codes.merge(b.codes, uniquingKeysWith: +)
        for index in sum.durations.indices { sum.durations[index] += b.durations[index] }
        sum.seconds += b.seconds
        return sum
    }
}
