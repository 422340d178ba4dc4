import DNSWire
import TestSupport

@testable import Diagnosis

extension RandomFault {
    private static let served = RandomRegistry.Shape.served

    static let outside: [RandomFault] = [
        RandomFault("XTN001", "pending", RandomRegistry.Shape.fronted) { scene in
            scene.registry.makeNodePort()
            scene.registry.service["spec", "type"] = "LoadBalancer"
            scene.registry.service["status"] = ["loadBalancer": [:]]
            return true
        },
        RandomFault("XTN002", "an address for a host", RandomRegistry.Shape.fronted) { scene in
            scene.registry.makeNodePort()
            scene.registry.service["spec", "type"] = "LoadBalancer"
            scene.registry.service["status"] = ["loadBalancer": ["ingress": [["hostname": "203.0.113.9"]]]]
            return true
        },
        RandomFault("XTN002", "an underscore", RandomRegistry.Shape.fronted) { scene in
            scene.registry.makeNodePort()
            scene.registry.service["spec", "type"] = "LoadBalancer"
            scene.registry.service["status"] = ["loadBalancer": ["ingress": [["hostname": "lb_1.example.com"]]]]
            return true
        },
        RandomFault("XTN003", "no zone of that name", RandomRegistry.Shape.fronted, isInFiles: false) { scene in
            scene.registry.service["spec", "externalIPs"] = ["198.51.100.7"]
            scene.asked = ("\(scene.focus.name).\(scene.focus.namespace).apps.example.org.", "default")
            return true
        },
        RandomFault("ING001", "backend with a typo", served) { scene in
            scene.registry.setIngress(of: scene.focus, ["number": .number(scene.focus.ports[0].number)])
            scene.registry.ingressBackend("name", .text(scene.focus.name + "x"))
            return true
        },
        RandomFault("ING002", "no such number", served) { scene in
            scene.registry.setIngress(of: scene.focus, ["number": 9999])
            return true
        },
        RandomFault("ING002", "no such name", served) { scene in
            scene.registry.setIngress(of: scene.focus, ["name": "nothing"])
            return true
        },
        RandomFault("ING003", "host outside", served, isInFiles: false) { scene in
            scene.registry.setIngress(of: scene.focus, ["number": .number(scene.focus.ports[0].number)])
            scene.configure = { $0.externalZones = [try! DomainName("apps.example.org")] }
            return true
        },
        RandomFault("ING005", "no address", served) { scene in
            let number: ManifestValue = ["number": .number(scene.focus.ports[0].number)]
            scene.registry.setIngress(of: scene.focus, number)
            scene.registry.objects.append(
                RandomRegistry.ingress("waiting", scene.focus, number, status: false))
            return true
        },
    ]
}

extension RandomRegistry {
    mutating func setIngress(of app: App, _ port: ManifestValue) {
        objects.removeAll { $0["kind"] == "Ingress" }
        objects.append(RandomRegistry.ingress("public", app, port, status: true))
    }

    mutating func ingressBackend(_ key: String, _ value: ManifestValue) {
        let index = objects.firstIndex { $0["kind"] == "Ingress" }!
        objects[index]["spec", "rules", "0", "http", "paths", "0", "backend", "service", key] = value
    }
}
