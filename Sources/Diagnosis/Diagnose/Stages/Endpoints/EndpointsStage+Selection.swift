import Findings
import ServiceRegistry

extension EndpointsExamination {
    /// Why the selector finds no Pod that runs, and nobody wrote endpoints either: EPS013, EPS005, EPS008 or EPS001, or
    /// EPS002 and EPS004 where the Pods that it finds have failed.
    var unselected: [Finding] {
        guard let selector = service.selector else { return [] }
        if facts.reading.unread.contains(.pod) {
            return [noneReady(lines: facts.reading.notes.map { Phrase($0) }, fix: nil)]
        }
        let ended = facts.podLabels.pods(with: selector).filter { $0.name.namespace == service.name.namespace }
        let failed = ended.filter { $0.phase == .failed }
        let templates = workloads {
            $0.name.namespace == service.name.namespace && $0.templateLabels.contains(selector)
        }
        if let first = failed.first { return [noneReady(lines: failed.map(\.trouble), fix: first.inspection)] }
        // A Job has done its work, or will be run again: between the runs nobody listens.
        if !ended.isEmpty || (!templates.isEmpty && templates.allSatisfy(\.isJob)) { return [] }
        if !templates.isEmpty { return [onlyTemplates(templates)] }
        let near = nearest(selector)
        if let near, near.labels.isLikely { return [selectsNothing(near)] }
        if let elsewhere { return [elsewhere] }
        if let strayed { return [strayed] }
        return [facts.isWithoutPods ? nothingToSelect : selectsNothing(near)]
    }

    // MARK: - Nothing is selected

    /// EPS001
    private func selectsNothing(_ near: (labels: NearLabels, noun: String)?) -> Finding {
        let (name, namespace) = (service.name, service.name.namespace)
        let pairs = service.selector?.pairsText ?? ""
        let all = facts.pods(in: namespace).count
        let key = near?.labels.firstOther ?? service.selector?.keys.min() ?? ""
        let place =
            facts.place(of: ObjectKey(.service, name), field: ["spec", "selector", key]) ?? facts.place(of: name)
        let mark = facts.mark(place)
        var evidence = [
            Phrase(
                "selector \(pairs)\(mark) matches 0 of \(counted(all, "Pod")) in namespace \(namespace)",
                zh: "选择算符 \(pairs)\(mark) 在命名空间 \(namespace) 的 \(all) 个 Pod 中一个也没有匹配")
        ]
        if let near { evidence.append(near.labels.line(near.noun)) }
        evidence.append(consequence)
        let fix: Phrase =
            if let near, near.labels.isLikely {
                service.patch("{\"spec\":{\"selector\":\(near.labels.patch)}}")
            } else {
                Phrase("kubectl -n \(namespace) get pods --show-labels")
            }
        return finding(
            "EPS001", .error,
            Phrase("Service \(name) selects no Pod", zh: "Service \(name) 没有选中任何 Pod"),
            at: place, evidence: evidence, fix: fix)
    }

    /// The nearest labels of the namespace's Pods; where it has none, of the templates that make Pods.
    private func nearest(_ selector: Labels) -> (labels: NearLabels, noun: String)? {
        let pods = facts.pods(in: service.name.namespace).map {
            NearLabels.Candidate(name: $0.name.name, labels: $0.labels)
        }
        if let near = NearLabels.nearest(to: selector, among: pods) { return (near, "Pod") }
        let templates = workloads { $0.name.namespace == service.name.namespace }.map {
            NearLabels.Candidate(name: "\($0.kind) \($0.name.name)", labels: $0.templateLabels)
        }
        return NearLabels.nearest(to: selector, among: templates).map { ($0, "template") }
    }

    // MARK: - Another namespace

    /// EPS005: whom the selector would find if it reached into another namespace.
    private var elsewhere: Finding? {
        guard let selector = service.selector else { return nil }
        let own = service.name.namespace
        var found = facts.podLabels.pods(with: selector).filter { $0.name.namespace != own && !$0.hasEnded }.map(\.name)
        var noun = "Pod"
        if found.isEmpty {
            noun = "template"
            found = workloads { $0.name.namespace != own && $0.templateLabels.contains(selector) }.map(\.name)
        }
        guard let namespace = found.first?.namespace else { return nil }
        let names = listed(found.filter { $0.namespace == namespace }.map(\.name))
        let all = Array(Set(found.map(\.namespace))).sorted()
        let spaces = listed(all)
        let pairs = selector.pairsText
        return finding(
            "EPS005", .error,
            Phrase(
                "Service \(service.name) selects no Pod: \(pairs) is only in namespace \(spaces.english)",
                zh: "Service \(service.name) 没有选中任何 Pod：\(pairs) 仅存在于命名空间 \(spaces.chinese)"),
            evidence: [
                Phrase(
                    "selector \(pairs) matches 0 of \(counted(facts.pods(in: own).count, "Pod")) in namespace \(own)",
                    zh: "选择算符 \(pairs) 在命名空间 \(own) 的 \(facts.pods(in: own).count) 个 Pod 中一个也没有匹配"),
                Phrase(
                    "namespace \(namespace) has \(counted(found.count { $0.namespace == namespace }, noun)) with it: \(names.english)",
                    zh:
                        "命名空间 \(namespace) 中有 \(found.count { $0.namespace == namespace }) 个 \(noun) 带有它：\(names.chinese)"
                ),
                Phrase("a selector reaches its own namespace only", zh: "选择算符只在 Service 自己的命名空间内生效"),
                consequence,
            ],
            fix: Phrase("metadata:\n  name: \(service.name.name)\n  namespace: \(namespace)"))
    }

    // MARK: - Templates without Pods

    /// EPS013
    private func onlyTemplates(_ templates: [Workload]) -> Finding {
        let names = listed(templates.map { "\($0.kind) \($0.name.name)" })
        let idle = templates.allSatisfy { $0.replicas == 0 } ? templates.first : nil
        let namespace = service.name.namespace
        let pairs = service.selector?.pairsText ?? ""
        return finding(
            "EPS013", .warning,
            idle == nil
                ? Phrase(
                    "Service \(service.name) matches the template of \(names.english), whose Pods are not in the registry",
                    zh: "Service \(service.name) 匹配 \(names.chinese) 的 Pod 模板，但其 Pod 不在注册表中")
                : Phrase(
                    "Service \(service.name) matches the template of \(names.english), which has 0 replicas",
                    zh: "Service \(service.name) 匹配 \(names.chinese) 的 Pod 模板，但其副本数为 0"),
            evidence: [
                Phrase(
                    "selector \(pairs) matches 0 of \(counted(facts.pods(in: namespace).count, "Pod")) in namespace \(namespace)",
                    zh: "选择算符 \(pairs) 在命名空间 \(namespace) 的 \(facts.pods(in: namespace).count) 个 Pod 中一个也没有匹配"),
                Phrase(
                    "Pods come from a controller of a cluster; manifests alone have none",
                    zh: "Pod 由集群中的控制器创建；仅有清单时不存在 Pod"),
                consequence,
            ],
            fix: idle.map {
                Phrase("kubectl -n \(namespace) scale \($0.kind.lowercased())/\($0.name.name) --replicas=1")
            } ?? exportPods)
    }

    /// EPS013 for Pods of which nothing is known but what somebody wrote.
    func onlyWritten(_ pods: [Pod]) -> Finding {
        let names = listed(pods.map(\.name.name))
        return finding(
            "EPS013", .warning,
            Phrase(
                "Service \(service.name) matches \(counted(pods.count, "Pod")) without a status: \(names.english)",
                zh: "Service \(service.name) 匹配 \(pods.count) 个没有 status 的 Pod：\(names.chinese)"),
            evidence: [
                Phrase(
                    "a manifest without status.podIP gives no endpoint: only a cluster that runs the Pod knows its address",
                    zh: "没有 status.podIP 的清单不产生端点：只有运行该 Pod 的集群才知道其地址"),
                consequence,
            ], fix: exportPods)
    }

    /// EPS013 where manifests have neither Pods nor templates: a Service of its own is no fault yet.
    private var nothingToSelect: Finding {
        finding(
            "EPS013", .warning,
            Phrase(
                "Service \(service.name) selects Pods, and there is neither a Pod nor a template in the registry",
                zh: "Service \(service.name) 选择 Pod，而注册表中既没有 Pod 也没有 Pod 模板"),
            evidence: [
                Phrase(
                    "selector \(service.selector?.pairsText ?? "") matches 0 of 0 Pods",
                    zh: "选择算符 \(service.selector?.pairsText ?? "") 匹配 0 个 Pod（共 0 个）"),
                consequence,
            ], fix: exportPods)
    }

    private var exportPods: Phrase {
        let labels = service.selector?.pairsText ?? ""
        return Phrase("kubectl -n \(service.name.namespace) get pods -l \(labels) -o yaml > pods.yaml")
    }

    private func workloads(where isWanted: (Workload) -> Bool) -> [Workload] {
        facts.registry.workloads.values.filter(isWanted).sorted { ($0.name, $0.kind) < ($1.name, $1.kind) }
    }
}

extension Labels {
    func contains(_ selector: Labels) -> Bool { selector.allSatisfy { self[$0.key] == $0.value } }
}

extension Workload {
    /// Its Pods are not meant to stay.
    fileprivate var isJob: Bool { kind == "Job" || kind == "CronJob" }
}
