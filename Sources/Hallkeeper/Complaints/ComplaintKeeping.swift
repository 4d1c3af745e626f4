import Regulation
import Store
import WorkCalendar

/// Keeping what an act came to, and the clocks of the case that go with it.
extension ComplaintActs {
    /// Keeps what an act came to: entry, texts, rows, the regulation's answer at each place, then the clocks.
    func keep(_ lived: ComplaintLife.Lived, _ what: ComplaintAct, _ input: ActInput, from before: Complaint, _ inForce: PackInForce) throws -> Complaint {
        var complaint = what == .dispose ? try destroyWords(of: lived.complaint) : lived.complaint
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
        if complaint.isOver != before.isOver { try ComplaintSearch(engine: act.hall.store.engine).mark(complaint, tx) }
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
    func clocks(_ complaint: Complaint) throws -> Complaint {
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
}
