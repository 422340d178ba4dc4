import Protobuf
import ServiceRegistry
import Testing

@testable import Kubernetes

/// Lists and watches that come in pieces, are cut, or hold what makes no sense.
@Suite struct StreamTests {
    static let items = ["web", "db", "api"].map { name in
        var service = Service(name: ObjectName("shop", name))
        service.ports = [Service.Port(name: "http", port: 80, target: .name("w]}\""))]
        return ObjectEncoder.octets(of: .service(service))
    }
    static let jsonItems = ["web", "db", "api"].map {
        #"{"metadata":{"name":"\#($0)","namespace":"shop","managedFields":[{"fieldsV1":{"f:a":{}}}]},"# + "\n"
            + #" "spec":{"ports":[{"name":"http","port":80,"targetPort":"w]}\""}]}}"#
    }
    static let jsonList =
        #" {"kind":"ServiceList" , "items":[\#(jsonItems.joined(separator: " ,\n"))],"n":-1.5e3,"x":[[],{}],"metadata":{"#
        + #""resourceVersion":"77","continue":"next\u002b","remainingItemCount":null}}"# + "\n"

    static var protobufWatch: [UInt8] {
        let end = ["k8s.io/initial-events-end": "true"]
        return protobufEvent("ADDED", items[0]) + protobufEvent("MODIFIED", items[1])
            + protobufEvent("DELETED", bare("db", version: "80")) + protobufEvent("BOOKMARK", bare("", version: "81"))
            + protobufEvent("BOOKMARK", bare("", version: "82", annotations: end))
            + protobufEvent("ADDED", [0xFF, 0xFF]) + protobufEvent("NOVEL", items[0])
            + protobufEvent("ERROR", expired)
    }
    static let jsonWatch = [
        #"{"type":"ADDED","object":\#(jsonItems[0])}"#, #"{"object":\#(jsonItems[1]),"type":"MODIFIED"}"#,
        #"{"type":"DELETED","object":{"metadata":{"name":"db","namespace":"shop","resourceVersion":"80"}}}"#,
        #"{"type":"BOOKMARK","object":{"kind":"Service","metadata":{"resourceVersion":"81"}}}"#,
        #"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"82","annotations":{"k8s.io/initial-events-end":"true"}}}}"#,
        #"{"type":"ADDED","object":{"metadata":{"namespace":"shop"}}}"#, #"{"type":"NOVEL","object":\#(jsonItems[0])}"#,
        #"{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}"#,
    ].joined(separator: "\n")

    private static var expired: [UInt8] {
        var status = ProtobufWriter()
        status.write(StatusFields.message, "too old")
        status.write(StatusFields.reason, "Expired")
        status.write(StatusFields.details) { $0.write(StatusDetailsFields.retryAfterSeconds, 0) }
        status.write(StatusFields.code, 410)
        return status.octets
    }

    static let bodies: [(BodyReader.Form, Encoding, [UInt8])] = [
        (.list, .protobuf, protobufList(items, token: "next+")), (.list, .json, Array(jsonList.utf8)),
        (.watch, .protobuf, protobufWatch), (.watch, .json, Array(jsonWatch.utf8)),
    ]

    @Test func bothEncodingsSayTheSame() throws {
        let lists = try StreamTests.bodies[..<2].map { try messages($0, .services, $1, $2) }
        #expect(lists[0] == lists[1])
        #expect(lists[0].count == 4)
        #expect(lists[0].last == .listEnd(resourceVersion: "77", continue: "next+"))
        let watches = try StreamTests.bodies[2...].map { try messages($0, .services, $1, $2) }
        for watch in watches {
            #expect(watch.count == 8)
            #expect(watch[0] == lists[0][0] && watch[1] == lists[0][1])
            let key = ObjectKey(.service, ObjectName("shop", "db"))
            #expect(watch[2] == .deleted(key, resourceVersion: "80"))
            #expect(watch[3] == .bookmark(resourceVersion: "81", endsInitialEvents: false))
            #expect(watch[4] == .bookmark(resourceVersion: "82", endsInitialEvents: true))
            for message in watch[5...6] { #expect(message.isUndecodable) }
            #expect(watch[7] == .status(APIStatus(code: 410, reason: "Expired", message: "too old")))
        }
    }

    @Test(arguments: bodies.indices) func piecesOfEverySize(_ index: Int) throws {
        let (form, encoding, body) = StreamTests.bodies[index]
        let whole = try messages(form, .services, encoding, body)
        for piece in 1...body.count {
            #expect(try messages(form, .services, encoding, body, piece: piece) == whole, "pieces of \(piece)")
        }
    }

    @Test(arguments: bodies.indices) func cutsAreSeen(_ index: Int) throws {
        let (form, encoding, body) = StreamTests.bodies[index]
        let whole = try messages(form, .services, encoding, body)
        var ends = 0
        for end in 0..<body.count {
            var reader = BodyReader(form, of: .services, encoding, keeping: .full)
            var all: [APIMessage] = []
            try Array(body[..<end]).withUnsafeBytes { try reader.read($0) { all.append($0) } }
            #expect(Array(whole.prefix(all.count)) == all)
            if (try? reader.finish()) != nil { ends += 1 }
        }
        // A list's end is one place (its last octets may be missing), a watch has one behind each event.
        #expect(form == .list ? ends <= 4 : (8...20).contains(ends), "\(ends)")
    }

    @Test func oneOfManyIsUndecodable() throws {
        var bad = Service(name: ObjectName("shop", "bad"))
        bad.ports = [Service.Port(name: "x", port: 0)]
        let items = [StreamTests.items[0], ObjectEncoder.octets(of: .service(bad)), [0x0A], StreamTests.items[1]]
        let all = try messages(.list, .services, .protobuf, protobufList(items))
        #expect(all.count == 5)
        let fault = DecodeFault(
            "spec.ports[0].port is 0: a number from 1 to 65535 is wanted", name: ObjectName("shop", "bad"))
        #expect(all[1] == .undecodable(fault))
        #expect(all[2].isUndecodable && !all[3].isUndecodable)
        let json =
            #"{"items":[\#(StreamTests.jsonItems[0]),{"spec":{"ports":[{"port":80},{"port":{}}]},"metadata":{"name":"bad","#
            + #""namespace":"shop"}},7,{},\#(StreamTests.jsonItems[1])]}"#
        let fromJSON = try messages(.list, .services, .json, Array(json.utf8))
        #expect(fromJSON.count == 6)
        #expect(
            fromJSON[1]
                == .undecodable(
                    DecodeFault("spec.ports.port is {}: a whole number is wanted", name: ObjectName("shop", "bad"))))
        #expect(fromJSON[2].isUndecodable && fromJSON[3].isUndecodable && !fromJSON[4].isUndecodable)
    }

    @Test(arguments: [
        #"{"items":null,"metadata":{"resourceVersion":"5"}}"#, #"{"metadata":{"resourceVersion":"5"}}"#,
        #"{"items":[],"metadata":{"resourceVersion":"5"}}"#,
    ])
    func emptyLists(_ json: String) throws {
        let end = [APIMessage.listEnd(resourceVersion: "5", continue: "")]
        #expect(try messages(.list, .services, .json, Array(json.utf8)) == end)
        #expect(try messages(.list, .services, .protobuf, protobufList([], version: "5")) == end)
    }

    @Test(arguments: [
        "", "x", "[]", "{", #"{"items"}"#, #"{"items":}"#, #"{"items":[,]}"#, #"{"items":[{},]}"#, #"{"items":[{}}"#,
        #"{"items":[{"a":]}"#, #"{"items":[{"metadata":{"name":"a" "b"}}]}"#, #"{"items":[]}}"#, #"{"items":[]} {}"#,
        #"{"items":[{"metadata":{"name":"\x"}}]}"#, #"{"items":[{"metadata":{"name":"\u12"}}]}"#, #"{"a":1,}"#, "{,}",
        #"{"metadata":{"resourceVersion":5}}"#, #"{"items":[nul]"#, "null",
    ])
    func brokenJSONThrows(_ json: String) {
        #expect(throws: DecodeFault.self) { try messages(.list, .services, .json, Array(json.utf8)) }
    }

    @Test func brokenProtobufThrows() {
        let good = protobufList(StreamTests.items)
        let magic = Array("k8s\0".utf8)
        let bodies: [[UInt8]] = [
            [], Array("k8s".utf8), Array("k9s\0".utf8) + Array(good[4...]), Array(good[4...]), magic,
            magic + [0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
            // A list of 3 octets with an item of 5; one that ends in a number; an item of 32 MiB.
            magic + [0x12, 3, 0x12, 5, 0], magic + [0x12, 3, 0x12, 0x80, 0x80],
            magic + [0x12, 0xFF, 0xFF, 0xFF, 0x7F, 0x12, 0x80, 0x80, 0x80, 0x10],
        ]
        for bad in bodies {
            #expect(throws: DecodeFault.self) { try messages(.list, .services, .protobuf, bad) }
        }
        #expect(throws: DecodeFault.self) { try messages(.watch, .services, .protobuf, [0xFF, 0, 0, 0, 1]) }
        #expect(throws: DecodeFault.self) { try messages(.watch, .services, .protobuf, [0, 0, 0, 2, 0x0A, 9]) }
        #expect(throws: DecodeFault.self) { try messages(.watch, .services, .json, Array("garbage".utf8)) }
    }

    /// An item without end is given up, not held for ever.
    @Test func anItemHasALongestLength() throws {
        var reader = BodyReader(.list, of: .services, .json, keeping: .serving)
        let begin = Array(#"{"items":[{"a":""#.utf8)
        try begin.withUnsafeBytes { try reader.read($0) { _ in } }
        let more = [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20)
        var pieces = 0
        #expect(throws: DecodeFault.self) {
            while pieces < 20 {
                try more.withUnsafeBytes { try reader.read($0) { _ in } }
                pieces += 1
            }
        }
        #expect(pieces == 15)
    }

    @Test(arguments: [
        (#"a\u0062\u00e9\u20AC"#, "ab\u{E9}\u{20AC}"), (#"\ud83d\ude00"#, "\u{1F600}"), (#"\ud83d"#, "\u{FFFD}"),
        (#"\ude00\ud83dx"#, "\u{FFFD}\u{FFFD}x"), (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{C}\n\r\t"), ("é😀", "é😀"),
    ])
    func escapesAreRead(_ written: String, _ text: String) throws {
        let json = #"{"metadata":{"name":"a","labels":{"\#(written)":"\#(written)"}}}"#
        let object = RegistryObject.namespace(Namespace(name: "a", labels: [text: text]))
        #expect(try decode(json: Array(json.utf8), .namespaces).object == object)
    }

    @Test func theTriggerTimeIsRead() throws {
        for (text, seconds) in [
            ("2026-11-21T07:00:00Z", 1_795_244_400.0), ("2026-11-21T07:00:00.25Z", 1_795_244_400.25), ("soon", nil),
            ("2026-11-21T07:00:00+01:00", nil), ("1970-01-01T00:00:00.123456789Z", 0.123456789),
        ] {
            let json =
                #"{"metadata":{"name":"a","annotations":{"endpoints.kubernetes.io/last-change-trigger-time":"\#(text)"}},"#
                + #""addressType":"IPv4"}"#
            #expect(try decode(json: Array(json.utf8), .endpointSlices, detail: .serving).lastChangeTrigger == seconds)
        }
    }
}

extension APIMessage {
    var isUndecodable: Bool { if case .undecodable = self { true } else { false } }
}
