import Regulation
import Store
import WorkCalendar

/// What an act comes to: each act of a case's life, done.
extension ComplaintLife {
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

    func happened(_ kind: String, at place: Place.ID, _ c: Complaint, _ more: [String: String] = [:], when: Instant? = nil) -> Happened {
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
            try refuseRespondent(input["owner"])
            c.improvement = .set
            c.improvementUntil = try improvementEnds(until)
            c.improvementOwner = input["owner"].isEmpty ? standing.person : input["owner"]
            tell(act.event, c.unit, ["until": until.description])
        case .carryOutImprovement:
            (c.improvement, c.improvedBy) = (.carriedOut, standing.person)
            tell(act.event, c.unit)
        case .verifyImprovement:
            c.improvement = .verified
            tell("complaint.improvement-looked-at", c.unit)
            tell(act.event, c.unit)
        case .sendBackImprovement:
            guard let until = input.day("until") else { throw Refusal.conflict(notMine) }
            (c.improvement, c.improvedBy) = (.set, "")
            c.improvementUntil = try improvementEnds(until)
            tell("complaint.improvement-looked-at", c.unit)
            tell(act.event, c.unit, ["until": until.description])
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
            try refuseRespondent(input["assignee"])
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
            if c.improvement != .verified { (c.improvement, c.improvedBy) = (.none, "") }
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
            (c.improvement, c.improvedBy) = (.none, "")
            (c.verdict, c.ground, c.callTries, c.callTried) = ("", "", 0, nil)
            lived.units = standing.units.filter { $0.unit == c.unit }.map {
                var unit = $0
                unit.state = .open
                return unit
            }
            tell(act.event, c.unit, ["times": String(c.reopened)])
        case .note, .supplement: break
        case .proposeDisposal, .dispose, .keepLonger: try applyDisposal(act, input, &c)
        case .nameParty:
            c.respondent = input["person"]
            if c.assignee == c.respondent { c.assignee = "" }
            if c.improvementOwner == c.respondent { c.improvementOwner = "" }
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

    private func refuseRespondent(_ person: Person.ID) throws {
        if !person.isEmpty, person == complaint.respondent { throw Refusal.conflict(Text("被投诉人不能办理这件工单。", "Whoever it is about takes no part in it.")) }
    }

    /// The end of the day an improvement is to be carried out by; refused before today and beyond thirty days.
    private func improvementEnds(_ until: Day) throws -> Instant {
        let today = standing.zone.day(of: now)
        guard until >= today, until <= today.adding(days: 30) else {
            throw FormProblems(fields: [("until", Text("改进要在 30 天内完成，且不早于今天。", "An improvement is carried out within 30 days, and not before today."))])
        }
        return standing.zone.instant(until, minute: 1440)
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

    private func end(_ lived: inout Lived) {
        lived.complaint.ended = now
        lived.units += standing.units.filter { $0.state == .open }.map {
            var unit = $0
            unit.state = .ended
            return unit
        }
    }
}
