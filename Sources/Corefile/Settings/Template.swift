import DNSWire

/// `template CLASS TYPE [ZONE…] { … }` (CoreDNS plugin/template).
package struct TemplateSettings: Sendable, Hashable {
    /// nil is ANY.
    package var recordClass: RecordClass?
    package var type: RecordType?
    /// The block's where empty.
    package var zones: [DomainName] = []
    /// RE2; any of them; `.*` where there is none.
    package var match: [String] = []
    /// Go templates of records in master-file form.
    package var answer: [String] = []
    package var additional: [String] = []
    package var authority: [String] = []
    package var rcode = ResponseCode.noError
    /// RFC 8914: code and text.
    package var extendedError: (code: UInt16, text: String)? {
        get { extendedErrorCode.map { ($0, extendedErrorText) } }
        set {
            extendedErrorCode = newValue?.code
            extendedErrorText = newValue?.text ?? ""
        }
    }
    private var extendedErrorCode: UInt16?
    private var extendedErrorText = ""
    package var fallsThrough = Fallthrough.none

    package init() {}
}
