import Glibc
import TestSupport
import Testing

@testable import Metrics

@Suite struct ProcessFiguresTests {
    @Test func ofThisProcess() throws {
        let figures = try #require(ProcessFigures.now())
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        // Ticks and the boot's time have their grain.
        #expect((Double(now.tv_sec) - 3600...Double(now.tv_sec) + 2).contains(figures.startTime))
        #expect(figures.threads >= 1)
        #expect(figures.residentBytes > 1 << 20 && figures.residentBytes < figures.virtualBytes)
        #expect(figures.openFiles >= 3 && Double(figures.openFiles) < figures.openFilesLimit)
        #expect(figures.cpuSeconds >= 0)
    }

    @Test func timeIsCounted() throws {
        let before = try #require(ProcessFigures.now()).cpuSeconds
        var used = timespec()
        let start = clock()
        while clock() - start < CLOCKS_PER_SEC / 20 { clock_gettime(CLOCK_MONOTONIC, &used) }
        #expect(try #require(ProcessFigures.now()).cpuSeconds > before)
    }

    @Test func aDescriptorMoreIsOneMore() throws {
        let folder = try TestFolder()
        try folder.write("fd/0", "")
        try folder.write("fd/1", "")
        // The listing's own descriptor is none of the process's.
        #expect(SystemFile.entries(folder.path + "/fd") == 1)
        try folder.write("fd/2", "")
        #expect(SystemFile.entries(folder.path + "/fd") == 2)
    }

    @Test func whatTheKernelWrites() throws {
        let proc = try TestFolder()
        try proc.write(
            "self/stat",
            "42 (a ) b (c) S 1 1 1 0 -1 4194560 1 0 0 0 250 150 0 0 20 0 7 0 1000 4096000 100 18446744073709551615 1 1\n"
        )
        try proc.write("stat", "cpu 1 2 3\nbtime 1700000000\nprocesses 5\n")
        try proc.write(
            "self/net/netstat", "TcpExt: A\nTcpExt: 1\nIpExt: InNoRoutes InOctets OutOctets\nIpExt: 0 1234 5678\n")
        let figures = try #require(ProcessFigures.now(proc: proc.path))
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        #expect(figures.cpuSeconds == 400 / ticks)
        #expect(figures.startTime == 1_700_000_000 + 1000 / ticks)
        #expect(figures.threads == 7)
        #expect(figures.virtualBytes == 4_096_000)
        #expect(figures.residentBytes == 100 * sysconf(Int32(_SC_PAGESIZE)))
        #expect(figures.network?.received == 1234)
        #expect(figures.network?.sent == 5678)
        #expect(figures.memoryLimit == nil)
    }

    @Test func noProcfsIsNoFigures() {
        #expect(ProcessFigures.now(proc: "/nonexistent") == nil)
    }

    @Test func namesThatDashboardsAskFor() throws {
        let names = try text { $0.write(process: try #require(ProcessFigures.now())) }.families.map(\.name)
        for name in [
            "process_cpu_seconds_total", "process_resident_memory_bytes", "process_virtual_memory_bytes",
            "process_virtual_memory_max_bytes", "process_start_time_seconds", "process_open_fds", "process_max_fds",
            "go_goroutines",
        ] {
            #expect(names.contains(name))
        }
    }

    @Test func theSmallestLimitOnTheWayUp() throws {
        let proc = try TestFolder()
        let mount = try TestFolder()
        try proc.write("self/cgroup", "0::/kubepods/pod1/box\n")
        #expect(ControlGroup.memoryLimit(proc: proc.path, mount: mount.path) == nil)
        try mount.write("kubepods/pod1/box/memory.max", "max\n")
        #expect(ControlGroup.memoryLimit(proc: proc.path, mount: mount.path) == nil)
        try mount.write("kubepods/pod1/memory.max", "178257920\n")
        try mount.write("kubepods/memory.max", "4000000000\n")
        #expect(ControlGroup.memoryLimit(proc: proc.path, mount: mount.path) == 178_257_920)
    }

    /// In a container the folders of the path are not there: the mount is the group.
    @Test func theMountItself() throws {
        let proc = try TestFolder()
        let mount = try TestFolder()
        try proc.write("self/cgroup", "0::/\n")
        try mount.write("memory.max", "1000\n")
        #expect(ControlGroup.memoryLimit(proc: proc.path, mount: mount.path) == 1000)
    }

    @Test func versionOneHasANumberForNone() throws {
        let proc = try TestFolder()
        let mount = try TestFolder()
        try proc.write("self/cgroup", "5:cpu,cpuacct:/a\n4:memory:/a\n0::/\n")
        try mount.write("memory/memory.limit_in_bytes", "9223372036854771712\n")
        #expect(ControlGroup.memoryLimit(proc: proc.path, mount: mount.path) == nil)
        try mount.write("memory/a/memory.limit_in_bytes", "5000\n")
        #expect(ControlGroup.memoryLimit(proc: proc.path, mount: mount.path) == 5000)
    }
}
