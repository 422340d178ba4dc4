import DNSWire
import Findings
import NetworkAddress

// Plugins that let pass, change or refuse: acl, bind, bufsize, loadbalance, and those that are only a word; plugin/*/setup.go.

extension ACLSettings {
    init(_ directive: Directive, in context: inout BlockContext) throws(CorefileError) {
        zones = try context.zones(directive.arguments)
        for option in directive.options { policies.append(try Policy(option, of: directive)) }
    }
}

extension ACLSettings.Policy {
    /// `ACTION [type TYPES…] [net NETS…]`
    fileprivate init(_ option: Directive, of directive: Directive) throws(CorefileError) {
        guard let action = ACLSettings.Action(rawValue: option.name.text.lowercased()) else {
            throw directive.unknown(option, known: ["allow", "block", "filter", "drop"])
        }
        self.init(action: action)
        var rest = option.arguments[...]
        while let section = rest.popFirst() {
            let kind = section.text.lowercased()
            guard kind == "type" || kind == "net" else {
                throw option.fault("\(option.name.text) takes type and net, not \"\(section.text)\"", at: section)
            }
            let words = rest.prefix { $0.text.lowercased() != "type" && $0.text.lowercased() != "net" }
            rest = rest.dropFirst(words.count)
            guard !words.isEmpty else { throw option.fault("\(kind) names nothing", at: section) }
            // A star is everything, whatever else stands beside it.
            let isAll = words.contains { $0.text == "*" }
            if kind == "type" {
                types = []
                for word in words where !isAll { types.append(try option.type(word)) }
            } else {
                sources = []
                for word in words where !isAll { sources.append(try option.network(word)) }
            }
        }
    }
}

extension Directive {
    /// A block of addresses, or one address.
    fileprivate func network(_ token: Token) throws(CorefileError) -> CIDR {
        if let address = IPAddress(token.text), let block = CIDR(base: address, prefixLength: address.bitWidth) {
            return block
        }
        return try cidr(token)
    }
}

extension BindSettings {
    /// Whether a word is an address or an interface shows on the host that serves.
    init(_ directive: Directive) throws(CorefileError) {
        addresses = try directive.several("addresses or interfaces").map(\.text)
        for option in directive.options {
            guard option.name.text == "except" else { throw directive.unknown(option, known: ["except"]) }
            except += try option.several("addresses or interfaces").map(\.text)
        }
    }
}

extension BufsizeSettings {
    init(_ directive: Directive) throws(CorefileError) {
        try directive.require(0...1, "one size")
        try directive.requireNoBlock()
        if let argument = directive.arguments.first {
            size = UInt16(try directive.integer(argument, 512...4096))
        }
    }
}

extension LoadbalanceSettings {
    init(_ directive: Directive, in context: inout BlockContext) throws(CorefileError) {
        try directive.require(0...2, "round_robin, or weighted and a file")
        var weights: (file: String, reload: Duration)?
        if let name = directive.arguments.first {
            switch name.text {
            case "round_robin":
                if directive.arguments.count > 1 {
                    throw directive.fault("round_robin takes no argument", at: directive.arguments[1])
                }
            case "weighted":
                guard directive.arguments.count == 2 else {
                    throw directive.fault("weighted takes a file of weights", at: name)
                }
                weights = (context.existingPath(directive.arguments[1]), .seconds(30))
            default:
                throw directive.fault("loadbalance is round_robin or weighted, not \"\(name.text)\"", at: name)
            }
        }
        for option in directive.options {
            switch option.name.text {
            case "prefer": for token in option.arguments { prefer.append(try option.cidr(token)) }
            case "reload" where weights != nil: weights?.reload = try option.duration(try option.only("one duration"))
            default: throw directive.unknown(option, known: ["prefer", "reload"])
            }
        }
        if let weights { policy = .weighted(file: weights.file, reload: weights.reload) }
    }
}

extension Directive {
    /// That the plugin stands there as one word.
    func requireBare() throws(CorefileError) {
        try requireNoArgument()
        try requireNoBlock()
    }

    /// `local { localhost_prefix on|off }`
    func checkLocal(in context: inout BlockContext) throws(CorefileError) {
        try requireNoArgument()
        for option in options {
            guard option.name.text == "localhost_prefix" else { throw unknown(option, known: ["localhost_prefix"]) }
            let value = try option.only("on or off")
            guard value.text == "on" || value.text == "off" else {
                throw option.fault("localhost_prefix is on or off, not \"\(value.text)\"", at: value)
            }
            if value.text == "off" { context.warn("localhost_prefix off is not followed", at: option.name) }
        }
    }

    /// `timeouts { read D; write D; idle D; maxtcpqueries N }`: durations from 1s to 24h, or whole seconds.
    func checkTimeouts(in context: inout BlockContext) throws(CorefileError) {
        try requireNoArgument()
        guard !options.isEmpty else { throw fault("timeouts names none") }
        for option in options {
            let value = try option.only("one value")
            switch option.name.text {
            case "maxtcpqueries":
                guard let count = Int(value.text), count == -1 || count > 0 else {
                    throw option.fault("maxtcpqueries is -1 or a number from 1, not \"\(value.text)\"", at: value)
                }
            case "read", "write", "idle":
                let seconds: Duration? = Int(value.text).map { .seconds($0) }
                let duration = if let seconds { seconds } else { try option.duration(value) }
                guard duration >= .seconds(1), duration <= .seconds(86_400) else {
                    throw option.fault("\(option.name.text) is 1s to 24h, not \(value.text)", at: value)
                }
            default: throw unknown(option, known: ["read", "write", "idle", "maxtcpqueries"])
            }
        }
        context.note("timeouts has no effect: the server's own bounds hold", at: name)
    }
}
