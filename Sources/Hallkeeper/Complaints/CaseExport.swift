import Foundation
import Regulation
import Store
import WorkCalendar

/// Cases as a table: exactly those that were filtered, in their order. Names and phones have their middle hidden and what was
/// said is left out, unless whoever takes them may have personal data. Misconduct is never among them. That they were taken
/// is an entry: by whom, which, how many, whether with personal data.
struct CaseExport {
    let desk: Desk
    let form: SheetWriter.Form
    let isPersonal: Bool
    private var hall: Hallkeeper { desk.hall }

    static let most = 200_000
    private static let piece = 500

    init(_ desk: Desk) throws {
        self.desk = desk
        form = SheetWriter.Form(rawValue: desk.visit.request.query["as"] ?? "csv") ?? .csv
        isPersonal = desk.visit.request.query["personal"] == "yes"
        if isPersonal, !Self.mayPersonal(desk) { throw Refusal.notAllowed(Text("你的岗位不导出客户信息；可以导出不含客户信息的表。", "Your role does not export customers' data; the table without them is open to you.")) }
    }

    static func mayPersonal(_ desk: Desk) -> Bool { desk.viewer.may("export-personal") }

    private static let columns = [
        "number", "recorded", "door", "kind", "severity", "channel", "outer", "hall", "unit", "stage", "contacted", "due", "replied", "calledBack", "satisfaction", "solved", "finding", "responsibility", "cause",
        "improvement", "closed", "name", "phone",
    ]
    private static let personal = ["address", "account", "text", "wish", "reply"]

    /// Writes them to a file, checks that there are as many rows as were counted, enters that they were taken, then sends the file.
    /// `about` is what the entry says of the filter; `asked` the words that were typed, which may be personal.
    func reply(where condition: SQL, order: SQL, name: String, about: String, asked: String, fields: [String: String]) async throws -> Reply {
        let (desk, form, isPersonal) = (self.desk, self.form, self.isPersonal)
        let w = desk.w
        let url = FileManager.default.temporaryDirectory.appending(path: "hallkeeper-export-" + Hash.hex(hall.chance(12)))
        let head = (Self.columns + (isPersonal ? Self.personal : [])).map { w("figure.column." + $0) }
        let count: Int
        do {
            count = try await hall.store.read { [hall] tx in
                let all: SQL = "complaint.confidential = 0 and \(sql: condition)"
                let counted = Int(try tx.one("select count(*) as n from complaint where \(sql: all)")?.int("n") ?? 0)
                guard counted <= Self.most else {
                    throw Refusal.invalid(field: "month", Text("有 \(counted) 件，一次最多导出 \(Self.most) 件，请选窄一些。", "There are \(counted); at most \(Self.most) at a time. Please choose fewer."))
                }
                let sheet = try SheetWriter(form, to: url, sheet: w("nav.complaints"), head: head)
                let ids = try tx.rows("select complaint.id from complaint where \(sql: all) order by \(sql: order)").map { try $0.text("id") }
                let reader = ComplaintReader(tx: tx, hall: hall)
                let line = CaseLine(desk: desk, isPersonal: isPersonal)
                for start in stride(from: 0, to: ids.count, by: Self.piece) {
                    let some = Array(ids[start..<min(start + Self.piece, ids.count)])
                    let found = try tx.rows("select complaint.* from complaint where complaint.id in \(list: some)").map(Complaint.init(row:))
                    let byID = Dictionary(found.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
                    var replies: [String: String] = [:]
                    if isPersonal {
                        for row in try tx.rows("select complaint, texts from complaint_step where complaint in \(list: some) and act = 'reply' order by complaint, id") {
                            replies[try row.text("complaint")] = ComplaintReader.map(try row.text("texts"))["reply"]
                        }
                    }
                    let texts = try reader.texts(found.flatMap { isPersonal ? [$0.text, $0.wish, $0.name, $0.phone, $0.address] : [$0.name, $0.phone] } + Array(replies.values))
                    for id in some { if let complaint = byID[id] { try sheet.write(line.cells(complaint, texts, reply: replies[id].flatMap { texts[$0] } ?? "")) } }
                }
                let written = try sheet.finish()
                guard written == counted else { throw Refusal.busy }
                return written
            }
        } catch {
            try? FileManager.default.removeItem(at: url)
            throw error
        }
        let file = try PassingFile(url)
        let company = desk.tree.company?.id ?? ""
        try await hall.act(by: desk.actor, at: desk.visit.now) { act in
            let all = fields.merging(["rows": String(count), "as": form.rawValue, "personal": isPersonal ? "yes" : "no"]) { own, _ in own }
            try act.enter(Event(kind: "complaint.exported", about: about, at: act.now, fields: all), at: company)
            if !asked.isEmpty { _ = try act.act.personal(asked, place: company) }
        }
        var reply = Reply(headers: [("content-type", form.media)], body: .stream(file.stream))
        reply.set("content-disposition", "attachment; filename=\"\(name)-\(count).\(form.rawValue)\"")
        reply.set("x-rows", String(count))
        reply.set("cache-control", "no-store")
        return reply
    }
}

/// A case as one row.
struct CaseLine {
    let desk: Desk
    let isPersonal: Bool
    private let hidden: Masked
    private let names: [String: String]

    init(desk: Desk, isPersonal: Bool) {
        (self.desk, self.isPersonal) = (desk, isPersonal)
        hidden = Masked(isWhole: isPersonal)
        let (book, w) = (desk.pack.pack.caseBook, desk.w)
        var names: [String: String] = [:]
        for door in book.doors { names["door:" + door.id] = w(door.name) }
        for kind in book.kinds { names["kind:" + kind.id] = w(kind.name) }
        for one in book.severities { names["severity:" + one.id] = w(one.name) }
        for one in book.channels { names["channel:" + one.id] = w(one.name) }
        for (list, items) in book.lists { for item in items { names[list + ":" + item.id] = w(item.name) } }
        self.names = names
    }

    private func name(_ list: String, _ id: String) -> String { id.isEmpty ? "" : names[list + ":" + id] ?? id }
    private func place(_ id: String) -> String { desk.tree[id].map { desk.w($0.name) } ?? "" }
    private func moment(_ at: Instant?) -> String {
        guard let at else { return "" }
        let minute = desk.hall.zone.minuteOfDay(at)
        return desk.hall.zone.day(of: at).description + " " + [minute / 60, minute % 60].map { String(100 + $0).dropFirst() }.joined(separator: ":")
    }

    /// In the order of the head.
    func cells(_ c: Complaint, _ texts: [String: String], reply: String) -> [String] {
        let w = desk.w
        var cells = [c.number, moment(c.recorded), name("door", c.door), name("kind", c.kind), name("severity", c.severity), name("channel", c.channel), c.outerNumber, place(c.hall), place(c.unit)]
        cells += [w("case.stage." + c.stage.rawValue), moment(c.firstContact), moment(c.firstDue), moment(c.replied), moment(c.calledBack), name("satisfaction", c.satisfaction), c.solved.isEmpty ? "" : w("case." + c.solved)]
        cells += [name("finding", c.finding), name("responsibility", c.responsibility), name("cause", c.cause), c.improvement == .none ? "" : w("case.improvement." + c.improvement.rawValue), moment(c.ended)]
        cells += [hidden.name(texts[c.name] ?? ""), hidden.phone(texts[c.phone] ?? "")]
        if isPersonal { cells += [texts[c.address] ?? "", c.account, texts[c.text] ?? "", texts[c.wish] ?? "", reply] }
        return cells
    }
}

/// The queue as a table: what its lists and its search line show.
struct CaseExportRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] { [Entry("GET", Site.complaintExport, .signedIn, queue)] }

    private func queue(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let sight = ComplaintSight(desk.viewer, desk.tree)
        guard !desk.pack.pack.caseBook.isEmpty, !sight.isEmpty else { throw Refusal.notFound }
        let query = visit.request.query
        let tab = ComplaintFilter.Tab(rawValue: query["tab"] ?? "") ?? .open
        guard tab.permissions.isEmpty || tab.permissions.contains(where: desk.viewer.may) else { throw Refusal.notFound }
        let asked = String((query["q"] ?? "").prefix(200))
        let filter = try ComplaintFilter(tab: tab, asked: asked, book: desk.pack.pack.caseBook, tree: desk.tree, zone: hall.zone, now: visit.now, me: desk.viewer.person.id)
        let condition = filter.matching(sight, hall.store.engine, at: visit.now) ?? "1 = 0"
        return try await CaseExport(desk).reply(
            where: condition, order: filter.order, name: "cases-" + tab.rawValue + "-" + desk.today.description.filter { $0 != "-" }, about: "queue:" + tab.rawValue, asked: asked, fields: ["tab": tab.rawValue])
    }
}
