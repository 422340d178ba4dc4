import Findings
import ServiceRegistry

extension Pod {
    /// Why it gives no ready endpoint, the nearest cause first: `CrashLoopBackOff (container app), ContainersNotReady, 12 restarts`.
    var trouble: Phrase {
        var parts: [Phrase] = []
        switch phase {
        case .failed, .succeeded: parts.append(Phrase("it has ended: \(phase.rawValue)", zh: "已结束：\(phase.rawValue)"))
        case .unknown: parts.append(Phrase("phase Unknown: its node does not report", zh: "阶段为 Unknown：其节点没有上报"))
        case .pending where nodeName.isEmpty:
            parts.append(Phrase("Pending: not scheduled on a node", zh: "Pending：尚未调度到节点"))
        case .pending: parts.append(Phrase("Pending on node \(nodeName)", zh: "在节点 \(nodeName) 上 Pending"))
        case .running: break
        }
        if isTerminating { parts.append(Phrase("terminating", zh: "正在终止")) }
        for problem in containerProblems {
            let halves = problem.split(separator: ": ", maxSplits: 1)
            guard halves.count == 2 else { continue }
            parts.append(Phrase("\(halves[1]) (container \(halves[0]))", zh: "\(halves[1])（容器 \(halves[0])）"))
        }
        if !isReady, !readyReason.isEmpty { parts.append(Phrase(readyReason)) }
        if addresses.isEmpty { parts.append(Phrase("no IP address", zh: "没有 IP 地址")) }
        if parts.isEmpty {
            parts.append(Phrase("condition Ready is not True: its readiness probe fails", zh: "Ready 状况不为 True：就绪探针失败"))
        }
        if restarts > 0 {
            parts.append(Phrase(counted(restarts, "restart"), zh: "重启 \(restarts) 次"))
        }
        return Phrase(
            "\(name.name): \(parts.map(\.english).joined(separator: ", "))",
            zh: "\(name.name)：\(parts.map(\.chinese).joined(separator: "，"))")
    }

    /// A manifest as people write it, which no cluster has run: nothing is known of it but its spec.
    var isOnlyWritten: Bool {
        phase == .running && !isReady && addresses.isEmpty && nodeName.isEmpty && readyReason.isEmpty
            && containerProblems.isEmpty && restarts == 0 && !isTerminating
    }

    /// The command that tells more of why.
    var inspection: Phrase {
        let target = "-n \(name.namespace)"
        let hasCrashed = containerProblems.contains {
            $0.contains("Crash") || $0.contains("Error") || $0.contains("OOM")
        }
        return hasCrashed
            ? Phrase("kubectl \(target) logs \(name.name) --all-containers --previous")
            : Phrase("kubectl \(target) describe pod \(name.name)")
    }
}
