import Foundation
import Regulation
import Store
import WorkCalendar

/// The public's side of cases: telling us, and seeing how it goes. No account: a code nobody can guess, and the last four
/// digits of the phone where one was left. What is wrong is never said apart, so that neither can be tried out.
struct PublicServiceRoutes: Sendable {
    let hall: Hallkeeper
    private let gate: PublicGate

    init(hall: Hallkeeper) { (self.hall, gate) = (hall, PublicGate(hall: hall)) }

    var entries: [Entry] {
        [
            Entry("GET", Site.service, .anyone, group: .publicly, blank), Entry("POST", Site.service, .anyone, group: .publicly, bodyLimit: 40 << 20, send),
            Entry("GET", Site.privacy, .anyone, group: .publicly, privacy), Entry("GET", Site.receipt, .anyone, group: .publicly, receipt),
            Entry("GET", Site.track, .anyone, group: .publicly, ask), Entry("POST", Site.track, .anyone, group: .publicly, bodyLimit: 4096, look),
            Entry("GET", Site.tracked, .anyone, group: .publicly, show), Entry("POST", Site.trackedAct, .anyone, group: .publicly, bodyLimit: 40 << 20, act),
        ]
    }

    private func pack(_ visit: Visit) async throws -> PackInForce {
        let day = hall.zone.day(of: visit.now)
        guard let pack = try await hall.store.read({ [hall] tx in try hall.packs.inForce(on: day, tx) }), !pack.pack.caseBook.isEmpty else { throw Refusal.notFound }
        return pack
    }

    private func key() -> String { Hash.hex(hall.chance(16)) }

    // MARK: - Telling us

    private func blank(_ visit: Visit) async throws -> Reply {
        try gate.read(visit)
        return try await form(visit, typed: ["kind": visit.request.query["kind"] ?? ""], problems: [])
    }

    private func form(_ visit: Visit, typed: [String: String], problems: [(field: String, sentence: Text)], again: Text? = nil, since: Instant? = nil) async throws -> Reply {
        let (pack, w) = (try await pack(visit), visit.words)
        let book = pack.pack.caseBook
        let hasPhotos = visit.form.files.contains { !$0.bytes.isEmpty }
        let page = PublicFormPage(
            title: w("public.title"), company: w(pack.pack.company.company), phone: pack.pack.company.facts["hotline"] ?? "",
            emergency: book.kinds.first { $0.isEmergency }?.say.map { w($0) } ?? "",
            kinds: book.choices.flatMap { group, kinds in kinds.filter { !$0.isEmergency }.map { Selection(id: $0.id, name: w($0.name), group: w(group.name)) } }, typed: typed,
            problems: Dictionary(problems.map { ($0.field, w($0.sentence)) }, uniquingKeysWith: { first, _ in first }),
            again: [again.map { w($0) } ?? "", (again != nil || !problems.isEmpty) && hasPhotos ? w("public.photos-again") : ""].filter { !$0.isEmpty }.joined(separator: " "), form: try await gate.form(visit, since: since))
        var reply = Reply.page(Layout.bare(page, w), status: problems.isEmpty && again == nil ? 200 : 422)
        reply.set("cache-control", "no-store")
        return reply
    }

    private func privacy(_ visit: Visit) async throws -> Reply {
        try gate.read(visit)
        let (pack, w) = (try await pack(visit), visit.words)
        let facts = pack.pack.company.facts
        return .page(Layout.bare(PrivacyPage(title: w("privacy.title"), company: w(pack.pack.company.company), phone: facts["hotline"] ?? "", years: facts["case-years"] ?? "3"), w))
    }

    private func send(_ visit: Visit) async throws -> Reply {
        try gate.sent(visit)
        let (pack, form) = (try await pack(visit), visit.form)
        let book = pack.pack.caseBook
        var typed: [String: String] = [:]
        for name in ["kind", "text", "wish", "name", "phone", "address", "account", "anonymous"] { typed[name] = form[name] }
        let since = try await gate.opened(visit)
        // Shown again with all that was typed: whoever is a person loses nothing but a moment.
        if let again = try await gate.hindrance(visit) { return try await self.form(visit, typed: typed, problems: [], again: again, since: since) }
        do {
            var intake = Intake()
            (intake.kind, intake.text, intake.wish, intake.name) = (form["kind"], form["text"], form["wish"], form["name"])
            (intake.phone, intake.address, intake.account, intake.isAnonymous) = (form["phone"], form["address"], form["account"], form["anonymous"] == "yes")
            intake.channel = book.channels.first { $0.id == "web" }?.id ?? book.channels.first { !$0.isExternal }?.id ?? ""
            intake.door = book.kind(intake.kind)?.isConfidential == true && book.door("report") != nil ? "report" : book.doors.first?.id ?? ""
            var problems: [(field: String, sentence: Text)] = []
            if intake.phone.isEmpty, !intake.isAnonymous { problems.append(("phone", Text("留个电话，或勾选“不留姓名和电话”。", "Leave a phone, or tick “no name or phone”."))) }
            if book.kind(intake.kind) == nil { problems.append(("kind", Text("请选一项。", "Choose one."))) }
            if intake.text.isEmpty { problems.append(("text", Text("写几句发生了什么。", "Write what happened."))) }
            guard problems.isEmpty else { throw FormProblems(fields: problems) }
            let isQuiet = book.kind(intake.kind)?.isConfidential == true
            for file in form.files.prefix(10) where !file.bytes.isEmpty { intake.files.append(try await hall.keepPhoto(file.bytes, isConfidential: isQuiet, at: visit.now)) }
            intake.tracking = TrackingCode.draw(hall)
            let full = intake
            let sent = form["key"]
            let content = typed.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "&")
            let key = sent.count == 32 ? IdempotencyKey(key: sent, digest: Hash.sha256(hex: content)) : nil
            let complaint = try await hall.act(by: .customer, at: visit.now, key: key) { act -> Complaint in
                let taken = try act.act.one("select place from place where kind in ('call-centre', 'company') and ended is null order by kind, place limit 1")?.text("place") ?? ""
                let complaint = try ComplaintActs(act).record(full, by: "customer", at: taken)
                // Pressed twice: the second leads to the code as well, and asks for the four digits.
                act.act.answer = Site.tracked.link(full.tracking)
                return complaint
            }
            gate.kept(visit)
            var reply = Reply.redirect(Site.tracked.link(complaint.tracking) + "?new=1")
            Self.remember(complaint.tracking, Self.last(PhoneNumber.normal(full.phone) ?? ""), visit, &reply)
            return reply
        } catch let problems as FormProblems {
            return try await self.form(visit, typed: typed, problems: problems.fields, since: since)
        }
    }

    // MARK: - How it goes

    private static func last(_ phone: String) -> String { String(PhoneNumber.main(phone).suffix(4)) }

    /// For a day this browser is not asked again; the code alone is no key.
    private static func remember(_ code: String, _ last: String, _ visit: Visit, _ reply: inout Reply) {
        reply.setCookie("track", code + "." + last, seconds: 86_400, isSecure: visit.request.isSecure)
    }

    private func ask(_ visit: Visit) async throws -> Reply {
        try gate.read(visit)
        return try await asking(visit, code: visit.request.query["code"] ?? "", problem: "")
    }

    private func asking(_ visit: Visit, code: String, problem: String, status: Int = 200) async throws -> Reply {
        let (pack, w) = (try await pack(visit), visit.words)
        return .page(Layout.bare(TrackPage(title: w("track.title"), company: w(pack.pack.company.company), code: String(code.prefix(40)), problem: problem), w), status: status)
    }

    private func look(_ visit: Visit) async throws -> Reply {
        try gate.sent(visit)
        let typed = visit.form["code"]
        let code = TrackingCode.read(typed) ?? ""
        try gate.mayTry(code, visit)
        guard try await find(code, visit.form["last"]) != nil else {
            gate.wrong(code, visit)
            return try await asking(visit, code: typed, problem: visit.words("track.wrong"), status: 422)
        }
        var reply = Reply.redirect(Site.tracked.link(code))
        Self.remember(code, visit.form["last"], visit, &reply)
        return reply
    }

    /// The case of a code, when the second factor is right as well. Nothing more is read before both are, so that a code there
    /// is takes no longer than one there is not.
    private func find(_ code: String, _ last: String) async throws -> ComplaintFile? {
        guard TrackingCode.read(code) == code, !code.isEmpty else { return nil }
        return try await hall.store.read { [hall] tx in
            guard let row = try tx.one("select complaint.*, coalesce(personal.text, '') as digits from complaint left join personal on personal.id = complaint.phone where complaint.tracking = \(code)") else { return nil }
            let phone = try row.text("digits")
            guard Self.last(phone) == (phone.isEmpty ? "" : last) else { return nil }
            return try ComplaintReader(tx: tx, hall: hall).file(try Complaint(row: row))
        }
    }

    /// Whoever comes with the cookie of the code; anybody else is asked. A cookie one has made up is a try like any other.
    private func known(_ visit: Visit) async throws -> ComplaintFile? {
        try gate.read(visit)
        guard let code = TrackingCode.read(visit[0]) else { return nil }
        let parts = (visit.request.cookie("track") ?? "").split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, parts[0] == code else { return nil }
        try gate.mayTry(code, visit)
        if let file = try await find(code, parts[1]) { return file }
        gate.wrong(code, visit)
        return nil
    }

    private func show(_ visit: Visit) async throws -> Reply {
        guard let file = try await known(visit) else { return try await asking(visit, code: visit[0], problem: "") }
        return try await page(visit, file)
    }

    private func page(_ visit: Visit, _ file: ComplaintFile, problem: String = "", typed: [String: String] = [:], status: Int = 200) async throws -> Reply {
        let (c, w, now) = (file.complaint, visit.words, visit.now)
        let pack = try await pack(visit)
        let book = pack.pack.caseBook
        let times = Times(words: w, zone: hall.zone, now: now)
        let place = try await hall.store.read { [hall] tx in try ComplaintActs.standing(of: c, by: "customer", hall.packs.pack(c.pack, tx), hall, tx, at: now) }
        let life = ComplaintLife(complaint: c, standing: place)
        func may(_ act: ComplaintAct) -> Bool { life.hindrance(to: act) == nil }
        var stages = [TrackedPage.Stage(name: w("track.rail.received"), state: "done", note: times.moment(c.recorded) + (c.isConfidential ? "" : " · " + w("track.number", ["number": c.number])))]
        let due = file.owed.first { $0.endsOn == "complaint.replied" }?.due
        if c.isConfidential {
            stages.append(.init(name: w(c.isOver ? "track.now.concluded" : "track.now.quiet"), state: c.isOver ? "done" : "now", note: ""))
        } else {
            let contact = file.owed.first { $0.endsOn == "complaint.contacted" && $0.due > now }?.due
            let reached = c.isReached ? c.firstContact.map { times.moment($0) } ?? "" : c.firstContact != nil ? w("track.tried") : contact.map { w("track.contact-by", ["when": times.due($0)]) } ?? ""
            if c.isFull { stages.append(.init(name: w(c.isReached ? "track.rail.contacted" : "track.rail.contact"), state: c.isReached ? "done" : c.replied == nil ? "now" : "", note: reached)) }
            stages.append(.init(name: w("track.rail.handled"), state: c.replied != nil ? "done" : c.isFull && !c.isReached ? "" : "now", note: c.replied == nil ? due.map { w("track.latest", ["when": times.due($0)]) } ?? "" : ""))
            stages.append(.init(name: w("track.rail.answered"), state: c.replied != nil ? "done" : "", note: c.replied.map { times.moment($0) } ?? ""))
            if c.isFull { stages.append(.init(name: w("track.rail.rated"), state: c.calledBack != nil ? "done" : c.replied != nil ? "now" : "", note: c.satisfaction.isEmpty ? "" : book.item("satisfaction", c.satisfaction).map { w($0.name) } ?? "")) }
        }
        // What they said themselves, and what supervision answered a reporter; never an internal note.
        var said = [TrackedPage.Said(who: w("track.you"), when: times.moment(c.recorded), text: file["text"])]
        for step in file.steps where step.step.act == "supplement" {
            let photos = step.step.files.split(separator: ",").count
            said.append(.init(who: w(step.step.by == "customer" || step.step.by.hasPrefix("token:") || !c.isConfidential ? "track.you" : "track.ours"), when: times.moment(step.step.at), text: [step.words["note"] ?? "", photos > 0 ? w("answer.photo", n: photos) : ""].filter { !$0.isEmpty }.joined(separator: "\n")))
        }
        let state = c.isConfidential ? (c.isOver ? "concluded" : "quiet") : ["proposed", "approved", "cleared"].contains(c.stage.rawValue) ? "recorded" : c.stage.rawValue
        let subject = c.isConfidential ? "" : (book.kind(c.kind).map { w($0.name) } ?? "") + w("case.colon")
        let answer = file.steps.last { $0.step.act == "reply" }?.words["reply"] ?? ""
        let page = TrackedPage(
            title: subject + w("track.now." + state), company: w(pack.pack.company.company), phone: pack.pack.company.facts["hotline"] ?? "", code: c.tracking,
            written: TrackingCode.written(c.tracking), isNew: visit.request.query["new"] == "1", qr: Receipt.qr(Receipt.link(c, visit)), stages: stages, notes: c.isConfidential ? [] : Receipt.notes(file, due, times, w),
            answer: c.isConfidential ? "" : answer, answerTitle: w(c.replied == nil ? "track.answer-before" : "track.answer"), said: said,
            satisfaction: (book.lists["satisfaction"] ?? []).filter { $0.id != "0" }.map { Selection(id: $0.id, name: w($0.name)) }, mayRate: c.isFull && !c.isConfidential && may(.callBack),
            mayReopen: !c.isConfidential && may(.reopen), mayWithdraw: !c.isConfidential && c.replied == nil && may(.withdraw), mayAdd: may(.supplement), showsDays: due != nil && c.replied == nil,
            thanks: visit.request.query["thanks"] == "1", problem: problem, typed: typed, key: Hash.hex(hall.chance(16)))
        var reply = Reply.page(Layout.bare(page, w), status: status)
        reply.set("cache-control", "no-store")
        return reply
    }

    private func receipt(_ visit: Visit) async throws -> Reply {
        guard let file = try await known(visit) else { return try await asking(visit, code: visit[0], problem: "") }
        let pack = try await pack(visit)
        var reply = Reply.page(Layout.bare(Receipt(file: file, pack: pack.pack, hall: hall).page(visit, back: Site.tracked.link(file.complaint.tracking)), visit.words))
        reply.set("cache-control", "no-store")
        return reply
    }

    /// What a customer may do themselves: add, rate, ask again, withdraw.
    private func act(_ visit: Visit) async throws -> Reply {
        try gate.sent(visit)
        guard let file = try await known(visit) else { return try await asking(visit, code: visit[0], problem: visit.words("track.wrong"), status: 422) }
        guard let what = ComplaintAct(rawValue: visit[1]), [.supplement, .callBack, .reopen, .withdraw].contains(what) else { throw Refusal.notFound }
        let (c, zone) = (file.complaint, hall.zone)
        var sent = visit.form.answers
        if what == .callBack { sent["reached"] = "reached" }
        let answers = sent
        do {
            var files: [String] = []
            for photo in visit.form.files.prefix(10) where !photo.bytes.isEmpty { files.append(try await hall.keepPhoto(photo.bytes, isConfidential: c.isConfidential, at: visit.now)) }
            let kept = files
            let mark = visit.form["key"]
            let content = answers.filter { $0.key != "key" }.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "&")
            let key = mark.count == 32 ? IdempotencyKey(key: mark, digest: Hash.sha256(hex: visit.request.path + "?" + content)) : nil
            try await hall.act(by: .customer, at: visit.now, key: key) { act in
                act.act.answer = Site.tracked.link(c.tracking) + "?thanks=1"
                let book = try act.hall.packs.pack(c.pack, act.act).pack.caseBook
                let input = try ActInput(what, sent: answers, files: kept, book: book, zone: zone, now: act.now)
                try ComplaintActs(act).do(what, c.id, input, by: "customer", isProgram: true)
            }
            return .redirect(Site.tracked.link(c.tracking) + "?thanks=1")
        } catch let problems as FormProblems {
            return try await page(visit, file, problem: problems.fields.map { visit.words($0.sentence) }.joined(separator: " "), typed: answers, status: 422)
        } catch let refusal as Refusal where refusal.status == 409 {
            return try await page(visit, file, problem: visit.words(refusal.sentence), typed: answers, status: 409)
        }
    }
}
