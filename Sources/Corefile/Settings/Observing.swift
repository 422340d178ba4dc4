import DNSWire

/// `errors { … }`
package struct ErrorsSettings: Sendable, Hashable {
    package enum Level: String, Sendable, Hashable { case debug, info, warning, error }

    package struct Consolidation: Sendable, Hashable {
        package var period: Duration
        /// RE2
        package var pattern: String
        package var level = Level.error
        package var showsFirst = false

        package init(period: Duration, pattern: String) {
            self.period = period
            self.pattern = pattern
        }
    }

    package var consolidations: [Consolidation] = []
    package var hasStacktrace = false

    package init() {}
}

/// One `log [NAMES…] [FORMAT] { class … }` line.
package struct LogSettings: Sendable, Hashable {
    package enum ResponseClass: String, Sendable, Hashable { case all, success, denial, error }

    package static let commonFormat =
        "{remote}:{port} - {>id} \"{type} {class} {name} {proto} {size} {>do} {>bufsize}\" {rcode} {>rflags} {rsize} {duration}"

    /// Names at or below which queries are logged.
    package var names: [DomainName] = [.root]
    package var format = LogSettings.commonFormat
    package var classes: Set<ResponseClass> = [.all]

    package init() {}
}

package struct HealthSettings: Sendable, Hashable {
    package var address = PageAddress(port: 8080)
    package var lameduck: Duration = .zero

    package init() {}
}

package struct ReadySettings: Sendable, Hashable {
    package enum Monitor: String, Sendable, Hashable { case untilReady = "until-ready", continuously }
    package var address = PageAddress(port: 8181)
    package var monitor = Monitor.untilReady

    package init() {}
}

package struct PrometheusSettings: Sendable, Hashable {
    package var address = PageAddress(host: "localhost", port: 9153)

    package init() {}
}

package struct PprofSettings: Sendable, Hashable {
    package var address = PageAddress(host: "localhost", port: 6053)

    package init() {}
}

package struct ReloadSettings: Sendable, Hashable {
    /// `reload off`
    package var isOff = false
    package var interval: Duration = .seconds(30)
    package var jitter: Duration = .seconds(15)

    package init() {}
}
