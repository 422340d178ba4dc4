import Corefile
import DNSWire
import NetworkAddress
import Patterns
import StaticZones

/// One `template` of a server block (CoreDNS plugin/template): answers made from the question.
///
///     template IN A example { match ^ip-(?P<a>[0-9]+)[.]example[.]$
///                             answer "{{ .Name }} 60 IN A 10.0.0.{{ .Group.a }}" }
///
/// Several templates of a block are asked one after the other. It never changes: any thread may use it.
package final class TemplateAnswers: Sendable {
    private let settings: TemplateSettings
    private let zones: [DomainName]
    /// Any of them; none where every name matches.
    private let patterns: [Pattern]
    private let answer: [TextTemplate]
    private let additional: [TextTemplate]
    private let authority: [TextTemplate]

    /// RFC 8914 2.
    private static let extendedErrorCode: UInt16 = 15

    /// - Parameter blockZones: the server block's, for a template without zones.
    /// - Throws: `TemplateSettingsError` for the first expression or template that is none.
    package init(_ settings: TemplateSettings, blockZones: [DomainName] = [.root]) throws(TemplateSettingsError) {
        self.settings = settings
        // The longest first: that one is `.Zone`.
        zones = (settings.zones.isEmpty ? blockZones : settings.zones).sorted { $0.wire.count > $1.wire.count }
        var patterns: [Pattern] = []
        for text in settings.match {
            do throws(PatternError) {
                patterns.append(try Pattern(text))
            } catch {
                throw TemplateSettingsError(reason: "match: \(error)", place: nil)
            }
        }
        self.patterns = patterns
        answer = try TemplateAnswers.templates(settings.answer, of: "answer")
        additional = try TemplateAnswers.templates(settings.additional, of: "additional")
        authority = try TemplateAnswers.templates(settings.authority, of: "authority")
    }

    private static func templates(
        _ texts: [String], of section: String
    ) throws(TemplateSettingsError) -> [TextTemplate] {
        var templates: [TextTemplate] = []
        for text in texts {
            do throws(TemplateSyntaxError) {
                templates.append(try TextTemplate(text, root: .root))
            } catch {
                throw TemplateSettingsError(
                    reason: "\(section) \"\(text)\", \(error.place): \(error.reason)", place: error.place)
            }
        }
        return templates
    }

    /// What this template has for a question.
    /// - Parameter message: the query, for `.Message`.
    /// - Parameter metadata: the value of a label, for `.Meta`.
    package func answer(
        _ question: Question, message: Message, client: IPAddress, metadata: @escaping (String) -> String?
    ) -> TemplateResult {
        guard let zone = zones.first(where: { question.name.isAtOrBelow($0) }),
            asks(question.type, question.recordClass)
        else { return .noMatch }
        let name = NameText.of(question.name)
        var data = TemplateData(
            message: message, question: question, remote: "\(client)", label: metadata)
        data.name = String(decoding: name, as: UTF8.self)
        data.zone = String(decoding: NameText.of(zone), as: UTF8.self)
        data.recordClass = "\(question.recordClass == .any ? settings.recordClass ?? .any : question.recordClass)"
        data.type = "\(question.type == .any ? settings.type ?? .any : question.type)"
        guard data.fillGroups(from: patterns, name) else {
            return letsThrough(question.name) ? .fallthrough : .answer(.failed(nil))
        }
        return .answer(filled(data))
    }

    /// Whether `answer` could be an answer for a question: exact.
    ///
    /// Makes no memory, but for states that RE2 sees for the first time.
    /// - Parameter nameInWire: the question's name, uncompressed, in lower case.
    package func mayAnswer(
        nameInWire: UnsafeRawPointer, length: Int, type: RecordType, recordClass: RecordClass
    ) -> Bool {
        guard asks(type, recordClass), isBelowZone(nameInWire, length, zones) else { return false }
        let letsThrough =
            switch settings.fallsThrough {
            case .none: false
            case .all: true
            case .zones(let zones): isBelowZone(nameInWire, length, zones)
            }
        guard letsThrough, !patterns.isEmpty else { return true }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: NameText.maximumLength) { text in
            guard let start = text.baseAddress else { return true }
            let name = UnsafeBufferPointer(start: start, count: NameText.write(wire: nameInWire, to: start))
            for pattern in patterns where pattern.matches(name) { return true }
            return false
        }
    }

    private func isBelowZone(_ name: UnsafeRawPointer, _ length: Int, _ zones: [DomainName]) -> Bool {
        for zone in zones {
            let start = length - zone.wire.count
            var at = 0
            while at < start { at += 1 + Int(name.load(fromByteOffset: at, as: UInt8.self)) }
            guard at == start else { continue }
            var isEqual = true
            for place in 0..<zone.wire.count where isEqual {
                isEqual =
                    name.load(fromByteOffset: start + place, as: UInt8.self) == DomainName.lowercase(zone.wire[place])
            }
            if isEqual { return true }
        }
        return false
    }

    private func asks(_ type: RecordType, _ recordClass: RecordClass) -> Bool {
        let (wantedClass, wantedType) = (settings.recordClass ?? .any, settings.type ?? .any)
        return (wantedClass == .any || recordClass == .any || recordClass == wantedClass)
            && (wantedType == .any || type == .any || type == wantedType)
    }

    private func letsThrough(_ name: DomainName) -> Bool {
        settings.fallsThrough.names.contains(where: name.isAtOrBelow)
    }

    private func filled(_ data: TemplateData) -> TemplateAnswer {
        let labels = TemplateAnswer.Labels(zone: data.zone, recordClass: data.recordClass, type: data.type)
        guard settings.rcode != .servFail else { return .failed(labels) }
        var result = TemplateAnswer(rcode: settings.rcode, labels: labels)
        do throws(TemplateAnswer.Failure) {
            result.answers = try records(answer, "answer", data)
            result.additionals = try records(additional, "additional", data)
            result.authorities = try records(authority, "authority", data)
        } catch {
            return .failed(labels, error)
        }
        if let (code, text) = settings.extendedError {
            result.extendedError = EDNS.Option(
                code: TemplateAnswers.extendedErrorCode, data: octets(code) + Array(text.utf8))
        }
        if data.question.type == .a || data.question.type == .aaaa {
            for (place, record) in result.answers.enumerated() {
                guard case .cname(let target) = record.data else { continue }
                let question = Question(
                    name: target, type: data.question.type, recordClass: data.question.recordClass)
                result.follows.append(TemplateAnswer.Follow(question: question, place: place))
            }
        }
        return result
    }

    /// A template that comes to nothing, `{{ if … }}…{{ end }}`, is no record.
    private func records(
        _ templates: [TextTemplate], _ section: String, _ data: TemplateData
    ) throws(TemplateAnswer.Failure) -> [ResourceRecord] {
        var records: [ResourceRecord] = []
        for template in templates {
            let text: String
            do throws(TemplateFailure) {
                text = try template.text(for: .root, data)
            } catch {
                throw TemplateAnswer.Failure(
                    kind: .template, section: section, template: template.source, reason: "\(error)")
            }
            do throws(MasterRecordError) {
                if let record = try ResourceRecord.first(inMasterText: text) { records.append(record) }
            } catch {
                throw TemplateAnswer.Failure(
                    kind: .record, section: section, template: template.source, reason: "\(error)")
            }
        }
        return records
    }
}
