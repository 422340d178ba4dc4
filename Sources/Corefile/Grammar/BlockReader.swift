import DNSWire
import Findings

/// Makes one server block's text into what it means: keys, and the settings of its plugins in the chain's order.
struct BlockReader {
    private let text: BlockText
    private let defaultPort: UInt16
    private var context = BlockContext(zones: [])
    private(set) var errors: [Finding] = []
    /// Warnings and infos.
    var findings: [Finding] { context.findings }

    init(_ text: BlockText, defaultPort: UInt16) {
        self.text = text
        self.defaultPort = defaultPort
    }

    /// The block without what was wrong; `errors` tells what that was.
    mutating func block() -> ServerBlock {
        var keys: [ServerKey] = []
        for token in text.keys {
            attempt { reader throws(CorefileError) in keys += try reader.keys(token) }
        }
        var zones: [DomainName] = []
        var known: Set<DomainName> = []
        for key in keys where known.insert(key.zone).inserted { zones.append(key.zone) }
        let aboutKeys = context.findings
        context = BlockContext(zones: zones, root: root)
        context.findings = aboutKeys
        // The chain's order, and for lines of one plugin that of the file.
        let lines = text.directives.enumerated()
            .sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }.map(\.element)
        var plugins: [PluginSettings] = []
        for line in withoutRepeats(lines) {
            attempt { reader throws(CorefileError) in
                if let settings = try PluginSettings(line, in: &reader.context) { plugins.append(settings) }
            }
        }
        return ServerBlock(keys: keys, plugins: plugins, place: text.keys[0].place)
    }

    private func rank(_ line: Directive) -> Int { PluginNames.rank(of: line.name.text) ?? Int.max }

    private mutating func attempt(_ work: (inout BlockReader) throws(CorefileError) -> Void) {
        do throws(CorefileError) {
            try work(&self)
        } catch {
            errors += error.findings
        }
    }

    private mutating func keys(_ token: Token) throws(CorefileError) -> [ServerKey] {
        let key = try ZoneKey(token)
        if key.port == nil, token.text.contains(","), token.text.contains(".") {
            context.warn("\"\(token.text)\" is one zone: a comma needs a blank behind it", at: token, .syntax)
        }
        let port = key.port ?? key.scheme.defaultPort ?? defaultPort
        return key.zones.map { ServerKey(scheme: key.scheme, zone: $0, port: port, place: token.place) }
    }

    /// The last `root` of the block, wherever it stands: it is set up before all other plugins.
    private var root: String? {
        text.directives.last { $0.name.text == "root" }?.arguments.first?.text
    }

    /// The lines that hold, where a plugin stands more than once.
    private mutating func withoutRepeats(_ lines: [Directive]) -> [Directive] {
        var kept: [Directive] = []
        for line in lines {
            let name = line.name.text
            guard let repetition = Repetition(of: name), let before = kept.lastIndex(where: { $0.name.text == name })
            else {
                kept.append(line)
                continue
            }
            let place = "line \(kept[before].place.line)"
            switch repetition {
            case .refused:
                errors.append(
                    Finding(.wrongArgument, .error, "\(name) is there already, in \(place)", at: line.place))
            case .firstHolds:
                context.warn("\(name) is there already, in \(place): this one has no effect", at: line.name)
            case .lastHolds:
                context.warn("\(name) stands again: the one in \(place) has no effect", at: line.name)
                kept[before] = line
            }
        }
        return kept
    }
}

/// What a plugin's second line in a block does in CoreDNS, where it does not stand beside the first.
private enum Repetition {
    case refused, firstHolds, lastHolds

    /// nil for a plugin that may stand several times.
    init?(of name: String) {
        switch name {
        case "errors", "cache", "kubernetes", "hosts", "loop", "nsid", "pprof", "ready", "prometheus", "metadata",
            "multisocket":
            self = .refused
        case "bufsize", "reload", "chaos", "any", "minimal", "whoami": self = .firstHolds
        case "health", "dns64", "loadbalance", "autopath", "k8s_external", "cancel", "debug": self = .lastHolds
        default: return nil
        }
    }
}

extension ServerKey.Scheme {
    /// Where the scheme has a port of its own.
    fileprivate var defaultPort: UInt16? {
        switch self {
        case .dns: nil
        case .tls, .quic: 853
        case .https, .https3, .grpc: 443
        }
    }
}

extension PluginSettings {
    /// What a plugin's line asks for; nil for one that changes nothing here.
    init?(_ line: Directive, in context: inout BlockContext) throws(CorefileError) {
        switch line.name.text {
        case "acl": self = .acl(try ACLSettings(line, in: &context))
        case "autopath": self = .autopath(try AutopathSettings(line, in: &context))
        case "bind": self = .bind(try BindSettings(line))
        case "bufsize": self = .bufsize(try BufsizeSettings(line))
        case "cache": self = .cache(try CacheSettings(line, in: &context))
        case "chaos": self = .chaos(try ChaosSettings(line))
        case "dns64": self = .dns64(try DNS64Settings(line, in: &context))
        case "errors": self = .errors(try ErrorsSettings(line, in: &context))
        case "file": self = .file(try FileSettings(line, in: &context))
        case "forward": self = .forward(try ForwardSettings(line, in: &context))
        case "health": self = .health(try HealthSettings(line))
        case "hosts": self = .hosts(try HostsSettings(line, in: &context))
        case "k8s_external": self = .k8sExternal(try K8sExternalSettings(line, in: &context))
        case "kubernetes": self = .kubernetes(try KubernetesSettings(line, in: &context))
        case "loadbalance": self = .loadbalance(try LoadbalanceSettings(line, in: &context))
        case "log": self = .log(try LogSettings(line, in: &context))
        case "nsid": self = .nsid(try NSIDSettings(line))
        case "pprof": self = .pprof(try PprofSettings(line, in: &context))
        case "prometheus": self = .prometheus(try PrometheusSettings(line, in: &context))
        case "ready": self = .ready(try ReadySettings(line))
        case "reload": self = .reload(try ReloadSettings(line))
        case "rewrite": self = .rewrite(try RewriteSettings(line))
        case "template": self = .template(try TemplateSettings(line, in: &context))
        default:
            guard let word = try PluginSettings(word: line, in: &context) else { return nil }
            self = word
        }
    }

    /// The plugins that are not much more than a word.
    private init?(word line: Directive, in context: inout BlockContext) throws(CorefileError) {
        switch line.name.text {
        case "any", "loop", "minimal", "whoami":
            try line.requireBare()
            self =
                switch line.name.text {
                case "any": .any
                case "loop": .loop
                case "minimal": .minimal
                default: .whoami
                }
        case "debug":
            try line.requireBare()
            self = .debug
        case "local":
            try line.checkLocal(in: &context)
            self = .local
        case "metadata":
            try line.requireNoBlock()
            _ = try context.namedZones(line.arguments)
            self = .metadata
        case "timeouts":
            try line.checkTimeouts(in: &context)
            self = .timeouts
        case "root":
            _ = try line.only("one folder")
            return nil
        case "cancel":
            try line.require(0...1, "one duration")
            for argument in line.arguments { _ = try line.duration(argument, atLeast: .nanoseconds(1)) }
            context.note("cancel has no effect: every query has a bound in time", at: line.name)
            return nil
        case "multisocket":
            try line.require(0...1, "one number")
            for argument in line.arguments { _ = try line.integer(argument, 1...1024) }
            context.note("multisocket has no effect: every worker has its socket", at: line.name)
            return nil
        case "shed":
            context.note("shed has no effect: what the workers cannot take, the kernel drops", at: line.name)
            return nil
        default: throw PluginNames.fault(line.name)
        }
    }
}
