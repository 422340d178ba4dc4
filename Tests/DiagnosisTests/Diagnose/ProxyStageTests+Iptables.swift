extension ProxyStageTests {
    private static let service = "ODX2UBAZM7RQWOIU"

    /// Two targets that share evenly.
    private static let nearby = [
        ("0.33333333349", "0.50000000000"),
        ("10.244.0.6:9376\" -m statistic --mode random --probability 0.50000000000", "10.244.0.6:9376\""),
    ]

    static let iptablesCases: [Case] = [
        Case(title: "right"),
        Case(title: "right, with counters", replace: [("-A ", "[12:720] -A ")]),
        Case(
            title: "no rule for the address", code: "PRX001", says: ["10.0.1.175:80", "default/hostnames:default"],
            remove: ["-A KUBE-SERVICES -d"]),
        Case(
            title: "a rule for an old address", code: "PRX001", says: ["10.0.1.175:80", "10.0.1.99:80"],
            replace: [("-A KUBE-SERVICES -d 10.0.1.175/32", "-A KUBE-SERVICES -d 10.0.1.99/32")]),
        Case(
            title: "a rule for another port", code: "PRX001", says: ["10.0.1.175:80", "10.0.1.175:9376"],
            replace: [("--dport 80 -j KUBE-SVC", "--dport 9376 -j KUBE-SVC")]),
        Case(
            title: "a rule for another protocol", code: "PRX001", says: ["10.0.1.175:80/udp"],
            replace: [("-A KUBE-SERVICES -d 10.0.1.175/32 -p tcp", "-A KUBE-SERVICES -d 10.0.1.175/32 -p udp")]),
        Case(
            title: "nothing of the Service", code: "PRX001", says: ["10.0.1.175:80"], remove: [service, "KUBE-SEP-"]),
        Case(
            title: "PREROUTING does not jump", code: "PRX001", says: ["PREROUTING -> KUBE-SERVICES"],
            remove: ["-A PREROUTING"]),
        Case(title: "empty", code: "PRX002", says: ["empty"], dump: "\n# a comment\n"),
        Case(
            title: "only the kubelet's chains", code: "PRX002", says: ["kubelet"],
            dump: "*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-KUBELET-CANARY - [0:0]\n:KUBE-MARK-DROP - [0:0]\nCOMMIT\n"),
        Case(
            title: "Cilium", code: "PRX002", says: ["CILIUM_"],
            dump: "*nat\n:PREROUTING ACCEPT [0:0]\n:CILIUM_PRE_nat - [0:0]\n-A PREROUTING -j CILIUM_PRE_nat\nCOMMIT\n"),
        Case(
            title: "userspace mode", code: "PRX002", says: ["userspace", "10.0.1.175:80"],
            dump: """
                -A KUBE-PORTALS-CONTAINER -d 10.0.1.175/32 -p tcp -m comment --comment "default/hostnames:default" -m tcp --dport 80 -j REDIRECT --to-ports 48577
                -A KUBE-PORTALS-HOST -d 10.0.1.175/32 -p tcp -m comment --comment "default/hostnames:default" -m tcp --dport 80 -j DNAT --to-destination 10.240.115.247:48577
                """),
        Case(
            title: "iptables -L", code: "PRX002", says: ["iptables -L"],
            dump: "Chain KUBE-SERVICES (2 references)\ntarget     prot opt source               destination\n"),
        Case(
            title: "the rules of IPVS mode",
            dump:
                "*nat\n:PREROUTING ACCEPT [0:0]\n-A KUBE-SERVICES -m comment --comment \"Kubernetes service cluster ip + port for masquerade purpose\" -m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT\nCOMMIT\n"
        ),
        Case(
            title: "an endpoint without a jump", code: "PRX003", says: ["10.244.0.7:9376", "hostnames-2"],
            remove: ["GM6WC6GWYLPURA7R"],
            replace: [
                ("0.33333333349", "0.50000000000"),
                ("--probability 0.50000000000 -j KUBE-SEP-2N4", "--probability 1 -j KUBE-SEP-2N4"),
            ]),
        Case(
            title: "a target that is gone", code: "PRX003", says: ["10.244.0.77:9376", "10.244.0.7:9376"],
            replace: [("10.244.0.7", "10.244.0.77")]),
        Case(
            title: "another port of the Pod", code: "PRX003", says: ["10.244.0.6:80", "10.244.0.6:9376"],
            replace: [("--to-destination 10.244.0.6:9376", "--to-destination 10.244.0.6:80")]),
        Case(
            title: "a Pod that is not ready", code: "PRX003", says: ["10.244.0.6:9376", "not ready"],
            ready: [true, false, true]),
        Case(
            title: "an empty chain", code: "PRX003", says: ["10.244.0.5:9376"],
            remove: ["-A KUBE-SVC-"]),
        Case(title: "endpoints that nobody knows, as no Pod is ready", ready: [false, false, false]),
        Case(
            title: "rejects", code: "PRX004", says: ["10.0.1.175:80", "REJECT", "10.244.0.5:9376"],
            remove: [service, "KUBE-SEP-"],
            add: [
                "COMMIT", "*filter", ":INPUT ACCEPT [0:0]",
                #"-A KUBE-SERVICES -d 10.0.1.175/32 -p tcp -m comment --comment "default/hostnames:default has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable"#,
            ]),
        Case(
            title: "rejects rightly", ready: [false, false, false], remove: [service, "KUBE-SEP-"],
            add: [
                "COMMIT", "*filter", ":INPUT ACCEPT [0:0]",
                #"-A KUBE-SERVICES -d 10.0.1.175/32 -p tcp -m comment --comment "default/hostnames:default has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable"#,
            ]),
        Case(
            title: "drops: no local endpoints", spec: ["internalTrafficPolicy: Local"], remove: [service, "KUBE-SEP-"],
            add: [
                "COMMIT", "*filter", ":INPUT ACCEPT [0:0]",
                #"-A KUBE-SERVICES -d 10.0.1.175/32 -p tcp -m comment --comment "default/hostnames:default has no local endpoints" -m tcp --dport 80 -j DROP"#,
            ]),
        Case(title: "a node port", spec: ProxyScene.nodePort, dump: ProxyScene.iptables(nodePort: 30080)),
        Case(
            title: "no node port rule", code: "PRX005", says: ["30080"], spec: ProxyScene.nodePort,
            dump: ProxyScene.iptables(nodePort: 30080), remove: ["-A KUBE-NODEPORTS", "-A KUBE-EXT-"]),
        Case(
            title: "another node port", code: "PRX005", says: ["30080", "30081"], spec: ProxyScene.nodePort,
            dump: ProxyScene.iptables(nodePort: 30081)),
        Case(
            title: "node ports are not entered", code: "PRX005", says: ["KUBE-SERVICES -> KUBE-NODEPORTS"],
            spec: ProxyScene.nodePort, dump: ProxyScene.iptables(nodePort: 30080), remove: ["-j KUBE-NODEPORTS"]),
        Case(
            title: "the node port of another Service", code: "PRX006", says: ["30080", "KUBE-EXT-AAAABBBBCCCCDDDD"],
            spec: ProxyScene.nodePort, dump: ProxyScene.iptables(nodePort: 30080),
            replace: [("--dport 30080 -j KUBE-EXT-\(service)", "--dport 30080 -j KUBE-EXT-AAAABBBBCCCCDDDD")]),
        Case(
            title: "an external chain that leads nowhere", code: "PRX005", says: ["KUBE-EXT-\(service)"],
            spec: ProxyScene.nodePort, dump: ProxyScene.iptables(nodePort: 30080),
            remove: ["-A KUBE-EXT-\(service) -j KUBE-SVC"]),
        Case(
            title: "the chain of another Service", code: "PRX006",
            says: ["10.0.1.175:80", "KUBE-SVC-NWV5X2332I4OT4T3", "KUBE-SVC-\(service)"],
            replace: [
                (
                    "-A KUBE-SERVICES -d 10.0.1.175/32 -p tcp -m comment --comment \"default/hostnames:default cluster IP\" -m tcp --dport 80 -j KUBE-SVC-\(service)",
                    "-A KUBE-SERVICES -d 10.0.1.175/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-NWV5X2332I4OT4T3"
                )
            ]),
        Case(
            title: "probabilities", code: "PRX007", says: ["90.0 %", "0.90000000000", "33.3 %"],
            replace: [("0.33333333349", "0.90000000000")]),
        Case(
            title: "the last jump has a probability", code: "PRX007", says: ["0.50000000000"],
            replace: [
                (
                    "-> 10.244.0.7:9376\" -j",
                    "-> 10.244.0.7:9376\" -m statistic --mode random --probability 0.50000000000 -j"
                )
            ]),
        Case(
            title: "five digits", replace: [("0.33333333349", "0.33332999982")]),
        Case(
            title: "no masquerade rule", code: "PRX008", says: ["KUBE-POSTROUTING", "MASQUERADE"],
            remove: ["-j MASQUERADE"]),
        Case(title: "no mark", code: "PRX008", says: ["KUBE-MARK-MASQ"], remove: ["-A KUBE-MARK-MASQ"]),
        Case(
            title: "another mark", code: "PRX008", says: ["0x8000", "0x4000"],
            replace: [("-j MARK --set-xmark 0x4000/0x4000", "-j MARK --set-xmark 0x8000/0x8000")]),
        Case(
            title: "POSTROUTING does not jump", code: "PRX008", says: ["POSTROUTING"], remove: ["-A POSTROUTING"]),
        Case(
            title: "no hairpin", code: "PRX008", says: ["-s 10.244.0.6"],
            remove: ["-s 10.244.0.6/32"]),
        Case(
            title: "outside is not marked", code: "PRX008", says: ["KUBE-EXT-\(service)"], spec: ProxyScene.nodePort,
            dump: ProxyScene.iptables(nodePort: 30080), remove: ["masquerade traffic for"]),
        Case(
            title: "affinity", spec: ["sessionAffinity: ClientIP"], dump: ProxyScene.iptables(affinity: true)),
        Case(
            title: "no affinity", code: "PRX009", says: ["ClientIP", "KUBE-SEP-WP4DJFDWEPABKXDE"],
            spec: ["sessionAffinity: ClientIP"]),
        Case(
            title: "affinity checked, never set", code: "PRX009", says: ["KUBE-SEP-WP4DJFDWEPABKXDE"],
            spec: ["sessionAffinity: ClientIP"], dump: ProxyScene.iptables(affinity: true),
            replace: [("-m recent --set --name", "-m recent --name")]),
        Case(
            title: "affinity that nobody wants", code: "PRX009", says: ["None"],
            dump: ProxyScene.iptables(affinity: true)),
        Case(
            title: "an external address", spec: ["externalIPs: [198.51.100.7]"],
            add: [
                #"-A KUBE-SERVICES -d 198.51.100.7/32 -p tcp -m comment --comment "default/hostnames:default external IP" -m tcp --dport 80 -j KUBE-EXT-\#(service)"#,
                "-A KUBE-EXT-\(service) -j KUBE-MARK-MASQ", "-A KUBE-EXT-\(service) -j KUBE-SVC-\(service)",
            ]),
        Case(
            title: "no rule for an external address", code: "PRX001", says: ["198.51.100.7:80"],
            spec: ["externalIPs: [198.51.100.7]"]),
        Case(
            title: "no rule for a load balancer's address", code: "PRX001", says: ["198.51.100.8:80"],
            spec: ["type: LoadBalancer", "allocateLoadBalancerNodePorts: false"], status: "{ip: 198.51.100.8}"),
        Case(
            title: "a load balancer that proxies",
            spec: ["type: LoadBalancer", "allocateLoadBalancerNodePorts: false"],
            status: "{ip: 198.51.100.8, ipMode: Proxy}"),
        Case(
            title: "endpoints that are near", spec: ["trafficDistribution: PreferClose"], remove: ["GM6WC6GWYLPURA7R"],
            replace: nearby),
        Case(
            title: "grep by the Service's name",
            dump: ProxyScene.iptables().split(separator: "\n").filter { $0.contains("default/hostnames") }
                .joined(separator: "\n")),
        Case(
            title: "grep by the Service's name, no rule", code: "PRX001", says: ["10.0.1.175:80"],
            dump: ProxyScene.iptables().split(separator: "\n").filter { $0.contains("default/hostnames") }
                .joined(separator: "\n"), remove: ["-A KUBE-SERVICES"]),
        Case(
            title: "grep KUBE-SEP",
            dump: ProxyScene.iptables().split(separator: "\n").filter { $0.contains("KUBE-SEP") }.joined(
                separator: "\n"),
            add: [
                #"-A KUBE-SEP-AAAAAAAAAAAAAAAA -s 10.9.9.9/32 -m comment --comment "kube-system/kube-dns:dns" -j KUBE-MARK-MASQ"#,
                #"-A KUBE-SVC-AAAAAAAAAAAAAAAA -m comment --comment "kube-system/kube-dns:dns" -j KUBE-SEP-AAAAAAAAAAAAAAAA"#,
            ]),
        Case(
            title: "an excerpt of another Service",
            dump:
                #"-A KUBE-SERVICES -d 10.0.0.10/32 -p udp -m comment --comment "kube-system/kube-dns:dns cluster IP" -m udp --dport 53 -j KUBE-SVC-TCOU7JCQXEZGVUNU"#
        ),
        Case(
            title: "local endpoints of this node", spec: ["internalTrafficPolicy: Local"], nodes: ["a", "a", "b"],
            remove: ["GM6WC6GWYLPURA7R"],
            replace: [
                ("KUBE-SVC-\(service)", "KUBE-SVL-\(service)"), ("0.33333333349", "0.50000000000"),
                ("-m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-2N4", "-j KUBE-SEP-2N4"),
            ]),
        Case(
            title: "a local endpoint without a jump", code: "PRX003", says: ["10.244.0.7:9376"],
            spec: ["internalTrafficPolicy: Local"], nodes: ["a", "a", "a"], remove: ["GM6WC6GWYLPURA7R"],
            replace: [
                ("KUBE-SVC-\(service)", "KUBE-SVL-\(service)"), ("0.33333333349", "0.50000000000"),
                ("-m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-2N4", "-j KUBE-SEP-2N4"),
            ]),
    ]
}
