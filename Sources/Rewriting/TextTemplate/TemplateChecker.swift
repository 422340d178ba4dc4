/// Follows the shapes of values through a template: unknown fields and variables, calls with too few arguments, and
/// values that cannot be what is wanted of them are found before the first query.
struct TemplateChecker {
    private var variables: [(name: String, shape: TemplateShape)]

    init(root: TemplateObject) { variables = [("$", .object(root))] }

    mutating func check(_ nodes: [TemplateNode], dot: TemplateShape) throws(TemplateSyntaxError) {
        for node in nodes {
            switch node {
            case .text, .break, .continue: continue
            case .action(let pipeline):
                let shape = try shape(of: pipeline, dot: dot)
                if pipeline.variables.isEmpty, case .object(let object) = shape, let place = pipeline.place {
                    throw TemplateSyntaxError(reason: "\(object) cannot be printed: say which field", place: place)
                }
                declare(pipeline, shape)
            case .condition(let pipeline, let then, let otherwise):
                try check(pipeline, then, otherwise, dot: dot, isWith: false)
            case .with(let pipeline, let then, let otherwise):
                try check(pipeline, then, otherwise, dot: dot, isWith: true)
            case .range(let pipeline, let body, let otherwise):
                let depth = variables.count
                let whole = try shape(of: pipeline, dot: dot)
                let (key, element) = try parts(of: whole, in: pipeline)
                var loop = pipeline
                if loop.variables.count == 2 {
                    loop.variables.removeLast()
                    declare(loop, key)
                    loop.variables = [pipeline.variables[1]]
                }
                declare(loop, element)
                try check(body, dot: element)
                variables.removeSubrange(depth...)
                try check(otherwise, dot: dot)
                variables.removeSubrange(depth...)
            }
        }
    }

    private mutating func check(
        _ pipeline: TemplatePipeline, _ then: [TemplateNode], _ otherwise: [TemplateNode], dot: TemplateShape,
        isWith: Bool
    ) throws(TemplateSyntaxError) {
        let depth = variables.count
        let shape = try shape(of: pipeline, dot: dot)
        declare(pipeline, shape)
        let inner = variables.count
        try check(then, dot: isWith ? shape : dot)
        variables.removeSubrange(inner...)
        try check(otherwise, dot: dot)
        variables.removeSubrange(depth...)
    }

    private mutating func declare(_ pipeline: TemplatePipeline, _ shape: TemplateShape) {
        for name in pipeline.variables {
            if pipeline.assigns, let place = variables.lastIndex(where: { $0.name == name }) {
                if variables[place].shape != shape { variables[place].shape = .unknown }
            } else {
                variables.append((name, shape))
            }
        }
    }

    private func parts(
        of shape: TemplateShape, in pipeline: TemplatePipeline
    ) throws(TemplateSyntaxError) -> (key: TemplateShape, element: TemplateShape) {
        switch shape {
        case .list(let element): return (.number, element)
        case .map(let element): return (.text, element)
        case .number: return (.number, .number)
        case .unknown: return (.unknown, .unknown)
        case .truth, .text, .object:
            throw TemplateSyntaxError(
                reason: "\"range\" cannot go over \(shape.kind)",
                place: pipeline.place ?? TemplatePlace(offset: 0, in: []))
        }
    }

    private func shape(of pipeline: TemplatePipeline, dot: TemplateShape) throws(TemplateSyntaxError) -> TemplateShape {
        var shape: TemplateShape?
        for command in pipeline.commands { shape = try self.shape(of: command, dot: dot, piped: shape) }
        if pipeline.assigns, let place = pipeline.place {
            for name in pipeline.variables where !variables.contains(where: { $0.name == name }) {
                throw TemplateSyntaxError(reason: "the variable \(name) was not declared", place: place)
            }
        }
        return shape ?? .unknown
    }

    private func shape(
        of command: TemplateCommand, dot: TemplateShape, piped: TemplateShape?
    ) throws(TemplateSyntaxError) -> TemplateShape {
        let head = command.operands[0]
        var arguments: [TemplateShape] = []
        for operand in command.operands.dropFirst() { arguments.append(try shape(of: operand, dot: dot)) }
        if let piped { arguments.append(piped) }
        if case .function(let function) = head.base {
            guard function.arguments.contains(arguments.count) else {
                throw TemplateSyntaxError(
                    reason: "\"\(function.rawValue)\" cannot have \(arguments.count) arguments", place: head.place)
            }
            return try shape(of: function, arguments, at: head.place)
        }
        if head.fields.last == TemplateObject.method {
            var object = head
            object.fields.removeLast()
            let owner = try shape(of: object, dot: dot)
            if owner == .object(.root) || owner == .unknown {
                guard arguments.count == 1, arguments == [.text] || arguments == [.unknown] else {
                    throw TemplateSyntaxError(reason: "\".Meta\" has one argument, a text", place: head.place)
                }
                return .text
            }
        }
        guard arguments.isEmpty else {
            throw TemplateSyntaxError(reason: "what is no function has no arguments", place: head.place)
        }
        return try shape(of: head, dot: dot)
    }

    private func shape(
        of function: TemplateFunction, _ arguments: [TemplateShape], at place: TemplatePlace
    ) throws(TemplateSyntaxError) -> TemplateShape {
        switch function {
        case .and, .or: return arguments.allSatisfy { $0 == arguments[0] } ? arguments[0] : .unknown
        case .slice: return arguments[0]
        case .index:
            var shape = arguments[0]
            for _ in arguments.dropFirst() {
                switch shape {
                case .list(let element), .map(let element): shape = element
                case .text: shape = .number
                case .unknown: break
                case .truth, .number, .object:
                    throw TemplateSyntaxError(reason: "\(shape.kind) has no index", place: place)
                }
            }
            return shape
        default: return function.shape ?? .unknown
        }
    }

    private func shape(of operand: TemplateOperand, dot: TemplateShape) throws(TemplateSyntaxError) -> TemplateShape {
        var shape: TemplateShape
        switch operand.base {
        case .dot: shape = dot
        case .text: shape = .text
        case .number: shape = .number
        case .truth: shape = .truth
        case .nothing: shape = .unknown
        case .function(let function):
            guard function.arguments.contains(0) else {
                throw TemplateSyntaxError(
                    reason: "\"\(function.rawValue)\" with its arguments stands in parentheses here",
                    place: operand.place)
            }
            shape = function.shape ?? .unknown
        case .pipeline(let pipeline): shape = try self.shape(of: pipeline, dot: dot)
        case .variable(let name):
            guard let known = variables.last(where: { $0.name == name }) else {
                throw TemplateSyntaxError(reason: "the variable \(name) was not declared", place: operand.place)
            }
            shape = known.shape
        }
        for field in operand.fields {
            switch shape {
            case .map(let element): shape = element
            case .unknown: break
            case .object(let object):
                guard let known = object.fields[field] else {
                    let names = object.fields.keys.sorted().joined(separator: ", ")
                    let isMethod = field == TemplateObject.method && object == .root
                    throw TemplateSyntaxError(
                        reason: isMethod
                            ? "\".Meta\" has one argument, a text"
                            : "\(object) has no field \"\(field)\", only \(names)",
                        place: operand.place)
                }
                shape = known
            case .truth, .number, .text, .list:
                throw TemplateSyntaxError(reason: "\(shape.kind) has no field \"\(field)\"", place: operand.place)
            }
        }
        return shape
    }
}

extension TemplatePipeline {
    /// Where its first value stands.
    var place: TemplatePlace? { commands.first?.operands.first?.place }
}
