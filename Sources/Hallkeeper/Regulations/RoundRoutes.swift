import Regulation
import Store
import WorkCalendar

/// Making rounds in the browser: points, their order and weights, how often; what a change costs; publishing from a day.
struct RoundRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.roundNew, .may("pack"), blank), Entry("POST", Site.roundNew, .may("pack"), begin),
            Entry("GET", Site.round, .may("pack"), show), Entry("POST", Site.round, .may("pack"), head),
            Entry("POST", Site.roundSchedule, .may("pack"), schedule),
            Entry("GET", Site.roundTable, .may("pack"), table), Entry("POST", Site.roundImport, .may("pack"), take),
            Entry("GET", Site.roundPoint, .may("pack"), point), Entry("POST", Site.roundPoint, .may("pack"), keepPoint),
            Entry("POST", Site.roundPointMove, .may("pack"), move), Entry("POST", Site.roundPointRemove, .may("pack"), remove),
            Entry("POST", Site.roundDiscard, .may("pack"), discard), Entry("POST", Site.roundPublish, .may("pack"), publish),
            Entry("GET", Site.roundAnswers, .may("coverage"), answers),
        ]
    }

    // MARK: the round

    func made(_ desk: Desk) async throws -> RoundInMaking {
        let id = desk.visit[0]
        return try await hall.store.read { [hall] tx in try RoundInMaking(id, hall, tx) }
    }

    private func show(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(try await page(desk))
    }

    func page(_ desk: Desk, problems: [(field: String, sentence: Text)] = [], csv: String = "", from: String = "") async throws -> RoundPage {
        let (w, made) = (desk.w, try await made(desk))
        let (form, newest) = (made.form, made.newest)
        // Nobody reads the whole pack anew for a look at a round that is as it is.
        var mistakes: [Mistake] = []
        var after: Pack? = newest.pack
        if made.draft != nil {
            let read = PackReader.read(try made.files())
            (after, mistakes) = (read.pack, read.mistakes)
        }
        let coming = after ?? newest.pack
        let (costs, isOvertaken) = try await hall.store.read { [hall] tx in
            (
                try RoundCosts(of: form.id, from: newest.pack, to: coming, on: desk.today, hall, tx),
                try made.isOvertaken(hall, tx)
            )
        }
        let old = newest.pack
        let changes = after.map { PackDiff.diff(old, $0).filter { $0.kind != .unchanged && $0.noun != .company } } ?? []
        let errors = mistakes.filter { $0.severity == .error }
        return RoundPage(
            id: form.id, title: w(form.title), zh: form.title.zh, en: form.title.en, isAllWell: form.isAllWell, isDraft: made.draft != nil, isNew: made.before == nil,
            version: old.company.pack + " " + old.company.edition,
            points: form.fields.map { field in
                RoundPage.Point(
                    id: field.id, title: w(field.title), good: field.good.map { w($0) } ?? "", zone: field.zone.map { w($0.name) } ?? "", clause: field.clause ?? "",
                    role: field.role.map(desk.roleName) ?? "", weight: field.weight, isVeto: field.isVeto, severity: field.severity.map { w("severity." + $0) } ?? "",
                    trait: field.binding.trait.flatMap { old.trait($0) }.map { w($0.name) } ?? "", isNew: made.before.map { $0.field(field.id) == nil } ?? true)
            },
            rules: schedules(made, w), costs: cost(costs, desk), pace: w(costs.isMeasured ? "rounds.pace-measured" : "rounds.pace-usual", ["seconds": Self.plain(costs.seconds)]),
            changes: changes.map { [w("packs.change." + $0.kind.rawValue), w("packs.noun." + $0.noun.rawValue), $0.id, w($0.detail)] },
            mistakes: (errors.isEmpty ? [] : errors).prefix(20).map { w($0.sentence) + ($0.hint.map { w("packs.hint", ["hint": $0]) } ?? "") },
            isOvertaken: isOvertaken, from: from.isEmpty ? max(desk.today.adding(days: 1), newest.from).description : from,
            earliest: max(desk.today, newest.from).description, csv: csv, problems: problems.map { ($0.field, w($0.sentence)) }, hidden: desk.hidden)
    }

    private static func plain(_ number: Double) -> String { number == number.rounded() ? String(Int(number)) : String(number) }

    private func schedules(_ made: RoundInMaking, _ w: Words) -> [RoundPage.Schedule] {
        var list = made.rules.map { rule -> RoundPage.Schedule in
            let own = made.draft?.schedule[rule.id] ?? [:]
            var every = ""
            if case .every(let cadence) = rule.occasion { every = RoundWriter.cadence(cadence) }
            return RoundPage.Schedule(
                rule: rule.id, title: w(rule.title), words: RoundCadence.words(of: rule, w), isByCalendar: !every.isEmpty, every: own["every"] ?? every,
                opens: own["opens"] ?? RoundWriter.moment(rule.opens), due: own["due"] ?? RoundWriter.moment(rule.due), lapses: own["lapses"] ?? RoundWriter.moment(rule.lapses))
        }
        for (rule, keys) in made.draft?.schedule ?? [:] where made.newest.pack.rule(rule) == nil {
            let every = keys["every"] ?? ""
            list.append(
                RoundPage.Schedule(
                    rule: rule, title: w(made.form.title), words: w.keys.contains("cadence." + every) ? w("cadence." + every) : every, isByCalendar: true, every: every,
                    opens: keys["opens"] ?? "", due: keys["due"] ?? "", lapses: keys["lapses"] ?? ""))
        }
        return list
    }

    private func cost(_ costs: RoundCosts, _ desk: Desk) -> [RoundPage.Cost] {
        let w = desk.w
        func minutes(_ cost: RoundCost) -> Double { (cost.secondsADay(atSecondsAPoint: costs.seconds) / 6).rounded() / 10 }
        return costs.lines.map { line in
            let (before, after) = (minutes(line.before), minutes(line.after))
            let more = ((after - before) * 10).rounded() / 10
            return RoundPage.Cost(
                places: line.places.prefix(6).map { w($0.name) }.joined(separator: w("list.comma")) + (line.places.count > 6 ? " …" : ""), count: line.places.count,
                points: "\(line.before.pointsOnce) → \(line.after.pointsOnce)", walks: "\(line.before.walks) → \(line.after.walks)",
                minutes: "\(Self.plain(before)) → \(Self.plain(after))", more: more == 0 ? "" : (more > 0 ? "+" : "−") + Self.plain(abs(more)),
                note: line.after.isAlsoOnEvent ? w("rounds.also-on-event") : "")
        }
    }

    /// Runs a change of the draft; what is wrong comes back on the page with what was typed.
    private func change(_ desk: Desk, to link: String, saying sentence: String, _ body: @escaping @Sendable (inout Form, inout [String: [String: String]]) throws -> Void) async throws -> Reply {
        let (id, me) = (desk.visit[0], desk.viewer.person.id)
        do {
            try await hall.act(by: desk.actor, at: desk.visit.now, key: desk.key) { act in
                act.act.answer = link
                try RoundMaking(act: act).change(id, by: me, body)
            }
        } catch let problems as FormProblems {
            return try await desk.page(try await page(desk, problems: problems.fields), status: 422)
        }
        return desk.done(link, desk.w(sentence))
    }

    private func head(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (zh, en, isAllWell) = (visit.form["title"], visit.form["title-en"], visit.form["all-well"] == "yes")
        guard !zh.isEmpty else { return try await desk.page(try await page(desk, problems: [("title", Text("写名称。", "A name is needed."))]), status: 422) }
        return try await change(desk, to: Site.round.link(visit[0]), saying: "rounds.kept") { form, _ in
            form.title = Text(zh, en.isEmpty ? zh : en)
            form.isAllWell = isAllWell
        }
    }

    /// Only what differs from what the page showed is changed, so that a rule's own way of writing stays.
    private func schedule(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let made = try await made(desk)
        let rule = visit.form["rule"]
        guard let shown = schedules(made, desk.w).first(where: { $0.rule == rule }) else { throw Refusal.notFound }
        let known = ["every": shown.every, "opens": shown.opens, "due": shown.due, "lapses": shown.lapses]
        var changed: [String: String] = [:]
        for (key, value) in known where visit.form.fields.contains(where: { $0.0 == key }) && visit.form[key] != value {
            guard visit.form[key].utf8.count <= 60, !visit.form[key].contains(where: { "\"'{}[]#|>&*\n\r".contains($0) }) else {
                return try await desk.page(try await page(desk, problems: [("schedule", Text("“\(visit.form[key])”读不懂，请照旁边的例子写。", "“\(visit.form[key])” cannot be read; write it like the examples."))]), status: 422)
            }
            changed[key] = visit.form[key]
        }
        guard !changed.isEmpty else { return .redirect(Site.round.link(visit[0])) }
        let values = changed
        // Tried before it is kept: a moment that does not read is told here, not when it is published.
        var trial = made
        let company = try await hall.store.read { tx in try tx.one("select place from place where kind = 'company' limit 1")?.text("place") ?? "" }
        var draft = made.draft ?? RoundDraft(
            place: company, form: made.form.id, body: made.newest.file(of: made.form.id)?.text ?? RoundWriter.yaml(made.form), schedule: [:], base: made.newest.inForce.hash,
            state: .open, by: desk.viewer.person.id, at: visit.now)
        draft.schedule[rule, default: [:]].merge(values) { $1 }
        trial.draft = draft
        let wrong = PackReader.read(try trial.files()).mistakes.filter { $0.severity == .error && $0.file.hasPrefix("rules/") }
        if let first = wrong.first {
            return try await desk.page(try await page(desk, problems: [("schedule", first.sentence)]), status: 422)
        }
        return try await change(desk, to: Site.round.link(visit[0]), saying: "rounds.kept") { _, schedule in schedule[rule, default: [:]].merge(values) { $1 } }
    }

    // MARK: points

    private func choices(_ desk: Desk, _ pack: Pack) -> PointPage.Choices {
        let w = desk.w
        return PointPage.Choices(
            zones: pack.zones.map { FormView.Option(id: $0.id, name: w($0.name)) },
            clauses: pack.clauses.filter { !$0.isDefinition }.map { FormView.Option(id: $0.id, name: $0.id + " " + w($0.title)) },
            roles: pack.roles.filter { $0.sits == "hall" || $0.sits == "call-centre" }.map { FormView.Option(id: $0.id, name: w($0.name)) },
            traits: pack.traits.map { FormView.Option(id: $0.id, name: w($0.name)) },
            severities: Field.severities.map { FormView.Option(id: $0, name: w("severity." + $0)) })
    }

    private func point(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let made = try await made(desk)
        let isNew = visit[1] == "new"
        guard isNew || made.form.field(visit[1]) != nil else { throw Refusal.notFound }
        var typed = made.form.field(visit[1])?.typed ?? RoundMaking.Typed()
        if isNew, let last = made.form.fields.last { (typed.zone, typed.clause, typed.role) = (last.zone?.id ?? "", last.clause ?? "", last.role ?? "") }
        return try await desk.page(pointPage(desk, made, typed, isNew: isNew))
    }

    private func pointPage(_ desk: Desk, _ made: RoundInMaking, _ typed: RoundMaking.Typed, isNew: Bool, problems: [(field: String, sentence: Text)] = []) -> PointPage {
        PointPage(
            title: isNew ? desk.w("rounds.point-new") : typed.title.zh, round: desk.w(made.form.title), form: made.form.id, point: desk.visit[1], isNew: isNew, typed: typed,
            isPlain: made.form.field(desk.visit[1]).map { $0.kind == .point || $0.kind == .number } ?? true, choices: choices(desk, made.newest.pack),
            problems: problems.map { ($0.field, desk.w($0.sentence)) }, hidden: desk.hidden)
    }

    private func keepPoint(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let made = try await made(desk)
        let (isNew, point, form) = (visit[1] == "new", visit[1], visit.form)
        guard isNew || made.form.field(point) != nil else { throw Refusal.notFound }
        let typed = RoundMaking.Typed(
            id: form["id"], title: Text(form["title"], form["title-en"]), good: Text(form["good"], form["good-en"]), zone: form["zone"], clause: form["clause"], role: form["role"],
            trait: form["trait"], severity: form["severity"], weight: form["weight"], unit: form["unit"], bandFrom: form["band-from"], bandTo: form["band-to"],
            isNumber: form["kind"] == "number", photo: form["photo"] == "yes", isVeto: form["veto"] == "yes")
        let (pack, me, id, link) = (made.newest.pack, desk.viewer.person.id, visit[0], Site.round.link(visit[0]))
        do {
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = link
                try RoundMaking(act: act).change(id, by: me) { form, _ in
                    let old = isNew ? nil : form.field(point)
                    guard isNew || old != nil else { throw Refusal.notFound }
                    let field = try RoundMaking.field(typed, over: old, in: pack, taken: Set(form.fields.map(\.id)))
                    if let index = form.fields.firstIndex(where: { $0.id == field.id }) {
                        form.fields[index] = field
                    } else {
                        // Where one stands anyway.
                        let place = form.fields.lastIndex { $0.zone != nil && $0.zone == field.zone }
                        form.fields.insert(field, at: place.map { $0 + 1 } ?? form.fields.count)
                    }
                }
            }
        } catch let problems as FormProblems {
            return try await desk.page(pointPage(desk, made, typed, isNew: isNew, problems: problems.fields), status: 422)
        }
        return desk.done(link, desk.w("rounds.kept"))
    }

    private func move(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (point, isUp, to) = (visit[1], visit.form["to"] == "up", Int(visit.form["number"]))
        return try await change(desk, to: Site.round.link(visit[0]) + "#p-" + visit[1], saying: "rounds.kept") { form, _ in
            guard let index = form.fields.firstIndex(where: { $0.id == point }) else { throw Refusal.notFound }
            let field = form.fields.remove(at: index)
            let place = to.map { $0 - 1 } ?? (isUp ? index - 1 : index + 1)
            form.fields.insert(field, at: min(max(place, 0), form.fields.count))
        }
    }

    private func remove(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let point = visit[1]
        return try await change(desk, to: Site.round.link(visit[0]), saying: "rounds.point-removed") { form, _ in
            guard let index = form.fields.firstIndex(where: { $0.id == point }) else { throw Refusal.notFound }
            form.fields.remove(at: index)
        }
    }

    // MARK: a new one, the end of a draft

    private func blank(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(newPage(desk, [:], []))
    }

    private func newPage(_ desk: Desk, _ typed: [String: String], _ problems: [(field: String, sentence: Text)]) -> NewRoundPage {
        NewRoundPage(
            title: desk.w("rounds.new"), typed: typed, choices: choices(desk, desk.pack.pack), problems: problems.map { ($0.field, desk.w($0.sentence)) }, hidden: desk.hidden)
    }

    private func begin(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (form, pack) = (visit.form, desk.pack.pack)
        var problems: [(field: String, sentence: Text)] = []
        let id = form["id"]
        let isKebab = !id.isEmpty && id != "new" && !id.hasPrefix("-") && !id.hasSuffix("-") && id.utf8.count <= 40
            && id.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
        if !isKebab { problems.append(("id", Text("编号只用小写字母、数字和短横，如 gas-room-round。", "An id has lower-case letters, digits and hyphens, such as gas-room-round."))) }
        if form["title"].isEmpty { problems.append(("title", Text("写名称。", "A name is needed."))) }
        if pack.clause(form["clause"]) == nil { problems.append(("clause", Text("选它落实的条款。", "Choose the clause it serves."))) }
        if pack.role(form["role"]) == nil { problems.append(("role", Text("选谁来走。", "Choose who walks it."))) }
        if !RoundCadence.choices.contains(form["every"]) { problems.append(("every", Text("选多久走一次。", "Choose how often."))) }
        let trait = form["trait"]
        if !trait.isEmpty, pack.trait(trait) == nil { problems.append(("trait", Text("没有这个条件。", "There is no such trait."))) }
        guard problems.isEmpty else { return try await desk.page(newPage(desk, form.answers, problems), status: 422) }
        let title = Text(form["title"], form["title-en"].isEmpty ? form["title"] : form["title-en"])
        var rule = [
            "clause": RoundWriter.quoted(form["clause"]), "title": RoundWriter.words(title), "every": form["every"], "who": form["role"], "do": id, "reading": "our",
        ]
        if !trait.isEmpty { rule["at"] = "{trait: \(trait)}" }
        let (kept, me, link) = (rule, desk.viewer.person.id, Site.round.link(id))
        do {
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = link
                try RoundMaking(act: act).begin(Form(id: id, title: title, annex: nil, isRound: true, fields: [], emits: []), rule: kept, by: me)
            }
        } catch let problems as FormProblems { return try await desk.page(newPage(desk, form.answers, problems.fields), status: 422) }
        return desk.done(link, desk.w("rounds.kept"))
    }

    private func discard(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let id = visit[0]
        try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
            act.act.answer = Site.rounds.link()
            try RoundMaking(act: act).discard(id)
        }
        return desk.done(Site.rounds.link(), desk.w("rounds.discarded"))
    }

    /// The pack is read before the act; inside it only the base is looked at again.
    private func publish(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let made = try await made(desk)
        let (id, over) = (visit[0], visit.form["over"] == "yes")
        guard made.draft != nil else { throw Refusal.conflict(Text("没有草稿，不用发布。", "There is no draft to publish.")) }
        do {
            guard let day = Day(visit.form["from"]), day >= max(desk.today, made.newest.from) else {
                throw FormProblems(fields: [("from", Text("生效日最早是 \(max(desk.today, made.newest.from))。", "It can come into force on \(max(desk.today, made.newest.from)) at the earliest."))])
            }
            let files = try made.files()
            let read = PackReader.read(files)
            guard let pack = read.pack else { throw FormProblems(fields: read.mistakes.filter { $0.severity == .error }.prefix(10).map { ("publish", $0.sentence) }) }
            let hash = made.newest.inForce.hash
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = Site.rounds.link()
                let now = try RoundInMaking(id, act.hall, act.act)
                guard now.newest.inForce.hash == hash, var draft = now.draft, draft.body == made.draft?.body, draft.schedule == made.draft?.schedule else {
                    throw Refusal.conflict(Text("有人刚刚改过，请重新看一遍再发布。", "Somebody has just changed it; look at it again before publishing."))
                }
                if !over, try now.isOvertaken(act.hall, act.act) {
                    throw FormProblems(fields: [("publish", Text("你改的时候这项巡检发布过新版，请确认以你的为准。", "The round was published anew while you changed it; say that yours counts."))])
                }
                try Publishing.publish(files, as: pack, from: day, act)
                draft.state = .published
                try act.act.keep(draft)
            }
        } catch let problems as FormProblems {
            return try await desk.page(try await page(desk, problems: problems.fields, from: visit.form["from"]), status: 422)
        }
        return desk.done(Site.rounds.link(), desk.w("rounds.published", ["day": desk.times.day(Day(visit.form["from"]) ?? desk.today)]))
    }
}
