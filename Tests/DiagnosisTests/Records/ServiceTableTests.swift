import NetworkAddress
import ServiceRegistry
import Testing

@testable import Diagnosis

@Suite struct ServiceTableTests {
    /// The transcript of `kubectl get svc my-nginx`.
    @Test func asKubectlPrintsIt() throws {
        let nginx = try service("my-nginx") {
            $0.kind = .nodePort
            $0.clusterIPs = [try #require(IPAddress("10.96.107.207"))]
            $0.ports = [
                Service.Port(name: "http", port: 8080, nodePort: 31589),
                Service.Port(name: "https", port: 443, nodePort: 30134),
            ]
            $0.created = 1000
        }
        #expect(
            ServiceTable([nginx], showsNamespace: false, now: 1000 + 19 * 60).text == """
                NAME       TYPE       CLUSTER-IP      EXTERNAL-IP   PORT(S)                        AGE
                my-nginx   NodePort   10.96.107.207   <none>        8080:31589/TCP,443:30134/TCP   19m

                """)
    }

    private func service(_ name: String, _ change: (inout Service) throws -> Void) throws -> Service {
        var service = Service(name: ObjectName("default", name))
        try change(&service)
        return service
    }

    @Test func everyKind() throws {
        let services = [
            try service("headless") { $0.isHeadless = true },
            try service("outside") {
                $0.kind = .externalName
                $0.externalName = "google.com"
            },
            try service("pending") {
                $0.kind = .loadBalancer
                $0.clusterIPs = [IPAddress(v4: 0x0A60_0001)]
            },
            try service("ready") {
                $0.kind = .loadBalancer
                $0.clusterIPs = [IPAddress(v4: 0x0A60_0002)]
                $0.loadBalancer = [LoadBalancerIngress(hostname: "lb.example.com")]
                $0.externalIPs = [IPAddress(v4: 0x5000_0B0C)]
                $0.ports = [Service.Port(transport: .udp, port: 53)]
            },
        ]
        #expect(
            ServiceTable(services, showsNamespace: true, now: 0).text == """
                NAMESPACE   NAME       TYPE           CLUSTER-IP   EXTERNAL-IP                 PORT(S)   AGE
                default     headless   ClusterIP      None         <none>                      <none>    <unknown>
                default     outside    ExternalName   <none>       google.com                  <none>    <unknown>
                default     pending    LoadBalancer   10.96.0.1    <pending>                   <none>    <unknown>
                default     ready      LoadBalancer   10.96.0.2    lb.example.com,80.0.11.12   53/UDP    <unknown>

                """)
    }

    static let ages: [(seconds: Int64, text: String)] = [
        (-5, "<invalid>"), (-1, "0s"), (0, "0s"), (38, "38s"), (119, "119s"), (120, "2m"), (180, "3m"), (185, "3m5s"),
        (600, "10m"),
        (36 * 60, "36m"), (3 * 3600, "3h"), (3 * 3600 + 300, "3h5m"), (21 * 3600, "21h"), (48 * 3600, "2d"),
        (49 * 3600, "2d1h"),
        (8 * 86_400, "8d"), (729 * 86_400, "729d"), (730 * 86_400, "2y"), (731 * 86_400, "2y1d"), (3000 * 86_400, "8y"),
    ]

    @Test(arguments: ages) func age(seconds: Int64, text: String) {
        #expect(ServiceTable.age(seconds: seconds) == text)
    }
}
