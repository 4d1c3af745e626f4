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
            roles: desk.pack.pack.roles.filter { role in places.contains { $0.seats(role.sits) } }.map { FormView.Option(id: $0.id, name: desk.w($0.name)) },
            vouchers: problems.contains { $0.field == "voucher" } ? try await hall.store.read { [hall] tx in try Naming(tx: tx, hall: hall, day: day).vouchers() } : [],
            hidden: desk.hidden, typed: typed,
            problems: Dictionary(problems.map { ($0.field, desk.w($0.sentence)) }, uniquingKeysWith: { first, _ in first }))
    }

    private func takeOn(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let form = visit.form
        let (name, login, role, day) = (form["name"], form["login"], form["role"], desk.today)
        do {
            let place = try desk.place(form["place"], "people").id
            let voucher = try await Naming.voucher(form, hall, at: visit.now)
            let secrets = try await Sessions(hall: hall).secrets(password: form["password"])
            try await hall.act(by: desk.actor, at: visit.now) { act in
                let person = try PersonActs(act: act).takeOn(name: name, login: login, at: place)
                try PersonActs(act: act).give(role, to: person.id, at: place, from: day, voucher: voucher)
                try PersonActs(act: act).keep(secrets, of: person.id)
            }
            return desk.done(Site.people.link(), desk.w("people.saved", ["name": name]))
        } catch let problems as FormProblems {
            return try await desk.page(try await page(desk, typed: form.answers, problems: problems.fields), status: 422)
        }
    }

    private func roster(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let place = try desk.place(visit[0], "roster")
        return try await desk.page(try await rosterPage(desk, place, visit.request.query["day"].flatMap { Day($0) } ?? desk.today, problems: []))
    }

    private func rosterPage(_ desk: Desk, _ place: Place, _ day: Day, problems: [(field: String, sentence: Text)]) async throws -> RosterPage {
        let (id, roles, w) = (place.id, desk.pack.pack.roles.filter { place.seats($0.sits) }, desk.w)
        let (lines, own) = try await hall.store.read { tx -> ([RosterPage.Line], [FormView.Option]) in
            let lines = try roles.map { role -> RosterPage.Line in
                let present = try Roster(tx: tx).people(role.id, at: id, on: day)
                let standing = Set(
                    try tx.rows(
                        "select person from role_holder where place = \(id) and role = \(role.id) and from_day <= \(day) and until_day >= \(day)"
                    ).map { try $0.text("person") })
                let names = try standing.union(present).sorted().map { person -> RosterPage.Name in
                    RosterPage.Name(person: person, name: try Person.name(person, tx) ?? person, isPresent: present.contains(person), fillsIn: !standing.contains(person))
                }
                return RosterPage.Line(
                    role: role.id, name: w(role.name), people: names, isUnfilled: present.isEmpty && !role.isOptional, mayFillIn: !role.may.contains("misconduct"))
            }
            return (lines, try Roster(tx: tx).colleagues(at: [id], on: day))
        }
        let (link, today) = (Site.roster.link(id), desk.today)
        return RosterPage(
            title: w("nav.roster"), sub: w(place.name) + " · " + desk.times.day(day), place: id, day: day.description, lines: lines, own: own, isPast: day < today, hidden: desk.hidden,
            before: link + "?day=\(day.adding(days: -1))", after: link + "?day=\(day.adding(days: 1))", today: day == today ? "" : link,
            typed: desk.visit.form.answers, problem: problems.map { w($0.sentence) }.joined(separator: " "))
    }

    /// Somebody away, back, or filling in: one of the place's own, or by sign-in name somebody from elsewhere.
    private func change(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let place = try desk.place(visit[0], "roster")
        guard let day = Day(visit.form["day"]) else { throw Submitted.broken }
        let parts = visit.form["who"].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let (form, id, link) = (visit.form, place.id, Site.roster.link(place.id) + "?day=\(day)")
        do {
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = link
                if parts.count == 3 {
                    try PersonActs(act: act).roster(parts[0], parts[1], at: id, on: day, present: parts[2] == "present", reason: "")
                } else {
                    let login = form["login"]
                    let person = try login.isEmpty ? form["person"] : act.act.one("select person from person where login = \(login)")?.text("person") ?? ""
                    if login.isEmpty && person.isEmpty { throw FormProblems(fields: [("person", Text("请选谁来顶岗。", "Choose who fills in."))]) }
                    try PersonActs(act: act).roster(form["role"], person, at: id, on: day, present: true, reason: "")
                }
                act.act.afterCommit { [hub = act.hall.hub] in hub.publish("board:\(id)") }
            }
            return .redirect(link)
        } catch let problems as FormProblems {
            return try await desk.page(try await rosterPage(desk, place, day, problems: problems.fields), status: 422)
        }
    }

    private func me(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(try await mePage(desk))
    }

    private func mePage(_ desk: Desk, problems: [(field: String, sentence: Text)] = []) async throws -> MePage {
        let (places, day, me) = (desk.viewer.roles.map(\.place), desk.today, desk.viewer.person.id)
        let (colleagues, knows) = try await hall.store.read { tx in
            (try Roster(tx: tx).colleagues(at: places, on: day).filter { $0.id != me }, try Sessions.known(to: me, tx).kind)
        }
        return MePage(
            title: desk.viewer.name, roles: desk.viewer.roles.map { desk.roleName($0.role) + " · " + (desk.tree[$0.place].map { desk.w($0.name) } ?? "") },
            language: desk.viewer.person.language.rawValue, theme: desk.viewer.person.theme, knows: knows, colleagues: colleagues, hidden: desk.hidden,
            problems: Dictionary(problems.map { ($0.field, desk.w($0.sentence)) }, uniquingKeysWith: { first, _ in first }))
    }

    private func keepMe(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let form = visit.form
        do {
            if form["do"] == "secret" { return try await keepSecrets(desk) }
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
            return try await desk.page(try await mePage(desk, problems: problems.fields), status: 422)
        }
    }

    /// One's own password and PIN, by whoever knows the password there is: on a shared PC somebody else may sit down.
    private func keepSecrets(_ desk: Desk) async throws -> Reply {
        let (form, me, now, session) = (desk.visit.form, desk.viewer.person.id, desk.visit.now, desk.visit.session?.id ?? "")
        let (password, pin) = (form["password"], form["pin"])
        guard !password.isEmpty || !pin.isEmpty else { throw FormProblems(fields: [("password", Text("请填新密码或新 PIN。", "Fill in a new password or a new PIN."))]) }
        guard try await Sessions(hall: hall).isThem(form["current"], person: me, at: now) else {
            throw FormProblems(fields: [("current", Text("不对，什么都没有改。", "Not right; nothing was changed."))])
        }
        let secrets = try await Sessions(hall: hall).secrets(password: password.isEmpty ? nil : password, pin: pin.isEmpty ? nil : pin)
        try await hall.act(by: desk.actor, at: now, key: desk.key) { act in
            act.act.answer = Site.me.link()
            try PersonActs(act: act).keep(secrets, of: me, in: session)
        }
        return desk.done(Site.me.link(), desk.w(password.isEmpty ? "me.pin-saved" : "me.password-saved"))
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
    /// Who may vouch for somebody who is to see misconduct; empty where nobody has to.
    var vouchers: [FormView.Option] = []
    var hidden: HTML
    var typed: [String: String]
    var problems: [String: String]

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1>
        <details class="card" \(when: !problems.isEmpty, "open")><summary>\(w("people.add"))</summary><form method="post" action="\(Site.people.link())">\(hidden)
        \(field("name", w("people.name"), w))\(field("login", w("sign-in.login"), w))\(field("password", w("sign-in.password"), w, type: "password"))
        <div class="field"><label for="place">\(w("fact.place"))</label><select id="place" name="place">\(places, { "<option value=\"\($0.id)\" \(when: $0.id == typed["place"], "selected")>\($0.name)</option>" })</select></div>
        <div class="field"><label for="role">\(w("people.role"))</label>\(problems["role"].map { "<p class=\"problem\" role=\"alert\">\($0)</p>" as HTML })<select id="role" name="role">\(roles, { "<option value=\"\($0.id)\" \(when: $0.id == typed["role"], "selected")>\($0.name)</option>" })</select></div>
        \(Naming.fields(vouchers, problems["voucher"], w))<div class="actions"><button class="primary">\(w("people.add"))</button></div></form></details>
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
        /// Not by a standing role: for this day alone.
        var fillsIn = false
    }
    struct Line: Sendable {
        var role: String
        var name: String
        var people: [Name]
        var isUnfilled: Bool
        var mayFillIn = true
    }
    var title: String
    var sub: String
    var place: String
    var day: String
    var lines: [Line]
    /// Who holds a role at the place, to fill in for another.
    var own: [FormView.Option]
    var isPast: Bool
    var hidden: HTML
    var before: String
    var after: String
    /// Back to today, or "" when this is today.
    var today: String
    var typed: [String: String] = [:]
    var problem = ""

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1><p class="sub">\(sub)</p><p class="actions"><a class="button quiet" href="\(before)" aria-label="\(w("roster.before"))">‹</a> <a class="button quiet" href="\(after)" aria-label="\(w("roster.after"))">›</a>\(today.isEmpty ? nil : " <a class=\"button quiet\" href=\"\(today)\">\(w("nav.today"))</a>" as HTML)</p>
        \(problem.isEmpty ? nil : "<p class=\"problem\" role=\"alert\">\(problem)</p>" as HTML)\(isPast ? "<p class=\"note\">\(w("roster.past"))</p>" as HTML : nil)
        <table class="list roster"><tbody>\(lines, { line($0, w) })</tbody></table>
        """
    }

    private func line(_ line: Line, _ w: Words) -> HTML {
        """
        <tr class="\(when: line.isUnfilled, "late")"><th scope="row">\(line.name)\(line.isUnfilled ? "<p class=\"late-text\">\(w("fact.unfilled"))</p>" as HTML : nil)</th>
        <td><form method="post" action="\(Site.roster.link(place))">\(hidden)<input type="hidden" name="day" value="\(day)"><ul class="plain">\(line.people, { person($0, line.role, w) })</ul></form>
        \(isPast || !line.mayFillIn ? nil : fillIn(line, w))</td></tr>
        """
    }

    private func person(_ name: Name, _ role: String, _ w: Words) -> HTML {
        let mark: HTML? = !name.isPresent ? " <span class=\"chip\">\(w("roster.away"))</span>" : name.fillsIn ? " <span class=\"chip\">\(w("roster.fills-in"))</span>" : nil
        let button: HTML? = isPast ? nil : "<button class=\"quiet\" name=\"who\" value=\"\(role)/\(name.person)/\(name.isPresent ? "away" : "present")\" aria-label=\"\(name.name): \(w(name.isPresent ? "roster.mark-away" : "roster.mark-present"))\">\(w(name.isPresent ? "roster.mark-away" : "roster.mark-present"))</button>"
        return "<li><span>\(name.name)\(mark)</span>\(button)</li>"
    }

    private func fillIn(_ line: Line, _ w: Words) -> HTML {
        let here = Set(line.people.map(\.person))
        let others = own.filter { !here.contains($0.id) }
        let isTyped = typed["role"] == line.role
        return """
            <details \(when: isTyped || line.isUnfilled, "open")><summary>\(w("roster.fill-in"))</summary><form method="post" action="\(Site.roster.link(place))">\(hidden)<input type="hidden" name="day" value="\(day)"><input type="hidden" name="role" value="\(line.role)">
            \(others.isEmpty ? nil : "<div class=\"field\"><select name=\"person\" aria-label=\"\(w("roster.fill-in")): \(line.name)\"><option value=\"\">\(w("roster.choose"))</option>\(others, { "<option value=\"\($0.id)\" \(when: isTyped && typed["person"] == $0.id, "selected")>\($0.name)</option>" })</select></div>" as HTML)
            <div class="field"><label for="login-\(line.role)">\(w("roster.from-elsewhere"))</label><input id="login-\(line.role)" name="login" autocomplete="off" autocapitalize="none" value="\(isTyped ? typed["login"] ?? "" : "")"></div><div class="actions"><button>\(w("roster.keep"))</button></div></form></details>
            """
    }

    static func samples(_ w: Words) -> [RosterPage] {
        [
            RosterPage(
                title: w("nav.roster"), sub: "城南", place: "x", day: "2026-11-23",
                lines: [
                    Line(role: "guide", name: "引导员", people: [Name(person: "p", name: "王敏", isPresent: true), Name(person: "q", name: "李强", isPresent: true, fillsIn: true)], isUnfilled: false),
                    Line(role: "guard", name: "保安", people: [Name(person: "r", name: "赵磊", isPresent: false)], isUnfilled: true),
                ],
                own: [FormView.Option(id: "p", name: "王敏")], isPast: false, hidden: "", before: "#", after: "#", today: "#", problem: "没有这个人，或已经停用。")
        ]
    }
}

struct MePage: Page {
    var title: String
    var roles: [String]
    var language: String
    var theme: String
    /// What is asked before a new password or PIN is set.
    var knows: Sessions.Known = .password
    var colleagues: [FormView.Option]
    var hidden: HTML
    var problems: [String: String] = [:]

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1><p class="sub">\(roles.joined(separator: "；"))</p>
        <form method="post" action="\(Site.me.link())" class="card">\(hidden)
        <div class="field"><label for="language">\(w("me.language"))</label><select id="language" name="language">\([("zh-CN", "中文"), ("en", "English")], { "<option value=\"\($0.0)\" \(when: $0.0 == language, "selected")>\($0.1)</option>" })</select></div>
        <div class="field"><label for="theme">\(w("me.theme"))</label><select id="theme" name="theme">\(["auto", "light", "dark"], { "<option value=\"\($0)\" \(when: $0 == theme, "selected")>\(w("me.theme-" + $0))</option>" })</select></div>
        <div class="actions"><button class="primary">\(w("me.save"))</button></div></form>
        \(colleagues.isEmpty ? nil : switching(w))
        <form method="post" action="\(Site.me.link())" class="card">\(hidden)<input type="hidden" name="do" value="secret"><h2>\(w("me.secrets"))</h2><p class="note">\(w("me.secrets-note"))</p>
        \(secret("pin", w("me.pin"), "new-password", isNumber: true))\(secret("password", w("me.password"), "new-password"))
        \(knows == .nothing ? nil : secret("current", w("me.current-" + knows.rawValue), "current-password", isNumber: knows == .pin))
        <div class="actions"><button>\(w("me.save"))</button></div></form>
        <form method="post" action="\(Site.signOut.link())">\(hidden)<div class="actions"><button>\(w("me.sign-out"))</button></div></form>
        """
    }

    private func secret(_ name: String, _ label: String, _ autocomplete: String, isNumber: Bool = false) -> HTML {
        """
        <div class="field"><label for="\(name)">\(label)</label>\(problems[name].map { "<p class=\"problem\" role=\"alert\">\($0)</p>" as HTML })<input id="\(name)" name="\(name)" type="password" \(when: isNumber, "inputmode=\"numeric\"") autocomplete="\(autocomplete)"></div>
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
        [MePage(title: "王敏", roles: ["引导员 · 城南营业厅"], language: "zh-CN", theme: "auto", colleagues: [], hidden: "", problems: ["current": "不对，什么都没有改。"])]
    }
}
