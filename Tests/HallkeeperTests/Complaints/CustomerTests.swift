import Foundation
import Regulation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct CustomerTests {
    static let table = """
        number,name,phone,account,service,address,meter
        C1001,王敏,138 0013 8000,0417229031,water,中桥街 12 号,M-77
        C1001,王敏,,0417229032,gas,中桥街 12 号 2 单元,M-78
        C1002,李建国,0826-2345678转12,0417229099,water,滨江路 8 号,M-90
        """

    private func register(_ world: TestWorld) async throws {
        let result = await CustomerRoutes.take(try CSVFile(csv: Self.table), world.hall, by: .machine("command"), at: world.clock.now)
        #expect(result.kept == 3 && result.problems.isEmpty)
    }

    @Test func `a number typed shows the customer with address, accounts and meters beside the form`() async throws {
        let world = try await TestWorld.make(planned: false)
        try await register(world)
        for written in ["13800138000", "+86 138-0013-8000", "１３８００１３８０００", "0086 13800138000"] {
            let beside = try await world.post(Site.complaintBeside.link(), as: "agent", ["phone": written]).text
            #expect(beside.contains("王敏") && beside.contains("0417229031") && beside.contains("0417229032") && beside.contains("中桥街 12 号") && beside.contains("M-77"), "\(written)")
        }
        let other = try await world.post(Site.complaintBeside.link(), as: "agent", ["phone": "(0826) 2345678 转 12"]).text
        #expect(other.contains("李建国") && other.contains("以前没有工单。"))
        #expect(try await world.post(Site.complaintBeside.link(), as: "agent", ["account": "0417229099"]).text.contains("李建国"))
        #expect(try await world.get(Site.customers.link() + "?q=C1002", as: "clerk-chengnan").text.contains("李建国"))
        #expect(try await world.get(Site.customers.link(), as: "cleaner-chengnan").status == 403)
    }

    @Test func `both deadlines are shown while one types, and which of them holds`() async throws {
        let world = try await TestWorld.make(planned: false)
        let said = ["kind": "BL2", "channel": "gov", "severity": "S4", "door": "complaint"]
        func beside(_ outer: String) async throws -> String { try await world.post(Site.complaintBeside.link(), as: "agent", said.merging(["outerDue": outer]) { _, new in new }).text }
        let own = try await beside("")
        #expect(own.contains("我们的答复期限 3月9日 17:30") && own.contains("联系客户"))
        #expect(try await beside("2026-03-05T12:00").contains("外部期限更早"))
        #expect(try await beside("2026-03-20T12:00").contains("我们的期限更早"))
    }

    @Test func `a list is read in twice and adds nothing twice; a line that is wrong is named`() async throws {
        let world = try await TestWorld.make(planned: false)
        try await register(world)
        try await register(world)
        #expect(try await world.hall.store.read { tx in try tx.one("select count(*) as n from customer")?.int("n") == 2 && tx.one("select count(*) as n from customer_account")?.int("n") == 3 })
        let result = await CustomerRoutes.take(try CSVFile(csv: "number,name,phone\nC9,,1\nC10,赵磊,13900139000\n,无名,\n"), world.hall, by: .machine("command"), at: world.clock.now)
        #expect(result.kept == 1 && result.problems.map(\.line) == [2, 4])
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `a warning is shown until its day and never stands in the way of a new matter`() async throws {
        let world = try await TestWorld.make(planned: false)
        try await register(world)
        let id = try #require(try await world.hall.store.read { tx in try tx.one("select id from customer where number = 'C1001'")?.text("id") })
        #expect(try await world.post(Site.customerFlag.link(id), as: "shift-lead", ["reason": "多次辱骂坐席", "until": ""]).status == 422)
        #expect(try await world.post(Site.customerFlag.link(id), as: "shift-lead", ["reason": "多次辱骂坐席", "until": "2026-03-05"]).status == 303)
        func beside() async throws -> String { try await world.post(Site.complaintBeside.link(), as: "agent", ["phone": "13800138000"]).text }
        #expect(try await beside().contains("多次辱骂坐席"))
        #expect(try await world.takeIn().stage == .dispatched)
        _ = world.clock.move(to: TestWorld.at(9, day: TestWorld.monday.adding(days: 4)))
        #expect(try await !beside().contains("多次辱骂坐席"))
        #expect(try await world.post(Site.customerFlag.link(id), as: "agent", ["reason": "x", "until": "2026-03-09"]).status == 403)
    }

    @Test func `a customer is erased as the law demands, the case stays and goes on`() async throws {
        let world = try await TestWorld.make(planned: false)
        try await register(world)
        var intake = TestWorld.intake
        (intake.address, intake.account) = ("中桥街 12 号", "0417229031")
        var c = try await world.takeIn(intake)
        let id = try #require(try await world.hall.store.read { tx in try tx.one("select id from customer where number = 'C1001'")?.text("id") })
        #expect(try await world.post(Site.customerErasure.link(id), as: "shift-lead", [:]).status == 422)
        #expect(try await world.post(Site.customerErasure.link(id), as: "shift-lead", ["sure": "yes", "words": "yes"]).status == 303)
        let left = try await world.hall.store.read { tx in try tx.rows("select text from personal where text <> ''").map { try $0.text("text") } }
        for known in ["13800138000", "中桥街 12 号", "中桥街 12 号 2 单元", TestWorld.intake.text] { #expect(!left.contains(known), "\(known)") }
        #expect(try await world.hall.store.read { tx in try tx.one("select 1 as one from complaint where account <> ''") == nil && tx.one("select 1 as one from customer_account where account = '0417229031'") == nil })
        #expect(try await !world.get(Site.complaints.link() + "?tab=open&q=" + Submitted.encode("翻倍"), as: "agent").text.contains(c.number))
        #expect(try await world.get(Site.complaint.link(c.id), as: "handler-billing").status == 200)
        c = try await world.reload(c)
        #expect(!c.canBeReached && c.stage == .dispatched)
        c = try await world.act(.noVisit, c, ["reason": "账上可查"], by: "handler-billing")
        c = try await world.act(.investigate, c, ComplaintLawTests.inquiry, by: "handler-billing")
        c = try await world.act(.reply, c, ["reply": "已退补", "result": "solved"], by: "handler-billing")
        c = try await world.act(.callBack, c, ["reached": "exempt"], by: "agent")
        #expect(c.stage == .calledBack)
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty, "the chain holds without the words")
    }

    @Test func `what was erased is on the disk no more: words, photos, the index of words, free pages, the log`() async throws {
        let world = try await TestWorld.make(planned: false)
        try await register(world)
        var intake = TestWorld.intake
        (intake.text, intake.address, intake.files) = ("quokkafirst 水表没换，水费翻倍", "quokkastreet 12", [try await world.photo()])
        var c = try await world.takeIn(intake)
        let sent = try await world.hall.blobs.keep(Array("quokkapicture".utf8), media: "image/jpeg", at: world.clock.now)
        c = try await world.act(.supplement, c, ["note": "quokkasecond 邻居家也一样"], by: "agent", files: [sent])
        c = try await world.act(.note, c, ["note": "wombatnote 查过抄表记录"], by: "handler-billing", files: [try await world.photo()])
        // Others before and after it, so that pages were shared and split.
        for number in 0..<60 {
            var other = TestWorld.intake
            (other.text, other.phone) = ("numbat\(number) 停水", "1390013\(1000 + number)")
            _ = try await world.takeIn(other)
        }
        let path = try #require(try await world.hall.store.read { tx in try tx.one("select file from pragma_database_list where name = 'main'")?.text("file") })
        func onDisk(_ word: String) throws -> Bool {
            try [path, path + "-wal"].contains { (try? Data(contentsOf: URL(fileURLWithPath: $0)))?.range(of: Data(word.utf8)) != nil }
        }
        let salt = try #require(try await world.hall.store.read { tx in try tx.one("select salt from personal where text like 'quokkafirst%'")?.text("salt") })
        let all = ["quokkafirst", "quokkastreet", "quokkasecond", "quokkapicture", "13800138000", "00083100831", salt]
        let id = try #require(try await world.hall.store.read { tx in try tx.one("select id from customer where number = 'C1001'")?.text("id") })
        try await Scrubbing.turn(world.hall, at: world.clock.now)
        #expect(try await world.post(Site.customerErasure.link(id), as: "shift-lead", ["sure": "yes", "words": "yes"]).status == 303)
        #expect(try all.contains { try onDisk($0) }, "the act alone leaves it in the log")
        try await Scrubbing.turn(world.hall, at: world.clock.now)
        for word in all { #expect(try !onDisk(word), "\(word)") }
        // A photo that something else names stays; so do what staff wrote, and other people's cases.
        #expect(try onDisk("wombatnote") && onDisk("numbat59"))
        #expect(try await world.hall.store.read { tx in try tx.rows("select 1 as one from blob").count == 1 && tx.one("select 1 as one from setting where name like 'scrub%'") == nil })
        #expect(try await world.get(Site.complaint.link(c.id), as: "handler-billing").status == 200)
        #expect(try await world.get(Site.complaints.link() + "?tab=open&q=numbat7", as: "agent").text.contains("numbat7"))
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `a large database waits for the night before it is written anew`() async throws {
        let world = try await TestWorld.make(planned: false)
        try await world.hall.act(by: .clock, at: world.clock.now) { act in try Scrubbing.want(photos: [], at: act.now, act.act) }
        func waits() async throws -> Bool { try await world.hall.store.read { tx in try Scrubbing.waiting(tx) } != nil }
        try await Scrubbing.turn(world.hall, at: TestWorld.at(9), small: 0)
        #expect(try await waits())
        try await Scrubbing.turn(world.hall, at: TestWorld.at(1), small: 0)
        #expect(try await !waits())
    }

    @Test func `phones as people write them`() {
        let table: [(String, String?)] = [
            ("138 0013 8000", "13800138000"), ("+86 138-0013-8000", "13800138000"), ("８６１３８００１３８０００", "13800138000"), ("0086 13800138000", "13800138000"), ("(0826) 2345678", "08262345678"),
            ("0826-2345678-12", "08262345678-12"), ("（0826）2345678 转 12", "08262345678-12"), ("08262345678 ext. 305", "08262345678-305"), ("分机12", nil), ("2345678", "2345678"), ("95598", "95598"), ("400-820-8820", "4008208820"),
            ("1234", nil), ("", nil), ("无", nil), ("123456789012345678901", nil),
        ]
        for (written, normal) in table { #expect(PhoneNumber.normal(written) == normal, "\(written)") }
        #expect(PhoneNumber.main("08262345678-12") == "08262345678" && PhoneNumber.hidden("08262345678-12") == "082****5678-12")
    }
}
