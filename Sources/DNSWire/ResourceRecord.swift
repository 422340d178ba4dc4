/// What a message asks, RFC 1035 4.1.2.
package struct Question: Hashable, Sendable, CustomStringConvertible {
    package var name: DomainName
    package var type: RecordType
    package var recordClass: RecordClass

    package init(name: DomainName, type: RecordType, recordClass: RecordClass = .in) {
        self.name = name
        self.type = type
        self.recordClass = recordClass
    }

    package var description: String { "\(name)\t\(recordClass)\t\(type)" }
}

/// One record of a message or zone, RFC 1035 4.1.3.
package struct ResourceRecord: Hashable, Sendable, CustomStringConvertible {
    package var owner: DomainName
    /// Seconds, 0 to 2^31 - 1 (RFC 2181 8).
    package var ttl: UInt32
    package var recordClass: RecordClass
    package var data: RecordData

    package init(owner: DomainName, ttl: UInt32, recordClass: RecordClass = .in, data: RecordData) {
        self.owner = owner
        self.ttl = ttl
        self.recordClass = recordClass
        self.data = data
    }

    package var type: RecordType { data.type }

    /// One line of a master file, fields separated by tabs: `web.example.com.\t60\tIN\tA\t192.0.2.1`.
    package var description: String { "\(owner)\t\(ttl)\t\(recordClass)\t\(type)\t\(data)" }
}
