import COpenSSL
import Glibc
import Synchronization

/// One end of a connection with or without TLS; it waits.
final class FakeStream {
    private let descriptor: Int32
    private var ssl: OpaquePointer?
    private var context: OpaquePointer?

    init(_ descriptor: Int32, _ certificate: FakeUpstream.Certificate?) throws {
        self.descriptor = descriptor
        guard let certificate else { return }
        // A server that writes to a closed connection does not end the tests.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        context = FakeStream.contexts.withLock { $0[certificate.certificate] }.flatMap { OpaquePointer(bitPattern: $0) }
        if context == nil {
            let fresh = SSL_CTX_new(TLS_server_method())
            SSL_CTX_use_certificate_chain_file(fresh, certificate.certificate)
            SSL_CTX_use_PrivateKey_file(fresh, certificate.key, SSL_FILETYPE_PEM)
            if let clients = certificate.clients {
                SSL_CTX_load_verify_file(fresh, clients)
                SSL_CTX_set_verify(fresh, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
            }
            FakeStream.contexts.withLock { $0[certificate.certificate] = UInt(bitPattern: fresh) }
            context = fresh
        }
        ssl = SSL_new(context)
        SSL_set_fd(ssl, descriptor)
        guard SSL_accept(ssl) == 1 else {
            ERR_clear_error()
            throw FakeFault(text: "handshake")
        }
        if SSL_session_reused(ssl) == 1 { FakeStream.resumptions.add(1, ordering: .relaxed) }
    }

    deinit { SSL_free(ssl) }

    /// Sessions that were resumed, in all tests.
    static let resumptions = Atomic<Int>(0)
    /// Kept for the process, so that sessions can be resumed.
    private static let contexts = Mutex<[String: UInt]>([:])

    var hasPending: Bool { ssl.map { SSL_pending($0) > 0 } ?? false }

    func read(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var at = 0
        while at < count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                ssl.map { Int(SSL_read($0, buffer.baseAddress! + at, Int32(count - at))) }
                    ?? recv(descriptor, buffer.baseAddress! + at, count - at, 0)
            }
            guard got > 0 else { return nil }
            at += got
        }
        return bytes
    }

    func write(_ bytes: [UInt8]) {
        if let ssl {
            SSL_write(ssl, bytes, Int32(bytes.count))
        } else {
            _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
    }
}

/// Sessions that servers of tests resumed.
func resumptions() -> Int { FakeStream.resumptions.load(ordering: .relaxed) }
