import Corefile
import DNSWire

extension Deployment {
    /// Clients may be told in which other namespace a Service is, but where an access list or a block of its own says
    /// something about a part of the cluster's domain: then what is in one part is nobody's business in another.
    ///
    /// All blocks count, whichever clients they are for.
    /// - Parameter isInForce: false: tells less from now on, never more.
    func limitReasons(isInForce: Bool) {
        let policies = blocks.flatMap(\.zones) + blocks.flatMap(\.acls).flatMap(\.zones)
        for publisher in units.kubernetes.values.flatMap(\.publishers) {
            guard let domain = publisher.clusterOrigins.first else { continue }
            let isOpen = !policies.contains { $0 != domain && $0.isAtOrBelow(domain) }
            if isInForce || !isOpen { publisher.letTell(ofOtherPlaces: isOpen) }
        }
    }
}
