import AnswerTable
import ClusterZone
import Corefile
import DNSWire
import Diagnosis
import Forwarding
import Foundation
import NetworkAddress
import Patterns
import Plugins

/// A block's chain while it is put together.
struct ChainParts {
    let served: ServedBlock
    let nameServerAddresses: [IPAddress]
    /// What changes questions and what knows answers, in the plugins' order.
    var steps: [Step] = []
    /// Asked when nobody here knows.
    var caches: [CacheStep] = []
    var last: [Step] = []
    /// Of the upstreams, where `loop` stands in the block.
    var probes: [LoopProbe] = []
    var options = Block.Options()
    /// Who follows the kubernetes line of the block.
    var kubernetes: KubernetesUnit?

    init(_ served: ServedBlock, nameServerAddresses: [IPAddress]) {
        self.served = served
        self.nameServerAddresses = nameServerAddresses
    }

    var hasForwarder: Bool { last.contains { $0 is ForwardStep } }
}

extension ServedBlock {
    var acls: [ACLSettings] { plugins.compactMap { if case .acl(let settings) = $0 { settings } else { nil } } }
    var rewrites: [RewriteSettings] {
        plugins.compactMap { if case .rewrite(let settings) = $0 { settings } else { nil } }
    }
    var externals: [K8sExternalSettings] {
        plugins.compactMap { if case .k8sExternal(let settings) = $0 { settings } else { nil } }
    }
    var kubernetes: KubernetesSettings? {
        plugins.lazy.compactMap { if case .kubernetes(let settings) = $0 { settings } else { nil } }.first
    }
    var forwards: [ForwardSettings] {
        plugins.compactMap { if case .forward(let settings) = $0 { settings } else { nil } }
    }
    /// Its answers say why they are negative or old.
    var explains: Bool { kubernetes?.hasExtendedErrors ?? false }
    var hasLoop: Bool { plugins.contains(.loop) }
    var hasAutopath: Bool { plugins.contains { if case .autopath = $0 { true } else { false } } }
}

// MARK: - Plugins whose answers lie in the answer table

extension DeploymentBuilder {
    mutating func addKubernetes(_ settings: KubernetesSettings, to parts: inout ChainParts) throws {
        let unit = try kubernetesUnit(parts)
        parts.kubernetes = unit
        for publisher in unit.publishers {
            parts.steps.append(
                ZonesStep(
                    .kubernetes, publisher.clusterSet, fallsThrough: settings.fallsThrough.names,
                    keeps: (settings.serviceCIDRs + settings.podCIDRs).flatMap(reverseZones(of:)),
                    pool: context.pool, isReady: { publisher.isSynced },
                    claims: { publisher.clusterOrigins },
                    describing: { [weak unit] in unit?.description(of: $0, isDenied: $1, publisher) }))
        }
    }

    /// The zones of external addresses come from the block's kubernetes line.
    mutating func addExternal(_ settings: K8sExternalSettings, to parts: inout ChainParts) throws {
        guard !parts.steps.contains(where: { $0.plugin == .k8sExternal }) else { return }
        let publisher = try kubernetesUnit(parts).publishers[0]
        parts.steps.append(
            ZonesStep(
                .k8sExternal, publisher.externalSet, fallsThrough: settings.fallsThrough.names,
                pool: context.pool, isReady: { publisher.isSynced },
                claims: { publisher.externalOrigins }))
    }

    private mutating func kubernetesUnit(_ parts: ChainParts) throws -> KubernetesUnit {
        guard let settings = parts.served.kubernetes else {
            throw UsageError("k8s_external needs kubernetes in the same server block")
        }
        let key = KubernetesUnit.Key(
            settings: settings, external: parts.served.externals, knowsClients: parts.served.hasAutopath,
            nameServerAddresses: parts.nameServerAddresses)
        let unit =
            try units.kubernetes[key] ?? old.kubernetes[key]
            ?? KubernetesUnit(key, context.writer, log: context.log)
        units.kubernetes[key] = unit
        return unit
    }

    mutating func addFile(_ settings: FileSettings, to parts: inout ChainParts) throws {
        try addFiles(
            [FileUnit.Source(path: settings.file, origins: settings.zones)], fallsThrough: settings.fallsThrough,
            to: &parts)
    }

    mutating func addFiles(
        _ sources: [FileUnit.Source], fallsThrough: Fallthrough, to parts: inout ChainParts
    ) throws {
        let unit =
            units.files[sources] ?? old.files[sources]
            ?? FileUnit(sources, context.writer, log: context.log, whenChanged: context.whenClaimsChange)
        units.files[sources] = unit
        parts.steps.append(
            ZonesStep(
                .file, unit.set, fallsThrough: fallsThrough.names, pool: context.pool,
                claims: { unit.origins }))
    }

    mutating func addHosts(_ settings: HostsSettings, to parts: inout ChainParts) {
        let key = HostsUnit.Key(settings: settings, zones: parts.served.zones)
        let unit =
            units.hosts[key] ?? old.hosts[key]
            ?? HostsUnit(
                key, context.writer, epochs: context.epochs, log: context.log, whenChanged: context.whenClaimsChange)
        units.hosts[key] = unit
        parts.steps.append(HostsStep(unit.table))
    }

    /// Without a kubernetes line, or for other clients than its Pods, a resolv.conf says what is searched.
    mutating func addAutopath(_ settings: AutopathSettings, to parts: inout ChainParts) throws {
        let zones = settings.zones.isEmpty ? parts.served.zones : settings.zones
        switch settings.source {
        case .resolvConf(let path):
            parts.steps.append(
                AutopathStep(
                    zones: zones, search: .fixed(AutopathStep.searchList(inResolvConf: try contents(of: path)))))
        case .kubernetes:
            let unit = try kubernetesUnit(parts)
            let host = (try? contents(of: "/etc/resolv.conf")).map(AutopathStep.searchList(inResolvConf:)) ?? []
            parts.steps.append(
                AutopathStep(
                    zones: zones,
                    search: .kubernetes(zones: unit.publishers.map { $0.clusterOrigins[0] }, host: host) {
                        [clients = unit.clients] in clients?.namespace(of: $0)
                    }, probe: unit.publishers[0].clusterSet))
        }
    }

    mutating func addLoadbalance(_ settings: LoadbalanceSettings, to parts: inout ChainParts) throws {
        var weights: Weights?
        if case .weighted(let file, let reload) = settings.policy {
            let key = WeightsUnit.Key(file: file, reload: reload)
            let unit = try units.weights[key] ?? old.weights[key] ?? WeightsUnit(key, log: context.log)
            units.weights[key] = unit
            weights = unit.weights
        }
        if let step = LoadbalanceStep(settings, weights: weights) { parts.steps.append(step) }
    }

    private func contents(of path: String) throws -> String {
        guard let octets = FileManager.default.contents(atPath: path) else {
            throw UsageError("\(path) cannot be read")
        }
        return String(decoding: octets, as: UTF8.self)
    }
}

extension ChainParts {
    /// Who sees the block's answers.
    func observer(_ context: DeploymentBuilder.Context) throws -> (any AnswerObserver)? {
        var members: [any AnswerObserver] = []
        let logs: [LogSettings] = served.plugins.compactMap {
            if case .log(let settings) = $0 { settings } else { nil }
        }
        if !logs.isEmpty {
            // Labels cost their time where `metadata` stands in the block.
            let zones = served.plugins.contains(.metadata) ? served.kubernetes?.zones : nil
            members.append(
                QueryLog(logs, to: context.queryLog) { label, seen in
                    guard let zones, let question = seen.question else { return nil }
                    return KubernetesLabels.value(of: label, question, zones: zones)
                })
        }
        for case .errors(let settings) in served.plugins {
            let consolidations = try settings.consolidations.map { settings in
                let pattern = try Pattern(settings.pattern)
                return ErrorLog.Consolidation(settings) { pattern.matches($0) }
            }
            members.append(
                ErrorLog(consolidations, to: context.queryLog, tellsDebug: served.plugins.contains(.debug)))
        }
        return ObserverGroup.of(members)
    }
}
