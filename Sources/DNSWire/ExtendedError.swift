/// An Extended DNS Error (RFC 8914): an option of the OPT record that says why an answer is as it is.
package struct ExtendedError: Hashable, Sendable {
    /// INFO-CODE.
    package var code: Code
    /// EXTRA-TEXT: one line, may be empty.
    package var text: String

    package init(_ code: Code, _ text: String) {
        self.code = code
        self.text = text
    }

    /// IANA "Extended DNS Error Codes".
    package struct Code: RawRepresentable, Hashable, Sendable {
        package let rawValue: UInt16
        package init(rawValue: UInt16) { self.rawValue = rawValue }

        package static var other: Code { Code(rawValue: 0) }
        package static var staleAnswer: Code { Code(rawValue: 3) }
        package static var cachedError: Code { Code(rawValue: 13) }
        package static var notReady: Code { Code(rawValue: 14) }
        package static var blocked: Code { Code(rawValue: 15) }
        package static var filtered: Code { Code(rawValue: 17) }
        package static var prohibited: Code { Code(rawValue: 18) }
        package static var staleNXDomain: Code { Code(rawValue: 19) }
        package static var notAuthoritative: Code { Code(rawValue: 20) }
        package static var noReachableAuthority: Code { Code(rawValue: 22) }
        package static var networkError: Code { Code(rawValue: 23) }
    }
}

extension EDNS.Option {
    /// OPTION-CODE of an extended error.
    package static let extendedError: UInt16 = 15

    package init(_ error: ExtendedError) {
        let code = error.code.rawValue
        self.init(
            code: EDNS.Option.extendedError,
            data: [UInt8(code >> 8), UInt8(truncatingIfNeeded: code)] + Array(error.text.utf8))
    }
}

extension EDNS {
    /// The extended errors among the options, as far as they are whole.
    package var extendedErrors: [ExtendedError] {
        options.compactMap { option in
            guard option.code == Option.extendedError, option.data.count >= 2 else { return nil }
            // RFC 8914 2: a zero at the end of the text is none of it.
            let text = option.data.dropFirst(2)
            return ExtendedError(
                ExtendedError.Code(rawValue: UInt16(option.data[0]) << 8 | UInt16(option.data[1])),
                String(decoding: text.last == 0 ? text.dropLast() : text, as: UTF8.self))
        }
    }
}
