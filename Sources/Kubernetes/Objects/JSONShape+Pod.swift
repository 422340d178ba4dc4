extension JSONShape {
    static let pod = JSONShape([
        "metadata": (ObjectFields.metadata, .object(metadata)), "spec": (ObjectFields.spec, .object(podSpec)),
        "status": (ObjectFields.status, .object(podStatus)),
    ])

    private static let podSpec = JSONShape([
        "containers": (PodSpecFields.containers, .objects(container)),
        "initContainers": (PodSpecFields.initContainers, .objects(container)),
        "dnsPolicy": (PodSpecFields.dnsPolicy, .text), "dnsConfig": (PodSpecFields.dnsConfig, .object(dnsConfig)),
        "nodeName": (PodSpecFields.nodeName, .text), "hostNetwork": (PodSpecFields.hostNetwork, .bool),
        "hostname": (PodSpecFields.hostname, .text), "subdomain": (PodSpecFields.subdomain, .text),
    ])

    private static let container = JSONShape([
        "restartPolicy": (ContainerFields.restartPolicy, .text),
        "ports": (
            ContainerFields.ports,
            .objects(
                JSONShape([
                    "name": (ContainerPortFields.name, .text), "protocol": (ContainerPortFields.protocol, .text),
                    "containerPort": (ContainerPortFields.containerPort, .number),
                ]))
        ),
    ])

    private static let dnsConfig = JSONShape([
        "nameservers": (DNSConfigFields.nameservers, .texts), "searches": (DNSConfigFields.searches, .texts),
        "options": (
            DNSConfigFields.options,
            .objects(JSONShape(["name": (DNSOptionFields.name, .text), "value": (DNSOptionFields.value, .text)]))
        ),
    ])

    private static let podStatus = JSONShape([
        "phase": (PodStatusFields.phase, .text), "podIP": (PodStatusFields.podIP, .text),
        "podIPs": (PodStatusFields.podIPs, .objects(JSONShape(["ip": (PodIPFields.ip, .text)]))),
        "conditions": (
            PodStatusFields.conditions,
            .objects(
                JSONShape(["type": (PodConditionFields.type, .text), "status": (PodConditionFields.status, .text)]))
        ),
        "containerStatuses": (PodStatusFields.containerStatuses, .objects(containerStatus)),
    ])

    private static let containerStatus = JSONShape([
        "name": (ContainerStatusFields.name, .text), "restartCount": (ContainerStatusFields.restartCount, .number),
        "state": (
            ContainerStatusFields.state,
            .object(
                JSONShape([
                    "waiting": (
                        ContainerStateFields.waiting, .object(JSONShape(["reason": (WaitingFields.reason, .text)]))
                    ),
                    "terminated": (
                        ContainerStateFields.terminated,
                        .object(JSONShape(["reason": (TerminatedFields.reason, .text)]))
                    ),
                ]))
        ),
    ])
}
