import DNSWire
import NetworkAddress
import ServiceRegistry

/// What a name typed by somebody speaks of in a cluster.
package struct AskedName: Hashable, Sendable {
    package enum Subject: Hashable, Sendable {
        case service(ObjectName)
        /// `_http._tcp.web.shop.svc.cluster.local`: names without their underscores.
        case port(String, protocol: String, of: ObjectName)
        /// `web-0.db.shop.svc.cluster.local`, `10-0-0-1.db.shop.svc.cluster.local`.
        case endpoint(String, of: ObjectName)
        /// `10-0-0-1.shop.pod.cluster.local`.
        case pod(String, namespace: String)
        case namespace(String)
        case address(IPAddress)
        /// `ingress/web`: the object, which has no name in DNS by itself.
        case ingress(ObjectName)
        /// A name that is none of the cluster's: in another zone, or with a shape that no name of the cluster has.
        case other
    }

    /// As typed.
    package var text: String
    package var subject: Subject
    /// The whole name as a client in the namespace would have to ask it.
    package var name: DomainName
    /// Where it is asked: the namespace of the client's search list.
    package var namespace = "default"
    /// Of an address: the Service that has it, or whose endpoint has it.
    package var holder: ObjectName?

    package init(text: String, subject: Subject, name: DomainName) {
        self.text = text
        self.subject = subject
        self.name = name
    }

    /// The Service that it is about.
    package var service: ObjectName? {
        switch subject {
        case .service(let service), .port(_, _, let service), .endpoint(_, let service): service
        case .address: holder
        default: nil
        }
    }
}
