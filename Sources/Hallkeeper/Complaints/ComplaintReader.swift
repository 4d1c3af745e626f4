import Regulation
import Store
import WorkCalendar

/// A case with its words, as whoever may see it reads it.
struct ComplaintFile: Sendable {
    var complaint: Complaint
    /// field → what was said: text, wish, name, phone, address.
    var words: [String: String] = [:]
    var units: [ComplaintUnit] = []
    var steps: [Step] = []
    /// What is owed about it now, nearest first.
    var owed: [Duty] = []
    /// Names of whoever is named in it: who acted, whose it is.
    var names: [String: String] = [:]
    /// Who the nearest of it waits for, by name.
    var waiting: [String] = []
    /// What it hangs together with, and how: `combined-into`, `combines`, `repeat-of`, `repeated-by`, `converted-from`, `converted-into`.
    var links: [(how: String, number: String, id: String)] = []

    struct Step: Sendable {
        var step: ComplaintStep
        var fields: [String: String]
        var words: [String: String]
        var by: String
    }
    subscript(word: String) -> String { words[word] ?? "" }
}

/// Who sees which cases: everywhere the same condition, in the query, so that what one may not see is not there.
struct ComplaintSight: Sendable {
    /// Every case but misconduct.
    var seesAll = false
    /// Misconduct, and nothing else by that.
    var seesMisconduct = false
    var places: [Place.ID] = []
    /// Units they handle cases of.
    var units: [Place.ID] = []
    var person: Person.ID = ""

    init(program: Void) { seesAll = true }

    init(_ viewer: Viewer, _ tree: PlaceTree) {
        seesAll = viewer.may("all-cases")
        seesMisconduct = viewer.may("misconduct")
        person = viewer.person.id
        // Who sees all is not asked where.
        if !seesAll {
            var all: Set<Place.ID> = []
            for permission in Self.permissions { all.formUnion(viewer.places(permission, in: tree)) }
            places = all.sorted()
        }
        units = viewer.places("handle", in: tree).sorted()
    }

    private static let permissions = ["take-in", "handle", "approve"]
    var isEmpty: Bool { !seesAll && !seesMisconduct && places.isEmpty }

    /// Whether somebody sees no case at all.
    static func isEmpty(_ viewer: Viewer, _ tree: PlaceTree) -> Bool {
        !viewer.may("all-cases") && !viewer.may("misconduct") && !permissions.contains { viewer.reaches($0, in: tree) }
    }

    /// The condition on `complaint`. Whoever a case is about does not see it.
    var condition: SQL {
        let ordinary: SQL
        if seesAll {
            ordinary = "complaint.confidential = 0"
        } else {
            let near: SQL = places.isEmpty
                ? "complaint.recorded_by = \(person)"
                : """
                    (complaint.place in \(list: places) or complaint.unit in \(list: places) or complaint.recorded_by = \(person)
                     or exists (select 1 as one from complaint_unit u where u.complaint = complaint.id and u.unit in \(list: places)))
                    """
            ordinary = "(complaint.confidential = 0 and \(sql: near))"
        }
        let seen: SQL = seesMisconduct ? "(complaint.confidential = 1 or \(sql: ordinary))" : ordinary
        return person.isEmpty ? seen : "(\(sql: seen) and complaint.respondent <> \(person))"
    }
}

/// Reads cases.
struct ComplaintReader {
    let tx: any Reading
    let hall: Hallkeeper

    /// One case by its id, only if it may be seen.
    func find(_ id: Complaint.ID, _ sight: ComplaintSight) throws -> Complaint? {
        try tx.one("select complaint.* from complaint where complaint.id = \(id) and \(sql: sight.condition)").map(Complaint.init(row:))
    }

    func text(_ id: String) throws -> String {
        id.isEmpty ? "" : try tx.one("select text from personal where id = \(id)")?.text("text") ?? ""
    }

    /// Personal texts of many ids at once.
    func texts(_ ids: [String]) throws -> [String: String] {
        let wanted = Array(Set(ids.filter { !$0.isEmpty })).sorted()
        guard !wanted.isEmpty else { return [:] }
        var found: [String: String] = [:]
        for row in try tx.rows("select id, text from personal where id in \(list: wanted)") { found[try row.text("id")] = try row.text("text") }
        return found
    }

    func words(_ complaint: Complaint) throws -> [String: String] {
        let ids = ["text": complaint.text, "wish": complaint.wish, "name": complaint.name, "phone": complaint.phone, "address": complaint.address]
        let found = try texts(Array(ids.values))
        return ids.compactMapValues { found[$0] }
    }

    /// With everything that was done and is owed.
    func file(_ complaint: Complaint) throws -> ComplaintFile {
        var file = ComplaintFile(complaint: complaint)
        file.words = try words(complaint)
        file.units = try tx.rows("select * from complaint_unit where complaint = \(complaint.id) order by dispatched, unit").map(ComplaintUnit.init(row:))
        let steps = try tx.rows("select * from complaint_step where complaint = \(complaint.id) order by id").map(ComplaintStep.init(row:))
        let parsed = steps.map { step in (step, Self.map(step.fields), Self.map(step.texts)) }
        let texts = try texts(parsed.flatMap { Array($0.2.values) })
        let people = Array(Set(steps.map(\.by) + parsed.flatMap { [$0.1["assignee"], $0.1["owner"]].compactMap(\.self) } + [complaint.assignee, complaint.improvementOwner].filter { !$0.isEmpty })).sorted()
        var names: [String: String] = [:]
        for row in try tx.rows("select person.person as person, personal.text as name from person join personal on personal.id = person.name where person.person in \(list: people)") {
            names[try row.text("person")] = try row.text("name")
        }
        file.steps = parsed.map { step, fields, words in
            ComplaintFile.Step(step: step, fields: fields, words: words.compactMapValues { texts[$0] }, by: names[step.by] ?? step.by)
        }
        file.names = names
        file.owed = try Duty.open(about: complaint.subject, tx)
        if let duty = file.owed.first, let inForce = try? hall.packs.pack(duty.pack, tx), let rule = inForce.pack.rule(duty.rule) {
            let who = try Roster(tx: tx).responsible(for: duty, rule: rule, pack: inForce.pack, on: max(duty.day, hall.zone.day(of: duty.opens)))
            for person in who.people.prefix(5) { if let name = try Person.name(person, tx) { file.waiting.append(name) } }
        }
        if !complaint.isConfidential { file.links = try links(complaint) }
        return file
    }

    /// Both ways.
    private func links(_ complaint: Complaint) throws -> [(how: String, number: String, id: String)] {
        var found: [(how: String, number: String, id: String)] = []
        for (how, id) in [("combined-into", complaint.combinedInto), ("repeat-of", complaint.repeatOf), ("converted-from", complaint.convertedFrom), ("converted-into", complaint.convertedInto)] where !id.isEmpty {
            if let row = try tx.one("select number, id from complaint where id = \(id) and confidential = 0") { found.append((how, try row.text("number"), id)) }
        }
        for row in try tx.rows("select number, id from complaint where combined_into = \(complaint.id) and combined_into <> '' and confidential = 0 order by id limit 100") { found.append(("combines", try row.text("number"), try row.text("id"))) }
        for row in try tx.rows("select number, id from complaint where repeat_of = \(complaint.id) and repeat_of <> '' and confidential = 0 order by id limit 100") { found.append(("repeated-by", try row.text("number"), try row.text("id"))) }
        return found
    }

    static func map(_ text: String) -> [String: String] {
        guard let json = try? JSON(parsing: Array(text.utf8)), case .object(let members) = json else { return [:] }
        return members.compactMapValues { if case .string(let value) = $0 { value } else { nil } }
    }
}
