import DNSWire
import NetworkAddress
import ServiceRegistry

extension AskedName {
    /// What somebody typed: `web`, `web.shop`, `web.shop.svc`, a whole name, `_http._tcp.web.shop`, `web-0.db.shop`, an
    /// address or its reverse name, `svc/web`, `shop/web`, `pod/web-0.shop`, `ingress/web.shop`.
    ///
    /// A name without a final dot is read as a Pod of the namespace would have it: the first name of its search list that
    /// exists; where none does, by its labels.
    /// - Parameters:
    ///   - namespace: of whom asks; nil: `default`.
    ///   - domain: the cluster's.
    /// - Throws: `UsageError` for what is neither a name nor an address nor an object, and for a Pod or Ingress that is not
    ///   there.
    package init(
        parsing text: String, namespace: String?, domain: DomainName, facts: ClusterFacts
    ) throws(UsageError) {
        let home = namespace ?? "default"
        try AskedName.refuse(text)
        if let refused = facts.refusedService(asked: text, from: home) {
            let subject = Subject.service(refused)
            self.init(text: text, subject: subject, name: AskedName.name(of: subject, in: domain) ?? domain)
        } else if let slash = text.firstIndex(of: "/") {
            let (kind, name) = (text[..<slash].lowercased(), String(text[text.index(after: slash)...]))
            self = try AskedName(kind, name, whole: text, home, domain, facts)
        } else if let address = IPAddress(text.trimmed("[", "]")) {
            self.init(text: text, subject: .address(address), name: DomainName(reverseOf: address))
            holder = facts.holder(of: address)
        } else {
            self = try AskedName(name: text, whole: text, home, domain, facts)
        }
        self.namespace = home
    }

    /// What is no name and is often given for one.
    private static func refuse(_ text: String) throws(UsageError) {
        if text.isEmpty { throw UsageError("no name: give SERVICE, SERVICE.NAMESPACE, a whole name or an address") }
        if let scheme = text.firstRange(of: "://") {
            let host = text[scheme.upperBound...].prefix { !":/?#".contains($0) }
            throw UsageError("\"\(text)\" is a URL: give the name in it, \(host)")
        }
        if let colon = text.lastIndex(of: ":"), IPAddress(text.trimmed("[", "]")) == nil,
            let port = UInt16(text[text.index(after: colon)...])
        {
            throw UsageError("\"\(text)\" has a port: give \(text[..<colon]) --port \(port)")
        }
    }

    /// `KIND/NAME` as kubectl has it, or `NAMESPACE/NAME`.
    private init(
        _ kind: String, _ name: String, whole text: String, _ home: String, _ domain: DomainName, _ facts: ClusterFacts
    ) throws(UsageError) {
        guard !name.isEmpty, !name.contains("/") else { throw UsageError("\"\(text)\" is no KIND/NAME") }
        let object = ObjectName(nameAndNamespace: name, home)
        switch kind {
        case "svc", "service", "services", "ep", "endpoints":
            guard name.split(separator: ".").count <= 2 else {
                self = try AskedName(name: name, whole: text, home, domain, facts)
                return
            }
            try self.init(text, .service(object), domain)
        case "ns", "namespace", "namespaces":
            try self.init(text, .namespace(name.lowercased()), domain)
        case "ing", "ingress", "ingresses":
            // An Ingress's own name may have dots.
            guard let found = [ObjectName(home, name), object].first(where: { facts.registry.ingresses[$0] != nil })
            else { throw UsageError("there is no Ingress \(object)") }
            self.init(text: text, subject: .ingress(found), name: .root)
        case "po", "pod", "pods":
            guard let pod = [ObjectName(home, name), object].lazy.compactMap({ facts.registry.pods[$0] }).first else {
                throw UsageError("there is no Pod \(object)")
            }
            if !pod.subdomain.isEmpty {
                let label = pod.hostname.isEmpty ? pod.name.name : pod.hostname
                try self.init(text, .endpoint(label, of: ObjectName(pod.name.namespace, pod.subdomain)), domain)
            } else if let address = pod.addresses.first {
                try self.init(text, .address(address), domain)
                holder = facts.holder(of: address)
            } else {
                throw UsageError("Pod \(pod.name) has neither an address nor a subdomain: nothing names it")
            }
        default:
            guard !kind.contains("."), !name.contains(".") else { throw UsageError("\"\(text)\" is no KIND/NAME") }
            try self.init(text, .service(ObjectName(kind, name.lowercased())), domain)
        }
    }

    private init(_ text: String, _ subject: Subject, _ domain: DomainName) throws(UsageError) {
        guard let name = AskedName.name(of: subject, in: domain) else {
            throw UsageError("\"\(text)\" makes no domain name: a label is longer than 63 octets or empty")
        }
        self.init(text: text, subject: subject, name: name)
    }

    private init(
        name typed: String, whole text: String, _ home: String, _ domain: DomainName, _ facts: ClusterFacts
    ) throws(UsageError) {
        let name: DomainName
        do {
            name = try DomainName(typed)
        } catch {
            throw UsageError("\"\(typed)\" is not a domain name: \(error)")
        }
        if let address = name.reversedAddress {
            self.init(text: text, subject: .address(address), name: name)
            holder = facts.holder(of: address)
            return
        }
        let words = name.words
        if name.isAtOrBelow(domain) {
            let labels = Array(words.dropLast(domain.labelCount))
            self.init(text: text, subject: AskedName.subject(inDomain: labels), name: name)
            return
        }
        if typed.hasSuffix(".") {
            self.init(text: text, subject: .other, name: name)
            return
        }
        let subject =
            AskedName.firstExisting(of: words, from: home, facts) ?? AskedName.meant(words, from: home, facts)
        self.init(text: text, subject: subject, name: AskedName.name(of: subject, in: domain) ?? name)
    }

    /// The subjects of the names that a Pod's search list makes of labels, in their order.
    static func searched(_ words: [String], from namespace: String) -> [Subject] {
        [[namespace, "svc"], ["svc"], []].map { subject(inDomain: words + $0) }
    }

    private static func firstExisting(of words: [String], from home: String, _ facts: ClusterFacts) -> Subject? {
        searched(words, from: home).first { subject in
            // A namespace has a name and nothing at it: nobody means it with a bare word.
            if case .namespace = subject { return words.count > 1 && facts.hasObject(of: subject) }
            return facts.hasObject(of: subject)
        }
    }

    /// What labels mean of which no name exists.
    private static func meant(_ words: [String], from home: String, _ facts: ClusterFacts) -> Subject {
        if words.count > 1, let last = words.last, last == "svc" || last == "pod" { return subject(inDomain: words) }
        if words.contains("svc") || facts.isOutside(words) { return .other }
        let marks = words.prefix { $0.hasPrefix("_") }
        let rest = Array(words.dropFirst(marks.count))
        func read(_ labels: [String]) -> Subject { subject(inDomain: Array(marks) + labels + ["svc"]) }
        switch rest.count {
        case 1: return read([rest[0], home])
        case 2:
            let isPublic = isTopLevelDomain(rest[1]) && facts.registry.namespaces[rest[1]] == nil
            return isPublic && marks.isEmpty ? .other : read(rest)
        case 3:
            // `www.example.com` is a name of the cluster only where there is such a Service.
            let hasService = facts.registry.services[ObjectName(rest[2], rest[1])] != nil
            let isLikely =
                !isTopLevelDomain(rest[2])
                && (facts.registry.namespaces[rest[2]] != nil
                    || facts.registry.services.keys.contains { $0.name == rest[1] })
            return (hasService || isLikely) && marks.isEmpty ? read(rest) : .other
        default: return .other
        }
    }
}

extension ObjectName {
    /// `web.shop`, or `web` in a namespace.
    fileprivate init(nameAndNamespace text: String, _ home: String) {
        let text = text.lowercased()
        if let dot = text.lastIndex(of: ".") {
            self.init(String(text[text.index(after: dot)...]), String(text[..<dot]))
        } else {
            self.init(home, text)
        }
    }
}

extension String {
    /// Without one character at each end, where both are there.
    fileprivate func trimmed(_ first: Character, _ last: Character) -> String {
        self.first == first && self.last == last && count > 1 ? String(dropFirst().dropLast()) : self
    }
}
