/// Octets of a body that wait for those behind them.
struct StreamBuffer {
    /// One object, and whatever else has to be whole to be read, is at most this long, in octets: etcd takes 1.5 MiB
    /// unless told otherwise (--max-request-bytes).
    static let longest = 16 << 20
    /// What a long object took is given back when nothing waits.
    private static let kept = 1 << 18

    private var held: [UInt8] = []

    var isEmpty: Bool { held.isEmpty }

    /// Gives what waits and what comes to `step`, in one piece; what that leaves, waits.
    /// - Parameter step: returns how many octets, from the first, it is done with.
    mutating func feed(
        _ octets: UnsafeRawBufferPointer, _ step: (UnsafeRawBufferPointer) throws(DecodeFault) -> Int
    ) throws(DecodeFault) {
        if held.isEmpty {
            let used = try step(octets)
            held.append(contentsOf: octets[used...])
            return
        }
        held.append(contentsOf: octets)
        let used = try held.withUnsafeBufferPointer { held throws(DecodeFault) in
            try step(UnsafeRawBufferPointer(held))
        }
        if used == held.count, held.capacity > StreamBuffer.kept {
            held = []
        } else {
            held.removeFirst(used)
        }
    }
}
