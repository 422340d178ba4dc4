// Numbers of the fields that are read and written, by message: kubernetes/api core/v1/generated.proto and
// discovery/v1/generated.proto; kubernetes/apimachinery pkg/apis/meta/v1/generated.proto, pkg/runtime/generated.proto and
// pkg/util/intstr/generated.proto. They never change there.

enum UnknownFields { static let raw = 2 }
enum RawExtensionFields { static let raw = 1 }
enum ListFields { static let metadata = 1, items = 2 }
enum ListMetaFields { static let resourceVersion = 2, `continue` = 3 }
enum WatchEventFields { static let type = 1, object = 2 }
enum StatusFields { static let message = 3, reason = 4, details = 5, code = 6 }
enum StatusDetailsFields { static let causes = 4, retryAfterSeconds = 5 }
enum StatusCauseFields { static let reason = 1 }
enum MetadataFields {
    static let name = 1, namespace = 3, resourceVersion = 6, creationTimestamp = 8, deletionTimestamp = 9, labels = 11
    static let annotations = 12
}
enum TimeFields { static let seconds = 1 }
/// An entry of a map.
enum MapFields { static let key = 1, value = 2 }
enum IntOrStringFields { static let type = 1, int = 2, string = 3 }

/// Service, Pod, Namespace; of EndpointSlice only the metadata.
enum ObjectFields { static let metadata = 1, spec = 2, status = 3 }
enum ServiceSpecFields {
    static let ports = 1, selector = 2, clusterIP = 3, type = 4, externalIPs = 5, sessionAffinity = 7
    static let externalName = 10, externalTrafficPolicy = 11, publishNotReadyAddresses = 13, ipFamilyPolicy = 17
    static let clusterIPs = 18, ipFamilies = 19, allocateLoadBalancerNodePorts = 20, internalTrafficPolicy = 22
}
enum ServicePortFields {
    static let name = 1, `protocol` = 2, port = 3, targetPort = 4, nodePort = 5, appProtocol = 6
}
enum ServiceStatusFields { static let loadBalancer = 1 }
enum LoadBalancerFields { static let ingress = 1 }
enum LoadBalancerIngressFields { static let ip = 1, hostname = 2 }

enum SliceFields { static let metadata = 1, endpoints = 2, ports = 3, addressType = 4 }
enum EndpointFields { static let addresses = 1, conditions = 2, hostname = 3, targetRef = 4, zone = 7 }
enum EndpointConditionsFields { static let ready = 1 }
enum ReferenceFields { static let kind = 1, name = 3 }
enum EndpointPortFields { static let name = 1, `protocol` = 2, port = 3 }

enum PodSpecFields {
    static let containers = 2, dnsPolicy = 6, nodeName = 10, hostNetwork = 11, hostname = 16, subdomain = 17
    static let initContainers = 20, dnsConfig = 26
}
enum DNSConfigFields { static let nameservers = 1, searches = 2, options = 3 }
enum DNSOptionFields { static let name = 1, value = 2 }
enum ContainerFields { static let ports = 6, restartPolicy = 24 }
enum ContainerPortFields { static let name = 1, containerPort = 3, `protocol` = 4 }
enum PodStatusFields { static let phase = 1, conditions = 2, podIP = 6, containerStatuses = 8, podIPs = 12 }
enum PodIPFields { static let ip = 1 }
enum PodConditionFields { static let type = 1, status = 2 }
enum ContainerStatusFields { static let name = 1, state = 2, restartCount = 5 }
enum ContainerStateFields { static let waiting = 1, terminated = 3 }
enum WaitingFields { static let reason = 1 }
enum TerminatedFields { static let reason = 3 }
