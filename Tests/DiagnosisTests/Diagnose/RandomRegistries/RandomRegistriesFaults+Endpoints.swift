import TestSupport

@testable import Diagnosis

extension RandomFault {
    static let endpoints: [RandomFault] = selections + ports + addresses

    private static let selections: [RandomFault] = [
        RandomFault("EPS001", "typo in the selector", RandomRegistry.Shape.selecting) { scene in
            scene.registry.removeWrittenEndpoints(of: scene.focus)
            let (key, value) = scene.focus.labels[0]
            scene.registry.service["spec", "selector", key] = .text(value + "s")
            return scene.focus.shape != .stateful
        },
        RandomFault("EPS001", "typo in a key", [.deployment, .headless]) { scene in
            scene.registry.removeWrittenEndpoints(of: scene.focus)
            let (key, value) = scene.focus.labels[0]
            scene.registry.service["spec", "selector"] = [:]
            scene.registry.service["spec", "selector", key + "s"] = .text(value)
            return true
        },
        RandomFault("EPS001", "one label more than the Pods have", RandomRegistry.Shape.fronted) { scene in
            scene.registry.removeWrittenEndpoints(of: scene.focus)
            scene.registry.service["spec", "selector", "version"] = "v2"
            return true
        },
        RandomFault("EPS002", "no Pod is ready", RandomRegistry.Shape.fronted) { scene in
            scene.registry.removeWrittenEndpoints(of: scene.focus)
            scene.registry.eachPod(of: scene.focus) { pod, index in
                pod["status", "conditions", "0", "status"] = "False"
                pod["status", "conditions", "0", "reason"] = "ContainersNotReady"
                pod["status", "containerStatuses", "0", "ready"] = false
                if index == 0 {
                    pod["status", "containerStatuses", "0", "state"] = ["waiting": ["reason": "CrashLoopBackOff"]]
                }
            }
            return true
        },
        RandomFault("EPS002", "no Pod has an address", RandomRegistry.Shape.fronted) { scene in
            scene.registry.removeWrittenEndpoints(of: scene.focus)
            scene.registry.eachPod(of: scene.focus) { pod, _ in
                pod["status"] = [
                    "phase": "Pending",
                    "conditions": [["type": "PodScheduled", "status": "False", "reason": "Unschedulable"]],
                ]
            }
            return true
        },
        RandomFault("EPS002", "slices say so", [.slices]) { scene in
            for index in scene.registry.objects.indices where scene.registry.objects[index]["kind"] == "EndpointSlice" {
                guard
                    scene.registry.objects[index]["metadata", "labels", "kubernetes.io/service-name"]
                        == .text(scene.focus.name)
                else { continue }
                for place in scene.registry.objects[index]["endpoints"]!.items.indices {
                    scene.registry.objects[index]["endpoints", "\(place)", "conditions", "ready"] = false
                }
            }
            return true
        },
        RandomFault("EPS004", "no Pod is ready", [.headless, .stateful]) { scene in
            scene.registry.removeWrittenEndpoints(of: scene.focus)
            scene.registry.eachPod(of: scene.focus) { pod, _ in
                pod["status", "conditions", "0", "status"] = "False"
            }
            // Aliases of its name lead nowhere.
            scene.follows = ["EXT002"]
            return true
        },
        RandomFault("EPS005", "in another namespace", RandomRegistry.Shape.selecting) { scene in
            let focus = scene.focus
            guard focus.shape != .stateful else { return false }
            scene.registry.removeWrittenEndpoints(of: focus)
            scene.registry.objects.removeAll {
                $0["metadata", "namespace"] == .text(focus.namespace) && $0["spec", "template"] != nil
            }
            for index in scene.registry.objects.indices
            where scene.registry.objects[index]["kind"] == "Pod"
                && scene.registry.objects[index]["metadata", "namespace"] == .text(focus.namespace)
                && scene.registry.objects[index]["metadata", "labels", focus.labels[0].0] == .text(focus.name)
            {
                scene.registry.objects[index]["metadata", "namespace"] = "elsewhere"
            }
            return true
        },
        RandomFault("EPS012", "one of several", RandomRegistry.Shape.fronted) { scene in
            guard scene.focus.pods.count > 1, scene.focus.shape != .daemons else { return false }
            scene.registry.removeWrittenEndpoints(of: scene.focus)
            scene.registry.eachPod(of: scene.focus) { pod, index in
                if index == 0 { pod["status", "conditions", "0", "status"] = "False" }
            }
            return true
        },
        // A folder of manifests has no Pods: check does not tell it.
        RandomFault("EPS013", "templates without Pods", [.deployment, .dual, .headless], isInFiles: false) { scene in
            let focus = scene.focus
            scene.registry.removeWrittenEndpoints(of: focus)
            scene.registry.objects.removeAll {
                $0["kind"] == "Pod" && $0["metadata", "namespace"] == .text(focus.namespace)
            }
            return scene.registry["Deployment", focus.namespace, focus.name] != nil
                && !scene.registry.apps.dropFirst().contains {
                    $0.namespace == focus.namespace && RandomRegistry.Shape.selecting.contains($0.shape)
                }
        },
    ]

    private static let ports: [RandomFault] = [
        RandomFault("EPS003", "named port is missing", RandomRegistry.Shape.selecting) { scene in
            scene.registry.removeWrittenEndpoints(of: scene.focus)
            scene.registry.service["spec", "ports", "\(scene.anyPort())", "targetPort"] = "nowhere"
            return true
        },
        RandomFault("EPS003", "slice has another port name", [.slices]) { scene in
            guard !scene.focus.ports[0].name.isEmpty else { return false }
            scene.registry.objects.removeAll { $0["kind"] == "Ingress" }
            scene.registry.service["spec", "ports", "\(scene.anyPort())", "name"] = "renamed"
            return true
        },
        RandomFault("EPS006", "number in quotes", RandomRegistry.Shape.selecting) { scene in
            scene.registry.removeWrittenEndpoints(of: scene.focus)
            let index = scene.anyPort()
            let port = scene.focus.ports[index]
            scene.registry.service["spec", "ports", "\(index)", "targetPort"] = .text("\(port.container)")
            return true
        },
        RandomFault("EPS007", "named port of another protocol", RandomRegistry.Shape.fronted) { scene in
            guard let index = scene.focus.ports.firstIndex(where: \.isNamed) else { return false }
            scene.registry.removeWrittenEndpoints(of: scene.focus)
            let other = scene.focus.ports[index].transport == "TCP" ? "UDP" : "TCP"
            scene.registry.service["spec", "ports", "\(index)", "protocol"] = .text(other)
            return true
        },
        RandomFault("EPS011", "number that no container declares", RandomRegistry.Shape.fronted) { scene in
            // The ports of exporters say nothing.
            guard
                let index = scene.focus.ports.firstIndex(where: {
                    $0.containerName != nil && $0.containerName != "metrics" && !$0.isNamed
                })
            else { return false }
            scene.registry.removeWrittenEndpoints(of: scene.focus)
            scene.registry.service["spec", "ports", "\(index)", "targetPort"] = 3000
            return true
        },
    ]

    private static let addresses: [RandomFault] = [
        RandomFault("EPS008", "label of the slice", [.slices]) { scene in
            scene.registry.changeSlice(of: scene.focus) { slice, name in
                slice["metadata", "labels", "kubernetes.io/service-name"] = .text(name + "-svc")
            }
            return true
        },
        RandomFault("EPS008", "slice without label", [.slices]) { scene in
            scene.registry.changeSlice(of: scene.focus) { slice, _ in slice["metadata", "labels"] = nil }
            return true
        },
        RandomFault("EPS009", "Pod is gone", [.deployment, .headless]) { scene in
            let written = scene.registry.objects.contains {
                $0["metadata", "labels", "kubernetes.io/service-name"] == .text(scene.focus.name)
            }
            guard written, scene.focus.pods.count > 1 else { return false }
            scene.registry["Pod", scene.focus.namespace, scene.focus.pods[0].name] = nil
            return true
        },
        RandomFault("EPS009", "Pod has another address", [.deployment, .headless]) { scene in
            let written = scene.registry.objects.contains {
                $0["metadata", "labels", "kubernetes.io/service-name"] == .text(scene.focus.name)
            }
            guard written, scene.focus.pods.count > 1 else { return false }
            scene.registry.eachPod(of: scene.focus) { pod, index in
                guard index == 0 else { return }
                pod["status", "podIP"] = "10.244.77.7"
                pod["status", "podIPs"] = [["ip": "10.244.77.7"]]
            }
            return true
        },
        RandomFault("EPS010", "Service of the other family", [.deployment, .headless]) { scene in
            scene.registry.removeWrittenEndpoints(of: scene.focus)
            let isHeadless = scene.focus.shape == .headless
            scene.registry.service["spec", "clusterIP"] = isHeadless ? "None" : "fd00:10:96::99"
            scene.registry.service["spec", "clusterIPs"] = isHeadless ? nil : ["fd00:10:96::99"]
            scene.registry.service["spec", "ipFamilies"] = ["IPv6"]
            scene.registry.service["spec", "ipFamilyPolicy"] = "SingleStack"
            return true
        },
        RandomFault("EPS014", "two Pods, one address", RandomRegistry.Shape.fronted) { scene in
            guard scene.focus.pods.count > 1 else { return false }
            scene.registry.removeWrittenEndpoints(of: scene.focus)
            let address = scene.focus.pods[1].addresses.map { ManifestValue.text($0) }
            scene.registry.eachPod(of: scene.focus) { pod, index in
                guard index == 0 else { return }
                pod["status", "podIP"] = address[0]
                pod["status", "podIPs"] = .list(address.map { ["ip": $0] })
            }
            return true
        },
    ]
}
