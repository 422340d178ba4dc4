/// Actions into nodes: control structures here, pipelines in the extension.
struct TemplateParser {
    private let source: [UInt8]
    private let pieces: [TemplateLexer.Piece]
    private var next = 0
    /// The words of the action at hand, and which comes next.
    var tokens: [TemplateToken] = []
    var at = 0
    /// Where the action at hand begins.
    private var start = 0
    private var loops = 0
    /// Open structures and parentheses.
    var depth = 0

    /// Structures and parentheses within each other, more than anybody writes.
    static let maximumDepth = 64

    init(_ source: [UInt8]) throws(TemplateSyntaxError) {
        self.source = source
        var lexer = TemplateLexer(source)
        pieces = try lexer.pieces()
    }

    /// What ends a list of nodes.
    private enum End {
        case file
        case end
        /// `else`, and whatever of the action stands behind.
        case otherwise
    }

    mutating func parse() throws(TemplateSyntaxError) -> [TemplateNode] {
        let (nodes, end) = try list()
        switch end {
        case .file: return nodes
        case .end: throw fault("\"end\" ends nothing", at: start)
        case .otherwise: throw fault("\"else\" belongs to nothing", at: start)
        }
    }

    func fault(_ reason: String, at offset: Int) -> TemplateSyntaxError {
        TemplateSyntaxError(reason: reason, place: place(offset))
    }

    func place(_ offset: Int) -> TemplatePlace { TemplatePlace(offset: offset, in: source) }

    /// The offset of the next word, or of the action where there is none.
    var offset: Int { at < tokens.count ? tokens[at].offset : start }

    private mutating func list() throws(TemplateSyntaxError) -> ([TemplateNode], End) {
        var nodes: [TemplateNode] = []
        while next < pieces.count {
            let piece = pieces[next]
            next += 1
            switch piece {
            case .text(let text): nodes.append(.text(text))
            case .action(let offset, let words):
                (start, tokens, at) = (offset, words, 0)
                guard let first = words.first else { throw fault("the action is empty", at: offset) }
                guard case .word(let keyword) = first.kind else {
                    nodes.append(.action(try wholePipeline(variables: 1)))
                    continue
                }
                at = 1
                switch keyword {
                case "end":
                    try expectEnd()
                    return (nodes, .end)
                case "else": return (nodes, .otherwise)
                case "if", "with", "range": nodes.append(try structure(keyword))
                case "break", "continue":
                    guard loops > 0 else { throw fault("\"\(keyword)\" is outside of \"range\"", at: offset) }
                    try expectEnd()
                    nodes.append(keyword == "break" ? .break : .continue)
                case "define", "template", "block":
                    throw fault("\"\(keyword)\" is not supported: a record is one template", at: first.offset)
                default:
                    at = 0
                    nodes.append(.action(try wholePipeline(variables: 1)))
                }
            }
        }
        return (nodes, .file)
    }

    private func expectEnd() throws(TemplateSyntaxError) {
        guard at == tokens.count else { throw fault("the action is longer than it may be", at: offset) }
    }

    /// `if`, `with` or `range`, behind the word.
    private mutating func structure(_ keyword: String) throws(TemplateSyntaxError) -> TemplateNode {
        let opened = start
        depth += 1
        defer { depth -= 1 }
        guard depth <= TemplateParser.maximumDepth else { throw fault("this is nested too deeply", at: opened) }
        let pipeline = try wholePipeline(variables: keyword == "range" ? 2 : 1)
        let isLoop = keyword == "range"
        loops += isLoop ? 1 : 0
        let (body, end) = try list()
        loops -= isLoop ? 1 : 0
        var otherwise: [TemplateNode] = []
        switch end {
        case .file: throw fault("\"\(keyword)\" has no \"end\"", at: opened)
        case .end: break
        case .otherwise:
            if at < tokens.count {
                guard case .word(let again) = tokens[at].kind, again == keyword, !isLoop else {
                    throw fault("\"else\" stands alone, or with the word that opened", at: offset)
                }
                at += 1
                otherwise = [try structure(keyword)]
            } else {
                let (nodes, end) = try list()
                guard case .end = end else { throw fault("\"\(keyword)\" has no \"end\"", at: opened) }
                otherwise = nodes
            }
        }
        switch keyword {
        case "if": return .condition(pipeline, then: body, otherwise: otherwise)
        case "with": return .with(pipeline, then: body, otherwise: otherwise)
        default: return .range(pipeline, body: body, otherwise: otherwise)
        }
    }

    /// The pipeline that is the rest of the action.
    private mutating func wholePipeline(variables: Int) throws(TemplateSyntaxError) -> TemplatePipeline {
        let pipeline = try pipeline(variables: variables)
        guard at == tokens.count else { throw fault("a closing parenthesis without an opening one", at: offset) }
        return pipeline
    }
}
