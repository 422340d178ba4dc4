extension TemplateParser {
    /// Commands up to the action's end or a closing parenthesis.
    /// - Parameter variables: how many may be declared.
    mutating func pipeline(variables: Int) throws(TemplateSyntaxError) -> TemplatePipeline {
        var pipeline = TemplatePipeline()
        try declarations(into: &pipeline, atMost: variables)
        while true {
            pipeline.commands.append(try command(isFirst: pipeline.commands.isEmpty))
            guard at < tokens.count, tokens[at].kind == .pipe else { return pipeline }
            at += 1
        }
    }

    /// `$x :=`, `$x =`, `$i, $x :=`
    private mutating func declarations(
        into pipeline: inout TemplatePipeline, atMost limit: Int
    ) throws(TemplateSyntaxError) {
        var ahead = at
        var names: [String] = []
        while ahead < tokens.count, case .variable(let name) = tokens[ahead].kind {
            names.append(name)
            ahead += 1
            guard ahead < tokens.count, tokens[ahead].kind == .comma else { break }
            ahead += 1
        }
        let mark = ahead < tokens.count ? tokens[ahead].kind : .dot
        guard !names.isEmpty, mark == .declare || mark == .assign else { return }
        guard names.count <= limit else { throw fault("too many variables are declared here", at: offset) }
        guard !names.contains("$") else { throw fault("\"$\" cannot be set", at: offset) }
        pipeline.variables = names
        pipeline.assigns = mark == .assign
        at = ahead + 1
    }

    private mutating func command(isFirst: Bool) throws(TemplateSyntaxError) -> TemplateCommand {
        var command = TemplateCommand()
        while at < tokens.count {
            let token = tokens[at]
            if token.kind == .pipe || token.kind == .close { break }
            guard token.isSpaced || command.operands.isEmpty else {
                throw fault("a blank stands between operands", at: token.offset)
            }
            command.operands.append(try operand())
        }
        guard let head = command.operands.first else { throw fault("a value is missing", at: offset) }
        switch head.base {
        case .function: break
        default:
            // A method may have arguments; the shapes say whether it is one.
            guard isFirst && command.operands.count == 1 || !head.fields.isEmpty else {
                throw TemplateSyntaxError(
                    reason: "what is no function has no arguments",
                    place: (command.operands.dropFirst().first ?? head).place)
            }
        }
        return command
    }

    private mutating func operand() throws(TemplateSyntaxError) -> TemplateOperand {
        let token = tokens[at]
        at += 1
        var operand = TemplateOperand(base: .dot, place: place(token.offset))
        switch token.kind {
        case .dot: break
        case .field(let name): operand.fields = [name]
        case .variable(let name): operand.base = .variable(name)
        case .text(let text): operand.base = .text(text)
        case .number(let number): operand.base = .number(number)
        case .word("true"): operand.base = .truth(true)
        case .word("false"): operand.base = .truth(false)
        case .word("nil"): operand.base = .nothing
        case .word(let name): operand.base = .function(try function(name, at: token.offset))
        case .open:
            depth += 1
            defer { depth -= 1 }
            guard depth <= TemplateParser.maximumDepth else {
                throw fault("this is nested too deeply", at: token.offset)
            }
            operand.base = .pipeline(try pipeline(variables: 0))
            guard at < tokens.count else { throw fault("a parenthesis is not closed", at: token.offset) }
            at += 1
        case .pipe, .close, .comma, .declare, .assign: throw fault("a value is missing", at: token.offset)
        }
        while at < tokens.count, !tokens[at].isSpaced, case .field(let name) = tokens[at].kind {
            switch operand.base {
            case .dot, .variable, .pipeline: break
            case .text, .number, .truth, .nothing, .function:
                throw fault("\".\(name)\" is taken from what has no fields", at: tokens[at].offset)
            }
            operand.fields.append(name)
            at += 1
        }
        return operand
    }

    private func function(_ name: String, at offset: Int) throws(TemplateSyntaxError) -> TemplateFunction {
        if let known = TemplateFunction(rawValue: name) { return known }
        let ofGo = ["call", "html", "js", "urlquery"]
        throw fault(
            ofGo.contains(name) ? "the function \"\(name)\" is not supported" : "\"\(name)\" is no function", at: offset
        )
    }
}
