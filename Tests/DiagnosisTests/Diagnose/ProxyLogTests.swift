import Diagnosis
import Findings
import Testing

/// Logs of kube-proxy, from the documents and from the lines that its sources print.
@Suite struct ProxyLogTests {
    static let healthy = """
        I1027 22:14:53.998163    5063 server.go:247] Using iptables Proxier.
        I1027 22:14:53.999055    5063 server.go:255] Tearing down userspace rules. Errors here are acceptable.
        I1027 22:14:54.038140    5063 proxier.go:352] Setting endpoints for "kube-system/kube-dns:dns-tcp" to [10.244.1.3:53]
        I1027 22:14:54.038238    5063 proxier.go:429] Not syncing iptables until Services and Endpoints have been received from master
        I1027 22:14:54.040048    5063 proxier.go:294] Adding new service "default/kubernetes:https" at 10.0.0.1:443/TCP

        """

    static let failedRestore =
        #"E0415 08:01:22.113402       1 proxier.go:1592] "Failed to execute iptables-restore" err="exit status 4 (Another app is currently holding the xtables lock)""#

    @Test(
        arguments: [
            (healthy, ["PRX012"]),
            (
                healthy
                    + #"I1027 22:15:00.0 1 proxier.go:294] Adding new service "default/hostnames:default" at 10.0.1.175:80/TCP"#,
                []
            ),
            // A Service whose name begins as ours does.
            (
                healthy
                    + #"I1027 22:15:00.0 1 proxier.go:294] Adding new service "default/hostnames-2:http" at 10.0.1.176:80/TCP"#,
                ["PRX012"]
            ),
            (failedRestore, ["PRX011", "PRX012"]),
            (
                failedRestore
                    + "\nI0415 08:01:52.1 1 proxier.go:800] \"Syncing iptables rules\"\nI0415 08:01:52.2 1 proxier.go:770] \"SyncProxyRules complete\" elapsed=\"12ms\"",
                ["PRX012"]
            ),
            // It ends the try that failed, not one since.
            (
                "I0415 08:01:22.0 1 proxier.go:800] \"Syncing iptables rules\"\n" + failedRestore
                    + "\nI0415 08:01:22.2 1 proxier.go:770] \"SyncProxyRules complete\" elapsed=\"12ms\"",
                ["PRX011", "PRX012"]
            ),
            (
                "E1027 22:14:54.1 1 reflector.go:126] Failed to list *v1.Service: Get https://10.0.0.1:443/api/v1/services: dial tcp 10.0.0.1:443: connect: connection refused",
                ["PRX011", "PRX012"]
            ),
            (
                "E1027 22:14:54.1 1 reflector.go:126] Failed to list *v1.Service: Get https://10.0.0.1:443/api/v1/services: dial tcp 10.0.0.1:443: i/o timeout\n"
                    + healthy, ["PRX012"]
            ),
            (
                "W1027 22:14:54.1 1 reflector.go:424] failed to list *v1.EndpointSlice: endpointslices.discovery.k8s.io is forbidden: User \"system:serviceaccount:kube-system:kube-proxy\" cannot list resource",
                ["PRX011", "PRX012"]
            ),
            ("E1027 22:14:54.1 5063 proxier.go:1] cannot contact master", ["PRX011", "PRX012"]),
            (
                healthy
                    + #"E0101 00:00:00.1 1 conntrack.go:1] conntrack returned error: error looking for path of conntrack: exec: "conntrack": executable file not found in $PATH"#,
                ["PRX011", "PRX012"]
            ),
            // Whoever it was missed for.
            (
                #"E1121 10:05:00.0 1 cleanup.go:70] "Failed to delete stale service connections" err="error looking for path of conntrack: exec: \"conntrack\": executable file not found in $PATH" IP="10.96.0.10""#,
                ["PRX011", "PRX012"]
            ),
            (
                "I1027 22:14:54.038238    5063 proxier.go:429] Not syncing iptables until Services and Endpoints have been received from master",
                ["PRX011", "PRX012"]
            ),
            (
                #"E0415 08:01:22.1 1 proxier.go:900] "can't open port, skipping it" port="nodePort for default/hostnames:default" err="bind: address already in use""#,
                ["PRX011"]
            ),
            (
                #"E0415 08:01:22.1 1 proxier.go:900] "can't open port, skipping it" port="nodePort for shop/web:http" err="bind: address already in use""#,
                ["PRX012"]
            ),
            (
                #"E0415 08:01:22.1 1 server.go:1] "Failed to retrieve node info" err="nodes \"a\" not found""#,
                ["PRX012"]
            ),
            // JSON, and what a container runtime puts in front.
            (
                #"{"ts":1681545682113.4,"caller":"iptables/proxier.go:1592","msg":"Failed to execute iptables-restore","err":"exit status 4"}"#,
                ["PRX011", "PRX012"]
            ),
            (
                #"{"ts":1681545682113.4,"caller":"iptables/proxier.go:1","msg":"Adding new service port","v":1,"portName":"default/hostnames:default","servicePort":"10.0.1.175:80/TCP"}"#,
                []
            ),
            ("2026-11-21T03:00:00.000000000Z stderr F " + failedRestore, ["PRX011", "PRX012"]),
            (#"E0415 08:01:22.1 1 proxier.go:1] "nftables sync failed" err="exit status 1""#, ["PRX011", "PRX012"]),
            (
                "F0415 08:01:22.1 1 server.go:1] unable to create proxier: can't set sysctl net/ipv4/conf/all/route_localnet to 1",
                ["PRX011", "PRX012"]
            ),
            ("", ["PRX012"]),
        ] as [(String, [String])])
    func logs(_ text: String, _ codes: [String]) throws {
        let report = try ProxyScene.examine(ProxyScene.manifests()) {
            $0.log = TextInput(file: "kube-proxy.log", text: text)
        }
        #expect(report.codes == codes, "\(report.findings)")
    }

    /// The rules tell whether an error is past.
    @Test func besideRules() throws {
        let right = try ProxyScene.examine(ProxyScene.manifests()) {
            $0.log = TextInput(file: "kube-proxy.log", text: ProxyLogTests.failedRestore)
            $0.iptables = TextInput(file: "rules.txt", text: ProxyScene.iptables())
        }
        #expect(right.alarms == [])
        let wrong = try ProxyScene.examine(ProxyScene.manifests(ready: [true, true, true, true])) {
            $0.log = TextInput(file: "kube-proxy.log", text: ProxyLogTests.failedRestore)
            $0.iptables = TextInput(file: "rules.txt", text: ProxyScene.iptables())
        }
        #expect(wrong.alarms == ["PRX003"])
        #expect(wrong.said.contains("kube-proxy.log:1") && wrong.said.contains("xtables lock"))
    }

    @Test(arguments: [
        ("", "no rule dump given"), ("type: ExternalName, externalName: example.com", "ExternalName"),
        ("clusterIP: None", "headless"),
    ])
    func skipped(_ spec: String, _ why: String) throws {
        let manifest = """
            apiVersion: v1
            kind: Service
            metadata: {name: hostnames, namespace: default}
            spec: {\(spec.isEmpty ? "" : spec + ", ")ports: [{port: 80}]}
            """
        let report = try ProxyScene.examine(manifest) {
            if !spec.isEmpty { $0.iptables = TextInput(file: "rules.txt", text: "") }
        }
        #expect(report.isSkipped && report.facts[0].english.contains(why) && report.findings.isEmpty)
    }

    /// An address that nobody wrote is not the cluster's.
    @Test func addressesGivenOutHere() throws {
        let manifests = ProxyScene.manifests().replacing("  clusterIP: 10.0.1.175\n", with: "  type: NodePort\n")
        for dump in [ProxyScene.iptables(), ProxyScene.nftables, ProxyScene.ipvs] {
            let report = try ProxyScene.examine(manifests) { $0.iptables = TextInput(file: "rules.txt", text: dump) }
            #expect(report.alarms == [], "\(report.findings)")
        }
        let none = try ProxyScene.examine(manifests) {
            $0.iptables = TextInput(
                file: "rules.txt",
                text: ProxyScene.iptables().replacing("default/hostnames", with: "default/other")
                    .replacing("ODX2UBAZM7RQWOIU", with: "AAAABBBBCCCCDDDD"))
        }
        #expect(none.alarms == ["PRX001"])
    }
}
