import DNSWire
import Diagnosis
import Findings
import Manifests
import ServiceRegistry

/// The facts that a manifest gives.
func facts(_ yaml: String, _ options: ManifestOptions = ManifestOptions()) throws -> ClusterFacts {
    ClusterFacts(ManifestSnapshot(documents: [("facts.yaml", Array(yaml.utf8))], options: options))
}

/// An inquiry about a Service, `web.shop`, without a server.
func inquiry(_ service: String, _ facts: ClusterFacts) throws -> Inquiry {
    let labels = service.split(separator: ".").map(String.init)
    let name = ObjectName(labels.count > 1 ? labels[1] : "default", labels[0])
    return Inquiry(
        facts: facts,
        asked: AskedName(
            text: service, subject: .service(name),
            name: try DomainName("\(name.name).\(name.namespace).svc.cluster.local.")))
}

extension StageReport {
    /// The codes found, infos too.
    var codes: [String] { findings.map(\.code) }
}
