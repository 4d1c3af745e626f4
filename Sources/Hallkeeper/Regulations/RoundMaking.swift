import Regulation
import Store
import WorkCalendar

/// Makes rounds: every change is kept as a draft at once; publishing puts the whole into force from a day as the next edition
/// of the rulebook. A round begun stays on the version it began with.
struct RoundMaking {
    let act: HallAct
    static let mostPoints = 200

    /// Changes the draft of a round, or begins one. Refuses what would not read in a pack, in the words of the pack check.
    func change(_ id: String, by person: Person.ID, _ body: (inout Form, inout [String: [String: String]]) throws -> Void) throws {
        let made = try RoundInMaking(id, act.hall, act.act)
        var (form, schedule) = (made.form, made.draft?.schedule ?? [:])
        try body(&form, &schedule)
        let head = RoundWriter.head(of: made.draft?.body ?? made.newest.file(of: id)?.text ?? "")
        try keep(form, schedule, head: head, base: made.draft?.base ?? made.newest.inForce.hash, zones: made.newest.pack.zones, by: person)
    }

    /// A round nobody has yet, with the rule that asks for it. Refuses an id that is taken.
    func begin(_ form: Form, rule: [String: String], by person: Person.ID) throws {
        let newest = try NewestPack(act.hall, act.act)
        let isTaken = try act.act.one("select 1 as one from round_draft where form = \(form.id) and state = 'open'") != nil
        guard newest.pack.form(form.id) == nil, newest.pack.rule(form.id) == nil, !isTaken else {
            throw FormProblems(fields: [("id", Text("这个编号已经用了。", "This id is taken."))])
        }
        try keep(form, [form.id: rule], head: [], base: newest.inForce.hash, zones: newest.pack.zones, by: person)
    }

    /// Throws the draft away; what is in force stays.
    func discard(_ id: String) throws {
        guard var draft = try RoundInMaking(id, act.hall, act.act).draft else { throw Refusal.conflict(Text("没有草稿。", "There is no draft.")) }
        draft.state = .discarded
        try act.enter(Event(kind: "round.draft-discarded", about: "form:\(id)", at: act.now), at: draft.place)
        try act.act.keep(draft)
    }

    private func keep(_ form: Form, _ schedule: [String: [String: String]], head: [String], base: String, zones: [HallZone], by person: Person.ID) throws {
        guard form.fields.count <= Self.mostPoints else {
            throw FormProblems(fields: [("", Text("一项巡检最多 \(Self.mostPoints) 个点。", "A round has \(Self.mostPoints) points at most."))])
        }
        let body = RoundWriter.yaml(form, head: head)
        let read = PackReader.round(PackFile(name: "rounds/\(form.id).yaml", text: body), zones: zones)
        let errors = read.mistakes.filter { $0.severity == .error }
        guard read.form != nil, errors.isEmpty else { throw FormProblems(fields: errors.prefix(5).map { ("", $0.sentence) }) }
        let company = try act.company().id
        let draft = RoundDraft(place: company, form: form.id, body: body, schedule: schedule, base: base, state: .open, by: person, at: act.now)
        try act.enter(Event(kind: "round.drafted", about: "form:\(form.id)", at: act.now, fields: ["points": String(form.fields.count)]), at: company)
        try act.act.keep(draft)
    }

    // MARK: points

    /// What is typed of one point; everything else of it stays as it is.
    struct Typed: Sendable {
        var id = ""
        var title = Text("", "")
        var good = Text("", "")
        var zone = ""
        var clause = ""
        var role = ""
        var trait = ""
        var severity = ""
        var weight = "1"
        var unit = ""
        var bandFrom = ""
        var bandTo = ""
        /// A reading instead of an answer.
        var isNumber = false
        var photo = false
        var isVeto = false
    }

    /// The point as typed, laid over the one there was. Every problem at once, each with its field.
    static func field(_ typed: Typed, over old: Field?, in pack: Pack, taken: Set<String>) throws -> Field {
        var problems: [(field: String, sentence: Text)] = []
        func wrong(_ field: String, _ zh: String, _ en: String) { problems.append((field, Text(zh, en))) }
        if typed.title.zh.isEmpty { wrong("title", "写要看什么。", "Say what to look at.") }
        var id = old?.id ?? typed.id
        if id.isEmpty { id = fresh(typed.title.en, taken) }
        let isKebab = !id.isEmpty && !id.hasPrefix("-") && !id.hasSuffix("-") && !id.hasPrefix(OwnPoint.prefix)
            && id.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
        if old == nil, !isKebab { wrong("id", "编号只用小写字母、数字和短横。", "An id has lower-case letters, digits and hyphens.") }
        if old == nil, taken.contains(id) { wrong("id", "编号“\(id)”已经有了。", "The id “\(id)” is there already.") }
        if !typed.zone.isEmpty, pack.zone(typed.zone) == nil { wrong("zone", "没有区域“\(typed.zone)”。", "There is no zone “\(typed.zone)”.") }
        if !typed.clause.isEmpty, pack.clause(typed.clause) == nil { wrong("clause", "没有条款“\(typed.clause)”。", "There is no clause “\(typed.clause)”.") }
        if !typed.role.isEmpty, pack.role(typed.role) == nil { wrong("role", "没有岗位“\(typed.role)”。", "There is no role “\(typed.role)”.") }
        if !typed.trait.isEmpty, pack.trait(typed.trait) == nil { wrong("trait", "没有条件“\(typed.trait)”。", "There is no trait “\(typed.trait)”.") }
        if !typed.severity.isEmpty, !Field.severities.contains(typed.severity) { wrong("severity", "程度写 minor、serious 或 danger。", "A severity is minor, serious or danger.") }
        let weight = Int(typed.weight.isEmpty ? "1" : typed.weight)
        if weight.map({ (1...100).contains($0) }) != true { wrong("weight", "权重写 1 到 100 的整数。", "A weight is a whole number from 1 to 100.") }
        func number(_ text: String, _ field: String) -> Double? {
            guard !text.isEmpty else { return nil }
            guard let number = Double(text), number.isFinite else {
                wrong(field, "“\(text)”不是数。", "“\(text)” is not a number.")
                return nil
            }
            return number
        }
        let (from, to) = (number(typed.bandFrom, "band-from"), number(typed.bandTo, "band-to"))
        if let from, let to, from > to { wrong("band-to", "上限小于下限。", "The upper end is below the lower.") }
        guard problems.isEmpty, let weight else { throw FormProblems(fields: problems) }
        var field = old ?? Field(id: id, title: typed.title, kind: .point)
        // Only between the two that are made here; other kinds of answers stay what they are.
        if field.kind == .point || field.kind == .number { field.kind = typed.isNumber ? .number : .point }
        field.title = both(typed.title)
        field.good = typed.good.zh.isEmpty ? nil : both(typed.good)
        field.zone = pack.zone(typed.zone)
        field.clause = typed.clause.isEmpty ? nil : typed.clause
        field.role = typed.role.isEmpty ? nil : typed.role
        field.binding.trait = typed.trait.isEmpty ? nil : typed.trait
        field.severity = typed.severity.isEmpty ? nil : typed.severity
        (field.weight, field.photo, field.isVeto) = (weight, typed.photo, typed.isVeto)
        field.unit = typed.unit.isEmpty ? nil : typed.unit
        (field.bandFrom, field.bandTo) = (from, to)
        return field
    }

    private static func both(_ text: Text) -> Text { Text(text.zh, text.en.isEmpty ? text.zh : text.en) }

    /// From the English words, or a number.
    private static func fresh(_ english: String, _ taken: Set<String>) -> String {
        let words = english.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.prefix(4).joined(separator: "-")
        if !words.isEmpty, !taken.contains(words), !words.hasPrefix(OwnPoint.prefix) { return words }
        return (1...1000).lazy.map { "p-\($0)" }.first { !taken.contains($0) } ?? "p"
    }
}

extension Field {
    /// As it stands on the page that changes it.
    var typed: RoundMaking.Typed {
        RoundMaking.Typed(
            id: id, title: title, good: good ?? Text("", ""), zone: zone?.id ?? "", clause: clause ?? "", role: role ?? "", trait: binding.trait ?? "",
            severity: severity ?? "", weight: String(weight), unit: unit ?? "", bandFrom: Self.plain(bandFrom), bandTo: Self.plain(bandTo),
            isNumber: kind == .number, photo: photo, isVeto: isVeto)
    }

    private static func plain(_ number: Double?) -> String {
        guard let number else { return "" }
        return number == number.rounded() && abs(number) < 1e9 ? String(Int(number)) : String(number)
    }
}
