/// A table in CSV: a first line of column names, fields in quotes where they hold commas, quotes or lines.
package struct CaseTable: Sendable {
    /// The names of the columns, in the file's order.
    package let columns: [String]
    /// The rows, each by column name; a column the row is too short for is absent.
    package let rows: [[String: String]]

    /// Reads a table; blank lines are left out. Throws when a quote is never closed or there is no first line.
    package init(csv: String) throws(CaseMistake) {
        var lines = try CaseTable.lines(csv)
        guard !lines.isEmpty else {
            throw CaseMistake(Text("文件是空的。", "The file is empty."))
        }
        let names = lines.removeFirst().map { CaseTable.trimmed($0) }
        columns = names
        rows = lines.map { fields in
            var row: [String: String] = [:]
            for (name, field) in zip(names, fields) where row[name] == nil { row[name] = CaseTable.trimmed(field) }
            return row
        }
    }

    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while let first = text.first, first.isWhitespace || first == "\u{FEFF}" { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }

    private static func lines(_ csv: String) throws(CaseMistake) -> [[String]] {
        var lines: [[String]] = []
        var fields: [String] = []
        var field = ""
        var quoted = false
        var wasQuote = false
        func endLine() {
            fields.append(field)
            if fields.contains(where: { !$0.isEmpty }) { lines.append(fields) }
            fields = []
            field = ""
        }
        for character in csv {
            if quoted {
                if wasQuote {
                    wasQuote = false
                    if character == "\"" {
                        field.append("\"")
                        continue
                    }
                    quoted = false
                } else if character == "\"" {
                    wasQuote = true
                    continue
                } else {
                    field.append(character)
                    continue
                }
            }
            if character == "\"", field.allSatisfy({ $0.isWhitespace || $0 == "\u{FEFF}" }) {
                field = ""
                quoted = true
            } else if character == "," {
                fields.append(field)
                field = ""
            } else if character.isNewline {
                endLine()
            } else {
                field.append(character)
            }
        }
        if quoted && !wasQuote {
            throw CaseMistake(Text("引号没有结束。", "A quote is never closed."))
        }
        endLine()
        return lines
    }
}

/// What is wrong with a case or a question, in a sentence.
package struct CaseMistake: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    package let sentence: Text

    init(_ sentence: Text) {
        self.sentence = sentence
    }

    /// The English sentence.
    package var description: String { sentence.en }
}
