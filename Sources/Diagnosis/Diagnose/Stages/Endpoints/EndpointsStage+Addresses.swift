import Findings
import NetworkAddress
import ServiceRegistry

extension EndpointsExamination {
    /// EPS010: the Pods that serve have no address of the Service's families.
    func wrongFamily(_ serving: [Pod]) -> Finding? {
        let addresses = serving.flatMap(\.addresses)
        guard !service.families.isEmpty, !addresses.isEmpty,
            !addresses.contains(where: { service.families.contains($0.family) })
        else { return nil }
        return familyFinding(
            .error, service.families, addresses, listed(serving.map { "\($0.name.name) \($0.addresses[0])" }))
    }

    /// EPS010 where endpoints are there, none of a family that the Service's name has addresses of.
    var familyWithoutEndpoint: Finding? {
        let addresses = ready.flatMap(\.endpoint.addresses)
        guard !service.isHeadless, !addresses.isEmpty else { return nil }
        let missing = service.families.filter { family in !addresses.contains { $0.family == family } }
        guard !missing.isEmpty, service.clusterIPs.contains(where: { missing.contains($0.family) }) else { return nil }
        // The other family of a Service of both still serves.
        return familyFinding(
            missing.count == service.families.count ? .error : .warning, missing, addresses,
            listed(addresses.map { "\($0)" }))
    }

    private func familyFinding(
        _ severity: Finding.Severity, _ wanted: [IPAddress.Family], _ found: [IPAddress], _ who: Phrase
    ) -> Finding {
        let (wants, has) = (names(wanted), names(found.map(\.family)))
        let addresses = service.clusterIPs.filter { wanted.contains($0.family) }.map { "\($0)" }.joined(separator: ", ")
        let place = facts.place(of: ObjectKey(.service, service.name), field: ["spec", "ipFamilies"])
        let front = addresses.isEmpty ? service.name.name : addresses
        return finding(
            "EPS010", severity,
            severity == .warning
                ? Phrase(
                    "Service \(service.name) has an \(wants) address too, and its Pods have \(has) addresses only",
                    zh: "Service \(service.name) 还有 \(wants) 地址，而其 Pod 只有 \(has) 地址")
                : Phrase(
                    "Service \(service.name) is \(wants), and its Pods have \(has) addresses only",
                    zh: "Service \(service.name) 是 \(wants)，而其 Pod 只有 \(has) 地址"),
            at: place,
            evidence: [
                Phrase("its endpoints' addresses: \(who.english)", zh: "其端点的地址：\(who.chinese)"),
                service.isHeadless
                    ? consequence
                    : Phrase(
                        "the name resolves; connections to \(front) are refused: it has no endpoint of its family",
                        zh: "名称可以解析；到 \(front) 的连接会被拒绝：它没有同一地址族的端点"),
            ],
            fix: severity == .warning
                ? service.patch("{\"spec\":{\"ipFamilyPolicy\":\"SingleStack\"}}")
                : Phrase("spec:\n  ipFamilyPolicy: SingleStack\n  ipFamilies: [\(has)]"))
    }

    private func names(_ families: [IPAddress.Family]) -> String {
        IPAddress.Family.allCases.filter(families.contains).map { $0 == .v4 ? "IPv4" : "IPv6" }.joined(separator: ", ")
    }

    /// EPS014: several Pods that are not on their node's network report one address, or one address stands several times
    /// among the endpoints.
    var sharedAddresses: [Finding] {
        let own = Set(ready.flatMap(\.endpoint.addresses))
        // An address that is another Pod's is told of already.
        guard !own.isEmpty, deadEndpoints == nil else { return [] }
        var counts: [IPAddress: Int] = [:]
        var listedNames: [IPAddress: [String]] = [:]
        for address in own {
            guard let pods = facts.sharedPodAddresses[address] else { continue }
            counts[address] = pods.count
            listedNames[address] = pods.map { "\($0)" }
        }
        for (address, entries) in repeatedEntries where counts[address] == nil {
            counts[address] = entries.count
            listedNames[address] = entries
        }
        guard !counts.isEmpty else { return [] }
        return [shared(counts, listedNames)]
    }

    /// Addresses that stand several times in one slice or subset, for Pods that are not on their node's network.
    private var repeatedEntries: [IPAddress: [String]] {
        var out: [IPAddress: [String]] = [:]
        for list in lists {
            var entries: [IPAddress: [String]] = [:]
            for endpoint in list.endpoints {
                let pod = facts.registry.pods[ObjectName(service.name.namespace, endpoint.podName)]
                if let pod, !pod.hasOwnAddress { continue }
                let name = endpoint.podName.isEmpty ? list.source : "\(service.name.namespace)/\(endpoint.podName)"
                for address in Set(endpoint.addresses) { entries[address, default: []].append(name) }
            }
            for (address, names) in entries where names.count > 1 { out[address] = names }
        }
        return out
    }

    private func shared(_ counts: [IPAddress: Int], _ names: [IPAddress: [String]]) -> Finding {
        let addresses = counts.keys.sorted()
        let first = addresses[0]
        let count = counts[first] ?? 0
        let isOfPods = Set(names[first] ?? []).count > 1
        let lines = addresses.prefix(10).map { address in
            let list = listed(Array(Set(names[address] ?? [])).sorted(), atMost: 5)
            return Phrase(
                "\(address) \(counts[address] ?? 0) times: \(list.english)",
                zh: "\(address) 出现 \(counts[address] ?? 0) 次：\(list.chinese)")
        }
        let own = Set(ready.flatMap(\.endpoint.addresses)).count
        return finding(
            "EPS014", .warning,
            isOfPods
                ? Phrase(
                    "\(count) Pods behind Service \(service.name) report one address, \(first)",
                    zh: "Service \(service.name) 背后的 \(count) 个 Pod 报告同一个地址 \(first)")
                : Phrase(
                    "the endpoints of Service \(service.name) have the address \(first) \(count) times",
                    zh: "Service \(service.name) 的端点中地址 \(first) 出现了 \(count) 次"),
            evidence: lines + [
                Phrase(
                    "each Pod that is not on its node's network has an address of its own: \(counted(own, "address")) \(own == 1 ? "serves" : "serve") here",
                    zh: "不使用节点网络的 Pod 各有自己的地址：这里提供服务的地址有 \(own) 个")
            ], fix: Phrase("kubectl -n \(service.name.namespace) get pods -o wide"))
    }
}

extension Pod {
    /// Whether its address is its own now: not its node's, and not one that it may have given back.
    fileprivate var hasOwnAddress: Bool {
        !hostNetwork && !isTerminating && phase != .succeeded && phase != .failed
    }

    /// Addresses that several Pods have as their own, and these Pods in the order of their names.
    static func sharedAddresses(_ pods: some Sequence<Pod>) -> [IPAddress: [ObjectName]] {
        var first: [IPAddress: ObjectName] = [:]
        var shared: [IPAddress: [ObjectName]] = [:]
        for pod in pods where pod.hasOwnAddress {
            for address in pod.addresses {
                if let other = first.updateValue(pod.name, forKey: address) {
                    shared[address, default: [other]].append(pod.name)
                }
            }
        }
        return shared.mapValues { $0.sorted() }
    }
}
