import Glibc

/// What Linux says of this process, as Prometheus' client library reads it (client_golang, process_collector).
package struct ProcessFigures: Sendable {
    /// User and system time.
    package var cpuSeconds: Double
    package var residentBytes: Int
    package var virtualBytes: Int
    /// RLIMIT_AS; 2^64 - 1 is no limit.
    package var virtualBytesLimit: Double
    /// Since 1970.
    package var startTime: Double
    package var openFiles: Int
    /// RLIMIT_NOFILE.
    package var openFilesLimit: Double
    package var threads: Int
    /// Octets of IP in the process's network namespace.
    package var network: (received: Double, sent: Double)?
    /// nil: there is no limit.
    package var memoryLimit: Double?

    /// - Parameter proc: where procfs is.
    /// - Returns: nil where /proc does not tell of this process.
    package static func now(proc: String = "/proc") -> ProcessFigures? {
        // The name in parentheses may hold anything; behind it is field 3 (proc_pid_stat(5)).
        guard let stat = SystemFile.text(proc + "/self/stat"), let name = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[name...].split(separator: " ").dropFirst()
        func field(_ number: Int) -> Int? {
            let place = fields.startIndex + number - 3
            return fields.indices.contains(place) ? Int(fields[place]) : nil
        }
        guard let user = field(14), let system = field(15), let threads = field(20), let started = field(22),
            let virtual = field(23), let resident = field(24)
        else { return nil }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        return ProcessFigures(
            cpuSeconds: Double(user + system) / ticks, residentBytes: resident * sysconf(Int32(_SC_PAGESIZE)),
            virtualBytes: virtual, virtualBytesLimit: limit(RLIMIT_AS),
            startTime: bootTime(proc) + Double(started) / ticks,
            openFiles: SystemFile.entries(proc + "/self/fd"), openFilesLimit: limit(RLIMIT_NOFILE), threads: threads,
            network: network(proc), memoryLimit: ControlGroup.memoryLimit(proc: proc))
    }

    private static func limit(_ resource: __rlimit_resource) -> Double {
        var limit = rlimit()
        return getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 ? Double(limit.rlim_cur) : 0
    }

    private static func bootTime(_ proc: String) -> Double {
        let line = SystemFile.text(proc + "/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line.flatMap { Double($0.dropFirst(6)) } ?? 0
    }

    /// `IpExt:` stands twice: names, then numbers.
    private static func network(_ proc: String) -> (received: Double, sent: Double)? {
        let lines = SystemFile.text(proc + "/self/net/netstat")?.split(separator: "\n").filter {
            $0.hasPrefix("IpExt:")
        }
        guard let lines, lines.count == 2 else { return nil }
        let names = lines[0].split(separator: " ")
        let numbers = lines[1].split(separator: " ")
        func number(_ name: String) -> Double? {
            names.firstIndex { $0 == name }.flatMap { numbers.indices.contains($0) ? Double(numbers[$0]) : nil }
        }
        guard let received = number("InOctets"), let sent = number("OutOctets") else { return nil }
        return (received, sent)
    }
}

extension PrometheusText {
    /// `process_*`, and `go_goroutines` with what is nearest here.
    package mutating func write(process: ProcessFigures) {
        counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.") {
            $0.sample(process.cpuSeconds)
        }
        let gauges: [(String, String, Double)] = [
            ("process_open_fds", "Number of open file descriptors.", Double(process.openFiles)),
            ("process_max_fds", "Maximum number of open file descriptors.", process.openFilesLimit),
            ("process_virtual_memory_bytes", "Virtual memory size in bytes.", Double(process.virtualBytes)),
            (
                "process_virtual_memory_max_bytes", "Maximum amount of virtual memory available in bytes.",
                process.virtualBytesLimit
            ),
            ("process_resident_memory_bytes", "Resident memory size in bytes.", Double(process.residentBytes)),
            (
                "process_start_time_seconds", "Start time of the process since unix epoch in seconds.",
                process.startTime
            ),
            ("go_goroutines", "Number of threads: this process has no goroutines.", Double(process.threads)),
        ]
        for (name, help, value) in gauges { gauge(name, help) { $0.sample(value) } }
        if let network = process.network {
            counter(
                "process_network_receive_bytes_total", "Number of bytes received by the process over the network."
            ) { $0.sample(network.received) }
            counter(
                "process_network_transmit_bytes_total", "Number of bytes sent by the process over the network."
            ) { $0.sample(network.sent) }
        }
        gauge("clusterdns_memory_limit_bytes", "Memory that the control group of the process may have.") {
            if let limit = process.memoryLimit { $0.sample(limit) }
        }
    }
}
