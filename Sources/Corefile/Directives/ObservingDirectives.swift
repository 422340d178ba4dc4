import DNSWire
import Findings

// errors, log, health, ready, prometheus, pprof, reload: plugin/*/setup.go.

extension ErrorsSettings {
    init(_ directive: Directive, in context: inout BlockContext) throws(CorefileError) {
        if let output = directive.arguments.first {
            guard output.text == "stdout", directive.arguments.count == 1 else {
                throw directive.fault("errors are written to stdout only", at: output)
            }
        }
        for option in directive.options {
            switch option.name.text {
            case "stacktrace":
                hasStacktrace = true
                context.note("errors stacktrace: a fault here has no stack to show", at: option.name)
            case "consolidate": consolidations.append(try Consolidation(option))
            default: throw directive.unknown(option, known: ["stacktrace", "consolidate"])
            }
        }
    }
}

extension ErrorsSettings.Consolidation {
    fileprivate init(_ option: Directive) throws(CorefileError) {
        try option.require(2...4, "a duration, a regular expression, and no more than a level and show_first")
        self.init(
            period: try option.duration(option.arguments[0]), pattern: try option.pattern(option.arguments[1]))
        var hasLevel = false
        for argument in option.arguments.dropFirst(2) {
            if let level = ErrorsSettings.Level(rawValue: argument.text), !hasLevel, !showsFirst {
                self.level = level
                hasLevel = true
            } else if argument.text == "show_first" {
                showsFirst = true
            } else {
                throw option.fault(
                    "consolidate takes one of debug, info, warning, error, then show_first, not \"\(argument.text)\"",
                    at: argument)
            }
        }
    }
}

extension Directive {
    /// A regular expression of at most 10,000 octets, CoreDNS's bound; whether RE2 takes it shows where it is compiled.
    func pattern(_ token: Token) throws(CorefileError) -> String {
        guard token.text.utf8.count <= 10_000 else {
            throw fault("a regular expression has 10000 octets at most", at: token)
        }
        return token.text
    }
}

extension LogSettings {
    static let combinedFormat = commonFormat + " \"{>opcode}\""

    init(_ directive: Directive, in context: inout BlockContext) throws(CorefileError) {
        var scopes = directive.arguments
        if scopes.count > 1, let last = scopes.last, last.text.contains("{") {
            format =
                last.text.replacing("{common}", with: Self.commonFormat)
                .replacing("{combined}", with: Self.combinedFormat)
            scopes.removeLast()
        }
        if let only = scopes.first, scopes.count == 1, directive.arguments.count == 1, only.text.contains("{") {
            context.warn(
                "log reads its only argument as a name: write log . \(only.written)", at: only, .wrongArgument)
        }
        if !scopes.isEmpty {
            names = []
            for scope in scopes { names.append(try directive.name(scope)) }
        }
        var named: Set<ResponseClass> = []
        for option in directive.options {
            guard option.name.text == "class" else { throw directive.unknown(option, known: ["class"]) }
            try option.require(1...Int.max, "all, success, denial or error")
            for argument in option.arguments {
                guard let value = ResponseClass(rawValue: argument.text) else {
                    throw option.fault("class is all, success, denial or error, not \"\(argument.text)\"", at: argument)
                }
                named.insert(value)
            }
        }
        if !named.isEmpty { classes = named }
    }
}

extension HealthSettings {
    init(_ directive: Directive) throws(CorefileError) {
        try directive.require(0...1, "one address")
        if let argument = directive.arguments.first { address = try directive.pageAddress(argument) }
        for option in directive.options {
            guard option.name.text == "lameduck" else { throw directive.unknown(option, known: ["lameduck"]) }
            lameduck = try option.duration(try option.only("one duration"))
        }
    }
}

extension ReadySettings {
    init(_ directive: Directive) throws(CorefileError) {
        try directive.require(0...1, "one address")
        if let argument = directive.arguments.first { address = try directive.pageAddress(argument) }
        for option in directive.options {
            guard option.name.text == "monitor" else { throw directive.unknown(option, known: ["monitor"]) }
            let argument = try option.only("until-ready or continuously")
            guard let value = Monitor(rawValue: argument.text) else {
                throw option.fault("monitor is until-ready or continuously, not \"\(argument.text)\"", at: argument)
            }
            monitor = value
        }
    }
}

extension PrometheusSettings {
    init(_ directive: Directive, in context: inout BlockContext) throws(CorefileError) {
        try directive.require(0...1, "one address")
        if let argument = directive.arguments.first { address = try directive.pageAddress(argument) }
        for option in directive.options {
            switch option.name.text {
            case "runtime_metrics":
                try option.requireNoArgument()
                context.note("runtime_metrics are those of Go's runtime, which is not here", at: option.name)
            case "tls":
                throw directive.fault("prometheus tls is not here: metrics go out as plain HTTP", at: option.name)
            default: throw directive.unknown(option, known: ["runtime_metrics", "tls"])
            }
        }
    }
}

extension PprofSettings {
    init(_ directive: Directive, in context: inout BlockContext) throws(CorefileError) {
        try directive.require(0...1, "one address")
        if let argument = directive.arguments.first { address = try directive.pageAddress(argument) }
        for option in directive.options {
            guard option.name.text == "block" else { throw directive.unknown(option, known: ["block"]) }
            try option.require(0...1, "one rate")
        }
        context.note("pprof shows profiles of Go's runtime, which is not here", at: directive.name)
    }
}

extension ReloadSettings {
    init(_ directive: Directive) throws(CorefileError) {
        try directive.require(0...2, "an interval and a jitter")
        try directive.requireNoBlock()
        if directive.arguments.first?.text == "off" {
            isOff = true
            return
        }
        if let argument = directive.arguments.first {
            interval = try directive.duration(argument, atLeast: .seconds(2))
        }
        if directive.arguments.count == 2 {
            jitter = try directive.duration(directive.arguments[1])
            guard jitter == .zero || jitter >= .seconds(1) else {
                throw directive.fault("a jitter is 0 or at least 1s", at: directive.arguments[1])
            }
        }
        jitter = min(jitter, interval / 2)
    }
}
