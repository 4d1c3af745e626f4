import WorkCalendar
import Yams

/// Forms, rounds and their fields.
extension PackParts {
    mutating func takeForm(_ node: PackNode, isRound: Bool) {
        let key = isRound ? "points" : "fields"
        let keys = ["id", "title", "annex", key, "emits", "note"] + (isRound ? ["all-well"] : [])
        guard let map = node.map(keys), let id = id(map, "form") else {
            return
        }
        // The file is the form: its items are found under its id, not under the name of the file.
        node.reading.mark("form:\(id)", map["id"]?.spot ?? node.spot)
        let (title, list) = (map.need("title")?.words, map.need(key))
        guard let list else { return }
        var seen: Set<String> = []
        let fields = list.items(of: "form:\(id)/fields").compactMap { item -> Field? in
            guard let field = field(item, isEvent: false, isPoint: isRound) else { return nil }
            guard seen.insert(field.id).inserted else {
                item.wrong("“\(field.id)”已经有了", "“\(field.id)” is there already")
                return nil
            }
            return field
        }
        let emits = map["emits"].map { emissions($0, "form:\(id)/emits") } ?? []
        guard let title else { return }
        var form = Form(id: id, title: title, annex: map["annex"]?.text, isRound: isRound, fields: fields, emits: emits)
        form.isAllWell = map["all-well"]?.flag ?? false
        forms.append(form)
    }

    func field(_ node: PackNode, isEvent: Bool, isPoint: Bool = false) -> Field? {
        let titleKey = isEvent ? "name" : "title"
        guard
            let map = node.map([
                "id", titleKey, "good", "type", "optional", "long", "unit", "from", "to", "band", "options", "count",
                "clause", "role", "zone", "trait", "conditions", "season", "severity", "photo", "weight", "veto", "show-if",
                "emits", "note",
            ])
        else { return nil }
        let (id, title) = (map.need("id")?.id(), map.need(titleKey)?.words)
        let kinds = Field.Kind.allCases.map(\.rawValue)
        let written = map["type"]?.word(kinds, Text("类型", "type"))
        if map["type"] == nil, !isPoint { _ = map.need("type") }
        guard let id, let title, let kind = (written ?? (isPoint ? "point" : nil)).flatMap(Field.Kind.init(rawValue:))
        else { return nil }
        var field = Field(id: id, title: title, kind: kind)
        field.good = map["good"]?.words
        field.isOptional = map["optional"]?.flag ?? false
        field.isLong = map["long"]?.flag ?? false
        field.unit = map["unit"]?.text
        field.from = map["from"]?.number
        field.to = map["to"]?.number
        if let band = map["band"]?.map(["from", "to"]) {
            field.bandFrom = band["from"]?.number
            field.bandTo = band["to"]?.number
        }
        var optionIDs: Set<String> = []
        field.options =
            map["options"]?.items(of: "\(node.path)/options").compactMap { item in
                guard let inner = item.map(["id", "name"]) else { return nil }
                let (id, name) = (inner.need("id")?.id(), inner.need("name")?.words)
                guard let id, let name else { return nil }
                guard optionIDs.insert(id).inserted else {
                    item.wrong("“\(id)”已经有了", "“\(id)” is there already")
                    return nil
                }
                return Field.Option(id: id, name: name)
            } ?? []
        if kind == .choice, field.options.isEmpty { node.wrong("缺少选项 options", "a choice needs options") }
        field.count = map["count"]?.whole(1...20) ?? 1
        field.clause = map["clause"]?.text
        field.role = map["role"]?.text
        field.zone = map["zone"].flatMap(zone)
        field.binding = Binding(trait: map["trait"]?.text, conditions: map["conditions"]?.text)
        field.season = map["season"]?.text
        field.severity = map["severity"]?.word(Field.severities, Text("程度", "severity"))
        field.photo = map["photo"]?.flag ?? false
        if !isPoint {
            for key in map.written(["weight", "veto"]) {
                map.wrong(at: key, "只有巡检的点能写“\(key)”", "only points of a round have “\(key)”")
            }
        }
        field.weight = map["weight"]?.whole(1...100) ?? 1
        field.isVeto = map["veto"]?.flag ?? false
        field.showIf = map["show-if"].map(conditions) ?? []
        field.emits = map["emits"].map { emissions($0, "\(node.path)/emits", of: id) } ?? []
        return field
    }

    /// A zone by its id.
    private func zone(_ node: PackNode) -> HallZone? {
        guard let id = node.text else { return nil }
        if let zone = zones.first(where: { $0.id == id }) { return zone }
        if !node.reading.isNamed("zone", id) {
            node.wrong("zones.yaml 里没有区域“\(id)”", "unknown zone “\(id)”: zones.yaml has none of that id", hint: NearestWord.of(id, among: zones.map(\.id)))
        }
        return nil
    }

    /// One emission or a list of them, named by where the form or field stands.
    private func emissions(_ node: PackNode, _ path: String, of field: String? = nil) -> [Emission] {
        PackNode(node.node, path: path, file: node.file, reading: node.reading).items.compactMap {
            emission($0, of: field)
        }
    }

    /// `{event: e, field: degrees, with: {…}}` on a field; `{event: e, when: {…}, fields: {…}, with: {…}}` on a form.
    private func emission(_ node: PackNode, of field: String? = nil) -> Emission? {
        guard let map = node.map(["event", "field", "when", "fields", "with"]), let event = map.need("event")?.text
        else { return nil }
        var fields: [String: String] = [:]
        for (key, value) in map["fields"]?.anyMap()?.values ?? [:] { fields[key] = value.text }
        if let field, let target = map["field"]?.text { fields[target] = field }
        var with: [String: String] = [:]
        for (key, value) in map["with"]?.anyMap()?.values ?? [:] { with[key] = value.text }
        return Emission(event: event, when: map["when"].map(conditions) ?? [], fields: fields, with: with)
    }
}
