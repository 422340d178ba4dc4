import Findings
import ServiceRegistry

/// What is wrong in a registry as far as files alone can tell: what reading them found, and the stages of `diagnose` that
/// ask nothing of servers, nodes and clients, for every Service.
package enum RegistryCheck {
    private static let stages: Set<Stage> = [.input, .name, .service, .endpoints, .outside]

    /// Errors and warnings, and what reading found with any severity; each once, however many Services it concerns.
    package static func findings(_ facts: ClusterFacts) -> [Finding] {
        var told = Told(facts.loadFindings)
        let loaded = facts.loadFindings.filter { !Told.allocation.contains($0.code) }
        var out = (loaded + facts.allocationFaults.map(facts.finding)).filter { !facts.ignores($0) }
        let withTemplates = Set(facts.registry.workloads.keys.map(\.name.namespace))
        for service in facts.registry.services.keys.sorted() where !facts.implied.contains(service) {
            let inquiry = Inquiry(facts: facts, asked: AskedName(service, in: facts.domain))
            let needless = needlessCodes(hasTemplates: withTemplates.contains(service.namespace), facts.registry)
            out += Diagnosis.examine(inquiry, ignoring: needless, stages: stages).findings.filter { told.isNew($0) }
        }
        for service in missingBackends(facts.registry)
        where !facts.findingsOfMissing(service).contains(where: { $0.severity == .error }) {
            let inquiry = Inquiry(facts: facts, asked: AskedName(service, in: facts.domain))
            out += inquiry.examine(.outside).findings.filter { !facts.ignores($0) && told.isNew($0) }
        }
        return out
    }

    /// What is no fault where people write Services and workloads, and the cluster makes the Pods: that there are none.
    private static func needlessCodes(hasTemplates: Bool, _ registry: ServiceRegistry) -> Set<String> {
        guard registry.pods.count == 0 else { return [] }
        return hasTemplates ? ["EPS013"] : ["EPS001", "EPS004", "EPS013"]
    }

    /// Services that Ingresses lead to and that are not there.
    private static func missingBackends(_ registry: ServiceRegistry) -> [ObjectName] {
        let backends = registry.ingresses.values.flatMap { ingress in
            (ingress.rules.flatMap(\.backends) + [ingress.defaultBackend].compactMap { $0 }).map {
                ObjectName(ingress.name.namespace, $0.service)
            }
        }
        return Set(backends).filter { registry.services[$0] == nil }.sorted()
    }

    private struct Told {
        private struct Key: Hashable {
            var code: String
            var object: String?
            /// nil: whatever is said of the object with this code.
            var message: String?
        }

        static let allocation: Set<String> = ["SVC002", "SVC003", "SVC004"]
        private var keys: Set<Key> = []

        init(_ loaded: [Finding]) {
            for finding in loaded { keys.insert(Key(code: finding.code, object: finding.object)) }
        }

        mutating func isNew(_ finding: Finding) -> Bool {
            guard finding.severity != .info else { return false }
            // What giving out addresses found is among what reading found, a collision with one of its two Services.
            if Told.allocation.contains(finding.code) { return false }
            guard !keys.contains(Key(code: finding.code, object: finding.object)) else { return false }
            return keys.insert(Key(code: finding.code, object: finding.object, message: finding.message)).inserted
        }
    }
}
