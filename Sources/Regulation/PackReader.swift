import WorkCalendar
import Yams

/// Reads a pack from its files: every mistake with file, line and column, not only the first.
package enum PackReader {
    /// `pack` is nil when any mistake is an error; warnings do not hinder.
    package static func read(_ files: [PackFile]) -> (pack: Pack?, mistakes: [Mistake]) {
        let reading = PackReading()
        var parts = PackParts()
        var isComplete = true
        let named = files.filter { $0.name.hasSuffix(".yaml") || $0.name.hasSuffix(".yml") }
        // Zones first: points name them.
        let inOrder = named.filter { $0.name == "zones.yaml" } + named.filter { $0.name != "zones.yaml" }.sorted { isBefore($0.name, $1.name) }
        for file in inOrder {
            guard let (node, parser) = compose(file, reading) else {
                isComplete = false
                continue
            }
            // Nodes hold their anchors weakly: without the parser there would be none to refuse.
            withExtendedLifetime(parser) {
                parts.take(PackNode(node, path: file.name, file: file.name, reading: reading))
            }
        }
        guard let company = parts.company else {
            if !files.contains(where: { $0.name == "company.yaml" }) {
                reading.tell(
                    PackReading.Spot(file: "company.yaml", line: 1, column: 1), "缺少 company.yaml",
                    "company.yaml is missing")
            }
            return (nil, reading.sorted)
        }
        let pack = Pack(
            company: company, clauses: parts.clauses, roles: parts.roles, topics: parts.topics, traits: parts.traits,
            events: parts.events + ProgramEvents.all, gates: parts.gates, rules: parts.rules, forms: parts.forms,
            zones: parts.zones, items: parts.items, cases: parts.cases, caseBook: parts.caseBook)
        // What an unreadable file holds would be missing everywhere: its own mistake comes first.
        if isComplete { PackCheck(pack: pack, reading: reading, citations: parts.citations).check() }
        let isRefused = reading.mistakes.contains { $0.severity == .error }
        return (isRefused ? nil : pack, reading.sorted)
    }

    /// A rulebook has its order: `2-…` stands before `10-…`.
    static func isBefore(_ a: String, _ b: String) -> Bool {
        var (a, b) = (a[...], b[...])
        while let first = a.first, let second = b.first {
            let (left, right) = (a.prefix { $0.isASCII && $0.isNumber }, b.prefix { $0.isASCII && $0.isNumber })
            if !left.isEmpty, !right.isEmpty {
                let (one, other) = (left.drop { $0 == "0" }, right.drop { $0 == "0" })
                if one != other { return (one.count, String(one)) < (other.count, String(other)) }
                a.removeFirst(left.count)
                b.removeFirst(right.count)
            } else if first != second {
                return first < second
            } else {
                a.removeFirst()
                b.removeFirst()
            }
        }
        return a.count < b.count
    }

    /// The most a file may hold; no rulebook comes near, and a reader that takes anything can be made to take for ever.
    static let largest = 1_000_000

    static func compose(_ file: PackFile, _ reading: PackReading) -> (Node, Parser)? {
        let start = PackReading.Spot(file: file.name, line: 1, column: 1)
        guard file.text.utf8.count <= largest else {
            reading.tell(start, "文件太大", "the file is too large")
            return nil
        }
        do {
            // Basic resolver: every scalar stays the text it is.
            let parser = try Parser(yaml: file.text, resolver: .basic)
            if let node = try parser.singleRoot() { return (node, parser) }
            reading.tell(start, "文件是空的", "the file is empty")
        } catch let error as YamlError {
            var spot = start
            var what = "\(error)"
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                (spot.line, spot.column, what) = (mark.line, mark.column, problem)
            case .duplicatedKeysInMapping(let keys, let context):
                (spot.line, spot.column) = (context.mark.line, context.mark.column)
                let key = keys.first ?? ""
                reading.tell(spot, "“\(key)”写了两次", "key “\(key)” is written twice")
                return nil
            default: break
            }
            reading.tell(spot, "YAML 写法不对：\(what)", "not readable as YAML: \(what)")
        } catch {
            reading.tell(start, "读不了", "not readable: \(error)")
        }
        return nil
    }
}
