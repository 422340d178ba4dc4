import Findings
import ServiceRegistry
import Testing

@testable import Kubernetes

@Suite struct WatchFindingTests {
    /// The words of a real API server (k/k staging/src/k8s.io/apiserver, endpoints/handlers/responsewriters/errors.go).
    private static func forbidden(_ resource: Resource, _ user: String, group: String) -> APIStatus {
        let name = group.isEmpty ? "\(resource)" : "\(resource).\(group)"
        return APIStatus(
            code: 403, reason: "Forbidden",
            message: "\(name) is forbidden: User \"\(user)\" cannot list resource \"\(resource)\" in API group "
                + "\"\(group)\" at the cluster scope")
    }

    private static func refused(_ resource: Resource, _ user: String, group: String = "") -> WatchStatus {
        var reflector = Reflector(resource, Reflector.Options())
        _ = reflector.next(at: 0)
        reflector.refused(forbidden(resource, user, group: group), at: 0)
        return reflector.status
    }

    @Test func aServiceAccountWithoutARight() throws {
        let status = WatchFindingTests.refused(
            .endpointSlices, "system:serviceaccount:kube-system:clusterdns", group: "discovery.k8s.io")
        let finding = try #require(status.finding(at: 5))
        #expect(finding.code == "DNS002" && finding.severity == .error && finding.object == "endpointslices")
        #expect(
            finding.message == "not synced: list endpointslices: 403 Forbidden: endpointslices.discovery.k8s.io is "
                + "forbidden: User \"system:serviceaccount:kube-system:clusterdns\" cannot list resource "
                + "\"endpointslices\" in API group \"discovery.k8s.io\" at the cluster scope")
        #expect(!finding.message.contains("\n"))
        #expect(
            finding.fix
                == "kubectl create clusterrole clusterdns-endpointslices --verb=list,watch "
                + "--resource=endpointslices.discovery.k8s.io && kubectl create clusterrolebinding "
                + "clusterdns-endpointslices --clusterrole=clusterdns-endpointslices "
                + "--serviceaccount=kube-system:clusterdns")
    }

    @Test(arguments: [
        ("jane", "--user=jane"), ("system:anonymous", "--user=system:anonymous"),
        ("system:node:worker-1", "--user=system:node:worker-1"), ("jane@example.com", "--user=jane@example.com"),
        ("system:serviceaccount:shop:dns", "--serviceaccount=shop:dns"),
    ])
    func whoeverAsks(_ user: String, _ subject: String) throws {
        let fix = try #require(WatchFindingTests.refused(.services, user).finding(at: 0)?.fix)
        #expect(
            fix
                == "kubectl create clusterrole clusterdns-services --verb=list,watch --resource=services && kubectl create "
                + "clusterrolebinding clusterdns-services --clusterrole=clusterdns-services \(subject)")
    }

    @Test func otherFailuresHaveNoCommand() throws {
        var reflector = Reflector(.services, Reflector.Options())
        _ = reflector.next(at: 0)
        reflector.refused(APIStatus(code: 401, reason: "Unauthorized", message: "no \"token\""), at: 0)
        let finding = try #require(reflector.status.finding(at: 0))
        #expect(finding.fix == nil)
        #expect(finding.message == "not synced: list services: 401 Unauthorized: no \"token\"")
        reflector.refused(APIStatus(code: 403, reason: "Forbidden", message: "by a proxy"), at: 0)
        #expect(reflector.status.finding(at: 0)?.fix == nil, "nobody is named")
    }

    @Test func whatIsKnownIsServedAndStale() throws {
        var it = Reflecting.watching()
        #expect(it.reflector.status.finding(at: it.now) == nil)
        it.end(.failed("services: the connection was reset"))
        let finding = try #require(it.reflector.status.finding(at: it.now + 42))
        #expect(finding.code == "DNS004" && finding.severity == .warning)
        #expect(finding.message == "stale (42 s): services: the connection was reset")
        _ = it.wait()
        _ = it.ask()
        it.say(.page(10))
        it.end()
        _ = it.ask()
        it.say()
        #expect(it.reflector.status.finding(at: it.now) == nil, "mended")
    }

    @Test func beforeTheFirstListItIsNotSynced() throws {
        var it = Reflecting()
        #expect(it.reflector.status.finding(at: 0)?.message == "not synced: services are being read")
        _ = it.ask()
        it.say(.put("a", 3))
        #expect(it.reflector.status.finding(at: 0)?.code == "DNS002")
        it.say(.mark(10, ends: true))
        #expect(it.reflector.status.finding(at: 0) == nil)
    }
}
