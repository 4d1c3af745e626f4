import Store
import WorkCalendar

/// A code that hangs somewhere in a hall: who scans it is led to the right point, or to the public log.
struct Label: Sendable, Kept {
    enum Kind: String, Sendable, CaseIterable {
        /// A zone of the rounds' points, by its id in the pack.
        case zone
        /// A whole round, by the id of its form.
        case round
        /// Something the hall named itself; the target is the zone it stands in, or "".
        case thing
        /// A thing on the register, by its id.
        case item
        /// The public log of a rule that has one, by the rule's id.
        case log
    }
    var place: Place.ID
    /// Ten characters of Crockford's alphabet, drawn by chance: fifty bits, not to be guessed.
    var code: String
    var kind: Kind
    var target: String
    /// What a thing is called; "" for the others, whose names stand in the pack.
    var name: String
    var by: String
    var at: Instant
    var revoked: Instant?

    static let table = Table(
        name: "label", key: ["place", "code"],
        columns: ["place", "code", "kind", "target", "name", "by_person", "at", "revoked"])
    var values: [Value] {
        [.text(place), .text(code), .text(kind.rawValue), .text(target), .text(name), .text(by), at.bound, revoked.bound]
    }

    /// Where its code leads: a log is open to anyone, everything else asks who scans.
    var link: String { kind == .log ? Site.log.link(code) : Site.scan.link(code) }

    /// The code in two halves, as it is printed for typing.
    var printedCode: String { "\(code.prefix(5))-\(code.dropFirst(5))" }

    static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    static let length = 10

    /// A fresh code of so many bytes of chance; five bits of each are used.
    static func code(_ chance: [UInt8]) -> String { String(chance.prefix(length).map { alphabet[Int($0 & 31)] }) }

    /// A code as somebody typed it: small letters, the hyphen, and the letters that look like digits.
    static func read(_ text: String) -> String? {
        let read = text.uppercased().filter { $0 != "-" && $0 != " " }.map { ["O": "0", "I": "1", "L": "1"][$0] ?? $0 }
        guard read.count == length, read.allSatisfy(alphabet.contains) else { return nil }
        return String(read)
    }
}

extension Label {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), code: try row.text("code"), kind: Kind(rawValue: try row.text("kind")) ?? .thing,
            target: try row.text("target"), name: try row.text("name"), by: try row.text("by_person"),
            at: try row.instant("at"), revoked: try row.optionalInstant("revoked"))
    }

    /// The label of a code as somebody typed or scanned it; nil when there is none, or it was revoked.
    static func find(_ text: String, _ tx: any Reading) throws -> Label? {
        guard let code = read(text) else { return nil }
        return try tx.one("select * from label where code = \(code) and revoked is null").map(Label.init(row:))
    }

    /// Those of a place that are in use, the oldest first.
    static func all(at place: Place.ID, _ tx: any Reading) throws -> [Label] {
        try tx.rows("select * from label where place = \(place) and revoked is null order by at, code").map(Label.init(row:))
    }

    /// Taken down: its code leads nowhere any more, and is never used again.
    func revoked(at moment: Instant) throws -> Change<Label> {
        guard revoked == nil else { throw Refusal.conflict(Text("这张标签已经作废了。", "This label has been revoked already.")) }
        var next = self
        next.revoked = moment
        return Change(next, Event(kind: "label.revoked", about: "label:\(code)", at: moment, fields: ["kind": kind.rawValue]))
    }
}
