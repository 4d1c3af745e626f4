import Foundation
import Regulation
import Store
import WorkCalendar

/// `@name` in a note: by name, by sign-in, by the initials of its pinyin. Whoever is named gets a message with a link, nothing
/// else; somebody who may not see the case is not told of it.
struct Mention {
    let tx: any Reading
    let hall: Hallkeeper

    /// The names after each `@`.
    static func names(in text: String) -> [String] {
        var seen: Set<String> = []
        return text.matches(of: /[@＠]([\p{L}\p{N}._-]{1,40})/).map { String($0.1) }.filter { seen.insert($0).inserted }.prefix(20).map { $0 }
    }

    /// Whom a text names, among those who may see the case. A name there is none of, or several of, is refused in a sentence.
    func people(in text: String, of complaint: Complaint, on day: Day) throws -> [Person.ID] {
        let names = Self.names(in: text)
        guard !names.isEmpty else { return [] }
        let known = try tx.rows("select person.person as id, person.login as login, personal.text as name from person join personal on personal.id = person.name where person.active = 1 order by person.person limit 5000")
            .map { (id: try $0.text("id"), login: try $0.text("login"), name: try $0.text("name")) }
        let tree = try PlaceTree(tx.rows("select * from place").map(Place.init(row:)))
        func sees(_ id: Person.ID) throws -> Bool {
            guard let viewer = try ViewerFinder(tx: tx, hall: hall).viewer(id, on: day) else { return false }
            return try ComplaintReader(tx: tx, hall: hall).find(complaint.id, ComplaintSight(viewer, tree)) != nil
        }
        var found: [Person.ID] = []
        for name in names {
            let plain = name.lowercased()
            // Chinese text follows a name without a space: the longest name the words begin with.
            var matching = known.filter { $0.login.lowercased() == plain || $0.name == name }
            if matching.isEmpty { matching = known.filter { $0.name.count >= 2 && name.hasPrefix($0.name) } }
            if matching.isEmpty, plain.allSatisfy(\.isASCII) { matching = known.filter { ComplaintSearch.initials($0.name) == plain } }
            let able = try matching.filter { try sees($0.id) }
            guard let one = able.first, able.count == 1 else {
                if able.count > 1 { throw FormProblems(fields: [("note", Text("“@\(name)”有 \(able.count) 位：\(able.map(\.name).joined(separator: "、"))，请写全名或账号。", "There are \(able.count) called “@\(name)”; write the sign-in name."))]) }
                throw FormProblems(fields: [("note", Text("“@\(name)”找不到，或看不到这件工单。", "There is no “@\(name)” who may see this case."))])
            }
            if !found.contains(one.id) { found.append(one.id) }
        }
        return found
    }
}
