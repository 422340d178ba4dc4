/// Fills in a template that `TemplateChecker` has seen.
struct TemplateEvaluation {
    private var variables: [(name: String, value: TemplateValue)]
    private(set) var output = ""
    private var steps = 0

    /// The longest text made, octets: no record is longer.
    static let maximumLength = 65_536
    /// Nodes passed: what loops within loops may come to.
    static let maximumSteps = 10_000

    init(root: TemplateValue) { variables = [("$", root)] }

    enum Flow { case next, `break`, `continue` }

    @discardableResult
    mutating func run(_ nodes: [TemplateNode], dot: TemplateValue) throws(TemplateFailure) -> Flow {
        for node in nodes {
            switch node {
            case .text(let text): output += text
            case .break: return .break
            case .continue: return .continue
            case .action(let pipeline):
                let value = try value(of: pipeline, dot: dot)
                if !pipeline.variables.isEmpty {
                    declare(pipeline.variables, [value], assigns: pipeline.assigns)
                } else if case .nothing = value {
                    output += "<no value>"
                } else {
                    output += value.printed
                }
                try count(pipeline)
            case .condition(let pipeline, let then, let otherwise):
                let flow = try choose(pipeline, then, otherwise, dot: dot, isWith: false)
                if flow != .next { return flow }
            case .with(let pipeline, let then, let otherwise):
                let flow = try choose(pipeline, then, otherwise, dot: dot, isWith: true)
                if flow != .next { return flow }
            case .range(let pipeline, let body, let otherwise):
                let flow = try loop(pipeline, body, otherwise, dot: dot)
                if flow != .next { return flow }
            }
        }
        return .next
    }

    private mutating func count(_ pipeline: TemplatePipeline) throws(TemplateFailure) {
        steps += 1
        guard steps > TemplateEvaluation.maximumSteps || output.utf8.count > TemplateEvaluation.maximumLength else {
            return
        }
        throw TemplateFailure(
            reason: "the template makes too much", place: pipeline.place ?? TemplatePlace(offset: 0, in: []))
    }

    private mutating func declare(_ names: [String], _ values: [TemplateValue], assigns: Bool) {
        for (name, value) in zip(names, values) {
            if assigns, let place = variables.lastIndex(where: { $0.name == name }) {
                variables[place].value = value
            } else {
                variables.append((name, value))
            }
        }
    }

    private mutating func choose(
        _ pipeline: TemplatePipeline, _ then: [TemplateNode], _ otherwise: [TemplateNode], dot: TemplateValue,
        isWith: Bool
    ) throws(TemplateFailure) -> Flow {
        let depth = variables.count
        defer { variables.removeSubrange(depth...) }
        try count(pipeline)
        let value = try value(of: pipeline, dot: dot)
        declare(pipeline.variables, [value], assigns: pipeline.assigns)
        guard value.isTrue else { return try run(otherwise, dot: dot) }
        return try run(then, dot: isWith ? value : dot)
    }

    private mutating func loop(
        _ pipeline: TemplatePipeline, _ body: [TemplateNode], _ otherwise: [TemplateNode], dot: TemplateValue
    ) throws(TemplateFailure) -> Flow {
        let depth = variables.count
        defer { variables.removeSubrange(depth...) }
        let (length, part) = try parts(of: try value(of: pipeline, dot: dot), in: pipeline)
        guard length > 0 else { return try run(otherwise, dot: dot) }
        for index in 0..<length {
            try count(pipeline)
            let (key, element) = part(index)
            let values = pipeline.variables.count == 2 ? [key, element] : [element]
            declare(pipeline.variables, values, assigns: pipeline.assigns)
            let flow = try run(body, dot: element)
            variables.removeSubrange(depth...)
            if flow == .break { break }
        }
        return .next
    }

    /// How many elements a value has, and each of them with its key; those of a map in the order of their keys.
    private func parts(
        of value: TemplateValue, in pipeline: TemplatePipeline
    ) throws(TemplateFailure) -> (Int, (Int) -> (TemplateValue, TemplateValue)) {
        switch value {
        case .list(let values): return (values.count, { (.number($0), values[$0]) })
        case .map(let values):
            let sorted = values.sorted { $0.key < $1.key }
            return (sorted.count, { (.text(sorted[$0].key), sorted[$0].value) })
        case .number(let count): return (count, { (.number($0), .number($0)) })
        case .nothing: return (0, { _ in (.nothing, .nothing) })
        case .truth, .unsigned, .text, .object:
            throw TemplateFailure(
                reason: "\"range\" cannot go over \(value.kind)",
                place: pipeline.place ?? TemplatePlace(offset: 0, in: []))
        }
    }

    private func value(of pipeline: TemplatePipeline, dot: TemplateValue) throws(TemplateFailure) -> TemplateValue {
        var value: TemplateValue?
        for command in pipeline.commands { value = try self.value(of: command, dot: dot, piped: value) }
        return value ?? .nothing
    }

    private func value(
        of command: TemplateCommand, dot: TemplateValue, piped: TemplateValue?
    ) throws(TemplateFailure) -> TemplateValue {
        let head = command.operands[0]
        let rest = command.operands.dropFirst()
        if case .function(let function) = head.base {
            if function == .and || function == .or {
                // Only as many are looked at as the result needs.
                var last = TemplateValue.nothing
                for operand in rest {
                    last = try value(of: operand, dot: dot)
                    if last.isTrue == (function == .or) { return last }
                }
                return piped ?? last
            }
            var arguments: [TemplateValue] = []
            for operand in rest { arguments.append(try value(of: operand, dot: dot)) }
            if let piped { arguments.append(piped) }
            do throws(TemplateFunctionFault) {
                return try function.call(arguments)
            } catch {
                throw TemplateFailure(reason: "\(function.rawValue): \(error.reason)", place: head.place)
            }
        }
        if head.fields.last == TemplateObject.method {
            var object = head
            object.fields.removeLast()
            if case .object(.root, let fields) = try value(of: object, dot: dot) {
                let argument = if let first = rest.first { try value(of: first, dot: dot) } else { piped }
                guard case .text(let label) = argument else {
                    throw TemplateFailure(reason: "\".Meta\" has one argument, a text", place: head.place)
                }
                return .text(fields.metadata(label))
            }
        }
        return try value(of: head, dot: dot)
    }

    private func value(of operand: TemplateOperand, dot: TemplateValue) throws(TemplateFailure) -> TemplateValue {
        var value: TemplateValue
        switch operand.base {
        case .dot: value = dot
        case .variable(let name): value = variables.last { $0.name == name }?.value ?? .nothing
        case .text(let text): value = .text(text)
        case .number(let number): value = .number(number)
        case .truth(let truth): value = .truth(truth)
        case .nothing: value = .nothing
        case .pipeline(let pipeline): value = try self.value(of: pipeline, dot: dot)
        case .function(let function):
            do throws(TemplateFunctionFault) {
                value = try function.call([])
            } catch {
                throw TemplateFailure(reason: "\(function.rawValue): \(error.reason)", place: operand.place)
            }
        }
        for field in operand.fields {
            let found: TemplateValue? =
                switch value {
                case .map(let values): values[field] ?? .nothing
                case .object(let object, let fields): fields.value(of: field, in: object)
                case .nothing, .truth, .number, .unsigned, .text, .list: nil
                }
            guard let found else {
                throw TemplateFailure(reason: "\(value.kind) has no field \"\(field)\"", place: operand.place)
            }
            value = found
        }
        return value
    }
}
