import WorkCalendar

/// Forms, rounds, and the conditions on answers and on what events carry.
extension PackCheck {
    func check(_ form: Form) {
        for field in form.fields {
            let path = "form:\(form.id)/fields:\(field.id)"
            if let clause = field.clause { known(clause, clauses, at: "\(path)/clause", "条款", "clause") }
            if let role = field.role { known(role, roles, at: "\(path)/role", "岗位", "role") }
            if let season = field.season { known(season, seasons, at: "\(path)/season", "季节", "season") }
            check(field.binding, at: path)
            bounds(field, at: path)
            check(field.showIf, on: form.fields, at: "\(path)/show-if")
            for (index, emission) in field.emits.enumerated() { check(emission, form, at: "\(path)/emits", index) }
        }
        for (index, emission) in form.emits.enumerated() { check(emission, form, at: "form:\(form.id)/emits", index) }
    }

    private func bounds(_ field: Field, at path: String) {
        if let from = field.from, let to = field.to, from > to {
            reading.tell(at: "\(path)/to", "to 小于 from", "to is less than from")
        }
        if let from = field.bandFrom, let to = field.bandTo, from > to {
            reading.tell(at: "\(path)/band/to", "to 小于 from", "to is less than from")
        }
    }

    private func check(_ emission: Emission, _ form: Form, at list: String, _ index: Int) {
        // Written alone or in a list.
        let path = reading.spots["\(list)/\(index)"] == nil ? list : "\(list)/\(index)"
        known(emission.event, events, at: "\(path)/event", "事件", "event")
        check(emission.when, on: form.fields, at: "\(path)/when")
        for (target, source) in emission.fields.sorted(by: { $0.key < $1.key }) {
            known(source, form.fields.map(\.id), at: "\(path)/fields/\(target)", "字段", "field")
        }
        guard let event = pack.event(emission.event) else { return }
        if event.isProgram || event.act != nil {
            reading.tell(
                at: "\(path)/event", "事件“\(event.id)”只由程序自己记录",
                "event “\(event.id)” is recorded by the program alone")
            return
        }
        let fields = event.fields.map(\.id)
        for target in emission.fields.keys.sorted() {
            let key = reading.spots["\(path)/field"] == nil ? "fields/\(target)/key" : "field"
            known(target, fields, at: "\(path)/\(key)", "字段", "field")
        }
        for (target, value) in emission.with.sorted(by: { $0.key < $1.key }) {
            known(target, fields, at: "\(path)/with/\(target)/key", "字段", "field")
            guard let field = event.fields.first(where: { $0.id == target }) else { continue }
            self.value(value, of: field, at: "\(path)/with/\(target)")
        }
        for field in event.fields where !field.isOptional {
            guard emission.fields[field.id] == nil, emission.with[field.id] == nil else { continue }
            reading.tell(
                at: path, "事件“\(event.id)”要有字段“\(field.id)”", "event “\(event.id)” needs its field “\(field.id)”")
        }
    }

    /// Conditions on fields that exist, of a type that can be tested so.
    func check(_ conditions: [Condition], on fields: [Field], at path: String) {
        for condition in conditions {
            let place = "\(path)/\(condition.field)"
            guard let field = fields.first(where: { $0.id == condition.field }) else {
                known(condition.field, fields.map(\.id), at: "\(place)/key", "字段", "field")
                continue
            }
            switch condition.test {
            case .above: comparable(field, at: "\(place)/above/key")
            case .below: comparable(field, at: "\(place)/below/key")
            case .atLeast: comparable(field, at: "\(place)/at-least/key")
            case .atMost: comparable(field, at: "\(place)/at-most/key")
            case .equals(let word): value(word, of: field, at: "\(place)/is")
            case .not(let word): value(word, of: field, at: "\(place)/not")
            case .anyOf(let words):
                for (index, word) in words.enumerated() { value(word, of: field, at: "\(place)/any-of/\(index)") }
            }
        }
    }

    private func comparable(_ field: Field, at path: String) {
        guard field.kind != .number, field.kind != .count else { return }
        reading.tell(at: path, "“\(field.id)”不是数，不能比大小", "“\(field.id)” is no number and cannot be compared")
    }

    /// A value a field can have.
    private func value(_ word: String, of field: Field, at path: String) {
        switch field.kind {
        case .choice: known(word, field.options.map(\.id), at: path, "选项", "option")
        case .yesNo, .tick:
            known(word, ["yes", "no"], at: path, "回答", "answer")
        case .number, .count:
            guard Double(word) == nil else { return }
            reading.tell(at: path, "“\(word)”不是数", "“\(word)” is not a number")
        case .text, .photo, .signature, .day, .time, .person, .place, .item, .point: break
        }
    }
}
