import Corefile
import DNSWire

/// What sort of answer a question got, for `log` (CoreDNS plugin/pkg/response, Typify and Classify).
enum ResponseKind: String, Sendable {
    case noError = "NOERROR"
    case noData = "NODATA"
    case nxDomain = "NXDOMAIN"
    case serverError = "SERVERERROR"
    /// A transfer, or a NOTIFY.
    case meta = "META"
    case update = "UPDATE"
    case otherError = "OTHERERROR"

    init(_ seen: SeenAnswer) {
        switch (seen.opcode, seen.question?.type, seen.rcode) {
        case _ where seen.answerSize == 0: self = .otherError
        case (5, _, _): self = .update
        case (4, _, _), (_, RecordType.axfr?, _), (_, RecordType.ixfr?, _): self = .meta
        case (_, _, .noError): self = seen.answerCount == 0 && seen.authorityCount > 0 ? .noData : .noError
        case (_, _, .nxDomain): self = .nxDomain
        case (_, _, .servFail), (_, _, .notImp): self = .serverError
        default: self = .otherError
        }
    }

    var responseClass: LogSettings.ResponseClass {
        switch self {
        case .noError: .success
        case .nxDomain, .noData: .denial
        case .serverError, .meta, .update, .otherError: .error
        }
    }
}

extension LogSettings.ResponseClass {
    /// Response codes that answers of the class may have, a bit each.
    var rcodes: UInt32 {
        let (good, missing): (UInt32, UInt32) = (1 << 0, 1 << 3)
        return switch self {
        case .all: .max
        case .success: good
        case .denial: good | missing
        case .error: ~(good | missing)
        }
    }
}
