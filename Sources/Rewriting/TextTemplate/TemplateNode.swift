/// A piece of a template that was understood.
indirect enum TemplateNode: Sendable {
    case text(String)
    /// `{{ pipeline }}`
    case action(TemplatePipeline)
    case condition(TemplatePipeline, then: [TemplateNode], otherwise: [TemplateNode])
    case with(TemplatePipeline, then: [TemplateNode], otherwise: [TemplateNode])
    /// The pipeline's variables are index and element, or the element alone.
    case range(TemplatePipeline, body: [TemplateNode], otherwise: [TemplateNode])
    case `break`, `continue`
}

/// Commands, each of which has the value of the one before as its last argument; at least one.
struct TemplatePipeline: Sendable {
    /// `$x := …`; at most two, and two only with `range`.
    var variables: [String] = []
    /// `=` in place of `:=`.
    var assigns = false
    var commands: [TemplateCommand] = []
}

/// An operand, or a function or method with arguments.
struct TemplateCommand: Sendable {
    /// At least one.
    var operands: [TemplateOperand] = []
}

struct TemplateOperand: Sendable {
    indirect enum Base: Sendable {
        case dot
        case variable(String)
        case text(String)
        case number(Int)
        case truth(Bool)
        case nothing
        case function(TemplateFunction)
        case pipeline(TemplatePipeline)
    }

    var base: Base
    /// `.Group.a`: what is taken from the base, one after the other.
    var fields: [String] = []
    var place: TemplatePlace
}
