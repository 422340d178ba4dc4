/// Which plugin is in which zone of a server block.
package struct PluginFigures: Sendable {
    package var server: String
    package var zone: String
    package var view = ""
    /// `kubernetes`
    package var names: [String]

    package init(server: String, zone: String, names: [String]) {
        self.server = server
        self.zone = zone
        self.names = names
    }
}

/// What an `acl` has done with the queries of a zone (CoreDNS plugin/acl/metrics.go).
package struct ACLFigures: Sendable {
    package var server: String
    package var zone: String
    package var view = ""
    package var blocked = 0
    package var filtered = 0
    package var dropped = 0
    package var allowed = 0

    package init(server: String, zone: String) {
        self.server = server
        self.zone = zone
    }
}

/// What a `template` has matched (CoreDNS plugin/template/metrics.go).
package struct TemplateFigures: Sendable {
    package struct Failures: Sendable {
        /// `answer`, `additional`, `authority`
        package var section: String
        /// Its text.
        package var template: String
        /// Templates that gave no text, and texts that are no record.
        package var unexpanded: Int
        package var malformed: Int

        package init(section: String, template: String, unexpanded: Int, malformed: Int) {
            self.section = section
            self.template = template
            self.unexpanded = unexpanded
            self.malformed = malformed
        }
    }

    package var server: String
    package var zone: String
    package var view = ""
    /// `IN`, `A`: of the template's line, `ANY` where that says so.
    package var queryClass: String
    package var type: String
    package var matches = 0
    package var failures: [Failures] = []

    package init(server: String, zone: String, queryClass: String, type: String) {
        self.server = server
        self.zone = zone
        self.queryClass = queryClass
        self.type = type
    }
}

/// What a `hosts` line has read (CoreDNS plugin/hosts/metrics.go).
package struct HostsFigures: Sendable {
    /// The file's path; CoreDNS's label is `/etc/hosts` where the line names none, inline entries or not.
    package var file: String
    package var entries: Int
    /// When the file changed last, in seconds since 1970; nil: never read.
    package var modified: Double?

    package init(file: String, entries: Int, modified: Double? = nil) {
        self.file = file
        self.entries = entries
        self.modified = modified
    }
}

/// What only counts, by the block's server (`dns://:53`).
package struct ServerFigures: Sendable {
    package var server: String
    /// nil: the plugin is not in that server's blocks.
    package var autopathSuccesses: Int?
    package var dns64Translations: Int?

    package init(server: String) { self.server = server }
}

extension PrometheusText {
    /// `coredns_plugin_enabled`.
    package mutating func write(plugins blocks: [PluginFigures]) {
        gauge(
            "coredns_plugin_enabled",
            "A metric that indicates whether a plugin is enabled on per server and zone basis."
        ) {
            for block in blocks {
                for name in block.names {
                    $0.sample(
                        ["server": block.server, "zone": block.zone, "view": block.view, "name": name], 1)
                }
            }
        }
    }

    /// `coredns_acl_*`.
    package mutating func write(acls: [ACLFigures]) {
        for (name, number) in [("blocked", \ACLFigures.blocked), ("filtered", \.filtered), ("dropped", \.dropped)] {
            counter("coredns_acl_\(name)_requests_total", "Counter of DNS requests being \(name).") {
                for acl in acls {
                    $0.sample(["server": acl.server, "zone": acl.zone, "view": acl.view], acl[keyPath: number])
                }
            }
        }
        counter("coredns_acl_allowed_requests_total", "Counter of DNS requests being allowed.") {
            for acl in acls { $0.sample(["server": acl.server, "view": acl.view], acl.allowed) }
        }
    }

    /// `coredns_template_*`.
    package mutating func write(templates: [TemplateFigures]) {
        counter("coredns_template_matches_total", "Counter of template regex matches.") {
            for each in templates {
                $0.sample(
                    [
                        "server": each.server, "zone": each.zone, "view": each.view, "class": each.queryClass,
                        "type": each.type,
                    ], each.matches)
            }
        }
        let failures: [(String, String, (TemplateFigures.Failures) -> Int)] = [
            ("template_failures", "Counter of go template failures.", { $0.unexpanded }),
            ("rr_failures", "Counter of mis-templated RRs.", { $0.malformed }),
        ]
        for (name, help, number) in failures {
            counter("coredns_template_\(name)_total", help) {
                for each in templates {
                    for failed in each.failures {
                        $0.sample(
                            [
                                "server": each.server, "zone": each.zone, "view": each.view,
                                "class": each.queryClass, "type": each.type, "section": failed.section,
                                "template": failed.template,
                            ], number(failed))
                    }
                }
            }
        }
    }

    /// `coredns_hosts_*`. Of several files the time of the one that changed last is told.
    package mutating func write(hosts: [HostsFigures]) {
        gauge("coredns_hosts_entries", "The combined number of entries in hosts and Corefile.") {
            for each in hosts { $0.sample(["hostsfile": each.file], each.entries) }
        }
        gauge("coredns_hosts_reload_timestamp_seconds", "The timestamp of the last reload of hosts file.") {
            if let last = hosts.compactMap(\.modified).max() { $0.sample(last) }
        }
    }

    /// `coredns_autopath_success_total`, `coredns_dns64_requests_translated_total`.
    package mutating func write(servers: [ServerFigures]) {
        counter("coredns_autopath_success_total", "Counter of requests that did autopath.") {
            for each in servers {
                if let count = each.autopathSuccesses { $0.sample(["server": each.server], count) }
            }
        }
        counter("coredns_dns64_requests_translated_total", "Counter of DNS requests translated by dns64.") {
            for each in servers {
                if let count = each.dns64Translations { $0.sample(["server": each.server], count) }
            }
        }
    }

    /// `coredns_local_localhost_requests_total`.
    package mutating func write(localhostRequests count: Int) {
        counter("coredns_local_localhost_requests_total", "Counter of special localhost subdomain requests.") {
            $0.sample(count)
        }
    }
}
