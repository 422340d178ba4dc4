import DNSWire
import NetworkAddress
import ServiceRegistry
import Testing

@testable import Diagnosis

@Suite struct AskedNameTests {
    /// Service shop/web, headless shop/db with Pods, google in namespace com, and in `default` a headless Service that is
    /// called like a namespace.
    static let cluster = try! facts(
        """
        {apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {clusterIP: 10.96.0.20, ports: [{name: http, port: 80}]}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: api, namespace: svc}, spec: {clusterIP: 10.96.0.22, ports: [{port: 80}]}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: google, namespace: com}, spec: {clusterIP: 10.96.0.21, ports: [{port: 80}]}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: db, namespace: shop}, spec: {clusterIP: None, selector: {app: db}, ports: [{port: 5432}]}}
        ---
        {apiVersion: v1, kind: Pod, metadata: {name: db-0, namespace: shop, labels: {app: db}}, spec: {hostname: db-0, subdomain: db, containers: [{name: a}]}, status: {phase: Running, podIP: 10.244.0.5, conditions: [{type: Ready, status: "True"}]}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: prod, namespace: default}, spec: {clusterIP: None, selector: {app: p}, ports: [{port: 1}]}}
        ---
        {apiVersion: v1, kind: Pod, metadata: {name: cache, namespace: default, labels: {app: p}}, spec: {hostname: cache, subdomain: prod, containers: [{name: a}]}, status: {phase: Running, podIP: 10.244.0.6, conditions: [{type: Ready, status: "True"}]}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: cache, namespace: prod}, spec: {clusterIP: 10.96.0.23, ports: [{port: 80}]}}
        ---
        {apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: a.b, namespace: shop}, spec: {rules: [{host: x.example}]}}
        """)

    private static let web = ObjectName("shop", "web")
    private static let db = ObjectName("shop", "db")

    static let readings: [(text: String, namespace: String?, subject: AskedName.Subject, name: String)] = [
        ("web", "shop", .service(web), "web.shop.svc.cluster.local."),
        ("web", nil, .service(ObjectName("default", "web")), "web.default.svc.cluster.local."),
        ("WEB.Shop", nil, .service(web), "web.shop.svc.cluster.local."),
        ("web.shop", nil, .service(web), "web.shop.svc.cluster.local."),
        ("web.shop.svc", "other", .service(web), "web.shop.svc.cluster.local."),
        ("Web.Shop.svc.Cluster.local", nil, .service(web), "web.shop.svc.cluster.local."),
        ("web.shop.svc.cluster.local.", nil, .service(web), "web.shop.svc.cluster.local."),
        ("web.shop.", nil, .other, "web.shop."),
        ("svc/web", "shop", .service(web), "web.shop.svc.cluster.local."),
        ("Service/web.shop", nil, .service(web), "web.shop.svc.cluster.local."),
        ("shop/web", nil, .service(web), "web.shop.svc.cluster.local."),
        ("nothing.shop", nil, .service(ObjectName("shop", "nothing")), "nothing.shop.svc.cluster.local."),
        ("web.shp", nil, .service(ObjectName("shp", "web")), "web.shp.svc.cluster.local."),
        ("_http._tcp.web", "shop", .port("http", protocol: "tcp", of: web), "_http._tcp.web.shop.svc.cluster.local."),
        ("_http._tcp.web.shop", nil, .port("http", protocol: "tcp", of: web), "_http._tcp.web.shop.svc.cluster.local."),
        (
            "_http._tcp.web.shop.svc.cluster.local", nil, .port("http", protocol: "tcp", of: web),
            "_http._tcp.web.shop.svc.cluster.local."
        ),
        ("_tcp.web.shop.svc", nil, .port("", protocol: "tcp", of: web), "_tcp.web.shop.svc.cluster.local."),
        ("db-0.db", "shop", .endpoint("db-0", of: db), "db-0.db.shop.svc.cluster.local."),
        ("db-0.db.shop", nil, .endpoint("db-0", of: db), "db-0.db.shop.svc.cluster.local."),
        ("db-1.db.shop.svc.cluster.local", nil, .endpoint("db-1", of: db), "db-1.db.shop.svc.cluster.local."),
        ("pod/db-0", "shop", .endpoint("db-0", of: db), "db-0.db.shop.svc.cluster.local."),
        (
            "10-244-0-5.shop.pod", nil, .pod("10-244-0-5", namespace: "shop"), "10-244-0-5.shop.pod.cluster.local."
        ),
        ("shop.svc", nil, .namespace("shop"), "shop.svc.cluster.local."),
        ("ns/shop", nil, .namespace("shop"), "shop.svc.cluster.local."),
        ("10.96.0.20", nil, .address(IPAddress("10.96.0.20")!), "20.0.96.10.in-addr.arpa."),
        ("20.0.96.10.in-addr.arpa", nil, .address(IPAddress("10.96.0.20")!), "20.0.96.10.in-addr.arpa."),
        ("google.com", nil, .service(ObjectName("com", "google")), "google.com.svc.cluster.local."),
        ("google.de", nil, .other, "google.de."),
        ("www.example.com", nil, .other, "www.example.com."),
        ("a.b.c.d.e", nil, .other, "a.b.c.d.e."),
        ("web.shop.svc.cluster.locall", nil, .other, "web.shop.svc.cluster.locall."),
        ("web.shop.cluster.local", nil, .other, "web.shop.cluster.local."),
        // As a Pod of `default` has it: the endpoint is the first name of the list; a Pod elsewhere gets the Service.
        (
            "cache.prod", nil, .endpoint("cache", of: ObjectName("default", "prod")),
            "cache.prod.default.svc.cluster.local."
        ),
        ("cache.prod", "shop", .service(ObjectName("prod", "cache")), "cache.prod.svc.cluster.local."),
    ]

    @Test(arguments: readings) func whatIsRead(
        text: String, namespace: String?, subject: AskedName.Subject, name: String
    ) throws {
        let asked = try AskedName(
            parsing: text, namespace: namespace, domain: Self.cluster.domain, facts: Self.cluster)
        #expect(asked.subject == subject)
        #expect("\(asked.name.lowercased)" == name)
        #expect(asked.text == text)
        #expect(asked.namespace == namespace ?? "default")
    }

    @Test func addressesLeadToServices() throws {
        for (text, service) in [
            ("10.96.0.20", Self.web), ("10.244.0.5", Self.db), ("5.0.244.10.in-addr.arpa.", Self.db),
        ] {
            let asked = try AskedName(parsing: text, namespace: nil, domain: Self.cluster.domain, facts: Self.cluster)
            #expect(asked.service == service)
        }
        let stranger = try AskedName(
            parsing: "fd00::1", namespace: nil, domain: Self.cluster.domain, facts: Self.cluster)
        #expect(stranger.subject == .address(IPAddress("fd00::1")!))
        #expect(stranger.service == nil)
        let name = stranger.name
        #expect(name.reversedAddress == IPAddress("fd00::1"))
    }

    @Test func ingresses() throws {
        for (text, namespace) in [("ingress/a.b", "shop"), ("ing/a.b.shop", "default")] {
            let asked = try AskedName(
                parsing: text, namespace: namespace, domain: Self.cluster.domain, facts: Self.cluster)
            #expect(asked.subject == .ingress(ObjectName("shop", "a.b")))
        }
    }

    static let refused: [(text: String, says: String)] = [
        ("", "no name"), ("http://web.shop:80/x", "web.shop"), ("web.shop:8080", "--port 8080"),
        ("ingress/none", "Ingress default/none"), ("pod/none", "Pod default/none"), ("a/b/c", "KIND/NAME"),
        ("web..shop", "not a domain name"), (String(repeating: "a", count: 64), "not a domain name"),
    ]

    @Test(arguments: refused) func refusals(text: String, says: String) {
        let error = #expect(throws: UsageError.self) {
            try AskedName(parsing: text, namespace: nil, domain: Self.cluster.domain, facts: Self.cluster)
        }
        #expect(error?.message.contains(says) == true)
    }
}
