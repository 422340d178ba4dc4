import Foundation
import Protobuf
import ServiceRegistry
import Testing

@testable import Kubernetes

/// One object means the same in a manifest, in the API's JSON and in its protobuf.
@Suite struct SameObjectTests {
    /// Values in place of those of kubernetes/api's testdata, which are the names of their fields and would be refused.
    private static let allowed = [
        "nameValue": "name-value", "namespaceValue": "namespace-value", "protocolValue": "SCTP", "ipValue": "10.0.0.9",
        "podIPValue": "10.0.0.8", "clusterIPValue": "10.96.0.7", "clusterIPsValue": "fd00:96::7",
        "externalIPsValue": "192.0.2.5", "ipFamiliesValue": "IPv6", "ipFamilyPolicyValue": "RequireDualStack",
        "sessionAffinityValue": "ClientIP", "externalTrafficPolicyValue": "Local",
        "internalTrafficPolicyValue": "Local", "addressTypeValue": "IPv6", "addressesValue": "2001:DB8::1",
        "kindValue": "Pod", "phaseValue": "Failed", "hostnameValue": "hostname-value", "restartPolicyValue": "Always",
    ]

    static let fixtures: [(String, Resource, [String: String])] = [
        ("core.v1.Namespace", .namespaces, [:]),
        ("core.v1.Service", .services, ["typeValue": "LoadBalancer"]),
        ("core.v1.Service", .services, ["typeValue": "NodePort", "clusterIPsValue": "None"]),
        ("core.v1.Service", .services, ["typeValue": "ExternalName"]),
        ("core.v1.Service", .services, ["typeValue": "ClusterIP", "sessionAffinityValue": "None"]),
        ("discovery.k8s.io.v1.EndpointSlice", .endpointSlices, [:]),
        ("discovery.k8s.io.v1.EndpointSlice", .endpointSlices, ["addressTypeValue": "FQDN", "kindValue": "Node"]),
        ("core.v1.Pod", .pods, ["typeValue": "Ready", "statusValue": "True"]),
    ]

    @Test(arguments: fixtures)
    func realOctets(name: String, resource: Resource, more: [String: String]) throws {
        let values = SameObjectTests.allowed.merging(more) { $1 }
        var json = String(decoding: try fixture("\(name).json"), as: UTF8.self)
        for (old, new) in values { json = json.replacing("\"\(old)\"", with: "\"\(new)\"") }
        let body = try fixture("\(name).pb")
        let raw = try #require(body.withUnsafeBytes { ProtobufEnvelope.raw($0).map(Array.init) })
        let protobuf = rewritten(raw, values)
        let wanted = try #require(manifest(Array(json.utf8)))
        let fromJSON = try decode(json: Array(json.utf8), resource)
        let fromProtobuf = try decode(resource, protobuf)
        #expect(fromJSON.object == wanted)
        #expect(fromProtobuf.object == wanted)
        #expect(fromJSON == fromProtobuf)
        #expect(fromProtobuf.resourceVersion == "resourceVersionValue")
        let stored = ObjectEncoder.octets(of: wanted)
        #expect(try decode(resource, stored, detail: .stored).object == wanted)
        #expect(
            try decode(json: Array(json.utf8), resource, detail: .serving)
                == decode(resource, protobuf, detail: .serving))
    }

    /// A message with texts in place of others, at any depth.
    private func rewritten(_ message: [UInt8], _ values: [String: String]) -> [UInt8] {
        (try? message.withUnsafeBytes { octets in
            var writer = ProtobufWriter()
            var reader = ProtobufReader(octets)
            while true {
                let begin = reader.at
                guard let field = try reader.next() else { break }
                guard let contents = try? field.octets() else {
                    writer.append { $0 += UnsafeRawBufferPointer(start: begin, count: reader.at - begin) }
                    continue
                }
                let new = values[contents.text].map { Array($0.utf8) } ?? rewritten(Array(contents), values)
                new.withUnsafeBytes { writer.write(field.number, $0) }
            }
            return writer.octets
        }) ?? message
    }

    static let services = [
        #"{}"#, #"{"clusterIP":"10.96.0.1","ports":[{"port":80}]}"#,
        #"{"clusterIP":"10.96.0.1","clusterIPs":["10.96.0.1","FD00::1"],"ipFamilies":["IPv4","IPv6"],"ipFamilyPolicy":"PreferDualStack","ports":[{"port":80,"name":"http"},{"port":443,"name":"tls","targetPort":"https","nodePort":30443,"appProtocol":"kubernetes.io/h2c"},{"port":53,"name":"dns","protocol":"UDP","targetPort":5353}]}"#,
        #"{"clusterIP":"None","clusterIPs":["None"],"selector":{"app":"web","tier":"x"},"publishNotReadyAddresses":true,"ports":null}"#,
        #"{"clusterIP":"None"}"#, #"{"clusterIP":"","ports":[{"port":80}]}"#,
        #"{"type":"ExternalName","externalName":"example.com","clusterIP":"None"}"#,
        #"{"type":"LoadBalancer","externalName":"not.read","externalIPs":["192.0.2.1","2001:db8:0:0::1"],"allocateLoadBalancerNodePorts":false,"externalTrafficPolicy":"Local","internalTrafficPolicy":"Cluster","sessionAffinity":"ClientIP","ports":[{"port":65535}]}"#,
        #"{"selector":null,"ports":[{"port":80,"targetPort":null,"nodePort":null,"protocol":null}],"unknown":[{"a":"]}\"\\"}]}"#,
        // What the manifest reader refuses is a fault.
        #"{"clusterIP":"none","ports":[{"port":80}]}"#, #"{"clusterIP":"10.96.0.256","ports":[{"port":80}]}"#,
        #"{"type":"Clusterip","ports":[{"port":80}]}"#, #"{"type":"ExternalName"}"#, #"{"ports":[{"port":0}]}"#,
        #"{"ports":[{"port":65536}]}"#, #"{"ports":[{"port":80,"protocol":"tcp"}]}"#,
        #"{"ports":[{"port":80,"targetPort":-1}]}"#, #"{"ports":[{"name":"a"}]}"#,
        #"{"ports":[{"port":80,"nodePort":70000}]}"#, #"{"ports":[{"port":"80"}]}"#, #"{"ports":{"port":80}}"#,
        #"{"ports":[{"port":80}],"publishNotReadyAddresses":"true"}"#, #"{"ports":[{"port":80}],"externalIPs":["a"]}"#,
        #"{"ports":[{"port":80}],"ipFamilies":["ipv4"]}"#, #"{"ports":[{"port":80}],"ipFamilyPolicy":"Dual"}"#,
        #"{"ports":[{"port":80}],"sessionAffinity":"clientip"}"#,
        #"{"ports":[{"port":80}],"internalTrafficPolicy":"Node"}"#,
    ]

    @Test(arguments: services) func service(_ spec: String) throws {
        try same(
            .services,
            #"{"kind":"Service","apiVersion":"v1","metadata":{"name":"web","namespace":"shop","creationTimestamp":"#
                + #""2026-11-21T07:00:00Z","labels":{"a":"b"},"annotations":{"c":"\u00e9\n\t\"/\\"}},"#
                + #""spec":\#(spec),"status":{"loadBalancer":{"ingress":[{"ip":"203.0.113.1"},{"hostname":"lb.example"},"#
                + #"{"ip":"x"},{}]}}}"#,
            mayLackPorts: true)
    }

    static let slices = [
        #""addressType":"IPv4","endpoints":null,"ports":null"#, #""addressType":"IPv4","endpoints":[],"ports":[]"#,
        #""addressType":"IPv4","endpoints":[{"addresses":["10.0.0.1"]}],"ports":[{}]"#,
        #""addressType":"IPv4","endpoints":[{"addresses":["10.0.0.1","10.0.0.2","10.0.0.3"],"conditions":{"ready":false},"hostname":"web-0","targetRef":{"kind":"Pod","name":"web-0"}},{"addresses":["10.0.0.4"],"conditions":{},"targetRef":{"kind":"Node","name":"n"}},{"addresses":["10.0.0.5"],"conditions":{"ready":null}}],"ports":[{"name":"","port":80},{"name":"u","protocol":"UDP","port":53}]"#,
        #""endpoints":[{"addresses":["fd00::A","::ffff:10.0.0.1"]}],"addressType":"IPv6""#,
        #""addressType":"FQDN","endpoints":[{"addresses":["a.example"],"hostname":"h"}]"#,
        // Refused.
        #""endpoints":[]"#, #""addressType":"ipv4""#, #""addressType":"IPv4","endpoints":[{"addresses":["::1"]}]"#,
        #""addressType":"IPv6","endpoints":[{"addresses":["10.0.0.1"]}]"#,
        #""addressType":"IPv4","endpoints":[{"addresses":["010.0.0.1"]}]"#,
        #""addressType":"IPv4","ports":[{"port":0}]"#, #""addressType":"IPv4","ports":[{"protocol":"ICMP"}]"#,
        #""addressType":"IPv4","endpoints":[{"conditions":{"ready":"yes"}}]"#,
    ]

    @Test(arguments: slices) func slice(_ rest: String) throws {
        for label in ["", #","labels":{"kubernetes.io/service-name":"web"}"#, #","labels":{"x":"y"}"#] {
            try same(
                .endpointSlices,
                #"{"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":{"name":"web-x","namespace":"#
                    + #""shop"\#(label)},\#(rest)}"#)
        }
    }

    static let pods = [
        #"{}"#, #"{"phase":"Pending"}"#,
        #"{"phase":"Novel","podIP":"10.0.0.1","podIPs":[{"ip":"10.0.0.1"},{"ip":"fd00::1"}]}"#,
        #"{"podIPs":[{"ip":"10.0.0.1"}],"conditions":[{"type":"Ready","status":"True"}]}"#,
        #"{"conditions":[{"type":"Ready","status":"False"},{"type":"PodScheduled","status":"True"}]}"#,
        #"{"containerStatuses":[{"name":"a","restartCount":3,"state":{"waiting":{"reason":"CrashLoopBackOff"}}},{"name":"b","restartCount":2,"state":{"running":{}}}]}"#,
        #"{"podIP":"10.0.0"}"#,
    ]

    @Test(arguments: pods) func pod(_ status: String) throws {
        for spec in [
            "{}",
            #"{"containers":[{"name":"c","ports":[{"name":"http","containerPort":80},{"containerPort":53,"protocol":"UDP"},{"containerPort":99999}]}],"initContainers":[{"restartPolicy":"Always","ports":[{"containerPort":1}]},{"ports":[{"containerPort":2}]}],"dnsPolicy":"None","dnsConfig":{"nameservers":["1.1.1.1"],"searches":["a.b"],"options":[{"name":"ndots","value":"2"},{"name":"edns0"}]},"nodeName":"n1","hostNetwork":true,"hostname":"h","subdomain":"s"}"#,
        ] {
            for time in ["", #","deletionTimestamp":"2026-11-21T07:00:00Z""#] {
                try same(
                    .pods,
                    #"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p.1","namespace":"shop","labels":{"a":"b","c":""}\#(time)},"#
                        + #""spec":\#(spec),"status":\#(status)}"#)
            }
        }
    }

    /// - Parameter mayLackPorts: the manifest reader refuses some objects for what the API server has checked.
    private func same(_ resource: Resource, _ json: String, mayLackPorts: Bool = false) throws {
        let octets = Array(json.utf8)
        let wanted = manifest(octets)
        do throws(DecodeFault) {
            let got = try decode(json: octets, resource)
            if wanted == nil, mayLackPorts, case .service(let service) = got.object, service.ports.isEmpty { return }
            #expect(got.object == wanted, "\(json)")
            // The same again as protobuf.
            #expect(try decode(resource, ObjectEncoder.octets(of: got.object)).object == wanted)
        } catch {
            #expect(wanted == nil, "\(error) in \(json)")
            #expect(error.name?.namespace == "shop", "\(error)")
        }
    }
}
