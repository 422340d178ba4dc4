import Glibc

/// The bytes of a DNS stream, cut into messages: two octets of length, then the message (RFC 1035 4.2.2, RFC 7766 8).
///
/// Knows no socket: bytes are put at `space`, whole messages are taken off the front. Room grows with the longest
/// message announced, at most to one message and its length.
struct StreamFrames: ~Copyable {
    static let longest = 65535 + 2
    private static let firstRoom = 2048

    private var buffer: UnsafeMutableRawPointer
    private var room: Int
    private var start = 0
    private var end = 0

    init() {
        room = StreamFrames.firstRoom
        buffer = .allocate(byteCount: room, alignment: 16)
        buffer.initializeMemory(as: UInt8.self, repeating: 0, count: room)
    }

    deinit { buffer.deallocate() }

    /// Whether a message has begun and is not whole.
    var isInsideMessage: Bool { end > start }

    /// Where the next bytes go, at least one octet.
    mutating func space() -> UnsafeMutableRawBufferPointer {
        if start > 0 {
            memmove(buffer, buffer + start, end - start)
            end -= start
            start = 0
        }
        if end == room {
            let larger = min(max(room * 4, announced), StreamFrames.longest)
            let new = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
            new.initializeMemory(as: UInt8.self, repeating: 0, count: larger)
            new.copyMemory(from: buffer, byteCount: end)
            buffer.deallocate()
            buffer = new
            room = larger
        }
        return UnsafeMutableRawBufferPointer(start: buffer + end, count: room - end)
    }

    /// Tells that `count` octets were put at `space`.
    mutating func filled(_ count: Int) { end += count }

    /// The next whole message, valid until `space` is asked for; nil when there is none.
    mutating func next() -> UnsafeRawBufferPointer? {
        guard end - start >= 2, end - start >= announced else { return nil }
        let length = announced - 2
        let message = UnsafeRawBufferPointer(start: buffer + start + 2, count: length)
        start += announced
        return message
    }

    /// Octets of the message at the front with its length, once the length is there.
    private var announced: Int {
        guard end - start >= 2 else { return 2 }
        return 2 + Int(UInt16(bigEndian: (buffer + start).loadUnaligned(as: UInt16.self)))
    }
}
