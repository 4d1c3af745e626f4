import Regulation
import Store
import WorkCalendar

/// What a unit asks for beyond its own say, granted or denied by whom the rulebook names: more time, a rest, no improvement, not to accept it.
extension ComplaintLife {
    func clearRequest(_ c: inout Complaint) {
        (c.request, c.requestUntil, c.requestGrants, c.requestGrantedBy, c.requestGround) = (.none, nil, 0, "", "")
    }

    func ask(_ input: ActInput, _ lived: inout Lived) throws {
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

    func grant(_ lived: inout Lived) {
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
}
