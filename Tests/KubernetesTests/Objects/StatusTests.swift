import Protobuf
import Testing

@testable import Kubernetes

@Suite struct StatusTests {
    private let json =
        #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Too large resource version: 9","#
        + #""reason":"Timeout","details":{"causes":[{"reason":"ResourceVersionTooLarge","message":"m"},{"message":"x"}],"#
        + #""retryAfterSeconds":1},"code":504}"#
    private let wanted = APIStatus(
        code: 504, reason: "Timeout", message: "Too large resource version: 9", retryAfterSeconds: 1,
        causes: ["ResourceVersionTooLarge"])

    @Test func aBodyInJSON() {
        #expect(APIStatus(body: Array(json.utf8), .json, code: 500) == wanted)
    }

    @Test func aBodyInProtobuf() {
        var status = ProtobufWriter()
        status.write(1) { _ in }
        status.write(2, "Failure")
        status.write(StatusFields.message, wanted.message)
        status.write(StatusFields.reason, wanted.reason)
        status.write(StatusFields.details) { details in
            details.write(1, octets: "")
            details.write(StatusDetailsFields.causes) { cause in
                cause.write(StatusCauseFields.reason, "ResourceVersionTooLarge")
                cause.write(2, "m")
            }
            details.write(StatusDetailsFields.retryAfterSeconds, 1)
        }
        status.write(StatusFields.code, 504)
        #expect(APIStatus(body: enveloped(status.octets), .protobuf, code: 500) == wanted)
    }

    @Test(arguments: [
        ("404 page not found\n", "404 page not found"), ("", "no reason given"), ("{}", "{}"),
        ("{\"code\":", "{\"code\":"),
        ("[1]", "[1]"),
    ])
    func aBodyThatIsNoStatus(_ text: String, _ message: String) {
        for encoding in [Encoding.json, .protobuf] {
            #expect(APIStatus(body: Array(text.utf8), encoding, code: 404) == APIStatus(code: 404, message: message))
        }
    }

    @Test func encodings() {
        #expect(Encoding(contentType: "application/json") == .json)
        #expect(Encoding(contentType: "application/vnd.kubernetes.protobuf;stream=watch") == .protobuf)
        #expect(Encoding(contentType: "text/plain; charset=utf-8") == nil)
    }
}
