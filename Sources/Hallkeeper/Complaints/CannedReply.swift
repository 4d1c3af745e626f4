import Foundation
import Regulation
import Store
import WorkCalendar

/// Words for replies that a unit keeps beside those of the rulebook, with fields that are filled in: `{customer name}`,
/// `{number}`, `{unit}` …
struct CannedReply: Sendable, Equatable, Kept {
    var place: Place.ID = ""
    var id = ""
    var title = ""
    var words = ""
    var by: Person.ID = ""
    var ended: Instant?

    static let columns: [Column<CannedReply>] = [
        .text("place", \.place), .text("id", \.id), .text("title", \.title), .text("words", \.words), .text("made_by", \.by), .moment("ended", \.ended),
    ]
    static let table = Table(name: "canned_reply", key: ["place", "id"], columns: columns.map(\.name))
    var values: [Value] { Self.columns.map { $0.value(self) } }
    init() {}
    init(row: Row) throws {
        for column in Self.columns { try column.take(&self, row) }
    }

    /// The fields as they are written in a language, for whoever writes such words.
    static func names(_ language: Language) -> String { (language == .en ? ["customer name", "number", "unit", "hotline", "kind", "today"] : ["客户姓名", "编号", "单位", "热线", "类别", "今天"]).map { "{" + $0 + "}" }.joined(separator: " ") }

    /// The fields there are, by what people call them in either language.
    static let fields = ["customer name": "name", "客户姓名": "name", "number": "number", "编号": "number", "unit": "unit", "单位": "unit", "hotline": "hotline", "热线": "hotline", "kind": "kind", "类别": "kind", "today": "today", "今天": "today"]

    /// With its fields filled in; a field there is none of is left as it stands.
    static func filled(_ text: String, _ values: [String: String]) -> String {
        var out = text
        for (field, key) in fields { if let value = values[key] { out = out.replacingOccurrences(of: "{" + field + "}", with: value) } }
        return out
    }

    static func all(at places: [Place.ID], _ tx: any Reading) throws -> [CannedReply] {
        places.isEmpty ? [] : try tx.rows("select * from canned_reply where place in \(list: places) and ended is null order by place, id limit 200").map(CannedReply.init(row:))
    }

    static func keep(_ title: String, _ words: String, at place: Place.ID, by person: Person.ID, _ act: HallAct) throws {
        var problems: [(field: String, sentence: Text)] = []
        if title.isEmpty || title.count > 40 { problems.append(("title", Text("起个名字，最多 40 个字。", "Give it a name, 40 characters at most."))) }
        if words.isEmpty || words.count > 5000 { problems.append(("words", Text("写下常用的话，最多 5000 个字。", "Write the words, 5,000 characters at most."))) }
        for match in words.matches(of: /\{([^{}\n]{1,30})\}/) where fields[String(match.1)] == nil {
            problems.append(("words", Text("没有 {\(match.1)} 这一项，可用：{客户姓名} {编号} {单位} {热线} {类别} {今天}。", "There is no {\(match.1)}; there are {customer name} {number} {unit} {hotline} {kind} {today}.")))
        }
        guard problems.isEmpty else { throw FormProblems(fields: problems) }
        var reply = CannedReply()
        (reply.place, reply.id, reply.title, reply.words, reply.by) = (place, act.act.id().description, title, words, person)
        try act.enter(Event(kind: "canned-reply.kept", about: "canned-reply:" + reply.id, at: act.now), at: place)
        try act.act.keep(reply)
    }

    static func end(_ id: String, at places: [Place.ID], _ act: HallAct) throws {
        guard var reply = try all(at: places, act.act).first(where: { $0.id == id }) else { throw Refusal.notFound }
        reply.ended = act.now
        try act.enter(Event(kind: "canned-reply.ended", about: "canned-reply:" + id, at: act.now), at: reply.place)
        try act.act.keep(reply)
    }
}
