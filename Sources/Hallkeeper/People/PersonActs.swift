import Regulation
import Store
import WorkCalendar

/// What may be done about people: taken on, given roles, put on or off the roster, qualified, made inactive.
struct PersonActs {
    let act: HallAct

    /// Refuses an empty name and a sign-in name already used.
    @discardableResult
    func takeOn(name: String, login: String, at place: Place.ID, language: Language = .zh) throws -> Person {
        var problems: [(field: String, sentence: Text)] = []
        if name.isEmpty { problems.append(("name", Text("请写姓名。", "A name is needed."))) }
        if login.isEmpty || login.count > 40 || login.contains(where: \.isWhitespace) {
            problems.append(("login", Text("登录名 1–40 个字符，不含空格。", "The sign-in name has 1–40 characters and no spaces.")))
        } else if try act.act.one("select 1 as one from person where login = \(login)") != nil {
            problems.append(("login", Text("这个登录名已经有人用了。", "This sign-in name is taken.")))
        }
        guard problems.isEmpty else { throw FormProblems(fields: problems) }
        let id = act.act.id().description
        try act.enter(Event(kind: "person.taken-on", about: "person:\(id)", at: act.now), at: place)
        let person = Person(
            place: place, id: id, login: login, nameID: try act.act.personal(name, place: place).description,
            language: language, theme: "auto", active: true)
        try act.act.keep(person)
        return person
    }

    private func naming(_ day: Day) -> Naming { Naming(tx: act.act, hall: act.hall, day: day) }

    /// A role at a place from a day on. Refuses roles the pack does not have or that do not sit there, and, where it opens
    /// misconduct, whoever has nobody to vouch.
    func give(_ role: String, to person: Person.ID, at place: Place.ID, from: Day, until: Day = RoleHolder.openEnd, voucher: Person.ID? = nil) throws {
        try naming(from).check(role, at: place, by: act.act.actor)
        let isSealed = try naming(from).opensMisconduct(role)
        if isSealed { try naming(from).demandVoucher(voucher, by: act.act.actor) }
        let holder = RoleHolder(place: place, role: role, person: person, from: from, until: until, by: act.by, at: act.now)
        try act.keep(
            Change(holder, Event(kind: "role.given", about: "person:\(person)", at: act.now, fields: fields(role, isSealed ? voucher : nil))),
            at: place)
    }

    /// What an entry says of a role that was given or ended.
    private func fields(_ role: String, _ voucher: Person.ID?) -> [String: String] { voucher.map { ["role": role, "voucher": $0] } ?? ["role": role] }

    /// The role ends after a day; the row stays. One that opens misconduct ends with somebody of supervision vouching: otherwise
    /// whoever ends the last could name the next.
    func take(_ role: String, from person: Person.ID, at place: Place.ID, after day: Day, voucher: Person.ID? = nil) throws {
        let isSealed = try naming(day).opensMisconduct(role)
        if isSealed { try naming(day).demandVoucher(voucher, by: act.act.actor) }
        let rows = try act.act.rows(
            """
            select * from role_holder where place = \(place) and role = \(role) and person = \(person)
            and until_day > \(day)
            """)
        for row in rows {
            var holder = try RoleHolder(row: row)
            holder.until = day
            try act.keep(
                Change(holder, Event(kind: "role.ended", about: "person:\(person)", at: act.now, fields: fields(role, isSealed ? voucher : nil))),
                at: place)
        }
    }

    /// One line of a day's roster: away, or filling in. Refuses days that have passed, roles that do not sit there, whoever is not
    /// here any more, and filling in for a role that opens misconduct: that is given, with somebody vouching, not rostered.
    func roster(
        _ role: String, _ person: Person.ID, at place: Place.ID, on day: Day, present: Bool, reason: String
    ) throws {
        guard day >= act.hall.zone.day(of: act.now) else {
            throw FormProblems(fields: [("day", Text("过去的当班表不能改。", "The roster of a day that has passed stays as it was."))])
        }
        try naming(day).check(role, at: place, by: act.act.actor)
        if present {
            guard try act.act.one("select 1 as one from person where person = \(person) and active = 1") != nil else {
                throw FormProblems(fields: [("login", Text("没有这个人，或已经停用。", "There is no such person, or they are inactive."))])
            }
            let holds = try act.act.one("select 1 as one from role_holder where place = \(place) and role = \(role) and person = \(person) and from_day <= \(day) and until_day >= \(day) limit 1") != nil
            if try !holds && naming(day).opensMisconduct(role), case .person = act.act.actor {
                throw FormProblems(fields: [("role", Text("这个岗位能看到违纪举报，不能临时顶岗；请在人员页面授予。", "This role opens misconduct reports: nobody fills in for it. Give it on the person's page."))])
            }
        }
        let line = RosterLine(
            place: place, day: day, role: role, person: person, present: present, reason: reason, by: act.by, at: act.now)
        try act.keep(
            Change(
                line,
                Event(
                    kind: "roster.changed", about: "person:\(person)", at: act.now,
                    fields: ["role": role, "day": day.description, "present": present ? "yes" : "no"])),
            at: place)
    }

    /// Trained in a topic until a day (5.5-4); nobody grants it to themselves.
    func qualify(_ person: Person.ID, in topic: String, at place: Place.ID, granted: Day, until: Day) throws {
        if act.by == person {
            throw Refusal.notAllowed(Text("不能给自己登记培训。", "Nobody records their own training."))
        }
        let row = Qualification(
            place: place, person: person, topic: topic, granted: granted, until: until, by: act.by, at: act.now)
        try act.keep(
            Change(
                row,
                Event(kind: "qualification.granted", about: "person:\(person)", at: act.now, fields: ["topic": topic])),
            at: place)
    }

    /// A new password or PIN; the ledger says that it changed, not to what. A new password ends every session of theirs but the
    /// one it was set in: whoever knew the old one is out.
    func keep(_ secrets: Secrets, of person: Person.ID, in session: String = "") throws {
        guard let row = try act.act.one("select place from person where person = \(person)") else { throw Refusal.notFound }
        try act.enter(Event(kind: "secret.changed", about: "person:\(person)", at: act.now), at: try row.text("place"))
        let old = try act.act.one("select password, pin from credential where person = \(person)")
        let password = try secrets.password ?? old?.text("password") ?? ""
        let pin = try secrets.pin ?? old?.text("pin") ?? ""
        try act.act.run(
            """
            insert into credential (person, password, pin, failures, locked_until) values (\(person), \(password), \(pin), 0, 0)
            on conflict (person) do update set password = excluded.password, pin = excluded.pin, failures = 0, locked_until = 0
            """)
        guard secrets.password != nil else { return }
        try act.act.run("update session set revoked = \(act.now) where person = \(person) and revoked is null and id <> \(session)")
    }

    /// Made inactive: sign-in ends, what they did stays under their name.
    func deactivate(_ id: Person.ID) throws {
        guard let row = try act.act.one("select * from person where person = \(id)") else { throw Refusal.notFound }
        var person = try Person(row: row)
        person.active = false
        try act.keep(
            Change(person, Event(kind: "person.deactivated", about: "person:\(id)", at: act.now)), at: person.place)
        _ = try act.act.run("update session set revoked = \(act.now) where person = \(id) and revoked is null")
    }
}
