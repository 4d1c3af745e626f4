import Foundation
import Regulation
import Store
import WorkCalendar

/// Takes old cases in from a file, each by an act of its own, in pieces that may be repeated. They are history: closed, nothing
/// is owed about them, no clock runs; they are found by searching and counted apart.
struct Importing {
    let hall: Hallkeeper
    static let piece = 200

    // MARK: - The file

    /// Keeps a file and says which column is what, as far as it can be known: as it was said last time, else by the heads.
    func begin(_ raw: [UInt8], name: String, mapping given: ImportMapping? = nil, by actor: Actor, person: String, key: IdempotencyKey? = nil, at now: Instant, answer: @escaping @Sendable (CaseImport.ID) -> String = { $0 }) async throws -> CaseImport {
        let file = try ImportFile(raw)
        var (reader, lines) = (file.rows(from: file.start), 0)
        while try reader.next() != nil { lines += 1 }
        let blob = try await hall.blobs.keep(file.bytes, media: "text/csv", at: now)
        let (total, day, head) = (lines, hall.zone.day(of: now), ImportMapping.head(file.head))
        return try await hall.act(by: actor, at: now, key: key) { act in
            guard let book = try act.hall.packs.inForce(on: day, act.act)?.pack.caseBook, !book.isEmpty else { throw Refusal.conflict(Text("规范包里没有工单。", "The rulebook has no cases.")) }
            var one = CaseImport()
            (one.place, one.id, one.blob, one.lines, one.by, one.at) = (try act.company().id, act.act.id().description, blob, total, person, act.now)
            one.name = String(name.filter { !$0.isNewline }.suffix(100))
            let remembered = try act.act.one("select mapping from import_mapping where head = \(head)").map { ImportMapping(json: try $0.text("mapping")) }
            one.mapping = (given ?? remembered ?? ImportMapping(guessing: file.head, book)).json
            try act.enter(Event(kind: "import.began", about: "import:" + one.id, at: act.now, fields: ["lines": String(total)]), at: one.place)
            try act.act.keep(one)
            act.act.answer = answer(one.id)
            return one
        }
    }

    func find(_ id: CaseImport.ID) async throws -> CaseImport? {
        try await hall.store.read { tx in try tx.one("select * from case_import where id = \(id)").map(CaseImport.init(row:)) }
    }

    func file(_ one: CaseImport) async throws -> ImportFile {
        guard let found = try await hall.blobs.find(one.blob) else { throw Refusal.conflict(Text("文件已经删除。", "The file has been deleted.")) }
        return try ImportFile(found.bytes)
    }

    func reading(_ one: CaseImport, _ file: ImportFile, at now: Instant) async throws -> ImportReading {
        let (tree, day) = (try await hall.tree.tree(hall.store), hall.zone.day(of: now))
        let book = try await hall.store.read { [hall] tx in try hall.packs.inForce(on: day, tx)?.pack.caseBook } ?? CaseBook()
        return ImportReading(ImportMapping(json: one.mapping), head: file.head, book: book, tree: tree, zone: hall.zone, now: now)
    }

    /// Keeps what was said of the columns; with `start` the file is taken in, piece by piece.
    func map(_ one: CaseImport, _ mapping: ImportMapping, head: [String], start: Bool, by actor: Actor, key: IdempotencyKey? = nil, at now: Instant) async throws {
        let (id, text, key0) = (one.id, mapping.json, ImportMapping.head(head))
        let cursor = try await file(one).start.text
        try await hall.act(by: actor, at: now, key: key) { act in
            guard var one = try act.act.one("select * from case_import where id = \(id)").map(CaseImport.init(row:)) else { throw Refusal.notFound }
            guard one.state == .mapping else { throw Refusal.conflict(Text("已经开始导入，不能再改。", "It has begun and cannot be changed any more.")) }
            one.mapping = text
            if start { one.state = .running }
            try act.enter(Event(kind: start ? "import.started" : "import.mapped", about: "import:" + id, at: act.now), at: one.place)
            try act.act.keep(one)
            try act.act.run("insert into import_mapping (head, mapping, at) values (\(key0), \(text), \(act.now)) on conflict (head) do update set mapping = excluded.mapping, at = excluded.at")
            if start { try act.act.keep(Fanout(place: one.place, id: act.act.id().description, kind: "import", event: one.id, cursor: cursor, done: 0, total: one.lines, state: .running)) }
        }
    }

    // MARK: - Piece by piece

    private enum Outcome { case added, known }

    /// Works one piece; what a process that died had taken in already is found and counted once.
    func work(_ fanout: Fanout, at now: Instant) async throws {
        guard let one = try await find(fanout.event), one.state == .running else { return try await end(fanout, nil, [], at: now) }
        guard let file = try? await file(one) else {
            // The file is gone: what was taken in stays.
            var last = one
            (last.state, last.ended, last.wrong) = (.done, now, one.wrong + one.lines - one.done)
            var over = fanout
            over.state = .done
            return try await end(over, last, [], at: now)
        }
        let reading = try await reading(one, file, at: now)
        var reader = file.rows(from: ImportFile.Position(fanout.cursor) ?? file.start)
        var next = one
        var wrong: [(line: Int, problem: ImportedCase.Problem)] = []
        var isOver = false
        for _ in 0..<Self.piece {
            guard let row = try reader.next() else {
                isOver = true
                break
            }
            next.done += 1
            let (found, problems) = reading.read(row)
            guard problems.isEmpty else {
                next.wrong += 1
                wrong += problems.map { (row.line, $0) }
                continue
            }
            switch try await take(found, one, line: row.line, at: now) {
            case .added: next.added += 1
            case .known: next.known += 1
            }
        }
        if isOver { (next.state, next.ended) = (.done, now) }
        var fanout = fanout
        (fanout.cursor, fanout.done, fanout.state) = (reader.at.text, next.done, isOver ? .done : .running)
        try await end(fanout, next, wrong, at: now)
    }

    private func end(_ fanout: Fanout, _ one: CaseImport?, _ wrong: [(line: Int, problem: ImportedCase.Problem)], at now: Instant) async throws {
        var last = fanout
        if one == nil { last.state = .done }
        let (row, lines) = (last, wrong.map { (line: $0.line, field: $0.problem.field.rawValue, text: $0.problem.sentence) })
        try await hall.act(by: .clock, at: now) { act in
            try act.enter(Event(kind: "fanout.advanced", about: "fanout:\(row.id)", at: now, fields: ["done": String(row.done)]), at: row.place)
            try act.act.keep(row)
            if let one {
                try act.act.keep(one)
                let id = one.id
                for wrong in lines {
                    try act.act.run("insert into case_import_wrong (import, line, field, zh, en) values (\(id), \(wrong.line), \(wrong.field), \(wrong.text.zh), \(wrong.text.en)) on conflict (import, line, field) do nothing")
                }
            }
        }
    }

    private func take(_ found: ImportedCase, _ one: CaseImport, line: Int, at now: Instant) async throws -> Outcome {
        let tracking = TrackingCode.draw(hall)
        let day = hall.zone.day(of: now)
        return try await hall.act(by: one.by.isEmpty ? .machine("command") : .person(one.by), at: now) { act in
            let tx = act.act
            let mark = JSON.object(["import": .string(one.id), "line": .string(String(line))]).text
            var c = found.complaint
            if try tx.one("select 1 as one from complaint where id = \(c.id)") != nil {
                let own = try tx.one("select fields from complaint_step where complaint = \(c.id) order by id limit 1")?.text("fields") == mark
                return own ? .added : .known
            }
            c.place = try tx.one("select place from place where kind = \("call-centre") and ended is null order by place limit 1")?.text("place") ?? one.place
            c.pack = try act.hall.packs.inForce(on: day, tx)?.hash ?? ""
            (c.tracking, c.recordedBy) = (tracking, act.by)
            c.day = act.hall.zone.day(of: c.recorded).description.filter { $0 != "-" }
            let (series, date) = (c.series, c.day)
            c.seq = Int(try tx.one("select max(seq) as n from complaint where series = \(series) and day = \(date)")?.optionalInt("n") ?? 0) + 1
            c.renumber()
            try act.enter(Event(kind: "complaint.imported", about: c.subject, at: c.recorded, fields: ["number": c.number]), at: c.place)
            func personal(_ text: String?) throws -> String { text.map { $0.isEmpty } ?? true ? "" : try tx.personal(text ?? "", place: c.place).description }
            (c.text, c.wish, c.name) = (try personal(found.texts["text"]), try personal(found.texts["wish"]), try personal(found.texts["name"]))
            (c.phone, c.address) = (try personal(found.texts["phone"]), try personal(found.texts["address"]))
            try tx.keep(c)
            func step(_ act_: String, _ at: Instant, _ fields: String, _ words: [String: String]) throws {
                var step = ComplaintStep()
                (step.place, step.id, step.complaint, step.act, step.at, step.recorded, step.by, step.fields) = (c.place, tx.id().description, c.id, act_, at, act.now, act.by, fields)
                let texts = try words.mapValues { JSON.string(try personal($0)) }
                step.texts = JSON.object(texts).text
                try tx.keep(step)
            }
            try step("import", c.recorded, mark, [:])
            if !found.reply.isEmpty { try step("reply", c.replied ?? c.ended ?? c.recorded, "{}", ["reply": found.reply]) }
            if !found.note.isEmpty { try step("note", c.recorded, "{}", ["note": found.note]) }
            let phone = found.texts["phone"] ?? ""
            try ComplaintSearch(engine: act.hall.store.engine).put(
                c, texts: [found.texts["text"] ?? "", found.texts["wish"] ?? "", found.texts["address"] ?? "", found.reply], name: found.texts["name"] ?? "", phone: phone.contains("*") ? "" : phone, account: c.account, tx)
            return .added
        }
    }

    // MARK: - Afterwards

    /// Files hold what customers said: they go thirty days after their end, or after they were left lying. The rows stay.
    func forget(at now: Instant) async throws {
        let old = now.adding(minutes: -30 * 1440)
        let blobs = try await hall.store.read { tx in try tx.rows("select blob from case_import where at < \(old) and (ended is null or ended < \(old)) and state <> 'running' order by at limit 100").map { try $0.text("blob") } }
        for blob in blobs where !blob.isEmpty {
            let isUsed = try await hall.store.read { tx in try tx.one("select 1 as one from case_import where at >= \(old) and blob = \(blob) limit 1") != nil }
            if !isUsed { _ = try await hall.blobs.store.write { tx in try tx.run("delete from blob where hash = \(blob) and media = 'text/csv'") } }
        }
    }
}
