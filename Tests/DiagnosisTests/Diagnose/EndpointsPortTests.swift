import Testing

@testable import Diagnosis

@Suite struct EndpointsPortTests {
    private static func port(_ port: String, _ containerPorts: [String]) -> String {
        Sheet.service("web", "clusterIP: 10.96.1.1, selector: {app: web}, ports: [\(port)]")
            + Sheet.pod("p-0", "app: web", ports: containerPorts)
    }

    private static let ports: [EndpointsCase] = [
        EndpointsCase(
            what: "a name that the Pods have",
            yaml: port("{port: 80, targetPort: http}", ["name: http, containerPort: 8080"])),
        EndpointsCase(
            what: "a name that the Pods have not",
            yaml: port("{port: 80, targetPort: web}", ["name: http, containerPort: 8080"]), codes: ["EPS003"],
            mentions: [
                "targetPort web of port 80", "p-0", "8080/TCP (http)", "10.96.1.1:80",
                "\"path\":\"/spec/ports/0/targetPort\",\"value\":\"http\"",
            ]),
        EndpointsCase(
            what: "a near name among several",
            yaml: port(
                "{port: 80, targetPort: htpp}",
                ["name: metrics, containerPort: 9090", "name: http, containerPort: 8080"]),
            codes: ["EPS003"], mentions: ["\"value\":\"http\""]),
        EndpointsCase(
            what: "a name where the containers declare nothing", yaml: port("{port: 80, targetPort: http}", []),
            codes: ["EPS003"], mentions: ["declare no port", "containerPort: 80"]),
        EndpointsCase(
            what: "a name where the ports have none",
            yaml: port("{port: 80, targetPort: http}", ["containerPort: 8080"]), codes: ["EPS003"],
            mentions: ["\"value\":8080"]),
        EndpointsCase(
            what: "a name that only some Pods have",
            yaml: port("{port: 80, targetPort: http}", ["name: http, containerPort: 8080"])
                + Sheet.pod("p-1", "app: web", ip: "10.244.0.2", ports: ["name: web, containerPort: 8080"])),
        EndpointsCase(
            what: "a name that only Pods have which are not ready",
            yaml: port("{port: 80, targetPort: http}", ["name: web, containerPort: 8080"])
                + Sheet.pod(
                    "p-1", "app: web", ip: "10.244.0.2", ready: false, ports: ["name: http, containerPort: 8080"]),
            codes: ["EPS003", "EPS012"], mentions: ["p-0"]),
        EndpointsCase(
            what: "one of two names is missing",
            yaml: port(
                "{name: a, port: 80, targetPort: http}, {name: b, port: 90, targetPort: admin}",
                ["name: http, containerPort: 8080"]), codes: ["EPS003"], mentions: ["targetPort admin of port 90"]),
        EndpointsCase(
            what: "a sidecar's name",
            yaml: Sheet.service("web", "selector: {app: web}, ports: [{port: 80, targetPort: proxy}]")
                + Sheet.pod(
                    "p-0", "app: web",
                    spec: "initContainers: [{name: s, restartPolicy: Always, ports: [{name: proxy, containerPort: 1}]}]"
                )),
        EndpointsCase(
            what: "headless, a name is missing",
            yaml: Sheet.service("web", "clusterIP: None, selector: {app: web}, ports: [{port: 80, targetPort: web}]")
                + Sheet.pod("p-0", "app: web", ports: ["name: http, containerPort: 80"]), codes: ["EPS003"],
            mentions: ["no SRV record"]),
        EndpointsCase(
            what: "a number in quotes",
            yaml: port("{port: 80, targetPort: \"8080\"}", ["name: http, containerPort: 8080"]), codes: ["EPS006"],
            mentions: ["\"8080\"", "in quotes", "\"value\":8080"]),
        EndpointsCase(
            what: "a number in single quotes, nothing declared", yaml: port("{port: 80, targetPort: '80'}", []),
            codes: ["EPS006"]),
        EndpointsCase(
            what: "the other protocol",
            yaml: port(
                "{port: 53, protocol: UDP, targetPort: dns}", ["name: dns, containerPort: 53, protocol: TCP"]),
            codes: ["EPS007"], mentions: ["UDP", "TCP", "dns", "/spec/ports/0/protocol"]),
        EndpointsCase(
            what: "a name of both protocols",
            yaml: port(
                "{name: d, port: 53, protocol: UDP, targetPort: dns}, {name: t, port: 53, targetPort: dns}",
                ["name: dns, containerPort: 53, protocol: TCP", "name: dns, containerPort: 53, protocol: UDP"])),
        EndpointsCase(what: "nothing declared", yaml: port("{port: 80}", [])),
        EndpointsCase(
            what: "a number that is not declared",
            yaml: port("{port: 80, targetPort: 8080}", ["name: http, containerPort: 9376"]), codes: ["EPS011"],
            mentions: ["8080/TCP", "9376/TCP (http)", "\"value\":9376"]),
        EndpointsCase(
            what: "the number of a declared port, the other protocol",
            yaml: port("{port: 53, protocol: UDP}", ["containerPort: 53"]), codes: ["EPS011"],
            mentions: ["53/UDP", "53/TCP", "/spec/ports/0/protocol"]),
        EndpointsCase(
            what: "both protocols, one declared",
            yaml: port("{name: a, port: 53, protocol: UDP}, {name: b, port: 53}", ["containerPort: 53"])),
        EndpointsCase(
            what: "a second port that is not declared, and all that are declared in use",
            yaml: port("{name: a, port: 80}, {name: b, port: 443}", ["containerPort: 80"])),
        EndpointsCase(
            what: "only a mesh's proxy declares ports",
            yaml: port("{port: 80, targetPort: 8080}", ["name: http-envoy-prom, containerPort: 15090"])),
        EndpointsCase(
            what: "one Pod declares nothing",
            yaml: port("{port: 80}", ["containerPort: 81"]) + Sheet.pod("p-1", "app: web", ip: "10.244.0.2")),
        EndpointsCase(
            what: "a written slice's port has another name",
            yaml: Sheet.service("web", "clusterIP: 10.96.1.1")
                + Sheet.slice("web-1", label: "web", ["addresses: [192.0.2.1]"], ports: "{name: web, port: 8080}"),
            codes: ["EPS003"], mentions: ["named http", "8080/TCP (web)", "EndpointSlice shop/web-1"]),
        EndpointsCase(
            what: "Endpoints without the port's name",
            yaml: Sheet.service("web", "clusterIP: 10.96.1.1")
                + Sheet.endpoints("web", "addresses: [{ip: 192.0.2.1}], ports: [{port: 8080}]"), codes: ["EPS003"],
            mentions: ["8080/TCP (no name)"]),
        EndpointsCase(
            what: "a written slice's port has another protocol",
            yaml: Sheet.service("web", "clusterIP: 10.96.1.1")
                + Sheet.slice(
                    "web-1", label: "web", ["addresses: [192.0.2.1]"], ports: "{name: http, port: 80, protocol: UDP}"),
            codes: ["EPS007"]),
        EndpointsCase(
            what: "headless, a slice without ports",
            yaml: Sheet.service("web", "clusterIP: None")
                + Sheet.slice("web-1", label: "web", ["addresses: [192.0.2.1]"], ports: "")),
        EndpointsCase(
            what: "a port each in two slices",
            yaml: Sheet.service("web", "clusterIP: 10.96.1.1, ports: [{name: a, port: 1}, {name: b, port: 2}]")
                + Sheet.slice("web-1", label: "web", ["addresses: [192.0.2.1]"], ports: "{name: a, port: 1}")
                + Sheet.slice("web-2", label: "web", ["addresses: [192.0.2.1]"], ports: "{name: b, port: 2}")),
    ]

    @Test(arguments: ports) func portsCases(_ test: EndpointsCase) throws { try test.check() }
}
