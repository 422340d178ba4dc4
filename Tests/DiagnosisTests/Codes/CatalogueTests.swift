import Findings
import Foundation
import Testing

@testable import Diagnosis

@Suite struct CatalogueTests {
    /// Each family and how many codes it has: never fewer.
    static let families: [(prefix: String, count: Int)] = [
        ("MAN", 10), ("DNS", 6), ("NAM", 7), ("EXT", 6), ("RSV", 5), ("POD", 3), ("NET", 5), ("SVC", 10), ("EPS", 14),
        ("PRX", 12), ("XTN", 4), ("ING", 5), ("CFG", 8), ("ZON", 5),
    ]

    private static let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    @Test(arguments: families) func everyCodeHasAnEntry(prefix: String, count: Int) {
        for number in 1...count {
            let code = prefix + (number < 10 ? "00" : "0") + "\(number)"
            let entry = Catalogue.entry(code)
            #expect(entry != nil, "\(code)")
            for phrase in [entry?.title, entry?.cause, entry?.evidence, entry?.fix] {
                #expect(phrase.map { !$0.english.isEmpty && !$0.chinese.isEmpty } ?? false, "\(code)")
            }
            // Chinese is Chinese.
            #expect(
                entry?.cause.chinese.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) } ?? false,
                "\(code)")
        }
    }

    @Test func everyCodeInTheSourcesHasAnEntry() throws {
        let pattern = /"((?:MAN|DNS|NAM|EXT|RSV|POD|NET|SVC|EPS|PRX|XTN|ING|CFG|ZON)\d{3})"/
        let files = try #require(
            FileManager.default.enumerator(
                at: Self.top.appendingPathComponent("Sources"), includingPropertiesForKeys: nil))
        var codes: Set<String> = []
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            codes.formUnion(text.matches(of: pattern).map { String($0.output.1) })
        }
        #expect(codes.count >= 100)
        #expect(codes.filter { Catalogue.entry($0) == nil }.sorted() == [])
    }

    @Test(arguments: [(Language.english, "Codes.md"), (.chinese, "Codes.zh.md")])
    func theCommittedPageIsTheGeneratedOne(language: Language, file: String) throws {
        let page = Self.top.appendingPathComponent("Sources/Diagnosis/Documentation.docc/\(file)")
        #expect(
            try String(contentsOf: page, encoding: .utf8) == CodesPage.markdown(in: language),
            "clusterdns diagnose --codes --lang \(language.rawValue) > Sources/Diagnosis/Documentation.docc/\(file)")
    }
}
