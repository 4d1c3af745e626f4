import WorkCalendar

/// One filled form while it is checked, field by field.
struct AnswerCheck {
    /// The most anybody may write into one field.
    static let longest = 4000
    /// More photos than this say no more of one point.
    static let mostPhotos = 20
    private let answers: [String: String]
    var checked = Checked()

    init(_ answers: [String: String]) { self.answers = answers }

    /// Checks the fields that are asked and shown; an answer to a field not shown is dropped, and shows nothing.
    mutating func check(_ fields: [Field]) {
        let asked = Set(fields.map(\.id))
        var hidden: Set<String> = []
        for field in fields {
            let isShown = field.showIf.allSatisfy { condition in
                let other = condition.field
                return condition.holds(asked.contains(other) && !hidden.contains(other) ? answer(other) : nil)
            }
            guard isShown else {
                hidden.insert(field.id)
                continue
            }
            field.kind == .point ? point(field) : value(field)
        }
    }

    /// Reports an event when its conditions hold. What people wrote in their own words is never carried.
    mutating func emit(_ emission: Emission) {
        let holds = emission.when.allSatisfy { condition in
            checked.clean[condition.field].map { condition.holds($0.text) } ?? false
        }
        guard holds else { return }
        var fields = emission.with
        var carried = 0
        for (target, source) in emission.fields {
            guard let value = checked.clean[source], !value.isPersonal else { continue }
            fields[target] = value.text
            carried += 1
        }
        // A reading that was not given reports nothing.
        if emission.when.isEmpty, !emission.fields.isEmpty, carried == 0 { return }
        checked.emits.append(Emitted(event: emission.event, fields: fields))
    }

    mutating func wrong(_ field: Field, _ zh: String, _ en: String) {
        checked.problems.append(FieldProblem(field: field.id, sentence: Text(zh, en)))
    }

    mutating func missingPhotos(_ field: Field, _ count: Int) {
        wrong(field, "还差 \(count) 张照片。", "\(count) photo\(count == 1 ? "" : "s") still missing.")
    }

    /// Keeps an answer as it is.
    mutating func keep(_ field: Field, _ text: String, isPersonal: Bool = false) {
        checked.clean[field.id] = FieldValue(text: text, isPersonal: isPersonal)
    }

    /// The answer to a field, without the blanks around it.
    func answer(_ field: String) -> String {
        guard let text = answers[field] else { return "" }
        let kept = text.drop { $0.isWhitespace }
        return kept.lastIndex { !$0.isWhitespace }.map { String(kept[...$0]) } ?? ""
    }

    /// Counted in Unicode scalars: one character a reader sees may hold any number of them.
    func isTooLong(_ text: String) -> Bool { text.unicodeScalars.count > Self.longest }

    /// The hashes of photos in a text, each once.
    func photos(_ text: String) -> [String] {
        var list: [String] = []
        for part in text.split(separator: ",") {
            let hash = part.lowercased().filter { !$0.isWhitespace }
            let isHash = hash.utf8.count == 64 && hash.allSatisfy { $0.isASCII && $0.isHexDigit }
            if isHash, !list.contains(hash) { list.append(hash) }
        }
        return list
    }
}

extension AnswerCheck {
    /// A point of a round. What is wanting needs a word on what is wrong; what is serious also a photo.
    private mutating func point(_ field: Field) {
        var answer = answer(field.id)
        let note = self.answer(field.id + ".note")
        let photos = photos(self.answer(field.id + ".photo"))
        let asked = self.answer(field.id + ".severity")
        if answer == "wanting" { answer = Field.severities.contains(asked) ? asked : field.severity ?? "minor" }
        let isFixed = self.answer(field.id + ".fixed") == "yes"
        if isTooLong(note) { return tooLong(field) }
        switch answer {
        case "ok", "not-seen": keep(field, answer)
        case "minor", "serious", "danger":
            keep(field, answer)
            if note.isEmpty { wrong(field, "写一句哪里不对。", "Say in a few words what is wrong.") }
            if photos.isEmpty, answer != "minor" { missingPhotos(field, 1) }
            // Put right on the spot: how it was, and how it is now.
            if isFixed, answer != "minor", photos.count == 1 {
                wrong(field, "还差 1 张整改后的照片。", "1 photo of how it is now is missing.")
            }
            if photos.count > Self.mostPhotos {
                wrong(field, "最多 \(Self.mostPhotos) 张照片。", "\(Self.mostPhotos) photos at most.")
            }
            if isFixed { checked.clean[field.id + ".fixed"] = FieldValue(text: "yes", isPersonal: false) }
            checked.wanting.append(
                Wanting(
                    point: field.id, clause: field.clause ?? "", severity: answer, note: note,
                    photos: photos.joined(separator: ","), isFixed: isFixed))
        case "na":
            keep(field, answer)
            if note.isEmpty { wrong(field, "写一句为什么不适用。", "Say why it does not apply.") }
        case "":
            if !field.isOptional { wrong(field, "这一点还没看。", "This point has not been looked at.") }
        default: wrong(field, "选一个答案。", "Choose an answer.")
        }
        if !note.isEmpty { checked.clean[field.id + ".note"] = FieldValue(text: note, isPersonal: true) }
        if !photos.isEmpty {
            checked.clean[field.id + ".photo"] = FieldValue(text: photos.joined(separator: ","), isPersonal: false)
        }
    }

    private mutating func tooLong(_ field: Field) {
        wrong(field, "太长了，最多 \(Self.longest) 字。", "Too long: \(Self.longest) characters at most.")
    }

    private mutating func value(_ field: Field) {
        let text = answer(field.id)
        if text.isEmpty { return field.isOptional ? () : missing(field) }
        if isTooLong(text), field.kind != .photo { return tooLong(field) }
        switch field.kind {
        case .number, .count: number(field, text)
        case .choice:
            field.options.contains { $0.id == text } ? keep(field, text) : wrong(field, "请选一项。", "Choose one.")
        case .tick:
            ["yes", "on"].contains(text) ? keep(field, "yes") : wrong(field, "做好了请打勾。", "Tick it when it is done.")
        case .yesNo:
            ["yes", "no"].contains(text) ? keep(field, text) : wrong(field, "请选一项。", "Choose one.")
        case .photo:
            let photos = photos(text)
            if photos.count < field.count { missingPhotos(field, field.count - photos.count) }
            if !photos.isEmpty { keep(field, photos.joined(separator: ",")) }
        case .day:
            Day(text) != nil ? keep(field, text) : wrong(field, "日期写成 2026-11-23。", "Write the day as 2026-11-23.")
        case .time:
            PackNode.minute(text) != nil ? keep(field, text) : wrong(field, "时间写成 08:30。", "Write the time as 08:30.")
        case .text: keep(field, text, isPersonal: true)
        case .person, .signature, .place, .item, .point: keep(field, text)
        }
    }

    private mutating func missing(_ field: Field) {
        switch field.kind {
        case .tick: wrong(field, "做好了请打勾。", "Tick it when it is done.")
        case .photo: missingPhotos(field, field.count)
        case .choice, .yesNo: wrong(field, "请选一项。", "Choose one.")
        case .person, .signature: wrong(field, "请选人。", "Choose a person.")
        default: wrong(field, "请填写。", "Please fill this in.")
        }
    }

    /// Outside the bounds it is a slip of the pen and refused; outside the band it is kept, and found wanting.
    private mutating func number(_ field: Field, _ text: String) {
        let isWhole = field.kind == .count
        guard text.utf8.count <= 20, text.allSatisfy({ "-.0123456789".contains($0) }), let number = Double(text),
            number.isFinite, !isWhole || Int(text) != nil
        else {
            return isWhole
                ? wrong(field, "请填整数。", "Give a whole number.") : wrong(field, "请填数字。", "Give a number.")
        }
        let unit = field.unit.map { " \($0)" } ?? ""
        if let low = field.from ?? (isWhole ? 0 : nil), number < low {
            let bound = plain(low) + unit
            return wrong(field, "不会小于 \(bound)，再看一下。", "It cannot be below \(bound); please look again.")
        }
        if let high = field.to, number > high {
            let bound = plain(high) + unit
            return wrong(field, "不会大于 \(bound)，再看一下。", "It cannot be above \(bound); please look again.")
        }
        keep(field, text)
        let isBelow = field.bandFrom.map { number < $0 } ?? false
        let isAbove = field.bandTo.map { number > $0 } ?? false
        guard isBelow || isAbove else { return }
        checked.wanting.append(
            Wanting(
                point: field.id, clause: field.clause ?? "", severity: field.severity ?? "minor", note: text + unit,
                photos: ""))
    }

    private func plain(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : String(number)
    }
}
