/// Why there is no TLS to the other end.
package struct TLSError: Error, Hashable, CustomStringConvertible {
    /// In OpenSSL's words where it has any.
    package var description: String

    init(_ description: String) { self.description = description }

    /// The other end has closed the connection.
    package static let closed = TLSError("connection closed")
}
