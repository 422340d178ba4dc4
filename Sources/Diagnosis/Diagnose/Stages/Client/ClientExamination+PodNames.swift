import Findings
import ServiceRegistry

/// POD002: Pods of a headless Service that have no names of their own, although somebody meant them to.
///
/// A Pod's hostname becomes a name below the Service that its subdomain names and that selects it (endpoints controller,
/// ShouldSetHostname); a StatefulSet sets the subdomain to its serviceName.
extension ClientExamination {
    var podNameFindings: [Finding] {
        guard let service = inquiry.service, service.kind != .externalName,
            let selector = service.selector, !selector.isEmpty
        else { return [] }
        let sets = registry.workloads.values.filter { workload in
            workload.kind == "StatefulSet" && workload.name.namespace == service.name.namespace
                && selector.allSatisfy { workload.templateLabels[$0.key] == $0.value }
        }.sorted { $0.name < $1.name }
        for set in sets {
            if let finding = setFinding(set, service) { return [finding] }
        }
        let strays = (inquiry.facts.pods(selectedBy: service) ?? []).filter { pod in
            guard !pod.subdomain.isEmpty else { return false }
            if pod.subdomain == service.name.name { return pod.hostname.isEmpty && service.isHeadless }
            return !hasName(pod.subdomain, pod)
        }
        guard let first = strays.first else { return [] }
        return [podFinding(first, strays, service)]
    }

    /// Who asks for the one address of a Service needs no names of Pods.
    private func severity(_ service: Service) -> Finding.Severity { service.isHeadless ? .error : .info }

    /// Whether a subdomain gives a Pod a name: a headless Service that selects it, or whose endpoints somebody else makes.
    private func hasName(_ subdomain: String, _ pod: Pod) -> Bool {
        guard let governing = registry.services[ObjectName(pod.name.namespace, subdomain)] else { return false }
        guard governing.isHeadless else { return false }
        return governing.selector?.allSatisfy { pod.labels[$0.key] == $0.value } ?? true
    }

    private func setFinding(_ set: Workload, _ service: Service) -> Finding? {
        guard let name = set.serviceName, !name.isEmpty, name != service.name.name else { return nil }
        var model = Pod(name: ObjectName(set.name.namespace, "\(set.name.name)-0"))
        model.labels = set.templateLabels
        guard !hasName(name, model) else { return nil }
        let key = ObjectKey(.workload, ObjectName(set.name.namespace, "StatefulSet/\(set.name.name)"))
        let why = reason(name, model)
        return Finding(
            "POD002", severity(service),
            Phrase(
                "StatefulSet \(set.name) has serviceName: \(name), \(why.english): its Pods have no names like \(podName(set.name.name + "-0", service))",
                zh:
                    "StatefulSet \(set.name) 的 serviceName: \(name) \(why.chinese)：它的 Pod 没有 \(podName(set.name.name + "-0", service)) 这样的名称"
            ),
            at: inquiry.facts.places[key], object: "StatefulSet \(set.name)",
            evidence: [selectorEvidence(service)],
            fix: Phrase(
                "serviceName: \(service.name.name)   # cannot be changed in place: kubectl -n \(set.name.namespace) delete statefulset \(set.name.name) --cascade=orphan, then apply it",
                zh:
                    "serviceName: \(service.name.name)   # 不能原地修改：kubectl -n \(set.name.namespace) delete statefulset \(set.name.name) --cascade=orphan，然后重新 apply"
            ))
    }

    private func podFinding(_ pod: Pod, _ strays: [Pod], _ service: Service) -> Finding {
        let isNameless = pod.subdomain == service.name.name
        let why =
            isNameless
            ? Phrase("and no hostname", zh: "，但没有 hostname") : reason(pod.subdomain, pod)
        let host = pod.hostname.isEmpty ? pod.name.name : pod.hostname
        let others = strays.map(\.name.name)
        return Finding(
            "POD002", severity(service),
            Phrase(
                "Pod \(pod.name) has subdomain: \(pod.subdomain)\(isNameless ? " " : ", ")\(why.english): there is no name \(podName(host, service))",
                zh: "Pod \(pod.name) 的 subdomain: \(pod.subdomain) \(why.chinese)：不存在名称 \(podName(host, service))"),
            at: inquiry.facts.places[ObjectKey(.pod, pod.name)], object: "\(ObjectKey(.pod, pod.name))",
            evidence: [
                selectorEvidence(service),
                Phrase(
                    "\(counted(others.count, "Pod")) with it: \(others.prefix(5).joined(separator: ", "))",
                    zh: "这样的 Pod 有 \(others.count) 个：\(others.prefix(5).joined(separator: ", "))"),
            ],
            fix: Phrase(
                isNameless ? "hostname: \(pod.name.name)" : "hostname: \(host)\nsubdomain: \(service.name.name)"))
    }

    /// What is wrong with a subdomain.
    private func reason(_ subdomain: String, _ pod: Pod) -> Phrase {
        let name = ObjectName(pod.name.namespace, subdomain)
        guard let service = registry.services[name] else {
            let elsewhere = registry.services.keys.filter { $0.name == subdomain }.min()
            if let elsewhere {
                return Phrase(
                    "which is a Service of namespace \(elsewhere.namespace), not of \(name.namespace)",
                    zh: "是命名空间 \(elsewhere.namespace) 中的 Service，不在 \(name.namespace) 中")
            }
            return Phrase(
                "which is no Service of namespace \(name.namespace)", zh: "不是命名空间 \(name.namespace) 中的 Service")
        }
        if !service.isHeadless {
            return Phrase("which is no headless Service", zh: "不是无头（Headless）Service")
        }
        let selector = (service.selector ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return Phrase(
            "whose selector \(selector.joined(separator: ",")) does not match it",
            zh: "的选择算符 \(selector.joined(separator: ",")) 与它不匹配")
    }

    private func podName(_ host: String, _ service: Service) -> String {
        "\(host).\(service.name.name).\(service.name.namespace).svc.\(shown(inquiry.facts.domain))"
    }

    private func selectorEvidence(_ service: Service) -> Phrase {
        let selector = (service.selector ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let place = inquiry.facts.place(of: service.name).map { " (\($0))" } ?? ""
        return Phrase(
            "headless Service \(service.name) has selector \(selector.joined(separator: ","))\(place)",
            zh: "无头 Service \(service.name) 的选择算符是 \(selector.joined(separator: ","))\(place)")
    }
}
