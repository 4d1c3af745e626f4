import Regulation
import Store
import WorkCalendar

/// What a hall may change of its rounds: add points, end its own, say how a point looks here when it is good. The
/// company's points are the company's.
struct OwnPointActs {
    let act: HallAct
    /// More own points than this in one round are another round.
    static let most = 30
    static let longest = 80

    /// What is typed on the page.
    struct Draft: Sendable {
        var title = Text("", "")
        var good = Text("", "")
        var clause = ""
        var zone = ""
        var role = ""
    }

    /// Asked from the next duty that opens. Refuses a round the rulebook has not, words that are missing or too long, names
    /// nobody knows, a role left out where the round is shared by role.
    @discardableResult
    func add(_ draft: Draft, to id: String, at place: Place.ID, by person: Person.ID) throws -> OwnPoint {
        let pack = try pack()
        guard let form = pack.form(id), form.isRound else { throw Refusal.notFound }
        var problems: [(field: String, sentence: Text)] = []
        if draft.title.zh.isEmpty { problems.append(("title", Text("写要看什么。", "Say what to look at."))) }
        for (field, text) in [("title", draft.title), ("good", draft.good)] where text.zh.count > Self.longest || text.en.count > Self.longest * 2 {
            problems.append((field, Text("最多 \(Self.longest) 个字。", "\(Self.longest) characters at most.")))
        }
        if !draft.clause.isEmpty, pack.clause(draft.clause) == nil { problems.append(("clause", Text("没有这个条款。", "There is no such clause."))) }
        if !draft.zone.isEmpty, pack.zone(draft.zone) == nil { problems.append(("zone", Text("没有这个区域。", "There is no such zone."))) }
        let roles = Self.roles(of: form)
        if !roles.isEmpty, !roles.contains(draft.role) { problems.append(("role", Text("选谁来看这一点。", "Choose whose point it is."))) }
        let known = try PlaceForms(tx: act.act).own(id, at: place)
        if known.filter({ $0.ended == nil }).count >= Self.most {
            problems.append(("", Text("一项巡检最多加 \(Self.most) 个点。", "A round takes \(Self.most) added points at most.")))
        }
        guard problems.isEmpty else { throw FormProblems(fields: problems) }
        func both(_ text: Text) -> Text { Text(text.zh, text.en.isEmpty ? text.zh : text.en) }
        let point = OwnPoint(
            place: place, form: id, id: "\(OwnPoint.prefix)\(known.count + 1)", title: both(draft.title), good: both(draft.good), clause: draft.clause,
            zone: draft.zone, role: roles.isEmpty ? "" : draft.role, by: person, at: act.now, ended: nil)
        try act.keep(Change(point, Event(kind: "point.added", about: "form:\(id)", at: act.now, fields: ["form": id, "point": point.id])), at: place)
        return point
    }

    /// Not asked any more from the next duty that opens. Refuses the company's points.
    func end(_ point: String, of form: String, at place: Place.ID) throws {
        let found = try act.act.one("select * from own_point where place = \(place) and form = \(form) and id = \(point)")
        guard var own = try found.map(OwnPoint.init(row:)) else {
            guard try pack().form(form)?.field(point) != nil else { throw Refusal.notFound }
            throw Refusal.notAllowed(Text("这是公司的检查点，营业厅不能删。", "This is the company's point; a hall does not remove it."))
        }
        guard own.ended == nil else { throw Refusal.conflict(Text("这个点已经停用了。", "This point has been ended already.")) }
        own.ended = act.now
        try act.keep(Change(own, Event(kind: "point.ended", about: "form:\(form)", at: act.now, fields: ["form": form, "point": point])), at: place)
    }

    /// How a point looks here when it is good; "" takes the photo away. Refuses points the round has not.
    func show(_ hash: String, at point: String, of form: String, place: Place.ID, by person: Person.ID) throws {
        guard let whole = try PlaceForms(tx: act.act).standing(form, in: pack(), at: place), whole.isRound, whole.field(point) != nil else { throw Refusal.notFound }
        let row = ReferencePhoto(place: place, form: form, point: point, hash: hash, by: person, at: act.now)
        try act.keep(Change(row, Event(kind: "reference.set", about: "form:\(form)", at: act.now, fields: ["form": form, "point": point])), at: place)
    }

    private func pack() throws -> Pack {
        guard let inForce = try act.hall.packs.inForce(on: act.hall.zone.day(of: act.now), act.act) else { throw Refusal.notFound }
        return inForce.pack
    }

    /// The roles a round is shared out to, in the order of its points; none: it is one person's.
    static func roles(of form: Form) -> [String] {
        form.fields.compactMap(\.role).reduce(into: []) { list, role in if !list.contains(role) { list.append(role) } }
    }
}
