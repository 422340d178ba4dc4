import CYAML
import Threads

/// Reads the documents of a YAML text one after the other, through libyaml's events.
///
/// One document at a time is held. After a fault, reading goes on behind the next line that begins with `---`: one broken
/// document does not hide the others.
package struct YAMLDocuments {
    /// Values nested deeper, or more values than this by aliases, are refused: such a document is an attack.
    static let maximumDepth = 100
    static let maximumAliasNodes = 100_000

    private let bytes: UnsafeBufferPointer<UInt8>

    package init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// Calls `body` with each document that has something in it, or with the fault that ended one.
    package func forEach(_ body: (Result<YAMLNode, YAMLFault>) -> Void) {
        var start = 0
        var firstLine = 0
        while start < bytes.count {
            let part = UnsafeBufferPointer(rebasing: bytes[start...])
            guard let fault = readPart(part, firstLine: firstLine, body) else { return }
            body(.failure(fault))
            // libyaml cannot go on: begin anew at the next separator behind the fault.
            guard let next = nextSeparator(after: fault.line - firstLine, in: part) else { return }
            start += next.offset
            firstLine += next.line
        }
    }

    /// - Returns: the fault that ended the reading; nil at the end of the text.
    private func readPart(
        _ part: UnsafeBufferPointer<UInt8>, firstLine: Int, _ body: (Result<YAMLNode, YAMLFault>) -> Void
    ) -> YAMLFault? {
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else {
            return YAMLFault(message: "out of memory", line: firstLine + 1, column: 1)
        }
        defer { yaml_parser_delete(&parser) }
        yaml_parser_set_input_string(&parser, part.baseAddress, part.count)
        // The parser holds a pointer into itself: it must not move, so it is used where it lies.
        return withUnsafeMutablePointer(to: &parser) { parser -> YAMLFault? in
            var composer = YAMLComposer(parser: parser, firstLine: firstLine)
            do throws(YAMLFault) {
                while let document = try composer.nextDocument() { body(.success(document)) }
                return nil
            } catch {
                return error
            }
        }
    }

    /// The first line `---` at or behind line `line` (from 1) of a part, but for its own first: its offset and the lines
    /// in front of it.
    private func nextSeparator(after line: Int, in part: UnsafeBufferPointer<UInt8>) -> (offset: Int, line: Int)? {
        var offset = 0
        var passed = 0
        while offset < part.count {
            let rest = part[offset...]
            if passed >= max(line - 1, 1), rest.starts(with: "---".utf8) { return (offset, passed) }
            guard let newline = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            offset = newline + 1
            passed += 1
        }
        return nil
    }
}

/// libyaml's events made into nodes.
struct YAMLComposer {
    /// Room made at once for a collection's values: most have no more.
    private static let usual = 4

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let firstLine: Int
    private var anchors: [String: YAMLNode] = [:]
    private var aliasNodes = 0

    init(parser: UnsafeMutablePointer<yaml_parser_t>, firstLine: Int) {
        self.parser = parser
        self.firstLine = firstLine
    }

    /// The next document with something in it; nil at the end.
    mutating func nextDocument() throws(YAMLFault) -> YAMLNode? {
        while true {
            var event = try next()
            defer { yaml_event_delete(&event) }
            switch event.type {
            case YAML_STREAM_END_EVENT: return nil
            case YAML_DOCUMENT_START_EVENT:
                anchors.removeAll()
                aliasNodes = 0
                let node = try value(depth: 0)
                var end = try next()
                yaml_event_delete(&end)
                if node.isNull { continue }
                return node
            default: continue
            }
        }
    }

    private func next() throws(YAMLFault) -> yaml_event_t {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw fault() }
        return event
    }

    private func fault() -> YAMLFault {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "this is no YAML"
        let context = parser.pointee.context.map { String(cString: $0) + ": " } ?? ""
        let mark = isUnclosed ? parser.pointee.context_mark : parser.pointee.problem_mark
        let isReaderError = parser.pointee.error == YAML_READER_ERROR
        return YAMLFault(
            message: context + problem, line: isReaderError ? firstLine + 1 : firstLine + Int(mark.line) + 1,
            column: isReaderError ? 1 : Int(mark.column) + 1)
    }

    /// A quote or bracket that nothing closes is noticed at the document's end; its fault is where it opens.
    private var isUnclosed: Bool {
        guard let context = parser.pointee.context, parser.pointee.problem_mark.column == 0,
            parser.pointee.context_mark.line < parser.pointee.problem_mark.line
        else { return false }
        let text = String(cString: context)
        return text.hasPrefix("while scanning a quoted scalar") || text.hasPrefix("while parsing a flow ")
    }

    private mutating func value(depth: Int) throws(YAMLFault) -> YAMLNode {
        var event = try next()
        defer { yaml_event_delete(&event) }
        return try value(of: event, depth: depth)
    }

    private mutating func value(of event: yaml_event_t, depth: Int) throws(YAMLFault) -> YAMLNode {
        let line = firstLine + Int(event.start_mark.line) + 1
        let column = Int(event.start_mark.column) + 1
        guard depth < YAMLDocuments.maximumDepth else {
            throw YAMLFault(message: "nested deeper than \(YAMLDocuments.maximumDepth)", line: line, column: column)
        }
        switch event.type {
        case YAML_ALIAS_EVENT:
            let name = String(cString: event.data.alias.anchor)
            guard let node = anchors[name] else {
                throw YAMLFault(message: "found undefined alias *\(name)", line: line, column: column)
            }
            aliasNodes += node.size
            guard aliasNodes <= YAMLDocuments.maximumAliasNodes else {
                throw YAMLFault(message: "aliases make the document too large", line: line, column: column)
            }
            return node
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let text = String(
                decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            // An explicit tag `!!str` is as good as quotes.
            let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE && scalar.tag == nil
            let node = YAMLNode(text, isPlain: isPlain, line: line, column: column)
            remember(scalar.anchor, node)
            return node
        case YAML_SEQUENCE_START_EVENT:
            var items: [YAMLNode] = []
            items.reserveCapacity(YAMLComposer.usual)
            while true {
                var item = try next()
                defer { yaml_event_delete(&item) }
                if item.type == YAML_SEQUENCE_END_EVENT { break }
                items.append(try value(of: item, depth: depth + 1))
            }
            let node = YAMLNode(.sequence(items), line: line, column: column)
            remember(event.data.sequence_start.anchor, node)
            return node
        case YAML_MAPPING_START_EVENT:
            giveWay()
            var pairs: [(key: YAMLNode, value: YAMLNode)] = []
            pairs.reserveCapacity(YAMLComposer.usual)
            while true {
                var key = try next()
                defer { yaml_event_delete(&key) }
                if key.type == YAML_MAPPING_END_EVENT { break }
                pairs.append((try value(of: key, depth: depth + 1), try value(depth: depth + 1)))
            }
            let node = YAMLNode(.mapping(try merged(pairs)), line: line, column: column)
            remember(event.data.mapping_start.anchor, node)
            return node
        default:
            throw YAMLFault(message: "a value is missing", line: line, column: column)
        }
    }

    private mutating func remember(_ anchor: UnsafeMutablePointer<yaml_char_t>?, _ node: YAMLNode) {
        if let anchor { anchors[String(cString: anchor)] = node }
    }

    /// The pairs with the merge keys `<<` (yaml.org/type/merge) resolved; a key written twice is a fault.
    private func merged(
        _ pairs: [(key: YAMLNode, value: YAMLNode)]
    ) throws(YAMLFault) -> [(key: YAMLNode, value: YAMLNode)] {
        // Most mappings have few keys: looking along them makes no memory.
        let isShort = pairs.count <= 8
        var lines: [String: Int] = [:]
        var hasMergeKey = false
        for place in pairs.indices {
            guard let text = pairs[place].key.text else { continue }
            if text == "<<", pairs[place].key.isPlain {
                hasMergeKey = true
                continue
            }
            let line = pairs[place].key.line
            let first =
                isShort
                ? (0..<place).first { pairs[$0].key.text == text }.map { pairs[$0].key.line }
                : lines.updateValue(line, forKey: text)
            if let first {
                throw YAMLFault(
                    message: "the key \"\(text)\" stands twice, first in line \(first)", line: line,
                    column: pairs[place].key.column)
            }
        }
        return hasMergeKey ? merging(pairs) : pairs
    }

    /// The pairs behind the merge keys in their place, where the mapping has not the key itself.
    private func merging(_ pairs: [(key: YAMLNode, value: YAMLNode)]) -> [(key: YAMLNode, value: YAMLNode)] {
        func isMerge(_ pair: (key: YAMLNode, value: YAMLNode)) -> Bool { pair.key.isPlain && pair.key.text == "<<" }
        var own = pairs.filter { !isMerge($0) }
        var known = Set(own.compactMap(\.key.text))
        for merge in pairs.filter(isMerge).flatMap({ $0.value.items ?? [$0.value] }) {
            for pair in merge.pairs ?? [] {
                if let text = pair.key.text, known.insert(text).inserted { own.append(pair) }
            }
        }
        return own
    }
}

extension YAMLNode {
    /// Values in the node, itself included.
    fileprivate var size: Int {
        switch content {
        case .scalar: 1
        case .sequence(let items): items.reduce(1) { $0 + $1.size }
        case .mapping(let pairs): pairs.reduce(1) { $0 + $1.key.size + $1.value.size }
        }
    }
}
