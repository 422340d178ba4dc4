import Foundation

/// The cores that this process may use.
enum Processors {
    /// Those that it may run on (sched_getaffinity(2)), or fewer where its control group may use less time (cgroups(7),
    /// cpu.max and cpu.cfs_quota_us, rounded up); at least one.
    static var usable: Int {
        let online = max(1, ProcessInfo.processInfo.activeProcessorCount)
        return max(1, min(online, quota ?? online))
    }

    /// In a container the group is what is mounted.
    private static var quota: Int? {
        let root = "/sys/fs/cgroup"
        func numbers(_ path: String) -> [Double] {
            guard let text = FileManager.default.contents(atPath: root + path) else { return [] }
            return String(decoding: text, as: UTF8.self).split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        }
        var limit = numbers("/cpu.max")
        if limit.count != 2 { limit = numbers("/cpu/cpu.cfs_quota_us") + numbers("/cpu/cpu.cfs_period_us") }
        guard limit.count == 2, limit[0] > 0, limit[1] > 0 else { return nil }
        return Int((limit[0] / limit[1]).rounded(.up))
    }
}
