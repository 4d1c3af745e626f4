import WorkCalendar
import Yams

/// Rules: occasions, moments, who, steps.
extension PackParts {
    private static let keys = [
        "id", "clause", "title", "at", "every", "when", "where", "during", "season", "expires", "before", "after-duty",
        "once", "opens", "due", "lapses", "who", "each", "item", "stand-in", "requires", "signed-by", "not-by", "do", "ends-on",
        "steps", "duty-class", "reading", "end", "cutoff", "roll", "note", "log", "hours",
    ]

    mutating func rule(_ node: PackNode) {
        guard let map = node.map(Self.keys) else { return }
        // Each part is read whatever is wrong with the others: whoever mends a pack sees everything at once.
        let (id, title, clauses) = (id(map, "rule"), map.need("title")?.words, map.need("clause")?.texts)
        let (occasion, who) = (occasion(map), who(map))
        var options: PeriodOptions = []
        if map["end"]?.word(["midnight", "closing"], Text("结束", "end")) == "midnight" { options.insert(.midnight) }
        if map["cutoff"]?.flag == true { options.insert(.cutoff) }
        if map["roll"].map({ !$0.flag }) == true { options.insert(.noRoll) }
        let due = map["due"].map { moment($0, options) } ?? occasion.flatMap { standardDue($0, map) }
        let (form, endsOn) = (map["do"]?.text, map["ends-on"]?.text)
        if (form == nil) == (endsOn == nil) {
            let two = Text("要写且只写 do、ends-on 其中一个", "exactly one of do and ends-on is needed")
            form == nil ? node.wrong(two.zh, two.en) : map.wrong(at: map.written(["do", "ends-on"])[1], two.zh, two.en)
        }
        let seasons = [map["during"]?.text, map["season"]?.text, map["at"]?.seasonInside].compactMap { $0 }
        if seasons.count > 1 { node.wrong("季节只写一处", "a season is said in one place") }
        var signedBy: SignedBy?
        if let signed = map["signed-by"] {
            if signed.isScalar {
                signedBy = signed.whole(2...9).map { SignedBy(count: $0) }
            } else if let inner = signed.map(["count", "roles"]), let count = inner.need("count")?.whole(2...9) {
                signedBy = SignedBy(count: count, roles: inner["roles"]?.texts ?? [])
            }
        }
        var notBy: String?
        if let text = map["not-by"]?.text {
            if text.hasPrefix("doer-of ") {
                notBy = String(text.dropFirst("doer-of ".count))
            } else {
                map["not-by"]?.wrong("应写成 doer-of <规则>", "write: doer-of <rule>")
            }
        }
        let conditions = map["where"].map(conditions) ?? []
        let once = map["once"]?.word(["while-open", "day"], Text("次数", "limit")).flatMap(Rule.Once.init(rawValue:))
        let each = map["each"]?.word(["role", "person", "item"], Text("分法", "sharing")).flatMap(Rule.Each.init(rawValue:))
        let thing = map["item"]?.text
        if (each == .item) != (thing != nil) {
            (map["each"] ?? map["item"] ?? node).wrong("each: item 与 item: <种类> 一起写", "each: item and item: <kind> go together")
        }
        let (opens, lapses) = (map["opens"].flatMap { moment($0, []) }, lapses(map))
        let topic = map["requires"]?.map(["trained"])?.need("trained")?.text
        let (ladder, standIns) = (map["steps"].map(steps), map["stand-in"]?.texts ?? [])
        let binding = map["at"].map(binding) ?? Binding()
        let isOurs = map["reading"]?.word(["our"], Text("理解", "reading")) != nil
        guard let id, let title, let clauses, let occasion, let who, let due else { return }
        rules.append(
            Rule(
                id: id, clauses: clauses, title: title, binding: binding, occasion: occasion, conditions: conditions,
                season: seasons.first, once: once, opens: opens, due: due, lapses: lapses, who: who, each: each, item: thing,
                standIns: standIns, requiresTopic: topic, signedBy: signedBy, notByDoerOf: notBy, form: form,
                endsOn: endsOn, steps: ladder, dutyClass: map["duty-class"]?.text, isOurReading: isOurs,
                log: map["log"]?.text, keepsContactWindow: map["hours"]?.word(["contact-window"], Text("时段", "hours")) != nil))
    }

    private func lapses(_ map: PackMap) -> Moment? {
        guard let node = map["lapses"], node.node.scalar?.string != "never" else { return nil }
        return moment(node, [])
    }

    /// Without `due`: the end of the occasion.
    private func standardDue(_ occasion: Occasion, _ map: PackMap) -> Moment? {
        switch occasion {
        case .every(let cadence):
            let anchor: Moment.Anchor =
                switch cadence {
                case .opening: .opening
                case .closing, .day, .interval: .closing
                case .halfDay: .endOfHalfDay
                case .week: .endOfWeek
                case .month, .lastOpenDay: .endOfMonth
                case .quarter: .endOfQuarter
                case .year: .endOfYear
                }
            return .anchor(anchor, minutes: 0)
        case .expires: return .field("expiry")
        case .when, .afterDuty:
            _ = map.need("due")
            return nil
        }
    }

    private func occasion(_ map: PackMap) -> Occasion? {
        let written = map.written(["every", "when", "expires", "after-duty"])
        guard written.count == 1, let key = written.first, let node = map[key] else {
            let one = Text(
                "every、when、expires、after-duty 要写且只写一个", "exactly one of every, when, expires, after-duty is needed")
            written.isEmpty ? map.owner.wrong(one.zh, one.en) : map.wrong(at: written[1], one.zh, one.en)
            return nil
        }
        if key != "expires", map["before"] != nil {
            map.wrong(at: "before", "before 只用于 expires", "before belongs to expires")
        }
        switch key {
        case "every": return cadence(node).map { .every($0) }
        case "when": return node.text.map { .when($0) }
        case "expires":
            guard let before = map.need("before")?.period() else { return nil }
            return node.text.map { .expires($0, before: before) }
        default:
            if node.isScalar { return node.text.map { .afterDuty($0, outcomes: []) } }
            guard let inner = node.map(["rule", "outcome"]), let rule = inner.need("rule")?.text else { return nil }
            let outcomes =
                inner["outcome"]?.items.compactMap { $0.word(["done", "late", "missed"], Text("结果", "outcome")) } ?? []
            return .afterDuty(rule, outcomes: outcomes)
        }
    }

    private func cadence(_ node: PackNode) -> Cadence? {
        if node.isScalar {
            let words: [String: Cadence] = [
                "opening": .opening, "closing": .closing, "half-day": .halfDay, "day": .day, "week": .week,
                "month": .month,
                "quarter": .quarter, "year": .year, "last-open-day": .lastOpenDay,
            ]
            return node.word(words.keys.sorted(), Text("周期", "occasion")).flatMap { words[$0] }
        }
        guard let map = node.map(["days", "months", "from"]) else { return nil }
        let fromLast = map["from"]?.word(["last-done", "year"], Text("起点", "start")) == "last-done"
        if let days = map["days"]?.whole(1...3660) { return .interval(Period(days, .day), fromLast: fromLast) }
        if let months = map["months"]?.whole(1...120) { return .interval(Period(months, .month), fromLast: fromLast) }
        node.wrong("缺少 days 或 months", "days or months is missing")
        return nil
    }

    private func who(_ map: PackMap) -> Who? {
        if map["who"] == nil, map["each"]?.node.scalar?.string == "role" { return .points }
        guard let node = map.need("who") else { return nil }
        if node.isScalar { return node.text.map { .role($0) } }
        guard let map = node.map(["event", "role"]), let field = map.need("event")?.text,
            let role = map.need("role")?.text
        else { return nil }
        return .event(field: field, role: role)
    }

    func moment(_ node: PackNode, _ options: PeriodOptions) -> Moment? {
        if !node.isScalar {
            return node.map(["at"])?.need("at")?.text.map { .field($0) }
        }
        guard let text = node.text else { return nil }
        if text == "same-day" { return .sameDay }
        if let minute = PackNode.minute(text) { return .clock(minute) }
        let anchors: [Moment.Anchor] = [
            .opening, .closing, .startOfDay, .endOfHalfDay, .endOfDay, .endOfWeek, .endOfMonth, .endOfQuarter,
            .endOfYear,
        ]
        for anchor in anchors where text == anchor.rawValue || text.hasPrefix(anchor.rawValue + " ") {
            let rest = text.dropFirst(anchor.rawValue.count).split(separator: " ").map(String.init)
            if rest.isEmpty { return .anchor(anchor, minutes: 0) }
            guard rest.count == 3, rest[0] == "+" || rest[0] == "-", let number = Int(rest[1]),
                (0...10_000).contains(number),
                ["min", "hour", "hours"].contains(rest[2])
            else { break }
            let minutes = rest[2] == "min" ? number : number * 60
            return .anchor(anchor, minutes: rest[0] == "+" ? minutes : -minutes)
        }
        if let period = Period(parsing: text, options: options) { return .period(period) }
        let hint = NearestWord.of(text, among: anchors.map(\.rawValue) + ["same-day"]) ?? PackNode.nearestPeriod(text)
        node.wrong("看不懂的时间“\(text)”", "“\(text)” is no time this program knows", hint: hint)
        return nil
    }

    func binding(_ node: PackNode) -> Binding {
        guard let map = node.map(["kind", "trait", "conditions", "not-installed", "season"]) else { return Binding() }
        return Binding(
            kind: map["kind"]?.text ?? "hall", trait: map["trait"]?.text, conditions: map["conditions"]?.text,
            notInstalled: map["not-installed"]?.text)
    }

    func steps(_ node: PackNode) -> [Step] {
        node.items.compactMap { item in
            guard let map = item.map(["before", "after", "tell", "finding", "immediate"]) else { return nil }
            let written = map.written(["before", "after"])
            guard written.count == 1, let key = written.first, let period = map[key]?.period() else {
                if written.count != 1 { item.wrong("before 和 after 写一个", "exactly one of before and after is needed") }
                return nil
            }
            return Step(
                offset: period, isBefore: key == "before", tell: map.need("tell")?.texts ?? [],
                finding: map["finding"]?.text,
                isImmediate: map["immediate"]?.flag ?? false)
        }
    }

    /// `where: {kind: {is: rain}, degrees: {above: 28}}`.
    func conditions(_ node: PackNode) -> [Condition] {
        guard let map = node.anyMap() else { return [] }
        var list: [Condition] = []
        for (field, _) in map.order {
            guard let inner = map[field] else { continue }
            if inner.isScalar {
                if let text = inner.text { list.append(Condition(field: field, test: .equals(text))) }
                continue
            }
            guard let tests = inner.map(["is", "not", "any-of", "above", "below", "at-least", "at-most"]) else {
                continue
            }
            for (name, _) in tests.order {
                guard let value = tests[name] else { continue }
                let test: Condition.Test? =
                    switch name {
                    case "is": value.text.map { .equals($0) }
                    case "not": value.text.map { .not($0) }
                    case "any-of": .anyOf(value.texts)
                    case "above": value.whole(-1_000_000...1_000_000).map { .above($0) }
                    case "below": value.whole(-1_000_000...1_000_000).map { .below($0) }
                    case "at-least": value.whole(-1_000_000...1_000_000).map { .atLeast($0) }
                    case "at-most": value.whole(-1_000_000...1_000_000).map { .atMost($0) }
                    default: nil
                    }
                if let test { list.append(Condition(field: field, test: test)) }
            }
        }
        return list
    }
}

extension PackNode {
    /// `at: {season: summer}`.
    var seasonInside: String? { node.mapping?["season"]?.scalar?.string }
}
