import Foundation
import Regulation
import Store
import WorkCalendar

/// A hall's labels: what has one, making and revoking them, and the sheet to print.
struct LabelRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.labels, .signedIn, show), Entry("POST", Site.labels, .signedIn, make),
            Entry("GET", Site.labelSheet, .signedIn, sheet), Entry("POST", Site.labelRevocation, .signedIn, revoke),
        ]
    }

    /// The place, for who looks after places or devices; the first refusal is of the kind of thing, the second of the place.
    private func place(_ desk: Desk) throws -> Place {
        let both = ["places", "devices"]
        guard both.contains(where: desk.viewer.may) else {
            throw Refusal.notAllowed(Text("你的岗位不管标签。需要的话请找管理员。", "Your role does not look after labels. Ask the administrator if you need one."))
        }
        guard let place = desk.tree[desk.visit[0]], both.contains(where: { desk.viewer.may($0, at: place.id, in: desk.tree) }) else {
            throw Refusal.notFound
        }
        return place
    }

    private func targets(_ desk: Desk, _ place: Place) async throws -> LabelTargets {
        try await hall.store.read { [hall] tx in
            LabelTargets(
                try HallPoints(desk.pack.pack, at: try FactFinder(tx: tx, hall: hall).facts(of: place), tx), things: try Item.all(at: place.id, tx), in: desk.pack.pack)
        }
    }

    private func show(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(try await page(desk, try place(desk), problem: ""))
    }

    private func page(_ desk: Desk, _ place: Place, problem: String) async throws -> LabelsPage {
        let (w, id) = (desk.w, place.id)
        let targets = try await targets(desk, place)
        let labels = try await hall.store.read { tx in try Label.all(at: id, tx) }
        let missing = targets.all.filter { target in !labels.contains { $0.kind == target.kind && $0.target == target.id } }
        let lines = targets.inOrder(labels)
            .map { label in
                LabelsPage.Line(
                    code: label.code, printed: label.printedCode, link: label.link, kind: w("label.kind-" + label.kind.rawValue),
                    name: targets.name(label, w), since: desk.times.moment(label.at))
            }
        let origin = origin(desk.visit.request)
        return LabelsPage(
            place: id, placeName: w(place.name), lines: lines, missing: missing.map { w($0.name) },
            zones: targets.zones.map { FormView.Option(id: $0.id, name: w($0.name)) }, address: origin,
            hasLog: labels.contains { $0.kind == .log }, hidden: desk.hidden, problem: problem, typed: desk.visit.form["name"])
    }

    private func origin(_ request: Request) -> String { (request.isSecure ? "https://" : "http://") + (request.headers["host"] ?? "localhost") }

    private func code() -> String { Label.code(hall.chance(Label.length)) }

    /// One button makes all that are missing; the form beside it one for a thing.
    private func make(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let place = try place(desk)
        let targets = try await targets(desk, place)
        let (id, link) = (place.id, Site.labels.link(place.id))
        do {
            if visit.form["what"] == "thing" {
                let (name, zone, code) = (visit.form["name"], visit.form["zone"], code())
                guard zone.isEmpty || targets.target(.zone, zone) != nil else { throw Refusal.notFound }
                try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                    act.act.answer = link
                    try LabelActs(act: act).makeThing(name, in: zone, code: code, at: id)
                }
                return desk.done(link, desk.w("label.made", n: 1))
            }
            let codes = targets.all.map { _ in code() }
            let made = try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = link
                return try LabelActs(act: act).make(targets.all, codes: codes, at: id)
            }
            return desk.done(link, desk.w("label.made", n: made))
        } catch let problems as FormProblems {
            let problem = problems.fields.map { desk.w($0.sentence) }.joined(separator: " ")
            return try await desk.page(try await page(desk, place, problem: problem), status: 422)
        }
    }

    private func revoke(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (place, code) = (try place(desk).id, visit[1])
        try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
            act.act.answer = Site.labels.link(place)
            try LabelActs(act: act).revoke(code, at: place)
        }
        return desk.done(Site.labels.link(place), desk.w("label.revoked"))
    }

    /// The chosen labels, all when none is, on the sheet that was picked.
    private func sheet(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (w, query) = (desk.w, visit.request.query)
        let place = try place(desk)
        let id = place.id
        guard let sheet = LabelSheet.of(query["sheet"] ?? LabelSheet.all[0].id) else {
            throw Refusal.invalid(field: "sheet", Text("请选标签纸。", "Please choose the sheet."))
        }
        let address = try checked(query["address"] ?? origin(visit.request))
        let outside = try checked(query["public"] ?? address)
        let targets = try await targets(desk, place)
        let chosen = Set(query.keys.filter { $0.hasPrefix("c.") }.map { String($0.dropFirst(2)) })
        let labels = targets.inOrder(try await hall.store.read { tx in try Label.all(at: id, tx) }).filter { chosen.isEmpty || chosen.contains($0.code) }
        guard !labels.isEmpty else { throw Refusal.conflict(Text("还没有标签，请先生成。", "There are no labels yet; please make some first.")) }
        let items = labels.map { label -> LabelPDF.Item in
            let isLog = label.kind == .log
            let lines = [w(place.name)] + (isLog ? Language.allCases.map { Words.of($0)("label.scan-log") } : [w("label.scan")]) + [label.printedCode]
            return LabelPDF.Item(link: (isLog ? outside : address) + label.link, name: targets.name(label, w), lines: lines)
        }
        let used = max(1, min(Int(query["start"] ?? "") ?? 1, sheet.count)) - 1
        let bytes = try LabelPDF.make(items, on: sheet, start: used, at: visit.now)
        var reply = Reply.file(bytes, media: "application/pdf")
        reply.set("content-disposition", "inline; filename=\"labels-\(sheet.id).pdf\"")
        return reply
    }

    /// An address people's phones can open, without a slash at its end.
    private func checked(_ text: String) throws -> String {
        var address = text.trimmingCharacters(in: .whitespaces)
        while address.hasSuffix("/") { address.removeLast() }
        guard address.utf8.count <= 80, let url = URL(string: address), ["http", "https"].contains(url.scheme), url.host()?.isEmpty == false,
            url.query() == nil, url.fragment() == nil, address.allSatisfy(\.isASCII)
        else {
            throw Refusal.invalid(field: "address", Text("请写手机能打开的网址，如 https://hall.example.com。", "Please give the address phones can open, such as https://hall.example.com."))
        }
        return address
    }
}
