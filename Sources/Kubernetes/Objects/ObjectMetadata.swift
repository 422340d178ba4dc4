import ServiceRegistry

/// meta/v1 ObjectMeta, as much of it as is asked for. Its octets lie in the message.
struct ObjectMetadata {
    static let serviceNameLabel: StaticString = "kubernetes.io/service-name"
    static let triggerTimeAnnotation: StaticString = "endpoints.kubernetes.io/last-change-trigger-time"
    static let initialEventsEndAnnotation: StaticString = "k8s.io/initial-events-end"

    private(set) var name = UnsafeRawBufferPointer.noOctets
    private(set) var namespace = UnsafeRawBufferPointer.noOctets
    private(set) var resourceVersion = ""
    /// Seconds since 1970.
    private(set) var created: Int64?
    private(set) var isTerminating = false
    /// Empty unless asked for.
    private(set) var labels: Labels = [:]
    private(set) var annotations: Labels = [:]
    /// The label kubernetes.io/service-name.
    private(set) var serviceName: String?
    /// The annotation endpoints.kubernetes.io/last-change-trigger-time, seconds since 1970.
    private(set) var lastChangeTrigger: Double?
    /// The annotation k8s.io/initial-events-end.
    private(set) var endsInitialEvents = false

    /// - Parameters:
    ///   - object: a whole object; one without metadata has empty metadata.
    ///   - labels: whether labels and annotations are wanted.
    init(of object: UnsafeRawBufferPointer, labels: Bool = false) throws(DecodeFault) {
        guard let octets = try ProtobufReader.first(ObjectFields.metadata, in: object) else { return }
        var reader = ProtobufReader(octets)
        while let field = try reader.next() {
            switch field.number {
            case MetadataFields.name: name = try field.octets()
            case MetadataFields.namespace: namespace = try field.octets()
            case MetadataFields.resourceVersion: resourceVersion = try field.text()
            case MetadataFields.creationTimestamp: created = try ObjectMetadata.seconds(field.octets())
            case MetadataFields.deletionTimestamp: isTerminating = try !field.octets().isEmpty
            case MetadataFields.labels:
                let (key, value) = try ObjectMetadata.entry(field.message())
                if key.equals(ObjectMetadata.serviceNameLabel) { serviceName = value.text }
                if labels { self.labels[key.text] = value.text }
            case MetadataFields.annotations:
                let (key, value) = try ObjectMetadata.entry(field.message())
                note(annotation: key, value)
                if labels { annotations[key.text] = value.text }
            default: break
            }
        }
    }

    private mutating func note(annotation key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        if key.equals(ObjectMetadata.triggerTimeAnnotation) {
            lastChangeTrigger = RFC3339.time(value).map { Double($0.seconds) + $0.fraction }
        } else if key.equals(ObjectMetadata.initialEventsEndAnnotation) {
            endsInitialEvents = value.equals("true")
        }
    }

    /// One entry of a map<string, string>.
    static func entry(
        _ message: ProtobufReader
    ) throws(DecodeFault) -> (key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        var (key, value) = (UnsafeRawBufferPointer.noOctets, UnsafeRawBufferPointer.noOctets)
        var reader = message
        while let field = try reader.next() {
            switch field.number {
            case MapFields.key: key = try field.octets()
            case MapFields.value: value = try field.octets()
            default: break
            }
        }
        return (key, value)
    }

    /// meta/v1 Time; nil for one without a field, which is no time at all (time_proto.go, Time.Marshal).
    private static func seconds(_ octets: UnsafeRawBufferPointer) throws(DecodeFault) -> Int64? {
        guard !octets.isEmpty else { return nil }
        var reader = ProtobufReader(octets)
        var seconds: Int64 = 0
        while let field = try reader.next() {
            if field.number == TimeFields.seconds { seconds = Int64(try field.int()) }
        }
        return seconds
    }
}
