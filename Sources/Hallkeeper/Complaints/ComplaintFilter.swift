import Foundation
import Regulation
import Store
import WorkCalendar

/// The search line of the queue: `state:open hall:城北 due<2026-10-08 kind:BL1 停水`. What is not of the form `key:value`
/// is looked for in the words of the case; a key or value there is none of is refused with what there is.
struct ComplaintFilter: Sendable {
    /// Lists beside the search line, each a condition of its own.
    enum Tab: String, Sendable, CaseIterable {
        case mine, unit, open, late, approvals, dispatch, callBacks = "call-backs", closing, closed, disposal

        /// Whoever has none of these does not see the list.
        var permissions: [String] {
            switch self {
            case .open, .late, .closed: []
            case .mine: ["handle", "take-in", "call-back"]
            case .unit: ["handle"]
            case .approvals: ["approve"]
            case .dispatch: ["take-in"]
            case .callBacks: ["call-back"]
            case .closing: ["close-cases"]
            case .disposal: ["close-cases", "approve", "misconduct"]
            }
        }

        /// Whether it lists what has ended.
        var isOver: Bool { self == .closed || self == .disposal }

        /// Mine is what was given to me, what my unit has and nobody was given, what I have to improve, and what I took in and is with nobody.
        func condition(at now: Instant, _ sight: ComplaintSight) -> SQL {
            switch self {
            case .mine:
                let theirs: SQL = sight.units.isEmpty ? "complaint.assignee = \(sight.person)" : "(complaint.assignee = \(sight.person) or (complaint.assignee = '' and complaint.unit in \(list: sight.units)))"
                let owned: SQL = "complaint.improvement = 'set' and complaint.improvement_owner = \(sight.person)"
                return "complaint.ended is null and (\(sql: theirs) or (\(sql: owned)) or (complaint.unit = '' and complaint.recorded_by = \(sight.person)))"
            case .unit: return sight.units.isEmpty ? "1 = 0" : "complaint.ended is null and complaint.unit in \(list: sight.units)"
            case .open: return "complaint.ended is null"
            case .late: return "complaint.ended is null and complaint.next_due < \(now)"
            case .approvals: return "complaint.ended is null and (complaint.stage in ('proposed', 'approved') or complaint.request <> '')"
            case .dispatch: return "complaint.ended is null and complaint.stage in ('recorded', 'cleared')"
            case .callBacks: return "complaint.ended is null and complaint.stage = 'replied' and complaint.called_back is null"
            case .closing: return "complaint.ended is null and complaint.stage = 'called-back'"
            case .closed, .disposal: return "complaint.ended is not null"
            }
        }
    }

    static let keys = ["state", "kind", "severity", "channel", "door", "hall", "unit", "stage", "assignee", "due", "recorded"]

    var tab: Tab
    var asked: String
    private var conditions: [SQL] = []
    /// Words to look for in the text.
    private var words: [String] = []

    init(tab: Tab, asked: String, book: CaseBook, tree: PlaceTree, zone: Zone, now: Instant, me: Person.ID = "") throws {
        (self.tab, self.asked) = (tab, asked)
        if tab == .disposal { conditions.append(book.disposable(on: zone.day(of: now), zone)) }
        for (part, isQuoted) in Self.parts(asked).prefix(20) {
            if isQuoted {
                words.append(part)
                continue
            }
            let mark = part.firstIndex { ":：<>".contains($0) }
            guard let mark, mark > part.startIndex, part[..<mark].allSatisfy({ $0.isASCII && $0.isLetter }) else {
                words.append(part)
                continue
            }
            let (key, sign, value) = (part[..<mark].lowercased(), part[mark], String(part[part.index(after: mark)...]))
            guard Self.keys.contains(key) else {
                throw Self.wrong(Text("没有“\(key)”这个条件，可用：\(Self.keys.joined(separator: "、"))。", "There is no condition “\(key)”; there are: \(Self.keys.joined(separator: ", "))."))
            }
            if key == "assignee", value == "me" || value == "我" {
                conditions.append("complaint.assignee = \(me)")
                continue
            }
            conditions.append(try Self.condition(key, sign, value, book, tree, zone, now))
        }
    }

    /// The words of the line; what stands in quotes is one.
    static func parts(_ text: String) -> [(text: String, isQuoted: Bool)] {
        var found: [(text: String, isQuoted: Bool)] = []
        var (word, isQuoted, isValue) = ("", false, false)
        func end(_ quoted: Bool) {
            if !word.trimmingCharacters(in: .whitespaces).isEmpty { found.append((word, quoted)) }
            word = ""
        }
        for character in text {
            if "\"“”「」".contains(character) {
                // `hall:"Chengbei Hall"` is one condition, not a phrase.
                if !isQuoted, let last = word.last, ":：<>".contains(last) {
                    (isQuoted, isValue) = (true, true)
                    continue
                }
                end(isQuoted && !isValue)
                isQuoted.toggle()
                isValue = false
            } else if character.isWhitespace, !isQuoted {
                end(false)
            } else {
                word.append(character)
            }
        }
        end(false)
        return found
    }

    /// The number of a case, when that is all that is asked: one goes there at once.
    static func number(_ asked: String) -> String? {
        let plain = asked.trimmingCharacters(in: .whitespaces).uppercased().precomposedStringWithCompatibilityMapping
        guard plain.wholeMatch(of: /(TS)?[0-9]{8}-[0-9]{4,}/) != nil else { return nil }
        return plain.hasPrefix("TS") ? plain : "TS" + plain
    }

    private static func wrong(_ sentence: Text) -> FormProblems { FormProblems(fields: [("q", sentence)]) }

    private static func condition(_ key: String, _ sign: Character, _ value: String, _ book: CaseBook, _ tree: PlaceTree, _ zone: Zone, _ now: Instant) throws -> SQL {
        /// By its id or by part of its name.
        func choice(_ items: [(id: String, name: Text)]) throws -> [String] {
            let plain = value.lowercased()
            let found = items.filter { $0.id.lowercased() == plain }
            let named = found.isEmpty && !plain.isEmpty ? items.filter { $0.name.zh.lowercased().contains(plain) || $0.name.en.lowercased().contains(plain) } : found
            guard !named.isEmpty else { throw wrong(Text("“\(key)”没有“\(value)”。", "There is no “\(value)” for “\(key)”.")) }
            return named.map(\.id)
        }
        func places(_ kinds: [String]) throws -> [String] {
            try choice(tree.places.filter { kinds.contains($0.kind) }.flatMap { [(id: $0.id, name: $0.name), (id: $0.code, name: $0.name)] }).compactMap { id in
                tree[id]?.id ?? tree.places.first { kinds.contains($0.kind) && $0.code == id }?.id
            }
        }
        switch key {
        case "state":
            switch value {
            case "open": return "complaint.ended is null"
            case "closed": return "complaint.ended is not null"
            case "late": return "complaint.ended is null and complaint.next_due < \(now)"
            case "destroyed": return "complaint.disposal = 'destroyed'"
            default: throw wrong(Text("state 是 open、late、closed 或 destroyed。", "state is open, late, closed or destroyed."))
            }
        case "kind":
            let named = Set(try choice(book.kinds.map { ($0.id, $0.name) }))
            let all = book.kinds.filter { named.contains($0.id) || named.contains($0.under) }.map(\.id)
            return "complaint.kind in \(list: all)"
        case "severity": return "complaint.severity in \(list: try choice(book.severities.map { ($0.id, $0.name) }))"
        case "channel": return "complaint.channel in \(list: try choice(book.channels.map { ($0.id, $0.name) }))"
        case "door": return "complaint.door in \(list: try choice(book.doors.map { ($0.id, $0.name) }))"
        case "hall":
            let halls = try places(["hall"])
            return "(complaint.hall in \(list: halls) or complaint.place in \(list: halls))"
        case "assignee":
            // By sign-in name, which is no personal text.
            return "complaint.assignee in (select person from person where login = \(value))"
        case "unit":
            let units = try places(["unit"])
            return "complaint.unit in \(list: units)"
        case "stage":
            guard let stage = Complaint.Stage(rawValue: value)?.rawValue else {
                throw wrong(Text("stage 是 \(Complaint.Stage.allCases.map(\.rawValue).joined(separator: "、"))。", "stage is one of \(Complaint.Stage.allCases.map(\.rawValue).joined(separator: ", "))."))
            }
            return "complaint.stage = \(stage)"
        default:
            guard let day = Day(value) else { throw wrong(Text("日期写成 \(key)<2026-11-24。", "Write the day like \(key)<2026-11-24.")) }
            let (start, end) = (zone.instant(day, minute: 0), zone.instant(day, minute: 1440))
            let column: SQL = key == "due" ? "complaint.next_due" : "complaint.recorded"
            return sign == "<" ? "\(sql: column) < \(start)" : sign == ">" ? "\(sql: column) >= \(end)" : "(\(sql: column) >= \(start) and \(sql: column) < \(end))"
        }
    }

    /// All that is filtered; nil where words are looked for that can be in no case.
    func matching(_ sight: ComplaintSight, _ engine: Engine, at now: Instant) -> SQL? {
        let all = filtered(sight, at: now)
        guard !words.isEmpty else { return all }
        return ComplaintQuestion(engine, parts: words).map { "\(sql: all) and \(sql: $0.condition(tab.isOver ? .all : .open))" }
    }

    /// All but the words.
    private func filtered(_ sight: ComplaintSight, at now: Instant) -> SQL {
        conditions.reduce("\(sql: sight.condition) and \(sql: tab.condition(at: now, sight))") { "\(sql: $0) and \(sql: $1)" }
    }

    /// The order of the queue.
    var order: SQL {
        switch tab {
        case .closed: "complaint.recorded desc, complaint.id desc"
        case .disposal: "complaint.ended, complaint.id"
        default: "coalesce(complaint.next_due, \(Self.never)), complaint.id"
        }
    }

    /// The cases of one page in their order, one more than asked when there are more. Open ones by the time left, ended ones
    /// latest first.
    func page(_ sight: ComplaintSight, _ engine: Engine, at now: Instant, most: Int, after: String, _ tx: any Reading) throws -> [Complaint] {
        let parts = after.split(separator: ".").map(String.init)
        let cursor = parts.first.flatMap { Int64($0) }.map { (at: Instant(ms: $0), id: parts.count == 2 ? parts[1] : "") }
        if tab == .closed, !words.isEmpty {
            guard let question = ComplaintQuestion(engine, parts: words) else { return [] }
            if let found = try question.latest(where: filtered(sight, at: now), after: cursor, most: most + 1, tx) { return found }
        }
        guard var all = matching(sight, engine, at: now) else { return [] }
        if tab == .closed {
            if let cursor { all = "\(sql: all) and (complaint.recorded < \(cursor.at) or (complaint.recorded = \(cursor.at) and complaint.id < \(cursor.id)))" }
        } else if tab == .disposal {
            if let cursor { all = "\(sql: all) and (complaint.ended > \(cursor.at) or (complaint.ended = \(cursor.at) and complaint.id > \(cursor.id)))" }
        } else if let cursor {
            all = "\(sql: all) and (coalesce(complaint.next_due, \(Self.never)) > \(cursor.at) or (coalesce(complaint.next_due, \(Self.never)) = \(cursor.at) and complaint.id > \(cursor.id)))"
        }
        return try tx.rows("select complaint.* from complaint where \(sql: all) order by \(sql: order) limit \(most + 1)").map(Complaint.init(row:))
    }
    private static let never = Instant(ms: 253_402_300_799_000)

    /// Where the page after this row begins.
    func cursor(after complaint: Complaint) -> String {
        let at = tab == .closed ? complaint.recorded : tab == .disposal ? complaint.ended : complaint.nextDue
        return "\((at ?? Self.never).ms).\(complaint.id)"
    }
}
