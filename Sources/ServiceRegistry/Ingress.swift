/// networking.k8s.io/v1 Ingress; removed versions are read into the same form.
package struct Ingress: Hashable, Sendable {
    package struct Backend: Hashable, Sendable {
        package var service: String
        package var port: TargetPort?

        package init(service: String, port: TargetPort?) {
            self.service = service
            self.port = port
        }
    }

    package struct Rule: Hashable, Sendable {
        /// Empty: every host.
        package var host: String
        package var backends: [Backend]

        package init(host: String, backends: [Backend]) {
            self.host = host
            self.backends = backends
        }
    }

    package var name: ObjectName
    package var apiVersion: String
    package var rules: [Rule] = []
    package var defaultBackend: Backend?
    package var loadBalancer: [LoadBalancerIngress] = []

    package init(name: ObjectName, apiVersion: String) {
        self.name = name
        self.apiVersion = apiVersion
    }
}
