import Foundation
import Regulation
import Store
import WorkCalendar

/// One act upon many cases: written down once, then worked case by case, each an act of its own with how it went; what can be
/// taken back is taken back the same way.
struct Bulk: Sendable, Equatable, Kept {
    /// What can be done to many at once, and what takes it back; nil: what was told to people stays told.
    static let acts: [(act: ComplaintAct, undo: ComplaintAct?)] = [
        (.dispatch, nil), (.sign, nil), (.assign, .assign), (.supervise, .release), (.release, .supervise), (.combine, .split), (.note, nil), (.close, .reopen),
        (.proposeDisposal, nil), (.dispose, nil), (.keepLonger, nil),
    ]
    static let most = 2000

    var place: Place.ID = ""
    var id = ""
    var person: Person.ID = ""
    var act = ""
    /// What was filled in; words stand as ids of personal texts.
    var fields = "{}"
    var total = 0
    var made = Instant(ms: 0)
    var undone: Instant?

    static let columns: [Column<Bulk>] = [
        .text("place", \.place), .text("id", \.id), .text("person", \.person), .text("act", \.act), .text("fields", \.fields), .int("total", \.total),
        .instant("made", \.made), .moment("undone", \.undone),
    ]
    static let table = Table(name: "bulk", key: ["place", "id"], columns: columns.map(\.name))
    var values: [Value] { Self.columns.map { $0.value(self) } }
    init() {}
    init(row: Row) throws {
        for column in Self.columns { try column.take(&self, row) }
    }

    /// One case of it.
    struct Line: Sendable, Equatable, Kept {
        enum State: String, Sendable { case waiting, done, refused, undoing, undone, kept }
        var place: Place.ID = ""
        var bulk = ""
        var complaint: Complaint.ID = ""
        var seq = 0
        var state: State = .waiting
        /// The refusal as `zh|en`, or who had it before.
        var note = ""

        static let columns: [Column<Line>] = [
            .text("place", \.place), .text("bulk", \.bulk), .text("complaint", \.complaint), .int("seq", \.seq), .word("state", \.state), .text("note", \.note),
        ]
        static let table = Table(name: "bulk_row", key: ["place", "bulk", "complaint"], columns: columns.map(\.name))
        var values: [Value] { Self.columns.map { $0.value(self) } }
        init() {}
        init(row: Row) throws {
            for column in Self.columns { try column.take(&self, row) }
        }
        /// Two sentences in one column.
        static func packed(_ text: Text) -> String { text.zh.replacingOccurrences(of: "|", with: "／") + "|" + text.en }
        var said: Text {
            let parts = note.split(separator: "|", maxSplits: 1).map(String.init)
            return Text(parts.first ?? "", parts.count == 2 ? parts[1] : parts.first ?? "")
        }
    }

    /// Writes down what is to be done to these cases. Refuses none, too many, and what is wrong with what was filled in.
    static func begin(_ what: ComplaintAct, _ cases: [Complaint.ID], _ sent: [String: String], by person: Person.ID, _ act: HallAct) throws -> Bulk {
        guard !cases.isEmpty else { throw FormProblems(fields: [("case", Text("先勾选工单。", "Tick some cases first."))]) }
        guard cases.count <= most else { throw FormProblems(fields: [("case", Text("一次最多 \(most) 件。", "\(most) at most at a time."))]) }
        guard acts.contains(where: { $0.act == what }) else { throw FormProblems(fields: [("act", Text("这一步不能成批做。", "This is not done to many at once."))]) }
        let day = act.hall.zone.day(of: act.now)
        guard let book = try act.hall.packs.inForce(on: day, act.act)?.pack.caseBook else { throw Refusal.notFound }
        let input = try ActInput(what, sent: sent, book: book, zone: act.hall.zone, now: act.now)
        var bulk = Bulk()
        (bulk.place, bulk.id, bulk.person, bulk.act, bulk.total, bulk.made) = (try act.company().id, act.act.id().description, person, what.rawValue, cases.count, act.now)
        try act.enter(Event(kind: "bulk.begun", about: "bulk:" + bulk.id, at: act.now, fields: ["act": what.rawValue]), at: bulk.place)
        var fields: [String: JSON] = [:]
        for field in what.fields where !input[field.id].isEmpty {
            fields[field.id] = .string(field.kind == .words ? try act.act.personal(input[field.id], place: bulk.place).description : input[field.id])
        }
        bulk.fields = JSON.object(fields).text
        try act.act.keep(bulk)
        for (seq, complaint) in cases.enumerated() {
            var line = Line()
            (line.place, line.bulk, line.complaint, line.seq) = (bulk.place, bulk.id, complaint, seq)
            try act.act.keep(line)
        }
        return bulk
    }

    /// Takes back what was done and can be: only by whoever did it.
    static func undo(_ id: String, by person: Person.ID, _ act: HallAct) throws {
        let company = try act.company().id
        guard var bulk = try act.act.one("select * from bulk where place = \(company) and id = \(id)").map(Bulk.init(row:)), bulk.person == person else { throw Refusal.notFound }
        guard bulk.undone == nil else { throw Refusal.conflict(Text("已经撤回过。", "It was taken back already.")) }
        guard acts.first(where: { $0.act.rawValue == bulk.act })?.undo != nil else { throw Refusal.conflict(Text("这一步不能撤回。", "This cannot be taken back.")) }
        bulk.undone = act.now
        try act.enter(Event(kind: "bulk.undone", about: "bulk:" + id, at: act.now), at: company)
        try act.act.keep(bulk)
        for var line in try act.act.rows("select * from bulk_row where place = \(company) and bulk = \(id) and state in ('waiting', 'done')").map(Line.init(row:)) {
            line.state = line.state == .done ? .undoing : .kept
            try act.act.keep(line)
        }
    }

    // MARK: - Working it

    /// Does the next cases of what waits, each in an act of its own; gives how many there were.
    static func work(_ hall: Hallkeeper, at now: Instant, only id: String? = nil, most: Int = 100) async throws -> Int {
        let waiting = try await hall.store.read { tx -> [(Bulk, Line)] in
            let lines = id == nil
                ? try tx.rows("select * from bulk_row where state in ('waiting', 'undoing') order by bulk, seq limit \(most)").map(Line.init(row:))
                : try tx.rows("select * from bulk_row where bulk = \(id ?? "") and state in ('waiting', 'undoing') order by seq limit \(most)").map(Line.init(row:))
            var bulks: [String: Bulk] = [:]
            for line in lines where bulks[line.bulk] == nil { bulks[line.bulk] = try tx.one("select * from bulk where place = \(line.place) and id = \(line.bulk)").map(Bulk.init(row:)) }
            return lines.compactMap { line in bulks[line.bulk].map { ($0, line) } }
        }
        for (bulk, line) in waiting {
            do {
                try await hall.act(by: .person(bulk.person), at: now) { act in try bulk.take(line, act) }
            } catch let refusal as Refusal {
                try await bulk.settle(line, refusal.sentence, hall, at: now)
            } catch let problems as FormProblems {
                try await bulk.settle(line, problems.fields.first?.sentence ?? Text("没有办成。", "It was not done."), hall, at: now)
            }
        }
        return waiting.count
    }

    private func settle(_ line: Line, _ sentence: Text, _ hall: Hallkeeper, at now: Instant) async throws {
        try await hall.act(by: .person(person), at: now) { act in
            guard var fresh = try current(line, act) else { return }
            fresh.state = fresh.state == .waiting ? .refused : .kept
            fresh.note = Line.packed(sentence)
            try act.enter(Event(kind: "bulk.refused", about: "bulk:" + id, at: act.now), at: place)
            try act.act.keep(fresh)
        }
    }

    /// As it stands now, where it still waits: of two processes one does it.
    private func current(_ line: Line, _ act: HallAct) throws -> Line? {
        try act.act.one("select * from bulk_row where place = \(line.place) and bulk = \(line.bulk) and complaint = \(line.complaint) and state in ('waiting', 'undoing')").map(Line.init(row:))
    }

    private func take(_ line: Line, _ act: HallAct) throws {
        guard var fresh = try current(line, act), let entry = Self.acts.first(where: { $0.act.rawValue == self.act }) else { return }
        let isUndo = fresh.state == .undoing
        guard let what = isUndo ? entry.undo : entry.act else { return }
        // Only what whoever asks may see, asked again for each.
        let tree = try PlaceTree(act.act.rows("select * from place").map(Place.init(row:)))
        guard let viewer = try ViewerFinder(tx: act.act, hall: act.hall).viewer(person, on: act.hall.zone.day(of: act.now)),
            let complaint = try ComplaintReader(tx: act.act, hall: act.hall).find(line.complaint, ComplaintSight(viewer, tree))
        else { throw Refusal.notFound }
        var values = ComplaintReader.map(fields)
        for field in entry.act.fields where field.kind == .words { if let text = values[field.id] { values[field.id] = try ComplaintReader(tx: act.act, hall: act.hall).text(text) } }
        if isUndo {
            let why = "撤回成批操作"
            values = what == .assign ? ["assignee": fresh.note] : ["reason": why, "demand": why]
        }
        if what == .assign, !isUndo { fresh.note = complaint.assignee }
        try ComplaintActs(act).do(what, complaint.id, ActInput(values: values), by: person)
        fresh.state = isUndo ? .undone : .done
        try act.enter(Event(kind: isUndo ? "bulk.taken-back" : "bulk.done", about: "bulk:" + id, at: act.now), at: place)
        try act.act.keep(fresh)
    }
}
