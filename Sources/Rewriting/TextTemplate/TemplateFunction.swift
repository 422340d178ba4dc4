/// The functions of Go's text/template, and the one that CoreDNS adds (plugin/template/template.go, newTemplate).
enum TemplateFunction: String, Sendable {
    case and, or, not
    case eq, ne, lt, le, gt, ge
    case index, slice, len
    case print, println, printf
    case parseInt

    /// How many arguments it takes, one from the pipeline included.
    var arguments: ClosedRange<Int> {
        switch self {
        case .and, .or, .printf: 1...255
        case .not, .len: 1...1
        case .eq: 2...255
        case .ne, .lt, .le, .gt, .ge: 2...2
        case .index: 1...255
        case .slice: 1...4
        case .print, .println: 0...255
        case .parseInt: 3...3
        }
    }

    /// What it gives, whatever it is given; nil where that depends.
    var shape: TemplateShape? {
        switch self {
        case .not, .eq, .ne, .lt, .le, .gt, .ge: .truth
        case .len, .parseInt: .number
        case .print, .println, .printf: .text
        case .and, .or, .index, .slice: nil
        }
    }
}
