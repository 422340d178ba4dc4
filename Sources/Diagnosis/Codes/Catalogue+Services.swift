import Findings

extension Catalogue {
    /// SVC.
    static let services: [CodeEntry] = [
        CodeEntry(
            "SVC001", .error, Phrase("port not served", zh: "端口未提供服务"),
            cause: Phrase(
                "The client connects to a port that the Service does not have, most often to its targetPort or nodePort. The name resolves; the connection fails.",
                zh: "客户端连接了 Service 没有的端口，最常见的是它的 targetPort 或 nodePort。名称可以解析，但连接失败。"),
            evidence: Phrase(
                "The port given with --port, and spec.ports with each targetPort and nodePort.",
                zh: "--port 给出的端口，以及 spec.ports 中的各个 targetPort 和 nodePort。"),
            fix: Phrase("Connect to a port of the Service.", zh: "改为连接 Service 的端口。")),
        CodeEntry(
            "SVC002", .error, Phrase("clusterIP taken", zh: "clusterIP 已被占用"),
            cause: Phrase(
                "Two Services ask for one clusterIP. An API server refuses the later one; with both, one gets the traffic of the other.",
                zh: "两个 Service 要求同一个 clusterIP。API 服务器会拒绝后创建的那个；若两者并存，其中一个会收到另一个的流量。"),
            evidence: Phrase("spec.clusterIP of both Services.", zh: "两个 Service 的 spec.clusterIP。"),
            fix: Phrase("Write another clusterIP, or none to be given one.", zh: "改用别的 clusterIP，或不写以便自动分配。")),
        CodeEntry(
            "SVC003", .error, Phrase("nodePort taken or out of range", zh: "nodePort 已被占用或超出范围"),
            cause: Phrase(
                "A nodePort belongs to one Service for each protocol, and lies in 30000-32767.",
                zh: "同一协议的一个 nodePort 只属于一个 Service，且须在 30000-32767 之内。"),
            evidence: Phrase("spec.ports[].nodePort of both Services.", zh: "两个 Service 的 spec.ports[].nodePort。"),
            fix: Phrase("Write another nodePort, or none to be given one.", zh: "改用别的 nodePort，或不写以便自动分配。")),
        CodeEntry(
            "SVC004", .error, Phrase("clusterIP outside the CIDR", zh: "clusterIP 不在 CIDR 之内"),
            cause: Phrase(
                "Proxies and the reverse zone know only addresses of the Service CIDR; an API server refuses others.",
                zh: "代理和反向区域只认 Service CIDR 内的地址；API 服务器会拒绝其他地址。"),
            evidence: Phrase("spec.clusterIP and the Service CIDR.", zh: "spec.clusterIP 与 Service CIDR。"),
            fix: Phrase(
                "Write an address of the CIDR, or none to be given one.", zh: "改用 CIDR 内的地址，或不写以便自动分配。")),
        CodeEntry(
            "SVC005", .error, Phrase("several ports, one unnamed", zh: "有多个端口，其中有未命名的"),
            cause: Phrase(
                "With several ports each needs a name: an API server refuses the Service, and a port without a name has no SRV record.",
                zh: "有多个端口时每个端口都必须命名：API 服务器会拒绝此 Service，且未命名的端口没有 SRV 记录。"),
            evidence: Phrase("spec.ports.", zh: "spec.ports。"),
            fix: Phrase("Give each port a name.", zh: "为每个端口命名。")),
        CodeEntry(
            "SVC006", .info, Phrase("unnamed port has no SRV", zh: "未命名的端口没有 SRV 记录"),
            cause: Phrase(
                "SRV records are named _PORT._PROTOCOL after a port's name; a single port may go without one.",
                zh: "SRV 记录按端口名称命名为 _PORT._PROTOCOL；只有一个端口时可以不命名。"),
            evidence: Phrase("spec.ports.", zh: "spec.ports。"),
            fix: Phrase("Give the port a name if clients ask for SRV.", zh: "如果客户端查询 SRV，请为该端口命名。")),
        CodeEntry(
            "SVC007", .warning, Phrase("Local policy, node without endpoint", zh: "Local 策略下有节点没有端点"),
            cause: Phrase(
                "With externalTrafficPolicy or internalTrafficPolicy Local a node sends traffic to its own endpoints only, and drops it where it has none.",
                zh: "externalTrafficPolicy 或 internalTrafficPolicy 为 Local 时，节点只把流量发往本节点的端点；没有端点时丢弃流量。"),
            evidence: Phrase(
                "The policy, the nodes, and the nodes of the ready Pods.", zh: "该策略、各节点，以及就绪 Pod 所在的节点。"),
            fix: Phrase(
                "Run a Pod on each node (DaemonSet), or set the policy to Cluster.",
                zh: "在每个节点上运行一个 Pod（DaemonSet），或把策略设为 Cluster。")),
        CodeEntry(
            "SVC008", .info, Phrase("affinity has no DNS effect", zh: "会话亲和性对 DNS 没有影响"),
            cause: Phrase(
                "sessionAffinity is the work of the node's proxy: DNS answers every client alike.",
                zh: "sessionAffinity 由节点上的代理实现：DNS 对所有客户端的应答都相同。"),
            evidence: Phrase("spec.sessionAffinity.", zh: "spec.sessionAffinity。"),
            fix: Phrase("Nothing needs mending.", zh: "无需修复。")),
        CodeEntry(
            "SVC009", .info,
            Phrase("NodePort/LoadBalancer keeps its ClusterIP record", zh: "NodePort/LoadBalancer 仍使用 ClusterIP 记录"),
            cause: Phrase(
                "A Service of type NodePort or LoadBalancer has a clusterIP too, and its name in the cluster leads there.",
                zh: "NodePort 或 LoadBalancer 类型的 Service 同样有 clusterIP，其集群内名称指向该地址。"),
            evidence: Phrase("spec.type and spec.clusterIPs.", zh: "spec.type 与 spec.clusterIPs。"),
            fix: Phrase("Nothing needs mending.", zh: "无需修复。")),
        CodeEntry(
            "SVC010", .warning, Phrase("no selector, no slice", zh: "没有选择算符，也没有 EndpointSlice"),
            cause: Phrase(
                "Without a selector no controller makes endpoints: somebody has to write an EndpointSlice with the label kubernetes.io/service-name, or Endpoints of the Service's name.",
                zh: "没有选择算符时，控制器不会创建端点：必须有人编写带标签 kubernetes.io/service-name 的 EndpointSlice，或与 Service 同名的 Endpoints。"),
            evidence: Phrase(
                "spec.selector, the slices of the namespace, Endpoints with a near name.",
                zh: "spec.selector、该命名空间的 EndpointSlice、名称相近的 Endpoints。"),
            fix: Phrase("Write the EndpointSlice, or a selector.", zh: "编写 EndpointSlice，或添加选择算符。")),
    ]
}
