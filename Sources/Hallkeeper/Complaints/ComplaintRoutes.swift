import Foundation
import Regulation
import Store
import WorkCalendar

/// A case on the desk: its file with what may be done now, and its papers.
struct ComplaintRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.complaint, .signedIn, show), Entry("POST", Site.complaintAct, .signedIn, bodyLimit: 40 << 20, act), Entry("POST", Site.complaintContact, .signedIn, reveal),
            Entry("GET", Site.complaintSlip, .signedIn) { try await paper($0, .slip) }, Entry("GET", Site.complaintLetter, .signedIn) { try await paper($0, .letter) },
            Entry("GET", Site.complaintReport, .signedIn) { try await paper($0, .report) },
            Entry("GET", Site.complaintReceipt, .signedIn, receipt),
        ]
    }

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
            let beside = try await BesideFinder(desk: desk).view(phone: file["phone"], kind: file.complaint.kind, text: "", but: file.complaint.id)
            view.beside = Array((beside.own + beside.similar).prefix(6))
        }
        let (complaint, now, me, units) = (file.complaint, desk.visit.now, desk.viewer.person.id, ComplaintSight(desk.viewer, desk.tree).units)
        let values = view.cannedValues
        let (own, others, people) = try await hall.store.read { [pack = desk.pack, today = desk.today] tx -> ([CannedReply], [(name: String, what: String)], [Selection]) in
            var people: [Selection] = []
            if !complaint.isConfidential, units.contains(complaint.unit) {
                people = try Roster(tx: tx).handling(at: [complaint.unit], pack.pack, on: today).filter { $0 != complaint.respondent }.map { Selection(id: $0, name: try Person.name($0, tx) ?? $0) }
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
        let desk = try await Desk(hall, visit).onPaper
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
