import WorkCalendar

/// The ladder: who is told what, when a duty is about to be due and when it is late.
package enum Escalation {
    /// Steps at their moments, in the order of time; `index` is the place in the ladder. Minutes and hours run by the
    /// clock, days and service time by the unit's calendar. A step planned for before the duty opened is taken then.
    /// `onlyBefore`: those before it is due alone.
    package static func steps(
        of rule: Rule, _ pack: Pack, due: Instant, opened: Instant, unit: WorkUnit, onlyBefore: Bool = false
    ) -> [TimedStep] {
        let isImmediate = rule.waitsFor.flatMap(pack.event)?.isImmediate ?? false
        return (rule.steps ?? pack.company.steps).enumerated().compactMap { index, step -> TimedStep? in
            if onlyBefore, !step.isBefore { return nil }
            guard let at = moment(step, due, unit) else { return nil }
            return TimedStep(
                index: index, at: step.isBefore ? min(max(at, opened), due) : at, tell: step.tell,
                finding: step.finding, immediate: step.isImmediate || isImmediate)
        }.sorted { ($0.at, $0.index) < ($1.at, $1.index) }
    }

    private static func moment(_ step: Step, _ due: Instant, _ unit: WorkUnit) -> Instant? {
        let offset = step.offset
        if offset.quantity == 0 { return due }
        if !offset.isDayBased, !offset.isService {
            let minutes = offset.unit == .hour ? offset.quantity * 60 : offset.quantity
            return due.adding(minutes: step.isBefore ? -minutes : minutes)
        }
        return step.isBefore
            ? (try? Deadline.before(due, offset, unit: unit))?.due : (try? Deadline.after(due, offset, unit: unit))?.due
    }
}
