import WorkCalendar
import Yams

/// What has been read so far, file by file.
struct PackParts {
    var company: Company?
    var clauses: [Clause] = []
    var roles: [Role] = []
    var topics: [Topic] = []
    var traits: [Trait] = []
    var zones: [HallZone] = []
    var events: [EventKind] = []
    var gates: [Gate] = []
    var rules: [Rule] = []
    var forms: [Form] = []
    var items: [ItemKind] = []
    var cases: [Declared] = []
    var caseBook = CaseBook()
    /// Clauses cited by kinds of things and of cases, with where.
    private(set) var citations: [(path: String, clause: String)] = []
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
            case "zones.yaml": for item in list(node, "zones", "zone") { zone(item) }
            case "events.yaml": for item in list(node, "events", "event") { event(item) }
            case "gates.yaml": for item in list(node, "gates", "gate") { gate(item) }
            case "items.yaml": items += list(node, "items", "item").compactMap { item($0) }
            case "cases.yaml": takeCases(node)
            default:
                let known = [
                    "company.yaml", "roles.yaml", "traits.yaml", "zones.yaml", "events.yaml", "gates.yaml", "items.yaml",
                    "cases.yaml",
                    "clauses/…", "rules/…", "rounds/…", "forms/…",
                ]
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
                "pack", "edition", "title", "company", "facts", "zone", "half-day-ends", "seasons", "send-window", "contact-window", "calling-hours",
                "steps",
                "last-stand-in", "language", "running", "scores",
            ])
        else { return nil }
        let (pack, title) = (map.need("pack")?.id(), map.need("title")?.words)
        let name = map.need("company")?.words
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
        let (noon, window) = (map["half-day-ends"]?.clock, map["send-window"]?.clockRange)
        let ladder = map["steps"].map(steps) ?? []
        let language = map["language"]?.word(["zh", "en"], Text("语言", "language"))
        let running = map["running"]?.word(Company.Running.allCases.map(\.rawValue), Text("进行中的任务", "running duties"))
        let scores = map["scores"].map(scores) ?? Scores()
        guard let pack, let title, let name else { return nil }
        var company = Company(
            pack: pack, edition: map["edition"]?.text ?? "1", title: title, company: name, facts: facts, zone: zone,
            halfDayEnds: noon ?? 12 * 60 + 30, seasons: seasons, sendWindow: window, steps: ladder, lastStandIn: last,
            language: language == "en" ? .en : .zh, running: running.flatMap(Company.Running.init(rawValue:)) ?? .keep)
        company.scores = scores
        company.contactWindow = map["contact-window"]?.clockRange
        company.callingHours = map["calling-hours"]?.clockRanges ?? []
        return company
    }

    private mutating func role(_ node: PackNode) {
        guard let map = node.map(["id", "name", "sits", "may", "optional"]) else { return }
        let (id, name, sits) = (id(map, "role"), map.need("name")?.words, map.need("sits")?.text)
        let kinds = ["hall", "call-centre", "company", "unit", "contractor"]
        if let sits, !kinds.contains(sits), !(sits.hasPrefix("department:") && sits.count > 11) {
            map["sits"]?.wrong(
                "没有“\(sits)”这种场所，岗位没人能担任", "there is no kind of place “\(sits)”: nobody can fill this role",
                hint: NearestWord.of(sits, among: kinds) ?? "department:<code>")
        }
        let may = map["may"]?.items.compactMap { $0.word(Role.permissions, Text("权限", "permission")) } ?? []
        guard let id, let name, let sits else { return }
        roles.append(Role(id: id, name: name, sits: sits, may: may, isOptional: map["optional"]?.flag ?? false))
    }

    private mutating func topic(_ node: PackNode) {
        guard let map = node.map(["id", "name", "valid"]) else { return }
        let (id, name, valid) = (id(map, "topic"), map.need("name")?.words, map["valid"]?.period())
        guard let id, let name else { return }
        topics.append(Topic(id: id, name: name, valid: valid))
    }

    private mutating func trait(_ node: PackNode) {
        guard let map = node.map(["id", "name", "answers"]) else { return }
        let (id, name) = (id(map, "trait"), map.need("name")?.words)
        let answers = map["answers"]?.word(["installed", "conditions-and-installed"], Text("答法", "kind of answer"))
        guard let id, let name else { return }
        traits.append(Trait(id: id, name: name, hasTwoAnswers: answers == "conditions-and-installed"))
    }

    private mutating func zone(_ node: PackNode) {
        guard let map = node.map(["id", "name", "note"]) else { return }
        let (id, name) = (id(map, "zone"), map.need("name")?.words)
        guard let id, let name else { return }
        zones.append(HallZone(id: id, name: name))
    }

    private mutating func event(_ node: PackNode) {
        guard let map = node.map(["id", "name", "fields", "may", "scope", "immediate", "act", "note"]) else { return }
        let (id, name) = (id(map, "event", dotted: true), map.need("name")?.words)
        if let id, ProgramEvents.all.contains(where: { $0.id == id }) {
            map["id"]?.wrong("“\(id)”由程序自己记录，规则包不用写", "“\(id)” is recorded by the program itself")
        }
        let fields = map["fields"]?.items(of: "\(node.path)/fields").compactMap { field($0, isEvent: true) } ?? []
        guard let id, let name else { return }
        events.append(
            EventKind(
                id: id, name: name, fields: fields, may: map["may"]?.texts ?? [],
                isCompanyWide: map["scope"]?.word(["hall", "company"], Text("范围", "scope")) == "company",
                isImmediate: map["immediate"]?.flag ?? false, act: map["act"]?.text, isProgram: false))
    }

    private mutating func clause(_ node: PackNode) {
        guard let map = node.map(["id", "title", "text", "binds", "definition", "note"]) else { return }
        let (id, title) = (id(map, "clause", free: true), map.need("title")?.words)
        guard let text = map.need("text")?.words, let id, let title else { return }
        clauses.append(
            Clause(
                id: id, title: title, text: text, binds: map["binds"]?.texts ?? ["hall"],
                isDefinition: map["definition"]?.flag ?? false, note: map["note"]?.words))
    }

    private mutating func gate(_ node: PackNode) {
        guard let map = node.map(["id", "clause", "title", "requires", "at", "roles", "rules"]) else { return }
        let (id, title) = (id(map, "gate"), map.need("title")?.words)
        guard let needed = map.need("requires")?.map(["role-filled", "trained", "signed-by", "act"]) else { return }
        if needed.order.count > 1 {
            needed.owner.wrong("只能写一个要求", "a gate requires one thing: role-filled, trained, signed-by or act")
        }
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
        guard let id, let title else { return }
        gates.append(
            Gate(
                id: id, clauses: map["clause"]?.texts ?? [], title: title, requirement: requirement,
                binding: map["at"].map(binding) ?? Binding(), roles: map["roles"]?.texts ?? [],
                rules: map["rules"]?.texts ?? []))
    }

    /// A kind of thing; what is there by quota or act belongs to other capabilities and is read loosely.
    private mutating func item(_ node: PackNode) -> ItemKind? {
        guard let map = node.map(["id", "name", "clause", "act", "capability", "quota", "register", "types", "note"]), let declared = declared(map, "item") else { return nil }
        var kind = ItemKind(id: declared.id, name: declared.name)
        (kind.clauses, kind.capability) = (map["clause"]?.texts ?? [], declared.capability)
        for node in map["types"]?.items(of: "\(node.path)/types") ?? [] {
            guard let inner = node.map(["id", "name", "first-service", "then", "scrap"]), let id = inner.need("id")?.id(), let name = inner.need("name")?.words else { continue }
            if kind.type(id) != nil { node.wrong("“\(id)”已经有了", "“\(id)” is there already") }
            let (first, then, scrap) = (age(inner["first-service"]), age(inner["then"]), age(inner["scrap"]))
            if then != nil, first == nil { node.wrong("有 then 也要有 first-service", "then needs first-service") }
            kind.types.append(ItemType(id: id, name: name, firstService: first, thenEvery: then, scrap: scrap))
        }
        kind.isKept = map["register"]?.flag ?? false
        if !kind.isKept, !kind.types.isEmpty { map["types"]?.wrong("有 types 的要写 register: yes", "types need register: yes") }
        return kind
    }

    /// How long a thing lasts, in days, months or years.
    private func age(_ node: PackNode?) -> Period? {
        guard let node, let period = node.period() else { return nil }
        guard [.day, .month, .year].contains(period.unit), period.quantity > 0 else {
            node.wrong("寿命用 day、month、year", "how long it lasts is said in day, month or year")
            return nil
        }
        return period
    }

    /// Notes the clauses an entry cites, to be checked when all is read.
    mutating func cite(_ map: PackMap) {
        for (index, clause) in (map["clause"]?.texts ?? []).enumerated() {
            citations.append(("\(map.owner.path)/clause/\(index)", clause))
        }
    }
}
