import DNSWire
import TestSupport

@testable import Diagnosis

extension RandomFault {
    private static let any = RandomRegistry.Shape.served + [.stateful, .headless, .external]

    static let names: [RandomFault] = [
        RandomFault("NAM001", "a letter missing", any, isInFiles: false) { scene in
            scene.asked = (String(scene.focus.name.dropLast()) + "." + scene.focus.namespace, "default")
            return true
        },
        RandomFault("NAM001", "whole name, two letters swapped", any, isInFiles: false) { scene in
            var letters = Array(scene.focus.name)
            guard letters[0] != letters[1] else { return false }
            letters.swapAt(0, 1)
            scene.asked = ("\(String(letters)).\(scene.focus.namespace).svc.cluster.local", "default")
            return true
        },
        RandomFault("NAM001", "no such name at all", any, isInFiles: false) { scene in
            scene.asked = ("zzzzzzzz.\(scene.focus.namespace)", "default")
            return true
        },
        RandomFault("NAM001", "no such port", RandomRegistry.Shape.served, isInFiles: false) { scene in
            guard !scene.focus.ports[0].name.isEmpty else { return false }
            let transport = scene.focus.ports[0].transport.lowercased()
            scene.asked = ("_zzz._\(transport).\(scene.focus.name).\(scene.focus.namespace)", "default")
            return true
        },
        RandomFault("NAM001", "no such endpoint", [.headless, .stateful], isInFiles: false) { scene in
            scene.asked = ("\(scene.focus.name)-77.\(scene.focus.name).\(scene.focus.namespace)", "default")
            return true
        },
        RandomFault("NAM002", "asked from elsewhere", any, isInFiles: false) { scene in
            let name = scene.focus.name
            let others = scene.registry.apps.map(\.namespace).filter { $0 != scene.focus.namespace }
            guard let other = others.first else { return false }
            scene.asked = (name, other)
            return true
        },
        RandomFault("NAM003", "no such namespace", any, isInFiles: false) { scene in
            scene.asked = ("\(scene.focus.name).\(scene.focus.namespace)s.svc.cluster.local", "default")
            return true
        },
        RandomFault("NAM006", "no AAAA", [.deployment, .slices, .daemons], isInFiles: false) { scene in
            scene.registry.service["spec", "sessionAffinity"] = nil
            scene.inquire = { $0.type = .aaaa }
            return true
        },
        RandomFault("NAM007", "namespace is not shown", any, isInFiles: false) { scene in
            scene.configure = { $0.exposure.namespaces = ["kube-public"] }
            return true
        },
    ]

    private static func external(
        _ code: String, _ what: String, _ target: @escaping @Sendable (RandomRegistry.App) -> String
    ) -> RandomFault {
        RandomFault(code, what, [.external]) { scene in
            scene.registry.service["spec", "externalName"] = .text(target(scene.focus))
            return true
        }
    }

    static let externalNames: [RandomFault] = [
        external("EXT001", "IPv4") { _ in "192.0.2.1" },
        external("EXT001", "IPv6") { _ in "2001:db8::5" },
        external("EXT002", "no such Service") { "nobody.\($0.namespace).svc.cluster.local" },
        external("EXT002", "no such namespace") { _ in "web.nowhere.svc.cluster.local." },
        external("EXT003", "short name") { "\($0.name).\($0.namespace).svc" },
        external("EXT003", "one label") { _ in "mysql" },
        external("EXT004", "itself") { "\($0.name).\($0.namespace).svc.cluster.local" },
        RandomFault("EXT004", "a circle of two", [.external]) { scene in
            let focus = scene.focus
            scene.registry.service["spec", "externalName"] = .text("zz-back.\(focus.namespace).svc.cluster.local")
            scene.registry.objects.append([
                "apiVersion": "v1", "kind": "Service",
                "metadata": ["name": "zz-back", "namespace": .text(focus.namespace)],
                "spec": [
                    "type": "ExternalName",
                    "externalName": .text("\(focus.name).\(focus.namespace).svc.cluster.local"),
                ],
            ])
            return true
        },
        external("EXT005", "scheme") { _ in "https://db.example.com" },
        external("EXT005", "port") { _ in "db.example.com:5432" },
        external("EXT005", "path") { _ in "db.example.com/v1" },
        external("EXT005", "underscore") { _ in "my_db.example.com" },
        RandomFault("EXT006", "ports", [.external], isInFiles: false) { scene in
            scene.registry.service["spec", "ports"] = [["port": 5432]]
            scene.registry.service["spec", "selector"] = ["app": "db"]
            return true
        },
    ]

    // MARK: -

    private static let written = RandomRegistry.Shape.fronted + [.slices]

    /// The text of the Service is spoiled.
    private static func text(
        _ code: String, _ what: String, follows: Set<String> = [], _ spoil: @escaping @Sendable (String) -> String
    ) -> RandomFault {
        RandomFault(code, what, written) { scene in
            scene.registry.service["metadata", "labels"] = nil
            scene.registry.service["status"] = nil
            scene.registry.spoil = spoil
            scene.follows = follows
            return true
        }
    }

    static let manifests: [RandomFault] = [
        text("MAN001", "no blank behind a colon") { $0.replacing("kind: Service", with: "kind:Service") },
        text("MAN001", "a tab") { $0.replacing("spec:\n  ", with: "spec:\n\t") },
        text("MAN001", "an open quote") { text in
            text.replacing("metadata:\n  name: ", with: "metadata:\n  name: \"")
        },
        text("MAN001", "wrong depth") { $0.replacing("\n  ports:", with: "\n   ports:") },
        text("MAN002", "no kind") { $0.replacing("kind: Service\n", with: "") },
        text("MAN002", "no apiVersion") { $0.replacing("apiVersion: v1\n", with: "") },
        text("MAN003", "portz") { $0.replacing("\n  ports:", with: "\n  portz:") },
        RandomFault("MAN003", "prot", written) { scene in
            let index = "\(scene.anyPort())"
            scene.registry.service["spec", "ports", index, "prot"] =
                scene.registry.service["spec", "ports", index, "port"]
            scene.registry.service["spec", "ports", index, "port"] = nil
            return true
        },
        RandomFault("MAN003", "targetport", written) { scene in
            let index = "\(scene.anyPort())"
            scene.registry.service["spec", "ports", index, "targetport"] =
                scene.registry.service["spec", "ports", index, "targetPort"]
            scene.registry.service["spec", "ports", index, "targetPort"] = nil
            return true
        },
        RandomFault("MAN003", "selector in metadata", RandomRegistry.Shape.fronted) { scene in
            scene.registry.service["metadata", "selector"] = scene.registry.service["spec", "selector"]
            return true
        },
        RandomFault("MAN004", "clusterIP none", [.headless, .stateful]) { scene in
            scene.registry.service["spec", "clusterIP"] = "none"
            return true
        },
        RandomFault("MAN004", "protocol tcp", written) { scene in
            scene.registry.objects.removeAll { $0["kind"] == "Ingress" }
            scene.registry.service["spec", "ports", "\(scene.anyPort())", "protocol"] = "tcp"
            return true
        },
        RandomFault("MAN004", "type", RandomRegistry.Shape.fronted) { scene in
            scene.registry.objects.removeAll { $0["kind"] == "Ingress" }
            scene.registry.service["spec", "type"] = "Nodeport"
            return true
        },
        RandomFault("MAN004", "policy local", RandomRegistry.Shape.fronted) { scene in
            scene.registry.objects.removeAll { $0["kind"] == "Ingress" }
            scene.registry.service["spec", "externalTrafficPolicy"] = "local"
            return true
        },
        RandomFault("MAN005", "no port", written) { scene in
            scene.registry.objects.removeAll { $0["kind"] == "Ingress" }
            scene.registry.service["spec", "ports", "\(scene.anyPort())", "port"] = nil
            return true
        },
        RandomFault("MAN004", "port too large", written) { scene in
            scene.registry.objects.removeAll { $0["kind"] == "Ingress" }
            scene.registry.service["spec", "ports", "\(scene.anyPort())", "port"] = 70000
            return true
        },
        RandomFault("MAN006", "an Ingress of old", RandomRegistry.Shape.served) { scene in
            let focus = scene.focus
            scene.registry.objects.removeAll { $0["kind"] == "Ingress" }
            scene.registry.objects.append([
                "apiVersion": "extensions/v1beta1", "kind": "Ingress",
                "metadata": ["name": "old", "namespace": .text(focus.namespace)],
                "status": ["loadBalancer": ["ingress": [["ip": "203.0.113.250"]]]],
                "spec": [
                    "rules": [
                        [
                            "host": "old.example.com",
                            "http": [
                                "paths": [
                                    [
                                        "path": "/",
                                        "backend": [
                                            "serviceName": .text(focus.name),
                                            "servicePort": .number(focus.ports[0].number),
                                        ],
                                    ]
                                ]
                            ],
                        ]
                    ]
                ],
            ])
            return true
        },
        RandomFault("MAN007", "twice", written) { scene in
            var again = scene.registry.service
            again["metadata", "labels", "again"] = "yes"
            scene.registry.objects.append(again)
            return true
        },
        RandomFault("MAN008", "underscore", written, isInFiles: true) { scene in
            let name = scene.focus.name.replacing("-", with: "") + "_v1"
            let own = scene.focus
            scene.registry.objects.removeAll { $0["kind"] == "Ingress" }
            scene.registry.removeWrittenEndpoints(of: own)
            scene.registry.service["metadata", "name"] = .text(name)
            scene.asked = ("svc/\(name)", own.namespace)
            // Aliases of the right name.
            scene.follows = ["EXT002"]
            return true
        },
        RandomFault("MAN010", "another letter in the selector", RandomRegistry.Shape.fronted) { scene in
            let (key, value) = scene.focus.labels[0]
            let other = value.replacing("a", with: "\u{430}").replacing("e", with: "\u{435}")
            guard other != value else { return false }
            scene.registry.removeWrittenEndpoints(of: scene.focus)
            scene.registry.service["metadata", "labels"] = nil
            scene.registry.service["spec", "selector", key] = .text(other)
            return true
        },
    ]
}
