/// A template in the language of Go's text/template, as far as records need it: fields, variables, pipelines, `if`,
/// `with`, `range`, comparison, `printf` and their like; not `define`, `template`, `block`, `html`, `js`, `urlquery`,
/// `call`, and no fractions.
struct TextTemplate: Sendable {
    /// As it was given.
    let source: String
    private let nodes: [TemplateNode]

    /// - Throws: `TemplateSyntaxError` with its place; unknown fields, variables and functions are errors here.
    init(_ source: String, root: TemplateObject) throws(TemplateSyntaxError) {
        self.source = source
        var parser = try TemplateParser(Array(source.utf8))
        nodes = try parser.parse()
        var checker = TemplateChecker(root: root)
        try checker.check(nodes, dot: .object(root))
    }

    /// The text for some data, at most 64 KiB.
    /// - Throws: `TemplateFailure` where a value is not there or cannot be what is wanted of it: an index out of range.
    func text(for root: TemplateObject, _ fields: any TemplateFields) throws(TemplateFailure) -> String {
        let value = TemplateValue.object(root, fields)
        var evaluation = TemplateEvaluation(root: value)
        try evaluation.run(nodes, dot: value)
        return evaluation.output
    }
}
