import Regulation
import Store
import WorkCalendar

/// The life of a case, in the order it is lived (7.1–7.3): recorded and dispatched → signed for → contacted → visit → investigated
/// → replied → reported → called back → improvement → closed. Pure: facts and the moment in, the new value and what
/// happened out, or a refusal in a sentence. Who may is asked before, by permission; who may *not* although they may in
/// general (approver, caller, verifier) is asked here.
struct ComplaintLife: Sendable {
    /// What the life has to know of whoever acts and of the rulebook.
    struct Standing: Sendable {
        var person: Person.ID
        /// Roles held today.
        var roles: Set<String> = []
        /// Every place they belong to: where a role is held, and their own.
        var places: Set<Place.ID> = []
        /// The call centre, where what is not with a unit is looked after.
        var callCentre: Place.ID
        /// Who has to approve what is proposed, in order.
        var approval: [String] = []
        var book: CaseBook
        var units: [ComplaintUnit] = []
        /// Places that are units and have not ended.
        var knownUnits: Set<Place.ID> = []
        var zone: Zone
        var now: Instant
    }
    /// Something the rulebook may wait for, with where.
    struct Happened: Sendable, Equatable {
        var kind: String
        var place: Place.ID
        var at: Instant
        var fields: [String: String] = [:]
    }
    /// What an act comes to.
    struct Lived: Sendable, Equatable {
        var complaint: Complaint
        var units: [ComplaintUnit] = []
        var happened: [Happened] = []
        /// When it happened: now, or when it is said to have.
        var at: Instant
        /// The unit on whose behalf, or "".
        var unit: Place.ID = ""
    }

    /// Days after closing in which it may be taken up again.
    static let reopenDays = 30
    /// Tries after which somebody counts as not to be reached.
    static let tries = 3

    let complaint: Complaint
    let standing: Standing
    private var now: Instant { standing.now }

    // MARK: - What may be done now

    /// Why an act cannot be done at this stage, as a sentence; nil when it can.
    func hindrance(to act: ComplaintAct) -> Text? {
        let c = complaint
        if c.isConfidential != [.takeUp, .conclude, .toNormalPath].contains(act), ![.note, .supplement, .nameParty].contains(act) {
            return Text("这类案件不走这一步。", "This step is not part of such a case.")
        }
        if c.isOver, ![.reopen, .note, .supplement].contains(act) { return Text("这件工单已经结束。", "This case has ended.") }
        if standing.person == c.respondent, !c.respondent.isEmpty { return Text("被投诉人不能办理这件工单。", "Whoever it is about takes no part in it.") }
        let waits = Text("要等前一步做完。", "The step before has to be done first.")
        let late = Text("这一步已经做过了。", "This step has been done already.")
        let isWithUnit = [.dispatched, .investigated, .replied, .calledBack].contains(c.stage)
        if act.isUnits, c.suspended != nil, ![.resume, .contact].contains(act) { return Text("工单已挂起，先恢复。", "It is suspended; resume it first.") }
        switch act {
        case .propose:
            if standing.approval.isEmpty { return Text("这件不用拟办，直接派发。", "Nothing has to be proposed; dispatch it.") }
            return c.stage == .recorded ? nil : late
        case .approve:
            return c.stage == .proposed ? approver(0) : c.stage == .recorded ? waits : late
        case .instruct:
            return c.stage == .approved ? approver(1) : [.recorded, .proposed].contains(c.stage) ? waits : late
        case .sendBackProposal:
            return c.stage == .proposed ? approver(0) : c.stage == .approved ? approver(1) : [.recorded].contains(c.stage) ? waits : late
        case .dispatch:
            if c.stage == .recorded, !standing.approval.isEmpty, !isEmergency { return Text("先拟办、审批，再派发。", "It is proposed and approved first, then dispatched.") }
            if [.proposed, .approved].contains(c.stage), !isEmergency { return Text("还在审批，批了再派发。", "It is still being approved.") }
            return c.stage == .replied || c.stage == .calledBack ? late : nil
        case .sign:
            guard isWithUnit, let unit = mine else { return notMine }
            return unit.signed == nil ? nil : late
        case .sendBack:
            guard isWithUnit, let unit = mine else { return notMine }
            if c.stage != .dispatched { return Text("已经调查，不能退单。", "It has been investigated and cannot be sent back.") }
            if c.sentBack > 0 { return Text("已经退过一次，不能再退；请企业管理部裁定。", "It was sent back once; enterprise management decides now.") }
            return now.ms - unit.dispatched.ms <= 120 * 60_000 ? nil : Text("超过两小时，不能退单。", "It can be sent back within two hours only.")
        case .contact:
            guard isWithUnit, let unit = mine else { return notMine }
            return unit.contacted == nil ? nil : late
        case .agreeVisit:
            guard isWithUnit, let unit = mine else { return notMine }
            if unit.visited != nil { return late }
            return unit.visits < 2 ? nil : Text("已经改约过两次。", "It was agreed anew twice already.")
        case .noVisit:
            guard isWithUnit, let unit = mine else { return notMine }
            return unit.noVisit.isEmpty && unit.visited == nil && unit.agreed == nil ? nil : late
        case .visit:
            guard isWithUnit, let unit = mine else { return notMine }
            if unit.agreed == nil { return Text("先约好到场时间。", "Agree on a time first.") }
            return unit.visited == nil ? nil : late
        case .investigate:
            guard isWithUnit, let unit = mine else { return notMine }
            guard c.stage == .dispatched else { return late }
            guard c.isFull else { return Text("意见、建议不用调查，直接答复。", "An opinion or suggestion is answered without an inquiry.") }
            if !isSpoken(unit) { return Text("先联系客户，联系不上的要试三次。", "Contact the customer first; three tries if they cannot be reached.") }
            return unit.visited != nil || !unit.noVisit.isEmpty ? nil : Text("先说明要不要到场。", "Say first whether a visit is needed.")
        case .promise:
            guard isWithUnit, mine != nil else { return notMine }
            return [.dispatched, .investigated].contains(c.stage) ? nil : late
        case .reply:
            guard isWithUnit, mine != nil else { return notMine }
            if c.stage == .dispatched, c.isFull { return Text("先调查核实，再答复。", "It is investigated first, then answered.") }
            return [.dispatched, .investigated].contains(c.stage) ? nil : late
        case .report:
            guard isWithUnit, mine != nil else { return notMine }
            if !c.isFull { return Text("意见、建议不用上报调查。", "Nothing is reported upward of an opinion or suggestion.") }
            if c.replied == nil { return Text("先答复客户，再上报。", "The customer is answered first.") }
            return c.reported == nil ? nil : late
        case .callBack:
            if c.replied == nil { return Text("先答复客户，再回访。", "The customer is answered first, then called back.") }
            if c.calledBack != nil { return late }
            if standing.places.contains(c.unit) { return Text("回访不能由责任单位自己做。", "The unit complained of does not call back.") }
            return c.repliedBy == standing.person ? Text("答复的人不能自己回访。", "Whoever replied does not call back.") : nil
        case .setImprovement:
            guard isWithUnit, mine != nil else { return notMine }
            if c.stage == .dispatched { return waits }
            return c.improvement == .none || c.improvement == .set ? nil : late
        case .verifyImprovement:
            if c.improvement != .set { return c.improvement == .none ? Text("还没有改进措施。", "No improvement has been set.") : late }
            return c.improvementOwner == standing.person ? Text("定措施的人不能自己核实。", "Whoever set the improvement does not verify it.") : nil
        case .askFor:
            guard isWithUnit, mine != nil else { return notMine }
            return c.request == .none ? nil : Text("已有一个申请在等批复。", "Something has been asked for already and waits for a decision.")
        case .grant, .deny:
            if c.request == .none { return Text("没有等批复的申请。", "Nothing has been asked for.") }
            return c.requestBy == standing.person ? Text("不能批自己的申请。", "Nobody decides on what they asked for themselves.") : nil
        case .resume:
            return c.suspended == nil ? Text("没有挂起。", "It is not suspended.") : nil
        case .supervise: return c.isSupervised ? late : nil
        case .release: return c.isSupervised ? nil : Text("没有在督办。", "It is not supervised.")
        case .raise: return c.severity == standing.book.severities.first?.id ? Text("已经是最高等级。", "It has the highest severity already.") : nil
        case .lower: return c.severity == standing.book.lightest ? Text("已经是最低等级。", "It has the lowest severity already.") : nil
        case .combine: return nil
        case .withdraw: return nil
        case .close: return missing.first
        case .reopen:
            if c.stage == .closed, let ended = c.ended {
                if c.isConfidential { return Text("这类案件不走这一步。", "This step is not part of such a case.") }
                return now <= ended.adding(minutes: Self.reopenDays * 1440) ? nil : Text("办结超过 30 天，请另立新单。", "It was closed more than 30 days ago; take in a new one.")
            }
            if c.stage == .calledBack { return c.solved == "no" || ["1", "2"].contains(c.satisfaction) ? nil : Text("客户满意，不用重办。", "The customer is satisfied.") }
            return Text("还没有办完，不用重办。", "It is still being handled.")
        case .note, .supplement, .nameParty: return nil
        case .takeUp: return c.stage == .recorded ? nil : late
        case .conclude: return c.stage == .dispatched ? nil : c.stage == .recorded ? Text("先接手。", "Take it up first.") : late
        case .toNormalPath: return [.recorded, .dispatched].contains(c.stage) ? nil : late
        }
    }

    /// What is still missing before it can be closed, in order (7.1).
    var missing: [Text] {
        let c = complaint
        var list: [Text] = []
        if c.replied == nil, c.door != "praise" { list.append(Text("还没有答复客户，不能办结。", "It cannot be closed: the customer has not been answered.")) }
        if c.isFull {
            if c.reported == nil { list.append(Text("还没有上报调查结果，不能办结。", "It cannot be closed: the investigation has not been reported.")) }
            if c.calledBack == nil { list.append(Text("还没有回访，不能办结。", "It cannot be closed: the customer has not been called back.")) }
            if ![.verified, .unneeded].contains(c.improvement) { list.append(Text("还没有改进结论，不能办结。", "It cannot be closed: nothing is said of the improvement.")) }
        }
        if c.isSupervised { list.append(Text("正在督办，解除后才能办结。", "It is supervised; it can be closed when it is released.")) }
        return list
    }

    /// The unit's own line, of the first unit one belongs to.
    var mine: ComplaintUnit? {
        standing.units.first { $0.state == .open && standing.places.contains($0.unit) }
    }
    private var notMine: Text {
        complaint.firstDispatched == nil ? Text("还没有派发。", "It has not been dispatched yet.") : Text("这件工单不在你们单位。", "It is not with your unit.")
    }
    private var isEmergency: Bool { standing.book.kind(complaint.kind)?.isEmergency == true }
    private func isSpoken(_ unit: ComplaintUnit) -> Bool { unit.contacted != nil || unit.tries >= Self.tries || !complaint.canBeReached }

    /// Whoever approves holds the role whose turn it is, and has not proposed it.
    private func approver(_ number: Int) -> Text? {
        guard number < standing.approval.count else { return Text("这一级不用批。", "This level does not have to approve.") }
        guard standing.roles.contains(standing.approval[number]) else { return Text("现在轮不到你批。", "It is not your turn to approve.") }
        return complaint.proposedBy == standing.person ? Text("不能批自己拟的意见。", "Nobody approves what they proposed themselves.") : nil
    }

    // MARK: - Doing it

    /// Does one act with what was filled in. Refuses out of order, by the wrong person, with what does not fit.
    func lived(_ act: ComplaintAct, _ input: ActInput) throws -> Lived {
        if let hindrance = hindrance(to: act) { throw Refusal.conflict(hindrance) }
        var lived = Lived(complaint: complaint, at: now)
        lived.complaint.version += 1
        if act.isUnits, let mine { lived.unit = mine.unit }
        try apply(act, input, &lived)
        let after = ComplaintLife(complaint: lived.complaint, standing: standing)
        // The last gate has opened: whoever closes is told.
        if complaint.isFull, !complaint.isConfidential, !missing.isEmpty, after.missing.isEmpty, !lived.complaint.isOver {
            lived.happened.append(happened("complaint.ready", at: lived.complaint.unit, lived.complaint))
        }
        return lived
    }

    private func happened(_ kind: String, at place: Place.ID, _ c: Complaint, _ more: [String: String] = [:], when: Instant? = nil) -> Happened {
        let fields = ["unit": c.unit, "door": c.door, "severity": c.severity, "channel": c.channel]
        return Happened(kind: kind, place: place, at: when ?? now, fields: fields.merging(more) { _, own in own })
    }

    private func units(_ input: ActInput, _ field: String) throws -> [Place.ID] {
        let named = input[field].split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
        for unit in named where !standing.knownUnits.contains(unit) {
            throw FormProblems(fields: [(field, Text("没有这个单位，或者它已撤销。", "There is no such unit, or it has been dissolved."))])
        }
        var seen: Set<String> = []
        return named.filter { seen.insert($0).inserted }
    }

    /// What happened before now, and not before the unit had it; what is in the future is refused.
    private func when(_ input: ActInput, after: Instant) throws -> Instant {
        guard let at = input.moment("at") else { return now }
        if at > now { throw FormProblems(fields: [("at", Text("时间不能晚于现在。", "It cannot be after now."))]) }
        if at < after { throw FormProblems(fields: [("at", Text("时间不能早于派发。", "It cannot be before it was dispatched."))]) }
        return at
    }

    private func apply(_ act: ComplaintAct, _ input: ActInput, _ lived: inout Lived) throws {
        var c: Complaint {
            get { lived.complaint }
            set { lived.complaint = newValue }
        }
        func tell(_ kind: String?, _ place: Place.ID, _ more: [String: String] = [:], when: Instant? = nil) {
            if let kind { lived.happened.append(happened(kind, at: place, lived.complaint, more, when: when)) }
        }
        switch act {
        case .propose:
            let unit = try units(input, "unit")
            c.stage = .proposed
            c.proposedBy = standing.person
            c.unit = unit.first ?? c.unit
            tell(act.event, standing.callCentre)
        case .approve, .instruct:
            c.approvals += 1
            let isLast = c.approvals >= standing.approval.count
            c.stage = isLast ? .cleared : .approved
            tell(act.event, standing.callCentre)
            if isLast { tell("complaint.cleared", standing.callCentre) }
        case .sendBackProposal:
            c.stage = .recorded
            c.approvals = 0
            tell(act.event, standing.callCentre)
        case .dispatch: try dispatch(input, &lived)
        case .sign:
            guard var unit = mine else { throw Refusal.conflict(notMine) }
            (unit.signed, unit.signedBy) = (now, standing.person)
            lived.units = [unit]
            tell(act.event, unit.unit)
        case .sendBack:
            guard var unit = mine else { throw Refusal.conflict(notMine) }
            unit.state = .returned
            lived.units = [unit]
            c.sentBack += 1
            if c.unit == unit.unit { c.unit = standing.units.first { $0.state == .open && $0.unit != unit.unit }?.unit ?? "" }
            tell(act.event, standing.callCentre, ["unit": unit.unit])
        case .contact:
            guard var unit = mine else { throw Refusal.conflict(notMine) }
            let at = try when(input, after: unit.dispatched)
            unit.tries += 1
            unit.tried = unit.tried ?? at
            let isReached = input["reached"] == "reached"
            if isReached { unit.contacted = at }
            c.firstContact = c.firstContact ?? at
            c.isReached = c.isReached || isReached
            lived.units = [unit]
            lived.at = at
            // A first try in time counts as in time and is reported apart (K1b); the duty ends with it.
            if unit.tries == 1 || isReached { tell(act.event, unit.unit, when: at) }
        case .agreeVisit:
            guard var unit = mine, let agreed = input.moment("agreed") else { throw Refusal.conflict(notMine) }
            if agreed <= now { throw FormProblems(fields: [("agreed", Text("约定时间要在现在之后。", "The time agreed has to be after now."))]) }
            unit.agreed = agreed
            unit.visits += 1
            lived.units = [unit]
            tell(act.event, unit.unit, ["agreed": standing.zone.text(agreed)])
        case .noVisit:
            guard var unit = mine else { throw Refusal.conflict(notMine) }
            unit.noVisit = "yes"
            lived.units = [unit]
        case .visit:
            guard var unit = mine else { throw Refusal.conflict(notMine) }
            let at = try when(input, after: unit.dispatched)
            unit.visited = at
            lived.units = [unit]
            lived.at = at
            tell(act.event, unit.unit, when: at)
        case .investigate:
            guard let unit = mine else { throw Refusal.conflict(notMine) }
            if input["finding"] == "founded", input["evidence"].isEmpty, input.files.isEmpty {
                throw FormProblems(fields: [("evidence", Text("属实的要写明证据，或附照片。", "What is founded needs evidence: words or a photo."))])
            }
            c.stage = .investigated
            (c.finding, c.responsibility, c.cause) = (input["finding"], input["responsibility"], input["cause"])
            c.investigated = now
            for open in standing.units where open.state == .open { tell(act.event, open.unit, ["unit": unit.unit]) }
        case .promise:
            guard let unit = mine, let promised = input.moment("promised") else { throw Refusal.conflict(notMine) }
            if promised <= now { throw FormProblems(fields: [("promised", Text("承诺的时间已经过去。", "The time promised has passed already."))]) }
            c.promised = promised
            tell(act.event, unit.unit, ["promised": standing.zone.text(promised)])
        case .reply:
            guard let unit = mine else { throw Refusal.conflict(notMine) }
            c.stage = .replied
            (c.replied, c.repliedBy, c.result) = (now, standing.person, input["result"])
            // Whoever answers, it is answered: what all units owed of the reply ends.
            for open in standing.units where open.state == .open && open.unit != unit.unit && open.unit != c.unit { tell(act.event, open.unit, ["door": ""]) }
            tell(act.event, c.unit)
        case .report:
            guard mine != nil else { throw Refusal.conflict(notMine) }
            c.reported = now
            tell(act.event, c.unit)
        case .callBack:
            if input["reached"] == "reached", input["satisfaction"].isEmpty || input["solved"].isEmpty {
                throw FormProblems(fields: [("satisfaction", Text("接通了，请问满意吗、解决了吗。", "They were reached: ask whether they are satisfied and whether it is solved."))])
            }
            c.stage = .calledBack
            c.calledBack = now
            (c.callBack, c.satisfaction, c.solved) = (input["reached"], input["reached"] == "reached" ? input["satisfaction"] : "0", input["solved"])
            tell(act.event, c.unit)
        case .setImprovement:
            guard mine != nil, let until = input.day("until") else { throw Refusal.conflict(notMine) }
            let today = standing.zone.day(of: now)
            if until < today || until > today.adding(days: 30) {
                throw FormProblems(fields: [("until", Text("改进要在 30 天内完成，且不早于今天。", "An improvement is carried out within 30 days, and not before today."))])
            }
            c.improvement = .set
            c.improvementUntil = standing.zone.instant(until, minute: 1440)
            c.improvementOwner = standing.person
            tell(act.event, c.unit, ["until": until.description])
        case .verifyImprovement:
            c.improvement = .verified
            tell(act.event, c.unit)
        case .askFor: try ask(input, &lived)
        case .grant: grant(&lived)
        case .deny: (c.request, c.requestUntil) = (.none, nil)
        case .resume:
            (c.suspended, c.suspendedUntil, c.suspension) = (nil, nil, "")
        case .supervise: c.isSupervised = true
        case .release: c.isSupervised = false
        case .raise, .lower:
            let order = standing.book.severities.map(\.id)
            guard let from = order.firstIndex(of: c.severity), let to = order.firstIndex(of: input["severity"]), act == .raise ? to < from : to > from else {
                throw FormProblems(fields: [("severity", act == .raise ? Text("要选比现在高的等级。", "Choose a higher severity than now.") : Text("要选比现在低的等级。", "Choose a lower severity than now."))])
            }
            c.severity = input["severity"]
        case .combine:
            c.stage = .combined
            c.combinedInto = input["into"]
            end(&lived)
        case .withdraw:
            if standing.book.severity(c.severity)?.approval.isEmpty == false, c.finding.isEmpty {
                throw Refusal.conflict(Text("重大投诉即使撤诉也要先查清。", "A major case is investigated even when it is withdrawn."))
            }
            c.stage = .withdrawn
            c.result = "withdrawn"
            end(&lived)
            tell(act.event, c.unit.isEmpty ? c.place : c.unit)
        case .close:
            c.stage = .closed
            end(&lived)
            tell(act.event, c.unit.isEmpty ? c.place : c.unit)
        case .reopen:
            c.stage = .dispatched
            c.reopened += 1
            (c.ended, c.replied, c.reported, c.calledBack, c.investigated) = (nil, nil, nil, nil, nil)
            (c.callBack, c.satisfaction, c.solved, c.result, c.finding) = ("", "", "", "", "")
            c.improvement = .none
            lived.units = standing.units.filter { $0.unit == c.unit }.map {
                var unit = $0
                unit.state = .open
                return unit
            }
            tell(act.event, c.unit)
        case .note, .supplement: break
        case .nameParty: c.respondent = input["person"]
        case .takeUp:
            c.stage = .dispatched
            c.unit = c.place
            tell(act.event, c.place)
        case .conclude:
            c.finding = input["finding"]
            c.stage = .closed
            c.ended = now
            tell(act.event, c.place)
        case .toNormalPath:
            c.stage = .closed
            c.result = "redirected"
            c.ended = now
            tell("misconduct.taken-up", c.place)
            tell("misconduct.concluded", c.place)
        }
    }

    /// Dispatched to one unit or several; the first named answers for it. The forty-five minutes of everybody run from the
    /// first dispatch, whoever gets it later (docs/rules/complaints.md).
    private func dispatch(_ input: ActInput, _ lived: inout Lived) throws {
        let named = try units(input, "unit")
        let fresh = named.filter { unit in !standing.units.contains { $0.unit == unit && $0.state == .open } }
        guard !fresh.isEmpty else { throw FormProblems(fields: [("unit", Text("已经在这个单位了。", "It is with this unit already."))]) }
        let first = complaint.firstDispatched ?? now
        lived.complaint.firstDispatched = first
        lived.complaint.stage = .dispatched
        if lived.complaint.unit.isEmpty || complaint.firstDispatched == nil { lived.complaint.unit = fresh.first ?? "" }
        for place in Set([complaint.place, standing.callCentre]).sorted() { lived.happened.append(happened("complaint.dispatched", at: place, lived.complaint)) }
        for id in fresh {
            var unit = ComplaintUnit()
            (unit.place, unit.complaint, unit.unit, unit.dispatched) = (complaint.place, complaint.id, id, now)
            lived.units.append(unit)
            let isLead = id == lived.complaint.unit
            lived.happened.append(happened("complaint.dispatched", at: id, lived.complaint, ["unit": id, "lead": isLead ? "yes" : "no"], when: first))
        }
    }

    private func ask(_ input: ActInput, _ lived: inout Lived) throws {
        let what = Complaint.Request(rawValue: input["what"]) ?? .none
        let (c, today) = (complaint, standing.zone.day(of: now))
        let until = input.day("until").map { standing.zone.instant($0, minute: 1440) }
        switch what {
        case .extension_:
            if c.extended > 0 { throw Refusal.conflict(Text("已经延期过一次。", "It has been given more time once already.")) }
            if let due = c.firstDue, now > due { throw Refusal.conflict(Text("期限已过，不能再申请延期。", "The deadline has passed; more time cannot be asked for.")) }
            guard let until, until > (c.firstDue ?? now) else { throw FormProblems(fields: [("until", Text("写明延到哪一天，要晚于现在的期限。", "Say until which day, later than the deadline."))]) }
        case .suspension:
            if input["suspension"].isEmpty { throw FormProblems(fields: [("suspension", Text("选一个挂起的原因。", "Choose why it is suspended."))]) }
            guard let until, until > now, let day = input.day("until"), day <= today.adding(days: 30) else {
                throw FormProblems(fields: [("until", Text("写明挂到哪一天，最多 30 天。", "Say until which day, 30 days at most."))])
            }
            if standing.units.contains(where: { $0.state == .open && $0.tried == nil }) {
                throw Refusal.conflict(Text("45 分钟内的首次联系不能挂起。", "The first contact within 45 minutes cannot be suspended."))
            }
        case .unneeded:
            if c.stage == .dispatched { throw Refusal.conflict(Text("先调查清楚，再说要不要改进。", "It is investigated first.")) }
        case .decline, .unreasonable: break
        case .none: throw FormProblems(fields: [("what", Text("选一项。", "Choose one."))])
        }
        lived.complaint.request = what
        lived.complaint.requestBy = standing.person
        lived.complaint.requestUntil = until
        if what == .suspension { lived.complaint.suspension = input["suspension"] }
    }

    private func grant(_ lived: inout Lived) {
        let c = complaint
        lived.complaint.request = .none
        switch c.request {
        case .extension_: lived.complaint.extended += 1
        case .suspension: (lived.complaint.suspended, lived.complaint.suspendedUntil) = (now, c.requestUntil)
        case .unneeded:
            lived.complaint.improvement = .unneeded
            lived.happened.append(happened("complaint.improved", at: c.unit, lived.complaint))
        case .decline: lived.complaint.result = "redirected"
        case .unreasonable: lived.complaint.result = "unable"
        case .none: break
        }
    }

    private func end(_ lived: inout Lived) {
        lived.complaint.ended = now
        lived.units += standing.units.filter { $0.state == .open }.map {
            var unit = $0
            unit.state = .ended
            return unit
        }
    }
}
