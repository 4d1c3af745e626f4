import WorkCalendar

/// Values as a pack file writes them.
extension PackPart {
    static func flag(_ flag: Bool) -> String { flag ? "yes" : "" }

    static func number(_ number: Double?) -> String {
        guard let number else { return "" }
        return number == number.rounded() && abs(number) < 1e15 ? String(Int64(number)) : String(number)
    }

    static func range(_ from: Double?, _ to: Double?) -> String {
        from == nil && to == nil ? "" : "\(number(from))…\(number(to))"
    }

    /// The options of a choice, in both languages: a name that changes is a change.
    static func options(_ options: [Field.Option]) -> Text {
        Text(
            options.map { "\($0.id)（\($0.name.zh)）" }.joined(separator: "、"),
            options.map { "\($0.id) (\($0.name.en))" }.joined(separator: ", "))
    }

    /// Shares, cap, grades, and each group with its clauses and weight, in both languages.
    static func written(_ scores: Scores) -> Text {
        let grades = scores.grades.map { "\($0.name) \($0.from)" }.joined(separator: ", ")
        let head = "minor \(scores.minor), veto-cap \(scores.vetoCap), \(grades), \(scores.below)"
        func groups(_ language: Language) -> String {
            scores.groups.map { group in
                "; \(group.id) \(group.name.in(language)) \(group.weight): \(group.clauses.joined(separator: ", "))"
            }.joined()
        }
        return Text(head + groups(.zh), head + groups(.en))
    }

    static func written(_ period: Period) -> String {
        var words = [period.description]
        if period.options.contains(.midnight) { words.append("end: midnight") }
        if period.options.contains(.cutoff) { words.append("cutoff: yes") }
        if period.options.contains(.noRoll) { words.append("roll: no") }
        if period.options.contains(.service) { words.append("service") }
        return words.joined(separator: ", ")
    }

    static func written(_ binding: Binding) -> String {
        var words = [binding.kind]
        if let trait = binding.trait { words.append("trait: \(trait)") }
        if let conditions = binding.conditions { words.append("conditions: \(conditions)") }
        if let missing = binding.notInstalled { words.append("not-installed: \(missing)") }
        return words.joined(separator: ", ")
    }

    static func written(_ conditions: [Condition]) -> String {
        conditions.map { condition in
            let test =
                switch condition.test {
                case .equals(let value): "is \(value)"
                case .anyOf(let values): "any-of \(values.joined(separator: ", "))"
                case .not(let value): "not \(value)"
                case .above(let bound): "above \(bound)"
                case .below(let bound): "below \(bound)"
                case .atLeast(let bound): "at-least \(bound)"
                case .atMost(let bound): "at-most \(bound)"
                }
            return "\(condition.field) \(test)"
        }.joined(separator: "; ")
    }

    static func written(_ moment: Moment) -> String {
        switch moment {
        case .anchor(let anchor, 0): anchor.rawValue
        case .anchor(let anchor, let minutes): "\(anchor.rawValue) \(minutes < 0 ? "-" : "+") \(abs(minutes)) min"
        case .clock(let minute): clock(minute)
        case .period(let period): written(period)
        case .sameDay: "same-day"
        case .field(let field): "at: \(field)"
        }
    }

    static func clock(_ minute: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(minute / 60)):\(two(minute % 60))"
    }

    static func written(_ cadence: Cadence) -> String {
        switch cadence {
        case .opening: "opening"
        case .closing: "closing"
        case .halfDay: "half-day"
        case .day: "day"
        case .week: "week"
        case .month: "month"
        case .quarter: "quarter"
        case .year: "year"
        case .lastOpenDay: "last-open-day"
        case .interval(let period, let fromLast): written(period) + (fromLast ? ", from: last-done" : "")
        }
    }

    static func written(_ step: Step) -> String {
        var words = [
            "\(step.isBefore ? "before" : "after") \(written(step.offset))", step.tell.joined(separator: ", "),
        ]
        if let finding = step.finding { words.append("finding: \(finding)") }
        if step.isImmediate { words.append("immediate") }
        return words.joined(separator: ": ")
    }

    /// Dictionaries have no order of their own: sorted, so that the same is the same.
    static func written(_ emission: Emission) -> String {
        var words = [emission.event]
        if !emission.when.isEmpty { words.append("when \(written(emission.when))") }
        words += emission.fields.sorted { $0.key < $1.key }.map { "\($0.key) ← \($0.value)" }
        words += emission.with.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
        return words.joined(separator: ", ")
    }
}
