import COpenSSL

/// A port of a Service as kube-proxy names it: `shop/web:http`, `shop/web` for a port without a name.
package struct ServicePortName: Hashable, Sendable, CustomStringConvertible {
    package var namespace: String
    package var service: String
    /// Empty where the port has no name.
    package var port: String
    /// In lower case: `tcp`.
    package var transport: String

    package init(namespace: String, service: String, port: String, transport: String) {
        self.namespace = namespace
        self.service = service
        self.port = port
        self.transport = transport
    }

    package var description: String {
        port.isEmpty ? "\(namespace)/\(service)" : "\(namespace)/\(service):\(port)"
    }

    /// What is hashed, the protocol behind it. A port without a name kept its colon until Kubernetes 1.19.
    package var hashedNames: [String] {
        port.isEmpty ? ["\(namespace)/\(service)", "\(namespace)/\(service):"] : [description]
    }

    /// What stands behind `KUBE-SVC-`, `KUBE-SVL-`, `KUBE-EXT-`, `KUBE-FW-` and `KUBE-XLB-` (pkg/proxy/iptables
    /// proxier.go, portProtoHash): one spelling, or two for a port without a name.
    package var chainHashes: [String] { hashedNames.map { ServicePortName.hash($0 + transport) } }

    /// What stands behind `KUBE-SEP-` (servicePortEndpointChainName).
    package func chainHashes(of endpoint: EndpointAddress) -> [String] {
        hashedNames.map { ServicePortName.hash($0 + transport + endpoint.description) }
    }

    /// The first 16 digits of the SHA-256 sum in base 32.
    package static func hash(_ text: String) -> String {
        let octets = Array(text.utf8)
        var digest = [UInt8](repeating: 0, count: 32)
        _ = COpenSSL.SHA256(octets, octets.count, &digest)
        return String(decoding: base32(digest[..<10]), as: UTF8.self)
    }

    /// RFC 4648 section 6, of a whole number of five octets.
    private static func base32(_ octets: ArraySlice<UInt8>) -> [UInt8] {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var out: [UInt8] = []
        var (bits, count): (UInt32, UInt32) = (0, 0)
        for octet in octets {
            bits = bits << 8 | UInt32(octet)
            count += 8
            while count >= 5 {
                count -= 5
                out.append(digits[Int(bits >> count & 31)])
            }
            bits &= 1 << count - 1
        }
        return out
    }
}
