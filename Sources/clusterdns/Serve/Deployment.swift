import AnswerTable
import DNSWire
import NetworkAddress
import Plugins
import Server
import Synchronization

/// Blocks at work: their units, and what the workers are told.
final class Deployment: Sendable {
    let blocks: [ServedBlock]
    let units: Units
    /// Each address once, with its blocks; at least one.
    let views: [AddressView]
    private let chains: [DeploymentBuilder.BuiltChain]
    /// Tags of the zones that answer directly, by the chains' numbers.
    private let tags: [UInt32]
    private static let lastTag = Atomic<UInt32>(ZoneSet.firstFreeTag)

    struct AddressView: Sendable {
        let address: ListenAddress
        /// Takes what none of the blocks does.
        let nobody: Block
        var blocks: [Block] = []
        /// Numbers of the blocks' chains.
        var chains: [Int] = []
    }

    init(
        blocks: [ServedBlock], units: Units, chains: [DeploymentBuilder.BuiltChain], views: [AddressView]
    ) {
        self.blocks = blocks
        self.units = units
        self.chains = chains
        self.views = views
        tags = chains.map { _ in
            let tag = Deployment.lastTag.add(1, ordering: .relaxed).newValue
            return ZoneSet.firstFreeTag + tag % (ZoneSet.lastTag - ZoneSet.firstFreeTag)
        }
    }

    var addresses: [ListenAddress] { views.map(\.address) }

    /// Every plugin of every chain, once.
    var steps: [Step] { chains.flatMap(\.chain.steps) }

    /// What the workers are told.
    /// - Parameter numbers: of the listeners; what is listened on without a view here is answered by nobody.
    func plan(_ numbers: [ListenAddress: Int]) -> Plan {
        let idle = View(address: IPAddress(v4: 0), port: 0, blocks: [], nobody: views[0].nobody)
        var ordered = Array(repeating: idle, count: (numbers.values.max() ?? -1) + 1)
        for view in views {
            guard let number = numbers[view.address] else { continue }
            let direct = directBlock(of: view)
            ordered[number] = View(
                address: view.address.address, port: view.address.port, blocks: view.blocks, nobody: view.nobody,
                direct: direct.map { ($0.block, tags[$0.chain], chains[$0.chain].direct!.step.set) },
                takesChaos: view.blocks.contains { $0.chain.steps.contains { $0.plugin == .chaos } })
        }
        return Plan(views: ordered)
    }

    /// The block of a view whose zones of the cluster answer directly, and its chain's number: the one that has the
    /// cluster's domain. What is so for all questions of the view has to be so for it.
    private func directBlock(of view: AddressView) -> (block: Block, chain: Int)? {
        let largest = view.blocks.map(\.largestDatagram).max()
        return zip(view.blocks, view.chains).first { block, chain in
            guard let domain = chains[chain].direct?.step.claims.first, block.largestDatagram == largest else {
                return false
            }
            let holders = view.blocks.map(\.zone).filter(domain.isAtOrBelow)
            return holders.max { $0.wire.count < $1.wire.count } == block.zone
        }.map { ($0.0, $0.1) }
    }

    /// One at a time: the later one knows more.
    private static let directing = Mutex(())

    /// Lets the cluster's zones answer for the chains of this deployment, where nobody in front has a say.
    func answerDirectly(_ writer: TableWriter) {
        Deployment.directing.withLock { _ in
            limitReasons(isInForce: true)
            tagZones(writer)
        }
    }

    private func tagZones(_ writer: TableWriter) {
        for (index, built) in chains.enumerated() {
            guard let (step, before) = built.direct else { continue }
            // Where these zones answer directly, what is not below the block's zone is another block's.
            let own = views.compactMap(directBlock).filter { $0.chain == index }.map(\.block.zone)
            let others = views.filter { $0.chains.contains(index) }.flatMap { view in
                view.blocks.map(\.zone).filter { zone in own.contains { zone != $0 && zone.isAtOrBelow($0) } }
            }
            let outside = step.claims.filter { origin in !own.allSatisfy(origin.isAtOrBelow) }
            let except = before.flatMap(\.claims) + others + outside
            let fallsThrough = step.fallsThroughAt + (before.contains(where: \.seesDenials) ? [.root] : [])
            writer.change {
                $0.letAnswerDirectly(step.set, tag: tags[index], except: except, fallsThrough: fallsThrough)
            }
        }
    }
}

extension Sequence {
    /// The first element of each key.
    func uniqued<Key: Hashable>(by key: (Element) -> Key) -> [Element] {
        var seen: Set<Key> = []
        return filter { seen.insert(key($0)).inserted }
    }
}
