import TestSupport

/// A Service of a random registry with what stands behind it: Pods, their workload, slices and Endpoints.
extension RandomRegistry {
    mutating func add(_ app: App) {
        var app = app
        let isHTTP = chance(60)
        let count = Int.random(in: 1...4, using: &random)
        let isUnnamed = count == 1 && chance(40)
        for index in 0..<count {
            let known = ["http", "grpc", "metrics", "admin"][index]
            let isNamed = chance(40)
            app.ports.append(
                Port(
                    name: isUnnamed ? "" : known, number: (isHTTP ? 80 : 5000) + index, container: 8080 + index,
                    transport: chance(15) ? "UDP" : "TCP",
                    containerName: isNamed || chance(50) ? known : nil, isNamed: isNamed))
        }
        let key = pick(["app", "app.kubernetes.io/name", "k8s-app"])
        app.labels = [(key, app.name)]
        if chance(40) { app.labels.append(("tier", "backend")) }
        switch app.shape {
        case .external, .alias, .slices, .endpoints: break
        default: addPods(&app)
        }
        addService(app)
        addWorkload(app)
        apps.append(app)
        if [.slices, .endpoints].contains(app.shape) || Shape.selecting.contains(app.shape) && chance(25) {
            addEndpoints(app)
        }
    }

    private mutating func addPods(_ app: inout App) {
        let count = app.shape == .daemons ? nodes.count : Int.random(in: 1...4, using: &random)
        for index in 0..<count {
            addresses += 1
            let name =
                app.shape == .stateful
                ? "\(app.name)-\(index)" : "\(app.name)-7d4b9c6f5-\(["x2k9p", "b7q4z", "m5t8w", "c9d2r"][index % 4])"
            var ips = ["10.244.\(addresses / 200 + 1).\(addresses % 200 + 5)"]
            if app.shape == .dual { ips.append("fd00:10:244::\(addresses + 5)") }
            app.pods.append((name, ips, app.shape == .daemons ? nodes[index] : pick(nodes)))
        }
        for pod in app.pods { objects.append(self.pod(pod, of: app)) }
        if app.shape != .job, chance(20) {
            var ended = self.pod((app.name + "-migrate", ["10.244.9.\(addresses % 250)"], nodes[0]), of: app)
            ended["status", "phase"] = "Succeeded"
            ended["status", "conditions"] = [["type": "Ready", "status": "False", "reason": "PodCompleted"]]
            objects.append(ended)
        }
    }

    private mutating func pod(_ pod: (name: String, addresses: [String], node: String), of app: App) -> ManifestValue {
        let isJob = app.shape == .job
        var ports: [ManifestValue] = app.ports.compactMap { port in
            guard let name = port.containerName else { return nil }
            return [
                "name": .text(name), "containerPort": .number(port.container), "protocol": .text(port.transport),
            ]
        }
        if chance(20) { ports.append(["name": "http-metrics", "containerPort": 9090]) }
        var spec: ManifestValue = [
            "nodeName": .text(pod.node), "dnsPolicy": "ClusterFirst",
            "containers": [["name": "app", "image": "example/app:1.2", "ports": .list(ports)]],
        ]
        if app.shape == .stateful {
            spec["hostname"] = .text(pod.name)
            spec["subdomain"] = .text(app.name)
        }
        return [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": [
                "name": .text(pod.name), "namespace": .text(app.namespace), "creationTimestamp": .null,
                "labels": ManifestValue(
                    app.labels + (app.shape == .stateful ? [] : [("pod-template-hash", "7d4b9c6f5")])),
            ],
            "spec": spec,
            "status": [
                "phase": isJob ? "Succeeded" : "Running", "podIP": .text(pod.addresses[0]),
                "podIPs": .list(pod.addresses.map { ["ip": .text($0)] }),
                "conditions": [["type": "Ready", "status": isJob ? "False" : "True"]],
                "containerStatuses": [
                    ["name": "app", "ready": .flag(!isJob), "restartCount": 0, "state": ["running": [:]]]
                ],
            ],
        ]
    }

    private mutating func addService(_ app: App) {
        var spec: ManifestValue = [:]
        switch app.shape {
        case .external:
            spec = [
                "type": "ExternalName",
                "externalName": .text(pick(["db.example.com", "www.example.org.", "a-1.rds.example.net"])),
            ]
        case .alias:
            // Another namespace's Service by its whole name, or an address of the cluster that every one has.
            let target = apps.first { $0.shape != .external && $0.shape != .alias && $0.shape != .job }
            let name = target.map { "\($0.name).\($0.namespace)" } ?? "kubernetes.default"
            spec = ["type": "ExternalName", "externalName": .text("\(name).svc.cluster.local\(chance(30) ? "." : "")")]
        case .stateful, .headless:
            spec = ["clusterIP": "None"]
        default:
            clusterAddresses += 1
            let ip = "10.96.\(clusterAddresses / 250).\(clusterAddresses % 250 + 2)"
            if app.shape == .dual {
                spec = [
                    "ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv4", "IPv6"], "clusterIP": .text(ip),
                    "clusterIPs": [.text(ip), "fd00:10:96::\(clusterAddresses)"],
                ]
            } else if apps.isEmpty || chance(70) {
                spec = ["clusterIP": .text(ip), "clusterIPs": [.text(ip)]]
            }
        }
        var object: ManifestValue = [
            "apiVersion": "v1", "kind": "Service",
            "metadata": [
                "name": .text(app.name), "namespace": .text(app.namespace), "labels": ManifestValue(app.labels),
            ],
        ]
        if app.shape != .external && app.shape != .alias {
            spec["ports"] = .list(app.ports.map { servicePort($0, of: app) })
            if Shape.selecting.contains(app.shape) || app.shape == .job {
                spec["selector"] = ManifestValue(Array(app.labels.prefix(Int.random(in: 1...2, using: &random))))
            }
            if chance(15) { spec["sessionAffinity"] = "ClientIP" }
            if Shape.fronted.contains(app.shape) { addType(&spec, &object, app) }
        }
        object["spec"] = spec
        if chance(20), object["status"] == nil { object["status"] = ["loadBalancer": [:]] }
        objects.append(object)
    }

    private func servicePort(_ port: Port, of app: App) -> ManifestValue {
        var out: ManifestValue = ["port": .number(port.number)]
        if !port.name.isEmpty { out["name"] = .text(port.name) }
        out["targetPort"] =
            port.isNamed && !app.pods.isEmpty ? .text(port.containerName!) : .number(port.container)
        if port.transport != "TCP" { out["protocol"] = .text(port.transport) }
        return out
    }

    private mutating func addType(_ spec: inout ManifestValue, _ object: inout ManifestValue, _ app: App) {
        guard chance(50) else { return }
        let isBalanced = chance(50)
        spec["type"] = isBalanced ? "LoadBalancer" : "NodePort"
        for index in app.ports.indices {
            nodePorts += 1
            spec["ports", "\(index)", "nodePort"] = .number(nodePorts)
        }
        if app.shape == .daemons, chance(50) { spec["externalTrafficPolicy"] = "Local" }
        if isBalanced {
            object["status"] = [
                "loadBalancer": [
                    "ingress": [
                        chance(50)
                            ? ["ip": "203.0.113.\(clusterAddresses % 250)"] : ["hostname": "lb-1.elb.example.com"]
                    ]
                ]
            ]
        }
    }

    private mutating func addWorkload(_ app: App) {
        let kind: String
        switch app.shape {
        case .stateful: kind = "StatefulSet"
        case .daemons: kind = "DaemonSet"
        case .job: kind = "Job"
        case .deployment, .dual, .headless: kind = "Deployment"
        default: return
        }
        guard app.shape == .stateful || chance(60) else { return }
        var spec: ManifestValue = [
            "selector": ["matchLabels": ManifestValue(app.labels)],
            "template": [
                "metadata": ["labels": ManifestValue(app.labels)],
                "spec": ["containers": [["name": "app", "image": "example/app:1.2"]]],
            ],
        ]
        if kind == "StatefulSet" { spec["serviceName"] = .text(app.name) }
        if kind != "DaemonSet", kind != "Job" { spec["replicas"] = .number(app.pods.count) }
        objects.append([
            "apiVersion": kind == "Job" ? "batch/v1" : "apps/v1", "kind": .text(kind),
            "metadata": ["name": .text(app.name), "namespace": .text(app.namespace)], "spec": spec,
        ])
    }

    /// As somebody writes them, or as `kubectl get` shows the controller's.
    private mutating func addEndpoints(_ app: App) {
        let outside = ["192.0.2.10", "192.0.2.11"].map { (name: "", addresses: [$0], node: "") }
        let members = app.pods.isEmpty ? outside : app.pods
        let ports = app.ports.map { port -> ManifestValue in
            var out: ManifestValue = ["port": .number(port.container), "protocol": .text(port.transport)]
            if !port.name.isEmpty { out["name"] = .text(port.name) }
            return out
        }
        if app.shape == .endpoints {
            let addresses: [ManifestValue] = members.map { member in
                var out: ManifestValue = ["ip": .text(member.addresses[0])]
                if !member.name.isEmpty { out["targetRef"] = ["kind": "Pod", "name": .text(member.name)] }
                return out
            }
            objects.append([
                "apiVersion": "v1", "kind": "Endpoints",
                "metadata": ["name": .text(app.name), "namespace": .text(app.namespace)],
                "subsets": [["addresses": .list(addresses), "ports": .list(ports)]],
            ])
            return
        }
        for (family, type) in ["IPv4", "IPv6"].enumerated() where members[0].addresses.count > family {
            let endpoints: [ManifestValue] = members.map { member in
                var out: ManifestValue = [
                    "addresses": [.text(member.addresses[family])], "conditions": ["ready": true, "serving": true],
                ]
                if !member.name.isEmpty {
                    out["nodeName"] = .text(member.node)
                    out["targetRef"] = [
                        "kind": "Pod", "name": .text(member.name), "namespace": .text(app.namespace),
                    ]
                    if app.shape == .stateful { out["hostname"] = .text(member.name) }
                }
                return out
            }
            objects.append([
                "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                "metadata": [
                    "name": .text("\(app.name)-\(["7xk2p", "q9d4m"][family])"), "namespace": .text(app.namespace),
                    "labels": ["kubernetes.io/service-name": .text(app.name)],
                ],
                "addressType": .text(type), "endpoints": .list(endpoints), "ports": .list(ports),
            ])
        }
    }
}
