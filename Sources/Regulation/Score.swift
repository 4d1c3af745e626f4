import WorkCalendar

/// How what an inspector saw becomes a score: shares, groups and their weights, the cap of a veto, grades
/// (docs/rules/scores.md).
package struct Scores: Hashable, Sendable {
    /// Clauses that are scored together, and what they weigh in the whole.
    package struct Group: Hashable, Sendable {
        /// Kebab-case: `outside`.
        package var id: String
        /// What it is called.
        package var name: Text
        /// Clauses (`1.2-6`) and groups of clauses (`1.1`).
        package var clauses: [String]
        /// What it weighs beside the others.
        package var weight: Int
        /// A group of clauses.
        package init(id: String, name: Text, clauses: [String], weight: Int) {
            (self.id, self.name, self.clauses, self.weight) = (id, name, clauses, weight)
        }
    }
    /// A grade and the score from which it is given.
    package struct Grade: Hashable, Sendable {
        /// `A`, `优` …
        package var name: String
        /// 0…100.
        package var from: Int
        /// A grade from a score on.
        package init(name: String, from: Int) { (self.name, self.from) = (name, from) }
    }
    /// What a point of minor severity still gets, in hundredths; a serious one gets nothing.
    package var minor = 50
    /// The most a score can be when a veto point was found wanting.
    package var vetoCap = 59
    /// The highest first.
    package var grades = [Grade(name: "A", from: 95), Grade(name: "B", from: 85), Grade(name: "C", from: 70)]
    /// The grade below all others.
    package var below = "D"
    /// Empty: all points are one group.
    package var groups: [Group] = []
    /// What holds where a pack says nothing.
    package init() {}

    /// The group a clause belongs to: the one that names it, else the one that names the group of clauses it stands in.
    package func group(of clause: String) -> Group? {
        let stem = clause.lastIndex(of: "-").map { String(clause[..<$0]) } ?? clause
        return groups.first { $0.clauses.contains(clause) } ?? groups.first { $0.clauses.contains(stem) }
    }

    /// The grade of a score in hundredths.
    package func grade(_ hundredths: Int) -> String { grades.first { hundredths >= $0.from * 100 }?.name ?? below }
}

/// One point as an inspector answered it.
package struct ScoredPoint: Hashable, Sendable {
    /// What was answered, as far as scores go.
    package enum Answer: String, Sendable, CaseIterable {
        case ok, minor, serious, danger, na
        case notSeen = "not-seen"
        /// Whether it counts: what does not apply and what was not seen leave the denominator.
        package var counts: Bool { self != .na && self != .notSeen }
        /// Whether something was wrong.
        package var isWanting: Bool { [.minor, .serious, .danger].contains(self) }
    }
    /// Which point: `opening-round/door-sign`.
    package var id: String
    /// The clause it cites, or "".
    package var clause: String
    /// Where one stands to see it; empty where the round does not say.
    package var zone: Text
    /// How many ordinary points it counts for.
    package var weight: Int
    /// Whether the whole is capped when it is found wanting.
    package var isVeto: Bool
    /// What was seen.
    package var answer: Answer
    /// One point and what was seen.
    package init(
        id: String, clause: String = "", zone: Text = Text("", ""), weight: Int = 1, isVeto: Bool = false, answer: Answer
    ) {
        (self.id, self.clause, self.zone, self.weight) = (id, clause, zone, weight)
        (self.isVeto, self.answer) = (isVeto, answer)
    }
}

/// What a patrol came to, with everything the formula took.
package struct Score: Hashable, Sendable {
    /// Points of one group or one zone together.
    package struct Part: Hashable, Sendable {
        /// Id of the group; of a zone its Chinese words.
        package var id: String
        /// What it is called.
        package var name: Text
        /// What the group weighs; 1 of a zone.
        package var weight: Int
        /// Hundredths of points got …
        package var got: Int
        /// … of those that could be got.
        package var possible: Int
        /// Its own score in hundredths; nil when nothing of it counts.
        package var hundredths: Int? { possible > 0 ? Score.divide(10_000 * got, possible) : nil }
        /// Points together.
        package init(id: String, name: Text, weight: Int, got: Int = 0, possible: Int = 0) {
            (self.id, self.name, self.weight, self.got, self.possible) = (id, name, weight, got, possible)
        }
    }
    /// In hundredths, after the cap; nil when no point counts.
    package var hundredths: Int?
    /// In hundredths, before the cap.
    package var uncapped: Int?
    /// In the order of the pack; one without id where the pack has none.
    package var groups: [Part]
    /// In the order they were walked.
    package var zones: [Part]
    /// Veto points found wanting.
    package var vetoes: [String]
    /// How often each answer was given.
    package var counts: [ScoredPoint.Answer: Int]
    /// Whether the cap made it less.
    package var isCapped: Bool { hundredths != uncapped }

    /// Half up, as people round.
    package static func divide(_ a: Int, _ b: Int) -> Int { b == 0 ? 0 : (2 * a + b) / (2 * b) }
}

extension Scores {
    /// What a point gets and could get, in hundredths of an ordinary point.
    package func share(_ point: ScoredPoint) -> (got: Int, possible: Int) {
        guard point.answer.counts else { return (0, 0) }
        let percent = switch point.answer {
        case .ok: 100
        case .minor: minor
        case .serious, .danger, .na, .notSeen: 0
        }
        return (point.weight * percent, point.weight * 100)
    }

    /// Group by group, then the groups by their weights, then the cap.
    package func score(_ points: [ScoredPoint]) -> Score {
        var parts = groups.map { Score.Part(id: $0.id, name: $0.name, weight: $0.weight) }
        var rest = Score.Part(id: "", name: Text("", ""), weight: groups.isEmpty ? 1 : 0)
        var zones: [Score.Part] = []
        var counts: [ScoredPoint.Answer: Int] = [:]
        for point in points {
            counts[point.answer, default: 0] += 1
            let (got, possible) = share(point)
            if let group = group(of: point.clause), let index = parts.firstIndex(where: { $0.id == group.id }) {
                parts[index].got += got
                parts[index].possible += possible
            } else {
                rest.got += got
                rest.possible += possible
            }
            if let index = zones.firstIndex(where: { $0.id == point.zone.zh }) {
                zones[index].got += got
                zones[index].possible += possible
            } else {
                zones.append(Score.Part(id: point.zone.zh, name: point.zone, weight: 1, got: got, possible: possible))
            }
        }
        if rest.possible > 0 { parts.append(rest) }
        let counted = parts.filter { $0.possible > 0 }
        let weight = counted.reduce(0) { $0 + $1.weight }
        let sum = counted.reduce(0) { $0 + $1.weight * ($1.hundredths ?? 0) }
        let uncapped = weight > 0 ? Score.divide(sum, weight) : nil
        let vetoes = points.filter { $0.isVeto && $0.answer.isWanting }.map(\.id)
        return Score(
            hundredths: uncapped.map { vetoes.isEmpty ? $0 : min($0, vetoCap * 100) }, uncapped: uncapped,
            groups: counted, zones: zones, vetoes: vetoes, counts: counts)
    }
}

extension Field {
    /// Whether an inspector's answer to it counts: a point, or a number that should lie in a band.
    package var isScored: Bool { kind == .point || ((kind == .number || kind == .count) && (bandFrom ?? bandTo) != nil) }

    /// What an answer to it means for the score; nil when it was not answered, or is none that counts.
    package func scored(_ answer: String) -> ScoredPoint.Answer? {
        guard isScored, !answer.isEmpty else { return nil }
        if kind == .point {
            return answer == "wanting" ? ScoredPoint.Answer(rawValue: severity ?? "minor") : ScoredPoint.Answer(rawValue: answer)
        }
        guard let number = Double(answer) else { return nil }
        let isWithin = (bandFrom.map { number >= $0 } ?? true) && (bandTo.map { number <= $0 } ?? true)
        return isWithin ? .ok : ScoredPoint.Answer(rawValue: severity ?? "minor")
    }
}
