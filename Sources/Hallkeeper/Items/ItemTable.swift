import Regulation
import WorkCalendar

/// A register as a table for spreadsheets, both ways: columns by name, a thing by its kind and number. One wrong line and
/// nothing is taken.
struct ItemTable: Sendable {
    static let columns = ["kind", "type", "name", "zone", "spot", "custodian", "state", "made", "serviced"]
    static let mostLines = 500
    private static let aliases: [String: String] = [
        "种类": "kind", "类型": "type", "编号": "name", "区域": "zone", "位置": "spot", "保管人": "custodian", "状态": "state", "出厂日期": "made", "维修日期": "serviced",
    ]
    private static let states: [String: Item.State] = ["在用": .inUse, "备用": .spare, "故障": .faulty, "送修": .away]
    let pack: Pack
    /// sign-in name or name → person, of the hall.
    let colleagues: [String: Person.ID]

    /// The lines of a register, the head first; days as they are kept.
    static func write(_ items: [Item], login: (Person.ID) -> String) -> [[String]] {
        [columns] + items.map { item in
            [
                item.kind, item.type, item.name, item.zone, item.spot, item.custodian.isEmpty ? "" : login(item.custodian), item.state.rawValue,
                item.made?.description ?? "", item.serviced?.description ?? "",
            ]
        }
    }

    /// A line as a draft; words of the pack are taken in either language as well as by id. A column that is not there leaves
    /// what there was.
    func draft(_ row: [String: String], over known: [Item]) throws -> (draft: ItemActs.Draft, old: Item?) {
        var named: [String: String] = [:]
        for (key, value) in row {
            let name = key.lowercased()
            named[Self.aliases[name] ?? name] = value
        }
        func id(_ value: String, _ list: [(String, Text)]) -> String {
            list.first { $0.0 == value || $0.1.zh == value || $0.1.en.lowercased() == value.lowercased() }?.0 ?? value
        }
        let kind = named["kind"].map { id($0, pack.items.map { ($0.id, $0.name) }) } ?? pack.items.first(where: \.isKept)?.id ?? ""
        let old = known.first { $0.kind == kind && $0.name == named["name"] }
        var draft = old.map(ItemActs.Draft.init) ?? ItemActs.Draft()
        (draft.kind, draft.name) = (kind, named["name"] ?? "")
        if let value = named["type"] { draft.type = id(value, pack.item(kind)?.types.map { ($0.id, $0.name) } ?? []) }
        if let value = named["zone"] { draft.zone = id(value, pack.zones.map { ($0.id, $0.name) }) }
        if let value = named["spot"] { draft.spot = value }
        if let value = named["custodian"] {
            guard value.isEmpty || colleagues[value] != nil else { throw FormProblems(fields: [("custodian", Text("本厅没有“\(value)”。", "Nobody called “\(value)” is of this hall."))]) }
            draft.custodian = colleagues[value] ?? ""
        }
        if let value = named["state"], !value.isEmpty {
            guard let state = Self.states[value] ?? Item.State(rawValue: value), state != .retired else {
                throw FormProblems(fields: [("state", Text("状态写在用、备用、故障或送修。", "The state is in-use, spare, faulty or away."))])
            }
            draft.state = state
        }
        if let value = named["made"] { draft.made = value }
        if let value = named["serviced"] { draft.serviced = value }
        return (draft, old)
    }
}

extension ItemActs {
    /// Takes a whole table: known numbers are changed, the others entered; every wrong line is named and then nothing is
    /// kept. Gives how many lines there were.
    func take(_ csv: String, _ table: ItemTable, at place: Place.ID) throws -> Int {
        let rows: [[String: String]]
        do { rows = try CSVFile(csv: csv).rows } catch { throw FormProblems(fields: [("csv", Text("文件没有写完整：有引号没有结束。", "The file is not complete: it ends inside quotes."))]) }
        guard !rows.isEmpty else { throw FormProblems(fields: [("csv", Text("文件里没有行。", "There are no lines in the file."))]) }
        guard rows.count <= ItemTable.mostLines else { throw FormProblems(fields: [("csv", Text("一次最多 \(ItemTable.mostLines) 行。", "\(ItemTable.mostLines) lines at most at once."))]) }
        var problems: [(field: String, sentence: Text)] = []
        for (index, row) in rows.enumerated() {
            do {
                let (draft, old) = try table.draft(row, over: try Item.all(at: place, act.act))
                if let old { try change(old.id, to: draft, at: place) } else { try register(draft, at: place) }
            } catch let wrong as FormProblems {
                problems += wrong.fields.map { ("csv", Text("第 \(index + 2) 行：\($0.sentence.zh)", "Line \(index + 2): \($0.sentence.en)")) }
            }
        }
        guard problems.isEmpty else { throw FormProblems(fields: problems) }
        return rows.count
    }
}
