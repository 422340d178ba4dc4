import Manifests
import ServiceRegistry
import Testing

@testable import Kubernetes

struct ListTrimmerTests {
    private func trimmed(
        _ page: String, kind: String = "Pod", version: String = "v1"
    ) throws -> (text: String, next: String) {
        var trimmer = ListTrimmer(kind: kind, version: version)
        let octets = try Array(page.utf8).withUnsafeBytes { try trimmer.document($0) }
        return (String(decoding: octets, as: UTF8.self), trimmer.next)
    }

    @Test func itemsSayTheirKindAndLoseWhatNobodyNeeds() throws {
        let (text, next) = try trimmed(
            """
            {"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"a\\/b=","remainingItemCount":3},
             "items":[
              {"metadata":{"name":"a","managedFields":[{"x":"}]"}],"labels":{"env":"prod","args":"x"},
               "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\\"a\\":1}","keep":"y"}},
               "spec":{"containers":[{"env":[{"name":"PASSWORD","value":"s3cret"}],"name":"c","args":["--key=s3cret"]}]}},
              {"kind":"Pod","metadata":{"managedFields":[]},"apiVersion":"v1","n":[1,-2.5e3,true,null,[],{}]}]}
            """)
        #expect(next == "a/b=")
        #expect(
            text == """
                {"apiVersion":"v1","kind":"PodList","items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a",\
                "labels":{"env":"prod","args":"x"},"annotations":{"keep":"y"}},"spec":{"containers":[{"name":"c"}]}},\
                {"apiVersion":"v1","kind":"Pod","metadata":{},"n":[1,-2.5e3,true,null,[],{}]}]}

                """)
    }

    @Test func textsAreReadableAsYAML() throws {
        // A surrogate pair, which YAML has no escape for.
        let (text, _) = try trimmed(
            #"{"items":[{"metadata":{"name":"a","labels":{"k":"\ud83d\ude00 \"q\" \\ \u003c\n"}}}]}"#)
        #expect(text.contains(#""k":"😀 \"q\" \\ <\u000a""#))
        let reading = ManifestReader.read(Array(text.utf8), file: "pods")
        #expect(reading.objects.map(\.object.key) == [ObjectKey(.pod, ObjectName("default", "a"))])
    }

    @Test(arguments: ["", "[]", "{\"items\":[", "{\"items\":[{]}", "{\"items\":[1]}", "nonsense"])
    func whatIsNoListIsAFault(page: String) {
        #expect(throws: DecodeFault.self) { _ = try trimmed(page) }
    }

    @Test func deepNestingIsCopied() throws {
        let deep = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
        #expect(try trimmed("{\"items\":[{\"a\":\(deep)}]}").text.contains(deep))
    }
}
