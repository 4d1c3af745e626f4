import Foundation
import Regulation
import Store
import WorkCalendar

/// The queue of cases: lists by tab, a search line, what may be done with many at once.
struct QueueRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] { [Entry("GET", Site.complaints, .signedIn, list)] }
    static let pageLength = 100

    /// Outside the hours in which customers are called back: which they are, and from when on one may call; "" within them.
    private func callingClosed(_ desk: Desk) -> String {
        let (w, company) = (desk.w, desk.pack.pack.company)
        guard let next = company.callingBegins(after: hall.zone.minuteOfDay(desk.visit.now)) else { return "" }
        func clock(_ minute: Int) -> String { "\(minute / 60):\(minute % 60 < 10 ? "0" : "")\(minute % 60)" }
        let spans = company.callingHours.map { clock($0.lowerBound) + "–" + clock($0.upperBound) }.joined(separator: w("list.comma"))
        return w(next.isTomorrow ? "case.calling-closed-until-morning" : "case.calling-closed", ["window": spans, "from": clock(next.minute)])
    }

    private func list(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (w, query, now) = (desk.w, visit.request.query, visit.now)
        let sight = ComplaintSight(desk.viewer, desk.tree)
        guard !desk.pack.pack.caseBook.isEmpty, !sight.isEmpty else { throw Refusal.notFound }
        let tabs = ComplaintFilter.Tab.allCases.filter { $0.permissions.isEmpty || $0.permissions.contains(where: desk.viewer.may) }
        // Whoever handles begins with what is theirs; others with all they see.
        let isMine = desk.viewer.may("handle")
        let tab = tabs.first { $0.rawValue == query["tab"] } ?? (isMine && (query["q"] ?? "").isEmpty ? .mine : .open)
        let asked = String((query["q"] ?? "").prefix(200))
        if let number = ComplaintFilter.number(asked),
            let id = try await hall.store.read({ tx in try tx.one("select complaint.id as id from complaint where complaint.series = \(String(number.prefix(2))) and complaint.day = \(String(number.dropFirst(2).prefix(8))) and complaint.seq = \(Int(number.split(separator: "-").last ?? "") ?? -1) and \(sql: sight.condition)")?.text("id") }) {
            return .redirect(Site.complaint.link(id))
        }
        var page = ComplaintsPage(
            title: w("nav.complaints"),
            tabs: tabs.map { ComplaintsPage.Tab(name: w("case.tab." + $0.rawValue), link: Self.link($0, asked, ""), isCurrent: $0 == tab) }, tab: tab.rawValue, asked: asked,
            problem: "", groups: [], next: "", mayTakeIn: desk.viewer.may("take-in"))
        page.query = [("tab", tab.rawValue), ("q", asked)].filter { !$0.1.isEmpty }.map { "\($0.0)=\(Submitted.encode($0.1))" }.joined(separator: "&")
        page.hidden = desk.hidden
        if desk.viewer.may("handle") { page.more.append((w("case.replies"), Site.replies.link())) }
        if desk.viewer.may("approve") { page.more.append((w("deputy.title"), Site.deputies.link())) }
        page.exports = ExportLinks.html(Site.complaintExport.link() + (page.query.isEmpty ? "" : "?" + page.query), mayPersonal: CaseExport.mayPersonal(desk), w)
        page.examples = DeskHelp.conditions(desk.pack.pack.caseBook, desk.tree, w, tomorrow: desk.today.adding(days: 1), tab: tab.rawValue)
        if tab == .callBacks { page.note = callingClosed(desk) }
        if tab == .disposal { page.note = w("case.disposal.note") }
        if tab != .closed {
            let acts = Bulk.acts.map(\.act).filter { ComplaintAct.disposal.contains($0) == (tab == .disposal) || $0 == .note }
            page.acts = acts.filter { act in [false, true].contains { act.permission(isConfidential: $0).map(desk.viewer.may) ?? true } }.map { Selection(id: $0.rawValue, name: w("act." + $0.rawValue)) }
            page.units = Self.units(desk)
        }
        do {
            let filter = try ComplaintFilter(tab: tab, asked: asked, book: desk.pack.pack.caseBook, tree: desk.tree, zone: hall.zone, now: now, me: desk.viewer.person.id)
            let after = query["after"] ?? ""
            let (me, units) = (desk.viewer.person.id, sight.units)
            let (rows, texts, waits, views, people) = try await hall.store.read { [hall, pack = desk.pack, today = desk.today] tx -> ([Complaint], [String: String], [String: Waiting], [SavedView], [Selection]) in
                let views = try SavedView.all(of: me, tx)
                let people = try Roster(tx: tx).handling(at: units.prefix(3), pack.pack, on: today).map { Selection(id: $0, name: try Person.name($0, tx) ?? $0) }
                let rows = try filter.page(sight, hall.store.engine, at: now, most: Self.pageLength, after: after, tx)
                let reader = ComplaintReader(tx: tx, hall: hall)
                var waits: [String: Waiting] = [:]
                if tab == .approvals { for complaint in rows.prefix(Self.pageLength) { waits[complaint.id] = try Self.waiting(complaint, me, hall, tx, at: now) } }
                return (rows, try reader.texts(rows.map(\.text)), waits, views, people)
            }
            let shown = rows.prefix(Self.pageLength)
            page.people = people
            page.views = views.map { .init(title: $0.title, link: Site.complaints.link() + ($0.query.isEmpty ? "" : "?" + $0.query), end: $0.person == me ? Site.complaintViewEnd.link($0.id) : "", isShared: $0.isShared) }
            let lines = shown.map { complaint -> (Complaint, ComplaintsPage.Line) in
                let approval = waits[complaint.id].map { wait in
                    ComplaintsPage.Approval(
                        act: wait.act?.rawValue ?? "", name: wait.act.map { w("act." + $0.rawValue) } ?? "", opinion: wait.opinion, version: complaint.version,
                        waits: w("case.sits-with", ["who": wait.names.isEmpty ? desk.roleName(wait.role) : w.list(wait.names), "long": desk.times.span(now.ms - wait.since.ms)]), hidden: desk.hidden)
                }
                return (complaint, .init(line: Self.line(complaint, texts[complaint.text] ?? "", desk), id: complaint.id, approval: approval))
            }
            if tab == .unit {
                page.groups = Complaint.Stage.allCases.compactMap { stage in
                    let own = lines.filter { $0.0.stage == stage }.map(\.1)
                    return own.isEmpty ? nil : .init(heading: w("case.stage." + stage.rawValue), lines: own)
                }
            } else { page.groups = [.init(heading: "", lines: lines.map(\.1))] }
            if rows.count > Self.pageLength, let last = shown.last { page.next = Self.link(tab, asked, filter.cursor(after: last)) }
        } catch let problems as FormProblems {
            page.problem = problems.fields.map { w($0.sentence) }.joined(separator: " ")
            page.exports = nil
        }
        return try await desk.page(page, status: page.problem.isEmpty ? 200 : 422)
    }

    /// Who a case waits for to be approved, since when, and what whoever looks can do about it with one tap.
    struct Waiting: Sendable {
        var act: ComplaintAct?
        var opinion = ""
        var names: [String] = []
        var role = ""
        var since = Instant(ms: 0)
    }

    private static func waiting(_ complaint: Complaint, _ me: Person.ID, _ hall: Hallkeeper, _ tx: any Reading, at now: Instant) throws -> Waiting {
        let inForce = try hall.packs.pack(complaint.pack, tx)
        let life = ComplaintLife(complaint: complaint, standing: try ComplaintActs.standing(of: complaint, by: me, inForce, hall, tx, at: now))
        var waiting = Waiting()
        waiting.act = [.approve, .instruct, .grant].first { life.hindrance(to: $0) == nil }
        let file = try ComplaintReader(tx: tx, hall: hall).file(complaint)
        let last = file.steps.last { ["propose", "approve", "ask", "grant"].contains($0.step.act) }
        waiting.since = last?.step.at ?? complaint.recorded
        waiting.opinion = file.steps.last { ["propose", "ask"].contains($0.step.act) }.map { $0.words["opinion"] ?? $0.words["reason"] ?? "" } ?? ""
        if complaint.request != .none {
            let levels = inForce.pack.caseBook.decides(on: complaint.request.rawValue)
            waiting.role = complaint.requestGrants < levels.count ? levels[complaint.requestGrants] : inForce.pack.roles.first { $0.sits == "unit" && $0.may.contains("approve") }?.id ?? ""
        } else { waiting.role = complaint.approvals < life.standing.approval.count ? life.standing.approval[complaint.approvals] : "" }
        if let duty = file.owed.first(where: { ["complaint.approved", "complaint.instructed"].contains($0.endsOn) }), let rule = inForce.pack.rule(duty.rule) {
            for person in try Roster(tx: tx).responsible(for: duty, rule: rule, pack: inForce.pack, on: hall.zone.day(of: now)).people {
                if let name = try Person.name(person, tx) { waiting.names.append(name) }
            }
        }
        return waiting
    }

    private static func link(_ tab: ComplaintFilter.Tab, _ asked: String, _ after: String) -> String {
        let parts = [("tab", tab.rawValue), ("q", asked), ("after", after)].filter { !$0.1.isEmpty }
        return Site.complaints.link() + (parts.isEmpty ? "" : "?" + parts.map { "\($0.0)=\(Submitted.encode($0.1))" }.joined(separator: "&"))
    }

    /// A case as one line of a list, wherever it is listed.
    static func line(_ complaint: Complaint, _ text: String, _ desk: Desk) -> DutyLine {
        let (w, book) = (desk.w, desk.pack.pack.caseBook)
        let due = complaint.isOver ? nil : complaint.nextDue
        let isLate = due.map { $0 < desk.visit.now } ?? false
        let isSoon = due.map { $0.ms - desk.visit.now.ms < 30 * 60_000 } ?? false
        let facts = [
            book.kind(complaint.kind)?.isEmergency == true ? w("case.urgent") : nil, book.severity(complaint.severity).map { w($0.name) }, book.kind(complaint.kind).map { w($0.name) }, desk.tree[complaint.unit].map { w($0.name) },
            w("case.stage." + complaint.stage.rawValue), complaint.isSupervised ? w("case.supervised") : nil, complaint.suspended == nil ? nil : w("case.suspended"),
            complaint.disposal == .none ? nil : w("case.disposal." + complaint.disposal.rawValue),
        ].compactMap { $0 }
        return DutyLine(
            state: complaint.isOver ? "done" : isLate ? "late" : isSoon ? "soon" : complaint.suspended != nil ? "waiting" : "open",
            when: due.map { desk.times.due($0) } ?? desk.times.moment(complaint.ended ?? complaint.recorded), note: due.map { desk.times.brief($0) } ?? w(complaint.isOver ? "case.rail.closed" : "case.rail.recorded"),
            // What supervision reads of a matter it opens, and each look is an entry: a list says no more than that it is there.
            title: complaint.number + " " + (complaint.isConfidential ? "" : Self.short(text)), clauses: [], why: facts.joined(separator: " · "), go: "", link: Site.complaint.link(complaint.id))
    }

    /// As much of a text as one line takes.
    static func short(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.count > 40 ? line.prefix(40) + "…" : line
    }

    /// The units there are, to choose from.
    static func units(_ desk: Desk) -> [Selection] {
        desk.tree.places.filter { $0.kind == "unit" && $0.ended == nil }.map { Selection(id: $0.id, name: desk.w($0.name)) }
    }
}
