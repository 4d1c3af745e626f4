import WorkCalendar

/// An answer as it is kept; personal ones stand in the table of personal texts.
package struct FieldValue: Hashable, Sendable {
    package var text: String
    package var isPersonal: Bool
    package init(text: String, isPersonal: Bool) { (self.text, self.isPersonal) = (text, isPersonal) }
}

/// A point found wanting.
package struct Wanting: Hashable, Sendable {
    package var point: String
    package var clause: String
    package var severity: String
    package var note: String
    package var photos: String
}

/// What is wrong with one field, in a sentence that says what to do.
package struct FieldProblem: Hashable, Sendable {
    package var field: String
    package var sentence: Text
}

/// An event the answers report.
package struct Emitted: Hashable, Sendable {
    package var event: String
    package var fields: [String: String]
}

/// What a filled form comes to.
package struct Checked: Sendable {
    package var clean: [String: FieldValue] = [:]
    package var wanting: [Wanting] = []
    package var problems: [FieldProblem] = []
    package var emits: [Emitted] = []

    mutating func wrong(_ field: String, _ zh: String, _ en: String) {
        problems.append(FieldProblem(field: field, sentence: Text(zh, en)))
    }
}

/// Checks filled forms: required fields, bounds, bands, photos; finds what is wanting and what is reported.
package enum Answers {
    static let longest = 4000

    /// `answers` are by field id; a point's word and photos stand under `<id>.note` and `<id>.photo` (hashes, commas).
    package static func check(
        _ form: Form, answers: [String: String], role: String?, place: PlaceFacts, on day: Day, seasons: [String: Season]
    ) -> Checked {
        var checked = Checked()
        let asked = form.fields(for: role, traits: place.traits, on: day, seasons: seasons)
        for field in asked where field.showIf.allSatisfy({ $0.holds(trimmed(answers[$0.field])) }) {
            if field.kind == .point { point(field, answers, &checked) } else { value(field, answers, &checked) }
            for emission in field.emits { emit(emission, &checked) }
        }
        for emission in form.emits { emit(emission, &checked) }
        return checked
    }

    /// The fields of a reported event.
    package static func check(_ event: EventKind, fields: [String: String]) -> Checked {
        var checked = Checked()
        for field in event.fields where field.showIf.allSatisfy({ $0.holds(trimmed(fields[$0.field])) }) {
            value(field, fields, &checked)
        }
        return checked
    }

    private static func trimmed(_ text: String?) -> String {
        guard let text else { return "" }
        let kept = text.drop { $0.isWhitespace }
        return String(kept.reversed().drop { $0.isWhitespace }.reversed())
    }

    private static func hashes(_ text: String) -> [String] {
        text.split(separator: ",").map(String.init).filter { $0.count == 64 && $0.allSatisfy(\.isHexDigit) }
    }

    private static func point(_ field: Field, _ answers: [String: String], _ checked: inout Checked) {
        var answer = trimmed(answers[field.id])
        let note = trimmed(answers[field.id + ".note"])
        let photos = hashes(answers[field.id + ".photo"] ?? "")
        if answer == "wanting" { answer = field.severity ?? "minor" }
        switch answer {
        case "ok": checked.clean[field.id] = FieldValue(text: "ok", isPersonal: false)
        case "minor", "serious", "danger":
            checked.clean[field.id] = FieldValue(text: answer, isPersonal: false)
            if note.isEmpty { checked.wrong(field.id, "写一句哪里不对。", "Say in a few words what is wrong.") }
            if photos.isEmpty, answer != "minor" || field.photo { checked.wrong(field.id, "还差 1 张照片。", "1 photo still missing.") }
            checked.wanting.append(
                Wanting(point: field.id, clause: field.clause ?? "", severity: answer, note: note, photos: photos.joined(separator: ",")))
        case "na":
            checked.clean[field.id] = FieldValue(text: "na", isPersonal: false)
            if note.isEmpty { checked.wrong(field.id, "写一句为什么不适用。", "Say why it does not apply.") }
        case "not-seen": checked.clean[field.id] = FieldValue(text: "not-seen", isPersonal: false)
        case "":
            if !field.isOptional { checked.wrong(field.id, "这一点还没看。", "This point has not been looked at.") }
        default: checked.wrong(field.id, "选一个答案。", "Choose an answer.")
        }
        if !note.isEmpty { checked.clean[field.id + ".note"] = FieldValue(text: String(note.prefix(longest)), isPersonal: true) }
        if !photos.isEmpty { checked.clean[field.id + ".photo"] = FieldValue(text: photos.joined(separator: ","), isPersonal: false) }
    }

    private static func value(_ field: Field, _ answers: [String: String], _ checked: inout Checked) {
        let text = trimmed(answers[field.id])
        if text.isEmpty {
            guard !field.isOptional else { return }
            switch field.kind {
            case .tick: checked.wrong(field.id, "做好了请打勾。", "Tick it when it is done.")
            case .photo: checked.wrong(field.id, "还差 \(field.count) 张照片。", "\(field.count) photo\(field.count == 1 ? "" : "s") still missing.")
            case .choice, .yesNo: checked.wrong(field.id, "请选一项。", "Choose one.")
            case .person, .signature: checked.wrong(field.id, "请选人。", "Choose a person.")
            default: checked.wrong(field.id, "请填写。", "Please fill this in.")
            }
            return
        }
        guard text.count <= longest else {
            checked.wrong(field.id, "太长了，最多 \(longest) 字。", "Too long: \(longest) characters at most.")
            return
        }
        switch field.kind {
        case .number, .count: number(field, text, &checked)
        case .choice:
            guard field.options.contains(where: { $0.id == text }) else {
                checked.wrong(field.id, "请选一项。", "Choose one.")
                return
            }
            checked.clean[field.id] = FieldValue(text: text, isPersonal: false)
        case .tick, .yesNo:
            guard ["yes", "no", "on"].contains(text), field.kind == .yesNo || text != "no" else {
                checked.wrong(field.id, "请选一项。", "Choose one.")
                return
            }
            checked.clean[field.id] = FieldValue(text: text == "on" ? "yes" : text, isPersonal: false)
        case .photo:
            let photos = hashes(text)
            if photos.count < field.count {
                let missing = field.count - photos.count
                checked.wrong(field.id, "还差 \(missing) 张照片。", "\(missing) photo\(missing == 1 ? "" : "s") still missing.")
            }
            checked.clean[field.id] = FieldValue(text: photos.joined(separator: ","), isPersonal: false)
        case .day:
            guard Day(text) != nil else {
                checked.wrong(field.id, "日期写成 2026-11-23。", "Write the day as 2026-11-23.")
                return
            }
            checked.clean[field.id] = FieldValue(text: text, isPersonal: false)
        case .time:
            guard PackNode.minute(text) != nil else {
                checked.wrong(field.id, "时间写成 08:30。", "Write the time as 08:30.")
                return
            }
            checked.clean[field.id] = FieldValue(text: text, isPersonal: false)
        case .text: checked.clean[field.id] = FieldValue(text: text, isPersonal: true)
        case .person, .signature, .place, .item, .point: checked.clean[field.id] = FieldValue(text: text, isPersonal: false)
        }
    }

    private static func number(_ field: Field, _ text: String, _ checked: inout Checked) {
        let unit = field.unit.map { " \($0)" } ?? ""
        guard text.count <= 20, text.allSatisfy({ "-.0123456789".contains($0) }), let number = Double(text), number.isFinite,
            field.kind == .number || Int(text) != nil
        else {
            field.kind == .count
                ? checked.wrong(field.id, "请填整数。", "Give a whole number.") : checked.wrong(field.id, "请填数字。", "Give a number.")
            return
        }
        let low = field.from ?? (field.kind == .count ? 0 : nil)
        if let low, number < low { return checked.wrong(field.id, "不会小于 \(plain(low))\(unit)，再看一下。", "It cannot be below \(plain(low))\(unit); please look again.") }
        if let high = field.to, number > high { return checked.wrong(field.id, "不会大于 \(plain(high))\(unit)，再看一下。", "It cannot be above \(plain(high))\(unit); please look again.") }
        checked.clean[field.id] = FieldValue(text: text, isPersonal: false)
        let isBelow = field.bandFrom.map { number < $0 } ?? false
        let isAbove = field.bandTo.map { number > $0 } ?? false
        if isBelow || isAbove {
            checked.wanting.append(
                Wanting(point: field.id, clause: field.clause ?? "", severity: field.severity ?? "minor", note: "\(text)\(unit)", photos: ""))
        }
    }

    private static func plain(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : String(number)
    }

    private static func emit(_ emission: Emission, _ checked: inout Checked) {
        guard emission.when.allSatisfy({ checked.clean[$0.field] != nil && $0.holds(checked.clean[$0.field]?.text) }) else { return }
        var fields = emission.with
        for (target, source) in emission.fields {
            guard let value = checked.clean[source], !value.isPersonal else { continue }
            fields[target] = value.text
        }
        // A reading that was not given reports nothing.
        if emission.when.isEmpty, !emission.fields.isEmpty, fields.count == emission.with.count { return }
        checked.emits.append(Emitted(event: emission.event, fields: fields))
    }
}
