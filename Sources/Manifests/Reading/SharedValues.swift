import ServiceRegistry

/// Values that many objects of one file have alike, so that they lie once in memory: ports and the names of namespaces.
final class SharedValues {
    private var servicePorts: Set<[Service.Port]> = []
    private var endpointPorts: Set<[EndpointPort]> = []
    private var namespaces: Set<String> = []

    func one(_ ports: [Service.Port]) -> [Service.Port] { servicePorts.insert(ports).memberAfterInsert }
    func one(_ ports: [EndpointPort]) -> [EndpointPort] { endpointPorts.insert(ports).memberAfterInsert }
    func one(_ namespace: String) -> String { namespaces.insert(namespace).memberAfterInsert }
}
