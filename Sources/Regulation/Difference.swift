import WorkCalendar

/// What a hall's own round said at one point, on one day.
package struct OwnAnswer: Hashable, Sendable {
    /// The round.
    package var form: String
    /// The point in it.
    package var point: String
    /// The clause it cites, or "".
    package var clause: String
    /// Where one stands to see it, in Chinese; or "".
    package var zone: String
    /// Its title, in Chinese.
    package var title: String
    /// `ok`, `minor` …
    package var answer: ScoredPoint.Answer
    /// When it was done, as claimed.
    package var at: Instant
    /// The record it stands in.
    package var record: String
    /// An answer of a hall's own round.
    package init(
        form: String, point: String, clause: String, zone: String, title: String, answer: ScoredPoint.Answer, at: Instant,
        record: String
    ) {
        (self.form, self.point, self.clause, self.zone, self.title) = (form, point, clause, zone, title)
        (self.answer, self.at, self.record) = (answer, at, record)
    }
}

/// Finds the hall's own answer beside what an inspector saw (docs/rules/scores.md, the matching rule).
package enum Difference {
    /// How two points are the same thing; the first that finds anything decides.
    package enum Match: String, Sendable, CaseIterable { case point, name, title, zone }
    /// What both together say.
    package enum Verdict: String, Sendable, CaseIterable {
        /// Both in order, or both wanting.
        case agree
        /// The hall said in order, the inspector found it wanting.
        case glossed
        /// The hall said wanting, the inspector found it in order.
        case mended
    }

    /// The answer of the hall's own rounds for a point, and how it was matched. Of several alike: the last before the
    /// inspector came; where there is none, the first after.
    package static func match(
        form: String, point: String, clause: String, zone: String, title: String, at seen: Instant, in own: [OwnAnswer]
    ) -> (answer: OwnAnswer, by: Match)? {
        for match in Match.allCases {
            let alike = own.filter { answer in
                // Two points of one round are never the same thing, however alike they sound.
                if match != .point, answer.form == form { return false }
                return switch match {
                case .point: answer.form == form && answer.point == point
                case .name: !clause.isEmpty && answer.clause == clause && answer.point == point
                case .title: !clause.isEmpty && answer.clause == clause && answer.title == title
                case .zone: !clause.isEmpty && !zone.isEmpty && answer.clause == clause && answer.zone == zone
                }
            }.sorted { ($0.at, $0.record, $0.point) < ($1.at, $1.record, $1.point) }
            if let found = alike.last(where: { $0.at <= seen }) ?? alike.first { return (found, match) }
        }
        return nil
    }

    /// What both say; nil when one of them says nothing that can be compared.
    package static func verdict(hall: ScoredPoint.Answer, inspector: ScoredPoint.Answer) -> Verdict? {
        guard hall.counts, inspector.counts else { return nil }
        if hall.isWanting == inspector.isWanting { return .agree }
        return inspector.isWanting ? .glossed : .mended
    }
}
