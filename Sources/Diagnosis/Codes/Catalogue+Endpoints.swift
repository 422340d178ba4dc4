import Findings

extension Catalogue {
    /// EPS.
    static let endpoints: [CodeEntry] = selections + targets + addresses

    /// Whom the selector finds, and whether they are ready.
    private static let selections: [CodeEntry] = [
        CodeEntry(
            "EPS001", .error, Phrase("selector matches nothing", zh: "选择算符没有匹配任何 Pod"),
            cause: Phrase(
                "No Pod of the Service's namespace has all the labels of its selector, so there are no endpoints. A ClusterIP name still resolves; connections are refused.",
                zh: "Service 所在命名空间中没有 Pod 具备选择算符的全部标签，因此没有端点。ClusterIP 名称仍可解析；连接会被拒绝。"),
            evidence: Phrase(
                "spec.selector and its place, the nearest labels on Pods, and who has them.",
                zh: "spec.selector 及其位置、Pod 上最接近的标签，以及带有这些标签的 Pod。"),
            fix: Phrase("Make the selector and the Pods' labels equal.", zh: "使选择算符与 Pod 的标签一致。")),
        CodeEntry(
            "EPS002", .error, Phrase("none ready", zh: "没有就绪的 Pod"),
            cause: Phrase(
                "Pods match, and none of them is ready: they crash, wait, fail their readiness probe or have no address.",
                zh: "有匹配的 Pod，但没有一个就绪：它们崩溃、等待、就绪探针失败或没有地址。"),
            evidence: Phrase(
                "For each Pod its condition Ready, what its containers wait for, and restarts.",
                zh: "每个 Pod 的 Ready 状况、容器等待的原因和重启次数。"),
            fix: Phrase("Look at the Pod's events and its containers' logs.", zh: "查看 Pod 的事件及其容器的日志。")),
        CodeEntry(
            "EPS004", .error, Phrase("headless, none ready: NXDOMAIN", zh: "无头 Service 没有就绪端点：NXDOMAIN"),
            cause: Phrase(
                "A headless name is made of its ready endpoints: with none, the name does not exist.",
                zh: "无头 Service 的名称由就绪端点构成：没有就绪端点时，该名称不存在。"),
            evidence: Phrase("The Pods, and why each is not ready.", zh: "各个 Pod 及其未就绪的原因。"),
            fix: Phrase(
                "Make the Pods ready, or set publishNotReadyAddresses if peers must find each other before.",
                zh: "使 Pod 就绪；如果对等成员必须在就绪之前互相发现，则设置 publishNotReadyAddresses。")),
        CodeEntry(
            "EPS005", .error, Phrase("matching Pods only in another namespace", zh: "匹配的 Pod 仅在其他命名空间"),
            cause: Phrase(
                "A selector reaches its own namespace only, and the Pods with these labels are in another.",
                zh: "选择算符只在自己的命名空间内生效，而带有这些标签的 Pod 在其他命名空间。"),
            evidence: Phrase("The namespaces and Pods that match.", zh: "匹配的命名空间和 Pod。"),
            fix: Phrase("Move the Service to the Pods' namespace.", zh: "把 Service 移到 Pod 所在的命名空间。")),
        CodeEntry(
            "EPS012", .warning, Phrase("some not ready", zh: "部分未就绪"),
            cause: Phrase(
                "Some of the Pods take no traffic; the others take theirs too.", zh: "部分 Pod 不接收流量；其余 Pod 承担它们的流量。"),
            evidence: Phrase("The Pods that are not ready, and why.", zh: "未就绪的 Pod 及其原因。"),
            fix: Phrase("Look at the Pod's events and its containers' logs.", zh: "查看 Pod 的事件及其容器的日志。")),
        CodeEntry(
            "EPS013", .warning, Phrase("only workload templates, no Pods", zh: "只有工作负载的模板，没有 Pod"),
            cause: Phrase(
                "A Deployment's or another workload's template matches, but its Pods are not in the registry: manifests have no controller, or it has 0 replicas.",
                zh: "Deployment 或其他工作负载的模板匹配，但其 Pod 不在注册表中：仅有清单时没有控制器，或者副本数为 0。"),
            evidence: Phrase("The workloads whose templates match.", zh: "模板匹配的工作负载。"),
            fix: Phrase(
                "Add the Pods of the cluster to the manifests, ask the cluster itself, or scale the workload up.",
                zh: "把集群中的 Pod 加入清单，直接查询集群，或扩容该工作负载。")),
    ]

    /// Which port of the Pods a port leads to.
    private static let targets: [CodeEntry] = [
        CodeEntry(
            "EPS003", .error, Phrase("named port missing", zh: "缺少指定名称的端口"),
            cause: Phrase(
                "A named targetPort is no port of the Pods, or a port's name is not in the written slices: endpoints have no such port, and proxies send nothing.",
                zh: "命名的 targetPort 不是 Pod 的端口，或者端口名称不在手写的 EndpointSlice 中：端点没有该端口，代理不转发任何流量。"),
            evidence: Phrase(
                "spec.ports[].targetPort, the Pods and the ports that their containers declare.",
                zh: "spec.ports[].targetPort、各个 Pod 及其容器声明的端口。"),
            fix: Phrase(
                "Name a port that the containers have, or give theirs the name.", zh: "改用容器已有的端口名称，或为容器端口起该名称。")),
        CodeEntry(
            "EPS006", .error, Phrase("quoted number", zh: "数字带有引号"),
            cause: Phrase(
                "targetPort in quotes is a port's name, and no container may name a port with digits only.",
                zh: "带引号的 targetPort 是端口名称，而容器端口的名称不允许只有数字。"),
            evidence: Phrase("spec.ports[].targetPort as written.", zh: "spec.ports[].targetPort 的原文。"),
            fix: Phrase("Write the number without quotes.", zh: "去掉数字的引号。")),
        CodeEntry(
            "EPS007", .error, Phrase("named port, other protocol", zh: "命名端口的协议不同"),
            cause: Phrase(
                "A named targetPort is found by name and protocol: the Pods have the name with another protocol.",
                zh: "命名的 targetPort 按名称和协议查找：Pod 上有该名称，但协议不同。"),
            evidence: Phrase(
                "spec.ports[].protocol and the protocol of the containers' port.", zh: "spec.ports[].protocol 与容器端口的协议。"
            ),
            fix: Phrase("Make both protocols equal.", zh: "使两者的协议一致。")),
        CodeEntry(
            "EPS011", .warning, Phrase("number not among declared ports", zh: "端口号不在声明的端口之中"),
            cause: Phrase(
                "The Pods declare ports, the Service leads to a number that is none of them, and leaves a declared one unused. What containers declare is information only: the application may listen all the same.",
                zh: "Pod 声明了端口，而 Service 指向的端口号不在其中，并且有声明的端口未被使用。容器声明的端口仅供参考：应用仍可能监听该端口。"),
            evidence: Phrase(
                "spec.ports[].targetPort and the ports that the containers declare.",
                zh: "spec.ports[].targetPort 与容器声明的端口。"),
            fix: Phrase("Lead to the port that the containers declare.", zh: "指向容器声明的端口。")),
    ]

    /// What slices and Endpoints hold.
    private static let addresses: [CodeEntry] = [
        CodeEntry(
            "EPS008", .error, Phrase("slice label", zh: "EndpointSlice 标签错误"),
            cause: Phrase(
                "A slice belongs to the Service of its namespace that its label kubernetes.io/service-name names; this one names another or none.",
                zh: "EndpointSlice 属于其标签 kubernetes.io/service-name 所指的同一命名空间内的 Service；此切片指向了其他 Service 或没有指向。"),
            evidence: Phrase("The slice, its label and addresses.", zh: "该 EndpointSlice 及其标签和地址。"),
            fix: Phrase("Label the slice with the Service's name.", zh: "用 Service 的名称为该 EndpointSlice 打标签。")),
        CodeEntry(
            "EPS009", .error, Phrase("endpoint without Pod, or of another address", zh: "端点没有对应的 Pod，或地址不同"),
            cause: Phrase(
                "A slice or Endpoints that somebody wrote says an address for a Pod that is gone, has ended or has another one: what is sent there is lost.",
                zh: "手写的 EndpointSlice 或 Endpoints 中的地址所对应的 Pod 已不存在、已结束或使用其他地址：发往该地址的流量会丢失。"),
            evidence: Phrase(
                "The endpoint's address and targetRef, and the Pod's status.podIPs.",
                zh: "端点的地址和 targetRef，以及 Pod 的 status.podIPs。"),
            fix: Phrase(
                "Write the Pod's address, or let a selector's controller make the slices anew.",
                zh: "写入 Pod 的地址，或删除切片让选择算符的控制器重新生成。")),
        CodeEntry(
            "EPS010", .error, Phrase("IP family", zh: "IP 地址族"),
            cause: Phrase(
                "Only Pods' addresses of the Service's families are endpoints, and the Pods have none of these. A warning where one family of two has none.",
                zh: "只有与 Service 地址族相同的 Pod 地址才成为端点，而这些 Pod 没有这样的地址。双栈中仅有一个地址族没有端点时为警告。"),
            evidence: Phrase("spec.ipFamilies and status.podIPs.", zh: "spec.ipFamilies 与 status.podIPs。"),
            fix: Phrase("Ask for the family that the Pods have.", zh: "使用 Pod 所具有的地址族。")),
        CodeEntry(
            "EPS014", .warning, Phrase("several Pods, one address", zh: "多个 Pod 使用同一地址"),
            cause: Phrase(
                "Pods that are not on their node's network have an address each. The same one several times is a copied line, or a Pod that is gone.",
                zh: "不使用节点网络的 Pod 各有自己的地址。同一地址出现多次，说明有复制的行，或者 Pod 已不存在。"),
            evidence: Phrase("The address, and the Pods that report it.", zh: "该地址，以及报告它的 Pod。"),
            fix: Phrase("Compare with kubectl get pods -o wide.", zh: "与 kubectl get pods -o wide 的输出比对。")),
    ]
}
