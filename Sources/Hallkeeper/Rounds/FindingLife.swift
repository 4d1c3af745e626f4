import Store
import WorkCalendar

/// The life of a finding, in the order it is lived. Pure: facts and the moment in, the new value with its event out, or a
/// refusal in words.
extension Finding {
    private static let worse = ["minor": 0, "serious": 1, "danger": 2]
    /// Found again so soon after it was closed, it is a relapse.
    static let relapseDays = 30

    private func event(_ kind: String, at moment: Instant) -> Event {
        Event(kind: kind, about: "finding:\(id)", at: moment, fields: facts)
    }

    /// Found for the first time, or anew.
    var recorded: Event { event("finding.recorded", at: at) }

    /// Found wanting again before it was closed: joins this one and counts. What is worse than before, or had been put
    /// right, is owed anew; otherwise what is owed already stands.
    func foundAgain(severity found: String, photos more: String, at moment: Instant) -> Change<Finding> {
        var next = self
        next.times += 1
        next.lastAt = max(lastAt, moment)
        if !more.isEmpty { next.photos = photos.isEmpty ? more : photos + "," + more }
        let isWorse = (Self.worse[found] ?? 0) > (Self.worse[severity] ?? 0)
        if isWorse { next.severity = found }
        if state == .rectified {
            next.state = .open
            next.reopened += 1
        }
        return Change(next, next.event(isWorse || state == .rectified ? "finding.recorded" : "finding.found-again", at: moment))
    }

    /// Put right, by somebody, with a word and photos.
    func rectified(by person: Person.ID, note: String, photos: String, at moment: Instant) throws -> Change<Finding> {
        guard state == .open else { throw Refusal.conflict(Text("这个问题已经整改过了。", "This finding has already been put right.")) }
        var next = self
        next.state = .rectified
        next.rectifiedBy = person
        next.rectifiedAt = moment
        next.rectifyNote = note
        next.rectifyPhotos = photos
        return Change(next, event("finding.rectified", at: moment))
    }

    /// Re-checked (复查) by somebody else than whoever put it right: closed, or open again.
    func rechecked(by person: Person.ID, isRight: Bool, note: String, at moment: Instant) throws -> Change<Finding> {
        guard state == .rectified else {
            throw Refusal.conflict(Text("还没有整改，不能复查。", "It has not been put right yet, so it cannot be re-checked."))
        }
        if person == rectifiedBy {
            throw Refusal.notAllowed(Text("整改的人不能自己复查。", "Whoever put it right does not re-check it."))
        }
        var next = self
        next.recheckedBy = person
        next.recheckedAt = moment
        next.recheckNote = note
        if isRight {
            next.state = .rechecked
        } else {
            next.state = .open
            next.reopened += 1
        }
        return Change(next, event(isRight ? "finding.rechecked" : "finding.recorded", at: moment))
    }

    /// Nobody is let in there until it is put right and re-checked.
    func closedOff(by person: Person.ID, at moment: Instant) throws -> Change<Finding> {
        guard state != .rechecked else { throw Refusal.conflict(Text("这个问题已经了结。", "This finding is closed.")) }
        guard closedOffAt == nil else { throw Refusal.conflict(Text("这里已经封闭。", "This place is closed off already.")) }
        var next = self
        next.closedOffBy = person
        next.closedOffAt = moment
        return Change(next, event("finding.closed-off", at: moment))
    }
}
