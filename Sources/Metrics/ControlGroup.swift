/// The control group of this process (cgroups(7)).
enum ControlGroup {
    /// The smallest `memory.max` of the group and those above it; nil: there is no limit.
    ///
    /// In a container the group's path may name a folder that is not mounted there: then the mount itself is the group.
    static func memoryLimit(proc: String = "/proc", mount: String = "/sys/fs/cgroup") -> Double? {
        let groups = (SystemFile.text(proc + "/self/cgroup") ?? "").split(separator: "\n").map {
            $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        }
        let found = groups.flatMap { group -> [Double] in
            guard group.count == 3 else { return [] }
            if group[0] == "0" { return limits(below: mount, group[2], "memory.max") }
            guard group[1].split(separator: ",").contains("memory") else { return [] }
            return limits(below: mount + "/memory", group[2], "memory.limit_in_bytes")
        }
        return found.min()
    }

    private static func limits(below mount: String, _ path: Substring, _ file: String) -> [Double] {
        let names = path.split(separator: "/")
        return (0...names.count).compactMap { depth in
            let folder = ([mount] + names.prefix(depth).map(String.init)).joined(separator: "/")
            guard let text = SystemFile.text(folder + "/" + file), let limit = Double(text.prefix { $0 != "\n" })
            else { return nil }
            // Version 1 has no word for "none", but a number of pages that no machine has.
            return limit < 0x1p62 ? limit : nil
        }
    }
}
