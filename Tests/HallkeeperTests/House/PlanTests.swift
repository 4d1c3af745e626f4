import Foundation
import Store
import StorePostgres
import Testing
import WorkCalendar

@testable import Hallkeeper

/// No page, job or act reads a table that grows with the years from end to end, on either engine.
@Suite struct PlanTests {
    /// What grows with use.
    static let large: Set<String> = [
        "duty", "event", "record", "finding", "inbox", "outbox", "step", "entry", "seal", "personal", "signature", "roster", "session", "idempotency", "walk", "photo", "upload", "upload_part",
        "own_point", "reference_photo",
        "label", "floor_plan", "plan_mark", "item",
        "complaint", "complaint_unit", "complaint_step", "complaint_search", "complaint_sum", "case_import", "case_import_wrong", "claim", "delivery", "announcement",
        "customer", "customer_account", "customer_phone", "bulk_row", "complaint_draft",
    ]
    /// Indexes that hold only what is open now: reading them whole is reading what is asked for.
    static let partial: Set<String> = ["duty_next", "duty_open", "duty_open_seat", "complaint_open", "complaint_unit_open", "complaint_party_open", "complaint_respondent", "delivery_next", "announcement_next", "bulk_row_waiting"]

    @Test func `every statement of every page, job and act finds its rows by an index, on both engines`() async throws {
        let statements = try await Self.heard()
        #expect(statements.count > 60)
        let sqlite = try await TestWorld.make(planned: false).hall.store
        let postgres = try PostgresStore(url: try #require(PostgresServer.shared, "PostgreSQL 15 is needed").database(), connections: 1)
        try await postgres.migrate(try Hallkeeper.migrations)
        var explained = 0
        for text in statements where Self.reads(text) {
            for problem in try await Self.sqliteScans(text, sqlite) { Issue.record("SQLite: \(problem) in: \(text)") }
            // Each engine looks for words, and counts turns, in its own way.
            if !text.contains("complaint_words"), !text.contains("entry_turn") { for problem in try await Self.postgresScans(text, postgres) { Issue.record("PostgreSQL: \(problem) in: \(text)") } }
            explained += 1
        }
        let looked = try #require(ComplaintQuestion(.postgres, "停水 8000")).condition()
        let question: SQL = "select complaint.* from complaint where \(sql: ComplaintSight(program: ()).condition) and \(sql: looked) order by complaint.recorded desc, complaint.id desc limit 21"
        for problem in try await Self.postgresScans(question.text, postgres) { Issue.record("PostgreSQL: \(problem) in: \(question.text)") }
        #expect(explained > 60)
        // What is owed about something is found by that, not among all a place owes.
        let about = statements.filter { Self.reads($0) && $0.contains(" from duty ") && $0.contains(/\bsubject = \?/) }
        #expect(about.count >= 2)
        for text in about { #expect(try await Self.plan(text, sqlite).contains { $0.contains("subject=?") }, "\(text)") }
        #expect(try await !Self.plan("select * from duty where place = ? and subject = ? and state = 'open' order by id", sqlite).contains { $0.contains("subject=?") }, "the control")
        // The control: statements that do read everything are found out.
        for text in ["select count(*) as n from duty where note = ?", "select * from entry order by actor", "select sum(at) as n from record", "select max(received_at) as n from record"] {
            #expect(try await !Self.sqliteScans(text, sqlite).isEmpty, "\(text)")
            #expect(try await !Self.postgresScans(text, postgres).isEmpty, "\(text)")
        }
        await postgres.close()
    }

    /// Statements that look for rows; `insert … values` finds nothing.
    private static func reads(_ text: String) -> Bool {
        let start = text.drop { $0.isWhitespace }.lowercased()
        return start.hasPrefix("select") || start.hasPrefix("with") || start.hasPrefix("update") || start.hasPrefix("delete")
    }

    // MARK: what is asked in a world's day

    /// Every statement that all pages, all jobs, a report, a round and a check of readiness lead to.
    private static func heard() async throws -> [String] {
        var made: RecordingStore?
        let world = try await TestWorld.make { store in
            let recording = RecordingStore(store)
            made = recording
            return recording
        }
        let recording = try #require(made)
        try await world.report("weather.reported", ["kind": "rain"], by: "guide-chengnan")
        let logins = ["guide-chengnan", "cleaner-chengnan", "director-chengnan", "shift-lead", "handler-billing", "enterprise", "leader", "administrator"]
        let duty = try await world.duty("restroom")
        let form = try await world.get(Site.duty.link(duty.place, duty.id), as: "cleaner-chengnan").text
        var answers: [String: String] = [:]
        for match in form.matches(of: /name="([a-z][a-z0-9-]*)"[^>]*value="ok"/) { answers[String(match.1)] = "ok" }
        _ = try await world.post(Site.duty.link(duty.place, duty.id), as: "cleaner-chengnan", answers)
        try await world.move(to: TestWorld.at(18))
        let place = duty.place
        try await world.hall.act(by: .clock, at: world.clock.now) { act in
            let id = act.act.id().description
            try act.keep(
                Change(
                    Finding(
                        place: place, id: id, record: "", form: "", point: "late", clause: "", severity: "serious", note: "",
                        photos: "", by: "clock", at: act.now),
                    Event(kind: "finding.recorded", about: "finding:\(id)", at: act.now)),
                at: place)
        }
        let ids = try await world.hall.store.read { tx in
            [
                "duty": try tx.one("select id from duty where place = \(duty.place) order by id limit 1")?.text("id"),
                "record": try tx.one("select id from record where place = \(duty.place) order by id limit 1")?.text("id"),
                "item": try tx.one("select id from item where place = \(duty.place) order by id limit 1")?.text("id"),
                "finding": try tx.one("select id from finding where place = \(duty.place) order by id limit 1")?.text("id"),
            ]
        }
        let pack = try #require(try await world.hall.store.read { tx in try world.hall.packs.inForce(on: TestWorld.monday, tx) })
        // Labels, the public log and the floor plan, with their acts.
        recording.forget()
        _ = try await world.post(Site.ownPoints.link(place, "restroom-check"), as: "director-chengnan", ["title": "后窗"])
        _ = try await world.post(Site.voluntary.link(), as: "director-chengnan", ["place": place, "form": "restroom-check"])
        _ = try await world.post(Site.roundPoint.link("restroom-check", "new"), as: "administrator", ["title": "镜子", "clause": "1.3-7"])
        _ = try await world.post(Site.labels.link(place), as: "administrator", ["what": "all"])
        _ = try await world.post(Site.labels.link(place), as: "administrator", ["what": "thing", "name": "灯箱", "zone": "outside"])
        if let item = ids["item"] ?? nil {
            _ = try await world.post(Site.item.link(place, item), as: "director-chengnan", ["type": "water", "name": "77", "state": "in-use", "made": "2025-01"])
            _ = try await world.post(Site.itemRetirement.link(place, item), as: "director-chengnan", ["reason": "坏了"])
            _ = try await world.post(Site.itemImport.link(place), as: "director-chengnan", ["csv": "kind,type,name,made\nextinguisher,co2,78,2025-01\n"])
        }
        let labels = try await world.hall.store.read { tx in try Label.all(at: place, tx) }
        let log = try #require(labels.first { $0.kind == .log })
        let round = try #require(labels.first { $0.kind == .round && $0.target == "restroom-check" })
        let thing = try #require(labels.first { $0.kind == .thing })
        _ = try await world.post(Site.labelRevocation.link(place, thing.code), as: "administrator", [:])
        let plan = FloorPlan(place: place, id: "plan", blob: "x", media: "image/png", width: 9, height: 9, by: "clock", at: world.clock.now)
        try await world.hall.act(by: .clock, at: world.clock.now) { act in
            try act.keep(Change(plan, Event(kind: "plan.drawn", about: "plan:plan", at: act.now)), at: place)
        }
        for mark in [["target": "zone/racks", "x": "5", "y": "5"], ["target": "zone/racks", "take": "yes"]] {
            #expect(try await world.post(Site.planMarks.link(place), as: "administrator", mark).status == 303)
        }
        // A case through its whole life, taken up again, searched, and what other programs ask.
        let complaint = try await world.closed(try await world.takeIn())
        let second = try await world.post(Site.complaints.link(), as: "agent", ["kind": "BL2", "door": "complaint", "channel": "hotline", "severity": "S4", "text": "水费翻倍", "phone": "13800138000"])
        let path = try #require(second.header("location"))
        #expect(try await world.post(path + "/acts/combine", as: "agent", ["into": complaint.number, "reason": "同一户"]).status == 422)
        #expect(try await world.post(path + "/acts/note", as: "agent", ["note": "已核对"]).status == 303)
        #expect(try await world.post(path + "/contact", as: "agent").status == 200)
        #expect(try await world.post(Site.track.link(), ["code": complaint.tracking, "last": "8000"]).status == 303)
        let customer = try await world.hall.act(by: .machine("command"), at: world.clock.now) { act in
            try CustomerActs(act).take(["number": "C1", "name": "王敏", "phone": "13800138000", "account": "0417", "address": "中桥街 12 号"])
        }
        #expect(try await world.post(Site.customerFlag.link(customer.id), as: "shift-lead", ["reason": "注意", "until": "2026-03-09"]).status == 303)
        let many = try #require(try await world.post(Site.complaintBulk.link(), as: "shift-lead", ["act": "supervise", "words": "快", "case": String(path.split(separator: "/").last ?? "")]).header("location"))
        #expect(try await world.post(Site.complaintViews.link(), as: "shift-lead", ["title": "水费", "query": "q=x", "shared": "yes"]).status == 303)
        #expect(try await world.post(Site.complaintDraft.link(complaint.id, "note"), as: "agent", ["note": "x"]).status == 200)
        #expect(try await world.post(Site.complaintPresence.link(complaint.id), as: "agent", ["what": "note"]).status == 200)
        #expect(try await world.post(path + "/acts/repeat", as: "agent", ["of": complaint.number]).status == 303)
        #expect(try await world.post(Site.outlets.link(world.billing), as: "administrator", ["kind": "mail", "address": "", "class": "all"]).status == 303)
        #expect(try await world.post(Site.subscriptions.link(), as: "administrator", ["name": "x", "address": "http://127.0.0.1:9/", "secret": "0123456789abcdef"]).status == 303)
        #expect(try await world.post(Site.person.link(world.person("handler-billing")), as: "administrator", ["do": "mail", "mail": "a@example.cn"]).status == 303)
        #expect(try await world.post(path + "/acts/name-party", as: "agent", ["person": "unit-head-billing", "reason": "客户点名"]).status == 303)
        let blank = try await world.get(Site.service.link()).text
        var written = ["kind": "BL2", "text": "水费翻倍", "phone": "13800138000"]
        for name in ["key", "opened"] { written[name] = try Regex("name=\"\(name)\" value=\"([^\"]*)\"").firstMatch(in: blank)?.output[1].substring.map(String.init) ?? "" }
        _ = world.clock.move(to: world.clock.now.adding(minutes: 1))
        #expect(try await world.post(Site.service.link(), written).status == 303)
        for tab in ComplaintFilter.Tab.allCases {
            for login in ["handler-billing", "shift-lead", "supervision"] { _ = try await world.get(Site.complaints.link() + "?tab=\(tab.rawValue)&after=1.2&q=" + Submitted.encode("水 8000 kind:BL hall:城南 unit:billing due<2027-01-01 state:open"), as: login) }
        }
        for side in ["part", "rest", "whole", "open", "overdue", "all"] { _ = try await world.get(Site.figureRows.link() + "?figure=K2&side=\(side)&unit=x&kind=BL&channel=web&hall=x&after=TS1", as: "leader") }
        _ = try await world.post(Site.complaintBeside.link(), as: "clerk-chengnan", ["phone": "13800138000", "kind": "BL2", "text": "水费"])
        for question in ["by=kind&figure=K9", "by=cause&figure=K10&month=2026", "by=service&unit=x", "unit=x&kind=BL&by=hall", "channel=-&by=channel"] { _ = try await world.get(Site.figures.link() + "?" + question, as: "leader") }
        for question in ["?as=csv", "?tab=closed&as=xlsx&personal=yes&q=" + Submitted.encode("水 8000")] { _ = try await world.get(Site.complaintExport.link() + question, as: "enterprise") }
        #expect(try await world.post(Site.served.link(), as: "leader", ["month": "202603", "n-water": "1000"]).status == 303)
        while try await FigureSums.keep(world.hall, at: world.clock.now) {}
        // A file of old cases, one line of it wrong, taken in to the end and forgotten.
        let importing = Importing(hall: world.hall)
        let file = try await importing.begin(Array("受理时间,内容\n2025-03-03,停水\n昨天,停水\n".utf8), name: "a.csv", by: .clock, person: "", at: world.clock.now)
        try await importing.map(file, ImportMapping(json: file.mapping), head: ["受理时间", "内容"], start: true, by: .clock, at: world.clock.now)
        while try await Spreading(hall: world.hall).work(at: world.clock.now) {}
        try await importing.forget(at: world.clock.now.adding(minutes: 1440))
        let token = try await world.token()
        var opened: Set<String> = []
        for question in ["", "?q=%E6%B0%B4&state=open&cursor=1.2", "?q=8000&state=closed"] {
            if try await world.program(token, "GET", Site.apiComplaints.link() + question).reply.status == 200 { opened.insert(Site.apiComplaints.pattern) }
        }
        if try await world.program(token, "GET", Site.apiComplaint.link(complaint.id)).reply.status == 200 { opened.insert(Site.apiComplaint.pattern) }
        for entry in world.shell.site where entry.method == "GET" && entry.route != Site.events {
            for login in logins {
                let names = entry.route.pattern.split(separator: "/").filter { $0.hasPrefix(":") }.map { String($0.dropFirst()) }
                let values = names.map { name -> String in
                    switch name {
                    case "place": duty.place
                    case "person": world.person("cleaner-chengnan")
                    case "kind": "weather.reported"
                    case "language": "en"
                    case "what": "late"
                    case "form": "restroom-check"
                    case "point": "floor"
                    case "version": entry.route == Site.planImage ? plan.id : TestWorld.monday.description
                    case "complaint": complaint.id
                    case "import": file.id
                    case "customer": customer.id
                    case "bulk": many.split(separator: "/").last.map(String.init) ?? "x"
                    case "code": entry.route == Site.complaintHandedOver ? "ABCDEFGHJKMNPQRS" : entry.route == Site.log ? log.code : round.code
                    case "clause": pack.pack.clauses.first?.id ?? "x"
                    case let other: ids[other].flatMap { $0 } ?? "x"
                    }
                }
                let path = values.reduce(entry.route.pattern.split(separator: "/").map(String.init)) { parts, value in
                    var parts = parts
                    if let index = parts.firstIndex(where: { $0.hasPrefix(":") }) { parts[index] = Submitted.encode(value) }
                    return parts
                }.joined(separator: "/")
                let reply = try await world.get("/" + path, as: login)
                #expect(reply.status < 500, "/\(path) \(reply.status)")
                if reply.status == 200 || reply.status == 303 { opened.insert(entry.route.pattern) }
            }
        }
        // What no record, photo or screen is there for asks for one all the same.
        let shut = Set(world.shell.site.filter { $0.method == "GET" }.map(\.route.pattern)).subtracting(opened)
        #expect(shut.isSubset(of: ["/events", "/assets/:hash/:name", "/photos/:hash", "/photos/:hash/small", "/screen/:token", "/metrics", "/set-up", "/patrols/:place/:patrol", "/plans/:place/:version/image", "/records/:place/:record/correction"]), "\(shut)")
        for (filter, value) in [("place", duty.place), ("kind", "x"), ("q", "a"), ("state", "open")] { _ = try await world.get("/today?\(filter)=\(value)", as: "director-chengnan") }
        // Through its page, which also says how many duties came of it.
        let reported = try await world.post(Site.report.link("weather.reported"), as: "guide-chengnan", ["kind": "rain", "key": "plan-tests-report-1"])
        #expect(reported.status == 303)
        try await world.move(to: TestWorld.at(9, day: TestWorld.monday.adding(days: 1)))
        // In the morning again: a customer presses, and a scan finds what is open.
        #expect(try await world.post(log.link).status == 303)
        #expect(try await world.get(round.link, as: "cleaner-chengnan").status == 303)
        #expect(try await world.get(Site.scans.link(), as: "cleaner-chengnan").text.contains(round.link))
        _ = try await world.hall.vitals.text(world.hall)
        return recording.statements
    }

    // MARK: what the engines say

    private static func plan(_ text: String, _ store: any Store) async throws -> [String] {
        try await store.read { tx in try tx.rows(SQL(text: "explain query plan " + text, values: [])).map { try $0.text("detail") } }
    }

    private static func sqliteScans(_ text: String, _ store: any Store) async throws -> [String] {
        let aliases = aliases(text)
        return try await plan(text, store).filter { line in
            let words = line.split(separator: " ").map(String.init)
            // "SEARCH t" without an index is what SQLite says of a maximum it looks for in every row.
            guard words.count > 1, words[0] == "SCAN" || words[0] == "SEARCH" && !line.contains("USING") else { return false }
            let table = aliases[words[1]] ?? words[1]
            guard large.contains(table) else { return false }
            return !partial.contains { line.contains("INDEX " + $0) } && !isBounded(text, line)
        }
    }

    /// The first few in the order of an index: read no further than they reach.
    private static func isBounded(_ text: String, _ line: String) -> Bool {
        line.contains("USING") && text.contains("limit") && text.contains("order by") && !text.contains(" where ")
    }

    private static func aliases(_ text: String) -> [String: String] {
        var found: [String: String] = [:]
        for match in text.matches(of: /\b(?:from|join)\s+([a-z_]+)(?:\s+(?:as\s+)?([a-z]{1,3}))?\b/) {
            if let alias = match.2 { found[String(alias)] = String(match.1) }
        }
        return found
    }

    private static func postgresScans(_ text: String, _ store: any Store) async throws -> [String] {
        let plan = try await store.read { tx in
            for setting in ["set local enable_seqscan = off", "set local enable_bitmapscan = \(text.contains("to_tsquery") ? "on" : "off")", "set local enable_sort = on", "set local plan_cache_mode = force_generic_plan"] {
                _ = try tx.rows(SQL(text: setting, values: []))
            }
            // Any value that is a text as well as a number; nothing would make the planner see that nothing is found.
            let values = text.filter { $0 == "?" }.map { _ in Value.text("1") }
            return try tx.rows(SQL(text: "explain (costs off, format json) " + text, values: values)).map { try $0.text("QUERY PLAN") }.joined()
        }
        var problems: [String] = []
        func walk(_ node: JSON, isLimited: Bool) {
            let kind = node["Node Type"]?.string ?? ""
            let table = node["Relation Name"]?.string ?? ""
            let index = node["Index Name"]?.string ?? ""
            if large.contains(table), kind.contains("Scan") {
                if kind == "Seq Scan" { problems.append("Seq Scan on \(table)") }
                if kind.hasPrefix("Index"), node["Index Cond"] == nil, !isLimited, !partial.contains(index) { problems.append("whole \(index) of \(table)") }
            }
            let limits = kind == "Limit" || isLimited && !["Sort", "Aggregate", "Hash", "Hash Join", "WindowAgg", "Unique"].contains(kind) && node["Filter"] == nil
            for plan in node["Plans"]?.array ?? [] { walk(plan, isLimited: limits) }
        }
        for item in try JSON(parsing: Array(plan.utf8)).array ?? [] { if let top = item["Plan"] { walk(top, isLimited: false) } }
        return problems
    }
}
