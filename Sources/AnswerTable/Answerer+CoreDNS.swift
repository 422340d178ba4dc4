/// Denials of zones that answer as CoreDNS does (`NodeTraits.deniesAsCoreDNS`; plugin/kubernetes, plugin/backend_lookup.go).
extension Answerer {
    /// The name exists and has no set of the type asked.
    /// - Parameter traits: the node's, and what the apex adds.
    mutating func answerAsCoreDNS(_ node: Node, _ zone: ZoneCell, _ traits: UInt16, _ isCertain: Bool) -> Step {
        if let alias = node.set(Wire.cname), type == Wire.a || type == Wire.aaaa { return follow(alias, node) }
        let isMissing =
            traits & Trait.deniesOtherTypes != 0 || traits & Trait.deniesText != 0 && type == Wire.txt
            || traits & Trait.deniesAsCoreDNS != 0 && (!node.isExplicit || node.set(Wire.ptr) != nil)
        // A question for the SOA is looked up nowhere but at the apex.
        return Step(rcode: deny(isMissing && type != Wire.soa ? .nxDomain : .noError, zone, isCertain: isCertain))
    }

    /// Takes back a chain of CNAMEs that began in the zone and ends there without a record: no data at the question's name.
    /// - Returns: nil where the chain stays.
    mutating func withdrawChain(_ zone: ZoneCell) -> Step? {
        guard followedCount > 0, apex(of: zone).traits & Trait.deniesAsCoreDNS != 0,
            let first = UnsafeMutableRawPointer(bitPattern: followed[0]),
            Node(at: first).suffix(in: arena).zone == zone.reference
        else { return nil }
        followedCount = 0
        nameAt = 12
        end = questionEnd
        counts = 1 &<< 48
        guard name.read(out + nameAt, available: questionEnd &- nameAt) else { return Step(rcode: .servFail) }
        return Step(rcode: deny(.noError, zone))
    }
}
