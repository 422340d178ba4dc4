import Findings
import ServiceRegistry

extension EndpointsExamination {
    /// EPS003, EPS006, EPS007 and EPS011 for each port of the Service, in its order.
    /// - Parameter ready: the Pods that serve; empty where none is known.
    func portFindings(ready: [Pod]) -> [Finding] {
        let pods = ready.isEmpty ? selected ?? [] : ready
        let findings = service.ports.indices.compactMap { index -> Finding? in
            let port = service.ports[index]
            switch port.target {
            case .name(let name) where !pods.isEmpty:
                if pods.contains(where: { $0.declares(name, port.transport) }) { return nil }
                if Service.isNumber(name) { return quotedNumber(index, name, pods) }
                return otherProtocol(index, name, pods) ?? missingName(index, name, pods)
            case .number(let number) where !pods.isEmpty:
                return unservedBySlices(port) ?? undeclared(index, number, pods)
            default: return unservedBySlices(port)
            }
        }
        // A port that a faulty one should lead to is no sign of a second slip.
        let errors = findings.filter { $0.severity == .error }
        return errors.isEmpty ? findings : errors
    }

    /// EPS006: `targetPort: "80"` is the name of a port, and no container may name one so.
    private func quotedNumber(_ index: Int, _ name: String, _ pods: [Pod]) -> Finding {
        let port = service.ports[index]
        let place = place(ofTarget: index)
        return finding(
            "EPS006", .error,
            Phrase(
                "targetPort \"\(name)\" of port \(port.port) of Service \(service.name) is in quotes: a port's name, not the number \(name)",
                zh: "Service \(service.name) 端口 \(port.port) 的 targetPort \"\(name)\" 带有引号：它是端口名称，而不是数字 \(name)"),
            at: place,
            evidence: [
                Phrase(
                    "no container of \(listed(pods.map(\.name.name)).english) has a port named \"\(name)\"",
                    zh: "\(listed(pods.map(\.name.name)).chinese) 的容器都没有名为 \"\(name)\" 的端口"),
                declaredLine(pods), consequenceOfPort(port),
            ], fix: replaceTarget(index, by: name))
    }

    /// EPS007: the name is there, with another protocol.
    private func otherProtocol(_ index: Int, _ name: String, _ pods: [Pod]) -> Finding? {
        let port = service.ports[index]
        guard let pod = pods.first(where: { pod in pod.containerPorts.contains { $0.name == name } }),
            let found = pod.containerPorts.first(where: { $0.name == name })
        else { return nil }
        return finding(
            "EPS007", .error,
            Phrase(
                "port \(port.port) of Service \(service.name) is \(port.transport.rawValue), and its targetPort \(name) is \(found.transport.rawValue) on the Pods",
                zh:
                    "Service \(service.name) 的端口 \(port.port) 是 \(port.transport.rawValue)，而其 targetPort \(name) 在 Pod 上是 \(found.transport.rawValue)"
            ),
            at: place(ofTarget: index),
            evidence: [
                Phrase(
                    "a named targetPort is found by name and protocol: \(name)/\(port.transport.rawValue) is on none of \(counted(pods.count, "Pod"))",
                    zh: "命名的 targetPort 按名称和协议查找：\(pods.count) 个 Pod 中都没有 \(name)/\(port.transport.rawValue)"),
                declaredLine(pods), consequenceOfPort(port),
            ],
            fix: Phrase(
                "kubectl -n \(service.name.namespace) patch svc \(service.name.name) --type=json -p "
                    + "'[{\"op\":\"replace\",\"path\":\"/spec/ports/\(index)/protocol\",\"value\":\"\(found.transport.rawValue)\"}]'"
            ))
    }

    /// EPS003: FindPort fails for every Pod, so the endpoints have no port.
    private func missingName(_ index: Int, _ name: String, _ pods: [Pod]) -> Finding {
        let port = service.ports[index]
        let near = nearPort(to: port, name, among: pods)
        let names = listed(pods.map(\.name.name))
        var evidence = [
            Phrase(
                "0 of \(counted(pods.count, "Pod")) \(pods.count == 1 ? "has" : "have") a port named \(name): \(names.english)",
                zh: "\(pods.count) 个 Pod 都没有名为 \(name) 的端口：\(names.chinese)"),
            declaredLine(pods),
        ]
        evidence.append(consequenceOfPort(port))
        return finding(
            "EPS003", .error,
            Phrase(
                "targetPort \(name) of port \(port.port) of Service \(service.name) is no port of its Pods",
                zh: "Service \(service.name) 端口 \(port.port) 的 targetPort \(name) 不是其 Pod 的端口"),
            at: place(ofTarget: index), evidence: evidence,
            fix: near.map { replaceTarget(index, by: $0.name.isEmpty ? "\($0.port)" : "\"\($0.name)\"") }
                ?? Phrase("ports:\n- name: \(name)\n  containerPort: \(port.port)"))
    }

    /// The container port that was meant: one with a near name, the port's own number, or the only one.
    private func nearPort(to port: Service.Port, _ name: String, among pods: [Pod]) -> ContainerPort? {
        let all = pods.first { !$0.containerPorts.isEmpty }?.containerPorts.filter { $0.transport == port.transport }
        guard let all, !all.isEmpty else { return nil }
        let letters = Array(name.lowercased().utf8)
        let near = all.filter {
            editDistance(letters, Array($0.name.lowercased().utf8), atMost: min(2, letters.count / 2)) != nil
        }
        return near.first ?? all.first { $0.port == port.port } ?? (all.count == 1 ? all[0] : nil)
    }

    /// EPS003 for endpoints that were written: proxies join a Service's and a slice's ports by their names.
    private func unservedBySlices(_ port: Service.Port) -> Finding? {
        guard !service.isHeadless, !ready.isEmpty else { return nil }
        let ports = Set(ready.flatMap(\.slice.ports))
        if ports.contains(where: { $0.name == port.name && $0.transport == port.transport }) { return nil }
        let texts = ports.map { slicePort in
            "\(slicePort.port.map { "\($0)" } ?? "all")/\(slicePort.transport.rawValue)"
                + (slicePort.name.isEmpty ? " (no name)" : " (\(slicePort.name))")
        }.sorted()
        let slices = listed(Set(ready.map { "\($0.slice.name)" }).sorted())
        let sameName = ports.first { $0.name == port.name }
        let name = port.name.isEmpty ? "\"\"" : port.name
        let list = texts.isEmpty ? "-" : texts.joined(separator: ", ")
        return finding(
            sameName == nil ? "EPS003" : "EPS007", .error,
            Phrase(
                "port \(port.port)/\(port.transport.rawValue) of Service \(service.name), named \(name), has no port of that name and protocol in its endpoints",
                zh: "Service \(service.name) 的端口 \(port.port)/\(port.transport.rawValue)（名称 \(name)）在其端点中没有同名同协议的端口"),
            evidence: [
                Phrase(
                    "ports of EndpointSlice \(slices.english): \(list)",
                    zh: "EndpointSlice \(slices.chinese) 的端口：\(list)"),
                consequenceOfPort(port),
            ],
            fix: Phrase(
                "ports:\n- name: \(name)\n  port: \(sameName?.port ?? ports.first?.port ?? port.port)\n  protocol: \(port.transport.rawValue)"
            ))
    }

    // MARK: - Numbers

    /// EPS011. What containers declare is information only; it is a sign of a slip where they declare ports and the
    /// Service leads to another while it leaves a declared one unused.
    private func undeclared(_ index: Int, _ number: UInt16, _ pods: [Pod]) -> Finding? {
        let port = service.ports[index]
        let declared = pods.map { $0.containerPorts.filter { !$0.isSideDoor } }
        guard declared.allSatisfy({ !$0.isEmpty }) else { return nil }
        let all = declared.flatMap { $0 }
        let same = all.filter { $0.port == number }
        if same.contains(where: { $0.transport == port.transport }) { return nil }
        // The other protocol of a number that the Service has too.
        if same.contains(where: { other in
            service.ports.contains { $0.target == .number(number) && $0.transport == other.transport }
        }) {
            return nil
        }
        let unused = all.filter { container in
            !service.ports.contains {
                $0.transport == container.transport
                    && ($0.target == .number(container.port) || $0.target == .name(container.name))
            }
        }
        guard let spare = same.first ?? unused.first(where: { isMeant($0, by: index, declared: all) }) else {
            return nil
        }
        return finding(
            "EPS011", .warning,
            Phrase(
                "targetPort \(number)/\(port.transport.rawValue) of port \(port.port) of Service \(service.name) is none of the ports that its Pods declare",
                zh:
                    "Service \(service.name) 端口 \(port.port) 的 targetPort \(number)/\(port.transport.rawValue) 不在其 Pod 声明的端口之中"
            ),
            at: place(ofTarget: index),
            evidence: [
                declaredLine(pods),
                Phrase(
                    "a container may listen on a port that it does not declare; if it does not, connections to \(service.frontText(port.port)) are refused",
                    zh: "容器可以监听未声明的端口；如果没有监听，到 \(service.frontText(port.port)) 的连接会被拒绝"),
            ],
            fix: same.isEmpty
                ? replaceTarget(index, by: "\(spare.port)")
                : Phrase(
                    "kubectl -n \(service.name.namespace) patch svc \(service.name.name) --type=json -p "
                        + "'[{\"op\":\"replace\",\"path\":\"/spec/ports/\(index)/protocol\",\"value\":\"\(spare.transport.rawValue)\"}]'"
                ))
    }

    /// A port that is declared and unused explains one slip: that of the Service's port of its name, else of the first
    /// that leads to a number which nobody declares.
    private func isMeant(_ spare: ContainerPort, by index: Int, declared: [ContainerPort]) -> Bool {
        let undeclared = service.ports.indices.filter { index in
            guard case .number(let number) = service.ports[index].target else { return false }
            return !declared.contains { $0.port == number && $0.transport == service.ports[index].transport }
        }
        let named = undeclared.first { !spare.name.isEmpty && service.ports[$0].name == spare.name }
        return (named ?? undeclared.first) == index
    }

    // MARK: - Parts

    private func declaredLine(_ pods: [Pod]) -> Phrase {
        var texts: [String] = []
        for port in pods.flatMap(\.containerPorts) {
            let text = "\(port.port)/\(port.transport.rawValue)" + (port.name.isEmpty ? "" : " (\(port.name))")
            if !texts.contains(text) { texts.append(text) }
        }
        guard !texts.isEmpty else {
            return Phrase("the Pods' containers declare no port", zh: "这些 Pod 的容器没有声明任何端口")
        }
        let list = listed(texts, atMost: 8)
        return Phrase("the Pods' containers declare \(list.english)", zh: "这些 Pod 的容器声明了 \(list.chinese)")
    }

    private func consequenceOfPort(_ port: Service.Port) -> Phrase {
        guard !service.isHeadless else {
            return Phrase(
                "the Pods' addresses are in DNS; port \(port.port) has no SRV record",
                zh: "Pod 的地址在 DNS 中；端口 \(port.port) 没有 SRV 记录")
        }
        return Phrase(
            "DNS is not the problem: the name resolves; the endpoints have no such port, so connections to \(service.frontText(port.port)) are refused",
            zh: "DNS 没有问题：名称可以解析；端点没有这样的端口，因此到 \(service.frontText(port.port)) 的连接会被拒绝")
    }

    /// - Parameter value: as JSON.
    private func replaceTarget(_ index: Int, by value: String) -> Phrase {
        Phrase(
            "kubectl -n \(service.name.namespace) patch svc \(service.name.name) --type=json -p "
                + "'[{\"op\":\"replace\",\"path\":\"/spec/ports/\(index)/targetPort\",\"value\":\(value)}]'")
    }

    private func place(ofTarget index: Int) -> SourcePlace? {
        facts.place(of: ObjectKey(.service, service.name), field: ["spec", "ports", "\(index)", "targetPort"])
    }
}

extension Service {
    /// Whether a port's name has digits only; a container's must have a letter (IsValidPortName).
    fileprivate static func isNumber(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}

extension Pod {
    /// Kubernetes' FindPort: name and protocol must both be equal.
    fileprivate func declares(_ name: String, _ transport: TransportProtocol) -> Bool {
        containerPorts.contains { $0.name == name && $0.transport == transport }
    }
}

extension ContainerPort {
    /// A port of a mesh's proxy or of an exporter, which says nothing of where the application listens.
    fileprivate var isSideDoor: Bool {
        name.hasPrefix("linkerd-") || name == "http-envoy-prom" || name.contains("metrics") || name.contains("health")
    }
}
