import Findings

extension WatchStatus {
    /// What is wrong with the watch, nil where it is well.
    ///
    ///     error DNS002: not synced: list endpointslices: 403 Forbidden: endpointslices.discovery.k8s.io is forbidden: …
    ///
    /// - Parameter now: of the clock that the status has.
    package func finding(at now: Double) -> Finding? {
        if let failure {
            let isServed = lists > 0 || objects > 0
            return Finding(
                isServed ? "DNS004" : "DNS002", isServed ? .warning : .error,
                (isServed ? "stale\(ageText(now)): " : "not synced: ") + failure, object: "\(resource)",
                fix: fix(failure))
        }
        if !isLive, state != .watching {
            return Finding("DNS002", .error, "not synced: \(resource) are being read", object: "\(resource)")
        }
        return nil
    }

    private func ageText(_ now: Double) -> String { lastSign.map { " (\(Int(now - $0)) s)" } ?? "" }

    /// A missing right, given: for whom, the API's own words say.
    private func fix(_ failure: String) -> String? {
        guard failure.contains(": 403"), let user = failure.split(separator: "\"").dropFirst().first else { return nil }
        let parts = user.split(separator: ":")
        let subject =
            parts.count == 4 && parts[1] == "serviceaccount"
            ? "--serviceaccount=\(parts[2]):\(parts[3])" : "--user=\(WatchStatus.shellWord(user))"
        let target = resource == .endpointSlices ? "endpointslices.discovery.k8s.io" : resource.rawValue
        let role = "clusterdns-\(resource)"
        return "kubectl create clusterrole \(role) --verb=list,watch --resource=\(target) && "
            + "kubectl create clusterrolebinding \(role) --clusterrole=\(role) \(subject)"
    }

    /// A text as one word of a shell's command.
    private static func shellWord(_ text: Substring) -> String {
        let isPlain = text.utf8.allSatisfy { octet in
            octet | 0x20 >= UInt8(ascii: "a") && octet | 0x20 <= UInt8(ascii: "z")
                || octet >= UInt8(ascii: "0") && octet <= UInt8(ascii: "9") || ":@._-".utf8.contains(octet)
        }
        return isPlain ? String(text) : "'" + text.replacing("'", with: "'\\''") + "'"
    }
}
