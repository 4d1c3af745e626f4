import Foundation
import Regulation
import Store
import WorkCalendar

/// Old cases from a file: uploaded, its columns said, looked at, taken in.
struct ImportRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.imports, .may("import-cases")) { try await list($0, "") }, Entry("POST", Site.imports, .may("import-cases"), bodyLimit: ImportFile.mostBytes + (1 << 20), upload),
            Entry("GET", Site.importSample, .may("import-cases"), sample), Entry("GET", Site.import_, .may("import-cases")) { try await show($0) }, Entry("POST", Site.import_, .may("import-cases"), map),
            Entry("GET", Site.importWrong, .may("import-cases"), wrong),
        ]
    }
    private var importing: Importing { Importing(hall: hall) }

    private func list(_ visit: Visit, _ problem: String) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let w = desk.w
        let rows = try await hall.store.read { tx in try tx.rows("select * from case_import where at >= 0 order by at desc limit 50").map(CaseImport.init(row:)) }
        return try await desk.page(
            ImportsPage(title: w("import.title"), problem: problem, lines: rows.map { .init(name: $0.name.isEmpty ? w("import.unnamed") : $0.name, link: Site.import_.link($0.id), note: desk.times.moment($0.at) + " · " + summary($0, w)) }, hidden: desk.hidden),
            status: problem.isEmpty ? 200 : 422)
    }

    private func summary(_ one: CaseImport, _ w: Words) -> String {
        switch one.state {
        case .mapping: w("import.state.mapping", n: one.lines)
        case .running: w("import.state.running", ["done": String(one.done), "lines": String(one.lines)])
        case .done: w("import.state.done", ["added": String(one.added), "known": String(one.known), "wrong": String(one.wrong)])
        }
    }

    private func upload(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        guard let file = visit.form.files.first(where: { $0.field == "file" }) else { return try await list(visit, desk.w("import.choose")) }
        do {
            // Two who send the same form have one import; the file is part of what was sent.
            let key = desk.key.map { IdempotencyKey(key: $0.key, digest: $0.digest + Hash.hex(Hash.sha256(file.bytes)).prefix(16)) }
            let one = try await importing.begin(file.bytes, name: file.name, by: desk.actor, person: desk.viewer.person.id, key: key, at: visit.now) { Site.import_.link($0) }
            return .redirect(Site.import_.link(one.id))
        } catch let problems as FormProblems { return try await list(visit, problems.fields.map { desk.w($0.sentence) }.joined(separator: " ")) }
    }

    private static let sampleRows = 20_000
    private static let previewRows = 10
    private static let shownWrong = 50

    private func show(_ visit: Visit, trying typed: ImportMapping? = nil, status: Int = 200) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let w = desk.w
        guard var one = try await importing.find(visit[0]) else { throw Refusal.notFound }
        if let typed { one.mapping = typed.json }
        let id = one.id
        var page = ImportPage(
            title: one.name.isEmpty ? w("import.unnamed") : one.name, link: Site.import_.link(id), state: one.state.rawValue, lines: one.lines, summary: summary(one, w), done: one.done, columns: [], values: [], previewHead: [], preview: [],
            wrong: [], wrongMore: 0, wrongLink: "", foundLink: Site.complaints.link() + "?tab=closed", hidden: desk.hidden)
        if one.state == .mapping {
            try await look(one, desk, &page)
        } else {
            let rows = try await hall.store.read { tx in
                try tx.rows("select line, field, zh, en from case_import_wrong where import = \(id) order by line, field limit \(Self.shownWrong + 1)").map { (Int(try $0.int("line")), try $0.text("field"), Text(try $0.text("zh"), try $0.text("en"))) }
            }
            page.wrong = rows.prefix(Self.shownWrong).map { .init(line: $0.0, field: w("import.field." + $0.1), sentence: w($0.2)) }
            page.wrongMore = rows.count > Self.shownWrong ? max(0, one.wrong - Self.shownWrong) : 0
            page.wrongLink = rows.isEmpty ? "" : Site.importWrong.link(id)
        }
        var reply = try await desk.page(page, status: status)
        if one.state == .running { reply.set("refresh", "2") }
        return reply
    }

    /// The form, the first rows as they would be, words nobody has explained, and what is wrong with which line.
    private func look(_ one: CaseImport, _ desk: Desk, _ page: inout ImportPage) async throws {
        let w = desk.w
        let file = try await importing.file(one)
        let reading = try await importing.reading(one, file, at: desk.visit.now)
        let heads = file.head.filter { !$0.isEmpty }.map { Selection(id: $0, name: $0) }
        func options(_ field: ImportField) -> [Selection] { ImportReading.items(field, reading.book, reading.tree).map { Selection(id: $0.id, name: w($0.name)) } }
        page.columns = ImportField.allCases.map { field in
            .init(
                field: field.rawValue, label: w("import.field." + field.rawValue), isNeeded: field == .recorded || field == .text, heads: heads, chosen: reading.mapping.columns[field.rawValue] ?? "",
                choices: field.isChoice && (field.needsDefault || [.service, .hall, .unit].contains(field)) ? options(field) : [], fallback: reading.mapping.defaults[field.rawValue] ?? "")
        }
        let shown: [ImportField] = [.recorded, .door, .kind, .channel, .unit, .text, .replied, .reply]
        page.previewHead = shown.map { w("import.field." + $0.rawValue) } + [""]
        var (reader, looked, good, bad) = (file.rows(from: file.start), 0, 0, 0)
        var unknown: [String: Int] = [:]
        var ids: [(line: Int, id: String)] = []
        while looked < Self.sampleRows, let row = try reader.next() {
            looked += 1
            let (found, problems) = reading.read(row)
            for field in ImportField.allCases where field.isChoice {
                let text = reading.text(field, row)
                if !text.isEmpty, reading.choice(field, row) == nil || reading.mapping.values[field.rawValue + ":" + text] != nil { unknown[field.rawValue + ":" + text, default: 0] += 1 }
            }
            if problems.isEmpty { good += 1 } else { bad += 1 }
            if page.wrong.count < Self.shownWrong { page.wrong += problems.map { ImportPage.Wrong(line: row.line, field: w("import.field." + $0.field.rawValue), sentence: w($0.sentence)) } }
            if looked <= Self.previewRows {
                ids.append((row.line, found.complaint.id))
                page.preview.append(.init(line: row.line, cells: shown.map { cell($0, found, desk) }, problems: problems.map { w("import.field." + $0.field.rawValue) + w("case.colon") + w($0.sentence) }))
            }
        }
        let wanted = ids.map(\.id)
        let known = try await hall.store.read { tx in Set(try tx.rows("select id from complaint where id in \(list: wanted)").map { try $0.text("id") }) }
        for index in page.preview.indices { page.preview[index].cells.append(known.contains(ids[index].id) ? w("import.known") : "") }
        page.summary = w("import.checked", ["good": String(good), "bad": String(bad)]) + (looked < one.lines ? " " + w("import.checked-first", n: looked) : "")
        page.wrongMore = max(0, bad - Self.shownWrong)
        let most = unknown.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(60)
        page.values = most.compactMap { key, count in
            let parts = key.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2, let field = ImportField(rawValue: parts[0]) else { return nil }
            let fallback = field.needsDefault ? w("import.as-default") : w("import.as-nothing")
            return .init(id: "v-" + key, label: w("import.value", ["field": w("import.field." + field.rawValue), "value": parts[1]]), count: count, choices: [Selection(id: "*", name: fallback)] + options(field), chosen: reading.mapping.values[key] ?? "")
        }
    }

    private func cell(_ field: ImportField, _ found: ImportedCase, _ desk: Desk) -> String {
        let (c, w, book) = (found.complaint, desk.w, desk.pack.pack.caseBook)
        func moment(_ at: Instant?) -> String { at.map { $0.ms == 0 ? "" : hall.zone.day(of: $0).description + " " + desk.times.clock($0) } ?? "" }
        switch field {
        case .recorded: return moment(c.recorded)
        case .replied: return moment(c.replied)
        case .door: return book.door(c.door).map { w($0.name) } ?? ""
        case .kind: return book.kind(c.kind).map { w($0.name) } ?? ""
        case .channel: return book.channel(c.channel).map { w($0.name) } ?? ""
        case .unit: return desk.tree[c.unit].map { w($0.name) } ?? ""
        case .text: return QueueRoutes.short(found.texts["text"] ?? "")
        default: return QueueRoutes.short(found.reply)
        }
    }

    private func map(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        guard let one = try await importing.find(visit[0]) else { throw Refusal.notFound }
        guard one.state == .mapping else { return .redirect(Site.import_.link(one.id)) }
        let file = try await importing.file(one)
        var mapping = ImportMapping()
        for (name, value) in visit.form.fields where !value.isEmpty {
            if name.hasPrefix("c-"), ImportField(rawValue: String(name.dropFirst(2))) != nil, file.head.contains(value) { mapping.columns[String(name.dropFirst(2))] = value }
            if name.hasPrefix("d-"), ImportField(rawValue: String(name.dropFirst(2)))?.isChoice == true { mapping.defaults[String(name.dropFirst(2))] = value }
            if name.hasPrefix("v-") { mapping.values[String(name.dropFirst(2))] = value }
        }
        let isBeginning = visit.form["what"] == "begin"
        // Without these no line could be taken in.
        guard !isBeginning || mapping.columns["recorded"] != nil && (mapping.columns["text"] != nil || mapping.columns["title"] != nil) else { return try await show(visit, trying: mapping, status: 422) }
        try await importing.map(one, mapping, head: file.head, start: isBeginning, by: desk.actor, key: desk.key, at: visit.now)
        return desk.done(Site.import_.link(one.id), isBeginning ? desk.w("import.begun") : "")
    }

    /// The lines that could not be taken in, as they were, with why: to be mended and sent again.
    private func wrong(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        guard let one = try await importing.find(visit[0]) else { throw Refusal.notFound }
        let (id, w) = (one.id, desk.w)
        let file = try await importing.file(one)
        let rows = try await hall.store.read { tx in try tx.rows("select line, field, zh, en from case_import_wrong where import = \(id) order by line, field").map { (Int(try $0.int("line")), try $0.text("field"), Text(try $0.text("zh"), try $0.text("en"))) } }
        let why = Dictionary(rows.map { ($0.0, w("import.field." + $0.1) + w("case.colon") + w($0.2)) }, uniquingKeysWith: { $0 + " " + $1 })
        var (reader, table) = (file.rows(from: file.start), [file.head + [w("import.why")]])
        while let row = try reader.next() { if let reason = why[row.line] { table.append(row.fields + Array(repeating: "", count: max(0, file.head.count - row.fields.count)) + [reason]) } }
        return Self.csv(table, "wrong-lines")
    }

    private func sample(_ visit: Visit) async throws -> Reply { Self.csv(OldCases.rows(12, before: hall.zone.day(of: visit.now)), "sample") }

    private static func csv(_ table: [[String]], _ name: String) -> Reply {
        var reply = Reply.file(Array(CSVText.write(table).utf8), media: "text/csv; charset=utf-8")
        reply.set("content-disposition", "attachment; filename=\"\(name).csv\"")
        reply.set("cache-control", "no-store")
        return reply
    }
}
