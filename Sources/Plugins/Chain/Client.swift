import Glibc
import NetworkAddress

/// Who asks.
package struct Client: Hashable, Sendable {
    package var address: IPAddress
    package var port: UInt16
    package var isStream: Bool

    package init(address: IPAddress, port: UInt16, isStream: Bool) {
        self.address = address
        self.port = port
        self.isStream = isStream
    }

    /// From the kernel's form; an IPv4 address within IPv6 (RFC 4291 2.5.5.2) is an IPv4 address.
    package init(_ peer: UnsafeRawPointer, isStream: Bool) {
        let port = UInt16(bigEndian: peer.load(fromByteOffset: 2, as: UInt16.self))
        if peer.load(as: sa_family_t.self) == sa_family_t(AF_INET) {
            let octets = peer.load(fromByteOffset: 4, as: UInt32.self)
            self.init(address: IPAddress(v4: UInt32(bigEndian: octets)), port: port, isStream: isStream)
        } else {
            let high = UInt64(bigEndian: peer.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            let low = UInt64(bigEndian: peer.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
            let isMapped = high == 0 && low &>> 32 == 0xFFFF
            self.init(
                address: isMapped
                    ? IPAddress(v4: UInt32(truncatingIfNeeded: low)) : IPAddress(v6High: high, low: low),
                port: port, isStream: isStream)
        }
    }

    /// In the kernel's form.
    /// - Parameter peer: room for a `sockaddr_storage`, zeros.
    func write(to peer: UnsafeMutableRawPointer) {
        peer.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
        switch address.family {
        case .v4:
            peer.storeBytes(of: sa_family_t(AF_INET), as: sa_family_t.self)
            peer.storeBytes(of: address.v4.bigEndian, toByteOffset: 4, as: UInt32.self)
        case .v6:
            peer.storeBytes(of: sa_family_t(AF_INET6), as: sa_family_t.self)
            peer.storeBytes(of: address.high.bigEndian, toByteOffset: 8, as: UInt64.self)
            peer.storeBytes(of: address.low.bigEndian, toByteOffset: 16, as: UInt64.self)
        }
    }
}

/// Where a query came from, as a worker has it while it answers: addresses that nobody counts.
package struct Origin {
    /// A `sockaddr_storage`.
    package var peer: UnsafeRawPointer
    /// What the kernel told with the datagram, the address that it came to; nil where there is nothing to tell.
    package var header: UnsafePointer<msghdr>?
    package let place: ReturnPlace
    /// Nanoseconds on the clock that only goes forward: when the batch began.
    package let began: Int64
    /// The worker's number; -1 for a task, which has none.
    package let worker: Int

    /// Built when somebody wants to know.
    package var client: Client { Client(peer, isStream: place.isStream) }

    var control: [UInt8] {
        guard let header = header?.pointee else { return [] }
        return Array(UnsafeRawBufferPointer(start: header.msg_control, count: header.msg_controllen))
    }
}

/// The socket or connection of a worker, for an answer that comes later.
package struct ReturnPlace: Sendable, Hashable {
    /// A UDP socket's number, or a connection's descriptor.
    package let number: Int32
    /// Tells a later socket with the same number.
    package let serial: UInt32
    package let isStream: Bool

    @inline(__always)
    package init(number: Int32, serial: UInt32, isStream: Bool) {
        self.number = number
        self.serial = serial
        self.isStream = isStream
    }
}

/// An answer that left its worker and comes back.
package struct LateAnswer: Sendable {
    package let place: ReturnPlace
    package let peer: sockaddr_storage
    package let control: [UInt8]
    /// A whole message; empty where there is to be none.
    package let octets: [UInt8]
    /// Octets of the query, and what its answer may have.
    let querySize: Int
    let room: Int
    let wantsDNSSEC: Bool
    /// Nanoseconds on the clock that only goes forward: when the query came.
    let began: Int64
    /// Who answered.
    let plugin: PluginName

    init(_ query: LateQuery, octets: [UInt8], wantsDNSSEC: Bool = false, plugin: PluginName = .none) {
        place = query.place
        peer = query.peer
        control = query.control
        self.octets = octets
        querySize = query.size
        room = query.room
        self.wantsDNSSEC = wantsDNSSEC
        began = query.began
        self.plugin = plugin
    }

    var client: Client { withUnsafeBytes(of: peer) { Client($0.baseAddress!, isStream: place.isStream) } }
}

/// A worker, for those that answer later: may be called from any thread.
package protocol AnswerReturn: AnyObject, Sendable {
    func deliver(_ answer: LateAnswer)
}
