import Regulation
import Store
import WorkCalendar

/// The life of a duty: open → done on time, done late, missed (only where it lapses), waived, or not required.
/// Pure: each function takes the facts and the moment and gives the new value with the event, or a refusal in words.
extension Duty {
    private func event(_ kind: String, at moment: Instant, _ more: [String: String] = [:]) -> Event {
        Event(kind: kind, about: "duty:\(id)", at: moment, fields: more.merging(["rule": rule]) { own, _ in own })
    }

    private func ended(_ state: State) -> Duty {
        var next = self
        next.state = state
        next.nextAt = nil
        return next
    }

    /// Done, with proof. On time means done no later than `due`, by when it was done, not by when we heard of it:
    /// late proof (a phone that was offline) amends *missed* and keeps both times.
    /// Refuses what is in the future, before it opened, or already ended.
    func done(by person: Person.ID, record: Record.ID, at claimed: Instant, received now: Instant) throws -> Change<Duty> {
        if claimed > now {
            throw Refusal.invalid(field: "at", Text("完成时间不能晚于现在。", "The time it was done cannot be after now."))
        }
        if claimed < opens {
            throw Refusal.tooEarly(Text("还没到时间，到点再做。", "It is not time yet; do it when it opens."))
        }
        switch state {
        case .open: break
        case .missed:
            // Amending is only for proof of something done in time to count; a missed round is not walked afterwards.
            guard let lapses, claimed <= lapses, claimed < now else {
                throw Refusal.tooLate(
                    Text("这件事已过时限，记为漏做，不能补做。", "Its time has passed; it stands as missed and cannot be made up."))
            }
        case .done, .late:
            throw Refusal.conflict(Text("这件事已经有人做完了。", "Somebody has already done this."))
        case .waived:
            throw Refusal.conflict(Text("这件事已获准免做。", "This has been waived."))
        case .notRequired:
            throw Refusal.tooLate(Text("这件事已不再要求。", "This is no longer required."))
        }
        var next = ended(claimed <= due ? .done : .late)
        next.doneBy = person
        next.doneAt = claimed
        next.receivedAt = now
        next.record = record
        let outcome = state == .missed ? "amended" : next.state.rawValue
        return Change(next, event("duty.done", at: claimed, ["outcome": outcome]))
    }

    /// Its time has passed and it cannot be made up. Only the clock says so.
    func missed(at moment: Instant) throws -> Change<Duty> {
        guard isOpen, let lapses else { throw Refusal.conflict(Text("这件事不会过期作废。", "This does not lapse.")) }
        _ = moment
        return Change(ended(.missed), event("duty.missed", at: lapses))
    }

    /// It fell due and was not done.
    func overdue(at moment: Instant) -> Change<Duty> { Change(self, event("duty.overdue", at: moment)) }

    /// Nobody needs to do it this time; by somebody who may say so, never by the one who owes it.
    func waived(by person: Person.ID, owing: Set<Person.ID>, reason: String, at now: Instant) throws -> Change<Duty> {
        guard isOpen else { throw Refusal.conflict(Text("这件事已经结束。", "This has already ended.")) }
        if owing.contains(person) {
            throw Refusal.notAllowed(Text("不能免去自己该做的事。", "Nobody waives what they owe themselves."))
        }
        var next = ended(.waived)
        next.note = reason
        next.doneBy = person
        next.receivedAt = now
        return Change(next, event("duty.waived", at: now))
    }

    /// The place is closed, the rule was withdrawn, the event it waited for was taken back.
    func notRequired(because reason: Text, at now: Instant) throws -> Change<Duty> {
        guard isOpen else { throw Refusal.conflict(Text("这件事已经结束。", "This has already ended.")) }
        var next = ended(.notRequired)
        next.note = [reason].json.text
        next.receivedAt = now
        return Change(next, event("duty.not-required", at: now))
    }

    /// Handed to a colleague, who owes it from now on.
    func handed(to person: Person.ID, at now: Instant) throws -> Change<Duty> {
        guard isOpen else { throw Refusal.conflict(Text("这件事已经结束，不能转交。", "This has ended and cannot be handed on.")) }
        if person == holder {
            throw Refusal.invalid(field: "person", Text("已经在这个人手里了。", "It is already with this person."))
        }
        var next = self
        next.holder = person
        return Change(next, event("duty.handed", at: now, ["person": person]))
    }

    /// A new calendar or a pause moves the deadline; the first one stays on record.
    func moved(due: Instant, lapses: Instant?, provisional: Bool, reasons: [Text], at now: Instant) -> Change<Duty> {
        var next = self
        next.due = due
        next.lapses = lapses
        next.provisional = provisional
        next.reasons = reasons
        return Change(next, event("duty.moved", at: now, ["from": String(self.due.ms), "to": String(due.ms)]))
    }

    /// `running: switch`: lived on under another version of the rulebook, as that one plans it.
    func switched(to pack: String, as plan: PlannedDuty, seat: Place.ID, at now: Instant) -> Change<Duty> {
        var next = self
        next.pack = pack
        (next.due, next.lapses, next.provisional, next.reasons) = (plan.due, plan.lapses, plan.provisional, plan.reasons)
        (next.role, next.seat, next.form, next.endsOn) = (plan.role, seat, plan.form ?? "", plan.endsOn ?? "")
        return Change(next, event("duty.switched", at: now, ["from": String(due.ms), "to": String(plan.due.ms), "pack": pack]))
    }
}
