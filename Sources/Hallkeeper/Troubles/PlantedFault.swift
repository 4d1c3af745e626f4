import Foundation
import Store
import Synchronization

/// A fault planted between a program and its store, or in the world around it, to see whether the simulation finds it. None is
/// ever in a program that serves.
final class PlantedFault: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case ackWithoutCommit = "answers before the commit"
        case retryWithoutKey = "sends again under another key"
        case keyNotStored = "a key is not stored"
        case keyNotLooked = "a key is not looked for"
        case answerAltered = "another answer to the second sending"
        case entryOutsideAct = "an entry outside its act"
        case sealBroken = "a seal does not follow the one before"
        case personalLost = "a personal text is not kept"
        case holidaySkipped = "a holiday is counted as a working day"
        case makeUpIgnored = "a make-up day is counted as a day off"
        case recipientDropped = "one recipient is left out"
        case leaverTold = "who has left is still told"
        case accusedTold = "whom a case is about is told of it"
        case timerForgotten = "the soonest timer is left out"
        case staleDuty = "a duty is changed as it was first seen"
        case windowIgnored = "messages go out by night"
        case messageTwice = "a message is sent as if it had not been"
        case ordinaryLapses = "a duty that never lapses lapses"
        case closedWithoutCallBack = "a case counts as called back when it is answered"
        case phoneAnswerLost = "what a phone sent before is forgotten"
        case fanoutSkips = "the last place is left out of what concerns all"
        case placeNotPlanned = "one place is not planned"
        case eventEndsNothing = "an event ends nothing"
        case clockAhead = "a clock ten minutes ahead"
        case jumpBelieved = "a jump of the wall clock is believed"
    }
    let kind: Kind
    private let known = Mutex<[String: Row]>([:])

    init(_ kind: Kind) { self.kind = kind }

    /// What a query gives instead; nil: as it is.
    func rows(_ sql: SQL, _ tx: any Reading, isWriting: Bool) throws -> [Row]? {
        let text = sql.text
        func when(_ start: String, _ change: ([Row]) -> [Row]) throws -> [Row]? { text.hasPrefix(start) ? change(try tx.rows(sql)) : nil }
        func asked(_ old: String, _ new: String) throws -> [Row]? { text.contains(old) ? try tx.rows(SQL(text: text.replacing(old, with: new), values: sql.values)) : nil }
        switch kind {
        case .keyNotLooked: return try when("select digest, answer from idempotency") { _ in [] }
        case .answerAltered: return try when("select digest, answer from idempotency") { $0.map { $0.with("answer", .text("/elsewhere")) } }
        case .holidaySkipped: return try when("select * from calendar_notice") { $0.map { Self.without("off: yes", $0) } }
        case .makeUpIgnored: return try when("select * from calendar_notice") { $0.map { Self.without("off: no", $0) } }
        case .recipientDropped: return isWriting ? try when("select person from role_holder") { $0.count > 1 ? Array($0.dropLast()) : $0 } : nil
        case .leaverTold: return text.hasPrefix("select person from role_holder") ? try asked("until_day >= ?", "? is not null") : nil
        case .accusedTold: return try when("select respondent from complaint") { _ in [] }
        case .timerForgotten: return try when("select place, id, next_at from duty") { Array($0.dropFirst()) }
        case .staleDuty: return isWriting ? try when("select * from duty where place = ? and id = ?") { $0.map(first) } : nil
        case .windowIgnored:
            if text.hasPrefix("select place, duty, step from outbox") { return try asked("opens <= ?", "opens <= ? + 46800000") }
            return try when("select * from outbox where place") { $0.map { $0.with("opens", .int(0)) } }
        case .messageTwice:
            if text.hasPrefix("select place, duty, step from outbox") { return try asked("state = 'waiting'", "state <> 'moot'") }
            return try when("select * from outbox where place") { $0.map { $0.with("state", .text("waiting")) } }
        case .ordinaryLapses:
            return isWriting ? try when("select * from duty where place = ? and id = ?") { $0.map { $0["lapses"] == .null ? $0.with("lapses", $0["due"] ?? .null) : $0 } } : nil
        case .closedWithoutCallBack:
            return isWriting ? try when("select * from complaint where id") { $0.map { $0["called_back"] == .null ? $0.with("called_back", $0["replied"] ?? .null) : $0 } } : nil
        case .phoneAnswerLost: return isWriting ? try when("select * from walk where") { _ in [] } : nil
        case .fanoutSkips: return try when("select place from place where place > ?") { Array($0.dropLast()) }
        case .placeNotPlanned: return try when("select place from place where planned") { Array($0.dropLast()) }
        case .eventEndsNothing: return isWriting && text.contains("state = 'open'\nand rule in") ? [] : nil
        default: return nil
        }
    }

    /// What a statement does instead; nil: as it is.
    func run(_ sql: SQL, _ tx: any Writing, _ seen: Seen) throws -> Int? {
        let text = sql.text
        switch kind {
        case .keyNotStored: return text.hasPrefix("insert into idempotency") ? 1 : nil
        case .personalLost: return text.hasPrefix("insert into personal") ? 1 : nil
        case .entryOutsideAct:
            guard text.hasPrefix("insert into entry") || text.hasPrefix("insert into seal") else { return nil }
            seen.afterwards.append(sql)
            return 1
        case .sealBroken:
            guard text.hasPrefix("insert into seal"), case .int(let seq) = sql.values.dropFirst().first, seq % 50 == 0 else { return nil }
            var values = sql.values
            for (index, value) in values.enumerated() { if case .text(let hash) = value, hash.utf8.count == 64 { values[index] = .text(String(repeating: "0", count: 64)); break } }
            return try tx.run(SQL(text: text, values: values))
        default: return nil
        }
    }

    private func first(_ row: Row) -> Row {
        guard case .text(let id)? = row["id"] else { return row }
        return known.withLock { known in
            if let old = known[id] { return old }
            known[id] = row
            return row
        }
    }

    /// A notice without its days of one kind.
    private static func without(_ kind: String, _ row: Row) -> Row {
        guard case .text(let body)? = row["body"] else { return row }
        return row.with("body", .text(body.split(separator: "\n").filter { !$0.contains(kind) }.joined(separator: "\n") + "\n"))
    }
}

extension Row {
    /// The same row with another value in one column.
    fileprivate func with(_ name: String, _ value: Value) -> Row {
        Row(columns: columns, values: zip(columns.names, values).map { $0 == name ? value : $1 })
    }
}
