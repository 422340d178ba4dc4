import DNSWire
import Synchronization

/// Zones that are asked together: a plugin's. The table's writer changes it, readers see it as it is at any time.
///
/// Its memory is the readers' as long as they may look: keep it as long as an answerer may be given it.
package final class ZoneSet: @unchecked Sendable {
    /// The tag of a table's own set, `AnswerTable.zones`. Others take numbers from `firstFreeTag` to `lastTag`.
    package static let onlySet: UInt32 = 1
    package static let firstFreeTag: UInt32 = 2
    package static let lastTag: UInt32 = 0xFF_FFFE
    /// What a reader says to whom no zone answers directly; no zone has it.
    package static let nobody: UInt32 = 0xFF_FFFF

    /// What a reader carries of the set: an address that nobody counts.
    package struct Reader: @unchecked Sendable {
        fileprivate let published: UnsafeMutablePointer<Atomic<UInt>>

        @inline(__always)
        var list: ZoneList {
            ZoneList(
                block: UnsafeMutableRawPointer(bitPattern: published.pointee.load(ordering: .acquiring))
                    .unsafelyUnwrapped)
        }
    }

    package let reader: Reader
    /// The writer's.
    package internal(set) var zones: [AnswerTable.Zone] = []
    private(set) var tag: UInt32 = 0
    private var except: [DomainName] = []
    private var fallsThrough: [DomainName] = []

    package init() {
        let published = UnsafeMutablePointer<Atomic<UInt>>.allocate(capacity: 1)
        published.initialize(to: Atomic(UInt(bitPattern: ZoneList.make([]).block)))
        reader = Reader(published: published)
    }

    deinit {
        reader.list.block.deallocate()
        reader.published.deinitialize(count: 1)
        reader.published.deallocate()
    }

    /// - Returns: the list that readers may still be looking at.
    func publish(_ list: ZoneList) -> UnsafeMutableRawPointer {
        let old = reader.published.pointee.exchange(UInt(bitPattern: list.block), ordering: .sequentiallyConsistent)
        return UnsafeMutableRawPointer(bitPattern: old).unsafelyUnwrapped
    }

    func answersDirectly(tag: UInt32, except: [DomainName], fallsThrough: [DomainName]) {
        precondition(tag <= ZoneSet.lastTag)
        self.tag = tag
        self.except = except
        self.fallsThrough = fallsThrough
    }

    func mayFallThrough(_ origin: DomainName) -> Bool {
        fallsThrough.contains { $0.isAtOrBelow(origin) || origin.isAtOrBelow($0) }
    }

    func mayAnswerDirectly(_ origin: DomainName) -> Bool {
        tag != 0 && !except.contains { $0.isAtOrBelow(origin) || origin.isAtOrBelow($0) }
    }
}
