import Foundation
import Regulation
import Store
import WorkCalendar

/// Cases on the desk: the queue, taking in, the file with what may be done now, and its papers.
struct ComplaintRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.complaints, .signedIn, list), Entry("GET", Site.complaintNew, .may("take-in"), blank),
            Entry("POST", Site.complaints, .may("take-in"), bodyLimit: 40 << 20, takeIn), Entry("POST", Site.complaintBeside, .may("take-in"), beside),
            Entry("GET", Site.complaintHandedOver, .may("take-in"), handedOver), Entry("GET", Site.complaint, .signedIn, show),
            Entry("POST", Site.complaintAct, .signedIn, bodyLimit: 40 << 20, act), Entry("POST", Site.complaintContact, .signedIn, reveal),
            Entry("GET", Site.complaintSlip, .signedIn) { try await paper($0, .slip) }, Entry("GET", Site.complaintLetter, .signedIn) { try await paper($0, .letter) },
            Entry("GET", Site.complaintReport, .signedIn) { try await paper($0, .report) },
            Entry("GET", Site.complaintReceipt, .signedIn, receipt),
        ]
    }
    static let pageLength = 100

    // MARK: - The queue

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
        if tab == .callBacks, let window = desk.pack.pack.company.contactWindow, !window.contains(hall.zone.minuteOfDay(now)) {
            func clock(_ minute: Int) -> String { "\(minute / 60):\(minute % 60 < 10 ? "0" : "")\(minute % 60)" }
            page.note = w("case.calling-closed", ["window": clock(window.lowerBound) + "–" + clock(window.upperBound)])
        }
        if tab != .closed {
            page.acts = Bulk.acts.map(\.act).filter { $0.permission.map(desk.viewer.may) ?? true }.map { Selection(id: $0.rawValue, name: w("act." + $0.rawValue)) }
            page.units = Self.units(desk)
        }
        do {
            let filter = try ComplaintFilter(tab: tab, asked: asked, book: desk.pack.pack.caseBook, tree: desk.tree, zone: hall.zone, now: now, me: desk.viewer.person.id)
            let statement = filter.statement(sight, hall.store.engine, at: now, most: Self.pageLength, after: query["after"] ?? "")
            let (me, units) = (desk.viewer.person.id, sight.units)
            let (rows, texts, waits, views, people) = try await hall.store.read { [hall, pack = desk.pack, today = desk.today] tx -> ([Complaint], [String: String], [String: Waiting], [SavedView], [Selection]) in
                let views = try SavedView.all(of: me, tx)
                let roles = pack.pack.roles.filter { $0.may.contains("handle") }.map(\.id)
                var people: [Selection] = []
                for unit in units.prefix(3) {
                    for person in try roles.flatMap({ try Roster(tx: tx).people($0, at: unit, on: today) }) where !people.contains(where: { $0.id == person }) {
                        people.append(Selection(id: person, name: try tx.one("select personal.text as name from person join personal on personal.id = person.name where person.person = \(person)")?.text("name") ?? person))
                    }
                }
                guard let statement else { return ([], [:], [:], views, people) }
                let rows = try tx.rows(statement).map(Complaint.init(row:))
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
                        waits: w("case.sits-with", ["who": wait.names.isEmpty ? desk.roleName(wait.role) : wait.names.joined(separator: "、"), "long": desk.times.span(now.ms - wait.since.ms)]), hidden: desk.hidden)
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
                if let row = try tx.one("select personal.text as name from person join personal on personal.id = person.name where person.person = \(person)") { waiting.names.append(try row.text("name")) }
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

    // MARK: - Taking in

    private func blank(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        // A phone or what somebody said is never in an address: those are kept by browsers, proxies and logs.
        var typed: [String: String] = [:]
        if let kind = visit.request.query["kind"], desk.pack.pack.caseBook.kind(kind) != nil { typed["kind"] = kind }
        return try await desk.page(try await intakePage(desk, typed: typed, problems: []))
    }

    private func intakePage(_ desk: Desk, typed: [String: String], problems: [(field: String, sentence: Text)]) async throws -> IntakePage {
        let (w, book, tree) = (desk.w, desk.pack.pack.caseBook, desk.tree)
        guard !book.isEmpty else { throw Refusal.notFound }
        var typed = typed
        let isAtHall = takingPlace(desk).map { tree[$0]?.kind == "hall" } ?? false
        if (typed["channel"] ?? "").isEmpty { typed["channel"] = isAtHall ? "hall" : book.channels.first?.id ?? "" }
        if (typed["severity"] ?? "").isEmpty { typed["severity"] = book.lightest }
        if (typed["door"] ?? "").isEmpty { typed["door"] = book.doors.first?.id ?? "" }
        if isAtHall, typed["hall"] == nil { typed["hall"] = takingPlace(desk) ?? "" }
        let kind = book.kind(typed["kind"] ?? "")
        let beside = try await besideView(desk, phone: typed["phone"] ?? "", kind: typed["kind"] ?? "", text: typed["text"] ?? "", asked: typed)
        let isEmergency = kind?.isEmergency == true
        return IntakePage(
            title: isEmergency ? w("case.emergency", ["what": kind.map { w($0.name) } ?? ""]) : w("case.new"), doors: book.doors.map { Selection(id: $0.id, name: w($0.name)) },
            kinds: book.choices.flatMap { group, kinds in kinds.map { Selection(id: $0.id, name: w($0.name), group: w(group.name)) } },
            severities: book.severities.reversed().map { Selection(id: $0.id, name: w($0.name)) }, channels: book.channels.map { Selection(id: $0.id, name: w($0.name)) },
            external: book.channels.filter(\.isExternal).map(\.id), halls: tree.halls.map { Selection(id: $0.id, name: w($0.name)) }, units: Self.units(desk),
            emergencies: book.kinds.filter { $0.isEmergency }.map { Selection(id: $0.id, name: w($0.name)) }, say: isEmergency ? kind?.say.map { w($0) } ?? w("case.emergency-say") : "", goes: isEmergency ? tree.places.first { $0.kind == "unit" && $0.code == kind?.unit && $0.ended == nil }.map { w($0.name) } ?? "" : "", typed: typed,
            problems: Dictionary(problems.map { ($0.field, w($0.sentence)) }, uniquingKeysWith: { first, _ in first }), beside: beside, hidden: desk.hidden, person: desk.viewer.person.id)
    }

    static func units(_ desk: Desk) -> [Selection] {
        desk.tree.places.filter { $0.kind == "unit" && $0.ended == nil }.map { Selection(id: $0.id, name: desk.w($0.name)) }
    }

    /// Where whoever takes a case in sits: the place of the role that lets them.
    private func takingPlace(_ desk: Desk) -> Place.ID? {
        desk.viewer.roles.first { held in desk.pack.pack.role(held.role)?.may.contains("take-in") == true }?.place ?? desk.home?.id
    }

    private func takeIn(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (form, zone) = (visit.form, hall.zone)
        var typed: [String: String] = [:]
        for name in ["door", "kind", "severity", "channel", "hall", "unit", "text", "wish", "name", "phone", "address", "account", "outer", "outerDue", "promised", "anonymous", "repeatOf"] { typed[name] = form[name] }
        do {
            var intake = Intake()
            (intake.door, intake.kind, intake.severity, intake.channel) = (form["door"], form["kind"], form["severity"], form["channel"])
            (intake.text, intake.wish, intake.name, intake.phone) = (form["text"], form["wish"], form["name"], form["phone"])
            (intake.address, intake.account, intake.outerNumber, intake.isAnonymous) = (form["address"], form["account"], form["outer"], form["anonymous"] == "yes")
            var problems: [(field: String, sentence: Text)] = []
            // Who calls about danger says where; the rest can wait.
            if let kind = desk.pack.pack.caseBook.kind(intake.kind), kind.isEmergency {
                if intake.text.isEmpty { intake.text = kind.name.zh }
                if intake.address.isEmpty { problems.append(("address", Text("写清在哪里，抢修马上要去。", "Write where it is: the crew leaves at once."))) }
            }
            for (field, path) in [("outerDue", \Intake.outerDue), ("promised", \Intake.promised)] where !form[field].isEmpty {
                if let moment = Instant(written: form[field], in: zone) { intake[keyPath: path] = moment } else { problems.append((field, Text("时间写成 2026-11-24 10:30。", "Write the time like 2026-11-24 10:30."))) }
            }
            if let earlier = ComplaintFilter.number(form["repeatOf"]) {
                let sight = ComplaintSight(desk.viewer, desk.tree)
                intake.repeatOf = try await hall.store.read { tx in try tx.one("select complaint.id as id from complaint where complaint.number = \(earlier) and complaint.series = 'TS' and complaint.day = \(String(earlier.dropFirst(2).prefix(8))) and \(sql: sight.condition)")?.text("id") } ?? ""
                if intake.repeatOf.isEmpty { problems.append(("repeatOf", Text("没有这件更早的工单。", "There is no such earlier case."))) }
            } else if !form["repeatOf"].isEmpty { problems.append(("repeatOf", Text("写工单编号，如 TS20261124-0007。", "Write a case number like TS20261124-0007."))) }
            if desk.tree[form["hall"]]?.kind == "hall" { intake.hall = form["hall"] }
            if !form["unit"].isEmpty { intake.units = [form["unit"]] }
            let hasUnit = !form["unit"].isEmpty || desk.pack.pack.caseBook.kind(form["kind"]).map { !$0.unit.isEmpty || $0.isConfidential } ?? true
            if !hasUnit { problems.append(("unit", Text("这一类没有固定的单位，请选一个。", "This kind has no unit of its own; choose one."))) }
            guard problems.isEmpty else { throw FormProblems(fields: problems) }
            let isQuiet = desk.pack.pack.caseBook.kind(intake.kind)?.isConfidential == true
            for file in form.files where !file.bytes.isEmpty { intake.files.append(try await hall.keepPhoto(file.bytes, isConfidential: isQuiet, at: visit.now)) }
            intake.tracking = TrackingCode.draw(hall)
            let (full, me, taken) = (intake, desk.viewer.person.id, takingPlace(desk) ?? "")
            let complaint = try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act -> Complaint in
                let complaint = try ComplaintActs(act).record(full, by: me, at: taken)
                act.act.answer = Self.after(complaint)
                return complaint
            }
            return desk.done(Self.after(complaint), complaint.isConfidential ? "" : desk.w("case.saved", ["number": complaint.number, "code": TrackingCode.written(complaint.tracking)]))
        } catch let problems as FormProblems {
            return try await desk.page(try await intakePage(desk, typed: typed, problems: problems.fields), status: 422)
        }
    }

    /// Misconduct leaves nothing behind but the code its reporter needs.
    private static func after(_ complaint: Complaint) -> String {
        complaint.isConfidential ? Site.complaintHandedOver.link(complaint.tracking) : Site.complaint.link(complaint.id)
    }

    private func handedOver(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        guard let code = TrackingCode.read(visit[0]) else { throw Refusal.notFound }
        return try await desk.page(HandedOverPage(title: desk.w("case.handed-over-title"), code: TrackingCode.written(code)))
    }

    private func beside(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let form = visit.form
        return .page(try await besideView(desk, phone: form["phone"], kind: form["kind"], text: form["text"], asked: form.answers).html(desk.w))
    }

    /// Earlier cases of a phone, and what may be the same matter: of the same kind or words, from the last three days. Only
    /// what whoever asks may see.
    private func besideView(_ desk: Desk, phone: String, kind: String, text: String, but own: Complaint.ID = "", asked: [String: String] = [:]) async throws -> BesideView {
        let deadlines = try await deadlines(desk, asked)
        let sight = ComplaintSight(desk.viewer, desk.tree)
        let number = PhoneNumber.normal(phone).map(ComplaintSearch.backwards) ?? ""
        let since = desk.visit.now.adding(minutes: -3 * 1440)
        let words = String(text.filter { !$0.isWhitespace }.prefix(4))
        let matching = words.count >= 2 ? ComplaintSearch(engine: hall.store.engine).matching(words) : nil
        let group = desk.pack.pack.caseBook.kind(kind).map { $0.under.isEmpty ? $0.id : $0.under } ?? ""
        let kinds = desk.pack.pack.caseBook.kinds.filter { !group.isEmpty && ($0.id == group || $0.under == group) }.map(\.id)
        return try await hall.store.read { [hall] tx in
            let reader = ComplaintReader(tx: tx, hall: hall)
            var view = BesideView()
            view.deadlines = deadlines
            let heard = text.lowercased()
            if desk.pack.pack.caseBook.kind(kind)?.isEmergency != true, let danger = desk.pack.pack.caseBook.kinds.first(where: { $0.isEmergency && $0.hear.contains { heard.contains($0.lowercased()) } }) {
                view.alarm = (desk.w(danger.name), Site.complaintNew.link() + "?kind=" + danger.id)
            }
            let known = phone.isEmpty && (asked["account"] ?? "").isEmpty ? [] : try CustomerFile.find(phone, tx) + CustomerFile.find(asked["account"] ?? "", tx)
            var shown: Set<String> = []
            view.known = known.filter { shown.insert($0.customer.id).inserted }.map { .init(name: $0.name, link: Site.customer.link($0.customer.id), warning: $0.warning(on: desk.today), accounts: $0.accounts.map { ($0.account.account, $0.address, $0.account.meter) }) }
            func items(_ list: [Complaint]) throws -> [BesideView.Earlier] {
                let texts = try reader.texts(list.map(\.text))
                return list.map { .init(title: $0.number + " " + ($0.isConfidential ? "" : Self.short(texts[$0.text] ?? "")), link: Site.complaint.link($0.id), note: desk.times.moment($0.recorded) + " · " + desk.w("case.stage." + $0.stage.rawValue)) }
            }
            var found: Set<String> = [own]
            if !number.isEmpty {
                let list = try tx.rows("select complaint.* from complaint where complaint.id in (select s.id from complaint_search s where s.phone = \(number) and s.phone <> '') and \(sql: sight.condition) and complaint.id <> \(own) order by complaint.recorded desc limit 6").map(Complaint.init(row:))
                view.own = try items(list)
                found.formUnion(list.map(\.id))
                if let last = list.first {
                    let words = try reader.words(last)
                    (view.name, view.address, view.account) = (words["name"] ?? "", words["address"] ?? "", last.account)
                }
            }
            var alike: SQL?
            if !kinds.isEmpty { alike = "complaint.kind in \(list: kinds)" }
            if let matching { alike = alike.map { "(\(sql: $0) or \(sql: matching))" } ?? matching }
            if let alike {
                let list = try tx.rows("select complaint.* from complaint where complaint.confidential = 0 and complaint.recorded >= \(since) and \(sql: alike) and \(sql: sight.condition) order by complaint.recorded desc limit 12").map(Complaint.init(row:))
                view.similar = try items(Array(list.filter { !found.contains($0.id) }.prefix(5)))
            }
            return view
        }
    }

    /// By when it will have to be answered if it is dispatched now: ours by the rulebook, the outer one, and which of them holds.
    private func deadlines(_ desk: Desk, _ asked: [String: String]) async throws -> [String] {
        let (w, book, pack) = (desk.w, desk.pack.pack.caseBook, desk.pack)
        let outer = asked["outerDue"].flatMap { Instant(written: $0, in: hall.zone) }
        guard let kind = book.kind(asked["kind"] ?? ""), !kind.isConfidential else { return outer.map { [w("case.outer-due") + " " + desk.times.by($0)] } ?? [] }
        let code = kind.unit
        guard let place = desk.tree.places.first(where: { $0.kind == "unit" && (asked["unit"].map { !$0.isEmpty } ?? false ? $0.id == asked["unit"] : $0.code == code) && $0.ended == nil }) else { return [] }
        let fields = ["unit": place.id, "lead": "yes", "door": asked["door"] ?? book.doors.first?.id ?? "", "severity": asked["severity"] ?? book.lightest, "channel": asked["channel"] ?? ""]
        let now = desk.visit.now
        let due = try await hall.store.read { [hall] tx -> [String: Instant] in
            let finder = FactFinder(tx: tx, hall: hall)
            let facts = try finder.facts(of: place, pack: pack)
            let happening = Happening(id: "", kind: "complaint.dispatched", fields: fields, place: place.id, subject: "", at: now)
            let planned = Answer.opened(by: happening, pack.pack, at: facts) { _ in [] }
            return Dictionary(planned.compactMap { plan in plan.endsOn.map { ($0, plan.due) } }, uniquingKeysWith: min)
        }
        var list: [String] = []
        if let contact = due["complaint.contacted"] { list.append(w("case.rail.contacted") + " " + desk.times.by(contact)) }
        let own = due["complaint.replied"]
        if let own { list.append(w("case.own-due") + " " + desk.times.by(own)) }
        if let outer { list.append(w("case.outer-due") + " " + desk.times.by(outer)) }
        if let own, let outer { list.append(w(own <= outer ? "case.own-holds" : "case.outer-holds")) }
        return list
    }

    // MARK: - The file

    /// The case of the address, if whoever asks may see it; otherwise it is not there. A look at misconduct is an entry.
    private func find(_ desk: Desk) async throws -> (file: ComplaintFile, standing: ComplaintLife.Standing) {
        let (id, sight, me, now) = (desk.visit[0], ComplaintSight(desk.viewer, desk.tree), desk.viewer.person.id, desk.visit.now)
        let found = try await hall.store.read { [hall] tx -> (ComplaintFile, ComplaintLife.Standing)? in
            let reader = ComplaintReader(tx: tx, hall: hall)
            guard let complaint = try reader.find(id, sight) else { return nil }
            let inForce = try hall.packs.pack(complaint.pack, tx)
            return (try reader.file(complaint), try ComplaintActs.standing(of: complaint, by: me, inForce, hall, tx, at: now))
        }
        guard let found else { throw Refusal.notFound }
        if found.0.complaint.isConfidential {
            let (subject, place) = (found.0.complaint.subject, found.0.complaint.place)
            try await hall.act(by: desk.actor, at: now) { act in try act.enter(Event(kind: "misconduct.looked", about: subject, at: act.now), at: place) }
        }
        return (found.0, found.1)
    }

    private func show(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (file, standing) = try await find(desk)
        var view = try await view(desk, file, standing)
        let (me, id, now) = (desk.viewer.person.id, file.complaint.id, visit.now)
        view.drafts = try await hall.store.read { tx in try Draft.all(id, by: me, since: now.adding(minutes: -Draft.days * 1440), tx) }
        // Words for a reply, chosen without a script.
        if let chosen = visit.request.query["canned"], let act = ComplaintAct(rawValue: visit.request.query["act"] ?? ""), let words = view.canned.first(where: { $0.id == chosen })?.words, let field = act.fields.first(where: { $0.kind == .words }) {
            view.tried = act
            view.typed = [field.id: [view.drafts[act]?[field.id] ?? "", words].filter { !$0.isEmpty }.joined(separator: "\n")]
        }
        return try await desk.page(view.page())
    }

    private func view(_ desk: Desk, _ file: ComplaintFile, _ standing: ComplaintLife.Standing) async throws -> ComplaintView {
        var view = ComplaintView(desk: desk, file: file, standing: standing)
        if !file.complaint.isConfidential {
            let beside = try await besideView(desk, phone: file["phone"], kind: file.complaint.kind, text: "", but: file.complaint.id)
            view.beside = Array((beside.own + beside.similar).prefix(6))
        }
        let (complaint, now, me, units) = (file.complaint, desk.visit.now, desk.viewer.person.id, ComplaintSight(desk.viewer, desk.tree).units)
        let values = view.cannedValues
        let (own, others, people) = try await hall.store.read { [pack = desk.pack, today = desk.today] tx -> ([CannedReply], [(name: String, what: String)], [Selection]) in
            var people: [Selection] = []
            if !complaint.isConfidential, units.contains(complaint.unit) {
                let roles = pack.pack.roles.filter { $0.may.contains("handle") }.map(\.id)
                for person in try roles.flatMap({ try Roster(tx: tx).people($0, at: complaint.unit, on: today) }) where person != complaint.respondent && !people.contains(where: { $0.id == person }) {
                    people.append(Selection(id: person, name: try tx.one("select personal.text as name from person join personal on personal.id = person.name where person.person = \(person)")?.text("name") ?? person))
                }
            }
            return (try CannedReply.all(at: units, tx), try Presence.others(complaint.id, but: me, at: now, tx), people)
        }
        view.people = people
        view.present = others
        view.canned = desk.pack.pack.caseBook.replies.map { ($0.id, desk.w($0.title), CannedReply.filled(desk.w($0.words), values)) } + own.map { ($0.id, $0.title, CannedReply.filled($0.words, values)) }
        return view
    }

    /// Shows name, phone and address whole; that somebody looked is an entry.
    private func reveal(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (file, standing) = try await find(desk)
        let (subject, place) = (file.complaint.subject, file.complaint.place)
        try await hall.act(by: desk.actor, at: visit.now) { act in
            try act.enter(Event(kind: subject.hasPrefix("misconduct") ? "misconduct.contact-seen" : "complaint.contact-seen", about: subject, at: act.now), at: place)
        }
        var view = try await view(desk, file, standing)
        view.isShown = true
        return try await desk.page(view.page())
    }

    private func act(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        guard let what = ComplaintAct(rawValue: visit[1]) else { throw Refusal.notFound }
        let (file, standing) = try await find(desk)
        let complaint = file.complaint
        let (me, zone, sent) = (desk.viewer.person.id, hall.zone, visit.form.answers)
        do {
            var files: [String] = []
            for photo in visit.form.files where !photo.bytes.isEmpty { files.append(try await hall.keepPhoto(photo.bytes, isConfidential: complaint.isConfidential, at: visit.now)) }
            let kept = files
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = Site.complaint.link(complaint.id)
                let book = try act.hall.packs.pack(complaint.pack, act.act).pack.caseBook
                var sent = sent
                // People know cases by their numbers; of misconduct there is none to join.
                if what == .confirmRepeat { sent["of"] = try act.act.one("select id from complaint where number = \(sent["of"]?.trimmingCharacters(in: .whitespaces).uppercased() ?? "") and confidential = 0")?.text("id") ?? sent["of"] }
                if what == .combine, let other = try act.act.one("select id from complaint where number = \(sent["into"]?.trimmingCharacters(in: .whitespaces) ?? "") and confidential = 0") { sent["into"] = try other.text("id") }
                let input = try ActInput(what, sent: sent, files: kept, book: book, zone: zone, now: act.now)
                try ComplaintActs(act).do(what, complaint.id, input, by: me, version: Int(sent["version"] ?? ""))
            }
            let mine = what
            try await hall.store.write { tx in
                try Draft.drop(mine, complaint.id, by: me, tx)
                try Presence.leave(complaint.id, me, tx)
            }
            let isStillSeen = try await hall.store.read { [hall, sight = ComplaintSight(desk.viewer, desk.tree)] tx in try ComplaintReader(tx: tx, hall: hall).find(complaint.id, sight) != nil }
            return desk.done(isStillSeen ? Site.complaint.link(complaint.id) : Site.complaints.link(), desk.w("case.done", ["act": desk.w("act." + what.rawValue)]))
        } catch let problems as FormProblems {
            var view = try await view(desk, file, standing)
            (view.tried, view.typed) = (what, sent)
            view.problems = Dictionary(problems.fields.map { ($0.field, desk.w($0.sentence)) }, uniquingKeysWith: { first, _ in first })
            return try await desk.page(view.page(), status: 422)
        } catch let refusal as Refusal where refusal.status == 409 {
            // Somebody else was quicker, or it is not the moment: the case as it is now, and what was typed.
            let (fresh, standing) = try await find(desk)
            var view = try await view(desk, fresh, standing)
            (view.tried, view.typed, view.problem) = (what, sent, desk.w(refusal.sentence))
            return try await desk.page(view.page(), status: 409)
        }
    }

    // MARK: - Papers

    /// What is handed to the customer at the counter.
    private func receipt(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let file = try await find(desk).file
        return try await desk.page(Receipt(file: file, pack: desk.pack.pack, hall: hall).page(visit, back: Site.complaint.link(file.complaint.id)))
    }

    enum Paper { case slip, letter, report }

    private func paper(_ visit: Visit, _ paper: Paper) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (file, standing) = try await find(desk)
        let view = ComplaintView(desk: desk, file: file, standing: standing)
        switch paper {
        case .slip: return try await desk.page(view.slip())
        case .letter:
            guard file.complaint.replied != nil else { throw Refusal.conflict(Text("还没有答复，先答复再打印答复函。", "It has not been answered yet; answer first, then print the letter.")) }
            return try await desk.page(view.letter())
        case .report:
            guard !file.complaint.finding.isEmpty else { throw Refusal.conflict(Text("还没有调查，先调查再打印报告。", "It has not been investigated yet.")) }
            return try await desk.page(view.report())
        }
    }
}
