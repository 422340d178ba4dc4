import DNSWire
import Findings
import NetworkAddress

// Plugins that answer: file, hosts, k8s_external, autopath, dns64, chaos, nsid; plugin/*/setup.go.

extension FileSettings {
    init(_ directive: Directive, in context: inout BlockContext) throws(CorefileError) {
        guard let path = directive.arguments.first else { throw directive.fault("file takes a zone file, then zones") }
        self.init(file: context.existingPath(path))
        zones = try context.zones(directive.arguments.dropFirst())
        for option in directive.options {
            switch option.name.text {
            case "fallthrough": fallsThrough = try context.fallsThrough(option)
            case "reload":
                reload = try option.duration(try option.only("one duration"))
            case "reload_by_mtime":
                context.note("reload_by_mtime has no effect: a changed file is seen at once", at: option.name)
            case "upstream": context.warn("upstream went from CoreDNS and has no effect", at: option.name)
            default: throw directive.unknown(option, known: ["fallthrough", "reload", "reload_by_mtime"])
            }
        }
    }
}

extension HostsSettings {
    private static let options = ["fallthrough", "fallthrough_unsupported", "no_reverse", "ttl", "reload"]

    init(_ directive: Directive, in context: inout BlockContext) throws(CorefileError) {
        if let path = directive.arguments.first { file = context.existingPath(path) }
        zones = try context.zones(directive.arguments.dropFirst())
        for option in directive.options {
            switch option.name.text {
            case "fallthrough": fallsThrough = try context.fallsThrough(option)
            case "fallthrough_unsupported":
                try option.requireNoArgument()
                context.warn("fallthrough_unsupported is not followed", at: option.name)
            case "no_reverse": hasReverse = false
            case "ttl": ttl = try option.ttl(try option.only("seconds"), 1...65_535)
            case "reload": reload = try option.duration(try option.only("one duration"))
            default: try readLine(option, of: directive, in: &context)
            }
        }
    }

    /// `ADDRESS NAMES…`: a line of a hosts file.
    private mutating func readLine(
        _ line: Directive, of directive: Directive, in context: inout BlockContext
    ) throws(CorefileError) {
        // A scope (`fe80::1%eth0`) is no part of the address.
        guard IPAddress(line.name.text.prefix { $0 != "%" }) != nil else {
            // CoreDNS takes it for a line of addresses in front of fallthrough, and drops it.
            if fallsThrough == .none, nearest(to: line.name.text, in: Self.options) == nil {
                context.warn("\"\(line.name.text)\" is no address: the line is left out", at: line.name, .wrongArgument)
                return
            }
            throw directive.unknown(line, known: Self.options)
        }
        inline.append(([line.name] + line.arguments).map(\.text).joined(separator: " "))
    }
}

extension K8sExternalSettings {
    init(_ directive: Directive, in context: inout BlockContext) throws(CorefileError) {
        zones = try context.zones(directive.arguments)
        for option in directive.options {
            switch option.name.text {
            case "ttl": ttl = try option.ttl(try option.only("seconds"), 0...3600)
            case "apex": apex = try option.only("one label").text
            case "headless": isHeadless = try option.flag()
            case "fallthrough": fallsThrough = try context.fallsThrough(option)
            default: throw directive.unknown(option, known: ["ttl", "apex", "headless", "fallthrough"])
            }
        }
    }
}

extension AutopathSettings {
    init(_ directive: Directive, in context: inout BlockContext) throws(CorefileError) {
        try directive.requireNoBlock()
        guard let last = directive.arguments.last else {
            throw directive.fault("autopath takes zones, then @kubernetes or a file as resolv.conf")
        }
        if last.text.hasPrefix("@") {
            guard last.text == "@kubernetes" else {
                throw directive.fault("autopath takes its search list from @kubernetes, not \(last.text)", at: last)
            }
            self.init(source: .kubernetes)
        } else {
            if !CorefileFiles.exists(last.text) {
                context.warn("there is no file \(last.text)", at: last, .fileMissing)
            }
            self.init(source: .resolvConf(last.text))
        }
        zones = try context.zones(directive.arguments.dropLast())
    }
}

extension DNS64Settings {
    init(_ directive: Directive, in context: inout BlockContext) throws(CorefileError) {
        try directive.require(0...1, "one prefix")
        if let argument = directive.arguments.first { prefix = try directive.prefix(argument) }
        for option in directive.options {
            switch option.name.text {
            case "prefix": prefix = try option.prefix(try option.only("one prefix"))
            case "translate_all": translatesAll = try option.flag()
            case "allow_ipv4": allowsIPv4 = try option.flag()
            default: throw directive.unknown(option, known: ["prefix", "translate_all", "allow_ipv4"])
            }
        }
    }
}

extension Directive {
    /// A prefix that an IPv4 address can stand behind (RFC 6052 2.2).
    fileprivate func prefix(_ token: Token) throws(CorefileError) -> CIDR {
        let block = try cidr(token)
        guard block.family == .v6, block.prefixLength % 8 == 0, (32...96).contains(block.prefixLength) else {
            throw fault("a prefix is IPv6 of 32 to 96 bits, a multiple of 8, not \(token.text)", at: token)
        }
        return block
    }
}

extension ChaosSettings {
    init(_ directive: Directive) throws(CorefileError) {
        try directive.requireNoBlock()
        // A string of a TXT record has 255 octets at most.
        func bounded(_ text: String) -> String { String(decoding: text.utf8.prefix(255), as: UTF8.self) }
        version = directive.arguments.first.map { bounded($0.text) }
        authors = Set(directive.arguments.dropFirst().map { bounded($0.text) }).sorted()
    }
}

extension NSIDSettings {
    init(_ directive: Directive) throws(CorefileError) {
        try directive.requireNoBlock()
        if !directive.arguments.isEmpty { data = directive.arguments.map(\.text).joined(separator: " ") }
    }
}
