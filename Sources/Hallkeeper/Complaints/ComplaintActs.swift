import Foundation
import Regulation
import Store
import WorkCalendar

/// What is done about cases: taken in, and each step of their life, in one transaction each with the ledger, the
/// regulation's answer, the clocks and the search.
struct ComplaintActs {
    let act: HallAct
    var tx: Act { act.act }

    init(_ act: HallAct) { self.act = act }

    /// Does one act about a case; a program that passes on what a customer says has been let in by its token. `version` is the one its page showed: who comes second is told, and keeps their words.
    @discardableResult
    func `do`(_ what: ComplaintAct, _ id: Complaint.ID, _ input: ActInput, by person: String, version: Int? = nil, isProgram: Bool = false) throws -> Complaint {
        guard let complaint = try find(id) else { throw Refusal.notFound }
        if let version, version != complaint.version {
            throw Refusal.conflict(Text("刚才有别人动过这件工单，请看一眼现在的情况再提交；你写的还在。", "Somebody has changed this case meanwhile; look at it and send again. What you wrote is kept."))
        }
        let inForce = try act.hall.packs.pack(complaint.pack, tx)
        let standing = try standing(of: complaint, by: person, inForce: inForce)
        if let permission = what.permission(isConfidential: complaint.isConfidential), !isProgram { try may(permission, what, person, complaint) }
        var input = input
        if what == .combine { try checkCombining(complaint, into: input["into"]) }
        if what == .confirmRepeat { input.values["severity"] = try checkRepeat(complaint, of: input["of"], inForce.pack.caseBook) }
        if what == .assign { try checkHandles(complaint, input["assignee"], "assignee") }
        if what == .setImprovement { try checkHandles(complaint, input["owner"], "owner") }
        if what == .nameParty { input.values["person"] = try party(input["person"]) }
        // Whom a note names is asked before it is kept, and told in the same act.
        let named = what == .note && !isProgram ? try Mention(tx: tx, hall: act.hall).people(in: input["note"], of: complaint, on: act.hall.zone.day(of: act.now)) : []
        let lived = try ComplaintLife(complaint: complaint, standing: standing).lived(what, input)
        let after = try keep(lived, what, input, from: complaint, inForce)
        for who in named where who != person { try tell(who, of: after, .mention) }
        if what == .assign, ![person, ""].contains(after.assignee) { try tell(after.assignee, of: after, .assigned) }
        if what == .setImprovement, after.improvementOwner != person { try tell(after.improvementOwner, of: after, .owner) }
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
        for duty in try Duty.open(about: complaint.subject, tx) {
            let inForce = try act.hall.packs.pack(duty.pack, tx)
            if let rule = inForce.pack.rule(duty.rule) { try Unfilled(act: act).avoidConflict(duty, rule, inForce) }
        }
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

    /// Why somebody gets a message about a case.
    enum Telling: String, CaseIterable { case mention, assigned, owner }

    /// A message to whoever was named, or was given it: a link, no word of the case.
    private func tell(_ person: Person.ID, of complaint: Complaint, _ why: Telling) throws {
        let n = Int(try tx.one("select count(*) as n from inbox where place = \(complaint.place) and duty = \(complaint.subject) and person = \(person)")?.int("n") ?? 0)
        try tx.keep(Message(place: complaint.place, duty: complaint.subject, step: n, person: person, why: why.rawValue + ":" + act.by, at: act.now))
        tx.afterCommit { [hub = act.hall.hub] in hub.publish("inbox:" + person) }
    }

    /// Whoever gets it, or an improvement, fills a role at one of its units and is not whom it is about; "" is nobody in particular.
    private func checkHandles(_ complaint: Complaint, _ person: Person.ID, _ field: String) throws {
        guard !person.isEmpty else { return }
        let day = act.hall.zone.day(of: act.now)
        let places = try units(of: complaint).filter { $0.state == .open }.map(\.unit)
        let handling = try Roster(tx: tx).handling(at: places, try act.hall.packs.pack(complaint.pack, tx).pack, on: day)
        guard person == complaint.respondent || handling.contains(person) else {
            throw FormProblems(fields: [(field, Text("这个人今天不在办理单位。", "They are not at the unit today."))])
        }
    }

    /// Whether somebody who approves at a place approves of this case: a unit's head of what is with the unit, others of all.
    private func reaches(_ place: Place.ID, _ complaint: Complaint) throws -> Bool {
        if place == complaint.unit || place == complaint.place { return true }
        guard try tx.one("select kind from place where place = \(place)")?.text("kind") == "unit" else { return true }
        return try tx.one("select 1 as one from complaint_unit where place = \(complaint.place) and complaint = \(complaint.id) and unit = \(place)") != nil
    }

    /// The earlier case is there and may be named; gives how grave this one is at least, the second or third time.
    func checkRepeat(_ complaint: Complaint, of id: Complaint.ID, _ book: CaseBook) throws -> String {
        guard let other = try find(id), !other.isConfidential, other.id != complaint.id, other.recorded <= complaint.recorded else {
            throw FormProblems(fields: [("of", Text("没有这件更早的工单。", "There is no such earlier case."))])
        }
        var (times, earlier) = (1, other)
        while times < 10, !earlier.repeatOf.isEmpty, let next = try find(earlier.repeatOf) { (times, earlier) = (times + 1, next) }
        return book.severity(ofRepeat: times) ?? ""
    }

    private func checkCombining(_ complaint: Complaint, into id: Complaint.ID) throws {
        guard let other = try find(id), !other.isConfidential, other.id != complaint.id, !other.isOver, !other.isJoined else {
            throw FormProblems(fields: [("into", Text("没有这件在办的工单。", "There is no such open case."))])
        }
    }

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
        if complaint.isOver { standing.retention = try hall.packs.inForce(on: day, tx)?.pack.caseBook.retention(ofKind: complaint.kind) }
        return standing
    }

    static func callCentre(_ tx: any Reading) throws -> Place.ID? {
        try tx.one("select place from place where kind = \("call-centre") and ended is null order by place limit 1")?.text("place")
    }
}

extension ActInput {
    /// For acts the program does itself.
    init(values: [String: String]) { self.values = values }
}
