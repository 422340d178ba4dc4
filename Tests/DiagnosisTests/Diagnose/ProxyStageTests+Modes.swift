extension ProxyStageTests {
    private static let chain = "service-B6FLQLJA-default/hostnames/tcp/default"

    static let nftablesCases: [Case] = [
        Case(title: "right", spec: ProxyScene.nodePort, dump: ProxyScene.nftables),
        Case(
            title: "no element", code: "PRX010", says: ["10.0.1.175:80", "service-ips"], spec: ProxyScene.nodePort,
            dump: ProxyScene.nftables, replace: [("10.0.1.175 . tcp . 80", "10.0.1.99 . tcp . 80")]),
        Case(
            title: "rejects", code: "PRX004", says: ["10.0.1.175:80", "REJECT"], spec: ProxyScene.nodePort,
            dump: ProxyScene.nftables,
            replace: [
                (
                    "10.0.1.9 . tcp . 443 comment \"ns2/svc2:p80\"",
                    "10.0.1.175 . tcp . 80 comment \"default/hostnames:default\""
                )
            ]),
        Case(
            title: "no node port", code: "PRX010", says: ["30080"], spec: ProxyScene.nodePort,
            dump: ProxyScene.nftables,
            remove: ["tcp . 30080"]),
        Case(
            title: "another node port", code: "PRX005", says: ["30080", "30081"], spec: ProxyScene.nodePort,
            dump: ProxyScene.nftables, replace: [("tcp . 30080", "tcp . 30081")]),
        Case(
            title: "another Service", code: "PRX006", says: ["kube-system/kube-dns"], spec: ProxyScene.nodePort,
            dump: ProxyScene.nftables,
            replace: [
                (
                    "10.0.1.175 . tcp . 80 : goto \(chain)",
                    "10.0.1.175 . tcp . 80 : goto service-FY5PMXPG-kube-system/kube-dns/udp/dns"
                )
            ]),
        Case(
            title: "an endpoint is missing", code: "PRX010", says: ["10.244.0.7:9376"], spec: ProxyScene.nodePort,
            dump: ProxyScene.nftables,
            replace: [
                ("mod 3", "mod 2"), (", 2 : goto endpoint-CCCCCCCC-default/hostnames/tcp/default__10.244.0.7/9376", ""),
            ]),
        Case(
            title: "a stale endpoint", code: "PRX003", says: ["10.244.0.7:9376"], spec: ProxyScene.nodePort,
            ready: [true, true], dump: ProxyScene.nftables),
        Case(
            title: "uneven", code: "PRX007", says: ["25.0 %"], spec: ProxyScene.nodePort, dump: ProxyScene.nftables,
            replace: [("mod 3", "mod 4")]),
        Case(
            title: "no masquerade", code: "PRX008", says: ["masquerading"], spec: ProxyScene.nodePort,
            dump: ProxyScene.nftables, remove: ["masquerade fully-random"]),
        Case(
            title: "no affinity", code: "PRX009", says: ["@affinity-"],
            spec: ProxyScene.nodePort + ["sessionAffinity: ClientIP"], dump: ProxyScene.nftables),
        Case(
            title: "another table", code: "PRX002", dump: "table inet filter {\n\tchain input {\n\t\taccept\n\t}\n}\n"),
        Case(
            title: "rules of iptables-nft", code: "PRX002", says: ["iptables-nft-save"],
            dump:
                "table ip nat {\n\tchain KUBE-SERVICES {\n\t\tip daddr 10.0.1.175 tcp dport 80 counter packets 0 bytes 0 jump KUBE-SVC-ODX2UBAZM7RQWOIU\n\t}\n}\n"
        ),
        Case(
            title: "cut off", spec: ProxyScene.nodePort,
            dump: String(
                ProxyScene.nftables.prefix(upTo: ProxyScene.nftables.firstRange(of: "\tchain endpoint-")!.lowerBound))),
        Case(
            title: "Kubernetes 1.36 and later", spec: ProxyScene.nodePort, dump: modern),
        Case(
            title: "Kubernetes 1.36 and later, an endpoint is missing", code: "PRX010", says: ["10.244.0.7:9376"],
            spec: ProxyScene.nodePort, dump: modern,
            replace: [("mod 3", "mod 2"), (", 2 : 10.244.0.7 . 9376", "")]),
    ]

    private static let modern = """
        table ip kube-proxy {
        	set hairpin-connections {
        		type ipv4_addr . ipv4_addr . inet_proto . inet_service
        		elements = { 10.244.0.5 . 10.244.0.5 . tcp . 9376 }
        	}

        	map service-ips {
        		type ipv4_addr . inet_proto . inet_service : verdict
        		elements = { 10.0.1.175 . tcp . 80 : goto \(chain) }
        	}

        	map service-nodeports {
        		type inet_proto . inet_service : verdict
        		elements = { tcp . 30080 : goto external-B6FLQLJA-default/hostnames/tcp/default }
        	}

        	chain nat-prerouting {
        		type nat hook prerouting priority dstnat; policy accept;
        		jump services
        	}

        	chain nat-postrouting {
        		type nat hook postrouting priority srcnat; policy accept;
        		jump masquerading
        	}

        	chain services {
        		ip daddr @cluster-ips ip saddr != 10.244.0.0/16 meta mark set meta mark | 0x00004000
        		ip daddr . meta l4proto . th dport vmap @service-ips
        		ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports
        	}

        	chain masquerading {
        		meta mark & 0x00004000 != 0x00000000 meta mark set meta mark ^ 0x00004000 masquerade fully-random
        		ct status dnat ip saddr . ip daddr . meta l4proto . th dport @hairpin-connections masquerade fully-random
        	}

        	chain external-B6FLQLJA-default/hostnames/tcp/default {
        		meta mark set meta mark | 0x00004000
        		goto \(chain)
        	}

        	chain \(chain) {
        		meta l4proto tcp dnat ip to numgen random mod 3 map { 0 : 10.244.0.5 . 9376, 1 : 10.244.0.6 . 9376, 2 : 10.244.0.7 . 9376 }
        	}
        }

        """

    static let ipvsCases: [Case] = [
        Case(title: "right", spec: ProxyScene.nodePort, dump: ProxyScene.ipvs),
        Case(
            title: "no virtual server", code: "PRX010", says: ["10.0.1.175:80"], spec: ProxyScene.nodePort,
            dump: ProxyScene.ipvs, replace: [("10.0.1.175:80 rr", "10.0.1.99:80 rr")]),
        Case(
            title: "no node port", code: "PRX010", says: ["30080"], spec: ProxyScene.nodePort, dump: ProxyScene.ipvs,
            replace: [("192.168.0.2:30080", "192.168.0.2:30081")]),
        Case(
            title: "no real server", code: "PRX010", says: ["TCP 10.0.1.175:80 has 0 real servers", "10.244.0.6:9376"],
            dump: ProxyScene.ipvs, remove: ["-> 10.244.0"]),
        Case(
            title: "a real server is missing", code: "PRX010", says: ["10.244.0.6:9376"], dump: ProxyScene.ipvs,
            remove: ["10.244.0.6"]),
        Case(
            title: "a real server that is gone", code: "PRX003", says: ["10.244.0.7:9376"], ready: [true, true],
            dump: ProxyScene.ipvs),
        Case(
            title: "a real server on its way out", ready: [true, true], dump: ProxyScene.ipvs,
            replace: [("10.244.0.7:9376              Masq    1", "10.244.0.7:9376              Masq    0")]),
        Case(
            title: "weights", code: "PRX007", says: ["weight 5"], dump: ProxyScene.ipvs,
            replace: [("10.244.0.6:9376              Masq    1", "10.244.0.6:9376              Masq    5")]),
        Case(
            title: "no affinity", code: "PRX009", says: ["persistent"],
            spec: ["sessionAffinity: ClientIP"], dump: ProxyScene.ipvs),
        Case(
            title: "affinity", spec: ["sessionAffinity: ClientIP"], dump: ProxyScene.ipvs,
            replace: [("10.0.1.175:80 rr", "10.0.1.175:80 rr persistent 10800")]),
        Case(
            title: "no server at all", code: "PRX002",
            dump: "IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n"),
        Case(
            title: "ipvsadm-save",
            dump:
                "-A -t 10.0.1.175:80 -s rr\n-a -t 10.0.1.175:80 -r 10.244.0.5:9376 -m -w 1\n-a -t 10.0.1.175:80 -r 10.244.0.6:9376 -m -w 1\n-a -t 10.0.1.175:80 -r 10.244.0.7:9376 -m -w 1\n"
        ),
    ]
}
