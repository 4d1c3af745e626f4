import Store
import WorkCalendar

/// A view of the queue somebody kept: a list and its search line under a name, for themselves or for everybody.
struct SavedView: Sendable, Equatable, Kept {
    var place: Place.ID = ""
    var id = ""
    var person: Person.ID = ""
    var isShared = false
    var title = ""
    /// What stands behind the `?` of the queue's address.
    var query = ""
    var made = Instant(ms: 0)
    var ended: Instant?

    static let columns: [Column<SavedView>] = [
        .text("place", \.place), .text("id", \.id), .text("person", \.person), .flag("shared", \.isShared), .text("title", \.title), .text("query", \.query),
        .instant("made", \.made), .moment("ended", \.ended),
    ]
    static let table = Table(name: "saved_view", key: ["place", "id"], columns: columns.map(\.name))
    var values: [Value] { Self.columns.map { $0.value(self) } }
    init() {}
    init(row: Row) throws {
        for column in Self.columns { try column.take(&self, row) }
    }

    /// Somebody's own and everybody's, in the order they were made.
    static func all(of person: Person.ID, _ tx: any Reading) throws -> [SavedView] {
        let own = try tx.rows("select * from saved_view where person = \(person) and ended is null order by id limit 50").map(SavedView.init(row:))
        let shared = try tx.rows("select * from saved_view where place in (select place from place where kind = \("company")) and shared = 1 and person <> \(person) and ended is null order by id limit 50").map(SavedView.init(row:))
        return own + shared
    }

    /// Keeps the list one looks at. Refuses a name that is empty or long, and more than fifty of one person.
    static func keep(_ title: String, query: String, isShared: Bool, by person: Person.ID, _ act: HallAct) throws {
        guard !title.isEmpty, title.count <= 40 else { throw FormProblems(fields: [("title", Text("起个名字，最多 40 个字。", "Give it a name, 40 characters at most."))]) }
        if try all(of: person, act.act).filter({ $0.person == person }).count >= 50 { throw Refusal.conflict(Text("已经有 50 个视图，先删几个。", "There are fifty views already; end some first.")) }
        var view = SavedView()
        (view.place, view.id, view.person, view.isShared) = (try act.company().id, act.act.id().description, person, isShared)
        (view.title, view.query, view.made) = (title, String(query.prefix(1000)), act.now)
        try act.enter(Event(kind: "view.kept", about: "view:" + view.id, at: act.now), at: view.place)
        try act.act.keep(view)
    }

    /// Only whoever made it takes it away.
    static func end(_ id: String, by person: Person.ID, _ act: HallAct) throws {
        let company = try act.company().id
        guard var view = try act.act.one("select * from saved_view where place = \(company) and id = \(id) and ended is null").map(SavedView.init(row:)), view.person == person else { throw Refusal.notFound }
        view.ended = act.now
        try act.enter(Event(kind: "view.ended", about: "view:" + id, at: act.now), at: company)
        try act.act.keep(view)
    }
}
