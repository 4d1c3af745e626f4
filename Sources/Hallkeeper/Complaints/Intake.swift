import Foundation
import Regulation
import Store
import WorkCalendar

/// What somebody says when they take a case in.
struct Intake: Sendable {
    var door = "complaint"
    var kind = ""
    var severity = ""
    var channel = ""
    var service = ""
    var hall: Place.ID = ""
    var text = ""
    var wish = ""
    var name = ""
    var phone = ""
    var address = ""
    var account = ""
    var outerNumber = ""
    var outerDue: Instant?
    var promised: Instant?
    var isAnonymous = false
    var respondent: Person.ID = ""
    /// Units it goes to; empty: the one the rulebook names for its kind.
    var units: [Place.ID] = []
    /// What it comes again of, as a person says.
    var repeatOf: Complaint.ID = ""
    /// What it was before.
    var convertedFrom: Complaint.ID = ""
    var files: [String] = []
    /// Drawn before the act; unguessable.
    var tracking = ""
}

extension Intake {
    /// What was said when a case was taken in, said once more, under the code its reporter has. `words` are its texts by field.
    init(again old: Complaint, words: [String: String]) {
        (channel, service, hall, account) = (old.channel, old.service, old.hall, old.account)
        (text, wish, name, phone, address) = (words["text"] ?? "", words["wish"] ?? "", words["name"] ?? "", words["phone"] ?? "", words["address"] ?? "")
        (isAnonymous, respondent, tracking) = (old.isAnonymous, old.respondent, old.tracking)
    }
}

/// Taking cases in: from what somebody says, or anew from a case that goes on as another.
extension ComplaintActs {
    /// Takes a case in at a place and dispatches it in the same step, unless it has to be approved first (7.2-2, 7.2-4).
    /// Misconduct goes to supervision at once, into its own chain, and is nowhere else (7.2-5).
    @discardableResult
    func record(_ intake: Intake, by recorder: String, at taken: Place.ID) throws -> Complaint {
        let day = act.hall.zone.day(of: act.now)
        guard let inForce = try act.hall.packs.inForce(on: day, tx) else { throw Refusal.conflict(Text("还没有发布规范包。", "No rulebook has been published yet.")) }
        let book = inForce.pack.caseBook
        var complaint = Complaint()
        let phone = try check(intake, book)
        complaint.isConfidential = book.kind(intake.kind)?.isConfidential == true
        complaint.severity = intake.severity.isEmpty ? book.lightest : intake.severity
        if !intake.repeatOf.isEmpty, !complaint.isConfidential {
            var asked = complaint
            asked.recorded = act.now
            let least = try checkRepeat(asked, of: intake.repeatOf, book)
            if book.isGraver(least, than: complaint.severity) { complaint.severity = least }
            complaint.repeatOf = intake.repeatOf
        }
        complaint.convertedFrom = intake.convertedFrom
        complaint.approvalsNeeded = complaint.isConfidential ? [] : book.approval(severity: complaint.severity, channel: intake.channel)
        let isUrgent = book.kind(intake.kind)?.isEmergency == true
        let callCentre = try Self.callCentre(tx) ?? taken
        if complaint.isConfidential {
            complaint.place = try supervision(inForce)
        } else {
            complaint.place = complaint.approvalsNeeded.isEmpty || isUrgent ? taken : callCentre
        }
        (complaint.id, complaint.pack, complaint.recorded) = (tx.id().description, inForce.hash, act.now)
        (complaint.door, complaint.kind, complaint.channel, complaint.service) = (intake.door, intake.kind, intake.channel, intake.service)
        (complaint.hall, complaint.account, complaint.outerNumber, complaint.outerDue) = (intake.hall, intake.account, intake.outerNumber, intake.outerDue)
        (complaint.promised, complaint.isAnonymous, complaint.respondent) = (intake.promised, intake.isAnonymous, intake.respondent)
        (complaint.recordedBy, complaint.tracking) = (recorder, intake.tracking)
        try number(&complaint, on: day)

        let kind = complaint.isConfidential ? "misconduct.recorded" : complaint.approvalsNeeded.isEmpty || isUrgent ? "complaint.recorded" : "complaint.passed-down"
        let fields = complaint.isConfidential ? [:] : ["door": complaint.door, "severity": complaint.severity, "channel": complaint.channel]
        let event = Event(kind: kind, about: complaint.subject, at: act.now, fields: fields)
        try act.enter(event, at: complaint.place)
        func personal(_ text: String) throws -> String { text.isEmpty ? "" : try tx.personal(text, place: complaint.place).description }
        complaint.text = try personal(intake.text)
        complaint.wish = try personal(intake.wish)
        if !intake.isAnonymous {
            complaint.name = try personal(intake.name)
            complaint.phone = try personal(phone)
            complaint.address = try personal(intake.address)
        }
        var step = ComplaintStep()
        (step.place, step.id, step.complaint, step.act) = (complaint.place, tx.id().description, complaint.id, "record")
        (step.at, step.recorded, step.by, step.files) = (act.now, act.now, recorder, intake.files.joined(separator: ","))
        try tx.keep(complaint)
        try tx.keep(step)
        try Regulator(act).answer(event, at: complaint.place)
        try Subscription.announce("complaint.recorded", of: complaint, at: act.now, act)
        try ComplaintSearch(engine: act.hall.store.engine).put(
            complaint, texts: [intake.text, intake.wish, intake.address], name: intake.isAnonymous ? "" : intake.name,
            phone: intake.isAnonymous ? "" : phone, account: intake.account, tx)

        if !complaint.isConfidential, complaint.approvalsNeeded.isEmpty || isUrgent {
            let units = intake.units.isEmpty ? try unit(for: intake.kind, book).map { [$0] } ?? [] : intake.units
            if !units.isEmpty {
                var standing = try self.standing(of: complaint, by: recorder, inForce: inForce)
                standing.roles = []
                let input = ActInput(values: ["unit": units.joined(separator: ",")])
                return try keep(try ComplaintLife(complaint: complaint, standing: standing).lived(.dispatch, input), .dispatch, input, from: complaint, inForce)
            }
        }
        return try clocks(complaint)
    }

    /// Everything that is wrong with what was said, at once; gives the phone as it can be dialled.
    private func check(_ intake: Intake, _ book: CaseBook) throws -> String {
        var problems: [(field: String, sentence: Text)] = []
        let none = Text("请选一项。", "Choose one.")
        if book.door(intake.door) == nil { problems.append(("door", none)) }
        if book.kind(intake.kind) == nil { problems.append(("kind", none)) }
        if book.channel(intake.channel) == nil { problems.append(("channel", none)) }
        if !intake.severity.isEmpty, book.severity(intake.severity) == nil { problems.append(("severity", none)) }
        let words = intake.text.trimmingCharacters(in: .whitespacesAndNewlines)
        if words.isEmpty { problems.append(("text", Text("写下客户说了什么。", "Write what the customer said."))) }
        for (field, text, most) in [("text", intake.text, ActInput.longest), ("wish", intake.wish, 2000), ("name", intake.name, 100), ("address", intake.address, 500), ("account", intake.account, 60), ("outer", intake.outerNumber, 60), ("phone", intake.phone, 60)] where text.count > most {
            problems.append((field, Text("太长了，最多 \(most) 个字，现在 \(text.count) 个。", "Too long: \(most) characters at most, there are \(text.count).")))
        }
        var phone = ""
        if !intake.isAnonymous, !intake.phone.isEmpty {
            if let normal = PhoneNumber.normal(intake.phone) { phone = normal } else { problems.append(("phone", PhoneNumber.unreadable)) }
        }
        if let promised = intake.promised, promised <= act.now { problems.append(("promised", Text("承诺的时间已经过去。", "The time promised has passed already."))) }
        guard problems.isEmpty else { throw FormProblems(fields: problems) }
        return phone
    }

    /// The next number of the day; two at once get two, and none is left out.
    private func number(_ complaint: inout Complaint, on day: Day) throws {
        complaint.series = complaint.isConfidential ? "JB" : "TS"
        complaint.day = day.description.filter { $0 != "-" }
        let (series, date) = (complaint.series, complaint.day)
        let last = try tx.one("select max(seq) as n from complaint where series = \(series) and day = \(date)")?.optionalInt("n") ?? 0
        complaint.seq = Int(last) + 1
        complaint.renumber()
        // Whoever came first in another process has taken it: the next one then.
        while try tx.one("select 1 as one from complaint where series = \(series) and day = \(date) and seq = \(complaint.seq)") != nil {
            complaint.seq += 1
            complaint.renumber()
        }
    }

    /// Supervision returns a lesser matter: a case like any other is taken in from what was said, under the code its reporter
    /// has. The link stands on supervision's side only; the other says nothing of where it came from.
    func passOn(_ misconduct: Complaint, _ input: ActInput, by person: String, book: CaseBook) throws -> Complaint {
        guard book.kind(input["kind"])?.isConfidential == false else { throw FormProblems(fields: [("kind", Text("请选一个一般的类别。", "Choose an ordinary kind."))]) }
        var intake = Intake(again: misconduct, words: try ComplaintReader(tx: tx, hall: act.hall).words(misconduct))
        (intake.door, intake.kind) = (book.doors.first?.id ?? misconduct.door, input["kind"])
        intake.units = input["unit"].split(separator: ",").map(String.init)
        var old = misconduct
        old.tracking = TrackingCode.draw(act.hall)
        try tx.keep(old)
        let fresh = try record(intake, by: "customer", at: try Self.callCentre(tx) ?? misconduct.place)
        old.combinedInto = fresh.id
        // Entered where it stands, in supervision's own chain.
        try act.enter(Event(kind: "misconduct.passed-on", about: old.subject, at: act.now), at: old.place)
        try tx.keep(old)
        return old
    }

    /// It goes on as another kind of case: taken in anew from what was said, under the code its customer has; each names the
    /// other.
    func convert(_ old: Complaint, _ input: ActInput, by person: String, book: CaseBook) throws -> Complaint {
        guard book.kind(input["kind"])?.isConfidential == false else {
            throw FormProblems(fields: [("kind", Text("行风问题请重新登记为举报，系统会直接移交监察。", "Misconduct is taken in anew as a report; it goes to supervision at once."))])
        }
        if input["door"] == old.door, input["kind"] == old.kind { throw FormProblems(fields: [("door", Text("和现在一样，没有什么可转的。", "That is what it is already."))]) }
        var intake = Intake(again: old, words: try ComplaintReader(tx: tx, hall: act.hall).words(old))
        (intake.door, intake.kind) = (input["door"], input["kind"])
        (intake.outerNumber, intake.outerDue, intake.repeatOf, intake.severity) = (old.outerNumber, old.outerDue, old.repeatOf, old.severity)
        if let promised = old.promised, promised > act.now { intake.promised = promised }
        intake.convertedFrom = old.id
        var old = old
        old.tracking = TrackingCode.draw(act.hall)
        try tx.keep(old)
        let fresh = try record(intake, by: person, at: old.place)
        old.convertedInto = fresh.id
        try act.enter(Event(kind: "complaint.passed-on", about: old.subject, at: act.now, fields: ["number": fresh.number]), at: old.place)
        try tx.keep(old)
        return old
    }

    /// Where whoever may see misconduct sits; a company that has nobody for it cannot take it in.
    private func supervision(_ inForce: PackInForce) throws -> Place.ID {
        for role in inForce.pack.roles where role.may.contains("misconduct") {
            let parts = role.sits.split(separator: ":", maxSplits: 1).map(String.init)
            let kind = parts.first ?? role.sits
            let row = parts.count == 2
                ? try tx.one("select place from place where kind = \(kind) and code = \(parts[1]) and ended is null order by place limit 1")
                : try tx.one("select place from place where kind = \(kind) and ended is null order by place limit 1")
            if let row { return try row.text("place") }
        }
        throw Refusal.conflict(Text("公司还没有监察部门，请管理员先设好。", "The company has no supervision yet; ask the administrator to set it up."))
    }

    private func unit(for kind: String, _ book: CaseBook) throws -> Place.ID? {
        guard let code = book.kind(kind)?.unit, !code.isEmpty else { return nil }
        return try tx.one("select place from place where kind = \("unit") and code = \(code) and ended is null order by place limit 1")?.text("place")
    }
}

extension Complaint {
    mutating func renumber() { number = series + day + "-" + String(String(10_000 + seq).dropFirst(seq > 9999 ? 0 : 1)) }
}
