import DNSWire
import NetworkAddress
import ServiceRegistry

/// What a registry can add to a lookup: whose an address is, and what else there is.
package protocol ObjectIndex: Sendable {
    /// The object that an address belongs to; nil for an address that none has.
    func owner(of address: IPAddress) -> AddressOwner?
    /// Why an existing name has no record of a type: `Service is IPv4 only`; nil where the registry does not say.
    func reasonForNoData(at name: DomainName, type: RecordType) -> String?
    /// What is known of the cluster: why a name does not exist is found in it.
    var facts: ClusterFacts { get }
}

package struct AddressOwner: Hashable, Sendable {
    package var key: ObjectKey
    /// One line: `Service default/kubernetes, port https 443/TCP, 1 ready endpoint`.
    package var text: String

    package init(key: ObjectKey, text: String) {
        self.key = key
        self.text = text
    }
}
