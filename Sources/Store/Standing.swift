/// What changes seldom and is asked at every request: places, people, who fills which role, the pack in force. Each change
/// to it, whoever makes it, also counts up one number in the same transaction (triggers of migration 0100), so that what
/// was read under the same number is still so, in this process or in any other.
package enum Standing {
    /// The tables whose triggers count. `personal` counts only when a text is changed.
    package static let tables: Set<String> = [
        "place", "trait_answer", "closure", "person", "role_holder", "deputy", "roster", "qualification", "pack_force", "calendar_notice", "personal", "session", "change",
    ]

    /// Of these, those whose new rows no trigger counts: nobody can have held on to what was not there.
    static let onlyAdded: Set<String> = ["personal", "session"]

    /// Whether a statement can move the number.
    package static func isMoved(by text: String) -> Bool {
        let words = text.split(maxSplits: 4, whereSeparator: { $0 == " " || $0 == "\n" || $0 == "(" })
        switch words.first?.lowercased() {
        case "insert": return words.count > 2 && tables.contains(String(words[2])) && (!onlyAdded.contains(String(words[2])) || text.contains("do update"))
        case "update": return words.count > 1 && tables.contains(String(words[1]))
        case "delete": return words.count > 2 && tables.contains(String(words[2]))
        default: return false
        }
    }

    /// The two numbers as a transaction sees them: of what stands for long, and of sessions ended before their time.
    package struct Numbers: Hashable, Sendable {
        package let standing: Int64
        package let session: Int64

        /// From the answers to `question`, in their order; nil where they are not both there.
        package init?(_ answers: [Int64]) {
            guard answers.count == 2 else { return nil }
            (session, standing) = (answers[0], answers[1])
        }
    }

    /// What a driver asks for the numbers.
    package static let question = "select number from change where name in ('session', 'standing') order by name"

    /// Asked of the database.
    package static func ask(_ tx: any Reading) throws -> Numbers? {
        Numbers(try tx.rows(SQL(text: question, values: [])).map { try $0.int("number") })
    }
}
