import Store
import WorkCalendar

/// A round as one person walked it with one device: what was answered at which point and when, as the device says; when it
/// was sent and when it arrived (docs/rules/rounds.md). Two people, or two phones, are two walks.
struct Walk: Sendable, Kept, Equatable {
    enum State: String, Sendable {
        /// Not handed in yet.
        case open
        /// It ended the duty.
        case done
        /// Somebody else had ended it: kept beside.
        case beside
        /// Handed in after the duty had lapsed: late, not lost.
        case late
        /// The shift ended before it was handed in.
        case incomplete
    }

    /// One point as answered, in the device's own time.
    struct Answer: Sendable, Equatable {
        var value: String
        /// The id of the personal text, or "".
        var note: String = ""
        /// Hashes, separated by commas.
        var photos: String = ""
        var isFixed = false
        /// When it was answered, by the device's clock.
        var at: Instant
    }

    var place: Place.ID
    var duty: Duty.ID
    var person: Person.ID
    /// Drawn by the browser once; `form` for a plain page without scripts.
    var device: String
    var form: String
    var pack: String
    var answers: [String: Answer]
    /// By the device's clock.
    var began: Instant
    var ended: Instant?
    /// The server's time when the page was handed out, as it signed it; nil: unknown.
    var ticket: Instant?
    /// When it was sent by the device's clock, and when it arrived by ours.
    var sent: Instant
    var received: Instant
    var state: State
    var record: Record.ID
    /// Points not looked at when it closed, separated by commas.
    var missing: String

    /// How far the device's clock is behind ours (negative: ahead), in milliseconds, as seen when it sent.
    var skew: Int64 { received.ms - sent.ms }
    /// A clock off by more than two minutes is shown.
    static let noticeableSkew: Int64 = 120_000
    var isClockOff: Bool { abs(skew) > Self.noticeableSkew }

    /// A moment of the device in our time: as far before its arrival as it was before its sending.
    func ours(_ moment: Instant) -> Instant { Instant(ms: moment.ms.addingReportingOverflow(skew).partialValue) }

    /// How long it took, in seconds; nil while it goes on.
    var seconds: Int64? { ended.map { max(0, ($0.ms - began.ms) / 1000) } }
    /// Nobody looks at a point in less than two seconds.
    static let leastSecondsAPoint: Int64 = 2
    /// Walked faster than anybody can look: shown to the director as such. Under ten points nothing is said.
    var isHurried: Bool {
        guard let seconds, answers.count >= 10 else { return false }
        return seconds < Self.leastSecondsAPoint * Int64(answers.count)
    }

    static let table = Table(
        name: "walk", key: ["place", "duty", "person", "device"],
        columns: [
            "place", "duty", "person", "device", "form", "pack", "answers", "began", "ended", "ticket", "sent", "received", "state",
            "record", "missing",
        ])
    var values: [Value] {
        [
            .text(place), .text(duty), .text(person), .text(device), .text(form), .text(pack), .text(Self.json(answers).text),
            began.bound, ended.bound, ticket.bound, sent.bound, received.bound, .text(state.rawValue), .text(record), .text(missing),
        ]
    }

    private static func json(_ answers: [String: Answer]) -> JSON {
        .object(answers.mapValues { answer in
            var members: [String: JSON] = ["value": .string(answer.value), "at": .int(answer.at.ms)]
            if !answer.note.isEmpty { members["note"] = .string(answer.note) }
            if !answer.photos.isEmpty { members["photos"] = .string(answer.photos) }
            if answer.isFixed { members["fixed"] = .bool(true) }
            return .object(members)
        })
    }

    static func answers(_ json: JSON) -> [String: Answer] {
        guard case .object(let members) = json else { return [:] }
        return members.compactMapValues { member in
            guard let value = member["value"]?.string, let at = member["at"]?.int else { return nil }
            return Answer(
                value: value, note: member["note"]?.string ?? "", photos: member["photos"]?.string ?? "",
                isFixed: member["fixed"] == .bool(true), at: Instant(ms: at))
        }
    }

    /// Of the walks of one person the answers that count: at each point the later one in our time, of two at the same
    /// moment that of the device whose name sorts last – whatever order they arrived in.
    static func merged(_ walks: [Walk]) -> [String: Answer] {
        var found: [String: (Answer, Instant, String)] = [:]
        for walk in walks {
            for (point, answer) in walk.answers {
                let at = walk.ours(answer.at)
                if let known = found[point], (known.1, known.2) >= (at, walk.device) { continue }
                found[point] = (answer, at, walk.device)
            }
        }
        return found.mapValues(\.0)
    }
}

extension Walk {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), duty: try row.text("duty"), person: try row.text("person"), device: try row.text("device"),
            form: try row.text("form"), pack: try row.text("pack"), answers: Self.answers(try JSON(parsing: Array(try row.text("answers").utf8))),
            began: try row.instant("began"), ended: try row.optionalInstant("ended"), ticket: try row.optionalInstant("ticket"),
            sent: try row.instant("sent"), received: try row.instant("received"), state: State(rawValue: try row.text("state")) ?? .open,
            record: try row.text("record"), missing: try row.text("missing"))
    }
}

/// What is known of a photo apart from its pixels: whose, when it was taken by their clock, whether by the camera there and
/// then, whether it was drawn on.
struct TakenPhoto: Sendable, Kept {
    var place: Place.ID
    var hash: String
    var duty: Duty.ID
    var point: String
    var by: Person.ID
    var taken: Instant
    var isLive: Bool
    var isDrawn: Bool
    var at: Instant

    static let table = Table(
        name: "photo", key: ["place", "hash", "duty", "point"],
        columns: ["place", "hash", "duty", "point", "by_person", "taken", "live", "drawn", "at"])
    var values: [Value] {
        [.text(place), .text(hash), .text(duty), .text(point), .text(by), taken.bound, isLive.bound, isDrawn.bound, at.bound]
    }
}

extension TakenPhoto {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), hash: try row.text("hash"), duty: try row.text("duty"), point: try row.text("point"),
            by: try row.text("by_person"), taken: try row.instant("taken"), isLive: try row.int("live") != 0,
            isDrawn: try row.int("drawn") != 0, at: try row.instant("at"))
    }
}
