/// How a JSON object of the API is written as protobuf: which members are fields, and what their values are. Members that
/// stand in no shape are passed over.
///
/// The JSON and protobuf names of all fields here are alike (generated.proto's names are the json tags of types.go).
final class JSONShape: Sendable {
    enum Value: Sendable {
        case text, texts, number, bool
        /// meta/v1 Time: an RFC 3339 text.
        case time
        /// util/intstr IntOrString.
        case numberOrText
        /// An object whose members' values are texts.
        case map
        case object(JSONShape)
        case objects(JSONShape)
    }

    struct Field: Sendable {
        let key: StaticString
        /// The key's first eight octets; what a shorter one lacks is 0.
        fileprivate let word: UInt64
        let number: Int
        let value: Value
    }

    private let fields: [Field]

    init(_ fields: KeyValuePairs<StaticString, (Int, Value)>) {
        self.fields = fields.map { key, field in
            let octets = UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)
            return Field(key: key, word: octets.firstWord, number: field.0, value: field.1)
        }
    }

    /// The field of a member; nil where it is passed over.
    func field(_ key: UnsafeRawBufferPointer) -> Field? {
        let word = key.firstWord
        for place in fields.indices where fields[place].word == word {
            // A short key is in the word whole.
            if fields[place].key.utf8CodeUnitCount == key.count, key.count <= 8 || key.equals(fields[place].key) {
                return fields[place]
            }
        }
        return nil
    }
}

extension UnsafeRawBufferPointer {
    fileprivate var firstWord: UInt64 {
        if count >= 8 { return loadUnaligned(as: UInt64.self) }
        var word: UInt64 = 0
        for octet in self.reversed() { word = word << 8 | UInt64(octet) }
        return word.littleEndian
    }
}

extension JSONShape {
    static let status = JSONShape([
        "message": (StatusFields.message, .text), "reason": (StatusFields.reason, .text),
        "code": (StatusFields.code, .number),
        "details": (
            StatusFields.details,
            .object(
                JSONShape([
                    "causes": (
                        StatusDetailsFields.causes,
                        .objects(JSONShape(["reason": (StatusCauseFields.reason, .text)]))
                    ),
                    "retryAfterSeconds": (StatusDetailsFields.retryAfterSeconds, .number),
                ]))
        ),
    ])

    static let listMetadata = JSONShape([
        "resourceVersion": (ListMetaFields.resourceVersion, .text), "continue": (ListMetaFields.continue, .text),
    ])

    static let metadata = JSONShape([
        "name": (MetadataFields.name, .text), "namespace": (MetadataFields.namespace, .text),
        "resourceVersion": (MetadataFields.resourceVersion, .text),
        "creationTimestamp": (MetadataFields.creationTimestamp, .time),
        "deletionTimestamp": (MetadataFields.deletionTimestamp, .time), "labels": (MetadataFields.labels, .map),
        "annotations": (MetadataFields.annotations, .map),
    ])

    /// Any object, as far as events say which it is; a Namespace.
    static let onlyMetadata = JSONShape(["metadata": (ObjectFields.metadata, .object(metadata))])

    static let service = JSONShape([
        "metadata": (ObjectFields.metadata, .object(metadata)), "spec": (ObjectFields.spec, .object(serviceSpec)),
        "status": (
            ObjectFields.status,
            .object(JSONShape(["loadBalancer": (ServiceStatusFields.loadBalancer, .object(loadBalancer))]))
        ),
    ])

    private static let serviceSpec = JSONShape([
        "ports": (ServiceSpecFields.ports, .objects(servicePort)), "selector": (ServiceSpecFields.selector, .map),
        "clusterIP": (ServiceSpecFields.clusterIP, .text), "clusterIPs": (ServiceSpecFields.clusterIPs, .texts),
        "type": (ServiceSpecFields.type, .text), "externalIPs": (ServiceSpecFields.externalIPs, .texts),
        "sessionAffinity": (ServiceSpecFields.sessionAffinity, .text),
        "externalName": (ServiceSpecFields.externalName, .text),
        "externalTrafficPolicy": (ServiceSpecFields.externalTrafficPolicy, .text),
        "internalTrafficPolicy": (ServiceSpecFields.internalTrafficPolicy, .text),
        "publishNotReadyAddresses": (ServiceSpecFields.publishNotReadyAddresses, .bool),
        "allocateLoadBalancerNodePorts": (ServiceSpecFields.allocateLoadBalancerNodePorts, .bool),
        "ipFamilyPolicy": (ServiceSpecFields.ipFamilyPolicy, .text),
        "ipFamilies": (ServiceSpecFields.ipFamilies, .texts),
    ])

    private static let servicePort = JSONShape([
        "name": (ServicePortFields.name, .text), "protocol": (ServicePortFields.protocol, .text),
        "port": (ServicePortFields.port, .number), "targetPort": (ServicePortFields.targetPort, .numberOrText),
        "nodePort": (ServicePortFields.nodePort, .number), "appProtocol": (ServicePortFields.appProtocol, .text),
    ])

    private static let loadBalancer = JSONShape([
        "ingress": (
            LoadBalancerFields.ingress,
            .objects(
                JSONShape([
                    "ip": (LoadBalancerIngressFields.ip, .text),
                    "hostname": (LoadBalancerIngressFields.hostname, .text),
                ]))
        )
    ])

    static let slice = slice(endpoint())
    static let sliceWithPodNames = slice(
        endpoint(podNames: JSONShape(["kind": (ReferenceFields.kind, .text), "name": (ReferenceFields.name, .text)])))

    private static func slice(_ endpoint: JSONShape) -> JSONShape {
        JSONShape([
            "metadata": (SliceFields.metadata, .object(metadata)), "addressType": (SliceFields.addressType, .text),
            "endpoints": (SliceFields.endpoints, .objects(endpoint)),
            "ports": (SliceFields.ports, .objects(endpointPort)),
        ])
    }

    /// - Parameter podNames: the shape of targetRef; empty: no names are wanted.
    private static func endpoint(podNames: JSONShape = JSONShape([:])) -> JSONShape {
        JSONShape([
            "addresses": (EndpointFields.addresses, .texts),
            "conditions": (
                EndpointFields.conditions, .object(JSONShape(["ready": (EndpointConditionsFields.ready, .bool)]))
            ),
            "hostname": (EndpointFields.hostname, .text), "targetRef": (EndpointFields.targetRef, .object(podNames)),
            "zone": (EndpointFields.zone, .text),
        ])
    }

    private static let endpointPort = JSONShape([
        "name": (EndpointPortFields.name, .text), "protocol": (EndpointPortFields.protocol, .text),
        "port": (EndpointPortFields.port, .number),
    ])

    /// The shape of a resource's objects.
    static func of(_ resource: Resource, keeping detail: Detail) -> JSONShape {
        switch resource {
        case .namespaces: onlyMetadata
        case .services: service
        case .endpointSlices: detail.podNames ? sliceWithPodNames : slice
        case .pods: pod
        }
    }
}
