import ServiceRegistry
import TestSupport

@testable import Diagnosis

extension RandomFault {
    private static let any = RandomRegistry.Shape.served + [.stateful, .headless]

    /// A Pod beside the Service asks for it by its short name.
    private static func client(
        _ code: String, _ what: String, resolvConf: String? = nil,
        _ change: @escaping @Sendable (inout FaultScene, inout ManifestValue) -> Void = { _, _ in }
    ) -> RandomFault {
        RandomFault(code, what, any, isInFiles: false) { scene in
            scene.registry.ensureDNS()
            let namespace = scene.focus.namespace
            var pod = RandomRegistry.client(in: namespace)
            change(&scene, &pod)
            scene.registry.objects.append(pod)
            scene.asked = (scene.focus.name, namespace)
            let text = resolvConf?.replacing("NS", with: namespace)
            scene.inquire = {
                $0.client.pod = ObjectName(namespace, "asker")
                $0.client.resolvConf = text.map { TextInput(file: "resolv.conf", text: $0) }
            }
            return true
        }
    }

    static let clients: [RandomFault] = [
        client(
            "RSV001", "a public resolver",
            resolvConf:
                "nameserver 8.8.8.8\nsearch NS.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n"),
        client(
            "RSV002", "the node's list",
            resolvConf: "nameserver 10.96.0.10\nsearch example.com\noptions ndots:5\n"),
        client(
            "RSV003", "ndots 0",
            resolvConf:
                "nameserver 10.96.0.10\nsearch NS.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:0\n"),
        client(
            "RSV005", "four servers",
            resolvConf:
                "nameserver 10.96.0.10\nnameserver 10.96.0.10\nnameserver 10.96.0.10\nnameserver 10.96.0.10\nsearch NS.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n"
        ),
        client("POD001", "hostNetwork") { _, pod in pod["spec", "hostNetwork"] = true },
        client("POD003", "Default") { _, pod in pod["spec", "dnsPolicy"] = "Default" },
        client("POD003", "None") { _, pod in
            pod["spec", "dnsPolicy"] = "None"
            pod["spec", "dnsConfig"] = ["nameservers": ["1.1.1.1"]]
        },
        RandomFault("POD002", "another serviceName", [.stateful], isInFiles: false) { scene in
            scene.registry.removeWrittenEndpoints(of: scene.focus)
            let focus = scene.focus
            scene.registry["StatefulSet", focus.namespace, focus.name]!["spec", "serviceName"] = .text(
                focus.name + "-headless")
            scene.registry.eachPod(of: focus) { pod, _ in
                pod["spec", "subdomain"] = .text(focus.name + "-headless")
            }
            return true
        },
        client("NET001", "nothing may leave") { scene, _ in
            scene.registry.addPolicy(
                "deny", in: scene.focus.namespace, ["podSelector": [:], "policyTypes": ["Egress"]])
        },
        client("NET002", "UDP only") { scene, _ in
            scene.registry.addPolicy(
                "udp", in: scene.focus.namespace,
                [
                    "podSelector": ["matchLabels": ["run": "asker"]], "policyTypes": ["Egress"],
                    "egress": [
                        ["ports": [["protocol": "UDP", "port": 53]]], ["to": [["podSelector": [:]]]],
                        ["to": [["ipBlock": ["cidr": "192.0.2.0/24"]]]],
                    ],
                ])
        },
        RandomFault("NET005", "only others may come", RandomRegistry.Shape.fronted + [.headless], isInFiles: false) {
            scene in
            scene.registry.ensureDNS()
            let focus = scene.focus
            scene.registry.addPolicy(
                "front", in: focus.namespace,
                [
                    "podSelector": ["matchLabels": ManifestValue(focus.labels)], "policyTypes": ["Ingress"],
                    "ingress": [["from": [["podSelector": ["matchLabels": ["role": "nobody"]]]]]],
                ])
            scene.registry.objects.append(RandomRegistry.client(in: focus.namespace))
            scene.inquire = { $0.client.pod = ObjectName(focus.namespace, "asker") }
            return true
        },
    ]
}

extension RandomRegistry {
    mutating func ensureDNS() {
        if self["Service", "kube-system", "kube-dns"] == nil { addDNS() }
    }

    static func client(in namespace: String) -> ManifestValue {
        [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": ["name": "asker", "namespace": .text(namespace), "labels": ["run": "asker"]],
            "spec": ["containers": [["name": "shell", "image": "busybox"]]],
            "status": [
                "phase": "Running", "podIP": "10.244.66.6", "conditions": [["type": "Ready", "status": "True"]],
            ],
        ]
    }

    /// The only one of its namespace.
    mutating func addPolicy(_ name: String, in namespace: String, _ spec: ManifestValue) {
        objects.removeAll { $0["kind"] == "NetworkPolicy" }
        objects.append([
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": ["name": .text(name), "namespace": .text(namespace)], "spec": spec,
        ])
    }
}
