import WorkCalendar

/// The ladder: who is told what, when a duty is about to be due and when it is late.
package enum Escalation {
    /// Steps at their moments, in the order of time. Minutes and hours run by the clock, days by the calendar.
    package static func steps(of rule: Rule, _ pack: Pack, due: Instant, opened: Instant, unit: WorkUnit) -> [TimedStep] {
        let isImmediate = rule.waitsFor.flatMap(pack.event)?.isImmediate ?? false
        return (rule.steps ?? pack.company.steps).enumerated().compactMap { index, step -> TimedStep? in
            guard let at = moment(step, due, unit) else { return nil }
            return TimedStep(
                index: index, at: at, tell: step.tell, finding: step.finding, immediate: step.isImmediate || isImmediate)
        }.sorted { ($0.at, $0.index) < ($1.at, $1.index) }
    }

    private static func moment(_ step: Step, _ due: Instant, _ unit: WorkUnit) -> Instant? {
        let quantity = step.isBefore ? -step.offset.quantity : step.offset.quantity
        if quantity == 0 { return due }
        switch step.offset.unit {
        case .minute: return due.adding(minutes: quantity)
        case .hour: return due.adding(minutes: quantity * 60)
        default:
            return step.isBefore
                ? (try? Deadline.before(due, step.offset, unit: unit))?.due : (try? Deadline.after(due, step.offset, unit: unit))?.due
        }
    }
}
