/// metav1.Status: why a request failed.
struct APIStatus: Sendable, Equatable {
    var code: Int
    /// `Expired`, `Forbidden`; empty where the server gives none.
    var reason: String
    var message: String
    var retryAfterSeconds: Int?
    /// The reasons of details.causes.
    var causes: [String]

    init(code: Int, reason: String = "", message: String, retryAfterSeconds: Int? = nil, causes: [String] = []) {
        self.code = code
        self.reason = reason
        self.message = message
        self.retryAfterSeconds = retryAfterSeconds
        self.causes = causes
    }

    /// The body of an answer other than 200; one that is no Status is its own message.
    init(body: [UInt8], _ encoding: Encoding, code: Int) {
        let read = body.withUnsafeBytes { body in
            encoding == .protobuf
                ? ProtobufEnvelope.raw(body).flatMap(APIStatus.init(protobuf:)) : APIStatus(json: body)
        }
        if let read {
            self = read
            if self.code == 0 { self.code = code }
        } else {
            let text = String(decoding: body.prefix(300), as: UTF8.self).split(whereSeparator: \.isNewline).first ?? ""
            self.init(code: code, message: text.isEmpty ? "no reason given" : String(text))
        }
    }

    /// - Parameter octets: a plain Status message.
    init?(protobuf octets: UnsafeRawBufferPointer) {
        self.init(code: 0, message: "")
        do throws(DecodeFault) {
            var reader = ProtobufReader(octets)
            while let field = try reader.next() {
                switch field.number {
                case StatusFields.message: message = try field.text()
                case StatusFields.reason: reason = try field.text()
                case StatusFields.details: try readDetails(field.message())
                case StatusFields.code: code = try field.int()
                default: break
                }
            }
        } catch {
            return nil
        }
    }

    /// - Parameter octets: a JSON document; nil where it is none, or no Status.
    init?(json octets: UnsafeRawBufferPointer) {
        do throws(DecodeFault) {
            var transcoder = JSONTranscoder()
            try transcoder.document(octets, .status)
            guard transcoder.fault == nil else { return nil }
            guard let status = transcoder.withMessage(APIStatus.init(protobuf:)) else { return nil }
            guard status.code != 0 || !status.message.isEmpty else { return nil }
            self = status
        } catch {
            return nil
        }
    }

    private mutating func readDetails(_ details: ProtobufReader) throws(DecodeFault) {
        var reader = details
        while let field = try reader.next() {
            switch field.number {
            case StatusDetailsFields.causes:
                if let cause = try ProtobufReader.first(StatusCauseFields.reason, in: field.octets()) {
                    causes.append(cause.text)
                }
            case StatusDetailsFields.retryAfterSeconds:
                // Protobuf writes 0 where there is none.
                let seconds = try field.int()
                retryAfterSeconds = seconds > 0 ? seconds : nil
            default: break
            }
        }
    }
}
