import WorkCalendar

/// What a new edition changes for one place: which duties appear, vanish, move or read differently, rule by rule. Pure;
/// the days looked at are named by whoever asks.
package struct PackEffect: Sendable {
    /// What becomes of a rule's duties.
    package enum Kind: String, Sendable, CaseIterable { case appears, vanishes, moves, changes }

    /// One rule with what becomes of its duties.
    package struct Line: Hashable, Sendable {
        /// What becomes of them.
        package var kind: Kind
        /// The rule.
        package var rule: String
        /// What its duty is called, in the edition that has it.
        package var title: Text
        /// How many duties of the days looked at; 0 for rules that wait for an event, of which nobody knows how many.
        package var count: Int
        /// One of them, or what the rule says otherwise.
        package var detail: Text
    }

    /// In the order of the new pack; what vanishes comes last.
    package var lines: [Line]
    /// The difference in duties over the days looked at, in either direction.
    package var more: Int

    /// Compares two editions at a place over `days` days from `first`; `old` nil is no rulebook at all. `people` gives who
    /// fills a role for that place.
    package init(from old: Pack?, to new: Pack, at place: PlaceFacts, first: Day, days: Int, people: (String) -> [String]) {
        let before = old.map { Self.planned($0, place, first, days, people) } ?? [:]
        let after = Self.planned(new, place, first, days, people)
        lines = []
        more = after.values.reduce(0) { $0 + $1.count } - before.values.reduce(0) { $0 + $1.count }
        for rule in new.rules {
            let was = old?.rule(rule.id)
            if rule.waitsForSomething {
                if let line = Self.answered(rule, was, place) { lines.append(line) }
            } else {
                lines += Self.compared(rule.id, rule.title, before[rule.id] ?? [:], after[rule.id] ?? [:], place.unit.zone)
                if before[rule.id] == after[rule.id], after[rule.id] != nil, let was, let said = Self.said(was, rule) {
                    lines.append(Line(kind: .changes, rule: rule.id, title: rule.title, count: 0, detail: said))
                }
            }
        }
        for rule in old?.rules ?? [] where new.rule(rule.id) == nil && rule.binding.holds(kind: place.kind, traits: place.traits) {
            let count = before[rule.id]?.count ?? 0
            guard count > 0 || rule.waitsForSomething else { continue }
            lines.append(Line(kind: .vanishes, rule: rule.id, title: rule.title, count: count, detail: Text("规则取消", "the rule is withdrawn")))
        }
    }

    /// rule → identity within it → when it is due.
    private static func planned(
        _ pack: Pack, _ place: PlaceFacts, _ first: Day, _ days: Int, _ people: (String) -> [String]
    ) -> [String: [String: Instant]] {
        var found: [String: [String: Instant]] = [:]
        for number in 0..<max(days, 0) {
            for plan in DutyPlan.duties(pack, at: place, on: first.adding(days: number), people: people) where plan.notRequired == nil {
                found[plan.rule, default: [:]]["\(plan.occasion)|\(plan.subject)"] = plan.due
            }
        }
        return found
    }

    /// Appearing, vanishing and moving duties of one rule, each kind with how many and the first as an example.
    private static func compared(_ rule: String, _ title: Text, _ old: [String: Instant], _ new: [String: Instant], _ zone: Zone) -> [Line] {
        var lines: [Line] = []
        let fresh = new.keys.filter { old[$0] == nil }.sorted()
        let gone = old.keys.filter { new[$0] == nil }.sorted()
        let moved = new.keys.filter { key in old[key].map { $0 != new[key] } ?? false }.sorted()
        func text(_ moment: Instant?) -> String {
            guard let moment else { return "" }
            let minute = zone.minuteOfDay(moment)
            return "\(zone.day(of: moment)) " + PackPart.clock(minute)
        }
        if let key = fresh.first {
            lines.append(Line(kind: .appears, rule: rule, title: title, count: fresh.count, detail: Text("最早 \(text(new[key]))", "first \(text(new[key]))")))
        }
        if let key = moved.first {
            let words = "\(text(old[key])) → \(text(new[key]))"
            lines.append(Line(kind: .moves, rule: rule, title: title, count: moved.count, detail: Text(words, words)))
        }
        if let key = gone.first {
            lines.append(Line(kind: .vanishes, rule: rule, title: title, count: gone.count, detail: Text("最早 \(text(old[key]))", "first \(text(old[key]))")))
        }
        return lines
    }

    /// A rule that answers events: whether this place begins or ceases to owe it, or owes it otherwise.
    private static func answered(_ rule: Rule, _ old: Rule?, _ place: PlaceFacts) -> Line? {
        let now = rule.binding.holds(kind: place.kind, traits: place.traits)
        let was = old?.binding.holds(kind: place.kind, traits: place.traits) ?? false
        switch (was, now) {
        case (false, true): return Line(kind: .appears, rule: rule.id, title: rule.title, count: 0, detail: Text("", ""))
        case (true, false): return Line(kind: .vanishes, rule: rule.id, title: rule.title, count: 0, detail: Text("", ""))
        case (true, true):
            guard let old, let said = said(old, rule) else { return nil }
            return Line(kind: .changes, rule: rule.id, title: rule.title, count: 0, detail: said)
        case (false, false): return nil
        }
    }

    private static func said(_ old: Rule, _ new: Rule) -> Text? {
        PackPart.difference(PackPart.parts(of: old), PackPart.parts(of: new))
    }

    /// Roles that owe something here, each with every role that may stand in for it in all its rules, in the order of
    /// the rules. Rules for one role with different stand-ins stand apart.
    package static func roles(_ pack: Pack, at place: PlaceFacts, on day: Day) -> [(role: String, standIns: [String])] {
        var list: [(role: String, standIns: [String])] = []
        for rule in pack.rules where rule.binding.holds(kind: place.kind, traits: place.traits) {
            for (_, role) in DutyPlan.owers(rule, subject: "", pack, place, on: day, people: { _ in [""] }) {
                let last = rule.dutyClass.flatMap { pack.company.lastStandIn[$0] }.map { [$0] } ?? []
                let wish = (role: role, standIns: rule.standIns + last)
                if !list.contains(where: { $0 == wish }) { list.append(wish) }
            }
        }
        return list
    }
}

extension Rule {
    /// Whether something has to happen first: it answers an event or the end of another duty.
    var waitsForSomething: Bool {
        switch occasion {
        case .when, .afterDuty: true
        case .every, .expires: false
        }
    }
}
