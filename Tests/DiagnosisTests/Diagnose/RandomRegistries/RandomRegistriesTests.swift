import DNSWire
import Findings
import Manifests
import NetworkAddress
import ServiceRegistry
import TestSupport
import Testing

@testable import Diagnosis

/// Registries as real clusters have them bring no error and no warning; with one fault they bring its code alone.
@Suite struct RandomRegistriesTests {
    static let options = ManifestOptions(
        serviceCIDRs: [CIDR("10.96.0.0/12")!, CIDR("fd00:10:96::/112")!],
        podCIDRs: [CIDR("10.244.0.0/16")!, CIDR("fd00:10:244::/48")!])

    static func read(_ text: String) -> ClusterFacts {
        var facts = ClusterFacts(
            ManifestSnapshot(documents: [("registry.yaml", Array(text.utf8))], options: options))
        facts.serviceCIDRs = options.serviceCIDRs
        facts.podCIDRs = options.podCIDRs
        return facts
    }

    private func alarms(_ findings: [Finding]) -> [String] {
        findings.filter { $0.severity != .info }.map(\.description)
    }

    @Test(arguments: 0..<8)
    func validOnesBringNothing(_ part: UInt64) throws {
        for seed in part * 1000..<part * 1000 + 15 {
            let registry = RandomRegistry(seed: seed)
            let text = registry.text
            let facts = Self.read(text)
            #expect(
                facts.registry.services.keys.filter { !facts.implied.contains($0) }.count
                    == registry.objects.count { $0["kind"] == "Service" }, "seed \(seed)\n\(text)")
            var inquiry = Inquiry(facts: facts, asked: AskedName(registry.focus.object, in: facts.domain))
            #expect(alarms(RegistryReport(inquiry).findings) == [], "seed \(seed)\n\(text)")
            #expect(alarms(RegistryCheck.findings(facts)) == [], "seed \(seed)\n\(text)")
            let rules = NodeRules(facts)
            var proxy = ProxyFacts()
            proxy.iptables = TextInput(file: "iptables", text: rules.iptables.joined(separator: "\n"))
            proxy.nftables = TextInput(file: "nft", text: rules.nftables())
            proxy.ipvs = TextInput(file: "ipvs", text: rules.ipvs())
            proxy.reading = ProxyReading(proxy)
            for service in facts.registry.services.keys {
                var asked = Inquiry(facts: facts, asked: AskedName(service, in: facts.domain))
                asked.proxy = proxy
                #expect(alarms(asked.examine(.proxy).findings) == [], "seed \(seed)\n\(text)")
            }
            // A Pod of the registry asks.
            if let pod = registry.focus.pods.first, registry.focus.shape != .job {
                inquiry.client.pod = ObjectName(registry.focus.namespace, pod.name)
                #expect(alarms(Diagnosis.examine(inquiry).findings) == [], "seed \(seed) from Pod\n\(text)")
            }
        }
    }

    /// The cost is that of each Service: eight times the Services, about eight times the time.
    @Test func aDumpIsComparedWithManyServicesInTheirTime() throws {
        func time(_ count: Int) -> Duration {
            let text = (1...count).map { number in
                let address = "\(number / 250).\(number % 250 + 1)"
                return Sheet.service("s\(number)", "clusterIP: 10.97.\(address), selector: {app: s\(number)}")
                    + Sheet.pod("p\(number)", "app: s\(number)", ip: "10.244.\(address)")
            }.joined()
            var inquiry = Inquiry(
                facts: Self.read(text), asked: AskedName(ObjectName("shop", "s1"), in: ClusterFacts().domain))
            inquiry.proxy.iptables = TextInput(
                file: "iptables", text: NodeRules(inquiry.facts).iptables.joined(separator: "\n"))
            return ContinuousClock().measure {
                inquiry.proxy.reading = ProxyReading(inquiry.proxy)
                for service in inquiry.facts.registry.services.keys {
                    inquiry.asked = AskedName(service, in: inquiry.facts.domain)
                    #expect(alarms(inquiry.examine(.proxy).findings) == [])
                }
            }
        }
        let few = time(50)
        let many = time(400)
        #expect(many < few * 32 + .milliseconds(500), "\(few) \(many)")
    }

    @Test(arguments: RandomFault.all)
    func oneFaultBringsItsCode(_ fault: RandomFault) throws {
        var tried = 0
        for seed in UInt64(0)..<24 where tried < 4 {
            let shape = fault.shapes[Int(seed) % fault.shapes.count]
            var scene = FaultScene(registry: RandomRegistry(seed: seed &* 7919 &+ 11, focus: shape))
            guard fault.make(&scene) else { continue }
            tried += 1
            let text = scene.registry.text
            var facts = Self.read(text)
            scene.configure(&facts)
            let focus = scene.registry.focus
            var inquiry = Inquiry(facts: facts, asked: AskedName(focus.object, in: facts.domain))
            if let asked = scene.asked {
                inquiry.asked = try AskedName(
                    parsing: asked.text, namespace: asked.namespace, domain: facts.domain, facts: facts)
            }
            scene.inquire(&inquiry)
            let report = Diagnosis.examine(inquiry)
            let found = report.findings.filter { $0.severity != .info }
            let head = "\(fault) seed \(seed) \(inquiry.asked.text)\n"
            #expect(report.findings.first?.code == fault.code, "\(head)\(alarms(report.findings))\n\(text)")
            #expect(
                found.count == (Catalogue.entry(fault.code)?.severity == .info ? 0 : 1),
                "\(head)\(alarms(report.findings))\n\(text)")
            for finding in found {
                #expect(finding.severity == Catalogue.entry(finding.code)?.severity, "\(head)\(finding)")
                #expect(finding.chinese != nil && finding.chinese?.evidence.count == finding.evidence.count, "\(head)")
                #expect(finding.fix(in: .english)?.isEmpty == false, "\(head)\(finding)")
            }
            guard fault.isInFiles else { continue }
            let checked = RegistryCheck.findings(facts).filter { $0.severity != .info }
            #expect(
                Set(checked.map(\.code)).subtracting(scene.follows) == [fault.code],
                "\(head)check: \(alarms(checked))\n\(text)")
        }
        #expect(tried >= 3, "\(fault) fits too few registries")
    }

    /// The whole test has faults enough, of every family that files and dumps can show.
    @Test func faultsAreOfManyKinds() {
        #expect(Set(RandomFault.all.map(\.code)).count >= 50)
        for fault in RandomFault.all { #expect(Catalogue.entry(fault.code) != nil, "\(fault)") }
    }
}

/// A registry with a fault, and the question that shows it.
struct FaultScene {
    var registry: RandomRegistry
    /// What is asked for in place of the Service looked at.
    var asked: (text: String, namespace: String)?
    /// Codes that checking all files tells besides, of other objects.
    var follows: Set<String> = []
    var configure: (inout ClusterFacts) -> Void = { _ in }
    var inquire: (inout Inquiry) -> Void = { _ in }

    init(registry: RandomRegistry) { self.registry = registry }

    var focus: RandomRegistry.App { registry.focus }

    /// The place of one of the Service's ports.
    mutating func anyPort() -> Int { registry.pick(Array(focus.ports.indices)) }
}

/// A way to break a registry, and the code that must come of it.
struct RandomFault: Sendable, CustomTestStringConvertible, CustomStringConvertible {
    var code: String
    var what: String
    var shapes: [RandomRegistry.Shape]
    /// `check` tells it too.
    var isInFiles: Bool
    /// false: this registry has no place for it.
    var make: @Sendable (inout FaultScene) -> Bool

    init(
        _ code: String, _ what: String, _ shapes: [RandomRegistry.Shape], isInFiles: Bool = true,
        _ make: @escaping @Sendable (inout FaultScene) -> Bool
    ) {
        self.code = code
        self.what = what
        self.shapes = shapes
        self.isInFiles = isInFiles
        self.make = make
    }

    var description: String { "\(code) \(what)" }
    var testDescription: String { description }

    static let all = manifests + names + externalNames + services + endpoints + outside + clients + proxies
}
