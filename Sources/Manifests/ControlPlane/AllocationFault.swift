import Findings
import NetworkAddress
import ServiceRegistry

/// Why what a Service's manifest says cannot be had (SVC002, SVC003, SVC004): an API server would refuse the Service.
package struct AllocationFault: Hashable, Sendable {
    package enum Fault: Hashable, Sendable {
        case addressTaken(IPAddress, by: ObjectName)
        case addressOutside(IPAddress, [CIDR])
        case nodePortTaken(UInt16, TransportProtocol, by: ObjectName)
        case nodePortOutside(UInt16)
    }

    package var service: ObjectName
    package var fault: Fault

    package init(_ service: ObjectName, _ fault: Fault) {
        self.service = service
        self.fault = fault
    }

    package var code: String {
        switch fault {
        case .addressTaken: "SVC002"
        case .nodePortTaken, .nodePortOutside: "SVC003"
        case .addressOutside: "SVC004"
        }
    }

    /// The other Service of a collision.
    package var other: ObjectName? {
        switch fault {
        case .addressTaken(_, let holder), .nodePortTaken(_, _, let holder): holder == service ? nil : holder
        case .addressOutside, .nodePortOutside: nil
        }
    }

    /// The same collision as the other Service sees it; nil for a fault of one Service alone.
    package var mirrored: AllocationFault? {
        switch fault {
        case .addressTaken(let address, let holder): AllocationFault(holder, .addressTaken(address, by: service))
        case .nodePortTaken(_, _, let holder) where holder == service: nil
        case .nodePortTaken(let port, let transport, let holder):
            AllocationFault(holder, .nodePortTaken(port, transport, by: service))
        case .addressOutside, .nodePortOutside: nil
        }
    }

    /// - Parameters:
    ///   - place: where the Service, or the field at fault, stands.
    ///   - otherPlace: where the other Service of a collision stands.
    package func finding(at place: SourcePlace?, otherPlace: SourcePlace? = nil) -> Finding {
        let evidence = [otherPlace].compactMap { place in
            place.map {
                Phrase(
                    "Service \(other.map(String.init(describing:)) ?? "") stands at \($0)",
                    zh: "Service \(other.map(String.init(describing:)) ?? "") 位于 \($0)")
            }
        }
        return Finding(
            code, .error, message, at: place, object: "Service \(service)", evidence: evidence, fix: fix)
    }

    private var message: Phrase {
        switch fault {
        case .addressTaken(let address, let holder):
            Phrase(
                "clusterIP \(address) of Service \(service) is taken by Service \(holder)",
                zh: "Service \(service) 的 clusterIP \(address) 已被 Service \(holder) 占用")
        case .addressOutside(let address, let blocks):
            Phrase(
                "clusterIP \(address) of Service \(service) is outside the Service CIDR \(AllocationFault.list(blocks))",
                zh: "Service \(service) 的 clusterIP \(address) 不在 Service CIDR \(AllocationFault.list(blocks)) 之内")
        case .nodePortTaken(let port, let transport, let holder) where holder == service:
            Phrase(
                "nodePort \(port)/\(transport.rawValue) stands at several ports of Service \(service)",
                zh: "Service \(service) 的多个端口写了同一个 nodePort \(port)/\(transport.rawValue)")
        case .nodePortTaken(let port, let transport, let holder):
            Phrase(
                "nodePort \(port)/\(transport.rawValue) of Service \(service) is taken by Service \(holder)",
                zh: "Service \(service) 的 nodePort \(port)/\(transport.rawValue) 已被 Service \(holder) 占用")
        case .nodePortOutside(let port):
            Phrase(
                "nodePort \(port) of Service \(service) is outside \(AllocationFault.portRange)",
                zh: "Service \(service) 的 nodePort \(port) 不在 \(AllocationFault.portRange) 之内")
        }
    }

    private var fix: Phrase {
        switch fault {
        case .addressTaken:
            Phrase("write another clusterIP, or none to be given one", zh: "改用别的 clusterIP，或不写以便自动分配")
        case .addressOutside(_, let blocks):
            Phrase(
                "write a clusterIP in \(AllocationFault.list(blocks)), or none to be given one",
                zh: "改用 \(AllocationFault.list(blocks)) 内的 clusterIP，或不写以便自动分配")
        case .nodePortTaken:
            Phrase("write another nodePort, or none to be given one", zh: "改用别的 nodePort，或不写以便自动分配")
        case .nodePortOutside:
            Phrase(
                "write a nodePort in \(AllocationFault.portRange), or none to be given one",
                zh: "改用 \(AllocationFault.portRange) 内的 nodePort，或不写以便自动分配")
        }
    }

    private static let portRange =
        "\(NodePortAllocator.range.lowerBound)-\(NodePortAllocator.range.upperBound)"

    private static func list(_ blocks: [CIDR]) -> String { blocks.map(\.description).joined(separator: ", ") }
}
