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
        /// Whether they approve beyond one unit: for a department or the company.
        var isAbove = false
        /// What it is joined to, and what is joined to it.
        var master: Complaint?
        var joined = 0
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
    /// Minutes between two tries that reach nobody.
    static let tryMinutes: Int64 = 30
    /// How often a visit may be agreed anew, by the customer's word.
    static let renewals = 2

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
        if c.series == ImportReading.series, act != .note { return Text("这是导入的历史工单，只能加备注。", "This is an old case that was imported; notes can be added, nothing else.") }
        if c.isOver, ![.reopen, .note, .supplement].contains(act) { return Text("这件工单已经结束。", "This case has ended.") }
        if standing.person == c.respondent, !c.respondent.isEmpty { return Text("被投诉人不能办理这件工单。", "Whoever it is about takes no part in it.") }
        let waits = Text("要等前一步做完。", "The step before has to be done first.")
        let late = Text("这一步已经做过了。", "This step has been done already.")
        let isWithUnit = [.dispatched, .investigated, .replied, .calledBack].contains(c.stage)
        if act.isUnits, c.suspended != nil, ![.resume, .contact].contains(act) { return Text("工单已挂起，先恢复。", "It is suspended; resume it first.") }
        switch act {
        case .propose:
            if standing.approval.isEmpty { return Text("这件不用拟办，直接派发。", "Nothing has to be proposed; dispatch it.") }
            return c.stage == .recorded || isApprovedAfter && c.proposedBy.isEmpty ? nil : late
        case .approve:
            if isApprovedAfter { return c.proposedBy.isEmpty ? waits : c.approvals == 0 ? approver(0) : late }
            return c.stage == .proposed ? approver(0) : c.stage == .recorded ? waits : late
        case .instruct:
            if isApprovedAfter { return c.proposedBy.isEmpty || c.approvals == 0 ? waits : c.approvals == 1 ? approver(1) : late }
            return c.stage == .approved ? approver(1) : [.recorded, .proposed].contains(c.stage) ? waits : late
        case .sendBackProposal:
            if isApprovedAfter { return c.proposedBy.isEmpty ? waits : c.approvals < standing.approval.count ? approver(c.approvals) : late }
            return c.stage == .proposed ? approver(0) : c.stage == .approved ? approver(1) : [.recorded].contains(c.stage) ? waits : late
        case .dispatch:
            if c.stage == .recorded, !standing.approval.isEmpty, !isEmergency { return Text("先拟办、审批，再派发。", "It is proposed and approved first, then dispatched.") }
            if [.proposed, .approved].contains(c.stage), !isEmergency { return Text("还在审批，批了再派发。", "It is still being approved.") }
            // Whatever is left to do of an answered one needs a unit too, when its own is no more.
            return [.replied, .calledBack].contains(c.stage) && !c.unit.isEmpty ? late : nil
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
            return unit.visits <= Self.renewals ? nil : Text("已经改约过两次。", "It was agreed anew twice already.")
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
            if c.isJoined { return Text("已并入另一件，由那一件调查。", "It is joined to another, which is investigated for both.") }
            if !isSpoken(unit) { return Text("先联系客户，联系不上的要试三次。", "Contact the customer first; three tries if they cannot be reached.") }
            return unit.visited != nil || !unit.noVisit.isEmpty ? nil : Text("先说明要不要到场。", "Say first whether a visit is needed.")
        case .promise:
            guard isWithUnit, mine != nil else { return notMine }
            return [.dispatched, .investigated].contains(c.stage) ? nil : late
        case .reply:
            guard isWithUnit, let unit = mine else { return notMine }
            if c.isJoined, c.stage == .dispatched {
                if !isSpoken(unit) { return Text("先联系这位客户，联系不上的要试三次。", "Contact this customer first; three tries if they cannot be reached.") }
                return standing.master?.investigated == nil && standing.master?.replied == nil ? Text("要等并入的那一件查清。", "What it is joined to has to be investigated first.") : nil
            }
            if c.stage == .dispatched, c.isFull, c.verdict.isEmpty { return Text("先调查核实，再答复。", "It is investigated first, then answered.") }
            return [.dispatched, .investigated].contains(c.stage) ? nil : late
        case .report:
            guard isWithUnit, mine != nil else { return notMine }
            if !c.isFull { return Text("意见、建议不用上报调查。", "Nothing is reported upward of an opinion or suggestion.") }
            if c.isJoined { return Text("已并入另一件，由那一件上报。", "It is joined to another, which reports for both.") }
            if c.replied == nil { return Text("先答复客户，再上报。", "The customer is answered first.") }
            return c.reported == nil ? nil : late
        case .callBack:
            if c.replied == nil { return Text("先答复客户，再回访。", "The customer is answered first, then called back.") }
            if c.calledBack != nil { return late }
            if standing.places.contains(c.unit) { return Text("回访不能由责任单位自己做。", "The unit complained of does not call back.") }
            return c.repliedBy == standing.person ? Text("答复的人不能自己回访。", "Whoever replied does not call back.") : nil
        case .setImprovement:
            guard isWithUnit, mine != nil else { return notMine }
            if c.isJoined { return Text("已并入另一件，由那一件改进。", "It is joined to another, which improves for both.") }
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
            if c.requestBy == standing.person { return Text("不能批自己的申请。", "Nobody decides on what they asked for themselves.") }
            let levels = standing.book.decides(on: c.request.rawValue)
            guard c.requestGrants < levels.count else { return nil }
            if c.requestGrantedBy == standing.person { return Text("两级要由两个人批。", "Two levels are two people.") }
            return standing.roles.contains(levels[c.requestGrants]) ? nil : Text("现在轮不到你批。", "It is not your turn to approve.")
        case .resume:
            return c.suspended == nil ? Text("没有挂起。", "It is not suspended.") : nil
        case .supervise: return c.isSupervised ? late : nil
        case .release: return c.isSupervised ? nil : Text("没有在督办。", "It is not supervised.")
        case .raise: return c.severity == standing.book.severities.first?.id ? Text("已经是最高等级。", "It has the highest severity already.") : nil
        case .lower:
            if c.severity == standing.book.lightest { return Text("已经是最低等级。", "It has the lowest severity already.") }
            let level = standing.book.severity(c.severity)?.approval.last
            if let level { return standing.roles.contains(level) ? nil : Text("这个等级由谁批，才由谁降。", "Only the level that approves this severity lowers it.") }
            return standing.isAbove ? nil : Text("降级由上一级决定。", "The level above decides on a lower severity.")
        case .combine:
            if c.isJoined { return late }
            if standing.joined > 0 { return Text("别的工单已并入这一件，它不能再并入别的。", "Others are joined to this one; it cannot be joined to another.") }
            return [.recorded, .cleared, .dispatched].contains(c.stage) ? nil : Text("已经调查，不能再合并。", "It has been investigated and is not joined any more.")
        case .split: return c.isJoined ? c.replied == nil ? nil : late : Text("没有并入别的工单。", "It is not joined to another.")
        case .interim:
            guard isWithUnit, mine != nil else { return notMine }
            return c.replied == nil ? nil : Text("已经正式答复了。", "It has been answered already.")
        case .assign: return isWithUnit && mine != nil ? nil : notMine
        case .tell:
            guard isWithUnit, mine != nil else { return notMine }
            return c.isUntold ? nil : Text("没有要告知客户的延期。", "There is no new deadline to tell the customer of.")
        case .sendBackReport:
            if c.reported == nil { return Text("还没有上报，没有可退的。", "Nothing has been reported yet.") }
            return standing.places.contains(c.unit) ? Text("退回由呼叫中心决定，不由责任单位。", "The call centre decides, not the unit.") : nil
        case .confirmRepeat: return c.repeatOf.isEmpty ? nil : late
        case .convert:
            if c.isJoined { return Text("先从并入的那一件拆出来。", "Split it off first.") }
            return c.replied == nil ? nil : Text("已经答复，不再转换。", "It has been answered and is not converted any more.")
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
        if c.isUntold { list.append(Text("延期还没有告知客户，不能办结。", "It cannot be closed: the customer has not been told of the new deadline.")) }
        if c.isFull, !standing.approval.isEmpty, c.approvals < standing.approval.count {
            list.append(Text("领导还没有批完，不能办结。", "It cannot be closed: it has not been approved at every level."))
        }
        if c.isFull, c.isJoined || !c.verdict.isEmpty {
            if c.calledBack == nil { list.append(Text("还没有回访，不能办结。", "It cannot be closed: the customer has not been called back.")) }
        } else if c.isFull {
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

    /// Dispatched before it was approved, since it was dangerous or became grave later: the approval follows.
    private var isApprovedAfter: Bool { complaint.firstDispatched != nil && !standing.approval.isEmpty }

    /// Whoever approves holds the role whose turn it is, and has not proposed it.
    private func approver(_ number: Int) -> Text? {
        guard number < standing.approval.count else { return Text("这一级不用批。", "This level does not have to approve.") }
        guard standing.roles.contains(standing.approval[number]) else { return Text("现在轮不到你批。", "It is not your turn to approve.") }
        if complaint.approvals > 0, complaint.approvedBy == standing.person { return Text("前一级是你批的，这一级要由另一个人批。", "You approved the level before; this one is somebody else's.") }
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
        // Whoever does something about it has it, from when it was done: nothing more is owed of signing for it.
        if act.isUnits, act != .sendBack, act != .resume, act != .assign, let mine, mine.signed == nil {
            var unit = lived.units.first { $0.unit == mine.unit } ?? mine
            if unit.signed == nil {
                (unit.signed, unit.signedBy) = (lived.at, standing.person)
                lived.units = lived.units.filter { $0.unit != unit.unit } + [unit]
                lived.happened.append(happened("complaint.signed", at: unit.unit, lived.complaint, when: lived.at))
            }
        }
        let after = ComplaintLife(complaint: lived.complaint, standing: standing)
        // The last gate has opened: whoever closes is told. Praise has none; it is told as it is passed on.
        let isFresh = act == .dispatch && complaint.firstDispatched == nil
        if !complaint.isConfidential, !missing.isEmpty || isFresh, after.missing.isEmpty, !lived.complaint.isOver, !lived.complaint.unit.isEmpty {
            lived.happened.append(happened("complaint.ready", at: lived.complaint.unit, lived.complaint))
        }
        return lived
    }

    private func happened(_ kind: String, at place: Place.ID, _ c: Complaint, _ more: [String: String] = [:], when: Instant? = nil) -> Happened {
        let fields = ["unit": c.unit, "door": c.door, "severity": c.severity, "channel": c.channel]
        return Happened(kind: kind, place: place, at: when ?? now, fields: fields.merging(more) { _, own in own })
    }

    /// Its unit is no more: it goes back to the call centre, which decides who has it now. Nil where it is not with that unit.
    func dissolved(_ gone: Place.ID) -> Lived? {
        guard var unit = standing.units.first(where: { $0.unit == gone && $0.state == .open }) else { return nil }
        var lived = Lived(complaint: complaint, at: now, unit: gone)
        lived.complaint.version += 1
        unit.state = .returned
        lived.units = [unit]
        if complaint.unit == gone { lived.complaint.unit = standing.units.first { $0.state == .open && $0.unit != gone }?.unit ?? "" }
        lived.happened.append(happened("complaint.sent-back", at: standing.callCentre, lived.complaint, ["unit": gone]))
        return lived
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

    /// Whoever agrees on something with the customer, or stands before them, has contacted them.
    private func speak(_ unit: inout ComplaintUnit, at moment: Instant, _ lived: inout Lived) {
        guard unit.contacted == nil else { return }
        unit.contacted = moment
        unit.tried = unit.tried ?? moment
        lived.complaint.firstContact = lived.complaint.firstContact ?? moment
        lived.complaint.isReached = true
        lived.happened.append(happened("complaint.contacted", at: unit.unit, lived.complaint, when: moment))
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
            c.proposedBy = standing.person
            if !isApprovedAfter {
                c.stage = .proposed
                c.unit = unit.first ?? c.unit
            }
            tell(act.event, standing.callCentre)
        case .approve, .instruct:
            c.approvals += 1
            c.approvedBy = standing.person
            let isLast = c.approvals >= standing.approval.count
            if !isApprovedAfter { c.stage = isLast ? .cleared : .approved }
            tell(act.event, standing.callCentre)
            if isLast, !isApprovedAfter { tell("complaint.cleared", standing.callCentre) }
        case .sendBackProposal:
            if !isApprovedAfter { c.stage = .recorded }
            (c.approvals, c.approvedBy, c.proposedBy) = (0, "", "")
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
            c.assignee = ""
            if c.unit == unit.unit { c.unit = standing.units.first { $0.state == .open && $0.unit != unit.unit }?.unit ?? "" }
            tell(act.event, standing.callCentre, ["unit": unit.unit])
        case .contact:
            guard var unit = mine else { throw Refusal.conflict(notMine) }
            let at = try when(input, after: unit.dispatched)
            let isReached = input["reached"] == "reached"
            if !isReached, let last = unit.lastTry {
                let minutes = (at.ms - last.ms) / 60_000
                if at < last { throw FormProblems(fields: [("at", Text("时间不能早于上一次。", "It cannot be before the try before."))]) }
                if minutes < Self.tryMinutes {
                    throw FormProblems(fields: [("reached", Text("离上一次才 \(minutes) 分，两次之间至少隔 \(Self.tryMinutes) 分；接通了随时可以登记。", "Only \(minutes) min since the last try; \(Self.tryMinutes) min lie between two. Whoever is reached can be noted at any time."))])
                }
            }
            unit.tries += 1
            unit.tried = unit.tried ?? at
            if isReached { unit.contacted = at } else { unit.lastTry = at }
            c.firstContact = c.firstContact ?? at
            c.isReached = c.isReached || isReached
            lived.units = [unit]
            lived.at = at
            // A first try in time counts as in time and is reported apart (K1b); the duty ends with it.
            if unit.tries == 1 || isReached { tell(act.event, unit.unit, when: at) }
        case .agreeVisit:
            guard var unit = mine, let agreed = input.moment("agreed") else { throw Refusal.conflict(notMine) }
            if agreed <= now { throw FormProblems(fields: [("agreed", Text("约定时间要在现在之后。", "The time agreed has to be after now."))]) }
            if unit.agreed != nil, input["said"].isEmpty {
                throw FormProblems(fields: [("said", Text("改约要客户同意，写下客户怎么说。", "It is agreed anew by the customer's word: write what they said."))])
            }
            unit.agreed = agreed
            unit.visits += 1
            speak(&unit, at: now, &lived)
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
            speak(&unit, at: at, &lived)
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
            // What was found where it is joined to is what this customer is answered with.
            if complaint.isJoined, let master = standing.master, c.finding.isEmpty {
                (c.finding, c.responsibility, c.cause, c.investigated) = (master.finding, master.responsibility, master.cause, master.investigated)
            }
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
            if input["reached"] == "exempt", complaint.canBeReached, !complaint.isAnonymous {
                throw FormProblems(fields: [("reached", Text("客户留了联系方式，要回访。", "The customer can be reached and is called back."))])
            }
            if input["reached"] == "unreachable" {
                c.callTries += 1
                c.callTried = complaint.callTried ?? now
                // Not before three tries on two days: until then it stays to be done.
                guard c.callTries >= Self.tries, let first = c.callTried, standing.zone.day(of: now) > standing.zone.day(of: first) else { return }
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
        case .deny: clearRequest(&c)
        case .resume:
            (c.suspended, c.suspendedUntil, c.suspension) = (nil, nil, "")
        case .supervise:
            if let until = input.day("until") {
                if until < standing.zone.day(of: now) { throw FormProblems(fields: [("until", Text("督办期限不能早于今天。", "The day cannot be before today."))]) }
                c.supervisedUntil = standing.zone.instant(until, minute: 1440)
            }
            c.isSupervised = true
            tellSupervised(&lived)
        case .release:
            (c.isSupervised, c.supervisedUntil) = (false, nil)
            tell(act.event, c.unit.isEmpty ? standing.callCentre : c.unit)
        case .raise, .lower:
            let order = standing.book.severities.map(\.id)
            guard let from = order.firstIndex(of: c.severity), let to = order.firstIndex(of: input["severity"]), act == .raise ? to < from : to > from else {
                throw FormProblems(fields: [("severity", act == .raise ? Text("要选比现在高的等级。", "Choose a higher severity than now.") : Text("要选比现在低的等级。", "Choose a lower severity than now."))])
            }
            weigh(input["severity"], &lived)
        case .combine: c.combinedInto = input["into"]
        case .split: c.combinedInto = ""
        case .interim: break
        case .assign:
            if !input["assignee"].isEmpty, input["assignee"] == c.respondent { throw Refusal.conflict(Text("被投诉人不能办理这件工单。", "Whoever it is about takes no part in it.")) }
            c.assignee = input["assignee"]
        case .tell:
            c.isUntold = false
            tell(act.event, c.unit)
        case .sendBackReport:
            let due = max(c.firstDue ?? now, c.requestUntil ?? .init(ms: 0))
            c.stage = .dispatched
            c.returned += 1
            (c.replied, c.reported, c.calledBack, c.investigated) = (nil, nil, nil, nil)
            (c.callBack, c.satisfaction, c.solved, c.result, c.finding, c.callTries, c.callTried) = ("", "", "", "", "", 0, nil)
            if c.improvement != .verified { c.improvement = .none }
            // Not extended by it: what was due stays due.
            tell(act.event, c.unit, ["due": standing.zone.text(due)])
        case .confirmRepeat:
            c.repeatOf = input["of"]
            if !input["severity"].isEmpty, standing.book.isGraver(input["severity"], than: c.severity) { weigh(input["severity"], &lived) }
        case .convert:
            c.stage = .converted
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
            (c.verdict, c.ground, c.callTries, c.callTried) = ("", "", 0, nil)
            lived.units = standing.units.filter { $0.unit == c.unit }.map {
                var unit = $0
                unit.state = .open
                return unit
            }
            tell(act.event, c.unit, ["times": String(c.reopened)])
        case .note, .supplement: break
        case .nameParty:
            c.respondent = input["person"]
            if c.assignee == c.respondent { c.assignee = "" }
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
        if complaint.stage != .investigated, complaint.stage != .replied, complaint.stage != .calledBack { lived.complaint.stage = .dispatched }
        if lived.complaint.unit.isEmpty || complaint.firstDispatched == nil { lived.complaint.unit = fresh.first ?? "" }
        for place in Set([complaint.place, standing.callCentre]).sorted() { lived.happened.append(happened("complaint.dispatched", at: place, lived.complaint)) }
        for id in fresh {
            var unit = ComplaintUnit()
            (unit.place, unit.complaint, unit.unit, unit.dispatched) = (complaint.place, complaint.id, id, now)
            lived.units.append(unit)
            let isLead = id == lived.complaint.unit
            lived.happened.append(happened("complaint.dispatched", at: id, lived.complaint, ["unit": id, "lead": isLead ? "yes" : "no"], when: first))
            // What is the customer's runs from the first dispatch; what is the unit's own, from when it got it.
            lived.happened.append(happened("complaint.given", at: id, lived.complaint, ["unit": id]))
        }
        if complaint.firstDispatched == nil {
            tellSupervised(&lived)
            // Danger is dispatched at once, the approval follows.
            if !standing.approval.isEmpty, complaint.approvals == 0, complaint.proposedBy.isEmpty { lived.happened.append(happened("complaint.passed-down", at: standing.callCentre, lived.complaint)) }
        }
    }

    /// Another severity; what has to be approved now is proposed, although it may be with a unit already.
    private func weigh(_ severity: String, _ lived: inout Lived) {
        lived.complaint.severity = severity
        let needed = standing.book.approval(severity: severity, channel: complaint.channel)
        if needed.isEmpty {
            if [.proposed, .approved].contains(complaint.stage) {
                lived.complaint.stage = .cleared
                lived.happened.append(happened("complaint.cleared", at: standing.callCentre, lived.complaint))
            }
        } else if [.proposed, .approved].contains(complaint.stage), complaint.approvals >= needed.count {
            // Whoever has to approve it now has done so.
            lived.complaint.stage = .cleared
            lived.happened.append(happened("complaint.cleared", at: standing.callCentre, lived.complaint))
        } else if standing.approval.isEmpty, complaint.proposedBy.isEmpty, !complaint.isOver {
            lived.happened.append(happened("complaint.passed-down", at: standing.callCentre, lived.complaint))
        } else if complaint.stage == .cleared, complaint.approvals < needed.count {
            lived.complaint.stage = .approved
            lived.happened.append(happened("complaint.approved", at: standing.callCentre, lived.complaint))
        }
    }

    private func tellSupervised(_ lived: inout Lived) {
        guard let until = lived.complaint.supervisedUntil, !lived.complaint.unit.isEmpty else { return }
        lived.happened.append(happened("complaint.supervised", at: lived.complaint.unit, lived.complaint, ["until": standing.zone.text(until)]))
    }

    private func clearRequest(_ c: inout Complaint) {
        (c.request, c.requestUntil, c.requestGrants, c.requestGrantedBy, c.requestGround) = (.none, nil, 0, "", "")
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
        case .decline:
            if input["ground"].isEmpty { throw FormProblems(fields: [("ground", Text("不予受理只有这几种理由，选一个。", "There are only these grounds not to accept it; choose one."))]) }
            if c.stage != .dispatched { throw Refusal.conflict(Text("已经调查，不能再不予受理。", "It has been investigated and cannot be turned away.")) }
        case .unreasonable:
            if c.stage == .dispatched, c.isFull { throw Refusal.conflict(Text("先调查清楚，再认定。", "It is investigated first.")) }
            if c.replied != nil { throw Refusal.conflict(Text("已经答复了。", "It has been answered already.")) }
        case .none: throw FormProblems(fields: [("what", Text("选一项。", "Choose one."))])
        }
        lived.complaint.request = what
        lived.complaint.requestBy = standing.person
        lived.complaint.requestUntil = until
        (lived.complaint.requestGrants, lived.complaint.requestGrantedBy) = (0, "")
        lived.complaint.requestGround = what == .decline ? input["ground"] : ""
        if what == .suspension { lived.complaint.suspension = input["suspension"] }
    }

    private func grant(_ lived: inout Lived) {
        let c = complaint
        let levels = standing.book.decides(on: c.request.rawValue)
        if c.requestGrants + 1 < levels.count {
            // The next level decides.
            lived.complaint.requestGrants += 1
            lived.complaint.requestGrantedBy = standing.person
            return
        }
        let until = c.requestUntil
        clearRequest(&lived.complaint)
        switch c.request {
        case .extension_:
            lived.complaint.extended += 1
            lived.complaint.isUntold = complaint.canBeReached
            if complaint.canBeReached, let until { lived.happened.append(happened("complaint.extended", at: c.unit, lived.complaint, ["until": standing.zone.text(until)])) }
        case .suspension: (lived.complaint.suspended, lived.complaint.suspendedUntil) = (now, c.requestUntil)
        case .unneeded:
            lived.complaint.improvement = .unneeded
            lived.happened.append(happened("complaint.improved", at: c.unit, lived.complaint))
        case .decline:
            (lived.complaint.verdict, lived.complaint.ground) = ("declined", c.requestGround)
            lived.complaint.result = c.requestGround == "not-ours" ? "redirected" : "explained"
        case .unreasonable: (lived.complaint.verdict, lived.complaint.result) = ("unreasonable", "unable")
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
