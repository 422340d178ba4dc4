import TestSupport

@testable import Diagnosis

extension RandomFault {
    static let services: [RandomFault] = [
        RandomFault("SVC001", "targetPort asked", RandomRegistry.Shape.fronted, isInFiles: false) { scene in
            let port = UInt16(scene.focus.ports[scene.anyPort()].container)
            scene.inquire = { $0.port = port }
            return true
        },
        RandomFault("SVC002", "address of another Service", RandomRegistry.Shape.fronted) { scene in
            let address = scene.registry.service["spec", "clusterIP"]
            var other = RandomRegistry.twin(of: scene.focus, named: "zz-copy")
            other["spec", "clusterIP"] = address
            scene.registry.objects.append(other)
            return true
        },
        RandomFault("SVC003", "nodePort out of range", RandomRegistry.Shape.fronted) { scene in
            scene.registry.makeNodePort()
            scene.registry.service["spec", "ports", "\(scene.anyPort())", "nodePort"] = 8080
            return true
        },
        RandomFault("SVC003", "nodePort of another Service", RandomRegistry.Shape.fronted) { scene in
            scene.registry.makeNodePort()
            let port = scene.focus.ports[0]
            scene.registry.service["spec", "ports", "0", "nodePort"] = 31999
            var other = RandomRegistry.twin(of: scene.focus, named: "zz-copy")
            other["spec", "type"] = "NodePort"
            other["spec", "ports"] = [
                [
                    "port": 80, "targetPort": .number(port.container), "nodePort": 31999,
                    "protocol": .text(port.transport),
                ]
            ]
            scene.registry.objects.append(other)
            return true
        },
        RandomFault("SVC004", "clusterIP outside", RandomRegistry.Shape.served.filter { $0 != .dual }) { scene in
            scene.registry.service["spec", "clusterIP"] = "172.20.3.4"
            scene.registry.service["spec", "clusterIPs"] = ["172.20.3.4"]
            return true
        },
        RandomFault("SVC005", "one port without a name", RandomRegistry.Shape.selecting) { scene in
            guard scene.focus.ports.count > 1 else { return false }
            scene.registry.removeWrittenEndpoints(of: scene.focus)
            scene.registry.objects.removeAll { $0["kind"] == "Ingress" }
            scene.registry.service["spec", "ports", "\(scene.anyPort())", "name"] = nil
            return true
        },
        RandomFault("SVC007", "Local, a node without Pod", [.daemons]) { scene in
            guard scene.registry.nodes.count > 1 else { return false }
            scene.registry.makeNodePort()
            scene.registry.service["spec", "externalTrafficPolicy"] = "Local"
            scene.registry.removeWrittenEndpoints(of: scene.focus)
            let lost = scene.focus.pods.last!
            scene.registry["Pod", scene.focus.namespace, lost.name] = nil
            if scene.registry.objects.first(where: { $0["kind"] == "Node" }) == nil {
                for node in scene.registry.nodes { scene.registry.objects.append(RandomRegistry.node(node)) }
            }
            return true
        },
        RandomFault("SVC010", "no selector, nothing written", RandomRegistry.Shape.served + [.headless]) { scene in
            scene.registry.removeWrittenEndpoints(of: scene.focus)
            scene.registry.service["spec", "selector"] = nil
            return true
        },
    ]
}

extension RandomRegistry {
    /// Another Service for the Pods of one, or for the same addresses outside.
    static func twin(of app: App, named name: String) -> ManifestValue {
        [
            "apiVersion": "v1", "kind": "Service",
            "metadata": ["name": .text(name), "namespace": .text(app.namespace)],
            "spec": [
                "selector": ManifestValue(app.labels),
                "ports": [
                    [
                        "port": .number(app.ports[0].number), "targetPort": .number(app.ports[0].container),
                        "protocol": .text(app.ports[0].transport),
                    ]
                ],
            ],
        ]
    }

    mutating func makeNodePort() {
        if service["spec", "type"] == nil {
            service["spec", "type"] = "NodePort"
            for index in focus.ports.indices {
                service["spec", "ports", "\(index)", "nodePort"] = .number(32000 + index)
            }
        }
    }

    mutating func changeSlice(of app: App, _ change: (inout ManifestValue, String) -> Void) {
        for index in objects.indices where objects[index]["kind"] == "EndpointSlice" {
            if objects[index]["metadata", "labels", "kubernetes.io/service-name"] == .text(app.name) {
                change(&objects[index], app.name)
            }
        }
    }
}
