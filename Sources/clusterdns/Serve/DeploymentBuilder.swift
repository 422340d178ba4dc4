import AnswerTable
import ClusterZone
import Corefile
import DNSWire
import Diagnosis
import Forwarding
import Logging
import NetworkAddress
import Plugins
import ResponseCache
import Server

/// Makes a deployment of blocks: new units where no unit of the one before says the same. Nothing of what is made is seen
/// by anybody before the deployment is put in force.
struct DeploymentBuilder {
    /// What all deployments of a process share.
    struct Context: Sendable {
        let writer: TableWriter
        let pool: AnswererPool
        let epochs: Epochs
        let loop: UpstreamLoop
        let queryLog: LineWriter
        let workers: Int
        /// Told when plugins have a say about other names than before.
        let whenClaimsChange: @Sendable () -> Void
        let log: Logger
    }

    let context: Context
    let old: Units
    var units = Units()
    private var chains: [BuiltChain] = []
    private var views: [Deployment.AddressView] = []
    private var nobodies: [String: Block] = [:]
    /// Some block says why its answers are as they are.
    private var explains = false

    /// A block's chain, and what of it can answer without being asked.
    struct BuiltChain {
        let chain: Chain
        let zones: [DomainName]
        /// The cluster's zones: the first zones step, with the claims of what stands before it.
        let direct: (step: ZonesStep, before: [Step])?
    }

    init(_ context: Context, old: Units) {
        self.context = context
        self.old = old
    }

    /// Takes what no block of a server does.
    private mutating func nobody(_ server: String) -> Block {
        if let block = nobodies[server] { return block }
        var options = Block.Options()
        options.explains = explains
        let block = Block(
            server: server, zone: .root, label: "dropped", chain: Chain([]), options: options,
            counters: counters(server, "dropped"))
        nobodies[server] = block
        return block
    }

    /// What is counted goes on being counted.
    private mutating func counters(_ server: String, _ zone: String) -> [QueryCounters] {
        let key = Units.CounterKey(server: server, zone: zone)
        let counters =
            units.counters[key] ?? old.counters[key] ?? (0..<context.workers).map { _ in QueryCounters() }
        units.counters[key] = counters
        return counters
    }

    /// - Throws: `UsageError` and whatever a plugin's setup throws.
    mutating func build(_ blocks: [ServedBlock]) throws -> Deployment {
        let nameServers = blocks.flatMap(\.places).flatMap(\.addresses).filter { !$0.isWildcard }.map(\.address)
        guard !nameServers.isEmpty || blocks.contains(where: { !$0.places.isEmpty }) else {
            throw UsageError("there is no server block: nothing to serve")
        }
        explains = blocks.contains(where: \.explains)
        for block in blocks { try add(block, nameServerAddresses: nameServers.uniqued(by: \.self)) }
        let deployment = Deployment(blocks: blocks, units: units, chains: chains, views: views)
        deployment.limitReasons(isInForce: false)
        return deployment
    }

    private mutating func add(_ served: ServedBlock, nameServerAddresses: [IPAddress]) throws {
        var parts = ChainParts(served, nameServerAddresses: nameServerAddresses)
        for plugin in served.plugins { try add(plugin, to: &parts) }
        // What is asked of others is kept; what is known here is not, so that nothing old is ever said of it.
        if !parts.probes.isEmpty { parts.steps.append(LoopStep(parts.probes)) }
        parts.steps += parts.caches
        parts.steps += parts.last
        let chain = Chain(parts.steps)
        let index = chains.count
        let direct = parts.steps.firstIndex { $0 is ZonesStep && $0.plugin == .kubernetes }
        chains.append(
            BuiltChain(
                chain: chain, zones: served.zones,
                direct: direct.map { (parts.steps[$0] as! ZonesStep, Array(parts.steps[..<$0])) }))
        parts.options.recurses = parts.hasForwarder
        parts.options.explains = parts.served.explains
        parts.options.observer = try parts.observer(context)
        for place in served.places {
            let block = Block(
                server: place.server, zone: place.zone, chain: chain, options: parts.options,
                counters: counters(place.server, place.zone.description))
            for address in place.addresses {
                let view = views.firstIndex { $0.address == address } ?? views.count
                if view == views.count {
                    views.append(Deployment.AddressView(address: address, nobody: nobody(place.server)))
                }
                views[view].blocks.append(block)
                views[view].chains.append(index)
            }
        }
    }

    private mutating func add(_ plugin: PluginSettings, to parts: inout ChainParts) throws {
        switch plugin {
        case .acl:
            // All of a block's lines are one list.
            if !parts.steps.contains(where: { $0 is ACLStep }) {
                parts.steps.append(
                    ACLStep(parts.served.acls, zones: parts.served.zones, explains: parts.served.explains))
            }
        case .any: parts.steps.append(AnyStep())
        case .autopath(let settings): try addAutopath(settings, to: &parts)
        case .bufsize(let settings): parts.options.largestDatagram = Int(settings.size)
        case .cache(let settings):
            let key = Units.CacheKey(
                settings: settings, server: parts.served.places[0].server, zone: parts.served.places[0].zone)
            let step =
                units.caches[key] ?? old.caches[key]
                ?? CacheStep(
                    ResponseCache(settings: settings, epochs: context.epochs), settings, workers: context.workers)
            let told = step.explaining(parts.served.explains)
            units.caches[key] = told
            parts.caches.append(told)
        case .chaos(let settings): parts.steps.append(ChaosStep(settings, version: Build.version))
        case .dns64(let settings): parts.steps.append(DNS64Step(settings))
        case .file(let settings): try addFile(settings, to: &parts)
        case .forward(let settings):
            let key = ForwardUnit.Key(
                settings: settings, server: parts.served.places[0].server,
                loopZone: parts.served.hasLoop ? parts.served.places[0].zone : nil)
            let unit =
                try units.forwards[key] ?? old.forwards[key]
                ?? ForwardUnit(key, loop: context.loop, log: context.log)
            units.forwards[key] = unit
            parts.last.append(ForwardStep(unit.forwarder))
            if let probe = unit.probe { parts.probes.append(probe) }
        case .hosts(let settings): addHosts(settings, to: &parts)
        case .k8sExternal(let settings): try addExternal(settings, to: &parts)
        case .kubernetes(let settings): try addKubernetes(settings, to: &parts)
        case .loadbalance(let settings): try addLoadbalance(settings, to: &parts)
        case .local: parts.steps.append(LocalStep())
        case .minimal: parts.steps.append(MinimalStep())
        case .nsid(let settings): parts.options.nsid = Array((settings.data ?? ChaosStep.hostName).utf8)
        case .rewrite:
            // All of a block's rules are one list.
            if !parts.steps.contains(where: { $0 is RewriteStep }) {
                parts.steps.append(try RewriteStep(parts.served.rewrites))
            }
        case .template(let settings):
            parts.steps.append(try TemplateStep(settings, blockZones: parts.served.zones))
        case .whoami: parts.last.append(WhoamiStep())
        // What is not asked for answers.
        case .bind, .debug, .errors, .health, .log, .loop, .metadata, .pprof, .prometheus, .ready, .reload, .timeouts:
            break
        }
    }
}
