import Foundation
import Regulation
import Store
import WorkCalendar

/// What makes the desk quick: kept views, one act upon many cases, words for replies, who else is writing, drafts.
struct DeskRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("POST", Site.complaintViews, .signedIn, keepView), Entry("POST", Site.complaintViewEnd, .signedIn, endView),
            Entry("POST", Site.complaintBulk, .signedIn, begin), Entry("GET", Site.bulk, .signedIn, show), Entry("POST", Site.bulkUndo, .signedIn, undo),
            Entry("GET", Site.replies, .may("handle"), replies), Entry("POST", Site.replies, .may("handle"), keepReply), Entry("POST", Site.replyEnd, .may("handle"), endReply),
            Entry("GET", Site.complaintPresence, .signedIn, others), Entry("POST", Site.complaintPresence, .signedIn, tell),
            Entry("POST", Site.complaintDraft, .signedIn, draft),
        ]
    }

    // MARK: - Views

    private func keepView(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        guard !ComplaintSight.isEmpty(desk.viewer, desk.tree) else { throw Refusal.notFound }
        let (title, query, isShared, me) = (visit.form["title"], Self.query(visit.form["query"]), visit.form["shared"] == "yes", desk.viewer.person.id)
        let link = Site.complaints.link() + (query.isEmpty ? "" : "?" + query)
        do {
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = link
                try SavedView.keep(title, query: query, isShared: isShared, by: me, act)
            }
            return desk.done(link, desk.w("case.view-kept", ["title": title]))
        } catch let problems as FormProblems { return desk.done(link, problems.fields.map { desk.w($0.sentence) }.joined(separator: " ")) }
    }

    /// Only what the queue's own address may hold, so that a view leads nowhere else.
    private static func query(_ text: String) -> String {
        guard let pairs = try? Submitted.pairs(text) else { return "" }
        return pairs.filter { ["tab", "q"].contains($0.0) && !$0.1.isEmpty }.map { "\($0.0)=\(Submitted.encode($0.1))" }.joined(separator: "&")
    }

    private func endView(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (id, me) = (visit[0], desk.viewer.person.id)
        try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
            act.act.answer = Site.complaints.link()
            try SavedView.end(id, by: me, act)
        }
        return desk.done(Site.complaints.link(), desk.w("case.view-ended"))
    }

    // MARK: - Many at once

    private func begin(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (me, sight, back) = (desk.viewer.person.id, ComplaintSight(desk.viewer, desk.tree), Self.query(visit.form["query"]))
        guard !sight.isEmpty, let what = ComplaintAct(rawValue: visit.form["act"]) else { throw Refusal.notFound }
        let (words, unit, ticked) = (visit.form["words"], visit.form["unit"], visit.form.fields.filter { $0.0 == "case" }.map(\.1))
        var ids = ticked
        if visit.form["all"] == "yes" {
            let parts = Dictionary((try? Submitted.pairs(back)) ?? [], uniquingKeysWith: { _, last in last })
            let filter = try ComplaintFilter(tab: ComplaintFilter.Tab(rawValue: parts["tab"] ?? "") ?? .open, asked: parts["q"] ?? "", book: desk.pack.pack.caseBook, tree: desk.tree, zone: hall.zone, now: visit.now, me: me)
            ids = try await hall.store.read { [hall] tx in try filter.page(sight, hall.store.engine, at: visit.now, most: Bulk.most, after: "", tx).map(\.id) }
        }
        let (cases, kept) = (ids, sight)
        do {
            let bulk = try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act -> Bulk in
                // What one does not see is not among them, whatever was sent.
                var seen: [Complaint.ID] = []
                for id in cases.prefix(Bulk.most + 1) where try ComplaintReader(tx: act.act, hall: act.hall).find(id, kept)?.isConfidential == false { seen.append(id) }
                var sent = ["demand": words, "reason": words, "note": words, "summary": words, "unit": unit, "assignee": visit.form["assignee"]]
                if what == .combine {
                    let number = words.trimmingCharacters(in: .whitespaces).uppercased()
                    sent["into"] = try act.act.one("select id from complaint where number = \(number) and confidential = 0")?.text("id") ?? ""
                    seen.removeAll { $0 == sent["into"] }
                }
                let bulk = try Bulk.begin(what, seen, sent, by: me, act)
                act.act.answer = Site.bulk.link(bulk.id)
                return bulk
            }
            // A handful is done before the page is there; the rest goes on by itself.
            if bulk.total <= 50 { _ = try await Bulk.work(hall, at: visit.now, only: bulk.id, most: 50) }
            return .redirect(Site.bulk.link(bulk.id))
        } catch let problems as FormProblems {
            return desk.done(Site.complaints.link() + (back.isEmpty ? "" : "?" + back), problems.fields.map { desk.w($0.sentence) }.joined(separator: " "))
        }
    }

    private func show(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (id, me, w, sight) = (visit[0], desk.viewer.person.id, desk.w, ComplaintSight(desk.viewer, desk.tree))
        let found = try await hall.store.read { tx -> (Bulk, [(Bulk.Line, Complaint?)])? in
            guard let bulk = try tx.one("select * from bulk where place in (select place from place where kind = \("company")) and id = \(id)").map(Bulk.init(row:)), bulk.person == me else { return nil }
            let lines = try tx.rows("select * from bulk_row where place = \(bulk.place) and bulk = \(id) order by seq").map(Bulk.Line.init(row:))
            var cases: [String: Complaint] = [:]
            let ids = lines.map(\.complaint)
            for row in try tx.rows("select complaint.* from complaint where complaint.id in \(list: ids) and \(sql: sight.condition)") {
                let complaint = try Complaint(row: row)
                cases[complaint.id] = complaint
            }
            return (bulk, lines.map { ($0, cases[$0.complaint]) })
        }
        guard let (bulk, lines) = found else { throw Refusal.notFound }
        func count(_ states: Bulk.Line.State...) -> Int { lines.filter { states.contains($0.0.state) }.count }
        let isOver = count(.waiting, .undoing) == 0
        let mayUndo = bulk.undone == nil && count(.done) > 0 && Bulk.acts.first { $0.act.rawValue == bulk.act }?.undo != nil
        return try await desk.page(
            BulkPage(
                title: w("bulk.title", ["act": w("act." + bulk.act)]), id: id,
                sum: w("bulk.sum", ["done": String(count(.done, .undone)), "refused": String(count(.refused, .kept)), "waiting": String(count(.waiting, .undoing)), "total": String(bulk.total)]), done: bulk.total - count(.waiting, .undoing), total: bulk.total,
                lines: lines.map { line, complaint in
                    .init(number: complaint?.number ?? w("bulk.gone"), link: complaint.map { Site.complaint.link($0.id) } ?? "", state: line.state.rawValue, words: w("bulk.state." + line.state.rawValue), why: [.refused, .kept].contains(line.state) ? w(line.said) : "")
                }, isOver: isOver, mayUndo: mayUndo, hidden: desk.hidden))
    }

    private func undo(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (id, me) = (visit[0], desk.viewer.person.id)
        try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
            act.act.answer = Site.bulk.link(id)
            try Bulk.undo(id, by: me, act)
        }
        _ = try await Bulk.work(hall, at: visit.now, only: id, most: 50)
        return .redirect(Site.bulk.link(id))
    }

    // MARK: - Words for replies

    private func places(_ desk: Desk) -> [Place.ID] { desk.viewer.places("handle", in: desk.tree).filter { desk.tree[$0]?.kind == "unit" }.sorted() }

    private func repliesPage(_ desk: Desk, typed: [String: String] = [:], problems: [String: String] = [:]) async throws -> RepliesPage {
        let places = places(desk)
        let own = try await hall.store.read { tx in try CannedReply.all(at: places, tx) }
        return RepliesPage(
            title: desk.w("case.replies"), shipped: desk.pack.pack.caseBook.replies.map { (desk.w($0.title), desk.w($0.words)) },
            own: own.map { ($0.id, $0.title, $0.words, desk.tree[$0.place].map { desk.w($0.name) } ?? "") }, units: places.compactMap { id in desk.tree[id].map { Selection(id: id, name: desk.w($0.name)) } },
            typed: typed, problems: problems, hidden: desk.hidden)
    }

    private func replies(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(try await repliesPage(desk))
    }

    private func keepReply(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let places = places(desk)
        guard let place = places.contains(visit.form["unit"]) ? visit.form["unit"] : places.first else { throw Refusal.notFound }
        let (title, words, me) = (visit.form["title"], visit.form["words"], desk.viewer.person.id)
        do {
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = Site.replies.link()
                try CannedReply.keep(title, words, at: place, by: me, act)
            }
            return desk.done(Site.replies.link(), desk.w("customer.saved"))
        } catch let problems as FormProblems {
            let named = Dictionary(problems.fields.map { ($0.field, desk.w($0.sentence)) }, uniquingKeysWith: { first, _ in first })
            return try await desk.page(try await repliesPage(desk, typed: visit.form.answers, problems: named), status: 422)
        }
    }

    private func endReply(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (id, places) = (visit[0], places(desk))
        try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
            act.act.answer = Site.replies.link()
            try CannedReply.end(id, at: places, act)
        }
        return .redirect(Site.replies.link())
    }

    // MARK: - Who else, and what was not sent

    private func seen(_ desk: Desk) async throws -> Complaint {
        let (id, sight) = (desk.visit[0], ComplaintSight(desk.viewer, desk.tree))
        guard let found = try await hall.store.read({ [hall] tx in try ComplaintReader(tx: tx, hall: hall).find(id, sight) }) else { throw Refusal.notFound }
        return found
    }

    private func others(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let complaint = try await seen(desk)
        let (me, now) = (desk.viewer.person.id, visit.now)
        let names = try await hall.store.read { tx in try Presence.others(complaint.id, but: me, at: now, tx) }
        return .page(Self.words(names, desk.w))
    }

    static func words(_ others: [(name: String, what: String)], _ w: Words) -> HTML {
        "\(others, { "<span class=\"chip\">\(w("case.present", ["name": $0.name, "what": w.keys.contains("act." + $0.what) ? w("act." + $0.what) : w("case.writing")]))</span> " })"
    }

    private func tell(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let complaint = try await seen(desk)
        let (me, now, what) = (desk.viewer.person.id, visit.now, ComplaintAct(rawValue: visit.form["what"])?.rawValue ?? "")
        let isLeaving = visit.form["what"] == "leave"
        let names = try await hall.store.write { tx in
            if isLeaving { try Presence.leave(complaint.id, me, tx) } else { try Presence.tell(complaint.id, me, what, at: now, tx) }
            return try Presence.others(complaint.id, but: me, at: now, tx)
        }
        hall.hub.publish("case:" + complaint.id)
        return .page(Self.words(names, desk.w))
    }

    private func draft(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let complaint = try await seen(desk)
        guard let act = ComplaintAct(rawValue: visit[1]) else { throw Refusal.notFound }
        let known = Set(act.fields.map(\.id))
        let (fields, me, now) = (visit.form.answers.filter { known.contains($0.key) }, desk.viewer.person.id, visit.now)
        try await hall.store.write { tx in try Draft.keep(fields, act, complaint.id, by: me, at: now, tx) }
        return .page("\(desk.w("case.draft-kept", ["when": desk.times.clock(now)]))")
    }
}
