import DNSWire
import Findings
import NetworkAddress

// plugin/forward/setup.go

extension ForwardSettings {
    /// CoreDNS's bound.
    static let maximumTargets = 15

    private static let options = [
        "except", "max_fails", "health_check", "force_tcp", "prefer_udp", "tls", "tls_servername", "expire",
        "max_idle_conns", "read_timeout", "policy", "max_concurrent", "next", "failover",
        "failfast_all_unhealthy_upstreams", "resolver", "source_address", "max_age", "max_connect_attempts",
        "next_on_nodata",
    ]

    init(_ directive: Directive, in context: inout BlockContext) throws(CorefileError) {
        guard directive.arguments.count >= 2 else {
            throw directive.fault("forward takes a zone and at least one upstream", at: directive.arguments.first)
        }
        let from = try ZoneKey(directive.arguments[0]).zones
        if from.count > 1 {
            context.warn(
                "\(directive.arguments[0].text) is \(from.count) reverse zones: only \(from[0]) is forwarded",
                at: directive.arguments[0], .wrongArgument)
        }
        self.init(from: from[0], to: [])
        for argument in directive.arguments.dropFirst() {
            let target = try Target(argument, of: directive, in: &context)
            if !to.contains(target) { to.append(target) }
        }
        guard to.count <= Self.maximumTargets else {
            throw directive.fault(
                "forward takes \(Self.maximumTargets) upstreams at most",
                at: directive.arguments[Self.maximumTargets + 1])
        }
        for option in directive.options { try read(option, of: directive, in: &context) }
        if let name = tlsServerName, to.contains(where: \.hasServerName) {
            throw directive.fault("tls_servername \(name) excludes names behind % of an upstream")
        }
    }

    private mutating func read(
        _ option: Directive, of directive: Directive, in context: inout BlockContext
    ) throws(CorefileError) {
        switch option.name.text {
        case "except": except += try context.namedZones(try option.several("zones"))
        case "force_tcp": forcesTCP = try option.flag()
        case "prefer_udp": prefersUDP = try option.flag()
        case "failfast_all_unhealthy_upstreams": failsFast = try option.flag()
        case "max_fails": maxFails = try option.integer(try option.only("one number"), 0...Int(Int32.max))
        case "max_concurrent": maxConcurrent = try option.integer(try option.only("one number"), 0...Int(Int32.max))
        case "max_idle_conns":
            let count = try option.integer(try option.only("one number"), 0...Int(Int32.max))
            // 0 is CoreDNS's way to say that there is no bound.
            maxIdleConnections = count == 0 ? nil : count
        case "expire": expire = try option.duration(try option.only("one duration"))
        case "read_timeout":
            readTimeout = try option.duration(try option.only("one duration"), atLeast: .nanoseconds(1))
        case "policy":
            let name = try option.only("random, round_robin or sequential")
            guard let value = Policy(rawValue: name.text) else {
                throw option.fault("policy is random, round_robin or sequential, not \"\(name.text)\"", at: name)
            }
            policy = value
        case "next": for code in try option.several("rcodes") { next.append(try option.rcode(code)) }
        case "failover":
            for token in try option.several("rcodes") {
                let code = try option.rcode(token)
                guard code != .noError else { throw option.fault("NOERROR is no reason for a failover", at: token) }
                failover.append(code)
            }
        case "source_address":
            let token = try option.only("one address")
            guard let address = IPAddress(token.text) else {
                throw option.fault("\"\(token.text)\" is no IP address", at: token)
            }
            sourceAddress = address
        case "health_check": healthCheck = try HealthCheck(option)
        case "tls": tls = try TLS(option, in: &context)
        case "tls_servername": tlsServerName = try option.only("one name").text
        case "resolver", "max_age", "max_connect_attempts", "next_on_nodata":
            context.warn("\(option.name.text) is not followed", at: option.name)
        case "doh_method": throw directive.fault("DNS over HTTPS to an upstream is not here", at: option.name)
        default: throw directive.unknown(option, known: Self.options)
        }
    }
}

extension ForwardSettings.TLS {
    /// `tls [CERT KEY] [CA]`
    fileprivate init(_ option: Directive, in context: inout BlockContext) throws(CorefileError) {
        try option.require(0...3, "an authority, or a certificate and a key, or all three")
        var files: [String] = []
        for argument in option.arguments { files.append(context.existingPath(argument)) }
        self.init(
            certificate: files.count > 1 ? files[0] : nil, key: files.count > 1 ? files[1] : nil,
            authority: files.count == 1 ? files[0] : files.count == 3 ? files[2] : nil)
    }
}

extension ForwardSettings.HealthCheck {
    /// `health_check DURATION [no_rec] [domain NAME]`
    fileprivate init(_ option: Directive) throws(CorefileError) {
        var rest = option.arguments[...]
        guard let first = rest.popFirst() else { throw option.fault("health_check takes a duration") }
        interval = try option.duration(first)
        while let word = rest.popFirst() {
            switch word.text {
            case "no_rec": recursionDesired = false
            case "domain":
                guard let name = rest.popFirst() else { throw option.fault("domain takes a name", at: word) }
                domain = try option.name(name)
            default: throw option.fault("health_check takes no_rec and domain, not \"\(word.text)\"", at: word)
            }
        }
    }
}

extension ForwardSettings.Target {
    fileprivate var hasServerName: Bool {
        if case .server(let upstream) = self { upstream.serverName != nil } else { false }
    }

    /// An address with its transport, or a file in resolv.conf's form.
    fileprivate init(
        _ token: Token, of directive: Directive, in context: inout BlockContext
    ) throws(CorefileError) {
        let parts = token.text.firstRange(of: "://").map {
            (String(token.text[..<$0.lowerBound]), String(token.text[$0.upperBound...]))
        }
        let (scheme, rest) = parts ?? ("dns", token.text)
        guard let transport = UpstreamAddress.Transport(rawValue: scheme) else {
            throw directive.fault(
                scheme == "https"
                    ? "DNS over HTTPS to an upstream is not here: \(token.text)"
                    : "\(scheme):// is no way to an upstream: dns:// and tls:// are", at: token)
        }
        if let address = UpstreamAddress(transport, rest, of: token, in: &context) {
            self = .server(address)
        } else if rest.contains("/") || CorefileFiles.exists(rest) {
            if !CorefileFiles.exists(rest) { context.warn("there is no file \(rest)", at: token, .fileMissing) }
            self = .resolvConf(rest)
        } else if rest.hasPrefix("__PILLAR__") {
            throw directive.fault("\(rest) is a placeholder that node-cache fills in, and is not filled in", at: token)
        } else {
            throw directive.fault("\"\(token.text)\" is neither an IP address nor a file", at: token)
        }
    }
}

extension UpstreamAddress {
    /// `ADDRESS`, `ADDRESS:PORT`, `[ADDRESS]:PORT`, each with `%NAME` behind the address; nil for another text.
    fileprivate init?(_ transport: Transport, _ text: String, of token: Token, in context: inout BlockContext) {
        var host = text
        var port: UInt16?
        var name: String?
        // The name ends where the port begins: `9.9.9.9%dns.quad9.net:853`, `[2620:fe::9%dns.quad9.net]:853`.
        if let percent = host.lastIndex(of: "%") {
            var behind = host[host.index(after: percent)...]
            var tail = ""
            if let colon = behind.lastIndex(of: ":") {
                tail = String(behind[colon...])
                behind = behind[..<colon]
            }
            let isBracketed = behind.hasSuffix("]")
            name = String(isBracketed ? behind.dropLast() : behind)
            host = host[..<percent] + (isBracketed ? "]" : "") + tail
        }
        if let split = splitHostPort(host), let number = UInt16(split.port) {
            (host, port) = (split.host, number)
        } else if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        }
        guard let address = IPAddress(host) else { return nil }
        if transport == .dns, name != nil {
            context.warn("what stands behind % is left out: \(token.text)", at: token)
            name = nil
        }
        self.init(transport: transport, address: address, port: port, serverName: name?.isEmpty == true ? nil : name)
    }
}
