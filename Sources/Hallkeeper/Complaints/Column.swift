import Store
import WorkCalendar

/// One column of a kept table, said once: its name, how it is read and how it is bound.
struct Column<Owner: Sendable>: Sendable {
    let name: String
    let value: @Sendable (Owner) -> Value
    let take: @Sendable (inout Owner, Row) throws -> Void

    static func text(_ name: String, _ path: WritableKeyPath<Owner, String> & Sendable) -> Column {
        Column(name: name, value: { .text($0[keyPath: path]) }, take: { $0[keyPath: path] = try $1.text(name) })
    }
    static func int(_ name: String, _ path: WritableKeyPath<Owner, Int> & Sendable) -> Column {
        Column(name: name, value: { $0[keyPath: path].bound }, take: { $0[keyPath: path] = Int(try $1.int(name)) })
    }
    static func flag(_ name: String, _ path: WritableKeyPath<Owner, Bool> & Sendable) -> Column {
        Column(name: name, value: { $0[keyPath: path].bound }, take: { $0[keyPath: path] = try $1.int(name) != 0 })
    }
    static func moment(_ name: String, _ path: WritableKeyPath<Owner, Instant?> & Sendable) -> Column {
        Column(name: name, value: { $0[keyPath: path].bound }, take: { $0[keyPath: path] = try $1.optionalInstant(name) })
    }
    static func instant(_ name: String, _ path: WritableKeyPath<Owner, Instant> & Sendable) -> Column {
        Column(name: name, value: { $0[keyPath: path].bound }, take: { $0[keyPath: path] = try $1.instant(name) })
    }
    static func word<Word: RawRepresentable<String>>(_ name: String, _ path: WritableKeyPath<Owner, Word> & Sendable) -> Column {
        Column(
            name: name, value: { .text($0[keyPath: path].rawValue) },
            take: { owner, row in
                let text = try row.text(name)
                guard let word = Word(rawValue: text) else { throw Fault(.other, "column \(name) holds “\(text)”") }
                owner[keyPath: path] = word
            })
    }
}
