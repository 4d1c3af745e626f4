import Regulation
import Store
import WorkCalendar

/// Turns a duty into its page: finished strings and links.
struct DutyView: Sendable {
    let desk: Desk
    let found: DutyLister.Found
    private var w: Words { desk.w }
    private var times: Times { desk.times }
    private var duty: Duty { found.duty }

    /// People of the duty's places, by name, for choosing.
    private func colleagues() async throws -> [FormView.Option] {
        let (places, day) = ([duty.place, duty.seat], desk.today)
        return try await desk.hall.store.read { tx in try Roster(tx: tx).colleagues(at: places, on: day) }
    }

    /// The form this duty asks, with the points its hall added.
    private func shape() async throws -> Regulation.Form? {
        let (duty, pack) = (duty, found.pack.pack)
        return try await desk.hall.store.read { tx in try PlaceForms(tx: tx).asked(by: duty, in: pack) }
    }

    private func name(_ person: String) async throws -> String {
        if person.isEmpty { return "" }
        if person == "clock" { return w("who.clock") }
        return try await desk.hall.store.read { tx in
            try Person.name(person, tx) ?? person
        }
    }

    func page(typed: [String: String]?, problems: [(field: String, sentence: Text)]) async throws -> DutyPage {
        let lister = DutyLister(desk: desk)
        let isMine = found.owing.people.contains(desk.viewer.person.id)
        let canDo = isMine && duty.isOpen && duty.opens <= desk.visit.now
        var form: FormView?
        let isPatrol = Patrol.isOwed(duty, found.pack.pack) && desk.viewer.may("patrol", at: duty.place, in: desk.tree)
        let shape = try await shape()
        if canDo, !isPatrol, let shape {
            form = try await view(shape, action: Site.duty.link(duty.place, duty.id), typed: typed ?? [:], problems: problems, button: w("duty.send"))
            // What two people sign is signed here; every other round goes along where there is no network.
            if shape.isRound, form?.signer == nil {
                let ticket = try await Ticket(hall: desk.hall).issue(for: duty.id, to: desk.viewer.person.id, at: desk.visit.now)
                form?.round = FormView.Round(place: duty.place, duty: duty.id, title: lister.title(found), ticket: ticket, isAllWell: shape.isAllWell)
            }
        }
        if isMine, duty.state == .missed, let shape {
            let action = Site.duty.link(duty.place, duty.id)
            form = try await view(shape, action: action, typed: typed ?? [:], problems: problems, button: w("duty.send"))
            let problem = problems.first { $0.field == "done-at" || $0.field == "at" }.map { w($0.sentence) } ?? ""
            form?.doneAt = FormView.Moment(value: typed?["done-at"] ?? "", problem: problem)
        }
        var act: DutyPage.Act?
        if canDo, isPatrol {
            act = DutyPage.Act(label: w("patrol.new"), link: Site.patrolNew.link() + "?place=\(duty.place)&what=round&form=\(duty.form)")
        }
        if canDo, duty.form.isEmpty {
            if duty.subject.hasPrefix("finding:") {
                act = DutyPage.Act(label: w("duty.go-finding"), link: Site.finding.link(duty.place, String(duty.subject.dropFirst("finding:".count))))
            } else if let item = Item.id(in: duty.subject) {
                act = DutyPage.Act(label: w("item.go"), link: Site.item.link(duty.place, item))
            } else if let kind = found.pack.pack.event(duty.endsOn), !kind.may.isEmpty {
                act = DutyPage.Act(label: w(kind.name), link: Site.report.link(kind.id))
            }
        }
        let clauses = found.pack.pack.clauses(of: found.rule ?? Self.none(duty), subject: duty.subject).prefix(12).map { id in
            (id: id, title: found.pack.pack.clause(id).map { w($0.title) } ?? "", link: Site.clause.link(id))
        }
        let stateWord = duty.isOpen && duty.opens > desk.visit.now ? w("state.waiting") : w("state." + duty.state.rawValue)
        let isLate = duty.isOpen && duty.due < desk.visit.now
        return DutyPage(
            title: lister.title(found), clauses: Array(clauses), state: isLate ? "late" : duty.state.rawValue, stateWord: stateWord,
            due: times.by(duty.due), left: duty.isOpen ? times.left(duty.due) : "", reasons: duty.reasons.map { w($0) },
            why: lister.why(found), facts: try await facts(), form: form, act: act, record: try await record(), correction: try await correctionLink(),
            story: try await story(), walks: try await walks(), handover: try await handover(isMine), waiver: waiver())
    }

    private static func none(_ duty: Duty) -> Rule {
        Rule.withdrawn(duty.rule)
    }

    private func facts() async throws -> [DutyPage.Fact] {
        var list: [DutyPage.Fact] = []
        func add(_ key: String, _ value: String, link: String = "") { if !value.isEmpty { list.append(DutyPage.Fact(name: w(key), value: value, link: link)) } }
        add("fact.place", desk.tree[duty.place].map { w($0.name) } ?? "")
        if let thing = found.thing { add("fact.thing", [w(thing.title(found.pack.pack)), found.pack.pack.zone(thing.zone).map { w($0.name) } ?? "", thing.spot].filter { !$0.isEmpty }.joined(separator: " · "), link: Site.item.link(duty.place, thing.id)) }
        var owing = desk.roleName(duty.role)
        if case .unfilled = found.owing.how { owing += " · " + w("fact.unfilled") }
        if case .standsIn(let role) = found.owing.how { owing += " → " + desk.roleName(role) }
        add("fact.owes", owing)
        var names: [String] = []
        for person in found.owing.people.prefix(6) { names.append(try await name(person)) }
        add("fact.people", w.list(names))
        add("fact.opens", times.moment(duty.opens))
        if duty.firstDue != duty.due { add("fact.first-due", times.due(duty.firstDue)) }
        if let lapses = duty.lapses { add("fact.lapses", times.moment(lapses)) }
        if duty.provisional { add("fact.provisional", w("fact.provisional-yes")) }
        if let done = duty.doneAt { add("fact.done", times.moment(done) + " · " + (try await name(duty.doneBy))) }
        if let done = duty.doneAt, let received = duty.receivedAt, received != done { add("fact.received", times.moment(received)) }
        if !duty.note.isEmpty { add("fact.note", try await note(duty.note)) }
        return list
    }

    /// When each walk began, ended and arrived; what is odd about it is said: too fast, a clock that is off, handed in late,
    /// points nobody looked at, photos that stand elsewhere too, two people who saw the same point differently.
    private func walks() async throws -> [DutyPage.Fact] {
        let (place, id) = (duty.place, duty.id)
        let walks = try await desk.hall.store.read { tx in
            try tx.rows("select * from walk where place = \(place) and duty = \(id) order by received").map(Walk.init(row:))
        }
        var list: [DutyPage.Fact] = []
        let form = try await shape()
        func title(_ point: String) -> String { form?.field(point).map { w($0.title) } ?? point }
        for walk in walks {
            var parts = [times.moment(walk.ours(walk.began)) + " – " + (walk.ended.map { times.clock(walk.ours($0)) } ?? "…")]
            if let seconds = walk.seconds { parts.append(w("walk.took", ["points": String(walk.answers.count), "time": times.seconds(seconds)])) }
            if walk.isHurried { parts.append(w("walk.hurried")) }
            if walk.isClockOff { parts.append(w("walk.clock-off", ["time": times.seconds(abs(walk.skew) / 1000)])) }
            if walk.received.ms - walk.sent.ms >= 0, let ended = walk.ended, walk.sent.ms - ended.ms > 120_000 { parts.append(w("walk.received", ["time": times.moment(walk.received)])) }
            if walk.state != .done { parts.append(w("walk.state-" + walk.state.rawValue)) }
            list.append(DutyPage.Fact(name: try await name(walk.person), value: parts.joined(separator: " · ")))
        }
        let missing = walks.first { !$0.missing.isEmpty }?.missing.split(separator: ",").map { title(String($0)) } ?? []
        if !missing.isEmpty { list.append(DutyPage.Fact(name: w("walk.missing", n: missing.count), value: missing.joined(separator: w("list.comma")))) }
        let reused = try await desk.hall.store.read { tx in
            try tx.one(
                """
                select count(distinct photo.hash) as n from photo join photo as other on other.hash = photo.hash and other.duty <> photo.duty
                where photo.place = \(place) and photo.duty = \(id)
                """)?.int("n") ?? 0
        }
        if reused > 0 { list.append(DutyPage.Fact(name: w("walk.reused"), value: w("walk.reused-n", n: Int(reused)))) }
        let people = Dictionary(grouping: walks, by: \.person).sorted { $0.key < $1.key }.map { ($0.key, Walk.merged($0.value)) }
        for field in form?.fields ?? [] where people.count > 1 {
            let seen = people.compactMap { person, answers in answers[field.id].map { (person, $0.value) } }
            guard Set(seen.map(\.1)).count > 1 else { continue }
            var said: [String] = []
            for (person, value) in seen { said.append(try await name(person) + ": " + (field.kind == .point ? w("point." + value) : value)) }
            list.append(DutyPage.Fact(name: w("walk.contradiction"), value: w(field.title) + " – " + said.joined(separator: w("list.comma"))))
        }
        return list
    }

    private func note(_ note: String) async throws -> String {
        if note.hasPrefix("personal:") { return try await personal(note) }
        return [Text](json: (try? JSON(parsing: Array(note.utf8))) ?? .null).first.map { w($0) } ?? note
    }

    private func personal(_ mark: String) async throws -> String {
        let id = String(mark.dropFirst("personal:".count))
        return try await desk.hall.store.read { tx in try tx.one("select text from personal where id = \(id)")?.text("text") ?? "" }
    }

    /// What was answered, in the words of the form it was filled on.
    private func record() async throws -> [DutyPage.Fact] {
        let (place, id) = (duty.place, duty.record)
        guard !id.isEmpty else { return [] }
        let row = try await desk.hall.store.read { tx in
            try tx.one("select * from record where place = \(place) and id = \(id)").map(Record.init(row:))
        }
        guard let row, let form = try await shape(), form.id == row.form else { return [] }
        var list: [DutyPage.Fact] = []
        for field in form.fields {
            guard let value = row.answers[field.id]?.string else { continue }
            var shown = value
            if value.hasPrefix("personal:") { shown = try await personal(value) }
            if let option = field.options.first(where: { $0.id == value }) { shown = w(option.name) }
            if field.kind == .point { shown = w("point." + value) }
            if field.kind == .tick || field.kind == .yesNo { shown = w("answer." + value) }
            if field.kind == .photo, let first = value.split(separator: ",").first {
                list.append(DutyPage.Fact(name: w(field.title), value: w("answer.photo", n: value.split(separator: ",").count), link: PhotoPass.link(String(first))))
                continue
            }
            if field.kind == .person || field.kind == .signature { shown = try await name(value) }
            if let note = row.answers[field.id + ".note"]?.string { shown += " · " + (try await personal(note)) }
            list.append(DutyPage.Fact(name: w(field.title), value: shown + (field.unit.map { " \($0)" } ?? "")))
        }
        if !row.corrects.isEmpty { list.append(DutyPage.Fact(name: w("fact.corrects"), value: row.note.isEmpty ? "" : try await personal("personal:" + row.note))) }
        return list
    }

    private func correctionLink() async throws -> String? {
        guard !duty.record.isEmpty, duty.doneBy == desk.viewer.person.id || desk.viewer.may("correct", at: duty.place, in: desk.tree) else { return nil }
        return Site.correction.link(duty.place, duty.record)
    }

    /// Every entry about it, in order.
    private func story() async throws -> [DutyPage.Fact] {
        let (place, about) = (duty.place, "duty:\(duty.id)")
        let rows = try await desk.hall.store.read { tx in
            try tx.rows("select kind, actor, effective, recorded, body from entry where place = \(place) and about = \(about) order by id limit 100").map {
                (try $0.text("kind"), try $0.text("actor"), try $0.instant("effective"), try $0.text("body"))
            }
        }
        var list = [DutyPage.Fact(name: times.moment(duty.opens), value: w("story.opened"))]
        for (kind, actor, at, body) in rows {
            var text = desk.entryName(kind)
            if kind == "duty.escalated", let tell = (try? JSON(parsing: Array(body.utf8)))?["event"]?["tell"]?.string {
                text += (w.language == .zh ? "：" : ": ") + w.list(tell.split(separator: ",").map { $0 == "who" ? w("who.owes") : desk.roleName(String($0)) })
            }
            if actor.hasPrefix("person:") { text += " · " + (try await name(String(actor.dropFirst("person:".count)))) }
            list.append(DutyPage.Fact(name: times.moment(at), value: text))
        }
        return list
    }

    private func handover(_ isMine: Bool) async throws -> HTML? {
        guard duty.isOpen, !duty.isVoluntary, isMine || desk.viewer.may("hand-over", at: duty.place, in: desk.tree) else { return nil }
        let people = try await colleagues()
        return """
            <details class="card"><summary>\(w("duty.hand"))</summary><form method="post" action="\(Site.dutyHandover.link(duty.place, duty.id))">\(desk.hidden)
            <div class="field"><label for="to">\(w("duty.hand-to"))</label><select id="to" name="person">\(people, { "<option value=\"\($0.id)\">\($0.name)</option>" })</select></div>
            <div class="actions"><button>\(w("duty.hand"))</button></div></form></details>
            """
    }

    private func waiver() -> HTML? {
        guard duty.isOpen, !duty.isVoluntary, desk.viewer.may("waive", at: duty.place, in: desk.tree) else { return nil }
        return """
            <details class="card"><summary>\(w("duty.waive"))</summary><form method="post" action="\(Site.dutyWaiver.link(duty.place, duty.id))">\(desk.hidden)
            <div class="field"><label for="reason">\(w("duty.waive-why"))</label><input id="reason" name="reason" required></div>
            <div class="actions"><button>\(w("duty.waive"))</button></div></form></details>
            """
    }

    /// The same form with what was answered, and why it is corrected.
    func correction(of record: Record, typed: [String: String]?, problems: [(field: String, sentence: Text)]) async throws -> DutyPage {
        var page = try await page(typed: nil, problems: [])
        guard let shape = try await shape(), shape.id == record.form else { return page }
        var answers = typed ?? [:]
        if typed == nil {
            for (field, value) in record.answers.object ?? [:] {
                let text = value.string ?? ""
                answers[field] = text.hasPrefix("personal:") ? try await personal(text) : text
            }
        }
        var form = try await view(shape, action: Site.correction.link(record.place, record.id), typed: answers, problems: problems, button: w("duty.correct"))
        let problem = problems.first { $0.field == "why" }.map { w($0.sentence) } ?? ""
        form.inputs.append(
            FormView.Input(
                id: "why", kind: "text", title: w("duty.correct-why"), good: "", clause: "", zone: "", unit: "", value: answers["why"] ?? "", note: "",
                photos: [], options: [], isOptional: false, hint: "", problem: problem, last: "", mayNotApply: false))
        form.signer = nil
        page.form = form
        page.correction = nil
        return page
    }

    /// A form of the pack as it is shown to whoever fills it in.
    private func view(
        _ form: Regulation.Form, action: String, typed: [String: String], problems: [(field: String, sentence: Text)], button: String
    ) async throws -> FormView {
        let hall = desk.hall
        let (place, pack) = (duty.place, found.pack)
        let facts = try await hall.store.read { tx -> PlaceFacts in
            guard let row = try tx.one("select * from place where place = \(place)") else { throw Refusal.notFound }
            return try FactFinder(tx: tx, hall: hall).facts(of: Place(row: row))
        }
        let role = duty.subject.hasPrefix("role:") ? String(duty.subject.dropFirst("role:".count)) : nil
        let fields = form.fields(for: role, traits: facts.traits, on: duty.day, seasons: pack.pack.company.seasons)
        let last = try await lastWanting(form.id)
        let people = try await colleagues()
        let references = form.isRound ? try await hall.store.read { tx in try PlaceForms(tx: tx).references(form.id, at: place) } : [:]
        let inputs = fields.map { field in
            var input = FieldInput(words: w).input(field, typed: typed, problems: problems, last: last[field.id]?.words ?? "")
            if let last = last[field.id] { input.lastPhoto = (last.photo, last.day) }
            input.reference = references[field.id] ?? ""
            return input
        }
        var signer: FormView.Signer?
        if let needed = found.rule?.signedBy {
            signer = FormView.Signer(count: needed.count, people: people, problem: problems.first { $0.field == "signers" }.map { w($0.sentence) } ?? "")
        }
        let general = problems.first { $0.field.isEmpty }.map { w($0.sentence) } ?? (problems.isEmpty ? "" : w("form.left", n: problems.count))
        return FormView(
            action: action, hidden: desk.hidden, inputs: inputs, people: people, signer: signer, problem: general, button: button, isRound: form.isRound)
    }

    /// What was wanting at the points of this form in the last thirty days, and how it looked: it stands out.
    private func lastWanting(_ form: String) async throws -> [String: (words: String, photo: String, day: String)] {
        let (place, thing, from, w, times) = (duty.place, duty.thing, desk.visit.now.adding(minutes: -30 * 1440), self.w, self.times)
        return try await desk.hall.store.read { tx in
            var found: [String: (words: String, photo: String, day: String)] = [:]
            for row in try tx.rows(
                "select point, at, photos from finding where place = \(place) and form = \(form) and subject = \(thing) and at >= \(from) order by at limit 200")
            {
                let at = try row.instant("at")
                let photo = try row.text("photos").split(separator: ",").last.map(String.init) ?? ""
                found[try row.text("point")] = (w("point.last", ["when": times.moment(at)]), photo, times.moment(at))
            }
            return found
        }
    }
}

/// A field of the pack as an input; used by duties' forms and by reports.
struct FieldInput: Sendable {
    let words: Words

    func input(_ field: Field, typed: [String: String], problems: [(field: String, sentence: Text)], last: String = "") -> FormView.Input {
        var options = field.options.map { FormView.Option(id: $0.id, name: words($0.name)) }
        if field.kind == .yesNo { options = ["yes", "no"].map { FormView.Option(id: $0, name: words("answer." + $0)) } }
        var hint = ""
        if let from = field.bandFrom, let to = field.bandTo { hint = words("form.band", ["from": plain(from), "to": plain(to), "unit": field.unit ?? ""]) }
        if field.kind == .photo { hint = words("form.photos", n: field.count) }
        let photos = (field.kind == .point ? typed[field.id + ".photo"] : field.kind == .photo ? typed[field.id] : nil) ?? ""
        return FormView.Input(
            id: field.id, kind: field.kind == .text && field.isLong ? "long" : field.kind.rawValue, title: words(field.title),
            good: field.good.map { words($0) } ?? "", clause: field.clause ?? "", zone: field.zone.map { words($0.name) } ?? "", unit: field.unit ?? "",
            value: typed[field.id] ?? "", note: typed[field.id + ".note"] ?? "", photos: photos.split(separator: ",").map(String.init),
            options: options, isOptional: field.isOptional || !field.showIf.isEmpty, hint: hint,
            problem: problems.first { $0.field == field.id }.map { words($0.sentence) } ?? "", last: last,
            mayNotApply: field.binding.trait != nil || field.binding.conditions != nil, severity: field.severity ?? "minor",
            chosenSeverity: typed[field.id + ".severity"] ?? "", isFixed: typed[field.id + ".fixed"] == "yes")
    }

    private func plain(_ number: Double) -> String { number == number.rounded() ? String(Int(number)) : String(number) }
}
