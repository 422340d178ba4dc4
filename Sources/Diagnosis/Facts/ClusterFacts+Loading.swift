import DNSWire
import Findings
import Manifests
import ServiceRegistry

/// What reading and giving out addresses found, by what it is about: asked of every Service, it must not be searched.
struct LoadIndex: Sendable {
    fileprivate var byObject: [String: [Finding]] = [:]
    fileprivate var byNamespace: [String: [Finding]] = [:]
    /// Faults of documents of which no object is known.
    fileprivate var stray: [Finding] = []
    /// Collisions under both of their Services.
    fileprivate var allocations: [ObjectName: [AllocationFault]] = [:]

    init(_ findings: [Finding], _ faults: [AllocationFault]) {
        for finding in findings where finding.code.hasPrefix("MAN") {
            guard let object = finding.object else {
                if finding.severity == .error { stray.append(finding) }
                continue
            }
            byObject[object, default: []].append(finding)
            if let label = ObjectLabel(object) {
                let namespace = label.name.namespace.isEmpty ? label.name.name : label.name.namespace
                byNamespace[namespace, default: []].append(finding)
            }
        }
        for fault in faults {
            allocations[fault.service, default: []].append(fault)
            if let mirrored = fault.mirrored { allocations[mirrored.service, default: []].append(mirrored) }
        }
    }
}

extension ClusterFacts {
    /// What reading an object found (MAN), also where it was refused and is not in the registry.
    package func loadFindings(about key: ObjectKey) -> [Finding] { loaded.byObject[key.description] ?? [] }

    /// What reading a namespace's objects, and the namespace itself, found.
    func findings(inNamespace namespace: String) -> [Finding] { loaded.byNamespace[namespace] ?? [] }

    /// Errors of documents of which not even the object's name is known.
    var strayFindings: [Finding] { loaded.stray }

    /// A Service that was refused, most likely for its name: what somebody typed is this name but for its case, look-alikes
    /// or length.
    func refusedService(asked text: String, from home: String) -> ObjectName? {
        func folded(_ text: String) -> String { LookAlikes.plain(text).lowercased() }
        var asked = folded(text)
        for prefix in ["svc/", "service/", "services/"] where asked.hasPrefix(prefix) {
            asked.removeFirst(prefix.count)
        }
        for suffix in [".", "." + folded(domain.description.split(separator: ".").joined(separator: ".")), ".svc"]
        where asked.hasSuffix(suffix) {
            asked.removeLast(suffix.count)
        }
        return loaded.byObject.keys.lazy.compactMap(ObjectLabel.init).filter { label in
            guard label.kind == "Service", registry.services[label.name] == nil else { return false }
            let (namespace, name) = (folded(label.name.namespace), folded(label.name.name))
            return asked == "\(name).\(namespace)" || asked == "\(namespace)/\(name)"
                || asked == name && namespace == folded(home)
        }.map(\.name).min()
    }

    /// What giving a Service its addresses found (SVC002, SVC003, SVC004), collisions as both of their Services see them.
    package func allocationFindings(of service: ObjectName) -> [Finding] {
        (loaded.allocations[service] ?? []).map(finding).filter { !ignores($0) }
    }

    /// A fault with the places of its field and of the other Service.
    func finding(_ fault: AllocationFault) -> Finding {
        fault.finding(at: place(of: fault), otherPlace: fault.other.flatMap { self.place(of: $0) })
    }

    /// Where the field at fault stands.
    private func place(of fault: AllocationFault) -> SourcePlace? {
        let key = ObjectKey(.service, fault.service)
        let field: [String]?
        switch fault.fault {
        case .addressTaken, .addressOutside:
            field = ["spec", "clusterIP"]
        case .nodePortTaken(let port, _, _), .nodePortOutside(let port):
            let index = registry.services[fault.service]?.ports.firstIndex { $0.nodePort == port }
            field = index.map { ["spec", "ports", "\($0)", "nodePort"] }
        }
        return field.flatMap { place(of: key, field: $0) } ?? place(of: fault.service)
    }
}
