/// What `nft list ruleset`, `nft list table ip kube-proxy` or `nft list map ip kube-proxy service-ips` wrote: tables with
/// their maps, sets and chains; only those of tables named kube-proxy are kept.
package struct NftablesDump: Sendable {
    /// A word, or one of `{`, `}`, `,`.
    struct Token: Hashable, Sendable {
        var text: String
        var line: Int
        var isQuoted = false
    }

    /// A statement of a chain, or an element of a map or set.
    typealias Statement = [Token]

    struct Table: Sendable {
        /// `ip`, `ip6`.
        var family: String
        var line: Int
        var maps: [String: [Statement]] = [:]
        var sets: [String: [Statement]] = [:]
        var chains: [String: [Statement]] = [:]
        /// Where each chain and map begins.
        var lines: [String: Int] = [:]
        /// Its `}` was read: nothing is cut off.
        var isClosed = false
    }

    private(set) var tables: [Table] = []
    /// A chain of another table that iptables-nft made for kube-proxy.
    private(set) var holdsIptables = false
    package private(set) var unread: [UnreadLine] = []

    package init(_ text: String) {
        var tokens = NftablesDump.tokens(text)[...]
        while let token = tokens.popFirst() {
            guard token.text == "table", !token.isQuoted else {
                if token.text != "\n" {
                    unread.append(UnreadLine(line: token.line, why: "not in a table of nft list"))
                    tokens = tokens.drop { $0.text != "\n" }
                }
                continue
            }
            // table ip kube-proxy { # handle 1
            let head = tokens.prefix { $0.text != "{" && $0.text != "\n" }
            tokens = tokens.dropFirst(head.count)
            guard tokens.first?.text == "{", head.count == 2 else {
                unread.append(UnreadLine(line: token.line, why: "a table without a family, a name and a {"))
                continue
            }
            tokens.removeFirst()
            let (family, name) = (head[head.startIndex].text, head[head.startIndex + 1].text)
            let table = NftablesDump.table(Table(family: family, line: token.line), &tokens)
            if name == "kube-proxy" {
                tables.append(table)
            } else if table.chains.keys.contains(where: { $0 == "KUBE-SERVICES" || $0.hasPrefix("KUBE-SVC-") }) {
                holdsIptables = true
            }
        }
    }

    /// A table's inside up to its `}`.
    private static func table(_ empty: Table, _ tokens: inout ArraySlice<Token>) -> Table {
        var table = empty
        while let token = tokens.popFirst() {
            if token.text == "}", !token.isQuoted {
                table.isClosed = true
                break
            }
            guard ["map", "set", "chain"].contains(token.text), let name = tokens.first?.text else { continue }
            tokens.removeFirst()
            tokens = tokens.drop { $0.text != "{" }.dropFirst()
            let body = statements(&tokens)
            table.lines[name] = token.line
            if token.text == "chain" {
                table.chains[name] = body
            } else if token.text == "map" {
                table.maps[name] = elements(body)
            } else {
                table.sets[name] = elements(body)
            }
        }
        return table
    }

    /// The statements up to the `}` that ends them: a line each, whatever braces they have within.
    private static func statements(_ tokens: inout ArraySlice<Token>) -> [Statement] {
        var all: [Statement] = []
        var statement: Statement = []
        var depth = 0
        while let token = tokens.popFirst() {
            if !token.isQuoted {
                if token.text == "{" { depth += 1 }
                if token.text == "}" {
                    if depth == 0 { break }
                    depth -= 1
                }
                if token.text == "\n" || token.text == ";" {
                    if depth == 0, !statement.isEmpty {
                        all.append(statement)
                        statement = []
                    }
                    continue
                }
            }
            statement.append(token)
        }
        return statement.isEmpty ? all : all + [statement]
    }

    /// `elements = { … }` as one statement each.
    private static func elements(_ body: [Statement]) -> [Statement] {
        guard let list = body.first(where: { $0.first?.text == "elements" }) else { return [] }
        return split(inBraces(list))
    }

    /// What stands in the first braces of a statement.
    static func inBraces(_ statement: Statement) -> ArraySlice<Token> {
        statement.drop { $0.text != "{" }.dropFirst().prefix { $0.text != "}" }
    }

    static func split(_ list: ArraySlice<Token>) -> [Statement] {
        list.split { $0.text == "," && !$0.isQuoted }.map(Array.init)
    }

    /// Words with the line that they stand in; a line's end is a token too, a comment is none.
    private static func tokens(_ text: String) -> [Token] {
        var tokens: [Token] = []
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            var word = ""
            var isQuoted = false
            func end() {
                if !word.isEmpty { tokens.append(Token(text: word, line: number)) }
                word = ""
            }
            scan: for character in line {
                if isQuoted {
                    if character == "\"" {
                        tokens.append(Token(text: word, line: number, isQuoted: true))
                        (word, isQuoted) = ("", false)
                    } else {
                        word.append(character)
                    }
                    continue
                }
                switch character {
                case "\"":
                    end()
                    isQuoted = true
                case "#" where word.isEmpty: break scan
                case "{", "}", ",", ";":
                    end()
                    tokens.append(Token(text: String(character), line: number))
                default:
                    if character.isWhitespace { end() } else { word.append(character) }
                }
            }
            end()
            tokens.append(Token(text: "\n", line: number))
        }
        return tokens
    }
}
