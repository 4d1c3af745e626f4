import Regulation
import Store
import WorkCalendar

/// One person: their roles and since when, what they are trained in and until when, a new password, made inactive.
struct PersonRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] { [Entry("GET", Site.person, .may("people"), show), Entry("POST", Site.person, .may("people"), change)] }

    /// Somebody who belongs to, or fills a role at, a place the permission reaches; else not there.
    private func find(_ desk: Desk) async throws -> (Person, name: String) {
        let id = desk.visit[0]
        let reach = desk.viewer.places("people", in: desk.tree)
        let found = try await hall.store.read { tx -> (Person, String, [Place.ID])? in
            guard let row = try tx.one("select * from person where person = \(id)") else { return nil }
            let person = try Person(row: row)
            let name = try tx.one("select text from personal where id = \(person.nameID)")?.text("text") ?? ""
            return (person, name, try tx.rows("select distinct place from role_holder where person = \(id)").map { try $0.text("place") })
        }
        guard let (person, name, places) = found, reach.contains(person.place) || places.contains(where: reach.contains) else { throw Refusal.notFound }
        return (person, name)
    }

    private func show(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(try await page(desk, problems: []))
    }

    private func page(_ desk: Desk, problems: [(field: String, sentence: Text)]) async throws -> PersonPage {
        let (person, name) = try await find(desk)
        let (w, pack, id, today) = (desk.w, desk.pack.pack, person.id, desk.today)
        let reach = desk.viewer.places("people", in: desk.tree)
        let isAble = desk.viewer.may("misconduct")
        let (isOurs, vouchers, mail, roles, trained) = try await hall.store.read { [hall] tx in
            let naming = Naming(tx: tx, hall: hall, day: today)
            let isAsked = try !isAble && (problems.contains { $0.field == "voucher" } || naming.opensMisconduct(person: id))
            return (
                try naming.isWithin(reach, person), isAsked ? try naming.vouchers() : [], try PersonMail.address(of: id, tx),
                try tx.rows("select * from role_holder where person = \(id) order by until_day desc, place, role").map(RoleHolder.init(row:)),
                try tx.rows("select * from qualification where person = \(id) order by until_day desc, topic").map(Qualification.init(row:))
            )
        }
        func until(_ day: Day) -> String { day == RoleHolder.openEnd ? w("person.open-end") : day.description }
        return PersonPage(
            title: name, sub: person.login + " · " + (desk.tree[person.place].map { w($0.name) } ?? ""), person: id, isActive: person.active,
            isOurs: isOurs, vouchers: vouchers,
            roles: roles.map { role in
                PersonPage.Role(
                    name: desk.roleName(role.role), place: desk.tree[role.place].map { w($0.name) } ?? "", from: role.from.description, until: until(role.until),
                    end: role.until >= today && reach.contains(role.place) ? "\(role.place)/\(role.role)" : "")
            },
            trained: trained.map { PersonPage.Training(topic: pack.topic($0.topic).map { w($0.name) } ?? $0.topic, from: $0.granted.description, until: until($0.until), isOver: $0.until < today) },
            places: desk.tree.places.filter { reach.contains($0.id) && $0.ended == nil }.map { FormView.Option(id: $0.id, name: w($0.name)) },
            allRoles: pack.roles.filter { role in desk.tree.places.contains { reach.contains($0.id) && $0.ended == nil && $0.seats(role.sits) } }.map { FormView.Option(id: $0.id, name: w($0.name)) }, topics: pack.topics.map { FormView.Option(id: $0.id, name: w($0.name)) },
            today: today.description, mail: problems.contains { $0.field == "mail" } ? desk.visit.form["mail"] : mail, hidden: desk.hidden, asked: desk.visit.form["do"],
            problems: Dictionary(problems.map { ($0.field, w($0.sentence)) }, uniquingKeysWith: { first, _ in first }))
    }

    private func change(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (person, _) = try await find(desk)
        let (form, today, id, link) = (visit.form, desk.today, person.id, Site.person.link(person.id))
        do {
            let voucher = try await Naming.voucher(form, hall, at: visit.now)
            let (actor, reach) = (desk.actor, desk.viewer.places("people", in: desk.tree))
            /// Within the act: a role given meanwhile counts.
            let demand: @Sendable (HallAct) throws -> Void = { try Naming(tx: $0.act, hall: $0.hall, day: today).demandSignIn(of: person, reach: reach, voucher: voucher, by: actor) }
            switch form["do"] {
            case "give":
                let (place, role) = (try desk.place(form["place"], "people").id, form["role"])
                try await act(desk, link) { try PersonActs(act: $0).give(role, to: id, at: place, from: today, voucher: voucher) }
            case "end":
                let parts = form["which"].split(separator: "/").map(String.init)
                guard parts.count == 2 else { throw Submitted.broken }
                let place = try desk.place(parts[0], "people").id
                try await act(desk, link) { try PersonActs(act: $0).take(parts[1], from: id, at: place, after: today, voucher: voucher) }
            case "qualify":
                guard let topic = desk.pack.pack.topic(form["topic"]) else {
                    throw FormProblems(fields: [("topic", Text("请选培训内容。", "Choose what the training was in."))])
                }
                guard let day = Day(form["day"]), day <= today else {
                    throw FormProblems(fields: [("day", Text("培训日期不能晚于今天。", "The day of the training cannot be after today."))])
                }
                let until = topic.lastDay(trainedOn: day) ?? RoleHolder.openEnd
                try await act(desk, link) { try PersonActs(act: $0).qualify(id, in: topic.id, at: person.place, granted: day, until: until) }
            case "secret":
                let secrets = try await Sessions(hall: hall).secrets(password: form["password"])
                try await act(desk, link) {
                    try demand($0)
                    try PersonActs(act: $0).keep(secrets, of: id)
                }
            case "mail":
                let mail = form["mail"]
                try await act(desk, link) {
                    try demand($0)
                    try PersonMail.set(mail, of: person, $0)
                }
            case "deactivate":
                guard id != desk.viewer.person.id else { throw Refusal.notAllowed(Text("不能停用自己。", "Nobody makes themselves inactive.")) }
                try await act(desk, link) {
                    try demand($0)
                    try PersonActs(act: $0).deactivate(id)
                }
            default: throw Submitted.broken
            }
            return desk.done(link, desk.w("person.saved"))
        } catch let problems as FormProblems {
            return try await desk.page(try await page(desk, problems: problems.fields), status: 422)
        }
    }

    private func act(_ desk: Desk, _ link: String, _ body: @escaping @Sendable (HallAct) throws -> Void) async throws {
        try await hall.act(by: desk.actor, at: desk.visit.now, key: desk.key) { act in
            act.act.answer = link
            try body(act)
        }
    }
}

struct PersonPage: Page {
    struct Training: Sendable {
        var topic: String
        var from: String
        var until: String
        var isOver = false
    }
    struct Role: Sendable {
        var name: String
        var place: String
        var from: String
        var until: String
        /// `place/role`, or "" where it has ended or is not theirs to end.
        var end: String
    }
    var title: String
    var sub: String
    var person: String
    var isActive: Bool
    /// Whether password, mail and account may be changed here.
    var isOurs = true
    /// Who vouches where misconduct is opened to somebody; empty where nobody has to.
    var vouchers: [FormView.Option] = []
    var roles: [Role]
    var trained: [Training]
    var places: [FormView.Option]
    var allRoles: [FormView.Option]
    var topics: [FormView.Option]
    var today: String
    var mail: String
    var hidden: HTML
    /// What was asked for when the problems came up.
    var asked = ""
    var problems: [String: String]

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.people.link())">‹ \(w("nav.people"))</a></p>
        <h1>\(title)</h1><p class="sub">\(sub)\(isActive ? "" : " · " + w("person.inactive"))</p>
        <section><h2>\(w("people.role"))</h2><form method="post" action="\(link)">\(hidden)<input type="hidden" name="do" value="end">
        <div class="scroll" tabindex="0"><table class="list"><tbody>\(roles, { role in "<tr><td>\(role.name)<div class=\"sub\">\(role.place) <span class=\"nowrap\">· \(role.from) –</span> <span class=\"nowrap\">\(role.until)</span></div></td><td class=\"right nowrap\">\(role.end.isEmpty ? nil : "<button class=\"quiet\" name=\"which\" value=\"\(role.end)\">\(w("person.end-role"))</button>" as HTML)</td></tr>" as HTML })</tbody></table></div>\(roles.contains { !$0.end.isEmpty } ? vouching("end", w) : nil)</form>
        \(form("give", w("person.give"), "\(choice("place", w("fact.place"), places))\(choice("role", w("people.role"), allRoles))\(vouching("give", w))"))</section>
        <section><h2>\(w("person.trained"))</h2>\(trained.isEmpty ? nil : "<table class=\"list\"><tbody>\(trained, { "<tr><td>\($0.topic)</td><td><span class=\"nowrap\">\($0.from) –</span> <span class=\"nowrap\">\($0.until)</span></td><td>\($0.isOver ? w("person.run-out") : "")</td></tr>" as HTML })</tbody></table>" as HTML)\(trained.isEmpty ? "<p class=\"empty\">\(w("person.untrained"))</p>" as HTML : nil)
        \(form("qualify", w("person.qualify"), "\(choice("topic", w("person.topic"), topics))\(input("day", w("person.day"), type: "date", today))"))</section>
        \(isOurs ? account(w) : "<p class=\"note\">\(w("person.not-ours"))</p>")
        """
    }

    private func account(_ w: Words) -> HTML {
        """
            <section><h2>\(w("person.mail"))</h2>\(form("mail", w("person.mail-keep"), "\(input("mail", w("person.mail-address"), type: "email", mail, isOptional: true))\(vouching("mail", w))"))</section>
            <section><h2>\(w("sign-in.password"))</h2>\(form("secret", w("person.secret"), "<p class=\"note\">\(w("person.secret-note"))</p>\(input("password", w("person.password"), type: "password", ""))\(vouching("secret", w))"))
            \(isActive ? form("deactivate", w("person.deactivate"), "<p class=\"note\">\(w("person.deactivate-note"))</p>\(vouching("deactivate", w))") : nil)</section>
            """
    }

    private func vouching(_ what: String, _ w: Words) -> HTML { Naming.fields(vouchers, what == asked ? problems["voucher"] : nil, w) }

    private var link: String { Site.person.link(person) }

    private func form(_ what: String, _ button: String, _ inside: HTML) -> HTML {
        "<form method=\"post\" action=\"\(link)\" class=\"card\">\(hidden)<input type=\"hidden\" name=\"do\" value=\"\(what)\">\(inside)<div class=\"actions\"><button>\(button)</button></div></form>"
    }

    private func choice(_ name: String, _ label: String, _ options: [FormView.Option]) -> HTML {
        "<div class=\"field\"><label for=\"\(name)\">\(label)</label>\(problem(name))<select id=\"\(name)\" name=\"\(name)\">\(options, { "<option value=\"\($0.id)\">\($0.name)</option>" })</select></div>"
    }

    private func input(_ name: String, _ label: String, type: String, _ value: String, isOptional: Bool = false) -> HTML {
        "<div class=\"field\"><label for=\"\(name)\">\(label)</label>\(problem(name))<input id=\"\(name)\" name=\"\(name)\" type=\"\(type)\" value=\"\(value)\" autocomplete=\"off\" \(when: !isOptional, "required")></div>"
    }

    private func problem(_ name: String) -> HTML {
        problems[name].map { "<p class=\"problem\" role=\"alert\">\($0)</p>" } ?? ""
    }

    static func samples(_ w: Words) -> [PersonPage] {
        [
            PersonPage(
                title: "王敏", sub: "guide-chengnan · 城南营业厅", person: "x", isActive: true, vouchers: [FormView.Option(id: "s", name: "高明")],
                roles: [Role(name: "引导员", place: "城南营业厅", from: "2026-01-01", until: w("person.open-end"), end: "p/guide")],
                trained: [Training(topic: "终端", from: "2026-01-05", until: "2027-01-04")], places: [FormView.Option(id: "p", name: "城南营业厅")],
                allRoles: [FormView.Option(id: "guide", name: "引导员")], topics: [FormView.Option(id: "pos", name: "终端")], today: "2026-11-23", mail: "min.wang@example.cn", hidden: "", problems: [:])
        ]
    }
}
