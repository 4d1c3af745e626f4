import Foundation
import Regulation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct CaseImportTests {
    private static let table = """
        工单号,受理时间,性质,类别,来源,客户,联系电话,内容,处理结果,答复时间
        A-1,2025/3/3 9:05,投诉,水质,网站,王敏,13800138000,"水发黄，
        有铁锈味",已冲洗管网,2025-03-05
        A-2,2025年3月4日 下午2点05分,投诉,水压,电话局,李雷,138****1234,六楼没有水压,已调压,2025-03-04
        A-3,去年春天,投诉,水压,网站,,,没有时间,,
        A-4,2025-03-06,投诉,吃拿卡要,网站,,,索要红包,,
        A-5,2025-03-07,投诉,天文,网站,,12,不认识的类别,,2025-03-01
        """

    private func begin(_ world: TestWorld, _ text: String, name: String = "old.csv") async throws -> CaseImport {
        try await Importing(hall: world.hall).begin(Array(text.utf8), name: name, by: .person(world.person("enterprise")), person: world.person("enterprise"), at: world.clock.now)
    }

    /// Taken in to the end, with these words explained.
    @discardableResult
    private func run(_ world: TestWorld, _ text: String, values: [String: String] = [:]) async throws -> CaseImport {
        let one = try await begin(world, text)
        let importing = Importing(hall: world.hall)
        var mapping = ImportMapping(json: one.mapping)
        mapping.values.merge(values) { _, new in new }
        try await importing.map(one, mapping, head: try await importing.file(one).head, start: true, by: .person(one.by), at: world.clock.now)
        while try await Spreading(hall: world.hall).work(at: world.clock.now) {}
        return try #require(try await importing.find(one.id))
    }

    private func old(_ world: TestWorld) async throws -> [Complaint] {
        try await world.hall.store.read { tx in try tx.rows("select * from complaint where series = 'LS' order by day, seq").map(Complaint.init(row:)) }
    }

    @Test func `rows become closed cases of their own series: nothing is owed, no clock runs, no figure counts them, and they are found`() async throws {
        let world = try await TestWorld.make(planned: false)
        let owed = try await world.hall.store.read { tx in try tx.one("select count(*) as n from duty")?.int("n") }
        let one = try await run(world, Self.table, values: ["channel:电话局": "hotline"])
        #expect(one.state == .done && one.added == 2 && one.known == 0 && one.wrong == 3 && one.done == 5)
        let cases = try await old(world)
        #expect(cases.map(\.number) == ["LS20250303-0001", "LS20250304-0001"])
        #expect(cases.map(\.outerNumber) == ["A-1", "A-2"])
        #expect(cases.allSatisfy { $0.stage == .closed && $0.ended != nil && $0.nextDue == nil && $0.contactDue == nil })
        #expect(cases[0].recorded == Zone.shanghai.parse("2025-03-03T09:05") && cases[1].recorded == Zone.shanghai.parse("2025-03-04T14:05"))
        #expect(cases[1].replied == cases[1].recorded, "a day without a clock is not before the clock of the same day")
        #expect(try await world.hall.store.read { tx in try tx.one("select count(*) as n from duty")?.int("n") } == owed)
        let hall = world.hall
        let counted = try await hall.store.read { tx in try FigureSums(tx: tx, hall: hall).tallies(.init(sight: ComplaintSight(program: ()), from: "202503", to: "202503"), at: world.clock.now) }
        #expect(counted.isEmpty)
        #expect(try await world.get(Site.figures.link() + "?month=202503", as: "enterprise").text.contains("历史工单 2 件"))
        for (word, number) in [("铁锈", cases[0].number), ("8000", cases[0].number), ("wm", cases[0].number), ("调压", cases[1].number), ("A-2", cases[1].number)] {
            #expect(try await world.get(Site.complaints.link() + "?tab=closed&q=" + Submitted.encode(word), as: "agent").text.contains(number), "\(word)")
        }
        let page = try await world.get(Site.complaint.link(cases[0].id), as: "agent").text
        #expect(page.contains("导入的历史工单") && page.contains("已冲洗管网"))
        #expect(try await world.get(Site.complaintLetter.link(cases[0].id), as: "agent").text.contains("已冲洗管网"))
        // History is not taken up again; a note can be added.
        await #expect(throws: Refusal.self) { try await world.act(.reopen, cases[0], ["reason": "再办"], by: "agent") }
        try await world.act(.note, cases[0], ["note": "已核对档案"], by: "agent")
        let page2 = try await world.get(Site.import_.link(one.id), as: "enterprise").text
        for sentence in ["去年春天", "不认识“吃拿卡要”", "不认识“天文”", "早于受理时间"] { #expect(page2.contains(sentence), "\(sentence)") }
        let wrong = try await world.get(Site.importWrong.link(one.id), as: "enterprise").text
        #expect(try CSVFile(csv: wrong).rows.map { $0["工单号"] ?? "" } == ["A-3", "A-4", "A-5"])
    }

    @Test func `the same file twice adds nothing, nor does what a process that died had taken in already`() async throws {
        let world = try await TestWorld.make(planned: false)
        try await run(world, Self.table, values: ["channel:电话局": "hotline"])
        let again = try await run(world, Self.table)
        #expect(again.added == 0 && again.known == 2, "also without saying again what the words mean")
        #expect(try await old(world).count == 2)
        // A piece that was worked and whose cursor was not kept: worked again, counted once.
        var text = "受理时间,内容\n"
        for number in 0..<450 { text += "2025-04-\(10 + number % 20),第 \(number) 件停水\n" }
        let one = try await begin(world, text)
        let importing = Importing(hall: world.hall)
        try await importing.map(one, ImportMapping(json: one.mapping), head: ["受理时间", "内容"], start: true, by: .person(one.by), at: world.clock.now)
        let fanout = try #require(try await world.hall.store.read { tx in try tx.one("select * from fanout where state = 'running'").map(Fanout.init(row:)) })
        try await importing.work(fanout, at: world.clock.now)
        let first = try #require(try await importing.find(one.id))
        #expect(first.done == 200 && first.added == 200)
        #expect(try await world.get(Site.import_.link(one.id), as: "enterprise").text.contains("200/450"))
        try await world.hall.act(by: .clock, at: world.clock.now) { act in
            try act.enter(Event(kind: "test", at: act.now), at: one.place)
            var back = one
            back.state = .running
            try act.act.keep(back)
            try act.act.keep(fanout)
        }
        while try await Spreading(hall: world.hall).work(at: world.clock.now) {}
        let last = try #require(try await importing.find(one.id))
        #expect(last.state == .done && last.added == 450 && last.known == 0 && last.done == 450)
        #expect(try await old(world).count == 452)
    }

    @Test func `a file is uploaded, its columns and words are said on a page, the first rows are seen as they would be, and all of it is remembered`() async throws {
        let world = try await TestWorld.make(planned: false)
        func upload(_ text: String) async throws -> String {
            let session = try await world.signIn("enterprise")
            var request = Request(method: "POST", path: Site.imports.link(), headers: ["content-type": "multipart/form-data; boundary=xx", "cookie": "hk=\(session.token)"])
            request.body = Array("--xx\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n\(session.csrf)\r\n--xx\r\ncontent-disposition: form-data; name=\"file\"; filename=\"旧.csv\"\r\ncontent-type: text/csv\r\n\r\n\(text)\r\n--xx--\r\n".utf8)
            let reply = await world.shell.respond(to: request)
            #expect(reply.status == 303)
            return reply.header("location") ?? ""
        }
        let link = try await upload(Self.table)
        let page = try await world.get(link, as: "enterprise").text
        #expect(page.contains("水发黄， 有铁锈味") && page.contains("来源“电话局”"))
        #expect(page.contains("不认识“天文”"))
        var form = ["c-recorded": "受理时间", "c-text": "内容", "c-kind": "类别", "c-door": "性质", "c-channel": "来源", "c-number": "工单号", "d-kind": "OT3", "d-door": "complaint", "d-channel": "web", "d-severity": "S4", "v-channel:电话局": "hotline", "v-kind:天文": "*", "what": "look"]
        #expect(try await world.post(link, as: "enterprise", form).status == 303)
        let second = try await world.get(link, as: "enterprise").text
        #expect(!second.contains("不认识“天文”") && second.contains("可以导入 3 行，不能导入 2 行"))
        form["what"] = "begin"
        form["c-text"] = ""
        #expect(try await world.post(link, as: "enterprise", form).status == 422)
        form["c-text"] = "内容"
        #expect(try await world.post(link, as: "enterprise", form).status == 303)
        #expect(try await world.get(link, as: "enterprise").header("refresh") == "2")
        while try await Spreading(hall: world.hall).work(at: world.clock.now) {}
        #expect(try await old(world).count == 3)
        let next = try await upload(Self.table + "\nA-9,2025-03-09,投诉,天文,电话局,,,新的一件,,")
        #expect(try await world.get(next, as: "enterprise").text.contains("可以导入 4 行，不能导入 2 行"), "what was said last time holds")
        for path in [Site.imports.link(), link, Site.importSample.link(), link + "/wrong"] {
            for login in ["agent", "handler-billing", "cleaner-chengnan"] { #expect(try await world.get(path, as: login).status == 403, "\(login) \(path)") }
        }
        #expect(try await world.post(link, as: "agent", form).status == 403)
        #expect(try await world.get(Site.import_.link("x"), as: "enterprise").status == 404)
        for text in ["", "只有一行", "a,b\n\"x,1"] {
            let session = try await world.signIn("enterprise")
            var request = Request(method: "POST", path: Site.imports.link(), headers: ["content-type": "multipart/form-data; boundary=xx", "cookie": "hk=\(session.token)"])
            request.body = Array("--xx\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n\(session.csrf)\r\n--xx\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n\(text)\r\n--xx--\r\n".utf8)
            #expect(await world.shell.respond(to: request).status == 422, "\(text)")
        }
    }

    @Test func `files are read in UTF-8 with and without a mark, in UTF-16 and in GB18030, with commas, semicolons or tabs`() throws {
        let text = "受理时间,内容\r\n2025-03-03,\"水压低,\r\n\"\"很低\"\"\"\r\n\r\n2025-03-04,𠮷祥路停水\r\n"
        let utf8 = Array(text.utf8)
        let utf16 = text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        // 受理时间,内容 ⏎ 2025-03-03,停水 in GB18030.
        let gb: [UInt8] = [0xCA, 0xDC, 0xC0, 0xED, 0xCA, 0xB1, 0xBC, 0xE4, 0x2C, 0xC4, 0xDA, 0xC8, 0xDD, 0x0A] + Array("2025-03-03,".utf8) + [0xCD, 0xA3, 0xCB, 0xAE]
        for raw in [utf8, [0xEF, 0xBB, 0xBF] + utf8, [0xFF, 0xFE] + utf16] {
            let file = try ImportFile(raw)
            #expect(file.head == ["受理时间", "内容"])
            var reader = file.rows(from: file.start)
            let first = try #require(try reader.next())
            #expect(first.line == 2 && first.fields == ["2025-03-03", "水压低,\r\n\"很低\""])
            let middle = reader.at
            #expect(try reader.next()?.fields == ["2025-03-04", "𠮷祥路停水"])
            #expect(try reader.next() == nil)
            var again = file.rows(from: try #require(ImportFile.Position(middle.text)))
            #expect(try again.next()?.line == 5)
        }
        let old = try ImportFile(gb)
        var reader = old.rows(from: old.start)
        #expect(old.head == ["受理时间", "内容"])
        #expect(try reader.next()?.fields == ["2025-03-03", "停水"])
        for separator in [";", "\t"] { #expect(try ImportFile(Array("a\(separator)b,c\(separator)d\n1\(separator)2\(separator)3".utf8)).head == ["a", "b,c", "d"]) }
        for raw in [[0xFF, 0xFE, 0x00], Array("a,b\n\"1".utf8), Array("a\0b\n1".utf8), [0x81, 0x20, 0x0A, 0xFF], []] as [[UInt8]] { #expect(throws: FormProblems.self) { try ImportFile(raw) } }
    }

    @Test(arguments: [
        ("2026-03-02 09:05", "2026-03-02T09:05", false), ("2026/3/2 9:05:30", "2026-03-02T09:05", false), ("2026.3.2", "2026-03-02T00:00", true), ("2026年3月2日", "2026-03-02T00:00", true),
        ("2026年3月2日 上午9时5分", "2026-03-02T09:05", false), ("2026年3月2日 下午3点", "2026-03-02T15:00", false), ("20260302", "2026-03-02T00:00", true), ("2026-03-02T01:05:00Z", "2026-03-02T09:05", false),
        ("2011-12-07T09:36:58+08:00", "2011-12-07T09:36", false), ("46083", "2026-03-02T00:00", true), ("46083.378472", "2026-03-02T09:05", false), ("２０２６－０３－０２ ０９：０５", "2026-03-02T09:05", false),
        ("2026-03-02 12:30 AM", "2026-03-02T00:30", false), ("2026-03-02（星期一）09:05", "2026-03-02T09:05", false),
    ])
    func `a moment is read as people write it`(_ text: String, _ moment: String, _ isDay: Bool) throws {
        let found = try #require(WrittenMoment.read(text, in: .shanghai), "\(text)")
        #expect(found.at.ms / 60_000 == (Zone.shanghai.parse(moment)?.ms ?? 0) / 60_000 && found.isDay == isDay, "\(text)")
    }

    @Test(arguments: ["", "昨天", "3/2/26", "2026-02-30", "2026-13-01", "2026.3", "12", "2026-03-02 25:00", "0000-00-00", "999999", "2026-03-02 09:05 约", String(repeating: "9", count: 400)])
    func `what is no moment, or could be two, is none`(_ text: String) { #expect(WrittenMoment.read(text, in: .shanghai) == nil) }

    @Test func `a table of our own comes back as it was`() async throws {
        let world = try await TestWorld.make(planned: false)
        let said = ["=1+1 很怪", "-水压低", "＋什么", "普通"]
        let csv = CSVText.write([["受理时间", "内容"]] + said.map { ["2025-03-03", $0] })
        #expect(try await run(world, csv).added == 4)
        let texts = try await world.hall.store.read { [hall = world.hall] tx in try ComplaintReader(tx: tx, hall: hall).texts(try tx.rows("select text from complaint where series = 'LS'").map { try $0.text("text") }) }
        #expect(Set(texts.values) == Set(said))
    }

    @Test func `files are forgotten thirty days after their end, the cases stay`() async throws {
        let world = try await TestWorld.make(planned: false)
        let one = try await run(world, Self.table, values: ["channel:电话局": "hotline"])
        let importing = Importing(hall: world.hall)
        try await importing.forget(at: world.clock.now.adding(minutes: 29 * 1440))
        #expect(try await world.hall.blobs.find(one.blob) != nil)
        try await importing.forget(at: world.clock.now.adding(minutes: 31 * 1440))
        #expect(try await world.hall.blobs.find(one.blob) == nil)
        #expect(try await old(world).count == 2)
        #expect(try await world.get(Site.import_.link(one.id), as: "enterprise").status == 200)
    }

    private static let shared = TestWorld.root.deletingLastPathComponent().appending(path: "shared/data/messages")

    @Test(.enabled(if: FileManager.default.fileExists(atPath: CaseImportTests.shared.appending(path: "messages.csv").path), "real messages are not at hand: ../shared/data/messages"))
    func `two thousand real messages and 539 slips are taken in, paged, searched and printed`() async throws {
        let world = try await TestWorld.make(planned: false)
        let messages = try String(contentsOf: Self.shared.appending(path: "messages.csv"), encoding: .utf8)
        let one = try await run(world, messages)
        #expect(one.lines == 2000 && one.added == 2000 && one.wrong == 0)
        let slips = try String(contentsOf: Self.shared.appending(path: "slips.csv"), encoding: .utf8)
        let words = ["door:咨询": "suggestion", "door:求助": "complaint", "channel:电话": "hotline", "channel:e福州app": "app", "channel:12345app": "app", "channel:qq": "wechat", "channel:微信": "wechat", "channel:短信": "hotline", "channel:微博": "media", "channel:邮件": "email"]
        let two = try await run(world, slips, values: words)
        #expect(two.added == 539 && two.wrong == 0)
        #expect(try await run(world, slips).known == 539)
        #expect(try await old(world).count == 2539)
        func holds(_ word: String, _ text: String) -> Bool { text.contains(word) }
        for word in ["停水", "天然气"] {
            let matching = try #require(ComplaintQuestion(.sqlite, word)).condition()
            let found = try await world.hall.store.read { tx in Int(try tx.one("select count(*) as n from complaint where series = 'LS' and \(sql: matching)")?.int("n") ?? 0) }
            #expect(found > 10, "\(word)")
            // Page by page, each once.
            var (link, seen): (String, Set<String>) = (Site.complaints.link() + "?tab=closed&q=" + Submitted.encode(word), [])
            for _ in 0..<40 {
                let html = try await world.get(link, as: "agent").text
                seen.formUnion(html.matches(of: /LS[0-9]{8}-[0-9]{4}/).map { String($0.0) })
                guard let next = html.firstMatch(of: /rel="next" href="([^"]+)"/) else { break }
                link = String(next.1).replacingOccurrences(of: "&amp;", with: "&")
            }
            #expect(seen.count == found, "\(word)")
        }
        // The longest reply on paper.
        let longest = try #require(try await world.hall.store.read { tx in
            try tx.one("select complaint_step.complaint as id, personal.text as text from complaint_step join personal on complaint_step.texts like '%' || personal.id || '%' where complaint_step.act = 'reply' order by length(personal.text) desc limit 1").map { (try $0.text("id"), try $0.text("text")) }
        })
        #expect(longest.1.count == 1984)
        let letter = try await world.get(Site.complaintLetter.link(longest.0), as: "agent").text
        #expect(letter.contains(HTML.escape(String(longest.1.prefix(60)))) && letter.contains(HTML.escape(String(longest.1.suffix(60)))))
    }
}
