import Regulation
import Store
import WorkCalendar

/// People and their roles, today's roster, and one's own settings.
struct PeopleRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.people, .may("people"), list), Entry("POST", Site.people, .may("people"), takeOn),
            Entry("GET", Site.roster, .may("roster"), roster), Entry("POST", Site.roster, .may("roster"), change),
            Entry("GET", Site.me, .signedIn, me), Entry("POST", Site.me, .signedIn, keepMe),
        ]
    }

    private func list(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(try await page(desk, typed: [:], problems: []))
    }

    private func page(_ desk: Desk, typed: [String: String], problems: [(field: String, sentence: Text)]) async throws -> PeoplePage {
        let reach = Array(desk.viewer.places("people", in: desk.tree)).sorted()
        let day = desk.today
        let rows = try await hall.store.read { tx in
            try tx.rows(
                """
                select person.person as id, personal.text as name, person.login as login, role_holder.role as role, role_holder.place as place
                from role_holder join person on person.person = role_holder.person join personal on personal.id = person.name
                where role_holder.place in \(list: reach) and from_day <= \(day) and until_day >= \(day) and person.active = 1
                order by role_holder.place, role, login limit 2000
                """
            ).map { (try $0.text("name"), try $0.text("login"), try $0.text("role"), try $0.text("place"), try $0.text("id")) }
        }
        let places = desk.tree.places.filter { reach.contains($0.id) && $0.ended == nil }
        return PeoplePage(
            title: desk.w("nav.people"), lines: rows.map { PeoplePage.Line(name: $0.0, link: Site.person.link($0.4), more: [$0.1, desk.roleName($0.2), desk.tree[$0.3].map { desk.w($0.name) } ?? ""]) },
            places: places.map { FormView.Option(id: $0.id, name: desk.w($0.name)) },
            roles: desk.pack.pack.roles.map { FormView.Option(id: $0.id, name: desk.w($0.name)) }, hidden: desk.hidden, typed: typed,
            problems: Dictionary(problems.map { ($0.field, desk.w($0.sentence)) }, uniquingKeysWith: { first, _ in first }))
    }

    private func takeOn(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let form = visit.form
        let (name, login, role, day) = (form["name"], form["login"], form["role"], desk.today)
        do {
            let place = try desk.place(form["place"], "people").id
            if form["password"].count < 8 {
                throw FormProblems(fields: [("password", Text("密码至少 8 个字符。", "A password has at least 8 characters."))])
            }
            let person = try await hall.act(by: desk.actor, at: visit.now) { act in
                let person = try PersonActs(act: act).takeOn(name: name, login: login, at: place)
                try PersonActs(act: act).give(role, to: person.id, at: place, from: day)
                return person.id
            }
            try await Sessions(hall: hall).setSecrets(of: person, password: form["password"], pin: nil, by: desk.actor, at: visit.now)
            return desk.done(Site.people.link(), desk.w("people.saved", ["name": name]))
        } catch let problems as FormProblems {
            return try await desk.page(try await page(desk, typed: form.answers, problems: problems.fields), status: 422)
        }
    }

    private func roster(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let place = try desk.place(visit[0], "roster")
        let day = visit.request.query["day"].flatMap { Day($0) } ?? desk.today
        let (id, roles) = (place.id, desk.pack.pack.roles.filter { $0.sits == place.kind || $0.sits == place.boundKind })
        let lines = try await hall.store.read { tx -> [RosterPage.Line] in
            try roles.map { role in
                let present = try Roster(tx: tx).people(role.id, at: id, on: day)
                let standing = try tx.rows(
                    "select person from role_holder where place = \(id) and role = \(role.id) and from_day <= \(day) and until_day >= \(day)"
                ).map { try $0.text("person") }
                let names = try Set(present + standing).sorted().map { person -> RosterPage.Name in
                    let name = try Person.name(person, tx) ?? person
                    return RosterPage.Name(person: person, name: name, isPresent: present.contains(person))
                }
                return RosterPage.Line(role: role.id, name: desk.w(role.name), people: names, isUnfilled: present.isEmpty && !role.isOptional)
            }
        }
        return try await desk.page(
            RosterPage(
                title: desk.w("nav.roster"), sub: desk.w(place.name) + " · " + desk.times.day(day), place: id, day: day.description, lines: lines, hidden: desk.hidden,
                before: Site.roster.link(id) + "?day=\(day.adding(days: -1))", after: Site.roster.link(id) + "?day=\(day.adding(days: 1))"))
    }

    private func change(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let place = try desk.place(visit[0], "roster").id
        guard let day = Day(visit.form["day"]) else { throw Submitted.broken }
        let parts = visit.form["who"].split(separator: "/").map(String.init)
        guard parts.count == 3 else { throw Submitted.broken }
        let present = parts[2] == "present"
        try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
            act.act.answer = Site.roster.link(place)
            try PersonActs(act: act).roster(parts[0], parts[1], at: place, on: day, present: present, reason: "")
            act.act.afterCommit { [hub = act.hall.hub] in hub.publish("board:\(place)") }
        }
        return .redirect(Site.roster.link(place) + "?day=\(day)")
    }

    private func me(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(try await mePage(desk, problem: ""))
    }

    private func mePage(_ desk: Desk, problem: String) async throws -> MePage {
        let (places, day, me) = (desk.viewer.roles.map(\.place), desk.today, desk.viewer.person.id)
        let colleagues = try await hall.store.read { tx in
            try tx.rows(
                """
                select distinct person.person as id, personal.text as name from role_holder join person on person.person = role_holder.person and person.active = 1
                join personal on personal.id = person.name where role_holder.place in \(list: places) and from_day <= \(day) and until_day >= \(day) and person.person <> \(me) order by name
                """
            ).map { FormView.Option(id: try $0.text("id"), name: try $0.text("name")) }
        }
        return MePage(
            title: desk.viewer.name, roles: desk.viewer.roles.map { desk.roleName($0.role) + " · " + (desk.tree[$0.place].map { desk.w($0.name) } ?? "") },
            language: desk.viewer.person.language.rawValue, theme: desk.viewer.person.theme, colleagues: colleagues, hidden: desk.hidden, problem: problem)
    }

    private func keepMe(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let form = visit.form
        do {
            if !form["pin"].isEmpty || !form["password"].isEmpty {
                try await Sessions(hall: hall).setSecrets(
                    of: desk.viewer.person.id, password: form["password"].isEmpty ? nil : form["password"], pin: form["pin"].isEmpty ? nil : form["pin"],
                    by: desk.actor, at: visit.now)
            }
            var person = desk.viewer.person
            if let language = Language(rawValue: form["language"]) { person.language = language }
            if ["auto", "light", "dark"].contains(form["theme"]) { person.theme = form["theme"] }
            if person != desk.viewer.person {
                let next = person
                try await hall.act(by: desk.actor, at: visit.now) { act in
                    try act.keep(Change(next, Event(kind: "person.set", about: "person:\(next.id)", at: act.now)), at: next.place)
                }
            }
            return desk.done(Site.me.link(), Words.of(person.language)("me.saved"))
        } catch let problems as FormProblems {
            return try await desk.page(try await mePage(desk, problem: problems.fields.map { desk.w($0.sentence) }.joined(separator: " ")), status: 422)
        }
    }
}

struct PeoplePage: Page {
    struct Line: Sendable {
        var name: String
        var link: String
        var more: [String]
    }
    var title: String
    var lines: [Line]
    var places: [FormView.Option]
    var roles: [FormView.Option]
    var hidden: HTML
    var typed: [String: String]
    var problems: [String: String]

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1>
        <details class="card" \(when: !problems.isEmpty, "open")><summary>\(w("people.add"))</summary><form method="post" action="\(Site.people.link())">\(hidden)
        \(field("name", w("people.name"), w))\(field("login", w("sign-in.login"), w))\(field("password", w("sign-in.password"), w, type: "password"))
        <div class="field"><label for="place">\(w("fact.place"))</label><select id="place" name="place">\(places, { "<option value=\"\($0.id)\" \(when: $0.id == typed["place"], "selected")>\($0.name)</option>" })</select></div>
        <div class="field"><label for="role">\(w("people.role"))</label><select id="role" name="role">\(roles, { "<option value=\"\($0.id)\" \(when: $0.id == typed["role"], "selected")>\($0.name)</option>" })</select></div>
        <div class="actions"><button class="primary">\(w("people.add"))</button></div></form></details>
        <div class="scroll" tabindex="0"><table class="list"><thead><tr><th>\(w("people.name"))</th><th>\(w("sign-in.login"))</th><th>\(w("people.role"))</th><th>\(w("fact.place"))</th></tr></thead><tbody>\(lines, { line in "<tr><td><a href=\"\(line.link)\">\(line.name)</a></td>\(line.more, { "<td>\($0)</td>" as HTML })</tr>" as HTML })</tbody></table></div>
        """
    }

    private func field(_ name: String, _ label: String, _ w: Words, type: String = "text") -> HTML {
        """
        <div class="field"><label for="\(name)">\(label)</label>\(problems[name].map { "<p class=\"problem\" role=\"alert\">\($0)</p>" as HTML })<input id="\(name)" name="\(name)" type="\(type)" value="\(type == "password" ? "" : typed[name] ?? "")" autocomplete="off" required></div>
        """
    }

    static func samples(_ w: Words) -> [PeoplePage] {
        [PeoplePage(title: w("nav.people"), lines: [Line(name: "王敏", link: "#", more: ["guide-chengnan", "引导员", "城南营业厅"])], places: [], roles: [], hidden: "", typed: [:], problems: ["login": "这个登录名已经有人用了。"])]
    }
}

struct RosterPage: Page {
    struct Name: Sendable {
        var person: String
        var name: String
        var isPresent: Bool
    }
    struct Line: Sendable {
        var role: String
        var name: String
        var people: [Name]
        var isUnfilled: Bool
    }
    var title: String
    var sub: String
    var place: String
    var day: String
    var lines: [Line]
    var hidden: HTML
    var before: String
    var after: String

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1><p class="sub">\(sub)</p><p class="actions"><a class="button quiet" href="\(before)">‹</a> <a class="button quiet" href="\(after)">›</a></p>
        <form method="post" action="\(Site.roster.link(place))">\(hidden)<input type="hidden" name="day" value="\(day)">
        <table class="list"><tbody>\(lines, { line in "<tr class=\"\(when: line.isUnfilled, "late")\"><th scope=\"row\">\(line.name)</th><td>\(line.people, { name in person(name, line.role, w) })\(line.isUnfilled ? w("fact.unfilled") : "")</td></tr>" })</tbody></table></form>
        """
    }

    private func person(_ name: Name, _ role: String, _ w: Words) -> HTML {
        """
        <span class="who">\(name.name) <button class="quiet" name="who" value="\(role)/\(name.person)/\(name.isPresent ? "away" : "present")">\(w(name.isPresent ? "roster.away" : "roster.present"))</button></span>
        """
    }

    static func samples(_ w: Words) -> [RosterPage] {
        [RosterPage(title: w("nav.roster"), sub: "城南", place: "x", day: "2026-11-23", lines: [Line(role: "guide", name: "引导员", people: [Name(person: "p", name: "王敏", isPresent: true)], isUnfilled: false)], hidden: "", before: "#", after: "#")]
    }
}

struct MePage: Page {
    var title: String
    var roles: [String]
    var language: String
    var theme: String
    var colleagues: [FormView.Option]
    var hidden: HTML
    var problem: String

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1><p class="sub">\(roles.joined(separator: "；"))</p>
        \(problem.isEmpty ? nil : "<p class=\"problem\" role=\"alert\">\(problem)</p>" as HTML)
        <form method="post" action="\(Site.me.link())" class="card">\(hidden)
        <div class="field"><label for="language">\(w("me.language"))</label><select id="language" name="language">\([("zh-CN", "中文"), ("en", "English")], { "<option value=\"\($0.0)\" \(when: $0.0 == language, "selected")>\($0.1)</option>" })</select></div>
        <div class="field"><label for="theme">\(w("me.theme"))</label><select id="theme" name="theme">\(["auto", "light", "dark"], { "<option value=\"\($0)\" \(when: $0 == theme, "selected")>\(w("me.theme-" + $0))</option>" })</select></div>
        <div class="field"><label for="pin">\(w("me.pin"))</label><input id="pin" name="pin" type="password" inputmode="numeric" autocomplete="new-password"></div>
        <div class="field"><label for="password">\(w("me.password"))</label><input id="password" name="password" type="password" autocomplete="new-password"></div>
        <div class="actions"><button class="primary">\(w("me.save"))</button></div></form>
        \(colleagues.isEmpty ? nil : switching(w))
        <form method="post" action="\(Site.signOut.link())">\(hidden)<div class="actions"><button>\(w("me.sign-out"))</button></div></form>
        """
    }

    private func switching(_ w: Words) -> HTML {
        """
        <form method="post" action="\(Site.handOverCounter.link())" class="card">\(hidden)<h2>\(w("me.switch"))</h2>
        <div class="field"><label for="person">\(w("me.colleague"))</label><select id="person" name="person">\(colleagues, { "<option value=\"\($0.id)\">\($0.name)</option>" })</select></div>
        <div class="field"><label for="their-pin">PIN</label><input id="their-pin" name="pin" type="password" inputmode="numeric" autocomplete="off"></div>
        <div class="actions"><button>\(w("me.switch"))</button></div></form>
        """
    }

    static func samples(_ w: Words) -> [MePage] {
        [MePage(title: "王敏", roles: ["引导员 · 城南营业厅"], language: "zh-CN", theme: "auto", colleagues: [], hidden: "", problem: "")]
    }
}
