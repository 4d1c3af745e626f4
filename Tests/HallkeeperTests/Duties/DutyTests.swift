import Foundation
import Regulation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct DutyTests {
    private func refusal(_ body: () async throws -> Void) async -> Text? {
        do {
            try await body()
            return nil
        } catch let refusal as Refusal { return refusal.sentence } catch let problems as FormProblems { return problems.fields.first?.sentence } catch { return Text("\(error)", "\(error)") }
    }

    @Test func `rain reported at half past nine asks the guard for mats within fifteen minutes, with why`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        try await world.report("weather.reported", ["kind": "rain"], by: "guard-chengnan")
        let duty = try await world.duty("slip-mat")
        #expect(duty.due == TestWorld.at(9, 45))
        #expect(duty.role == "guard")
        #expect(!duty.reasons.isEmpty)
        let page = try await world.get(Site.duty.link(duty.place, duty.id), as: "guard-chengnan").text
        #expect(page.contains("1.2-16"))
    }

    @Test func `a second report of the same rain opens no second duty`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        try await world.report("weather.reported", ["kind": "rain"], by: "guard-chengnan")
        try await world.report("weather.reported", ["kind": "snow"], by: "guide-chengnan")
        #expect(try await world.duties("slip-mat", at: world.chengnan).count == 1)
        #expect(try await world.duties("slip-mat", at: world.chengbei).isEmpty)
    }

    @Test func `who may not report an event is told so, and nothing is kept`() async throws {
        let world = try await TestWorld.make()
        let before = try await world.hall.ledger.hash()
        let sentence = await refusal { try await world.report("key.lost", [:], by: "leader") }
        #expect(sentence != nil)
        #expect(try await world.hall.ledger.hash() == before)
    }

    @Test func `done before it is due is on time, after it late, by when it was done`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        try await world.report("equipment.faulted", ["equipment": "ticket-machine"], by: "guide-chengnan")
        let duty = try await world.duty("fault-sign")
        let life = try duty.done(by: "p", record: "r", at: duty.due, received: duty.due)
        #expect(life.value.state == .done)
        #expect(try duty.done(by: "p", record: "r", at: duty.due.adding(ms: 1), received: duty.due.adding(minutes: 3)).value.state == .late)
    }

    @Test func `a missed round with proof of its own time is amended, one walked afterwards is not`() async throws {
        let world = try await TestWorld.make()
        var duty = try await world.duty("restroom")
        duty.state = .missed
        let lapses = try #require(duty.lapses)
        let later = lapses.adding(minutes: 90)
        let amended = try duty.done(by: "p", record: "r", at: duty.due.adding(minutes: -10), received: later)
        #expect(amended.value.state == .done)
        #expect(amended.value.receivedAt == later)
        #expect(throws: Refusal.self) { try duty.done(by: "p", record: "r", at: lapses.adding(minutes: 30), received: later) }
    }

    @Test func `doing it twice is a conflict, doing another's is refused by name of the role`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        try await world.report("weather.reported", ["kind": "rain"], by: "guard-chengnan")
        let duty = try await world.duty("slip-mat")
        let answers = try await answers(duty, world)
        let wrong = await refusal { try await world.fill(duty, answers, by: "clerk-chengnan") }
        #expect(wrong?.en.contains("Guard") == true)
        try await world.fill(duty, answers, by: "guard-chengnan")
        #expect(try await world.duty("slip-mat").state == .done)
        let twice = await refusal { try await world.fill(duty, answers, by: "guard-chengnan") }
        #expect(twice?.zh == "这件事已经有人做完了。")
    }

    /// Answers in order for any form.
    private func answers(_ duty: Duty, _ world: TestWorld) async throws -> [String: String] {
        let photo = try await world.photo()
        let pack = try await world.hall.store.read { [hall = world.hall] tx in try hall.packs.pack(duty.pack, tx) }
        let form = try #require(pack.pack.form(duty.form))
        var answers: [String: String] = [:]
        for field in form.fields {
            switch field.kind {
            case .point: answers[field.id] = "ok"
            case .tick, .yesNo: answers[field.id] = "yes"
            case .choice: answers[field.id] = field.options.first?.id
            case .photo: answers[field.id] = Array(repeating: photo, count: field.count).joined(separator: ",")
            case .number: answers[field.id] = String(Int(field.bandFrom ?? field.from ?? 20))
            case .count: answers[field.id] = "0"
            case .person, .signature: answers[field.id] = world.person("director-chengnan")
            case .day: answers[field.id] = "2026-03-04"
            case .time: answers[field.id] = "09:00"
            default: answers[field.id] = "正常"
            }
        }
        return answers
    }

    @Test func `what is missing is said field by field, in both languages`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        try await world.report("weather.reported", ["kind": "rain"], by: "guard-chengnan")
        let duty = try await world.duty("slip-mat")
        do {
            try await world.fill(duty, [:], by: "guard-chengnan")
            Issue.record("an empty form was taken")
        } catch let problems as FormProblems {
            #expect(problems.fields.contains { $0.sentence == Text("还差 1 张照片。", "1 photo still missing.") })
        }
        #expect(try await world.duty("slip-mat").state == .open)
    }

    @Test func `a deposit trip needs two different people`() async throws {
        let world = try await TestWorld.make(at: 15, 0)
        let duty = try await world.duty("deposit-trip")
        var filled = try await answers(duty, world)
        filled["way"] = "none"
        let alone = await refusal { try await world.fill(duty, filled, by: "cashier-chengnan", signers: ["cashier-chengnan", "cashier-chengnan"]) }
        #expect(alone?.en.contains("1 more signature needed") == true)
        let stranger = await refusal { try await world.fill(duty, filled, by: "cashier-chengnan", signers: ["cashier-chengnan", "cleaner-chengnan"]) }
        #expect(stranger != nil)
        try await world.fill(duty, filled, by: "cashier-chengnan", signers: ["cashier-chengnan", "director-chengnan"])
        #expect(try await world.duty("deposit-trip").state == .done)
    }

    @Test func `the untrained are refused a cashier's duty until somebody else records their training`() async throws {
        let world = try await TestWorld.make(at: 15, 0)
        let duty = try await world.duty("deposit-trip")
        let cashier = world.person("cashier-chengnan")
        _ = try await world.hall.store.write { tx in try tx.run("delete from qualification where person = \(cashier) and topic = 'billing'") }
        let filled = try await answers(duty, world)
        let sentence = await refusal { try await world.fill(duty, filled, by: "cashier-chengnan", signers: ["cashier-chengnan", "director-chengnan"]) }
        #expect(sentence?.en.contains("5.5-4") == true)
        let own = await refusal {
            try await world.hall.act(by: .person(cashier), at: world.clock.now) { act in
                try PersonActs(act: act).qualify(cashier, in: "billing", at: world.chengnan, granted: TestWorld.monday, until: TestWorld.monday.adding(days: 9))
            }
        }
        #expect(own?.zh == "不能给自己登记培训。")
    }

    @Test func `a point found wanting makes a finding and a duty to rectify it, which ends when it is rectified`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        let duty = try await world.duty("restroom")
        var filled = try await answers(duty, world)
        let point = try #require(filled.keys.filter { filled[$0] == "ok" }.sorted().first)
        filled[point] = "minor"
        filled[point + ".note"] = "地面有水渍"
        try await world.fill(duty, filled, by: "cleaner-chengnan")
        let place = world.chengnan
        let findings = try await world.hall.store.read { tx in try tx.rows("select * from finding where place = \(place)").map(Finding.init(row:)) }
        let finding = try #require(findings.first)
        #expect(finding.severity == "minor")
        let subject = "finding:" + finding.id
        let open = try await world.hall.store.read { tx in
            try tx.rows("select * from duty where subject = \(subject) and state = 'open'").map(Duty.init(row:))
        }
        let owed = try #require(open.first)
        let day = TestWorld.monday
        let who = try await world.hall.store.read { [hall = world.hall] tx -> String in
            let pack = try hall.packs.pack(owed.pack, tx).pack
            guard let rule = pack.rule(owed.rule) else { return "" }
            return try Roster(tx: tx).responsible(for: owed, rule: rule, pack: pack, on: day).people.first ?? ""
        }
        try await world.hall.act(by: .person(who), at: world.clock.now) { act in
            try FindingActs(act: act).rectify(finding.id, at: place, note: "已拖干", photos: [], by: who)
        }
        let ended = try await world.hall.store.read { tx in try tx.one("select state from duty where id = \(owed.id)")?.text("state") }
        #expect(ended == "done")
    }

    @Test func `nobody waives what they owe themselves, and a waiver says why`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        let duty = try await world.duty("restroom")
        let director = world.person("director-chengnan")
        let empty = await refusal {
            try await world.hall.act(by: .person(director), at: world.clock.now) { act in
                try DutyActs(act: act).waive(duty.id, at: duty.place, reason: "", by: director)
            }
        }
        #expect(empty != nil)
        let cleaner = world.person("cleaner-chengnan")
        let own = await refusal {
            try await world.hall.act(by: .person(cleaner), at: world.clock.now) { act in
                try DutyActs(act: act).waive(duty.id, at: duty.place, reason: "停水", by: cleaner)
            }
        }
        #expect(own?.zh == "不能免去自己该做的事。")
        try await world.hall.act(by: .person(director), at: world.clock.now) { act in
            try DutyActs(act: act).waive(duty.id, at: duty.place, reason: "停水", by: director)
        }
        #expect(try await world.duty("restroom").state == .waived)
    }

    @Test func `a duty handed to a colleague is theirs and nobody else's`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        let duty = try await world.duty("restroom")
        let (director, clerk) = (world.person("director-chengnan"), world.person("clerk-chengnan"))
        try await world.hall.act(by: .person(director), at: world.clock.now) { act in
            try DutyActs(act: act).hand(duty.id, at: duty.place, to: clerk, by: director, mayHandOver: true)
        }
        let filled = try await answers(duty, world)
        #expect(await refusal { try await world.fill(duty, filled, by: "cleaner-chengnan") } != nil)
        try await world.fill(duty, filled, by: "clerk-chengnan")
        #expect(try await world.duty("restroom").doneBy == clerk)
    }

    @Test func `a wrong record is corrected beside the old one, once, with why`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        let duty = try await world.duty("restroom")
        let filled = try await answers(duty, world)
        try await world.fill(duty, filled, by: "cleaner-chengnan")
        let record = try await world.duty("restroom").record
        let cleaner = world.person("cleaner-chengnan")
        func correct(_ why: String) async -> Text? {
            await refusal {
                try await world.hall.act(by: .person(cleaner), at: world.clock.now) { act in
                    _ = try Correcting(act: act).correct(record, at: duty.place, answers: filled, why: why, by: cleaner, mayCorrect: false)
                }
            }
        }
        #expect(await correct("") != nil)
        #expect(await correct("点错了") == nil)
        #expect(await correct("又点错了")?.en.contains("already") == true)
        let count = try await world.hall.store.read { tx in try tx.one("select count(*) as n from record where duty = \(duty.id)")?.int("n") }
        #expect(count == 2)
        #expect(try await world.duty("restroom").record != record)
    }

    @Test func `with nobody in the role a stand-in owes it, with nobody at all it is unfilled`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        let duty = try await world.duty("restroom")
        let day = TestWorld.monday
        let director = world.person("director-chengnan")
        func who() async throws -> Responsible {
            try await world.hall.store.read { [hall = world.hall] tx in
                let pack = try hall.packs.pack(duty.pack, tx).pack
                guard let rule = pack.rule(duty.rule) else { return Responsible(people: [], how: .unfilled) }
                return try Roster(tx: tx).responsible(for: duty, rule: rule, pack: pack, on: day)
            }
        }
        #expect(try await who().how == .owes)
        for role in ["cleaner"] {
            for resident in world.world.residents where resident.place == world.chengnan && resident.role == role {
                try await world.hall.act(by: .person(director), at: world.clock.now) { act in
                    try PersonActs(act: act).roster(role, resident.person, at: world.chengnan, on: day, present: false, reason: "请假")
                }
            }
        }
        let standIn = try await who()
        if case .standsIn = standIn.how { #expect(!standIn.people.isEmpty) } else { #expect(standIn.how == .unfilled) }
    }

    @Test func `a price change is one entry for the company and reaches every hall`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        let pack = try await world.hall.store.read { [hall = world.hall] tx in try hall.packs.inForce(on: TestWorld.monday, tx) }
        let kind = try #require(pack?.pack.event("price.changed"))
        #expect(kind.isCompanyWide)
        let who = try #require(world.world.residents.first { kind.may.contains($0.role) })
        var fields: [String: String] = [:]
        for field in kind.fields { fields[field.id] = field.kind == .day ? "2026-03-05" : field.options.first?.id ?? "说明" }
        try await world.report("price.changed", fields, by: who.login, at: who.place)
        while try await Spreading(hall: world.hall).work(at: world.clock.now) {}
        let rules = Set((pack?.pack.rulesWaiting["price.changed"] ?? []).map(\.id))
        let halls = try await world.hall.store.read { tx in
            try tx.rows("select distinct place from duty where rule in \(list: rules.sorted())").map { try $0.text("place") }
        }
        #expect(Set(world.world.halls).isSubset(of: halls))
    }

    @Test func `late proof handed in through the page amends a missed duty, and says so; what was done too late does not`() async throws {
        let world = try await TestWorld.make(at: 9)
        let duty = try await world.duty("restroom")
        let lapses = try #require(duty.lapses)
        try await world.move(to: lapses.adding(minutes: 30))
        #expect(try await world.duties("restroom", at: world.chengnan).first { $0.id == duty.id }?.state == .missed)
        let link = Site.duty.link(duty.place, duty.id)
        let page = try await world.get(link, as: "cleaner-chengnan")
        #expect(page.text.contains("name=\"done-at\""))
        let pack = try await world.hall.store.read { tx in try world.hall.packs.pack(duty.pack, tx).pack }
        var answers: [String: String] = [:]
        for field in pack.form(duty.form)?.fields ?? [] { answers[field.id] = field.kind == .point ? "ok" : "yes" }
        let late = try await world.post(link, as: "cleaner-chengnan", answers.merging(["done-at": "2026-03-02T23:00"]) { _, new in new })
        #expect(late.status == 422 || late.status == 409 || late.status == 410, "\(late.status)")
        let nonsense = try await world.post(link, as: "cleaner-chengnan", answers.merging(["done-at": "soon"]) { _, new in new })
        #expect(nonsense.status == 422)
        let good = try await world.post(link, as: "cleaner-chengnan", answers.merging(["done-at": "2026-03-02T09:10"]) { _, new in new })
        #expect(good.status == 303, "\(good.text)")
        let after = try #require(try await world.duties("restroom", at: world.chengnan).first { $0.id == duty.id })
        #expect(after.state == .done)
        #expect(after.doneAt == TestWorld.at(9, 10))
        #expect(after.receivedAt == world.clock.now)
        #expect(try await world.get(link, as: "cleaner-chengnan").text.contains(Words.of(.zh)("fact.received")))
    }

    @Test func `a day is planned at every place that is behind in one turn, however many they are`() async throws {
        let world = try await TestWorld.make(planned: false)
        let now = world.clock.now
        let first = world.chengnan
        _ = try await world.hall.store.write { tx in
            let names = try tx.rows(SQL(text: "select * from place where place = ?", values: [.text(first)]))[0]
            for number in 0..<230 {
                var values: [Value] = []
                for name in names.columns.names { values.append(name == "place" ? .text("HALL\(number)") : name == "planned" ? .text(TestWorld.monday.adding(days: -1).description) : names[name] ?? .null) }
                try tx.run(SQL(text: "insert into place values (\(values.map { _ in "?" }.joined(separator: ", ")))", values: values))
            }
            return 0
        }
        try await Planning(hall: world.hall).planAll(at: now)
        #expect(try await Planning(hall: world.hall).behind(at: now).isEmpty)
    }
}
