import COpenSSL
import Glibc

/// What all TLS connections of one configuration have in common: trusted authorities and the client's certificate.
package final class TLSContext: @unchecked Sendable {
    // OpenSSL counts references to a context itself; it is not changed any more once it is made.
    let raw: OpaquePointer

    /// - Parameters:
    ///   - certificate: the client's, with its chain, a file in PEM; nil is none.
    ///   - key: of the certificate, a file in PEM.
    ///   - authority: the authorities to trust, a file in PEM; nil is the system's.
    /// - Throws: `TLSError` that names the file.
    package init(certificate: String? = nil, key: String? = nil, authority: String? = nil) throws(TLSError) {
        guard let raw = SSL_CTX_new(TLS_client_method()) else { throw TLSError(TLSContext.reason()) }
        self.raw = raw
        _ = copenssl_at_least_tls12(raw)
        copenssl_write_from_moving_buffers(raw)
        // Servers that close without goodbye are many; a message says by itself where it ends.
        copenssl_end_without_goodbye(raw)
        SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nil)
        if let authority {
            guard SSL_CTX_load_verify_file(raw, authority) == 1 else {
                throw TLSError("cannot read the authorities in \(authority): \(TLSContext.reason())")
            }
        } else {
            SSL_CTX_set_default_verify_paths(raw)
        }
        if let certificate {
            guard SSL_CTX_use_certificate_chain_file(raw, certificate) == 1 else {
                throw TLSError("cannot read the certificate in \(certificate): \(TLSContext.reason())")
            }
            guard SSL_CTX_use_PrivateKey_file(raw, key ?? certificate, SSL_FILETYPE_PEM) == 1 else {
                throw TLSError("cannot read the key in \(key ?? certificate): \(TLSContext.reason())")
            }
        }
    }

    deinit { SSL_CTX_free(raw) }

    /// The words of the first error that this thread has met since it was asked last.
    static func reason() -> String {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return "unknown error" }
        if let reason = ERR_reason_error_string(code) { return String(cString: reason) }
        // Errors of the system have no text of OpenSSL's: their number is in the low bits.
        return String(cString: strerror(Int32(truncatingIfNeeded: code & 0x7FFF_FFFF)))
    }
}
