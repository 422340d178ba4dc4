import Glibc

/// Memory for nodes that never moves: one reserved range, handed out in units of 8 octets, so that a place is 32 bits.
///
/// Pages are taken from the kernel when they are first written; what is given back is used again for the same size
/// class and never returned. The writer alone allocates and frees; readers only follow references.
struct Arena: ~Copyable {
    /// A place in the arena in units of 8 octets; 0 is nowhere.
    typealias Reference = UInt32

    static let unit = 8
    private static let page = 4096
    /// Octets at the start that nobody gets: reference 0. No name is there, neither a node's nor a suffix's.
    private static let nowhere = 64
    /// Octets at the end that nodes leave to zones.
    static let reserve = 1 << 20

    let base: UnsafeMutableRawPointer
    let capacity: Int
    private var end = Arena.nowhere
    /// Octets that were ever handed out: what is free again included.
    var used: Int { end }
    private var free: [[Reference]]

    /// - Parameter capacity: octets of address space to reserve; memory is taken only as it is used. A page more is
    ///   readable, for whoever copies in blocks.
    init(capacity: Int) {
        let range = mmap(
            nil, capacity + Arena.page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | Int32(MAP_NORESERVE), -1,
            0)
        guard let range, range != MAP_FAILED else {
            preconditionFailure("no \(capacity) octets of address space for the answer table: errno \(errno)")
        }
        self.base = range
        self.capacity = capacity
        // A node there has no label; a suffix, no length that a name could have.
        range.storeBytes(of: .max, toByteOffset: 12, as: UInt32.self)
        self.free = Array(repeating: [], count: Arena.sizeClass(of: capacity) + 1)
    }

    deinit { munmap(base, capacity + Arena.page) }

    @inline(__always)
    func pointer(_ reference: Reference) -> UnsafeMutableRawPointer {
        base + Int(reference) &* Arena.unit
    }

    @inline(__always)
    func reference(_ pointer: UnsafeRawPointer) -> Reference {
        Reference((pointer - UnsafeRawPointer(base)) / Arena.unit)
    }

    /// Room for `size` octets; nil when the arena is full but for `keeping` octets.
    mutating func allocate(_ size: Int, keeping: Int = reserve) -> Reference? {
        let sizeClass = Arena.sizeClass(of: size)
        let room = Arena.size(of: sizeClass)
        if let reference = free[sizeClass].popLast() { return reference }
        guard end + room + keeping <= capacity else { return nil }
        let reference = Reference(end / Arena.unit)
        end += room
        return reference
    }

    /// Gives back what `allocate(size)` gave. No reader may see it any more.
    mutating func release(_ reference: Reference, size: Int) {
        free[Arena.sizeClass(of: size)].append(reference)
    }

    /// Sizes up to 512 have a class for each unit; above, four classes for each doubling.
    static func sizeClass(of size: Int) -> Int {
        if size <= 512 { return (max(size, 1) + unit - 1) / unit }
        let shift = Int.bitWidth - (size - 1).leadingZeroBitCount - 3
        return smallClasses + (shift - 7) * 4 + (((size - 1) >> shift) & 3) + 1
    }

    static func size(of sizeClass: Int) -> Int {
        if sizeClass <= smallClasses { return sizeClass * unit }
        let (doubling, quarter) = (sizeClass - smallClasses - 1).quotientAndRemainder(dividingBy: 4)
        return (5 + quarter) << (doubling + 7)
    }

    private static let smallClasses = 512 / unit
}
