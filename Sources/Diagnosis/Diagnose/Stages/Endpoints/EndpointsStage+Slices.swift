import Findings
import NetworkAddress
import ServiceRegistry

/// Slices that look as if they were meant for a Service, but name another or none.
struct SliceSearch {
    let facts: ClusterFacts
    let service: Service

    /// Looks at all slices that were read; only where the Service has none of its own is that worth it.
    var strays: [EndpointSlice] {
        let key = { (name: ObjectName) in ObjectKey(.endpointSlice, name) }
        let named = facts.writtenSlices.compactMap { facts.registry.object(key($0)).flatMap(EndpointSlice.init) }
        return (facts.looseSlices + named.filter { $0.service != service.name }).filter(isStray)
            .sorted { $0.name < $1.name }
    }

    /// Those that hold the Pods of a Service of which no slice was read, though slices were: a cluster would have one.
    var straysOfPods: [EndpointSlice] {
        guard !facts.writtenSlices.isEmpty || !facts.looseSlices.isEmpty,
            !facts.registry.slices(of: service.name).contains(where: { facts.writtenSlices.contains($0.name) })
        else { return [] }
        return strays.filter { slice in
            holdsPods(slice) && (slice.service.map { facts.registry.services[$0] == nil } ?? true)
        }
    }

    private func isStray(_ slice: EndpointSlice) -> Bool {
        guard slice.packed.count > 0 else { return false }
        let own = service.name
        if slice.name.namespace != own.namespace {
            // The label is right, the namespace is not.
            return slice.serviceName == own.name && slice.service.map { facts.registry.services[$0] == nil } ?? false
        }
        if let label = slice.service {
            // What fits its own label belongs there.
            if facts.registry.services[label] != nil {
                return !isNamed(slice, after: label.name) && isNamed(slice, after: own.name)
                    && facts.endpoints(of: label).contains { $0.slice.name != slice.name }
            }
            // Of a short name two letters are most of it.
            let edits = editDistance(
                Array(label.name.utf8), Array(own.name.utf8), atMost: min(2, own.name.utf8.count / 2))
            if edits != nil || label.name.lowercased() == own.name.lowercased() { return true }
            if isNamed(slice, after: label.name) { return false }
        }
        // Nobody else claims what has no label: `external-web` for web will do.
        let isAlike = slice.serviceName == nil && "-\(slice.name.name)-".contains("-\(own.name)-")
        return isAlike || isNamed(slice, after: own.name) || holdsPods(slice)
    }

    private func isNamed(_ slice: EndpointSlice, after service: String) -> Bool {
        slice.name.name == service || slice.name.name.hasPrefix(service + "-")
    }

    private func holdsPods(_ slice: EndpointSlice) -> Bool {
        guard let pods = facts.pods(selectedBy: service), !pods.isEmpty else { return false }
        let addresses = Set(pods.flatMap(\.addresses))
        return slice.endpoints.flatMap(\.addresses).contains(where: addresses.contains)
    }
}

extension EndpointsExamination {
    /// EPS008: a slice that was meant for the Service has not its name in the label.
    var strayed: Finding? { SliceSearch(facts: facts, service: service).strays.first.map(stray) }

    /// EPS008 where Pods make up for it here, as the slices of a controller would.
    var strayedBesidePods: Finding? { SliceSearch(facts: facts, service: service).straysOfPods.first.map(stray) }

    private func stray(_ slice: EndpointSlice) -> Finding {
        let label = "kubernetes.io/service-name=\(service.name.name)"
        let has: Phrase =
            if slice.name.namespace != service.name.namespace {
                Phrase("is in namespace \(slice.name.namespace)", zh: "位于命名空间 \(slice.name.namespace)")
            } else if let other = slice.serviceName {
                Phrase(
                    "has the label kubernetes.io/service-name=\(other)", zh: "的标签是 kubernetes.io/service-name=\(other)")
            } else {
                Phrase("has no label kubernetes.io/service-name", zh: "没有标签 kubernetes.io/service-name")
            }
        let place = facts.places[ObjectKey(.endpointSlice, slice.name)]
        let addresses = listed(slice.endpoints.flatMap(\.addresses).map { "\($0)" }, atMost: 5)
        let isElsewhere = slice.name.namespace != service.name.namespace
        return finding(
            "EPS008", .error,
            Phrase(
                "EndpointSlice \(slice.name) \(has.english), so it gives Service \(service.name) no endpoints",
                zh: "EndpointSlice \(slice.name) \(has.chinese)，因此没有为 Service \(service.name) 提供端点"),
            at: place,
            evidence: [
                Phrase(
                    "a slice belongs to the Service in its own namespace that its label names: \(label) in \(service.name.namespace) is on none",
                    zh:
                        "EndpointSlice 属于其标签所指的同一命名空间内的 Service：命名空间 \(service.name.namespace) 中没有带 \(label) 的 EndpointSlice"
                ),
                Phrase(
                    "EndpointSlice \(slice.name)\(facts.mark(place)) holds \(addresses.english)",
                    zh: "EndpointSlice \(slice.name)\(facts.mark(place)) 包含 \(addresses.chinese)"),
                ready.isEmpty
                    ? consequence
                    : Phrase(
                        "the endpoints shown are made from the Pods, as a cluster's controller would",
                        zh: "所示端点由 Pod 推导而来，与集群控制器的做法相同"),
            ],
            fix: isElsewhere
                ? Phrase("metadata:\n  namespace: \(service.name.namespace)\n  labels: {\(label.replacingEquals)}")
                : Phrase(
                    "kubectl -n \(service.name.namespace) label endpointslice \(slice.name.name) --overwrite \(label)"))
    }

    /// EPS009: an endpoint of a slice or of Endpoints whose Pod is gone, or has another address.
    var deadEndpoints: Finding? {
        guard !facts.registry.pods.keys.isEmpty else { return nil }
        var lines: [Phrase] = []
        var subject = ""
        for (source, endpoint) in lists.flatMap({ list in list.endpoints.map { (list.source, $0) } }) {
            guard let line = deadLine(endpoint) else { continue }
            if lines.isEmpty { subject = "\(endpoint.addresses.first.map { "\($0)" } ?? "-")" }
            lines.append(Phrase("\(source): \(line.english)", zh: "\(source)：\(line.chinese)"))
        }
        guard !lines.isEmpty else { return nil }
        let more = lines.count - 1
        let place =
            facts.places[ObjectKey(.endpoints, service.name)]
            ?? ready.lazy.compactMap {
                facts.places[ObjectKey(.endpointSlice, $0.slice.name)]
            }.first
        return finding(
            "EPS009", .error,
            Phrase(
                "Service \(service.name) sends traffic to \(subject)\(more > 0 ? " and \(more) more" : ""), where none of its Pods is",
                zh: "Service \(service.name) 把流量发往 \(subject)\(more > 0 ? " 等 \(more + 1) 个地址" : "")，而那里没有它的 Pod"),
            at: place, evidence: Array(lines.prefix(10)),
            fix: service.selector?.isEmpty ?? true
                ? Phrase("kubectl -n \(service.name.namespace) get pods -o wide")
                : Phrase(
                    "kubectl -n \(service.name.namespace) delete endpointslices -l kubernetes.io/service-name=\(service.name.name)"
                ))
    }

    /// Ready endpoints as somebody wrote or derived them, with what holds them: slices, and the Endpoints, which hold what
    /// the mirrored slices do, or what the cluster thought where Pods came with them.
    var lists: [(source: String, endpoints: [Endpoint])] {
        let endpoints = facts.registry.endpoints[service.name]
        let isMirrored = endpoints != nil && selected?.isEmpty ?? true
        let slices = facts.registry.slices(of: service.name).filter {
            !isMirrored || facts.writtenSlices.contains($0.name)
        }
        return slices.map { ("EndpointSlice \($0.name)", $0.endpoints.filter(\.isReady)) }
            + (endpoints?.subsets ?? []).map { ("Endpoints \(service.name)", Array($0.packed).filter(\.isReady)) }
    }

    private func deadLine(_ endpoint: Endpoint) -> Phrase? {
        let addresses = endpoint.addresses.map { "\($0)" }.joined(separator: ",")
        if endpoint.podName.isEmpty {
            return isOfNobody(endpoint)
                ? Phrase("no Pod has the address \(addresses)", zh: "没有 Pod 拥有地址 \(addresses)") : nil
        }
        guard let pod = facts.registry.pods[ObjectName(service.name.namespace, endpoint.podName)] else {
            return Phrase(
                "\(addresses) is for Pod \(endpoint.podName), which does not exist",
                zh: "\(addresses) 对应 Pod \(endpoint.podName)，而该 Pod 不存在")
        }
        if pod.phase == .succeeded || pod.phase == .failed {
            return Phrase(
                "\(addresses) is for Pod \(endpoint.podName), which has ended (\(pod.phase.rawValue))",
                zh: "\(addresses) 对应 Pod \(endpoint.podName)，而该 Pod 已结束（\(pod.phase.rawValue)）")
        }
        guard endpoint.addresses.contains(where: { !pod.addresses.contains($0) }) else { return nil }
        let own = pod.addresses.isEmpty ? "none" : pod.addresses.map { "\($0)" }.joined(separator: ",")
        return Phrase(
            "\(addresses) is for Pod \(endpoint.podName), whose address is \(own)",
            zh: "\(addresses) 对应 Pod \(endpoint.podName)，而其地址是 \(own)")
    }

    /// An address without a Pod's name: wrong only where it should be a Pod's, for a selector with Pods, or in a block of
    /// Pods.
    private func isOfNobody(_ endpoint: Endpoint) -> Bool {
        let isPodsOwn = !(selected?.isEmpty ?? true)
        return endpoint.addresses.contains { address in
            guard isPodsOwn || facts.podCIDRs.contains(where: { $0.contains(address) }) else { return false }
            return !(selected ?? []).contains { $0.addresses.contains(address) }
                && !facts.registry.pods.values.contains { $0.addresses.contains(address) }
        }
    }
}

extension String {
    /// `k: v` of `k=v`.
    fileprivate var replacingEquals: String { split(separator: "=").joined(separator: ": ") }
}
