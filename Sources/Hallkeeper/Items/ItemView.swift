import Regulation
import WorkCalendar

/// Turns things into finished strings: how urgent, when it runs out and why, in whose care.
struct ItemView: Sendable {
    let desk: Desk
    private var w: Words { desk.w }
    private var pack: Pack { desk.pack.pack }

    init(_ desk: Desk) { self.desk = desk }

    struct Urgency: Sendable {
        /// `late`, `soon`, `done` (all is well), `quiet` (nothing runs out).
        var state: String
        var words: String
    }

    /// How long before it runs out the pack has somebody told; thirty days where no rule says.
    private func ahead(_ kind: String) -> Period {
        for rule in pack.rules { if case .expires(kind, let before) = rule.occasion { return before } }
        return Period(30, .day)
    }

    /// A day with its year, as it stands on a label.
    func day(_ day: Day) -> String { day.description }

    func urgency(_ item: Item) -> Urgency {
        guard item.ended == nil else { return Urgency(state: "quiet", words: w("item.state-retired")) }
        guard let due = item.due(pack) else { return Urgency(state: "quiet", words: w("item.no-end")) }
        guard let last = due.day else { return Urgency(state: "late", words: w("item.age-unknown")) }
        let isEnd = if case .scrap = due { true } else { false }
        let days = last.number - desk.today.number
        if days < 0 { return Urgency(state: "late", words: w(isEnd ? "item.past-end" : "item.past-service", n: -days)) }
        let warns = desk.today >= DueDay.before(last, ahead(item.kind))
        return Urgency(state: warns ? "soon" : "done", words: w(isEnd ? "item.end-on" : "item.service-by", ["day": day(last)]) + (warns ? " · " + w("item.days-left", n: days) : ""))
    }

    /// Whether servicing it does not help any more.
    func isPastEnd(_ item: Item) -> Bool {
        guard item.made != nil else { return true }
        if case .scrap(let end)? = pack.item(item.kind)?.type(item.type)?.due(made: item.made, serviced: desk.today) { return end <= desk.today }
        return false
    }

    /// What has run out first, then what will soonest.
    func lines(_ items: [Item], _ people: [(id: String, login: String, name: String)]) -> [RegisterPage.Line] {
        let order = ["late": 0, "soon": 1, "done": 2, "quiet": 3]
        let ranked = items.map { ($0, urgency($0), $0.expiry(pack, desk.hall.zone)?.number ?? Int.max) }
            .sorted { (order[$0.1.state] ?? 4, $0.2, $0.0.name) < (order[$1.1.state] ?? 4, $1.2, $1.0.name) }
        return ranked.map { item, urgency, _ in
            RegisterPage.Line(
                name: w(item.title(pack)), link: Site.item.link(item.place, item.id), type: pack.item(item.kind)?.type(item.type).map { w($0.name) } ?? "",
                spot: [pack.zone(item.zone).map { w($0.name) } ?? item.zone, item.spot].filter { !$0.isEmpty }.joined(separator: " · "),
                keeper: people.first { $0.id == item.custodian }?.name ?? "", state: w("item.state-" + item.state.rawValue), isOff: item.state == .faulty || item.state == .away, urgency: urgency)
        }
    }

    func facts(_ item: Item, _ people: [(id: String, login: String, name: String)]) -> [DutyPage.Fact] {
        var list: [DutyPage.Fact] = []
        func add(_ key: String, _ value: String) { if !value.isEmpty { list.append(DutyPage.Fact(name: w(key), value: value)) } }
        let type = pack.item(item.kind)?.type(item.type)
        add("item.type", type.map { w($0.name) } ?? "")
        add("item.spot", [pack.zone(item.zone).map { w($0.name) } ?? item.zone, item.spot].filter { !$0.isEmpty }.joined(separator: " · "))
        add("item.custodian", people.first { $0.id == item.custodian }?.name ?? (item.custodian.isEmpty ? w("item.director") : w("item.gone")))
        add("item.state", w("item.state-" + item.state.rawValue))
        add("item.made", item.made.map(day) ?? w("item.age-unknown"))
        add("item.serviced-on", item.serviced.map(day) ?? "")
        if let type {
            let parts = [("item.rule-first", type.firstService), ("item.rule-then", type.thenEvery), ("item.rule-scrap", type.scrap)].compactMap { key, period in
                period.map { w(key, ["period": w($0.words)]) }
            }
            add("item.rule", parts.joined(separator: w("list.comma")))
        }
        return list
    }

    func types(_ kind: String) -> [FormView.Option] { pack.item(kind)?.types.map { FormView.Option(id: $0.id, name: w($0.name)) } ?? [] }

    func form(_ typed: ItemActs.Draft, _ people: [(id: String, login: String, name: String)], _ problems: [(field: String, sentence: Text)], action: String, button: String) -> ItemForm {
        let kept = pack.items.filter(\.isKept)
        return ItemForm(
            action: action, hidden: desk.hidden, kinds: kept.map { FormView.Option(id: $0.id, name: w($0.name)) },
            types: kept.flatMap { kind in kind.types.map { FormView.Option(id: $0.id, name: kept.count > 1 ? "\(w(kind.name)) · \(w($0.name))" : w($0.name)) } },
            zones: pack.zones.map { FormView.Option(id: $0.id, name: w($0.name)) }, people: people.map { FormView.Option(id: $0.id, name: $0.name) }, typed: typed,
            problems: problems.map { ($0.field, w($0.sentence)) }, button: button)
    }

    /// What is typed on the page.
    static func draft(_ form: Submitted) -> ItemActs.Draft {
        var draft = ItemActs.Draft()
        (draft.kind, draft.type, draft.name, draft.zone, draft.spot, draft.custodian) = (form["kind"], form["type"], form["name"], form["zone"], form["spot"], form["custodian"])
        (draft.state, draft.made, draft.serviced) = (Item.State(rawValue: form["state"]) ?? .inUse, form["made"], form["serviced"])
        return draft
    }
}
