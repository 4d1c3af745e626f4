import Regulation
import Store
import WorkCalendar

/// A round being made: the whole of it as it will stand in the pack, and what changes in the rules that ask for it.
struct RoundDraft: Sendable, Kept {
    enum State: String, Sendable { case open, published, discarded }
    var place: Place.ID
    var form: String
    /// The file of the round.
    var body: String
    /// rule → key → value, as a pack writes it; an empty value takes the key away. A rule the pack has not is a new one.
    var schedule: [String: [String: String]]
    /// The pack the draft began from.
    var base: String
    var state: State
    var by: Person.ID
    var at: Instant

    static let table = Table(
        name: "round_draft", key: ["place", "form"], columns: ["place", "form", "body", "schedule", "base", "state", "by_person", "at"])
    var values: [Value] {
        let json = JSON.object(schedule.mapValues { .object($0.mapValues { .string($0) }) })
        return [.text(place), .text(form), .text(body), .text(json.text), .text(base), .text(state.rawValue), .text(by), at.bound]
    }

    /// Drafts not published yet.
    static func open(_ tx: any Reading) throws -> [RoundDraft] {
        try tx.rows("select * from round_draft where state = 'open' order by form").map(RoundDraft.init(row:))
    }
}

extension RoundDraft {
    init(row: Row) throws {
        let json = try JSON(parsing: Array(try row.text("schedule").utf8))
        var schedule: [String: [String: String]] = [:]
        for (rule, keys) in json.object ?? [:] { schedule[rule] = (keys.object ?? [:]).compactMapValues(\.string) }
        self.init(
            place: try row.text("place"), form: try row.text("form"), body: try row.text("body"), schedule: schedule, base: try row.text("base"),
            state: State(rawValue: try row.text("state")) ?? .discarded, by: try row.text("by_person"), at: try row.instant("at"))
    }
}

/// The newest version of the rulebook, be it in force or still to come, with its files: what a draft changes.
struct NewestPack: Sendable {
    var from: Day
    var inForce: PackInForce
    var files: [PackFile]
    var pack: Pack { inForce.pack }

    init(_ hall: Hallkeeper, _ tx: any Reading) throws {
        guard let row = try tx.one("select from_day, hash from pack_force order by from_day desc limit 1") else { throw Refusal.notFound }
        let hash = try row.text("hash")
        from = try row.day("from_day")
        inForce = try hall.packs.pack(hash, tx)
        files = try tx.rows("select name, body from pack_file where hash = \(hash) order by name").map { PackFile(name: try $0.text("name"), text: try $0.text("body")) }
    }

    /// The file that holds a round.
    func file(of round: String) -> PackFile? {
        files.first { $0.name.hasPrefix("rounds/") && PackReader.round($0, zones: pack.zones).form?.id == round }
    }
}

/// A round as it stands in the making: the draft laid over the newest pack.
struct RoundInMaking: Sendable {
    var form: Form
    var draft: RoundDraft?
    var newest: NewestPack
    /// The round as the newest pack has it; nil: it is a new one.
    var before: Form? { newest.pack.form(form.id) }

    /// Rules that ask for the round, in the order of the pack.
    var rules: [Rule] { newest.pack.rules.filter { $0.form == form.id } }

    static let rulesFile = "rules/made-here.yaml"

    /// Throws `notFound` for what is neither a round nor a draft.
    init(_ id: String, _ hall: Hallkeeper, _ tx: any Reading) throws {
        newest = try NewestPack(hall, tx)
        draft = try tx.one("select * from round_draft where form = \(id) and state = 'open' limit 1").map(RoundDraft.init(row:))
        if let draft {
            guard let form = PackReader.round(PackFile(name: "rounds/\(id).yaml", text: draft.body), zones: newest.pack.zones).form else {
                throw Fault(.other, "draft of round \(id) does not read")
            }
            self.form = form
        } else {
            guard let form = newest.pack.form(id), form.isRound else { throw Refusal.notFound }
            self.form = form
        }
    }

    /// Whether the round was published anew since the draft was begun.
    func isOvertaken(_ hall: Hallkeeper, _ tx: any Reading) throws -> Bool {
        guard let draft, draft.base != newest.inForce.hash else { return false }
        let base = try hall.packs.pack(draft.base, tx).pack
        func written(_ form: Form?) -> String { form.map { RoundWriter.yaml($0) } ?? "" }
        return written(base.form(form.id)) != written(before)
    }

    /// The pack as it will be, under its next edition. Nil values that cannot be set are refused with the rule's name.
    func files() throws -> [PackFile] {
        var files = newest.files
        func put(_ name: String, _ text: String) {
            if let index = files.firstIndex(where: { $0.name == name }) { files[index].text = text } else { files.append(PackFile(name: name, text: text)) }
        }
        let known = newest.file(of: form.id)
        let name = known?.name ?? "rounds/\(form.id).yaml"
        put(name, draft?.body ?? known?.text ?? "")
        for (rule, keys) in (draft?.schedule ?? [:]).sorted(by: { $0.key < $1.key }) {
            let changes = keys.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
            if newest.pack.rule(rule) == nil {
                let lines = ["id: \(rule)"] + changes.filter { !$0.value.isEmpty }.map { "\($0.key): \($0.value)" }
                let old = files.first { $0.name == Self.rulesFile }?.text ?? "# Rules of rounds made in the browser.\nrules:\n"
                put(Self.rulesFile, old + "  - " + lines.joined(separator: "\n    ") + "\n")
                continue
            }
            guard let file = files.first(where: { $0.name.hasPrefix("rules/") && PackEdit.set([], of: rule, in: "rules", $0.text) != nil }),
                let text = PackEdit.set(changes, of: rule, in: "rules", file.text)
            else {
                throw Refusal.conflict(Text("规则“\(rule)”的写法改不了，请在规则文件里改。", "Rule “\(rule)” is written in a way that cannot be changed here; change it in its file."))
            }
            put(file.name, text)
        }
        if let company = files.first(where: { $0.name == "company.yaml" }) {
            let edition = RoundWriter.quoted(PackEdit.nextEdition(newest.pack.company.edition))
            put("company.yaml", PackEdit.set("edition", to: edition, in: company.text) ?? company.text)
        }
        return files
    }
}
