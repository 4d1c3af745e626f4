import Regulation
import Store
import WorkCalendar

/// A hall's floor plan: with its open findings, with a month of them, and for who puts it in order.
struct PlanRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.plan, .signedIn, show), Entry("GET", Site.planHeat, .signedIn, heat), Entry("GET", Site.planImage, .signedIn, image),
            Entry("GET", Site.planEdit, .may("places"), edit), Entry("POST", Site.planPicture, .may("places"), bodyLimit: Photo.mostBytes + (1 << 20), draw),
            Entry("POST", Site.planMarks, .may("places"), mark),
        ]
    }

    /// Who sees the hall's board or its evening sheet sees its plan.
    private func place(_ desk: Desk) throws -> Place {
        let any = ["board", "evening-sheet", "all-halls", "places"]
        guard any.contains(where: desk.viewer.may) else {
            throw Refusal.notAllowed(Text("你的岗位看不到平面图。需要的话请找主任。", "Your role does not open floor plans. Ask the director if you need one."))
        }
        guard let place = desk.tree[desk.visit[0]], any.contains(where: { desk.viewer.may($0, at: place.id, in: desk.tree) }) else { throw Refusal.notFound }
        return place
    }

    private struct Seen: Sendable {
        var plan: FloorPlan?
        var spots: PlanSpots
        var things: [Item]
        var names: PointNames
    }

    private func seen(_ desk: Desk, _ place: Place) async throws -> Seen {
        try await hall.store.read { [hall] tx in
            let (pack, facts) = (desk.pack.pack, try FactFinder(tx: tx, hall: hall).facts(of: place))
            let things = try Item.all(at: place.id, tx)
            return Seen(
                plan: try FloorPlan.current(at: place.id, tx), spots: PlanSpots(try HallPoints(pack, at: facts, tx), things: things, in: pack, marks: try PlanMark.all(at: place.id, tx)),
                things: things, names: try PointNames(at: [place.id], desk.pack, hall, tx))
        }
    }

    private func drawing(_ plan: FloorPlan?, _ desk: Desk) -> PlanDrawing? {
        plan.map { PlanDrawing(image: Site.planImage.link($0.place, $0.id), width: $0.width, height: $0.height, alt: desk.w("plan.title")) }
    }

    private func title(_ finding: Finding, _ seen: Seen, _ desk: Desk) -> String {
        seen.names.field(finding.point, of: finding.form, at: finding.place).map { desk.w($0.title) } ?? finding.point
    }

    private func show(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let place = try place(desk)
        let id = place.id
        let seen = try await seen(desk, place)
        let findings = try await hall.store.read { tx in
            try tx.rows("select * from finding where place = \(id) and state in ('open', 'rectified') order by at, id limit 200").map(Finding.init(row:))
        }
        var drawing = drawing(seen.plan, desk)
        var lines: [PlanPage.Line] = []
        for (index, finding) in findings.enumerated() {
            let (number, link) = (index + 1, Site.finding.link(finding.place, finding.id))
            let mark = seen.spots.mark(form: finding.form, point: finding.point, about: finding.subject)
            let title = title(finding, seen, desk)
            if let mark {
                drawing?.flags.append(
                    PlanDrawing.Flag(
                        number: number, x: mark.x, y: mark.y, severity: finding.severity, isRectified: finding.state == .rectified,
                        label: "\(number) \(title) · \(desk.w("severity." + finding.severity))", link: link))
            }
            lines.append(
                PlanPage.Line(
                    number: number, severity: finding.severity, title: title, since: desk.times.moment(finding.at),
                    state: desk.w("finding." + finding.state.rawValue), link: link, isPlaced: mark != nil))
        }
        let things = things(seen, desk, place)
        drawing?.things = things.compactMap(\.sign)
        return try await desk.page(
            PlanPage(
                place: id, placeName: desk.w(place.name), drawing: drawing, lines: lines, things: things.map(\.line), mayEdit: desk.viewer.may("places", at: id, in: desk.tree)))
    }

    /// The things of the register, each with its sign where it is on the plan. Who may open the register may open them.
    private func things(_ seen: Seen, _ desk: Desk, _ place: Place) -> [(line: PlanPage.Thing, sign: PlanDrawing.Sign?)] {
        let (view, mayOpen) = (ItemView(desk), ItemRoutes.mayOpen(place, desk))
        return seen.things.map { item in
            let (urgency, name) = (view.urgency(item), desk.w(item.title(desk.pack.pack)))
            let link = mayOpen ? Site.item.link(item.place, item.id) : ""
            let words = item.state == .inUse ? urgency.words : desk.w("item.state-" + item.state.rawValue) + " · " + urgency.words
            let isOff = item.state == .faulty || item.state == .away
            let mark = seen.spots.marks.first { $0.kind == .thing && $0.target == item.id }
            return (
                PlanPage.Thing(name: name, link: link, state: isOff ? "late" : urgency.state, words: words, isPlaced: mark != nil),
                mark.map { PlanDrawing.Sign(x: $0.x, y: $0.y, state: isOff ? "late" : urgency.state, short: String(item.name.prefix(3)), label: name + " · " + words, link: link) }
            )
        }
    }

    /// A month by where it was found wanting: `month=2026-03`, and `at=<key>` for the rows behind one number.
    private func heat(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let place = try place(desk)
        let (id, w) = (place.id, desk.w)
        let asked = visit.request.query["month"].flatMap { Day($0 + "-01") } ?? desk.today
        let first = asked.adding(days: 1 - asked.day)
        let next = first.adding(days: 32).adding(days: 1 - first.adding(days: 32).day)
        let (from, until) = (hall.zone.instant(first, minute: 0), hall.zone.instant(next, minute: 0))
        let seen = try await seen(desk, place)
        let findings = try await hall.store.read { tx in
            try tx.rows("select * from finding where place = \(id) and at >= \(from) and at < \(until) order by at, id limit 2000").map(Finding.init(row:))
        }
        func month(_ day: Day) -> String { String(day.description.prefix(7)) }
        func link(_ day: Day, _ key: String = "") -> String {
            Site.planHeat.link(id) + "?month=" + month(day) + (key.isEmpty ? "" : "&at=" + Submitted.encode(key) + "#rows")
        }
        let grouped = Dictionary(grouping: findings) { seen.spots.key(form: $0.form, point: $0.point, about: $0.subject) }
        var drawing = drawing(seen.plan, desk)
        let lines = grouped.map { target, found -> (PlanSpots.Target, PlanHeatPage.Line) in
            func count(_ severity: String) -> Int { found.filter { $0.severity == severity }.count }
            let (serious, danger) = (count("serious"), count("danger"))
            return (
                target,
                PlanHeatPage.Line(
                    name: w(target.name), link: link(first, target.key), minor: found.count - serious - danger, serious: serious, danger: danger,
                    isPlaced: seen.spots.mark(target) != nil)
            )
        }.sorted { ($1.1.total, $0.0.key) < ($0.1.total, $1.0.key) }
        for (target, line) in lines {
            guard let mark = seen.spots.mark(target) else { continue }
            drawing?.heat.append(PlanDrawing.Heat(count: line.total, x: mark.x, y: mark.y, label: "\(line.name) \(line.total)", link: line.link))
        }
        let opened = grouped.first { $0.key.key == visit.request.query["at"] }
        let rows = (opened?.value ?? []).map { finding in
            PlanHeatPage.Row(when: desk.times.moment(finding.at), title: title(finding, seen, desk), severity: finding.severity, link: Site.finding.link(finding.place, finding.id))
        }
        return try await desk.page(
            PlanHeatPage(
                place: id, placeName: w(place.name), month: month(first), before: link(first.adding(days: -1)), after: next > desk.today ? nil : link(next),
                drawing: drawing, lines: lines.map(\.1), opened: opened.map { w($0.key.name) } ?? "", rows: rows))
    }

    /// The picture by itself: in a sandbox of its own, so that even what slipped through could do nothing.
    private func image(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (place, version) = (try place(desk).id, visit[1])
        let plan = try await hall.store.read { tx in
            try tx.one("select * from floor_plan where place = \(place) and id = \(version)").map(FloorPlan.init(row:))
        }
        guard let plan, let (media, bytes) = try await hall.blobs.find(plan.blob) else { throw Refusal.notFound }
        var reply = Reply.file(bytes, media: media)
        reply.set("content-security-policy", "sandbox; default-src 'none'")
        reply.set("cache-control", "private, max-age=31536000, immutable")
        return reply
    }

    private func edit(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(try await page(desk, try desk.place(visit[0], "places"), problem: ""))
    }

    private func page(_ desk: Desk, _ place: Place, problem: String) async throws -> PlanEditPage {
        let w = desk.w
        let seen = try await seen(desk, place)
        let placed = seen.spots.targets.compactMap { target in
            seen.spots.mark(target).map { PlanEditPage.Spot(key: target.key, name: w(target.name), x: $0.x, y: $0.y, kind: target.kind) }
        }
        var drawing = drawing(seen.plan, desk)
        drawing?.isEdited = true
        drawing?.pins = placed.map { spot in
            let label = spot.kind != .point ? spot.name : spot.name.split(separator: w.language == .zh ? "：" : ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? spot.name
            return PlanDrawing.Pin(key: spot.key, x: spot.x, y: spot.y, label: label, kind: spot.kind)
        }
        func options(_ kind: PlanMark.Kind) -> [FormView.Option] {
            seen.spots.targets.filter { $0.kind == kind }.map { FormView.Option(id: $0.key, name: w($0.name)) }
        }
        let form = desk.visit.form
        return PlanEditPage(
            place: place.id, placeName: w(place.name), drawing: drawing, version: seen.plan.map { w("plan.version", ["when": desk.times.moment($0.at)]) } ?? "",
            placed: placed, zones: options(.zone), points: options(.point), things: options(.thing), typed: (form["target"], form["x"], form["y"]), hidden: desk.hidden, problem: problem)
    }

    private func draw(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let place = try desk.place(visit[0], "places")
        let id = place.id
        do {
            guard let file = visit.form.files.first else { throw Refusal.invalid(field: "picture", Text("请选一张平面图。", "Please choose a plan.")) }
            let picture = try PlanPicture.read(file.bytes)
            let blob = try await hall.blobs.keep(picture.bytes, media: picture.media, at: visit.now)
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = Site.planEdit.link(id)
                try PlanActs(act: act).draw(picture, blob: blob, at: id)
            }
            return desk.done(Site.planEdit.link(id), picture.leftOut > 0 ? desk.w("plan.drawn-less", n: picture.leftOut) : desk.w("plan.drawn"))
        } catch let refusal as Refusal {
            return try await desk.page(try await page(desk, place, problem: desk.w(refusal.sentence)), status: refusal.status)
        }
    }

    private func mark(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let place = try desk.place(visit[0], "places")
        let (id, form, link) = (place.id, visit.form, Site.planEdit.link(place.id))
        guard let target = try await seen(desk, place).spots.target(form["target"]) else {
            return try await desk.page(try await page(desk, place, problem: desk.w("plan.choose")), status: 422)
        }
        do {
            let (x, y) = (Int(form["x"]) ?? -1, Int(form["y"]) ?? -1)
            let isTaken = form["take"] == "yes"
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = link
                if isTaken { try PlanActs(act: act).take(target.kind, target.id, at: id) } else { try PlanActs(act: act).put(target.kind, target.id, x: x, y: y, at: id) }
            }
            return desk.done(link, desk.w(isTaken ? "plan.taken" : "plan.saved", ["name": desk.w(target.name)]))
        } catch let problems as FormProblems {
            return try await desk.page(try await page(desk, place, problem: problems.fields.map { desk.w($0.sentence) }.joined(separator: " ")), status: 422)
        }
    }
}
