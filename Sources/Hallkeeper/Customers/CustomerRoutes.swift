import Foundation
import Store
import WorkCalendar

/// The register of customers: looked up while somebody rings, read in from the books, erased as the law demands.
struct CustomerRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.customers, .may("take-in"), list), Entry("POST", Site.customers, .may("close-cases"), add),
            Entry("POST", Site.customerImport, .may("close-cases"), bodyLimit: 20 << 20, read), Entry("GET", Site.customer, .may("take-in"), show),
            Entry("POST", Site.customerFlag, .may("close-cases"), flag), Entry("POST", Site.customerErasure, .may("close-cases"), erase),
        ]
    }

    private func page(_ desk: Desk, asked: String, typed: [String: String] = [:], problems: [String: String] = [:], said: [String] = []) async throws -> CustomerRegisterPage {
        let found = asked.isEmpty ? [] : try await hall.store.read { tx in try CustomerFile.find(asked, tx, most: 20) }
        return CustomerRegisterPage(
            title: desk.w("nav.customers"), asked: asked,
            lines: found.map { .init(name: $0.name.isEmpty ? $0.customer.number : $0.name, link: Site.customer.link($0.customer.id), note: ([$0.customer.number] + $0.accounts.map { $0.account.account + " " + $0.address }).joined(separator: " · ")) },
            mayKeep: desk.viewer.may("close-cases"), typed: typed, problems: problems, said: said, hidden: desk.hidden)
    }

    private func list(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(try await page(desk, asked: String((visit.request.query["q"] ?? "").prefix(60))))
    }

    private func add(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let row = visit.form.answers
        do {
            let customer = try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                let customer = try CustomerActs(act).take(row)
                act.act.answer = Site.customer.link(customer.id)
                return customer
            }
            return desk.done(Site.customer.link(customer.id), desk.w("customer.saved"))
        } catch let problems as FormProblems {
            let named = Dictionary(problems.fields.map { ($0.field, desk.w($0.sentence)) }, uniquingKeysWith: { first, _ in first })
            return try await desk.page(try await page(desk, asked: "", typed: row, problems: named), status: 422)
        }
    }

    /// A list from the books, line by line: what is wrong with one does not hinder the next, and is named with its line.
    private func read(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let text = visit.form.files.first.map { String(decoding: $0.bytes, as: UTF8.self) } ?? visit.form["rows"]
        guard let table = try? CSVFile(csv: text), !table.rows.isEmpty else {
            return try await desk.page(try await page(desk, asked: "", problems: ["file": desk.w("customer.no-rows")]), status: 422)
        }
        let result = await Self.take(table, hall, by: desk.actor, at: visit.now)
        let said = [desk.w("customer.read", ["kept": String(result.kept), "refused": String(result.problems.count)])] + result.problems.prefix(200).map { desk.w("customer.line", ["line": String($0.line), "why": desk.w($0.why)]) }
        return try await desk.page(try await page(desk, asked: "", said: said), status: result.problems.isEmpty ? 200 : 422)
    }

    /// Takes a list in, a hundred lines an act; a hundred with a line that is wrong are taken one by one.
    static func take(_ table: CSVFile, _ hall: Hallkeeper, by actor: Actor, at now: Instant) async -> (kept: Int, problems: [(line: Int, why: Text)]) {
        var (kept, problems) = (0, [(line: Int, why: Text)]())
        var start = 0
        while start < table.rows.count {
            let part = Array(table.rows[start..<min(start + 100, table.rows.count)])
            do {
                try await hall.act(by: actor, at: now) { act in for row in part { try CustomerActs(act).take(row) } }
                kept += part.count
            } catch {
                for (offset, row) in part.enumerated() {
                    do {
                        try await hall.act(by: actor, at: now) { act in try CustomerActs(act).take(row) }
                        kept += 1
                    } catch let refusal as Refusal { problems.append((start + offset + 2, refusal.sentence))
                    } catch let form as FormProblems { problems.append((start + offset + 2, form.fields.first?.sentence ?? Text("这一行看不懂。", "This line cannot be read.")))
                    } catch { problems.append((start + offset + 2, Text("这一行没有存上，请再试。", "This line was not kept; try again."))) }
                }
            }
            start += part.count
        }
        return (kept, problems)
    }

    private func show(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(try await file(desk, problems: [:]))
    }

    private func file(_ desk: Desk, problems: [String: String]) async throws -> CustomerPage {
        let id = desk.visit[0]
        let sight = ComplaintSight(desk.viewer, desk.tree)
        let found = try await hall.store.read { [hall] tx -> (CustomerFile, [(Complaint, String)])? in
            guard let file = try CustomerFile.of(id, tx) else { return nil }
            let backs = file.phones.map(ComplaintSearch.backwards)
            let accounts = file.accounts.map(\.account.account).filter { !$0.isEmpty }
            var cases: [Complaint] = []
            if !backs.isEmpty { cases += try tx.rows("select complaint.* from complaint where complaint.id in (select s.id from complaint_search s where s.phone in \(list: backs) and s.phone <> '') and \(sql: sight.condition) order by complaint.recorded desc limit 50").map(Complaint.init(row:)) }
            if !accounts.isEmpty { cases += try tx.rows("select complaint.* from complaint where complaint.id in (select s.id from complaint_search s where s.account in \(list: accounts) and s.account <> '') and \(sql: sight.condition) order by complaint.recorded desc limit 50").map(Complaint.init(row:)) }
            var seen: Set<String> = []
            cases = cases.filter { seen.insert($0.id).inserted }
            let texts = try ComplaintReader(tx: tx, hall: hall).texts(cases.map(\.text))
            return (file, cases.map { ($0, texts[$0.text] ?? "") })
        }
        guard let (file, cases) = found else { throw Refusal.notFound }
        return CustomerPage(
            title: file.customer.erased == nil ? file.name : desk.w("customer.erased"), id: id, number: file.customer.number, phones: file.phones,
            accounts: file.accounts.map { ($0.account.account, $0.account.service, $0.address, $0.account.meter) },
            cases: cases.map { QueueRoutes.line($0.0, $0.1, desk) }, warning: file.warning(on: desk.today), until: file.customer.flagUntil, mayKeep: desk.viewer.may("close-cases") && file.customer.erased == nil,
            problems: problems, hidden: desk.hidden)
    }

    private func flag(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (id, reason, until) = (visit[0], visit.form["reason"], Day(visit.form["until"]))
        do {
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = Site.customer.link(id)
                try CustomerActs(act).flag(id, reason: reason, until: until)
            }
            return desk.done(Site.customer.link(id), desk.w("customer.saved"))
        } catch let problems as FormProblems {
            return try await desk.page(try await file(desk, problems: Dictionary(problems.fields.map { ($0.field, desk.w($0.sentence)) }, uniquingKeysWith: { first, _ in first })), status: 422)
        }
    }

    private func erase(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (id, alsoWords) = (visit[0], visit.form["words"] == "yes")
        guard visit.form["sure"] == "yes" else {
            return try await desk.page(try await file(desk, problems: ["sure": desk.w("customer.sure-needed")]), status: 422)
        }
        try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
            act.act.answer = Site.customer.link(id)
            _ = try CustomerActs(act).erase(id, alsoWords: alsoWords)
        }
        return desk.done(Site.customer.link(id), desk.w("customer.erased"))
    }
}
