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

/// What is done about cases: taken in, and each step of their life, in one transaction each with the ledger, the
/// regulation's answer, the clocks and the search.
struct ComplaintActs {
    let act: HallAct
    private var tx: Act { act.act }

    init(_ act: HallAct) { self.act = act }

    // MARK: - Taking in

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
        let callCentre = try callCentre(inForce, for: taken)
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
            if let normal = PhoneNumber.normal(intake.phone) { phone = normal } else { problems.append(("phone", Text("电话看不懂，写数字就行，如 138 0013 8000。", "The phone cannot be read; digits are enough, like 138 0013 8000."))) }
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

    // MARK: - Each step

    /// Does one act about a case; a program that passes on what a customer says has been let in by its token. `version` is the one its page showed: who comes second is told, and keeps their words.
    @discardableResult
    func `do`(_ what: ComplaintAct, _ id: Complaint.ID, _ input: ActInput, by person: String, version: Int? = nil, isProgram: Bool = false) throws -> Complaint {
        guard let complaint = try find(id) else { throw Refusal.notFound }
        if let version, version != complaint.version {
            throw Refusal.conflict(Text("刚才有别人动过这件工单，请看一眼现在的情况再提交；你写的还在。", "Somebody has changed this case meanwhile; look at it and send again. What you wrote is kept."))
        }
        let inForce = try act.hall.packs.pack(complaint.pack, tx)
        let standing = try standing(of: complaint, by: person, inForce: inForce)
        if let permission = what.permission, !isProgram { try may(permission, what, person, complaint) }
        var input = input
        if what == .combine { try checkCombining(complaint, into: input["into"]) }
        if what == .confirmRepeat { input.values["severity"] = try checkRepeat(complaint, of: input["of"], inForce.pack.caseBook) }
        if what == .assign { try checkAssignee(complaint, input["assignee"]) }
        if what == .nameParty { input.values["person"] = try party(input["person"]) }
        // Whom a note names is asked before it is kept, and told in the same act.
        let named = what == .note && !isProgram ? try Mention(tx: tx, hall: act.hall).people(in: input["note"], of: complaint, on: act.hall.zone.day(of: act.now)) : []
        let lived = try ComplaintLife(complaint: complaint, standing: standing).lived(what, input)
        let after = try keep(lived, what, input, from: complaint, inForce)
        for who in named where who != person { try tell(who, of: after) }
        if what == .nameParty { try avoidConflicts(after) }
        switch what {
        case .toNormalPath: return try passOn(after, input, by: person, book: inForce.pack.caseBook)
        case .convert: return try convert(after, input, by: person, book: inForce.pack.caseBook)
        default: return after
        }
    }

    /// Whoever is complained of, by their sign-in name or id.
    private func party(_ named: String) throws -> Person.ID {
        guard let row = try tx.one("select person from person where login = \(named) or person = \(named)") else {
            throw FormProblems(fields: [("person", Text("没有这个人，填登录名。", "There is nobody of that sign-in name."))])
        }
        return try row.text("person")
    }

    /// What was theirs to do goes to others from now on, and that it does is an entry.
    private func avoidConflicts(_ complaint: Complaint) throws {
        for row in try tx.rows("select * from duty where subject <> '' and subject = \(complaint.subject) and state = 'open' order by id") {
            let duty = try Duty(row: row)
            let inForce = try act.hall.packs.pack(duty.pack, tx)
            if let rule = inForce.pack.rule(duty.rule) { try Unfilled(act: act).avoidConflict(duty, rule, inForce) }
        }
    }

    /// Supervision returns a lesser matter: a case like any other is taken in from what was said, under the code its reporter
    /// has. The link stands on supervision's side only; the other says nothing of where it came from.
    private func passOn(_ misconduct: Complaint, _ input: ActInput, by person: String, book: CaseBook) throws -> Complaint {
        guard book.kind(input["kind"])?.isConfidential == false else { throw FormProblems(fields: [("kind", Text("请选一个一般的类别。", "Choose an ordinary kind."))]) }
        let words = try ComplaintReader(tx: tx, hall: act.hall).words(misconduct)
        var intake = Intake()
        (intake.kind, intake.channel, intake.service, intake.hall) = (input["kind"], misconduct.channel, misconduct.service, misconduct.hall)
        intake.door = book.doors.first?.id ?? misconduct.door
        (intake.text, intake.wish, intake.name, intake.phone) = (words["text"] ?? "", words["wish"] ?? "", words["name"] ?? "", words["phone"] ?? "")
        (intake.address, intake.account, intake.isAnonymous) = (words["address"] ?? "", misconduct.account, misconduct.isAnonymous)
        intake.respondent = misconduct.respondent
        intake.units = input["unit"].split(separator: ",").map(String.init)
        intake.tracking = misconduct.tracking
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

    /// Takes a case back from a unit that has been dissolved: the call centre gets it as if the unit had sent it back, its first
    /// forty-five minutes go on.
    func takeBack(_ id: Complaint.ID, from unit: Place.ID) throws {
        guard let complaint = try find(id), !complaint.isOver, !complaint.isConfidential else { return }
        guard try tx.one("select 1 as one from place where place = \(unit) and ended is not null") != nil else { return }
        let inForce = try act.hall.packs.pack(complaint.pack, tx)
        let standing = try standing(of: complaint, by: "clock", inForce: inForce)
        guard let lived = ComplaintLife(complaint: complaint, standing: standing).dissolved(unit) else { return }
        _ = try keep(lived, .sendBack, ActInput(values: [:]), from: complaint, inForce)
    }

    /// Units that have been dissolved with cases open, each with the case.
    static func orphans(_ tx: any Reading) throws -> [(complaint: Complaint.ID, unit: Place.ID)] {
        try tx.rows(
            """
            select complaint_unit.complaint as complaint, complaint_unit.unit as unit from place
            join complaint_unit on complaint_unit.unit = place.place and complaint_unit.state = 'open'
            where place.kind = \("unit") and place.ended is not null limit 200
            """
        ).map { (try $0.text("complaint"), try $0.text("unit")) }
    }

    func find(_ id: Complaint.ID) throws -> Complaint? {
        try tx.one("select * from complaint where id = \(id)").map(Complaint.init(row:))
    }

    private func may(_ permission: String, _ what: ComplaintAct, _ person: String, _ complaint: Complaint) throws {
        let day = act.hall.zone.day(of: act.now)
        guard let viewer = try ViewerFinder(tx: tx, hall: act.hall).viewer(person, on: day), viewer.may(permission),
            try permission != "approve" || complaint.isConfidential || (viewer.grants[permission] ?? []).contains(where: { try reaches($0, complaint) })
        else {
            throw Refusal.notAllowed(Text("你的岗位不做这一步。", "Your role does not do this."))
        }
    }

    /// A message to whoever was named: a link, no word of the case.
    private func tell(_ person: Person.ID, of complaint: Complaint) throws {
        let n = Int(try tx.one("select count(*) as n from inbox where place = \(complaint.place) and duty = \(complaint.subject) and person = \(person)")?.int("n") ?? 0)
        try tx.keep(Message(place: complaint.place, duty: complaint.subject, step: n, person: person, why: "mention:" + act.by, at: act.now))
        tx.afterCommit { [hub = act.hall.hub] in hub.publish("inbox:" + person) }
    }

    /// Whoever gets it fills a role at one of its units and is not whom it is about; "" gives it back to all.
    private func checkAssignee(_ complaint: Complaint, _ person: Person.ID) throws {
        guard !person.isEmpty else { return }
        let day = act.hall.zone.day(of: act.now)
        let places = try units(of: complaint).filter { $0.state == .open }.map(\.unit)
        let handling = try act.hall.packs.pack(complaint.pack, tx).pack.roles.filter { $0.may.contains("handle") }.map(\.id)
        let roles = try places.flatMap { unit in try handling.flatMap { try Roster(tx: tx).people($0, at: unit, on: day) } }
        guard person == complaint.respondent || roles.contains(person) else {
            throw FormProblems(fields: [("assignee", Text("这个人今天不在办理单位。", "They are not at the unit today."))])
        }
    }

    /// Whether somebody who approves at a place approves of this case: a unit's head of what is with the unit, others of all.
    private func reaches(_ place: Place.ID, _ complaint: Complaint) throws -> Bool {
        if place == complaint.unit || place == complaint.place { return true }
        guard try tx.one("select kind from place where place = \(place)")?.text("kind") == "unit" else { return true }
        return try tx.one("select 1 as one from complaint_unit where place = \(complaint.place) and complaint = \(complaint.id) and unit = \(place)") != nil
    }

    /// The earlier case is there and may be named; gives how grave this one is at least, the second or third time.
    private func checkRepeat(_ complaint: Complaint, of id: Complaint.ID, _ book: CaseBook) throws -> String {
        guard let other = try find(id), !other.isConfidential, other.id != complaint.id, other.recorded <= complaint.recorded else {
            throw FormProblems(fields: [("of", Text("没有这件更早的工单。", "There is no such earlier case."))])
        }
        var (times, earlier) = (1, other)
        while times < 10, !earlier.repeatOf.isEmpty, let next = try find(earlier.repeatOf) { (times, earlier) = (times + 1, next) }
        return book.severity(ofRepeat: times) ?? ""
    }

    /// It goes on as another kind of case: taken in anew from what was said, under the code its customer has; each names the
    /// other.
    private func convert(_ old: Complaint, _ input: ActInput, by person: String, book: CaseBook) throws -> Complaint {
        guard book.kind(input["kind"])?.isConfidential == false else {
            throw FormProblems(fields: [("kind", Text("行风问题请重新登记为举报，系统会直接移交监察。", "Misconduct is taken in anew as a report; it goes to supervision at once."))])
        }
        if input["door"] == old.door, input["kind"] == old.kind { throw FormProblems(fields: [("door", Text("和现在一样，没有什么可转的。", "That is what it is already."))]) }
        let words = try ComplaintReader(tx: tx, hall: act.hall).words(old)
        var intake = Intake()
        (intake.door, intake.kind, intake.channel, intake.service, intake.hall) = (input["door"], input["kind"], old.channel, old.service, old.hall)
        (intake.text, intake.wish, intake.name, intake.phone) = (words["text"] ?? "", words["wish"] ?? "", words["name"] ?? "", words["phone"] ?? "")
        (intake.address, intake.account, intake.isAnonymous, intake.respondent) = (words["address"] ?? "", old.account, old.isAnonymous, old.respondent)
        (intake.outerNumber, intake.outerDue, intake.repeatOf, intake.severity) = (old.outerNumber, old.outerDue, old.repeatOf, old.severity)
        if let promised = old.promised, promised > act.now { intake.promised = promised }
        intake.tracking = old.tracking
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

    private func checkCombining(_ complaint: Complaint, into id: Complaint.ID) throws {
        guard let other = try find(id), !other.isConfidential, other.id != complaint.id, !other.isOver, !other.isJoined else {
            throw FormProblems(fields: [("into", Text("没有这件在办的工单。", "There is no such open case."))])
        }
    }

    /// Keeps what an act came to: entry, texts, rows, the regulation's answer at each place, then the clocks.
    private func keep(_ lived: ComplaintLife.Lived, _ what: ComplaintAct, _ input: ActInput, from before: Complaint, _ inForce: PackInForce) throws -> Complaint {
        var complaint = lived.complaint
        let place = complaint.place
        let primary = Event(kind: what.event ?? "complaint.\(what.rawValue)", about: complaint.subject, at: lived.at, fields: complaint.isConfidential ? [:] : ["number": complaint.number])
        try act.enter(primary, at: place)
        var step = ComplaintStep()
        (step.place, step.id, step.complaint, step.act) = (place, tx.id().description, complaint.id, what.rawValue)
        (step.at, step.recorded, step.by, step.unit) = (lived.at, act.now, act.by, lived.unit)
        var (chosen, texts): ([String: String], [String: String]) = ([:], [:])
        for field in what.fields where !input[field.id].isEmpty {
            if field.kind == .words { texts[field.id] = try tx.personal(input[field.id], place: place).description } else { chosen[field.id] = input[field.id] }
        }
        step.fields = JSON.object(chosen.mapValues { .string($0) }).text
        step.texts = JSON.object(texts.mapValues { .string($0) }).text
        step.files = input.files.joined(separator: ",")
        for unit in lived.units { try tx.keep(unit) }
        try tx.keep(step)
        for happened in lived.happened.filter({ $0.place == place }) + lived.happened.filter({ $0.place != place }) {
            let event = Event(kind: happened.kind, about: complaint.subject, at: happened.at, fields: happened.fields)
            if happened.place != place || happened.kind != primary.kind { try act.enter(event, at: happened.place) }
            try Regulator(act).answer(event, at: happened.place)
        }
        try adjust(what, from: before, to: complaint, lived, inForce)
        complaint = try clocks(complaint)
        try Subscription.announce(primary.kind, of: complaint, at: lived.at, act)
        let places = Set(lived.happened.map(\.place))
        tx.afterCommit { [hub = act.hall.hub] in for place in places { hub.publish("board:\(place)") } }
        return complaint
    }

    /// What the life changes of clocks that run already: returned to the call centre, given more time, suspended, taken up
    /// again, another severity, ended.
    private func adjust(_ what: ComplaintAct, from before: Complaint, to after: Complaint, _ lived: ComplaintLife.Lived, _ inForce: PackInForce) throws {
        let clocks = CaseClocks(act: act, subject: after.subject)
        switch what {
        case .sendBack:
            guard let unit = lived.units.first?.unit else { return }
            try clocks.stop(at: unit, because: Text("已退单，由别的单位办", "sent back; another unit handles it"))
        case .agreeVisit:
            // Agreed anew: the time that was agreed first stays on record.
            guard let unit = lived.units.first, let agreed = unit.agreed else { return }
            try clocks.move(endingOn: ["complaint.visited"], at: unit.unit, inForce, because: Text("与客户改约", "agreed anew with the customer")) { _ in agreed }
        case .grant where before.request == .extension_ && after.request == .none:
            guard let until = before.requestUntil else { return }
            try clocks.move(endingOn: ["complaint.investigated", "complaint.replied"], inForce, because: Text("已批准延期", "more time was granted")) { max($0, until) }
        case .grant where before.request == .suspension && after.request == .none:
            guard let until = before.requestUntil else { return }
            let length = until.ms - act.now.ms
            try clocks.move(endingOn: Self.suspendable, inForce, because: Text("挂起，期限顺延", "suspended: the deadline moves on")) { Instant(ms: $0.ms + length) }
        case .resume:
            guard let until = before.suspendedUntil, until > act.now else { return }
            let back = until.ms - act.now.ms
            let now = act.now
            try clocks.move(endingOn: Self.suspendable, inForce, because: Text("提前恢复，期限扣回", "resumed early: what was not needed is taken off")) { max(Instant(ms: $0.ms - back), now) }
        case .combine:
            try clocks.stop(endingOn: ["complaint.investigated", "complaint.reported", "complaint.improved", "complaint.visited"], because: Text("已并入另一件，由那一件办", "joined to another, which does it for both"))
        case .split:
            // What the other did for it is its own again, counted as before.
            guard let first = after.firstDispatched, !after.unit.isEmpty, after.stage == .dispatched else { return }
            let event = Event(kind: "complaint.dispatched", about: after.subject, at: first, fields: ["unit": after.unit, "door": after.door, "severity": after.severity, "channel": after.channel, "lead": "yes"])
            try clocks.begin(event, at: after.unit, inForce, endingOn: ["complaint.investigated"])
        case .grant where before.request == .decline && !after.verdict.isEmpty:
            try clocks.stop(endingOn: ["complaint.investigated", "complaint.visited"], because: Text("不予受理，只要答复", "not accepted; it is only answered"))
        case .raise, .lower, .confirmRepeat:
            if standingApproval(after, inForce).isEmpty {
                try clocks.stop(endingOn: ["complaint.proposed", "complaint.approved", "complaint.instructed"], because: Text("等级已降，不用再批", "of a lesser severity it is not approved"))
            }
            guard before.severity != after.severity else { return }
            guard let first = before.firstDispatched else { return }
            for unit in try units(of: after) where unit.state == .open {
                func event(_ c: Complaint) -> Event {
                    Event(kind: "complaint.dispatched", about: c.subject, at: first, fields: ["unit": unit.unit, "door": c.door, "severity": c.severity, "channel": c.channel, "lead": unit.unit == c.unit ? "yes" : "no"])
                }
                try clocks.change(from: event(before), to: event(after), at: unit.unit, inForce)
            }
        default: break
        }
        if after.isOver, !before.isOver {
            try clocks.stop(at: nil, because: Text("工单已结束", "the case has ended"))
        }
    }

    private func standingApproval(_ complaint: Complaint, _ inForce: PackInForce) -> [String] {
        inForce.pack.caseBook.approval(severity: complaint.severity, channel: complaint.channel)
    }

    private static let suspendable = ["complaint.investigated", "complaint.replied", "complaint.visited", "complaint.reported", "complaint.improved"]

    /// Writes the nearest open deadline, and the first the reply was given, into the case's row; then keeps it.
    private func clocks(_ complaint: Complaint) throws -> Complaint {
        var complaint = complaint
        let rows = try tx.rows("select due, ends_on from duty where subject <> '' and subject = \(complaint.subject) and state = 'open' order by due")
        complaint.nextDue = try rows.first?.instant("due")
        if complaint.firstDue == nil {
            complaint.firstDue = try rows.first { ["complaint.replied", "misconduct.concluded"].contains(try $0.text("ends_on")) }?.instant("due")
        }
        if let due = try rows.first(where: { try $0.text("ends_on") == "complaint.replied" })?.instant("due") { complaint.replyDue = due }
        if complaint.contactDue == nil { complaint.contactDue = try rows.first { try $0.text("ends_on") == "complaint.contacted" }?.instant("due") }
        // Of its own deadline and the outer one the earlier wins; both are shown.
        if let outer = complaint.outerDue, !complaint.isOver, complaint.replied == nil { complaint.nextDue = min(complaint.nextDue ?? outer, outer) }
        try tx.keep(complaint)
        try FigureSums.touch(complaint, tx)
        return complaint
    }

    // MARK: - Facts

    func units(of complaint: Complaint) throws -> [ComplaintUnit] {
        try tx.rows("select * from complaint_unit where complaint = \(complaint.id) order by dispatched, unit").map(ComplaintUnit.init(row:))
    }

    /// What the life has to know of somebody and of the case.
    func standing(of complaint: Complaint, by person: String, inForce: PackInForce) throws -> ComplaintLife.Standing {
        try Self.standing(of: complaint, by: person, inForce, act.hall, tx, at: act.now)
    }

    static func standing(of complaint: Complaint, by person: String, _ inForce: PackInForce, _ hall: Hallkeeper, _ tx: any Reading, at now: Instant) throws -> ComplaintLife.Standing {
        let day = hall.zone.day(of: now)
        let units = try tx.rows("select * from complaint_unit where complaint = \(complaint.id) order by dispatched, unit").map(ComplaintUnit.init(row:))
        let viewer = try ViewerFinder(tx: tx, hall: hall).viewer(person, on: day)
        var standing = ComplaintLife.Standing(
            person: person, callCentre: complaint.place, book: inForce.pack.caseBook, units: units, zone: hall.zone, now: now)
        // A unit's head decides on what is with the unit, not on others'.
        let own = Set(units.map(\.unit) + [complaint.unit])
        let unitPlaces = Set(try tx.rows("select place from place where kind = \("unit")").map { try $0.text("place") })
        standing.roles = Set(((viewer?.roles ?? []) + (viewer?.deputed ?? [])).filter { !unitPlaces.contains($0.place) || own.contains($0.place) }.map(\.role))
        standing.places = Set(viewer?.roles.map(\.place) ?? [])
        standing.isAbove = (viewer?.grants["approve"] ?? []).contains { !unitPlaces.contains($0) }
        if complaint.isJoined { standing.master = try tx.one("select * from complaint where id = \(complaint.combinedInto)").map(Complaint.init(row:)) }
        standing.joined = Int(try tx.one("select count(*) as n from complaint where combined_into <> '' and combined_into = \(complaint.id) and confidential = 0")?.int("n") ?? 0)
        if let own = viewer?.person.place { standing.places.insert(own) }
        standing.approval = complaint.isConfidential ? [] : inForce.pack.caseBook.approval(severity: complaint.severity, channel: complaint.channel)
        standing.knownUnits = Set(try tx.rows("select place from place where kind = \("unit") and ended is null").map { try $0.text("place") })
        standing.callCentre = try Self.callCentre(tx) ?? complaint.place
        return standing
    }

    private static func callCentre(_ tx: any Reading) throws -> Place.ID? {
        try tx.one("select place from place where kind = \("call-centre") and ended is null order by place limit 1")?.text("place")
    }
    private func callCentre(_ inForce: PackInForce, for taken: Place.ID) throws -> Place.ID { try Self.callCentre(tx) ?? taken }

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

extension ActInput {
    /// For acts the program does itself.
    init(values: [String: String]) { self.values = values }
}
