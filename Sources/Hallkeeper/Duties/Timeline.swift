import Regulation
import WorkCalendar

/// The moments at which the clock has to act on a duty, in order: the steps before it is due, that it fell due, the
/// steps after, that it lapsed. A pure function of the duty and its rule, so that planning each minute or once after
/// a week's outage takes the same steps. The clock acts strictly *after* a moment, because a deadline is inclusive.
struct Timeline: Sendable {
    enum Act: Sendable { case step(TimedStep), overdue, lapse }
    struct Moment: Sendable {
        var at: Instant
        var act: Act
        /// What is taken then, whenever that is.
        var name: String {
            switch act {
            case .step(let step): "step \(step.index)"
            case .overdue: "overdue"
            case .lapse: "lapse"
            }
        }
    }
    var moments: [Moment]

    init(of duty: Duty, rule: Rule, pack: Pack, unit: WorkUnit) {
        var list: [(Instant, Int, Moment)] = [(duty.due, 1, Moment(at: duty.due, act: .overdue))]
        for step in Escalation.steps(of: rule, pack, due: duty.due, opened: duty.opens, unit: unit) {
            // A step planned for before the duty existed is taken as it opens.
            let at = max(step.at, duty.opens)
            if let lapses = duty.lapses, at > lapses { continue }
            list.append((at, step.at < duty.due ? 0 : 2, Moment(at: at, act: .step(step))))
        }
        if let lapses = duty.lapses { list.append((lapses, 3, Moment(at: lapses, act: .lapse))) }
        list.sort { ($0.0, $0.1) < ($1.0, $1.1) }
        moments = list.map(\.2)
    }

    /// The first of its moments. What comes after the deadline is not walked through for it: a day opens hundreds of thousands.
    static func first(of duty: Duty, rule: Rule, pack: Pack, unit: WorkUnit) -> Instant {
        let before = Escalation.steps(of: rule, pack, due: duty.due, opened: duty.opens, unit: unit, onlyBefore: true).map { max($0.at, duty.opens) }
            .filter { at in duty.lapses.map { at <= $0 } ?? true }
        return (before + [duty.due, duty.lapses ?? duty.due]).min() ?? duty.due
    }
}

extension Duty {
    /// The timer after a deadline was moved. What has been taken stays taken; what has not comes in its turn, at once where its
    /// moment lies behind us now; that it falls due is said again where it does so again.
    func timed(by new: Timeline, after old: Timeline, at now: Instant) -> Duty {
        var passed = Set(old.moments.prefix(nextStep).map(\.name))
        if due >= now { passed.remove("overdue") }
        var next = self
        next.nextStep = new.moments.firstIndex { !passed.contains($0.name) } ?? new.moments.count
        next.nextAt = next.nextStep < new.moments.count ? new.moments[next.nextStep].at : nil
        return next
    }
}
