import Findings

/// One line of a block: a plugin's or an option's name, its arguments, and the lines of its own block.
///
///     forward . 10.0.0.1 {      # name "forward", arguments ".", "10.0.0.1"
///         max_concurrent 1000   # an option: again a line
///     }
package struct Directive: Sendable, Hashable {
    package var name: Token
    package var arguments: [Token]
    /// Empty without a block.
    package var options: [Directive] = []

    package init(name: Token, arguments: [Token] = []) {
        self.name = name
        self.arguments = arguments
    }

    package var place: SourcePlace { name.place }
}

/// A server block as it is written: keys, and lines in their order, imports and environment put in.
package struct BlockText: Sendable, Hashable {
    package var keys: [Token]
    package var directives: [Directive] = []
}

extension BlockText {
    /// The block in one spelling: two texts that differ only in blanks, comments and imports are written alike.
    var written: String {
        keys.map(\.written).joined(separator: " ") + " {\n" + directives.map { $0.written(depth: 1) }.joined() + "}\n"
    }
}

extension Directive {
    fileprivate func written(depth: Int) -> String {
        let indent = String(repeating: "    ", count: depth)
        let line = indent + ([name] + arguments).map(\.written).joined(separator: " ")
        guard !options.isEmpty else { return line + "\n" }
        return line + " {\n" + options.map { $0.written(depth: depth + 1) }.joined() + indent + "}\n"
    }
}
