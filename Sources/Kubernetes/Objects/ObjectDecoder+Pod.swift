import NetworkAddress
import ServiceRegistry

extension ObjectDecoder {
    /// core/v1 Pod. Names need where it is and its phase; what findings need beyond that is read with the labels.
    func pod(
        _ octets: UnsafeRawBufferPointer, _ name: ObjectName, _ metadata: ObjectMetadata
    ) throws(DecodeFault) -> Pod {
        var pod = Pod(name: name)
        pod.labels = metadata.labels
        pod.isTerminating = metadata.isTerminating
        var reader = ProtobufReader(octets)
        while let field = try reader.next() {
            switch field.number {
            case ObjectFields.spec where detail.labels: try readSpec(field.message(), into: &pod)
            case ObjectFields.status: try readStatus(field.message(), into: &pod)
            default: break
            }
        }
        return pod
    }

    private func readSpec(_ spec: ProtobufReader, into pod: inout Pod) throws(DecodeFault) {
        var sidecarPorts: [ContainerPort] = []
        var reader = spec
        while let field = try reader.next() {
            switch field.number {
            case PodSpecFields.containers: try readPorts(field.octets(), into: &pod.containerPorts)
            case PodSpecFields.initContainers:
                let policy = try ProtobufReader.first(ContainerFields.restartPolicy, in: field.octets())
                if policy?.equals("Always") ?? false { try readPorts(field.octets(), into: &sidecarPorts) }
            case PodSpecFields.dnsPolicy:
                let policy = try field.octets()
                if !policy.isEmpty { pod.dnsPolicy = policy.text }
            case PodSpecFields.dnsConfig: pod.dnsConfig = try dnsConfig(field.message())
            case PodSpecFields.nodeName: pod.nodeName = try field.text()
            case PodSpecFields.hostNetwork: pod.hostNetwork = try field.bool()
            case PodSpecFields.hostname: pod.hostname = try field.text()
            case PodSpecFields.subdomain: pod.subdomain = try field.text()
            default: break
            }
        }
        pod.containerPorts += sidecarPorts
    }

    /// The ports that a container declares; a number that is no port is left out.
    private func readPorts(
        _ container: UnsafeRawBufferPointer, into ports: inout [ContainerPort]
    ) throws(DecodeFault) {
        var container = ProtobufReader(container)
        while let field = try container.next() {
            guard field.number == ContainerFields.ports else { continue }
            var port = ContainerPort(port: 0)
            var number: Int?
            var message = try field.message()
            while let field = try message.next() {
                switch field.number {
                case ContainerPortFields.name: port.name = try field.text()
                case ContainerPortFields.containerPort: number = try field.int()
                case ContainerPortFields.protocol:
                    port.transport = try field.octets().transport("spec.containers.ports.protocol")
                default: break
                }
            }
            guard let number = number.flatMap(UInt16.init(exactly:)) else { continue }
            port.port = number
            ports.append(port)
        }
    }

    private func dnsConfig(_ message: ProtobufReader) throws(DecodeFault) -> PodDNSConfig {
        var config = PodDNSConfig()
        var reader = message
        while let field = try reader.next() {
            switch field.number {
            case DNSConfigFields.nameservers: config.nameservers.append(try field.text())
            case DNSConfigFields.searches: config.searches.append(try field.text())
            case DNSConfigFields.options:
                var option = PodDNSConfig.Option(name: "", value: nil)
                var message = try field.message()
                while let field = try message.next() {
                    switch field.number {
                    case DNSOptionFields.name: option.name = try field.text()
                    case DNSOptionFields.value: option.value = try field.text()
                    default: break
                    }
                }
                if !option.name.isEmpty { config.options.append(option) }
            default: break
            }
        }
        return config
    }

    // MARK: - Status

    private func readStatus(_ status: ProtobufReader, into pod: inout Pod) throws(DecodeFault) {
        var primary = UnsafeRawBufferPointer.noOctets
        var others: [IPAddress] = []
        var reader = status
        while let field = try reader.next() {
            switch field.number {
            case PodStatusFields.phase: pod.phase = Pod.Phase(rawValue: try field.text()) ?? .running
            case PodStatusFields.podIP: primary = try field.octets()
            case PodStatusFields.podIPs:
                let octets = try ProtobufReader.first(PodIPFields.ip, in: field.octets()) ?? .noOctets
                if !octets.isEmpty { others.append(try octets.address("status.podIPs")) }
            case PodStatusFields.conditions where detail.labels:
                if try isReady(field.octets()) { pod.isReady = true }
            case PodStatusFields.containerStatuses where detail.labels: try readContainer(field.octets(), into: &pod)
            default: break
            }
        }
        if !primary.isEmpty { pod.addresses.append(try primary.address("status.podIP")) }
        for address in others where !pod.addresses.contains(address) { pod.addresses.append(address) }
    }

    private func isReady(_ condition: UnsafeRawBufferPointer) throws(DecodeFault) -> Bool {
        guard try ProtobufReader.first(PodConditionFields.type, in: condition)?.equals("Ready") ?? false else {
            return false
        }
        return try ProtobufReader.first(PodConditionFields.status, in: condition)?.text.lowercased() == "true"
    }

    private func readContainer(_ status: UnsafeRawBufferPointer, into pod: inout Pod) throws(DecodeFault) {
        let name = try ProtobufReader.first(ContainerStatusFields.name, in: status)?.text ?? "?"
        var reader = ProtobufReader(status)
        while let field = try reader.next() {
            switch field.number {
            case ContainerStatusFields.restartCount: pod.restarts &+= try field.int()
            case ContainerStatusFields.state:
                for (state, reason) in [
                    (ContainerStateFields.waiting, WaitingFields.reason),
                    (ContainerStateFields.terminated, TerminatedFields.reason),
                ] {
                    guard let message = try ProtobufReader.first(state, in: field.octets()),
                        let reason = try ProtobufReader.first(reason, in: message), !reason.isEmpty
                    else { continue }
                    pod.containerProblems.append("\(name): \(reason.text)")
                }
            default: break
            }
        }
    }
}
