import Findings
import NetworkAddress
import ServiceRegistry

extension ServiceExamination {
    /// SVC007: traffic that stays on its node fails on nodes without an endpoint.
    var nodesWithoutEndpoint: Finding? {
        let isOutside =
            service.externalTrafficPolicyLocal
            && (service.kind != .clusterIP || !service.externalIPs.isEmpty)
        let isInside = service.internalTrafficPolicyLocal && !service.isHeadless
        guard isOutside || isInside, let serving = servingNodes else { return nil }
        var nodes = isOutside ? outsideNodes : insideNodes
        if isInside, !isOutside, let node = inquiry.client.pod.flatMap({ facts.registry.pods[$0]?.nodeName }),
            !node.isEmpty
        {
            nodes = [node]
        }
        if let node = inquiry.node { nodes = [node] }
        let missing = nodes.subtracting(serving).sorted()
        guard !missing.isEmpty else { return nil }
        let policy = isOutside ? "externalTrafficPolicy" : "internalTrafficPolicy"
        let (list, on) = (listed(missing, atMost: 5), listed(serving.sorted(), atMost: 5))
        return finding(
            "SVC007", .warning,
            Phrase(
                "Service \(service.name) has \(policy): Local, and \(counted(missing.count, "node")) without a ready endpoint: \(list.english)",
                zh: "Service \(service.name) 设置了 \(policy): Local，而 \(missing.count) 个节点没有就绪端点：\(list.chinese)"),
            evidence: [
                Phrase("nodes with a ready endpoint: \(on.english)", zh: "有就绪端点的节点：\(on.chinese)"),
                isOutside
                    ? Phrase(
                        "these nodes drop what comes to the nodePort from outside; a load balancer must ask the health check first",
                        zh: "这些节点会丢弃从外部到达 nodePort 的流量；负载均衡器必须先做健康检查")
                    : Phrase("Pods on these nodes cannot connect to it", zh: "这些节点上的 Pod 无法连接到它"),
            ], fix: service.patch("{\"spec\":{\"\(policy)\":\"Cluster\"}}"))
    }

    /// The nodes of ready endpoints; nil where there is none, or where it is not known of one.
    private var servingNodes: Set<String>? {
        let ready = facts.endpoints(of: service.name).filter(\.endpoint.isReady)
        var nodes: Set<String> = []
        for (endpoint, _) in ready {
            guard let pod = facts.registry.pods[ObjectName(service.name.namespace, endpoint.podName)],
                !pod.nodeName.isEmpty
            else { return nil }
            nodes.insert(pod.nodeName)
        }
        return nodes.isEmpty ? nil : nodes
    }

    /// The nodes that clients run on; where none is known, those of all Pods that run.
    private var insideNodes: Set<String> {
        let nodes = facts.registry.nodes.values
        guard nodes.isEmpty else {
            let workers = nodes.filter { !$0.isControlPlane }
            return Set((workers.isEmpty ? Array(nodes) : workers).map(\.name))
        }
        return Set(
            facts.registry.pods.values.lazy.filter { $0.phase == .running && !$0.nodeName.isEmpty }.map(\.nodeName))
    }

    /// The nodes that outside traffic comes to.
    private var outsideNodes: Set<String> {
        let kept = facts.registry.nodes.values.filter {
            $0.labels["node.kubernetes.io/exclude-from-external-load-balancers"] != nil
        }
        return insideNodes.subtracting(kept.map(\.name))
    }

    /// SVC010: nobody gives the Service an endpoint.
    var missingSlices: Finding? {
        guard service.selector?.isEmpty ?? true, facts.registry.slices(of: service.name).isEmpty,
            facts.registry.endpoints[service.name] == nil, service.name != ObjectName("default", "kubernetes"),
            !facts.reading.unread.contains(.endpointSlice),
            SliceSearch(facts: facts, service: service).strays.isEmpty
        else { return nil }
        var evidence = [
            service.isHeadless
                ? Phrase(
                    "a headless name exists only while an endpoint is ready: \(facts.hostName(of: service.name)) is NXDOMAIN",
                    zh: "无头 Service 的名称仅在有就绪端点时存在：\(facts.hostName(of: service.name)) 为 NXDOMAIN")
                : Phrase(
                    "the name resolves, but connections to \(service.frontText()) are refused",
                    zh: "名称可以解析，但到 \(service.frontText()) 的连接会被拒绝")
        ]
        if let near = nearEndpoints {
            evidence.append(
                Phrase(
                    "nearest: Endpoints \(near)\(facts.mark(facts.places[ObjectKey(.endpoints, near)])); Endpoints must have the Service's own name and namespace",
                    zh:
                        "最接近的是 Endpoints \(near)\(facts.mark(facts.places[ObjectKey(.endpoints, near)]))；Endpoints 必须与 Service 同名且在同一命名空间"
                ))
        }
        return finding(
            "SVC010", .warning,
            Phrase(
                "Service \(service.name) has no selector, and no EndpointSlice names it",
                zh: "Service \(service.name) 没有选择算符，也没有 EndpointSlice 指向它"),
            evidence: evidence, fix: sliceToWrite)
    }

    private var nearEndpoints: ObjectName? {
        let name = service.name
        let inNamespace = facts.registry.endpoints.keys.filter {
            ($0.namespace == name.namespace || $0.name == name.name) && facts.registry.services[$0] == nil
        }
        return nameSuggestions(for: name.name, in: name.namespace, among: inNamespace, limit: 1).first?.service
    }

    private var sliceToWrite: Phrase {
        let ports = service.ports.map { port in
            let target = if case .number(let number) = port.target { number } else { port.port }
            let name = port.name.isEmpty ? "" : "name: \(port.name), "
            return "{\(name)port: \(target), protocol: \(port.transport.rawValue)}"
        }
        let type = service.families.first == .v6 ? "IPv6" : "IPv4"
        return Phrase(
            """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata:
              name: \(service.name.name)-1
              namespace: \(service.name.namespace)
              labels: {kubernetes.io/service-name: \(service.name.name)}
            addressType: \(type)
            ports: [\(ports.joined(separator: ", "))]
            endpoints: [{addresses: ["ADDRESS"]}]
            """)
    }

    // MARK: - What surprises, but is right

    /// SVC008
    var affinity: Finding? {
        guard service.sessionAffinityClientIP else { return nil }
        return finding(
            "SVC008", .info,
            Phrase(
                "sessionAffinity: ClientIP of Service \(service.name) has no effect on DNS answers",
                zh: "Service \(service.name) 的 sessionAffinity: ClientIP 对 DNS 应答没有影响"),
            evidence: [
                service.isHeadless
                    ? Phrase(
                        "the Service is headless: no proxy keeps a client with one Pod",
                        zh: "这是无头 Service：没有代理把客户端固定到同一个 Pod")
                    : Phrase(
                        "the node's proxy keeps a client with one Pod behind the same address",
                        zh: "由节点上的代理把客户端固定到同一地址背后的同一个 Pod")
            ])
    }

    /// SVC009
    var keptRecord: Finding? {
        guard service.kind == .nodePort || service.kind == .loadBalancer, !service.isHeadless else { return nil }
        let addresses = service.clusterIPs.map { "\($0)" }.joined(separator: ", ")
        return finding(
            "SVC009", .info,
            Phrase(
                "\(facts.hostName(of: service.name)) leads to the clusterIP \(addresses) although the Service is a \(service.kind.rawValue)",
                zh:
                    "\(facts.hostName(of: service.name)) 指向 clusterIP \(addresses)，尽管该 Service 的类型为 \(service.kind.rawValue)"
            ),
            evidence: [
                Phrase(
                    "inside the cluster a name never leads to a node's or a load balancer's address",
                    zh: "在集群内部，名称从不指向节点或负载均衡器的地址")
            ])
    }
}

extension Node {
    /// Its Pods are the cluster's own.
    fileprivate var isControlPlane: Bool {
        ["control-plane", "master"].contains { labels["node-role.kubernetes.io/\($0)"] != nil }
    }
}
