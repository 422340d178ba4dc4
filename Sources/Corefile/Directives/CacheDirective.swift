import DNSWire
import Findings

// plugin/cache/setup.go

extension CacheSettings {
    private static let options = [
        "success", "denial", "prefetch", "serve_stale", "serve_stale_policy", "servfail", "disable", "keepttl",
    ]

    init(_ directive: Directive, in context: inout BlockContext) throws(CorefileError) {
        var arguments = directive.arguments[...]
        if let first = arguments.first, Int(first.text) != nil {
            let ttl = try directive.cacheTTL(first, in: &context)
            success.maxTTL = ttl
            denial.maxTTL = ttl
            arguments.removeFirst()
        }
        zones = try context.zones(arguments)
        for option in directive.options {
            switch option.name.text {
            case "success": try success.read(option, in: &context)
            case "denial":
                try denial.read(option, in: &context)
                // More than CoreDNS's own default, and meant so: `cache N` alone says it of all answers.
                if option.arguments.count > 1, denial.maxTTL > 1800, denial.maxTTL < 86_400 {
                    context.warn(
                        "\(denial.maxTTL) seconds for denials: a name that is made stays unknown that long",
                        at: option.arguments[1], .unusualTTL)
                }
            case "prefetch": prefetch = try Prefetch(option)
            case "serve_stale": serveStale = try ServeStale(option, in: &context)
            case "serve_stale_policy":
                let policy = try option.only("prefer_positive")
                guard policy.text.lowercased() == "prefer_positive" else {
                    throw option.fault("serve_stale_policy is prefer_positive, not \"\(policy.text)\"", at: policy)
                }
                context.warn("serve_stale_policy is not followed: the newest answer is kept", at: option.name)
            case "servfail":
                let duration = try option.duration(try option.only("one duration"))
                guard duration <= .seconds(300) else {
                    throw option.fault("SERVFAIL is kept for 5m at most", at: option.arguments[0])
                }
                // A part of a second is a second: 0 would switch it off.
                servfailTTL = UInt32(duration.components.seconds) + (duration.components.attoseconds > 0 ? 1 : 0)
            case "disable": try disable(option)
            case "keepttl":
                try option.requireNoArgument()
                keepsTTL = true
            default: throw directive.unknown(option, known: Self.options)
            }
        }
    }

    private mutating func disable(_ option: Directive) throws(CorefileError) {
        guard let kind = option.arguments.first, kind.text == "success" || kind.text == "denial" else {
            throw option.fault("disable takes success or denial, then zones", at: option.arguments.first)
        }
        var zones: [DomainName] = []
        for argument in option.arguments.dropFirst() { zones.append(try option.name(argument)) }
        if zones.isEmpty { zones = [.root] }
        if kind.text == "success" { disabledSuccess = zones } else { disabledDenial = zones }
    }
}

extension Directive {
    /// Seconds above 0, with a warning beyond a day.
    fileprivate func cacheTTL(_ token: Token, in context: inout BlockContext) throws(CorefileError) -> UInt32 {
        let value = try ttl(token, 1...Int(UInt32.max))
        if value >= 86_400 {
            context.warn(
                "\(value) seconds are a day or more: a changed record stays that long", at: token, .unusualTTL)
        }
        return value
    }
}

extension CacheSettings.Store {
    fileprivate mutating func read(_ option: Directive, in context: inout BlockContext) throws(CorefileError) {
        try option.require(1...3, "a capacity, a TTL and a smallest TTL")
        capacity = try option.integer(option.arguments[0], 0...Int(Int32.max))
        if option.arguments.count > 1 { maxTTL = try option.cacheTTL(option.arguments[1], in: &context) }
        if option.arguments.count > 2 { minTTL = try option.ttl(option.arguments[2], 0...Int(UInt32.max)) }
    }
}

extension CacheSettings.Prefetch {
    /// nil for 0 hits, which is off.
    fileprivate init?(_ option: Directive) throws(CorefileError) {
        try option.require(1...3, "an amount, a duration and a percentage")
        self.init(amount: try option.integer(option.arguments[0], 0...Int(Int32.max)))
        if option.arguments.count > 1 { duration = try option.duration(option.arguments[1]) }
        if option.arguments.count > 2 {
            let token = option.arguments[2]
            guard token.text.hasSuffix("%"), let value = Int(token.text.dropLast()), (10...90).contains(value) else {
                throw option.fault("prefetch takes 10% to 90%, not \"\(token.text)\"", at: token)
            }
            percentage = value
        }
        if amount == 0 { return nil }
    }
}

extension CacheSettings.ServeStale {
    /// `serve_stale [DURATION [immediate [TTL [RECHECK]] | verify [TIMEOUT [TTL [RECHECK]]]]]`
    fileprivate init(_ option: Directive, in context: inout BlockContext) throws(CorefileError) {
        self.init()
        try option.require(0...5, "a duration, immediate or verify, and times")
        var rest = option.arguments[...]
        if let token = rest.popFirst() { duration = try option.duration(token) }
        if let token = rest.popFirst() {
            guard let mode = Mode(rawValue: token.text.lowercased()) else {
                throw option.fault("serve_stale is immediate or verify, not \"\(token.text)\"", at: token)
            }
            self.mode = mode
        }
        if mode == .verify, let token = rest.popFirst() {
            // 0 is CoreDNS's way to say that there is no bound.
            let timeout = try option.duration(token)
            verifyTimeout = timeout == .zero ? nil : timeout
        }
        if rest.count > 2 { throw option.fault("serve_stale immediate takes a TTL and a recheck", at: rest.last) }
        for token in rest {
            guard try option.duration(token) > .zero else { continue }
            context.warn("serve_stale's TTL and recheck are not followed: stale answers have TTL 0", at: token)
        }
    }
}
