import COpenSSL
import Glibc
import NetworkAddress

/// The session of the last connection to a server, which the next one resumes (RFC 8446 2.2).
package final class TLSTickets {
    private var session: OpaquePointer?

    package init() {}

    deinit { SSL_SESSION_free(session) }

    /// Keeps the session of a connection, if it can be resumed.
    package func keep(of ssl: OpaquePointer) {
        guard let fresh = SSL_get1_session(ssl) else { return }
        guard SSL_SESSION_is_resumable(fresh) == 1 else {
            SSL_SESSION_free(fresh)
            return
        }
        SSL_SESSION_free(session)
        session = fresh
    }

    package func use(for ssl: OpaquePointer) {
        if let session { SSL_set_session(ssl, session) }
    }
}

/// TLS on one connection; nothing of it waits.
package final class TLSSession {
    private let ssl: OpaquePointer
    private let tickets: TLSTickets
    private let identity: String
    /// Whether it goes on only when the socket can be written to.
    package private(set) var wantsWrite = false

    /// - Parameter serverName: whom the certificate must name; nil is the address.
    package init(
        _ context: TLSContext, _ descriptor: Int32, server: IPAddress, _ serverName: String?, tickets: TLSTickets
    ) throws(TLSError) {
        guard let ssl = SSL_new(context.raw) else { throw TLSError(TLSContext.reason()) }
        self.ssl = ssl
        self.tickets = tickets
        identity = serverName ?? "\(server)"
        let isName: Bool
        if let address = serverName.map({ IPAddress($0) }) ?? server {
            isName = X509_VERIFY_PARAM_set1_ip(SSL_get0_param(ssl), address.bytes, address.bytes.count) == 1
        } else {
            isName = SSL_set1_host(ssl, identity) == 1 && copenssl_indicate_server(ssl, identity) == 1
        }
        guard isName, SSL_set_fd(ssl, descriptor) == 1 else {
            throw TLSError("\"\(identity)\" is no name of a server")
        }
        tickets.use(for: ssl)
        SSL_set_connect_state(ssl)
    }

    deinit { SSL_free(ssl) }

    /// Goes on with the handshake.
    /// - Returns: whether it is over.
    package func handshake() throws(TLSError) -> Bool {
        ERR_clear_error()
        let result = SSL_do_handshake(ssl)
        if result == 1 {
            wantsWrite = false
            return true
        }
        guard try mustWait(result) else { throw TLSError("the other end closed the connection in the handshake") }
        return false
    }

    /// How much was read; 0 at the end, nil where nothing is there now.
    package func read(into room: UnsafeMutableRawBufferPointer) throws(TLSError) -> Int? {
        ERR_clear_error()
        let result = SSL_read(ssl, room.baseAddress, Int32(clamping: room.count))
        if result > 0 { return Int(result) }
        return try mustWait(result) ? nil : 0
    }

    /// How much was written, 0 where nothing goes now.
    package func write(_ octets: UnsafeRawBufferPointer) throws(TLSError) -> Int {
        ERR_clear_error()
        let result = SSL_write(ssl, octets.baseAddress, Int32(clamping: octets.count))
        if result > 0 {
            wantsWrite = false
            return Int(result)
        }
        guard try mustWait(result) else { throw TLSError.closed }
        return 0
    }

    /// Keeps the session for the next connection. Its tickets come with or before the first answer (RFC 8446 4.6.1).
    package func keep() { tickets.keep(of: ssl) }

    /// Says goodbye where there was a connection.
    package func end(orderly: Bool) {
        guard orderly else { return }
        ERR_clear_error()
        SSL_shutdown(ssl)
    }

    /// What a call that did not succeed says.
    /// - Returns: false where the other end has closed the connection.
    private func mustWait(_ result: Int32) throws(TLSError) -> Bool {
        let code = SSL_get_error(ssl, result)
        wantsWrite = code == SSL_ERROR_WANT_WRITE
        switch code {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return true
        case SSL_ERROR_ZERO_RETURN: return false
        case SSL_ERROR_SYSCALL where ERR_peek_error() == 0: return false
        default: break
        }
        let verified = SSL_get_verify_result(ssl)
        if verified != Int(X509_V_OK) {
            ERR_clear_error()
            let reason = String(cString: X509_verify_cert_error_string(verified))
            throw TLSError("the certificate is not \(identity)'s or not trusted: \(reason)")
        }
        throw TLSError(TLSContext.reason())
    }
}
