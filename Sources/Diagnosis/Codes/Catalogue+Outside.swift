import Findings

extension Catalogue {
    /// XTN and ING.
    static let outside: [CodeEntry] = [
        CodeEntry(
            "XTN001", .warning, Phrase("LoadBalancer pending", zh: "LoadBalancer 处于 pending"),
            cause: Phrase(
                "No controller has given the Service an address outside: there is none, it refuses, or it is still at work.",
                zh: "没有控制器为该 Service 分配外部地址：没有控制器、被其拒绝，或仍在进行中。"),
            evidence: Phrase("status.loadBalancer.ingress is empty.", zh: "status.loadBalancer.ingress 为空。"),
            fix: Phrase(
                "Read the Service's events; without a cloud install a controller, or use a NodePort.",
                zh: "查看该 Service 的事件；没有云平台时安装相应控制器，或改用 NodePort。")),
        CodeEntry(
            "XTN002", .error, Phrase("bad host name in status", zh: "status 中的主机名有误"),
            cause: Phrase(
                "status.loadBalancer.ingress has a host name that DNS or the API does not allow, so no CNAME leads to it.",
                zh: "status.loadBalancer.ingress 中的主机名不被 DNS 或 API 允许，因此没有 CNAME 指向它。"),
            evidence: Phrase("The host name in quotes and what is wrong with it.", zh: "用引号标出的主机名及其错误。"),
            fix: Phrase("Mend the controller that writes the status.", zh: "修正写入该 status 的控制器。")),
        CodeEntry(
            "XTN003", .warning, Phrase("no external zone for an external Service", zh: "外部 Service 没有外部区域"),
            cause: Phrase(
                "The Service is reached from outside, and the name by which it should be is in no zone that is served.",
                zh: "该 Service 可从集群外访问，但应使用的名称不在任何所提供的区域中。"),
            evidence: Phrase("The name, the Service's addresses and the zones served.", zh: "该名称、Service 的地址以及所提供的区域。"),
            fix: Phrase(
                "Serve the zone: k8s_external, or --external-zone.", zh: "提供该区域：k8s_external 或 --external-zone。")),
        CodeEntry(
            "XTN004", .info, Phrase("external names", zh: "外部名称"),
            cause: Phrase("The names that lead to it from outside.", zh: "从集群外指向它的名称。"),
            evidence: Phrase("Each name with its addresses.", zh: "每个名称及其地址。"),
            fix: Phrase("Nothing is wrong.", zh: "没有问题。")),
        CodeEntry(
            "ING001", .error, Phrase("backend Service missing", zh: "后端 Service 不存在"),
            cause: Phrase(
                "An Ingress leads to a Service that its own namespace does not have.",
                zh: "Ingress 指向的 Service 在其所在的命名空间中不存在。"),
            evidence: Phrase("Host, backend, and Services near it.", zh: "主机、后端以及相近的 Service。"),
            fix: Phrase("Name the right Service in the backend.", zh: "在后端中写出正确的 Service。")),
        CodeEntry(
            "ING002", .error, Phrase("backend port missing", zh: "后端端口不存在"),
            cause: Phrase(
                "An Ingress leads to a port that its Service does not have; often it is the targetPort.",
                zh: "Ingress 指向的端口不是该 Service 的端口；往往写成了 targetPort。"),
            evidence: Phrase("Host, port, and the ports of the Service.", zh: "主机、端口以及该 Service 的端口。"),
            fix: Phrase("Name a port of the Service.", zh: "写出该 Service 的端口。")),
        CodeEntry(
            "ING003", .warning, Phrase("host outside every zone", zh: "主机不在任何区域中"),
            cause: Phrase(
                "External zones are configured, and none holds the host of this rule.", zh: "配置了外部区域，但都不包含该规则的主机。"),
            evidence: Phrase("The host and the zones.", zh: "该主机与各区域。"),
            fix: Phrase("Serve the zone, or publish the host elsewhere.", zh: "提供该区域，或在别处发布该主机。")),
        CodeEntry(
            "ING004", .info, Phrase("rule without host", zh: "没有 host 的规则"),
            cause: Phrase("It takes every host, and gives no name a record.", zh: "它匹配所有主机，不产生任何名称的记录。"),
            evidence: Phrase("The rule.", zh: "该规则。"),
            fix: Phrase("Write the host, if it should have a name.", zh: "若需要名称，请写出 host。")),
        CodeEntry(
            "ING005", .warning, Phrase("Ingress without address", zh: "Ingress 没有地址"),
            cause: Phrase(
                "No controller has taken the Ingress: ingressClassName names none that runs, or it is at fault.",
                zh: "没有控制器接管该 Ingress：ingressClassName 未指向正在运行的控制器，或控制器有故障。"),
            evidence: Phrase(
                "Its status is empty, and that of another object is not.", zh: "其 status 为空，而其他对象的 status 不为空。"),
            fix: Phrase("Read its events and the controller's log.", zh: "查看其事件和控制器的日志。")),
    ]
}
