import Findings
import ServiceRegistry

extension ServiceExamination {
    /// SVC005: an API server refuses several ports of which one has no name.
    var namelessPorts: Finding? {
        let nameless = service.ports.filter(\.name.isEmpty)
        guard service.ports.count > 1, !nameless.isEmpty else { return nil }
        let numbers = nameless.map { "\($0.port)/\($0.transport.rawValue)" }.joined(separator: ", ")
        let loaded = facts.loadFindings.first { $0.code == "SVC005" && $0.object == "Service \(service.name)" }
        var names = Set(service.ports.map(\.name))
        let lines = service.ports.map { port in
            let name = port.name.isEmpty ? freeName(for: port, &names) : port.name
            let transport = port.transport == .tcp ? "" : "\n  protocol: \(port.transport.rawValue)"
            let target = port.target == .number(port.port) ? "" : "\n  targetPort: \(port.target)"
            let node = port.nodePort.map { "\n  nodePort: \($0)" } ?? ""
            return "- name: \(name)\n  port: \(port.port)\(transport)\(target)\(node)"
        }
        return finding(
            "SVC005", .error,
            Phrase(
                "Service \(service.name) has \(service.ports.count) ports, and \(numbers) has no name",
                zh: "Service \(service.name) 有 \(service.ports.count) 个端口，其中 \(numbers) 没有名称"),
            at: loaded?.place,
            evidence: [
                Phrase("ports: \(service.portsText)", zh: "端口：\(service.portsText)"),
                Phrase(
                    "with several ports each needs a name: an API server refuses the Service, and a port without one has no SRV record",
                    zh: "有多个端口时每个端口都必须命名：API 服务器会拒绝此 Service，且未命名的端口没有 SRV 记录"),
            ],
            fix: Phrase("ports:\n" + lines.joined(separator: "\n")))
    }

    /// A name for a port: what its container calls it, or what everybody calls the number.
    private func freeName(for port: Service.Port, _ taken: inout Set<String>) -> String {
        let known: [UInt16: String] = [53: "dns", 80: "http", 443: "https"]
        let fallback = "\(port.transport.rawValue.lowercased())-\(port.port)"
        let name = [targetName(port), known[port.port], fallback].compactMap { $0 }.first { !taken.contains($0) }
        taken.insert(name ?? fallback)
        return name ?? fallback
    }

    private func targetName(_ port: Service.Port) -> String? {
        switch port.target {
        case .name(let name): name
        case .number(let number):
            facts.pods(selectedBy: service)?.first?.containerPorts.first {
                $0.port == number && $0.transport == port.transport && !$0.name.isEmpty
            }?.name
        }
    }

    /// SVC006: only names make SRV records.
    var portWithoutSRV: Finding? {
        guard service.ports.count == 1, let port = service.ports.first, port.name.isEmpty else { return nil }
        let transport = port.transport.rawValue.lowercased()
        let name = facts.hostName(of: service.name)
        return finding(
            "SVC006", .info,
            Phrase(
                "port \(port.port) of Service \(service.name) has no name, so no SRV record is named after it",
                zh: "Service \(service.name) 的端口 \(port.port) 没有名称，因此没有对应的 SRV 记录"),
            evidence: [
                Phrase(
                    "an SRV record's name is _PORT._\(transport).\(name), and PORT is the port's name",
                    zh: "SRV 记录的名称为 _PORT._\(transport).\(name)，其中 PORT 是端口名称")
            ],
            fix: Phrase(
                "kubectl -n \(service.name.namespace) patch svc \(service.name.name) --type=json -p "
                    + "'[{\"op\":\"add\",\"path\":\"/spec/ports/0/name\",\"value\":\"\(transport)-\(port.port)\"}]'"))
    }

    /// SVC001: the client connects to a port that the Service does not have.
    var unservedPort: Finding? {
        guard let wanted = inquiry.port, !service.ports.isEmpty else { return nil }
        return isAskedDirectly ? unservedPodPort(wanted) : unservedFrontPort(wanted)
    }

    /// Whether the name's addresses are those of Pods: no proxy turns port into targetPort on the way.
    private var isAskedDirectly: Bool {
        if case .endpoint = inquiry.asked.subject { return true }
        return service.isHeadless
    }

    private func unservedFrontPort(_ wanted: UInt16) -> Finding? {
        guard !service.ports.contains(where: { $0.port == wanted }) else { return nil }
        let why: Phrase
        var right = service.ports
        if let port = service.ports.first(where: { targets(of: $0).contains(wanted) }) {
            right = [port]
            why = Phrase(
                "\(wanted) is the targetPort of port \(port.port)", zh: "\(wanted) 是端口 \(port.port) 的 targetPort")
        } else if let port = service.ports.first(where: { $0.nodePort == wanted }) {
            right = [port]
            why = Phrase(
                "\(wanted) is the nodePort of port \(port.port), which only the nodes' addresses serve",
                zh: "\(wanted) 是端口 \(port.port) 的 nodePort，仅在节点地址上提供服务")
        } else {
            let all = service.ports.map { "\($0.port)" }.joined(separator: ", ")
            why = Phrase("it serves \(all)", zh: "它提供的端口是 \(all)")
        }
        return finding(
            "SVC001", .error,
            Phrase(
                "Service \(service.name) does not serve port \(wanted): \(why.english)",
                zh: "Service \(service.name) 不提供端口 \(wanted)：\(why.chinese)"),
            evidence: [
                portsLine,
                Phrase(
                    "DNS is not the problem: connections to \(service.frontText(wanted)) fail",
                    zh: "DNS 没有问题：到 \(service.frontText(wanted)) 的连接会失败"),
            ], fix: connect(to: right.map(\.port)))
    }

    private func unservedPodPort(_ wanted: UInt16) -> Finding? {
        let declared = (facts.pods(selectedBy: service) ?? []).flatMap(\.containerPorts).map(\.port)
        let reached = Set(service.ports.flatMap(targets) + declared)
        // A name that leads to Pods leads to all their ports; which they open is known only where it is written.
        guard !reached.isEmpty, !reached.contains(wanted) else { return nil }
        let ports = service.ports.filter { $0.port == wanted }
        let right = ports.isEmpty ? reached.sorted() : ports.flatMap(targets).sorted()
        let all = right.map { "\($0)" }.joined(separator: ", ")
        return finding(
            "SVC001", .error,
            Phrase(
                "the Pods of Service \(service.name) do not serve port \(wanted): their port is the targetPort \(all)",
                zh: "Service \(service.name) 的 Pod 不提供端口 \(wanted)：其端口是 targetPort \(all)"),
            evidence: [
                portsLine,
                Phrase(
                    "the name gives the Pods' own addresses, so nothing turns port into targetPort on the way",
                    zh: "该名称给出的是 Pod 自身的地址，途中没有任何组件把 port 转换为 targetPort"),
            ], fix: connect(to: right))
    }

    private var portsLine: Phrase {
        let place = facts.place(of: ObjectKey(.service, service.name), field: ["spec", "ports"])
        let mark = facts.mark(place ?? facts.place(of: service.name))
        return Phrase("ports\(mark): \(service.portsText)", zh: "端口\(mark)：\(service.portsText)")
    }

    private func connect(to ports: [UInt16]) -> Phrase {
        let host = facts.hostName(of: service.name)
        let all = Set(ports).sorted().map { "\(host):\($0)" }.joined(separator: ", ")
        return Phrase("connect to \(all)", zh: "改为连接 \(all)")
    }

    /// The numbers that a port leads to: a name is what the Pods say it is.
    private func targets(of port: Service.Port) -> [UInt16] {
        if case .number(let number) = port.target { return [number] }
        return facts.registry.slices(of: service.name).flatMap(\.ports).filter {
            $0.name == port.name && $0.transport == port.transport
        }.compactMap(\.port)
    }
}
