import Regulation
import Store
import WorkCalendar

/// A walk through a hall by somebody from above, unannounced: a whole round, or points drawn by a seed that is recorded.
struct Patrol: Sendable, Kept {
    typealias ID = String
    /// The hall.
    var place: Place.ID
    var id: ID
    /// The round that is walked, or "" where points of all rounds were drawn.
    var form: String
    /// The version of the pack whose points, weights and groups hold.
    var pack: String
    /// What is walked, in order: `form/point`.
    var points: [String]
    /// What the points were drawn from; "" for a whole round.
    var seed: String
    var inspector: Person.ID
    /// The hall's day on which it began.
    var day: Day
    var began: Instant
    /// Until then nobody at the hall sees it.
    var ended: Instant?
    var record: Record.ID = ""
    /// The duty it ended, where the inspector owed this round here; or "".
    var duty: Duty.ID = ""
    /// In hundredths, after the cap; nil when nothing counted.
    var score: Int?
    /// In hundredths, before the cap.
    var uncapped: Int?
    var grade: String = ""
    /// How many veto points were found wanting.
    var vetoes = 0
    /// When the hall's ticks of that day were looked at for the last time, the day being over.
    var compared: Instant?

    static let table = Table(
        name: "patrol", key: ["place", "id"],
        columns: [
            "place", "id", "form", "pack", "points", "seed", "inspector", "day", "began", "ended", "record", "duty", "score", "uncapped",
            "grade", "vetoes", "compared",
        ])
    var values: [Value] {
        [
            .text(place), .text(id), .text(form), .text(pack), .text(points.joined(separator: " ")), .text(seed), .text(inspector), day.bound,
            began.bound, ended.bound, .text(record), .text(duty), score.bound, uncapped.bound, .text(grade), vetoes.bound, compared.bound,
        ]
    }
}

extension Patrol {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), id: try row.text("id"), form: try row.text("form"), pack: try row.text("pack"),
            points: try row.text("points").split(separator: " ").map(String.init), seed: try row.text("seed"),
            inspector: try row.text("inspector"), day: try row.day("day"), began: try row.instant("began"),
            ended: try row.optionalInstant("ended"), record: try row.text("record"), duty: try row.text("duty"),
            score: try row.optionalInt("score").map(Int.init), uncapped: try row.optionalInt("uncapped").map(Int.init),
            grade: try row.text("grade"), vetoes: Int(try row.int("vetoes")), compared: try row.optionalInstant("compared"))
    }

    /// Whether a duty is a round somebody from above owes at another's hall: it is walked as a patrol.
    static func isOwed(_ duty: Duty, _ pack: Pack) -> Bool {
        guard duty.seat != duty.place, duty.subject.isEmpty, pack.role(duty.role)?.may.contains("patrol") == true,
            let rule = pack.rule(duty.rule), rule.binding.kind == "hall", rule.signedBy == nil, let form = pack.form(duty.form), form.isRound
        else { return false }
        return !form.fields.contains { ofTheHall.contains($0.kind) }
    }

    /// What only the hall can fill in; such a round is walked as a duty, not as a patrol.
    private static let ofTheHall: Set<Field.Kind> = [.person, .signature, .place, .item]

    /// Walked to its end, with what it came to.
    func finished(_ score: Score, grade: String, record: Record.ID, duty: Duty.ID, at moment: Instant) throws -> Change<Patrol> {
        guard ended == nil else { throw Refusal.conflict(Text("这次抽查已经提交过了。", "This patrol has been handed in already.")) }
        var next = self
        (next.ended, next.record, next.duty, next.grade) = (moment, record, duty, grade)
        (next.score, next.uncapped, next.vetoes) = (score.hundredths, score.uncapped, score.vetoes.count)
        var fields = ["form": form, "grade": grade]
        fields["score"] = score.hundredths.map(String.init)
        return Change(next, Event(kind: "patrol.finished", about: "patrol:\(id)", at: moment, fields: fields))
    }
}

/// One point of a patrol: what was seen, what it got, and what the hall's own round said the same day.
struct PatrolPoint: Sendable, Kept {
    var place: Place.ID
    var patrol: Patrol.ID
    /// From 1, in the order walked.
    var number: Int
    var form: String
    var point: String
    var clause: String
    /// The group of the scores it belongs to, or "".
    var part: String
    var zone: Text
    var weight: Int
    var isVeto: Bool
    var answer: ScoredPoint.Answer
    /// Hundredths of a point got, of those possible.
    var got: Int
    var possible: Int
    /// Hashes of the photos, separated by commas.
    var photos: String
    /// `personal:<id>` of what the inspector wrote, or "".
    var note: String
    var day: Day
    /// When the inspector looked: when the patrol began.
    var at: Instant
    var own: Own?

    /// The hall's own answer.
    struct Own: Sendable, Hashable {
        var matched: Difference.Match
        var answer: ScoredPoint.Answer
        var record: Record.ID
        var photos: String
        var note: String
        var by: Person.ID
        var role: String
        var at: Instant
    }

    /// What both say together; nil when they cannot be compared.
    var verdict: Difference.Verdict? { own.flatMap { Difference.verdict(hall: $0.answer, inspector: answer) } }
    var scored: ScoredPoint {
        ScoredPoint(id: "\(form)/\(point)", clause: clause, zone: zone, weight: weight, isVeto: isVeto, answer: answer)
    }

    static let table = Table(
        name: "patrol_point", key: ["place", "patrol", "number"],
        columns: [
            "place", "patrol", "number", "form", "point", "clause", "part", "zone_zh", "zone_en", "weight", "veto", "answer", "got", "possible",
            "photos", "note", "day", "at", "matched", "own_answer", "own_record", "own_photos", "own_note", "own_by", "own_role", "own_at",
            "verdict",
        ])
    var values: [Value] {
        [
            .text(place), .text(patrol), number.bound, .text(form), .text(point), .text(clause), .text(part), .text(zone.zh), .text(zone.en),
            weight.bound, isVeto.bound, .text(answer.rawValue), got.bound, possible.bound, .text(photos), .text(note), day.bound, at.bound,
            .text(own?.matched.rawValue ?? ""), .text(own?.answer.rawValue ?? ""), .text(own?.record ?? ""), .text(own?.photos ?? ""),
            .text(own?.note ?? ""), .text(own?.by ?? ""), .text(own?.role ?? ""), (own?.at).bound, .text(verdict?.rawValue ?? ""),
        ]
    }
}

extension PatrolPoint {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), patrol: try row.text("patrol"), number: Int(try row.int("number")), form: try row.text("form"),
            point: try row.text("point"), clause: try row.text("clause"), part: try row.text("part"),
            zone: Text(try row.text("zone_zh"), try row.text("zone_en")), weight: Int(try row.int("weight")),
            isVeto: try row.int("veto") != 0, answer: ScoredPoint.Answer(rawValue: try row.text("answer")) ?? .notSeen,
            got: Int(try row.int("got")), possible: Int(try row.int("possible")), photos: try row.text("photos"), note: try row.text("note"),
            day: try row.day("day"), at: try row.instant("at"))
        guard let matched = Difference.Match(rawValue: try row.text("matched")), let at = try row.optionalInstant("own_at"),
            let answer = ScoredPoint.Answer(rawValue: try row.text("own_answer"))
        else { return }
        own = Own(
            matched: matched, answer: answer, record: try row.text("own_record"), photos: try row.text("own_photos"),
            note: try row.text("own_note"), by: try row.text("own_by"), role: try row.text("own_role"), at: at)
    }
}
