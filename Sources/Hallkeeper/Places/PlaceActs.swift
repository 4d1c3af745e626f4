import Regulation
import Store
import WorkCalendar

/// What may be done to places: founded, changed, asked about traits, closed by order.
struct PlaceActs {
    let act: HallAct

    /// A new place. Refuses a kind there is not, a code that is none or taken, hours that do not read, a parent that is not there.
    @discardableResult
    func found(
        kind: String, parent: Place.ID, code: String, name: Text, hours: String = "", zone: String = "Asia/Shanghai",
        starts: Day
    ) throws -> Place {
        guard Place.kinds.contains(kind) else {
            throw FormProblems(fields: [("kind", Text("没有这种场所：\(kind)", "There is no such kind of place: \(kind)"))])
        }
        guard (1...40).contains(code.count), !code.contains(where: \.isWhitespace) else {
            throw FormProblems(fields: [("code", Text("代号 1–40 个字符，不含空格。", "A code has 1–40 characters and no spaces."))])
        }
        try checkHours(hours)
        guard Zone(zone) != nil else {
            throw FormProblems(fields: [("zone", Text("不认识这个时区。", "This time zone is not known."))])
        }
        if name.zh.isEmpty { throw FormProblems(fields: [("name", Text("请写名称。", "A name is needed."))]) }
        if kind != "company" { try standing(parent) }
        if try act.act.one("select 1 as one from place where code = \(code) and kind = \(kind) and ended is null") != nil {
            throw FormProblems(fields: [("code", Text("这个代号已经用了。", "This code is taken."))])
        }
        let place = Place(
            id: act.act.id().description, kind: kind, parent: parent, code: code,
            name: Text(name.zh, name.en.isEmpty ? name.zh : name.en), hours: hours, zone: zone, starts: starts,
            planned: starts.adding(days: -1), ended: nil)
        try act.keep(
            Change(place, Event(kind: "place.founded", about: "place:\(place.id)", at: act.now, fields: ["kind": kind])),
            at: place.id)
        return place
    }

    /// A place that has not been dissolved.
    @discardableResult
    private func standing(_ id: Place.ID) throws -> Place {
        let place = try act.place(id)
        guard place.ended == nil else { throw Refusal.conflict(Text("“\(place.name.zh)”已经撤销了。", "“\(place.name.en)” has been dissolved.")) }
        return place
    }

    func checkHours(_ text: String) throws {
        guard !text.isEmpty else { return }
        do { _ = try OpeningHours(parsing: text) } catch {
            throw FormProblems(fields: [("hours", error.sentence)])
        }
    }

    /// New hours, from tomorrow's plan on.
    func setHours(_ id: Place.ID, to hours: String) throws {
        try checkHours(hours)
        var place = try standing(id)
        place.hours = hours
        try act.keep(
            Change(place, Event(kind: "place.hours-set", about: "place:\(id)", at: act.now, fields: ["hours": hours])),
            at: id)
    }

    /// What the hall answers about a trait. Where conditions are denied (有条件的) a reason is needed.
    func answer(_ trait: String, at place: Place.ID, _ answer: TraitAnswer, reason: String) throws {
        try standing(place)
        if answer.conditions == false, reason.isEmpty {
            throw FormProblems(fields: [
                ("reason", Text("没有条件的，请写原因。", "Where conditions do not exist, say why."))
            ])
        }
        let row = TraitRow(place: place, trait: trait, answer: answer, reason: reason, by: act.by, at: act.now)
        try act.keep(
            Change(row, Event(kind: "trait.answered", about: "trait:\(trait)", at: act.now, fields: ["trait": trait])),
            at: place)
    }

    /// Closed by order on a day: what was planned for it and is still open is not required.
    func close(_ id: Place.ID, on day: Day, reason: String) throws {
        try standing(id)
        if reason.isEmpty { throw FormProblems(fields: [("reason", Text("请写谁为什么下令关闭。", "Say who closed it and why."))]) }
        let closure = Closure(place: id, day: day, reason: reason, by: act.by, at: act.now)
        try act.keep(
            Change(closure, Event(kind: "place.closed", about: "place:\(id)", at: act.now, fields: ["day": day.description])),
            at: id)
        let rows = try act.act.rows(
            "select * from duty where place = \(id) and day = \(day) and state = 'open' and cause = '' order by id")
        for row in rows {
            let duty = try Duty(row: row)
            guard duty.occasion.hasPrefix(day.description) else { continue }
            try act.keep(
                duty.notRequired(because: Text("按令关闭：\(reason)", "closed by order: \(reason)"), at: act.now), at: id)
        }
    }

    /// A place dissolved for good: what it still owes is not required, who has a role there has it to the end of the day, and open
    /// cases go back to the call centre (`ComplaintActs.takeBack`). Refuses what other places or every case hang on: the company,
    /// the call centre, a place with others below it, and where misconduct is seen: whoever dissolved that could name it anew.
    func end(_ id: Place.ID, because reason: String) throws {
        var place = try standing(id)
        let today = act.hall.zone.day(of: act.now)
        if reason.isEmpty { throw FormProblems(fields: [("why-ended", Text("请写谁为什么撤销。", "Say who dissolves it and why."))]) }
        let roles = try act.hall.packs.inForce(on: today, act.act)?.pack.roles ?? []
        let holders = try act.act.rows("select distinct role, person from role_holder where place = \(id) and until_day > \(today) order by role, person")
            .map { (role: try $0.text("role"), person: try $0.text("person")) }
        let sealed = roles.filter { $0.may.contains("misconduct") }
        let isNeeded = ["company", "call-centre"].contains(place.kind) || sealed.contains { role in place.seats(role.sits) || holders.contains { $0.role == role.id } }
        if isNeeded { throw FormProblems(fields: [("why-ended", Text("“\(place.name.zh)”不能撤销：别处的事都靠它。", "“\(place.name.en)” cannot be dissolved: what is done elsewhere hangs on it."))]) }
        if try act.act.one("select 1 as one from place where parent = \(id) and ended is null limit 1") != nil {
            throw FormProblems(fields: [("why-ended", Text("它下面还有场所，请先撤销那些。", "There are places below it; dissolve those first."))])
        }
        place.ended = act.now
        try act.keep(Change(place, Event(kind: "place.ended", about: "place:\(id)", at: act.now, fields: ["reason": reason])), at: id)
        // What is owed about a case goes with the case.
        let open = try act.act.rows("select * from duty where place = \(id) and state = 'open' order by id").map(Duty.init(row:))
        for duty in open where !["complaint:", "misconduct:"].contains(where: duty.subject.hasPrefix) {
            try act.keep(duty.notRequired(because: Text("场所已撤销：\(reason)", "the place is dissolved: \(reason)"), at: act.now), at: id)
        }
        for holder in holders { try PersonActs(act: act).take(holder.role, from: holder.person, at: id, after: today) }
    }
}
