import Store
import WorkCalendar

/// Who approves in somebody's stead, from day to day: the holder's word or the administrator's, in the ledger.
struct Deputy: Sendable, Equatable, Kept {
    /// Where the role is held.
    var place: Place.ID = ""
    var id = ""
    var role = ""
    /// In whose stead.
    var holder: Person.ID = ""
    var person: Person.ID = ""
    /// First and last day, `2026-03-02`.
    var from = ""
    var until = ""
    /// When it was taken back before its last day.
    var ended: Instant?

    static let columns: [Column<Deputy>] = [
        .text("place", \.place), .text("id", \.id), .text("role", \.role), .text("holder", \.holder), .text("person", \.person), .text("from_day", \.from), .text("until_day", \.until), .moment("ended", \.ended),
    ]
    static let table = Table(name: "deputy", key: ["place", "id"], columns: columns.map(\.name))
    var values: [Value] { Self.columns.map { $0.value(self) } }
    init() {}
    init(row: Row) throws {
        for column in Self.columns { try column.take(&self, row) }
    }

    /// Roles somebody stands in for on a day.
    static func roles(of person: Person.ID, on day: Day, _ tx: any Reading) throws -> [(role: String, place: Place.ID)] {
        try tx.rows("select role, place from deputy where person = \(person) and until_day >= \(day) and from_day <= \(day) and ended is null order by place, role")
            .map { (try $0.text("role"), try $0.text("place")) }
    }

    /// Taken back before its last day, by whoever named them.
    static func end(_ id: String, by holder: Person.ID, at places: [Place.ID], _ act: HallAct) throws {
        guard var deputy = try act.act.one("select * from deputy where place in \(list: places) and id = \(id) and ended is null").map(Deputy.init(row:)), deputy.holder == holder else { throw Refusal.notFound }
        deputy.ended = act.now
        try act.enter(Event(kind: "deputy.ended", about: "person:" + deputy.person, at: act.now), at: deputy.place)
        try act.act.keep(deputy)
    }

    /// Names somebody to approve in a holder's stead. Refuses the holder themselves, days that have passed, more than ninety days,
    /// a role that does not approve, and whoever is not there.
    static func name(_ person: Person.ID, inSteadOf holder: Person.ID, role: String, at place: Place.ID, from: Day?, until: Day?, _ act: HallAct) throws -> Deputy {
        let today = act.hall.zone.day(of: act.now)
        var problems: [(field: String, sentence: Text)] = []
        guard let from, let until else { throw FormProblems(fields: [(from == nil ? "from" : "until", Text("日期写成 2026-11-24。", "Write the day like 2026-11-24."))]) }
        if until < today { problems.append(("until", Text("这一天已经过去。", "That day has passed."))) }
        if until < from { problems.append(("until", Text("结束要不早于开始。", "It ends before it begins."))) }
        if until > from.adding(days: 90) { problems.append(("until", Text("一次最多 90 天。", "Ninety days at most at a time."))) }
        if person == holder { problems.append(("person", Text("请选另一个人。", "Choose somebody else."))) }
        if try act.act.one("select 1 as one from person where person = \(person) and active = 1") == nil { problems.append(("person", Text("没有这个人。", "There is no such person."))) }
        guard try act.act.one("select 1 as one from role_holder where place = \(place) and role = \(role) and person = \(holder) and until_day >= \(today)") != nil,
            try act.hall.packs.inForce(on: today, act.act)?.pack.role(role)?.may.contains("approve") == true
        else { throw FormProblems(fields: [("role", Text("这个岗位不审批，或不是你的。", "That role does not approve, or is not yours."))]) }
        guard problems.isEmpty else { throw FormProblems(fields: problems) }
        var deputy = Deputy()
        (deputy.place, deputy.id, deputy.role, deputy.holder, deputy.person) = (place, act.act.id().description, role, holder, person)
        (deputy.from, deputy.until) = (from.description, until.description)
        try act.enter(Event(kind: "deputy.named", about: "person:" + person, at: act.now, fields: ["role": role, "from": deputy.from, "until": deputy.until]), at: place)
        try act.act.keep(deputy)
        return deputy
    }
}
