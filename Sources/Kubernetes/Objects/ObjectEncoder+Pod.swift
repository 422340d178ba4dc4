import Protobuf
import ServiceRegistry

extension ObjectEncoder {
    static func write(_ pod: Pod, to message: inout ProtobufWriter) {
        message.write(ObjectFields.metadata) { metadata in
            write(pod.name, to: &metadata)
            // When is not kept.
            if pod.isTerminating {
                metadata.write(MetadataFields.deletionTimestamp) { $0.write(TimeFields.seconds, 0) }
            }
            write(pod.labels, MetadataFields.labels, to: &metadata)
        }
        message.write(ObjectFields.spec) { writeSpec(pod, to: &$0) }
        message.write(ObjectFields.status) { writeStatus(pod, to: &$0) }
    }

    private static func writeSpec(_ pod: Pod, to spec: inout ProtobufWriter) {
        if !pod.containerPorts.isEmpty {
            spec.write(PodSpecFields.containers) { container in
                for port in pod.containerPorts {
                    container.write(ContainerFields.ports) { message in
                        message.write(ContainerPortFields.name, port.name)
                        message.write(ContainerPortFields.containerPort, Int(port.port))
                        message.write(ContainerPortFields.protocol, port.transport.rawValue)
                    }
                }
            }
        }
        if pod.dnsPolicy != "ClusterFirst" { spec.write(PodSpecFields.dnsPolicy, pod.dnsPolicy) }
        spec.write(PodSpecFields.nodeName, pod.nodeName)
        if pod.hostNetwork { spec.write(PodSpecFields.hostNetwork, true) }
        spec.write(PodSpecFields.hostname, pod.hostname)
        spec.write(PodSpecFields.subdomain, pod.subdomain)
        guard let config = pod.dnsConfig else { return }
        spec.write(PodSpecFields.dnsConfig) { message in
            for nameserver in config.nameservers { message.write(DNSConfigFields.nameservers, octets: nameserver) }
            for search in config.searches { message.write(DNSConfigFields.searches, octets: search) }
            for option in config.options {
                message.write(DNSConfigFields.options) { message in
                    message.write(DNSOptionFields.name, option.name)
                    if let value = option.value { message.write(DNSOptionFields.value, octets: value) }
                }
            }
        }
    }

    private static func writeStatus(_ pod: Pod, to status: inout ProtobufWriter) {
        if pod.phase != .running { status.write(PodStatusFields.phase, pod.phase.rawValue) }
        for address in pod.addresses {
            status.write(PodStatusFields.podIPs) { $0.write(PodIPFields.ip, address) }
        }
        if pod.isReady {
            status.write(PodStatusFields.conditions) { condition in
                condition.write(PodConditionFields.type, "Ready")
                condition.write(PodConditionFields.status, "True")
            }
        }
        // One container for each problem; the restarts of all stand at one.
        if pod.restarts != 0 {
            status.write(PodStatusFields.containerStatuses) {
                $0.write(ContainerStatusFields.restartCount, pod.restarts)
            }
        }
        for problem in pod.containerProblems {
            let parts = problem.split(separator: ": ", maxSplits: 1, omittingEmptySubsequences: false)
            status.write(PodStatusFields.containerStatuses) { container in
                container.write(ContainerStatusFields.name, String(parts[0]))
                container.write(ContainerStatusFields.state) { state in
                    state.write(ContainerStateFields.waiting) {
                        $0.write(WaitingFields.reason, parts.count > 1 ? String(parts[1]) : "")
                    }
                }
            }
        }
    }
}
