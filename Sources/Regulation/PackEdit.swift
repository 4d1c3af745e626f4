import Yams

/// Changes single values in the text of a pack file and leaves every other byte, comments too, as it is.
package enum PackEdit {
    /// What the edition is called next: `2026.1` → `2026.1-r1` → `2026.1-r2`.
    package static func nextEdition(_ edition: String) -> String {
        guard let mark = edition.range(of: "-r", options: .backwards), let number = Int(edition[mark.upperBound...]) else { return edition + "-r1" }
        return edition[..<mark.upperBound] + String(number + 1)
    }

    /// The text with a value at the top of the file replaced; nil when the file does not read or has no such key.
    package static func set(_ key: String, to value: String, in text: String) -> String? {
        guard let root = try? compose(yaml: text), case .mapping(let map) = root else { return nil }
        return set([(key, value)], in: map, of: text)
    }

    /// The text with keys of the item of that id (in the list under `list`) set; an empty value takes the key away, a key
    /// that is not there is added behind the first. Nil when there is no such item, or nothing can be told apart in it.
    package static func set(_ changes: [(key: String, value: String)], of id: String, in list: String, _ text: String) -> String? {
        guard let root = try? compose(yaml: text), let items = root.mapping?[list]?.sequence,
            let item = items.first(where: { $0.mapping?["id"]?.scalar?.string == id }), case .mapping(let map) = item
        else { return nil }
        return set(changes, in: map, of: text)
    }

    private static func set(_ changes: [(key: String, value: String)], in map: Node.Mapping, of text: String) -> String? {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { Array($0.unicodeScalars) }
        // Between braces or line by line: the text itself says it.
        let isFlow = map.mark.map { mark in
            lines.indices.contains(mark.line - 1) && lines[mark.line - 1].indices.contains(mark.column - 1) && lines[mark.line - 1][mark.column - 1] == "{"
        } ?? false
        // From the last to the first: what is changed moves nothing that is still to be found.
        var found: [(line: Int, column: Int, keyColumn: Int, value: String)] = []
        var missing: [(String, String)] = []
        guard let first = map.first?.key.mark else { return nil }
        for (key, value) in changes {
            guard let pair = map.first(where: { $0.key.scalar?.string == key }) else {
                if !value.isEmpty { missing.append((key, value)) }
                continue
            }
            guard let at = pair.value.mark, let from = pair.key.mark, at.line == from.line else { return nil }
            found.append((at.line - 1, at.column - 1, from.column - 1, value))
        }
        for spot in found.sorted(by: { ($0.line, $0.column) > ($1.line, $1.column) }) {
            guard lines.indices.contains(spot.line), spot.column <= lines[spot.line].count else { return nil }
            if spot.value.isEmpty {
                // A key of its own line goes with its line; one between braces cannot be told from its neighbours so simply.
                guard !isFlow else { return nil }
                lines.remove(at: spot.line)
            } else {
                guard let end = end(of: lines[spot.line], from: spot.column, isFlow: isFlow) else { return nil }
                lines[spot.line].replaceSubrange(spot.column..<end, with: Array(spot.value.unicodeScalars))
            }
        }
        let written = missing.map { "\($0.0): \($0.1)" }
        if !written.isEmpty {
            let line = first.line - 1
            guard lines.indices.contains(line), let row = map.first else { return nil }
            if isFlow {
                guard let at = row.value.mark, let end = end(of: lines[line], from: at.column - 1, isFlow: true) else { return nil }
                lines[line].insert(contentsOf: Array((", " + written.joined(separator: ", ")).unicodeScalars), at: end)
            } else {
                let indent = Array(String(repeating: " ", count: first.column - 1).unicodeScalars)
                lines.insert(contentsOf: written.map { indent + Array($0.unicodeScalars) }, at: line + 1)
            }
        }
        return lines.map { line in
            var text = String.UnicodeScalarView()
            text.append(contentsOf: line)
            return String(text)
        }.joined(separator: "\n")
    }

    /// Behind the last character of the value that begins at a column of a line.
    private static func end(of line: [Unicode.Scalar], from start: Int, isFlow: Bool) -> Int? {
        guard start < line.count else { return nil }
        var index = start
        func quote(_ mark: Unicode.Scalar) -> Int? {
            index += 1
            while index < line.count {
                if mark == "\"", line[index] == "\\" { index += 2; continue }
                if line[index] == mark {
                    if mark == "'", index + 1 < line.count, line[index + 1] == "'" { index += 2; continue }
                    return index + 1
                }
                index += 1
            }
            return nil
        }
        switch line[start] {
        case "\"", "'": return quote(line[start])
        case "{", "[":
            var depth = 0
            while index < line.count {
                switch line[index] {
                case "{", "[": depth += 1
                case "}", "]":
                    depth -= 1
                    if depth == 0 { return index + 1 }
                case "\"", "'":
                    guard let after = quote(line[index]) else { return nil }
                    index = after - 1
                default: break
                }
                index += 1
            }
            return nil
        case "|", ">", "&", "*": return nil
        default:
            while index < line.count {
                if isFlow, [",", "}", "]"].contains(line[index]) { break }
                if line[index] == "#", index > start, line[index - 1] == " " { break }
                index += 1
            }
            while index > start, line[index - 1] == " " { index -= 1 }
            return index
        }
    }
}

extension PackReader {
    /// One round by itself, with what is wrong in it alone: names of other files are not looked up, but zones are.
    package static func round(_ file: PackFile, zones: [HallZone]) -> (form: Form?, mistakes: [Mistake]) {
        let reading = PackReading()
        var parts = PackParts()
        parts.zones = zones
        guard let (node, parser) = compose(file, reading) else { return (nil, reading.sorted) }
        withExtendedLifetime(parser) { parts.take(PackNode(node, path: file.name, file: file.name, reading: reading)) }
        return (parts.forms.first, reading.sorted)
    }
}
