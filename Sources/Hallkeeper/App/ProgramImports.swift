import Foundation
import Regulation
import Store
import WorkCalendar

/// A CSV file with a header: columns in any order, quoted fields, absent columns are absent.
struct CSVFile: Sendable {
    let rows: [[String: String]]

    init(csv: String) throws {
        var lines: [[String]] = []
        var (fields, field, isQuoted, wasQuoted) = ([String](), "", false, false)
        var characters = Array(csv.replacingOccurrences(of: "\r\n", with: "\n"))
        if characters.first == "\u{FEFF}" { characters.removeFirst() }
        var index = 0
        while index < characters.count {
            let character = characters[index]
            if isQuoted {
                if character == "\"" {
                    if index + 1 < characters.count, characters[index + 1] == "\"" { field.append("\""); index += 1 } else { isQuoted = false }
                } else {
                    field.append(character)
                }
            } else if character == "\"", field.isEmpty, !wasQuoted {
                (isQuoted, wasQuoted) = (true, true)
            } else if character == "," || character == "\n" {
                fields.append(field)
                (field, wasQuoted) = ("", false)
                if character == "\n" {
                    if fields != [""] { lines.append(fields) }
                    fields = []
                }
            } else {
                field.append(character)
            }
            index += 1
        }
        if isQuoted { throw ProgramError("the file ends inside quotes") }
        fields.append(field)
        if fields != [""] { lines.append(fields) }
        let header = lines.first?.map { $0.trimmingCharacters(in: .whitespaces) } ?? []
        rows = lines.dropFirst().map { line in
            Dictionary(zip(header, line.map { $0.trimmingCharacters(in: .whitespaces) }), uniquingKeysWith: { first, _ in first })
        }
    }
}

extension Program {
    /// Each row is an act of its own; a row that is refused is named and does not hinder the next.
    private static func each(_ table: CSVFile, _ take: ([String: String]) async throws -> Void) async throws -> String {
        var (kept, problems) = (0, [String]())
        for (number, row) in table.rows.enumerated() {
            do {
                try await take(row)
                kept += 1
            } catch { problems.append("line \(number + 2): \(sentence(of: error))") }
        }
        return (problems + ["\(kept) imported, \(problems.count) refused"]).joined(separator: "\n")
    }

    private static func place(_ code: String, _ act: HallAct) throws -> Place {
        guard let row = try act.act.one("select * from place where code = \(code) or place = \(code) order by ended is not null, kind desc limit 1") else {
            throw FormProblems(fields: [("place", Text("没有这个场所：\(code)", "no such place: \(code)"))])
        }
        return try Place(row: row)
    }

    package static func importPlaces(_ configuration: Configuration, _ csv: String) async throws -> String {
        let hall = try await hall(configuration)
        let (now, table) = (hall.clock.now, try CSVFile(csv: csv))
        let result = try await each(table) { row in
            try await hall.act(by: .machine("command"), at: now) { act in
                let kind = row["kind"] ?? "hall"
                let parent = kind == "company" ? "" : try row["parent"].flatMap { $0.isEmpty ? nil : try place($0, act).id } ?? act.company().id
                let made = try PlaceActs(act: act).found(
                    kind: kind, parent: parent, code: row["code"] ?? "", name: Text(row["name"] ?? "", row["name_en"] ?? ""), hours: row["hours"] ?? "",
                    starts: act.hall.zone.day(of: now))
                let given = Set((row["traits"] ?? "").split(separator: " ").map(String.init))
                for trait in try act.hall.packs.inForce(on: act.hall.zone.day(of: now), act.act)?.pack.traits ?? [] {
                    let has = given.contains(trait.id)
                    try PlaceActs(act: act).answer(
                        trait.id, at: made.id, TraitAnswer(conditions: trait.hasTwoAnswers ? has : nil, installed: has), reason: has ? "" : "import")
                }
            }
        }
        await hall.close()
        return result
    }

    package static func importPeople(_ configuration: Configuration, _ csv: String) async throws -> String {
        let hall = try await hall(configuration)
        let (now, table) = (hall.clock.now, try CSVFile(csv: csv))
        let result = try await each(table) { row in
            try await hall.act(by: .machine("command"), at: now) { act in
                let home = try place(row["place"] ?? "", act)
                let person = try PersonActs(act: act).takeOn(name: row["name"] ?? "", login: row["login"] ?? "", at: home.id)
                for role in (row["roles"] ?? "").split(separator: " ").map(String.init) {
                    try PersonActs(act: act).give(role, to: person.id, at: home.id, from: act.hall.zone.day(of: now))
                }
            }
        }
        await hall.close()
        return result
    }

    /// Customers from the company's books; what is there already is left alone.
    package static func importCustomers(_ configuration: Configuration, _ csv: String) async throws -> String {
        let hall = try await hall(configuration)
        let result = await CustomerRoutes.take(try CSVFile(csv: csv), hall, by: .machine("command"), at: hall.clock.now)
        await hall.close()
        return (result.problems.map { "line \($0.line): \($0.why.en)" } + ["\(result.kept) imported, \(result.problems.count) refused"]).joined(separator: "\n")
    }

    package static func importRoster(_ configuration: Configuration, _ csv: String) async throws -> String {
        let hall = try await hall(configuration)
        let (now, table) = (hall.clock.now, try CSVFile(csv: csv))
        let result = try await each(table) { row in
            try await hall.act(by: .machine("command"), at: now) { act in
                guard let day = Day(row["day"] ?? "") else {
                    throw FormProblems(fields: [("day", Text("日期写成 2026-11-23。", "Write the day as 2026-11-23."))])
                }
                let login = row["login"] ?? ""
                guard let person = try act.act.one("select person from person where login = \(login)")?.text("person") else {
                    throw FormProblems(fields: [("login", Text("没有这个人：\(login)", "no such person: \(login)"))])
                }
                try PersonActs(act: act).roster(
                    row["role"] ?? "", person, at: place(row["place"] ?? "", act).id, on: day, present: row["present"] != "no", reason: row["reason"] ?? "")
            }
        }
        await hall.close()
        return result
    }

    package static func importItems(_ configuration: Configuration, _ csv: String) async throws -> String {
        let hall = try await hall(configuration)
        let (now, table) = (hall.clock.now, try CSVFile(csv: csv))
        let result = try await each(table) { row in
            try await hall.act(by: .machine("command"), at: now) { act in
                guard let inForce = try act.hall.packs.inForce(on: act.hall.zone.day(of: now), act.act) else { throw Refusal.notFound }
                let home = try place(row["place"] ?? "", act).id
                let people = try act.act.rows("select distinct person.person as person, person.login as login from role_holder join person on person.person = role_holder.person where role_holder.place = \(home)")
                let colleagues = Dictionary(try people.map { (try $0.text("login"), try $0.text("person")) }, uniquingKeysWith: { first, _ in first })
                let (draft, old) = try ItemTable(pack: inForce.pack, colleagues: colleagues).draft(row, over: try Item.all(at: home, act.act))
                if let old { try ItemActs(act: act).change(old.id, to: draft, at: home) } else { try ItemActs(act: act).register(draft, at: home) }
            }
        }
        await hall.close()
        return result
    }

    package static func loadCalendar(_ configuration: Configuration, _ text: String, level: String, reason: String) async throws -> String {
        let hall = try await hall(configuration)
        let now = hall.clock.now
        let year = try await CalendarLoading(hall: hall).load(text, level: level, reason: reason, by: .machine("command"), at: now)
        while try await Spreading(hall: hall).work(at: now) {}
        let moved = try await hall.store.read { tx in
            Int(try tx.one("select count(*) as n from entry where kind = 'duty.moved' and recorded = \(now)")?.int("n") ?? 0)
        }
        await hall.close()
        return "notice for \(year) loaded; \(moved) open deadlines moved"
    }

    package static func addUser(
        _ configuration: Configuration, login: String, name: String?, at code: String?, role: String?, password: String, pin: String?
    ) async throws -> String {
        let hall = try await hall(configuration)
        let now = hall.clock.now
        let secrets = try await Sessions(hall: hall).secrets(password: password.isEmpty ? nil : password, pin: pin)
        try await hall.act(by: .machine("command"), at: now) { act in
            if let known = try act.act.one("select person from person where login = \(login)")?.text("person") { return try PersonActs(act: act).keep(secrets, of: known) }
            guard let name, let code else {
                throw FormProblems(fields: [("login", Text("没有这个人，新建请给 --name 和 --at。", "nobody has this name; give --name and --at to take somebody on"))])
            }
            let home = try place(code, act)
            let made = try PersonActs(act: act).takeOn(name: name, login: login, at: home.id)
            if let role { try PersonActs(act: act).give(role, to: made.id, at: home.id, from: act.hall.zone.day(of: now)) }
            try PersonActs(act: act).keep(secrets, of: made.id)
        }
        hall.credentials.stop()
        await hall.close()
        return "\(login) can sign in"
    }
}
