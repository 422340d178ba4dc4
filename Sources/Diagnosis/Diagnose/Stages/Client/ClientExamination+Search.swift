import DNSWire
import Findings
import ServiceRegistry

/// RSV002 and RSV003: whether the search list makes the name asked, and at what cost.
extension ClientExamination {
    private var zone: DomainName { inquiry.facts.domain }

    /// The name asked, typed whole: no search list is needed for it.
    private func isWhole(_ typed: String) -> Bool { (try? DomainName(typed)) == inquiry.asked.name }

    var searchFindings: [Finding] {
        guard asksForClusterName, let asking, let file = asking.file, let typed = asking.typed(for: inquiry.asked),
            let generous = asking.plan(for: inquiry.asked, rules: .glibc, ndots: ResolverConfiguration.maximumNdots)
        else { return [] }
        let own = asking.pod?.name.namespace ?? file.clusterNamespace(in: zone)
        let wanted = "\(own ?? inquiry.asked.service?.namespace ?? "default").svc.\(shown(zone))"
        let hasOwn = own != nil && file.domains.contains { "\($0.lowercased)" == "\(wanted).".lowercased() }
        let finds = generous.candidates.contains { $0.name == inquiry.asked.name }
        guard !hasOwn || !finds else { return [] }
        // What is missing: the client's own entry, else the one that this name needs.
        let missing = hasOwn ? neededEntry(typed) ?? wanted : wanted
        let list = file.search.isEmpty ? "none" : file.search.map(\.text).joined(separator: " ")
        let place = file.search.first.flatMap(file.place) ?? (file.file.isEmpty ? nil : SourcePlace(file: file.file))
        var evidence = [
            Phrase("search \(list)\(place.map { " (\($0))" } ?? "")"),
            Phrase(
                "\"\(typed)\" becomes \(generous.candidates.map { shown($0.name) }.joined(separator: ", "))",
                zh: "“\(typed)” 会变成 \(generous.candidates.map { shown($0.name) }.joined(separator: ", "))"),
        ]
        if let other = otherDomain(file) {
            evidence.append(
                Phrase(
                    "the list is that of cluster domain \(other), the cluster's is \(shown(zone))",
                    zh: "该搜索列表属于集群域 \(other)，而集群的域是 \(shown(zone))"))
        }
        if let pod = asking.pod, let found = file.clusterNamespace(in: zone), found != pod.name.namespace {
            evidence.append(
                Phrase(
                    "the list is that of namespace \(found), the Pod is in \(pod.name.namespace)",
                    zh: "该搜索列表属于命名空间 \(found)，而 Pod 在 \(pod.name.namespace)"))
        }
        let whole = isWhole(typed)
        let consequence =
            whole
            ? Phrase("only whole names like this one are found", zh: "只能解析像这样的完整名称")
            : finds
                ? Phrase("names without a namespace are not found", zh: "不带命名空间的名称无法解析")
                : Phrase(
                    "\"\(typed)\" never becomes \(shown(inquiry.asked.name))",
                    zh: "“\(typed)” 不会变成 \(shown(inquiry.asked.name))")
        return [
            Finding(
                "RSV002", whole ? .info : .error,
                Phrase(
                    "the search list lacks \(missing): \(consequence.english)",
                    zh: "搜索列表缺少 \(missing)：\(consequence.chinese)"),
                at: place, object: asking.object, evidence: evidence, fix: searchFix(asking, own: own))
        ]
    }

    /// The entry that makes the name asked of what was typed.
    private func neededEntry(_ typed: String) -> String? {
        guard let bare = try? DomainName(typed) else { return nil }
        let labels = inquiry.asked.name.labels.dropFirst(bare.labelCount).map(DomainName.text)
        return labels.isEmpty ? nil : labels.joined(separator: ".")
    }

    /// The cluster domain that the list has entries of, where it is another.
    private func otherDomain(_ file: ResolverFile) -> String? {
        var configuration = ResolverConfiguration()
        configuration.search = file.domains
        guard let domain = configuration.clusterDomain, domain != zone else { return nil }
        return shown(domain)
    }

    private func searchFix(_ asking: AskingClient, own: String?) -> Phrase {
        let namespace = own ?? inquiry.asked.service?.namespace ?? "default"
        let list = "\(namespace).svc.\(shown(zone)) svc.\(shown(zone)) \(shown(zone))"
        if asking.pod?.dnsPolicy == "None" {
            let names = list.split(separator: " ").map { "\"\($0)\"" }.joined(separator: ", ")
            return Phrase("dnsConfig: {searches: [\(names)], options: [{name: ndots, value: \"5\"}]}")
        }
        return Phrase(
            "search \(list)   # for Pods: clusterDomain: \(shown(zone)) in the node's /var/lib/kubelet/config.yaml",
            zh: "search \(list)   # 对于 Pod：节点 /var/lib/kubelet/config.yaml 中的 clusterDomain: \(shown(zone))")
    }

    // MARK: RSV003

    var ndotsFindings: [Finding] {
        guard let asking, let file = asking.file, let typed = asking.typed(for: inquiry.asked),
            let plan = asking.plan(for: inquiry.asked, rules: libc),
            let generous = asking.plan(for: inquiry.asked, rules: .glibc, ndots: ResolverConfiguration.maximumNdots),
            let best = generous.candidates.firstIndex(where: { $0.name == inquiry.asked.name })
        else { return [] }
        let position = plan.candidates.firstIndex { $0.name == inquiry.asked.name }
        let tried = plan.candidates.prefix((position ?? plan.candidates.count - 1) + 1)
        let names = tried.map { shown($0.name) }.joined(separator: ", ")
        let queries = tried.count * LookupQuery.addressTypes.count
        let evidence = [
            Phrase(
                "\(libc.rawValue): \(plan.reason)\(source(of: file))",
                zh: "\(libc.rawValue)：\(plan.reason)\(source(of: file))"),
            Phrase(
                "\(queries) queries (A and AAAA): \(names)",
                zh: "\(queries) 次查询（A 和 AAAA）：\(names)"),
        ]
        let place =
            file.options.last { $0.text.hasPrefix("ndots:") }.flatMap(file.place)
            ?? (file.file.isEmpty ? nil : SourcePlace(file: file.file))
        func finding(_ severity: Finding.Severity, _ message: Phrase, fix: Phrase) -> Finding {
            Finding("RSV003", severity, message, at: place, object: asking.object, evidence: evidence, fix: fix)
        }
        guard let position else {
            return [
                finding(
                    .warning,
                    Phrase(
                        "ndots:\(file.ndots) is too low for \"\(typed)\": \(libc.rawValue) asks \(names) and never \(shown(inquiry.asked.name))",
                        zh:
                            "ndots:\(file.ndots) 对 “\(typed)” 太小：\(libc.rawValue) 只查询 \(names)，从不查询 \(shown(inquiry.asked.name))"
                    ),
                    fix: lowFix(asking))
            ]
        }
        if position > best {
            return [
                finding(
                    .warning,
                    Phrase(
                        "ndots:\(file.ndots) is too low for \"\(typed)\": it is asked as it is before the search list, \(counted(position + 1, "name")) in place of \(best + 1)",
                        zh: "ndots:\(file.ndots) 对 “\(typed)” 太小：先按原样查询，再用搜索列表，共 \(position + 1) 个名称，而不是 \(best + 1) 个"),
                    fix: lowFix(asking))
            ]
        }
        guard position > 0, plan.candidates[position].isAsWritten else { return [] }
        // A cluster's whole name without its last dot costs the same with every cluster's default: no fault of this one.
        return [
            finding(
                asksForClusterName ? .info : .warning,
                Phrase(
                    "ndots:\(file.ndots) is too high for \"\(typed)\": \(counted(position, "name")) of the search list \(position == 1 ? "is" : "are") asked in vain first",
                    zh: "ndots:\(file.ndots) 对 “\(typed)” 太大：会先白白查询搜索列表中的 \(position) 个名称"),
                fix: Phrase(
                    "write the name with a dot at its end: \(typed).  (or dnsConfig: {options: [{name: ndots, value: \"\(max(1, dots(typed)))\"}]})",
                    zh:
                        "在名称末尾加一个点：\(typed).  （或 dnsConfig: {options: [{name: ndots, value: \"\(max(1, dots(typed)))\"}]}）"
                ))
        ]
    }

    private func dots(_ text: String) -> Int { text.utf8.count { $0 == UInt8(ascii: ".") } }

    private func source(of file: ResolverFile) -> String {
        guard !file.file.isEmpty else { return "" }
        let isWritten = file.options.contains { $0.text.hasPrefix("ndots:") }
        return isWritten ? " (\(file.file))" : " (\(file.file) has no option ndots: 1)"
    }

    private func lowFix(_ asking: AskingClient) -> Phrase {
        asking.pod == nil
            ? Phrase("options ndots:5")
            : Phrase(
                "dnsConfig: {options: [{name: ndots, value: \"5\"}]}   # or ask the whole name \(inquiry.asked.name)",
                zh: "dnsConfig: {options: [{name: ndots, value: \"5\"}]}   # 或查询完整名称 \(inquiry.asked.name)")
    }
}
