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
            Entry("POST", Site.complaints, .may("take-in"), bodyLimit: 40 << 20, takeIn), Entry("GET", Site.complaintBeside, .may("take-in"), beside),
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
        let tab = tabs.first { $0.rawValue == query["tab"] } ?? .open
        let asked = String((query["q"] ?? "").prefix(200))
        var page = ComplaintsPage(
            title: w("nav.complaints"),
            tabs: tabs.map { ComplaintsPage.Tab(name: w("case.tab." + $0.rawValue), link: Self.link($0, asked, ""), isCurrent: $0 == tab) }, tab: tab.rawValue, asked: asked,
            problem: "", lines: [], next: "", mayTakeIn: desk.viewer.may("take-in"))
        do {
            let filter = try ComplaintFilter(tab: tab, asked: asked, book: desk.pack.pack.caseBook, tree: desk.tree, zone: hall.zone, now: now)
            let statement = filter.statement(sight, hall.store.engine, at: now, most: Self.pageLength, after: query["after"] ?? "")
            let (rows, texts) = try await hall.store.read { [hall] tx -> ([Complaint], [String: String]) in
                guard let statement else { return ([], [:]) }
                let rows = try tx.rows(statement).map(Complaint.init(row:))
                return (rows, try ComplaintReader(tx: tx, hall: hall).texts(rows.map(\.text)))
            }
            let shown = rows.prefix(Self.pageLength)
            page.lines = shown.map { Self.line($0, texts[$0.text] ?? "", desk) }
            if rows.count > Self.pageLength, let last = shown.last { page.next = Self.link(tab, asked, filter.cursor(after: last)) }
        } catch let problems as FormProblems {
            page.problem = problems.fields.map { w($0.sentence) }.joined(separator: " ")
        }
        return try await desk.page(page, status: page.problem.isEmpty ? 200 : 422)
    }

    private static func link(_ tab: ComplaintFilter.Tab, _ asked: String, _ after: String) -> String {
        let parts = [("tab", tab == .open ? "" : tab.rawValue), ("q", asked), ("after", after)].filter { !$0.1.isEmpty }
        return Site.complaints.link() + (parts.isEmpty ? "" : "?" + parts.map { "\($0.0)=\(Submitted.encode($0.1))" }.joined(separator: "&"))
    }

    /// A case as one line of a list, wherever it is listed.
    static func line(_ complaint: Complaint, _ text: String, _ desk: Desk) -> DutyLine {
        let (w, book) = (desk.w, desk.pack.pack.caseBook)
        let due = complaint.isOver ? nil : complaint.nextDue
        let isLate = due.map { $0 < desk.visit.now } ?? false
        let isSoon = due.map { $0.ms - desk.visit.now.ms < 30 * 60_000 } ?? false
        let facts = [
            book.severity(complaint.severity).map { w($0.name) }, book.kind(complaint.kind).map { w($0.name) }, desk.tree[complaint.unit].map { w($0.name) },
            w("case.stage." + complaint.stage.rawValue), complaint.isSupervised ? w("case.supervised") : nil, complaint.suspended == nil ? nil : w("case.suspended"),
        ].compactMap { $0 }
        return DutyLine(
            state: complaint.isOver ? "done" : isLate ? "late" : isSoon ? "soon" : complaint.suspended != nil ? "waiting" : "open",
            when: due.map { desk.times.due($0) } ?? desk.times.moment(complaint.ended ?? complaint.recorded), note: due.map { desk.times.left($0) } ?? "",
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
        let query = visit.request.query
        var typed = ["phone": query["phone"] ?? "", "text": query["text"] ?? ""]
        if let kind = query["kind"], desk.pack.pack.caseBook.kind(kind) != nil { typed["kind"] = kind }
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
        let beside = try await besideView(desk, phone: typed["phone"] ?? "", kind: typed["kind"] ?? "", text: typed["text"] ?? "")
        return IntakePage(
            title: w("case.new"), doors: book.doors.map { Selection(id: $0.id, name: w($0.name)) },
            kinds: book.choices.flatMap { group, kinds in kinds.map { Selection(id: $0.id, name: w($0.name), group: w(group.name)) } },
            severities: book.severities.reversed().map { Selection(id: $0.id, name: w($0.name)) }, channels: book.channels.map { Selection(id: $0.id, name: w($0.name)) },
            external: book.channels.filter(\.isExternal).map(\.id), halls: tree.halls.map { Selection(id: $0.id, name: w($0.name)) }, units: Self.units(desk),
            emergencies: book.kinds.filter { $0.isEmergency }.map { Selection(id: $0.id, name: w($0.name)) }, say: kind?.isEmergency == true ? kind?.say.map { w($0) } ?? "" : "", typed: typed,
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
        for name in ["door", "kind", "severity", "channel", "hall", "unit", "text", "wish", "name", "phone", "address", "account", "outer", "outerDue", "promised", "anonymous"] { typed[name] = form[name] }
        do {
            var intake = Intake()
            (intake.door, intake.kind, intake.severity, intake.channel) = (form["door"], form["kind"], form["severity"], form["channel"])
            (intake.text, intake.wish, intake.name, intake.phone) = (form["text"], form["wish"], form["name"], form["phone"])
            (intake.address, intake.account, intake.outerNumber, intake.isAnonymous) = (form["address"], form["account"], form["outer"], form["anonymous"] == "yes")
            var problems: [(field: String, sentence: Text)] = []
            for (field, path) in [("outerDue", \Intake.outerDue), ("promised", \Intake.promised)] where !form[field].isEmpty {
                if let moment = Instant(written: form[field], in: zone) { intake[keyPath: path] = moment } else { problems.append((field, Text("时间写成 2026-11-24 10:30。", "Write the time like 2026-11-24 10:30."))) }
            }
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
        let query = visit.request.query
        return .page(try await besideView(desk, phone: query["phone"] ?? "", kind: query["kind"] ?? "", text: query["text"] ?? "").html(desk.w))
    }

    /// Earlier cases of a phone, and what may be the same matter: of the same kind or words, from the last three days. Only
    /// what whoever asks may see.
    private func besideView(_ desk: Desk, phone: String, kind: String, text: String, but own: Complaint.ID = "") async throws -> BesideView {
        let sight = ComplaintSight(desk.viewer, desk.tree)
        let number = PhoneNumber.normal(phone).map { String($0.reversed()) } ?? ""
        let since = desk.visit.now.adding(minutes: -3 * 1440)
        let words = String(text.filter { !$0.isWhitespace }.prefix(4))
        let matching = words.count >= 2 ? ComplaintSearch(engine: hall.store.engine).matching(words) : nil
        let group = desk.pack.pack.caseBook.kind(kind).map { $0.under.isEmpty ? $0.id : $0.under } ?? ""
        let kinds = desk.pack.pack.caseBook.kinds.filter { !group.isEmpty && ($0.id == group || $0.under == group) }.map(\.id)
        return try await hall.store.read { [hall] tx in
            let reader = ComplaintReader(tx: tx, hall: hall)
            var view = BesideView()
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
        return try await desk.page(try await view(desk, file, standing).page())
    }

    private func view(_ desk: Desk, _ file: ComplaintFile, _ standing: ComplaintLife.Standing) async throws -> ComplaintView {
        var view = ComplaintView(desk: desk, file: file, standing: standing)
        if !file.complaint.isConfidential {
            let beside = try await besideView(desk, phone: file["phone"], kind: file.complaint.kind, text: "", but: file.complaint.id)
            view.beside = Array((beside.own + beside.similar).prefix(6))
        }
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
                if what == .combine, let other = try act.act.one("select id from complaint where number = \(sent["into"]?.trimmingCharacters(in: .whitespaces) ?? "") and confidential = 0") { sent["into"] = try other.text("id") }
                let input = try ActInput(what, sent: sent, files: kept, book: book, zone: zone, now: act.now)
                try ComplaintActs(act).do(what, complaint.id, input, by: me, version: Int(sent["version"] ?? ""))
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
