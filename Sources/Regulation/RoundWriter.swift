import WorkCalendar

/// Writes a form as a file of a pack, one point a line, so that a round made in the browser is the same kind of text as one
/// written by hand: what is read again says the same. Comments inside the file are not kept; those at its head are.
package enum RoundWriter {
    /// `head` are the lines before the first key (comments), without an end of line.
    package static func yaml(_ form: Form, head: [String] = []) -> String {
        var lines = head
        lines.append("id: \(form.id)")
        lines.append("title: \(words(form.title))")
        if let annex = form.annex { lines.append("annex: \(quoted(annex))") }
        if form.isAllWell { lines.append("all-well: yes") }
        let key = form.isRound ? "points" : "fields"
        lines.append(form.fields.isEmpty ? "\(key): []" : "\(key):")
        lines += form.fields.map { "  - {\(parts($0, isRound: form.isRound).joined(separator: ", "))}" }
        if !form.emits.isEmpty { lines.append("emits: [\(form.emits.map(written).joined(separator: ", "))]") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The comments a file begins with.
    package static func head(of text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("#") }.map(String.init)
    }

    private static func parts(_ field: Field, isRound: Bool) -> [String] {
        var list = ["id: \(field.id)"]
        func add(_ key: String, _ value: String?) { if let value { list.append("\(key): \(value)") } }
        add("clause", field.clause.map(quoted))
        add("role", field.role)
        add("zone", field.zone?.id)
        add("trait", field.binding.trait)
        add("conditions", field.binding.conditions)
        add("season", field.season)
        add("title", words(field.title))
        add("good", field.good.map(words))
        add("type", field.kind == .point && isRound ? nil : field.kind.rawValue)
        add("unit", field.unit.map(quoted))
        add("from", field.from.map(PackPart.number))
        add("to", field.to.map(PackPart.number))
        if field.bandFrom != nil || field.bandTo != nil {
            let ends = [field.bandFrom.map { "from: \(PackPart.number($0))" }, field.bandTo.map { "to: \(PackPart.number($0))" }].compactMap { $0 }
            add("band", "{\(ends.joined(separator: ", "))}")
        }
        if !field.options.isEmpty { add("options", "[\(field.options.map { "{id: \($0.id), name: \(words($0.name))}" }.joined(separator: ", "))]") }
        add("count", field.count == 1 ? nil : String(field.count))
        add("optional", field.isOptional ? "yes" : nil)
        add("long", field.isLong ? "yes" : nil)
        add("severity", field.severity)
        add("photo", field.photo ? "yes" : nil)
        add("weight", field.weight == 1 ? nil : String(field.weight))
        add("veto", field.isVeto ? "yes" : nil)
        add("show-if", field.showIf.isEmpty ? nil : conditions(field.showIf))
        add("emits", field.emits.isEmpty ? nil : "[\(field.emits.map(written).joined(separator: ", "))]")
        return list
    }

    private static func written(_ emission: Emission) -> String {
        var list = ["event: \(emission.event)"]
        func map(_ key: String, _ values: [String: String]) {
            guard !values.isEmpty else { return }
            list.append("\(key): {\(values.sorted { $0.key < $1.key }.map { "\($0.key): \(quoted($0.value))" }.joined(separator: ", "))}")
        }
        if !emission.when.isEmpty { list.append("when: \(conditions(emission.when))") }
        map("fields", emission.fields)
        map("with", emission.with)
        return "{\(list.joined(separator: ", "))}"
    }

    /// Several tests of one field stand under it together.
    private static func conditions(_ list: [Condition]) -> String {
        var order: [String] = []
        var tests: [String: [String]] = [:]
        for condition in list {
            if tests[condition.field] == nil { order.append(condition.field) }
            let test = switch condition.test {
            case .equals(let value): "is: \(quoted(value))"
            case .anyOf(let values): "any-of: [\(values.map(quoted).joined(separator: ", "))]"
            case .not(let value): "not: \(quoted(value))"
            case .above(let bound): "above: \(bound)"
            case .below(let bound): "below: \(bound)"
            case .atLeast(let bound): "at-least: \(bound)"
            case .atMost(let bound): "at-most: \(bound)"
            }
            tests[condition.field, default: []].append(test)
        }
        return "{\(order.map { "\($0): {\((tests[$0] ?? []).joined(separator: ", "))}" }.joined(separator: ", "))}"
    }

    /// Words in both languages as a pack writes them.
    package static func words(_ text: Text) -> String { "{zh: \(quoted(text.zh)), en: \(quoted(text.en))}" }

    /// Between double quotes, as YAML reads them back, whatever is inside.
    package static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\t": out += "\\t"
            case "\r": out += "\\r"
            default:
                if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || [0x2028, 0x2029, 0xFEFF].contains(scalar.value) {
                    let hex = String(scalar.value, radix: 16)
                    out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
                } else {
                    out.unicodeScalars.append(scalar)
                }
            }
        }
        return out + "\""
    }
}

extension RoundWriter {
    /// A cadence as a rule of a pack writes it after `every`.
    package static func cadence(_ cadence: Cadence) -> String { PackPart.written(cadence) }
    /// A moment as a rule writes it after `opens`, `due` or `lapses`.
    package static func moment(_ moment: Moment?) -> String { moment.map(PackPart.written) ?? "" }
}
