import WorkCalendar
import Yams

/// Reads a pack from its files: every mistake with file, line and column, not only the first.
package enum PackReader {
    /// `pack` is nil when any mistake is an error; warnings do not hinder.
    package static func read(_ files: [PackFile]) -> (pack: Pack?, mistakes: [Mistake]) {
        let reading = PackReading()
        var parts = PackParts()
        for file in files.sorted(by: { $0.name < $1.name }) where file.name.hasSuffix(".yaml") || file.name.hasSuffix(".yml") {
            guard let node = compose(file, reading) else { continue }
            parts.take(PackNode(node, path: file.name, file: file.name, reading: reading))
        }
        guard let company = parts.company else {
            if reading.mistakes.isEmpty {
                reading.tell(
                    PackReading.Spot(file: "company.yaml", line: 1, column: 1), "缺少 company.yaml", "company.yaml is missing")
            }
            return (nil, reading.sorted)
        }
        let pack = Pack(
            company: company, clauses: parts.clauses, roles: parts.roles, topics: parts.topics, traits: parts.traits,
            events: parts.events + ProgramEvents.all, gates: parts.gates, rules: parts.rules, forms: parts.forms,
            items: parts.items, cases: parts.cases)
        PackCheck(pack: pack, reading: reading).check()
        let isRefused = reading.mistakes.contains { $0.severity == .error }
        return (isRefused ? nil : pack, reading.sorted)
    }

    private static func compose(_ file: PackFile, _ reading: PackReading) -> Node? {
        do {
            // Basic resolver: every scalar stays the text it is.
            return try Yams.compose(yaml: file.text, .basic)
        } catch let error as YamlError {
            var spot = PackReading.Spot(file: file.name, line: 1, column: 1)
            var what = "\(error)"
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
                (spot.line, spot.column, what) = (mark.line, mark.column, problem)
            case .duplicatedKeysInMapping(let keys, let context):
                (spot.line, spot.column) = (context.mark.line, context.mark.column)
                what = "key “\(keys.first.map { "\($0)" } ?? "")” twice"
            default: break
            }
            reading.tell(spot, "YAML 写法不对：\(what)", "not readable as YAML: \(what)")
        } catch {
            reading.tell(PackReading.Spot(file: file.name, line: 1, column: 1), "读不了", "not readable: \(error)")
        }
        return nil
    }
}

/// Kinds of event the program records by itself; any pack may use them.
enum ProgramEvents {
    static let all: [EventKind] = [
        kind("duty.done", "任务完成", "Duty done", ["rule", "outcome"]),
        kind("duty.missed", "任务漏做", "Duty missed", ["rule"]), kind("duty.overdue", "任务超时", "Duty overdue", ["rule"]),
        kind("duty.waived", "任务免做", "Duty waived", ["rule"]),
        kind("finding.recorded", "发现问题", "Finding recorded", ["severity", "point", "clause", "form"]),
        kind("finding.rectified", "问题已整改", "Finding rectified", ["severity", "point", "clause", "form"]),
        kind("finding.rechecked", "问题已复查", "Finding re-checked", ["severity", "point", "clause", "form"]),
        kind("qualification.granted", "培训合格", "Qualification granted", ["topic"]),
        kind("trait.answered", "条件已填报", "Trait answered", ["trait"]),
        kind("place.closed", "按令关闭", "Place closed", ["day"]), kind("roster.changed", "排班变动", "Roster changed", ["role"]),
    ]

    private static func kind(_ id: String, _ zh: String, _ en: String, _ fields: [String]) -> EventKind {
        EventKind(
            id: id, name: Text(zh, en), fields: fields.map { Field(id: $0, title: Text($0, $0), kind: .text) }, may: [],
            isCompanyWide: false, isImmediate: false, act: nil, isProgram: true)
    }
}

/// What has been read so far, file by file.
struct PackParts {
    var company: Company?
    var clauses: [Clause] = []
    var roles: [Role] = []
    var topics: [Topic] = []
    var traits: [Trait] = []
    var events: [EventKind] = []
    var gates: [Gate] = []
    var rules: [Rule] = []
    var forms: [Form] = []
    var items: [Declared] = []
    var cases: [Declared] = []
    private var seen: Set<String> = []

    /// The file's name says what it holds.
    mutating func take(_ node: PackNode) {
        let name = node.file
        if name.hasPrefix("rounds/") || name.hasPrefix("forms/") {
            takeForm(node, isRound: name.hasPrefix("rounds/"))
        } else if name.hasPrefix("clauses/") {
            for item in list(node, "clauses", "clause") { clause(item) }
        } else if name.hasPrefix("rules/") {
            for item in list(node, "rules", "rule") { rule(item) }
        } else {
            switch name {
            case "company.yaml": company = company(node)
            case "roles.yaml":
                guard let map = node.map(["roles", "topics"]) else { return }
                for item in map["roles"]?.items(of: "role") ?? [] { role(item) }
                for item in map["topics"]?.items(of: "topic") ?? [] { topic(item) }
            case "traits.yaml": for item in list(node, "traits", "trait") { trait(item) }
            case "events.yaml": for item in list(node, "events", "event") { event(item) }
            case "gates.yaml": for item in list(node, "gates", "gate") { gate(item) }
            case "items.yaml": for item in node.anyMap()?["items"]?.items(of: "item") ?? [] { if let one = declared(item) { items.append(one) } }
            case "cases.yaml": for item in node.anyMap()?["cases"]?.items(of: "case") ?? [] { if let one = declared(item) { cases.append(one) } }
            default:
                let known = ["company.yaml", "roles.yaml", "traits.yaml", "events.yaml", "gates.yaml", "items.yaml", "cases.yaml"]
                node.wrong("不认识的文件", "this file is not part of a pack", hint: NearestWord.of(name, among: known))
            }
        }
    }

    private func list(_ node: PackNode, _ key: String, _ noun: String) -> [PackNode] {
        node.map([key])?.need(key)?.items(of: noun) ?? []
    }

    /// The id of an item, once.
    mutating func id(_ map: PackMap, _ noun: String, dotted: Bool = false, free: Bool = false) -> String? {
        guard let node = map.need("id"), let id = free ? node.text : node.id(dotted: dotted) else { return nil }
        guard seen.insert("\(noun):\(id)").inserted else {
            node.wrong("“\(id)”已经有了", "“\(id)” is there already")
            return nil
        }
        return id
    }

    private func company(_ node: PackNode) -> Company? {
        guard
            let map = node.map([
                "pack", "edition", "title", "company", "facts", "zone", "half-day-ends", "seasons", "send-window", "steps",
                "last-stand-in", "language",
            ]), let pack = map.need("pack")?.id(), let title = map.need("title")?.words,
            let name = map.need("company")?.words
        else { return nil }
        var facts: [String: String] = [:]
        for (key, node) in map["facts"]?.anyMap()?.values ?? [:] { facts[key] = node.text ?? "" }
        var seasons: [String: Season] = [:]
        for (key, node) in map["seasons"]?.anyMap()?.values ?? [:] { seasons[key] = node.season }
        var last: [String: String] = [:]
        for (key, node) in map["last-stand-in"]?.anyMap()?.values ?? [:] {
            last[key] = node.text
        }
        let zone = map["zone"]?.text ?? "Asia/Shanghai"
        if Zone(zone) == nil { map["zone"]?.wrong("不认识的时区“\(zone)”", "unknown time zone “\(zone)”") }
        return Company(
            pack: pack, edition: map["edition"]?.text ?? "1", title: title, company: name, facts: facts, zone: zone,
            halfDayEnds: map["half-day-ends"]?.clock ?? 12 * 60 + 30, seasons: seasons,
            sendWindow: map["send-window"]?.clockRange, steps: map["steps"].map(steps) ?? [], lastStandIn: last,
            language: map["language"]?.text == "en" ? .en : .zh)
    }

    private mutating func role(_ node: PackNode) {
        guard let map = node.map(["id", "name", "sits", "may", "optional"]), let id = id(map, "role"),
            let name = map.need("name")?.words, let sits = map.need("sits")?.text
        else { return }
        let kinds = ["hall", "call-centre", "company", "unit", "contractor"]
        if !kinds.contains(sits), !sits.hasPrefix("department:") {
            map["sits"]?.wrong(
                "没有“\(sits)”这种场所，岗位没人能担任", "there is no kind of place “\(sits)”: nobody can fill this role",
                hint: NearestWord.of(sits, among: kinds) ?? "department:<code>")
        }
        let may = map["may"]?.items.compactMap { $0.word(Role.permissions, Text("权限", "permission")) } ?? []
        roles.append(Role(id: id, name: name, sits: sits, may: may, isOptional: map["optional"]?.flag ?? false))
    }

    private mutating func topic(_ node: PackNode) {
        guard let map = node.map(["id", "name", "valid"]), let id = id(map, "topic"), let name = map.need("name")?.words else { return }
        topics.append(Topic(id: id, name: name, valid: map["valid"]?.period()))
    }

    private mutating func trait(_ node: PackNode) {
        guard let map = node.map(["id", "name", "answers"]), let id = id(map, "trait"), let name = map.need("name")?.words else { return }
        let answers = map["answers"]?.word(["installed", "conditions-and-installed"], Text("答法", "kind of answer"))
        traits.append(Trait(id: id, name: name, hasTwoAnswers: answers == "conditions-and-installed"))
    }

    private mutating func event(_ node: PackNode) {
        guard let map = node.map(["id", "name", "fields", "may", "scope", "immediate", "act", "note"]),
            let id = id(map, "event", dotted: true), let name = map.need("name")?.words
        else { return }
        if ProgramEvents.all.contains(where: { $0.id == id }) {
            map["id"]?.wrong("“\(id)”由程序自己记录，规则包不用写", "“\(id)” is recorded by the program itself")
        }
        let fields = map["fields"]?.items(of: "\(node.path)/fields").compactMap { field($0, isEvent: true) } ?? []
        events.append(
            EventKind(
                id: id, name: name, fields: fields, may: map["may"]?.texts ?? [],
                isCompanyWide: map["scope"]?.word(["hall", "company"], Text("范围", "scope")) == "company",
                isImmediate: map["immediate"]?.flag ?? false, act: map["act"]?.text, isProgram: false))
    }

    private mutating func clause(_ node: PackNode) {
        guard let map = node.map(["id", "title", "text", "binds", "definition", "note"]), let id = id(map, "clause", free: true),
            let title = map.need("title")?.words, let text = map.need("text")?.words
        else { return }
        clauses.append(
            Clause(
                id: id, title: title, text: text, binds: map["binds"]?.texts ?? ["hall"],
                isDefinition: map["definition"]?.flag ?? false, note: map["note"]?.words))
    }

    private mutating func gate(_ node: PackNode) {
        guard let map = node.map(["id", "clause", "title", "requires", "at", "roles", "rules"]), let id = id(map, "gate"),
            let title = map.need("title")?.words,
            let needed = map.need("requires")?.map(["role-filled", "trained", "signed-by", "act"])
        else { return }
        let requirement: Gate.Requirement
        if let role = needed["role-filled"]?.text {
            requirement = .roleFilled(role)
        } else if let topic = needed["trained"]?.text {
            requirement = .trained(topic)
        } else if let count = needed["signed-by"]?.whole(2...9) {
            requirement = .signedBy(count)
        } else if let act = needed["act"]?.text {
            requirement = .act(act)
        } else {
            needed.owner.wrong("缺少要求", "nothing is required: role-filled, trained, signed-by or act")
            return
        }
        gates.append(
            Gate(
                id: id, clauses: map["clause"]?.texts ?? [], title: title, requirement: requirement,
                binding: map["at"].map(binding) ?? Binding(), roles: map["roles"]?.texts ?? [], rules: map["rules"]?.texts ?? []))
    }

    /// Kinds of things and cases are read loosely: their registers and lives are capabilities with readers of their own.
    private mutating func declared(_ node: PackNode) -> Declared? {
        guard let map = node.anyMap(), let id = map.need("id")?.text, let name = map.need("name")?.words else { return nil }
        return Declared(id: id, name: name, capability: map["act"]?.text ?? map["capability"]?.text)
    }
}
