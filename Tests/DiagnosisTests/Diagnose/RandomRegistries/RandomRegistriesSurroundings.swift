import TestSupport

/// What stands around the Services of a random registry: nodes, the cluster's DNS, policies, Ingresses.
extension RandomRegistry {
    static func node(_ name: String) -> ManifestValue {
        [
            "apiVersion": "v1", "kind": "Node",
            "metadata": ["name": .text(name), "labels": ["kubernetes.io/os": "linux"]],
        ]
    }

    static func namespace(_ name: String) -> ManifestValue {
        [
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": ["name": .text(name), "labels": ["kubernetes.io/metadata.name": .text(name)]],
        ]
    }

    mutating func addDNS() {
        let ports: [ManifestValue] = [
            ["name": "dns", "port": 53, "protocol": "UDP"], ["name": "dns-tcp", "port": 53, "protocol": "TCP"],
        ]
        let containers: [ManifestValue] = [
            ["name": "dns", "containerPort": 53, "protocol": "UDP"],
            ["name": "dns-tcp", "containerPort": 53, "protocol": "TCP"],
        ]
        objects.append([
            "apiVersion": "v1", "kind": "Service",
            "metadata": ["name": "kube-dns", "namespace": "kube-system", "labels": ["k8s-app": "kube-dns"]],
            "spec": ["clusterIP": "10.96.0.10", "selector": ["k8s-app": "kube-dns"], "ports": .list(ports)],
        ])
        for index in 1...2 {
            objects.append([
                "apiVersion": "v1", "kind": "Pod",
                "metadata": [
                    "name": "coredns-6799fbcd5-\(index)", "namespace": "kube-system",
                    "labels": ["k8s-app": "kube-dns", "pod-template-hash": "6799fbcd5"],
                ],
                "spec": [
                    "nodeName": .text(nodes[0]), "dnsPolicy": "Default",
                    "containers": [["name": "coredns", "image": "coredns", "ports": .list(containers)]],
                ],
                "status": [
                    "phase": "Running", "podIP": "10.244.0.\(index + 1)",
                    "conditions": [["type": "Ready", "status": "True"]],
                ],
            ])
        }
    }

    /// Nothing goes in or out of a namespace but what is needed.
    mutating func addPolicies(in namespace: String) {
        func policy(_ name: String, _ spec: ManifestValue) -> ManifestValue {
            [
                "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                "metadata": ["name": .text(name), "namespace": .text(namespace)], "spec": spec,
            ]
        }
        objects.append(policy("default-deny", ["podSelector": [:], "policyTypes": ["Ingress", "Egress"]]))
        objects.append(
            policy(
                "allow-dns",
                [
                    "podSelector": [:], "policyTypes": ["Egress"],
                    "egress": [
                        [
                            "to": [
                                [
                                    "namespaceSelector": [
                                        "matchLabels": ["kubernetes.io/metadata.name": "kube-system"]
                                    ],
                                    "podSelector": ["matchLabels": ["k8s-app": "kube-dns"]],
                                ]
                            ],
                            "ports": [["protocol": "UDP", "port": 53], ["protocol": "TCP", "port": 53]],
                        ]
                    ],
                ]))
        objects.append(
            policy(
                "allow-inside",
                [
                    "podSelector": [:], "policyTypes": ["Ingress", "Egress"],
                    "ingress": [["from": [["podSelector": [:]]]]], "egress": [["to": [["podSelector": [:]]]]],
                ]))
    }

    mutating func addIngress() {
        guard let app = apps.first(where: { Shape.served.contains($0.shape) }) else { return }
        let port: ManifestValue =
            app.ports[0].name.isEmpty || chance(50)
            ? ["number": .number(app.ports[0].number)] : ["name": .text(app.ports[0].name)]
        objects.append(RandomRegistry.ingress("public", app, port, status: true))
    }

    static func ingress(_ name: String, _ app: App, _ port: ManifestValue, status: Bool) -> ManifestValue {
        var object: ManifestValue = [
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": ["name": .text(name), "namespace": .text(app.namespace)],
            "spec": [
                "ingressClassName": "nginx",
                "rules": [
                    [
                        "host": .text("\(app.name).example.com"),
                        "http": [
                            "paths": [
                                [
                                    "path": "/", "pathType": "Prefix",
                                    "backend": ["service": ["name": .text(app.name), "port": port]],
                                ]
                            ]
                        ],
                    ]
                ],
            ],
        ]
        if status { object["status"] = ["loadBalancer": ["ingress": [["ip": "203.0.113.250"]]]] }
        return object
    }
}
