import AnswerTable
import DNSWire
import NetworkAddress

/// The blocks of one address and port: which of them a question belongs to.
package final class View: @unchecked Sendable {
    /// What is listened on.
    package let address: IPAddress
    package let port: UInt16
    /// The longest zone first.
    package let blocks: [Block]
    /// Takes what no block does: REFUSED.
    package let nobody: Block
    private let zones: NameList
    private let fast: UnsafeMutableBufferPointer<Unmanaged<Block>>

    /// The tag of the zones that answer without a look at any block, and the block that these answers are of.
    let directTag: UInt32
    let direct: Block
    private let directSet: ZoneSet?
    var directZones: ZoneSet.Reader? { directSet?.reader }
    /// Some block answers CHAOS.
    let takesChaos: Bool
    /// The largest of the blocks'.
    let largestDatagram: Int

    /// - Parameter direct: one of the blocks, zones of it, and the tag that they were given for this view.
    package init(
        address: IPAddress, port: UInt16, blocks: [Block], nobody: Block,
        direct: (block: Block, tag: UInt32, zones: ZoneSet)? = nil,
        takesChaos: Bool = false
    ) {
        self.address = address
        self.port = port
        let blocks = blocks.sorted { $0.zone.wire.count > $1.zone.wire.count }
        self.blocks = blocks
        self.nobody = nobody
        zones = NameList(blocks.map(\.zone))
        fast = .allocate(capacity: blocks.count)
        for (index, block) in blocks.enumerated() { fast.initializeElement(at: index, to: .passUnretained(block)) }
        directTag = direct?.tag ?? ZoneSet.nobody
        self.direct = direct?.block ?? nobody
        directSet = direct?.zones
        self.takesChaos = takesChaos
        largestDatagram = blocks.map(\.largestDatagram).max() ?? Answerer.largestDatagram
    }

    deinit { fast.deallocate() }

    @inline(__always)
    func block(for query: inout Answerer) -> Unmanaged<Block> {
        query.place(in: zones).map { fast[$0] } ?? .passUnretained(nobody)
    }

    package func block(for name: DomainName, _ type: RecordType) -> Block {
        zones.first(holding: name).map { blocks[$0] } ?? nobody
    }
}
