import Foundation
import Regulation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

/// The desk: kept views, many at once, words for replies, who else is writing, drafts, mentions, approvals with one tap.
@Suite struct DeskTests {
    @Test func `words for replies, standing in and the list as a table are found from the queue by whoever may`() async throws {
        let world = try await TestWorld.make(planned: false)
        _ = try await world.takeIn()
        let unit = try await world.get(Site.complaints.link() + "?tab=open&q=" + Submitted.encode("assignee:me"), as: "handler-billing").text
        #expect(unit.contains("href=\"\(Site.replies.link())\"") && !unit.contains("href=\"\(Site.deputies.link())\""))
        #expect(try await world.get(Site.complaints.link(), as: "leader").text.contains("href=\"\(Site.deputies.link())\""))
        // Exactly what is filtered: of what nobody was given, nothing is mine.
        let link = try #require(unit.firstMatch(of: /href="(\/complaints\/export\?[^"]*as=csv)"/)?.output.1)
        let mine = try await world.get(String(link).replacingOccurrences(of: "&amp;", with: "&"), as: "handler-billing")
        let all = try await world.get(Site.complaintExport.link() + "?tab=open&as=csv", as: "handler-billing")
        let (own, every) = (await mine.streamed, await all.streamed)
        #expect(mine.status == 200 && !own.contains("TS2026") && every.contains("TS2026"))
    }

    @Test func `a view is kept for oneself or for everybody, leads nowhere but to the queue, and is taken away by whoever made it`() async throws {
        let world = try await TestWorld.make(planned: false)
        #expect(try await world.post(Site.complaintViews.link(), as: "agent", ["title": "水费的", "query": "tab=open&q=kind%3ABL&evil=1", "shared": "yes"]).status == 303)
        #expect(try await world.post(Site.complaintViews.link(), as: "agent", ["title": "只给我", "query": "tab=late"]).status == 303)
        let others = try await world.get(Site.complaints.link(), as: "handler-billing").text
        #expect(others.contains("水费的") && !others.contains("只给我") && others.contains("/complaints?tab=open&amp;q=kind%3ABL") && !others.contains("evil"))
        let id = try #require(try await world.hall.store.read { tx in try tx.one("select id from saved_view where shared = 1")?.text("id") })
        #expect(try await world.post(Site.complaintViewEnd.link(id), as: "handler-billing").status == 404)
        #expect(try await world.post(Site.complaintViewEnd.link(id), as: "agent").status == 303)
        #expect(try await !world.get(Site.complaints.link(), as: "handler-billing").text.contains("水费的"))
    }

    @Test func `many at once: each case says how it went, and what can be taken back is`() async throws {
        let world = try await TestWorld.make(planned: false)
        let open = [try await world.takeIn(), try await world.takeIn(), try await world.takeIn()]
        let over = try await world.closed(try await world.takeIn())
        let reply = try await world.post(Site.complaintBulk.link(), as: "enterprise", pairs: [("act", "supervise"), ("words", "周五前办完")] + (open + [over]).map { ("case", $0.id) })
        let path = try #require(reply.header("location"))
        let page = try await world.get(path, as: "enterprise").text
        #expect(page.contains("办成 3") && page.contains("没办成 1") && page.contains("这件工单已经结束"))
        for c in open { #expect(try await world.reload(c).isSupervised) }
        #expect(try await world.get(path, as: "agent").status == 404, "it is theirs who did it")
        #expect(try await world.post(path + "/undo", as: "enterprise").status == 303)
        for c in open { #expect(try await !world.reload(c).isSupervised) }
        #expect(try await world.post(path + "/undo", as: "enterprise").status == 409)
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `many at once touches nothing one may not see, and goes on over a restart`() async throws {
        let world = try await TestWorld.make(planned: false)
        var secret = TestWorld.intake
        (secret.kind, secret.door) = ("MD1", "report")
        let hidden = try await world.takeIn(secret)
        var cases: [Complaint] = []
        for _ in 0..<60 { cases.append(try await world.takeIn()) }
        let reply = try await world.post(Site.complaintBulk.link(), as: "agent", pairs: [("act", "note"), ("words", "已群发短信"), ("case", hidden.id)] + cases.map { ("case", $0.id) })
        let path = try #require(reply.header("location"))
        let page = try await world.get(path, as: "agent").text
        #expect(page.contains("共 60 件") && page.contains("等着 60"), "more than a handful goes on by itself")
        try await JobRunner(hall: world.hall).catchUp(to: world.clock.now)
        #expect(try await world.get(path, as: "agent").text.contains("办成 60"))
        #expect(try await world.reload(hidden).version == hidden.version)
        #expect(try await world.post(path + "/undo", as: "agent").status == 409, "what was said stays said")
    }

    @Test func `a case is given to one of the unit, never to whom it is about, and stands in their queue`() async throws {
        let world = try await TestWorld.make(planned: false)
        var intake = TestWorld.intake
        intake.respondent = world.person("unit-head-billing")
        var c = try await world.takeIn(intake)
        let fresh = c
        await #expect(throws: Refusal.self) { try await world.act(.assign, fresh, ["assignee": world.person("unit-head-billing")], by: "handler-billing") }
        await #expect(throws: FormProblems.self) { try await world.act(.assign, fresh, ["assignee": world.person("handler-supply")], by: "handler-billing") }
        c = try await world.act(.assign, c, ["assignee": world.person("handler-billing")], by: "handler-billing")
        #expect(try await world.get(Site.complaints.link() + "?tab=mine", as: "handler-billing").text.contains(c.number))
        #expect(try await world.get(Site.complaints.link() + "?tab=open&q=assignee:me", as: "handler-billing").text.contains(c.number))
        #expect(try await !world.get(Site.complaints.link() + "?tab=mine", as: "unit-head-billing").text.contains(c.number))
    }

    @Test func `the number alone leads to the case, what stands in quotes is one phrase`() async throws {
        let world = try await TestWorld.make(planned: false)
        let c = try await world.takeIn()
        for asked in [c.number, c.number.lowercased(), String(c.number.dropFirst(2))] {
            #expect(try await world.get(Site.complaints.link() + "?q=" + Submitted.encode(asked), as: "agent").header("location") == Site.complaint.link(c.id), "\(asked)")
        }
        #expect(try await world.get(Site.complaints.link() + "?q=" + Submitted.encode(c.number), as: "handler-supply").header("location") == nil, "only what one may see")
        func finds(_ asked: String) async throws -> Bool { try await world.get(Site.complaints.link() + "?tab=open&q=" + Submitted.encode(asked), as: "agent").text.contains(c.number) }
        for asked in ["\"水费 突然翻倍\"", "“突然翻倍”", "水费 查表", "费", "wm", "8000", "due<2026-10-08 kind:BL2 水费"] { #expect(try await finds(asked), "\(asked)") }
        #expect(try await !finds("\"查表 水费\""), "a phrase is in its order")
    }

    @Test func `words for replies have their fields filled in, with and without a script`() async throws {
        let world = try await TestWorld.make(planned: false)
        let c = try await world.takeIn()
        #expect(try await world.post(Site.replies.link(), as: "handler-billing", ["title": "退补", "words": "{客户姓名}，{编号} 由{unit}退补，{nobody}"]).status == 422)
        #expect(try await world.post(Site.replies.link(), as: "handler-billing", ["title": "退补", "words": "{客户姓名}，{编号} 由{unit}退补"]).status == 303)
        let id = try #require(try await world.hall.store.read { tx in try tx.one("select id from canned_reply")?.text("id") })
        let page = try await world.get(Site.complaint.link(c.id) + "?canned=\(id)&act=contact", as: "handler-billing").text
        #expect(page.contains(">王敏，\(c.number) 由") && page.contains("正在核查"))
        #expect(try await !world.get(Site.replies.link(), as: "handler-supply").text.contains("退补"), "another unit has its own")
        #expect(try await world.post(Site.replyEnd.link(id), as: "handler-supply").status == 404)
        #expect(try await world.get(Site.replies.link(), as: "agent").status == 403)
    }

    @Test func `what was written and not sent is there again, only for whoever wrote it, and gone when it is sent`() async throws {
        let world = try await TestWorld.make(planned: false)
        let c = try await world.takeIn()
        #expect(try await world.post(Site.complaintDraft.link(c.id, "contact"), as: "handler-billing", ["said": "客户要求周五前", "other": "x"]).status == 200)
        #expect(try await world.get(Site.complaint.link(c.id), as: "handler-billing").text.contains("客户要求周五前"))
        #expect(try await !world.get(Site.complaint.link(c.id), as: "unit-head-billing").text.contains("客户要求周五前"))
        #expect(try await world.post(Site.complaintDraft.link(c.id, "contact"), as: "handler-supply", ["said": "x"]).status == 404)
        #expect(try await world.post(Site.complaintAct.link(c.id, "contact"), as: "handler-billing", ["reached": "reached", "said": "客户要求周五前", "version": "\(c.version)"]).status == 303)
        #expect(try await world.hall.store.read { tx in try tx.one("select 1 as one from complaint_draft") == nil })
    }

    @Test func `a colleague who is replying is shown for a while, over processes, to those who see the case`() async throws {
        let world = try await TestWorld.make(planned: false)
        let c = try await world.takeIn()
        #expect(try await world.post(Site.complaintPresence.link(c.id), as: "unit-head-billing", ["what": "reply"]).status == 200)
        let seen = try await world.get(Site.complaint.link(c.id), as: "handler-billing").text
        #expect(seen.contains("正在答复客户"))
        #expect(try await world.get(Site.complaintPresence.link(c.id), as: "unit-head-billing").text.isEmpty, "not oneself")
        #expect(try await world.get(Site.complaintPresence.link(c.id), as: "handler-supply").status == 404)
        _ = world.clock.move(to: world.clock.now.adding(minutes: 1))
        #expect(try await world.get(Site.complaintPresence.link(c.id), as: "handler-billing").text.isEmpty, "it goes by itself")
    }

    @Test func `whoever is named in a note gets a message without a word of the case, if they may see it`() async throws {
        let world = try await TestWorld.make(planned: false)
        let c = try await world.takeIn()
        _ = try await world.act(.note, c, ["note": "请 @unit-head-billing 看一下"], by: "handler-billing")
        let inbox = try await world.get(Site.inbox.link(), as: "unit-head-billing").text
        #expect(inbox.contains("有同事在工单里提到你") && inbox.contains(Site.complaint.link(c.id)) && !inbox.contains("水费") && !inbox.contains("王敏"))
        let now = try await world.reload(c)
        let problems = try await #require(throws: FormProblems.self) { try await world.act(.note, now, ["note": "@handler-supply 帮忙"], by: "handler-billing") }
        #expect(problems.fields.first?.sentence.zh.contains("看不到") == true)
        let name = try #require(world.world.residents.first { $0.login == "unit-head-billing" }?.name)
        let initials = ComplaintSearch.initials(name)
        for written in ["@\(name)看一下", "@\(initials)"] where !initials.isEmpty {
            let latest = try await world.reload(c)
            do { _ = try await world.act(.note, latest, ["note": written], by: "handler-billing") } catch let problems as FormProblems { #expect(problems.fields.first?.sentence.zh.contains("位") == true, "\(written)") }
        }
    }

    @Test func `what waits for approval says with whom and for how long, and is approved with one tap`() async throws {
        let world = try await TestWorld.make(planned: false)
        var intake = TestWorld.intake
        intake.severity = "S2"
        var c = try await world.takeIn(intake)
        c = try await world.act(.propose, c, ["opinion": "请营业部三日内核查", "unit": world.billing], by: "specialist")
        _ = world.clock.move(to: world.clock.now.adding(minutes: 134))
        let page = try await world.get(Site.complaints.link() + "?tab=approvals", as: "department-head").text
        #expect(page.contains("请营业部三日内核查") && page.contains("2 小时 14 分"))
        let others = try await world.get(Site.complaints.link() + "?tab=approvals", as: "leader").text
        #expect(others.contains(c.number) && !others.contains(Site.complaintAct.link(c.id, "instruct")), "not their turn yet")
        #expect(page.contains(Site.complaintAct.link(c.id, "approve")))
        #expect(try await world.post(Site.complaintAct.link(c.id, "approve"), as: "department-head", ["version": "\(c.version)"]).status == 303)
        #expect(try await world.get(Site.complaints.link() + "?tab=approvals", as: "leader").text.contains(Site.complaintAct.link(c.id, "instruct")))
    }

    @Test func `standing in is named and taken back on a page, by whoever holds the role`() async throws {
        let world = try await TestWorld.make(planned: false)
        let seat = try #require(world.world.residents.first { $0.login == "leader" }?.place)
        let form = ["role": "leader@" + seat, "person": world.person("enterprise"), "from": "2026-03-02", "until": "2026-03-04"]
        #expect(try await world.post(Site.deputies.link(), as: "department-head", form).status == 404, "not theirs")
        #expect(try await world.post(Site.deputies.link(), as: "leader", form.merging(["until": "2026-02-01"]) { _, new in new }).status == 422)
        #expect(try await world.post(Site.deputies.link(), as: "leader", form).status == 303)
        let id = try #require(try await world.hall.store.read { tx in try tx.one("select id from deputy")?.text("id") })
        #expect(try await world.get(Site.deputies.link(), as: "enterprise").text.contains("2026-03-02 – 2026-03-04"))
        #expect(try await world.post(Site.deputyEnd.link(id), as: "enterprise").status == 404)
        #expect(try await world.post(Site.deputyEnd.link(id), as: "leader").status == 303)
        #expect(try await world.get(Site.deputies.link(), as: "clerk-chengnan").status == 403)
    }
}

extension TestWorld {
    /// A form in which a field comes more than once.
    func post(_ path: String, as login: String, pairs: [(String, String)]) async throws -> Reply {
        let session = try await signIn(login)
        var request = Request(method: "POST", path: path, headers: ["content-type": "application/x-www-form-urlencoded", "cookie": "hk=\(session.token)"])
        request.body = Array((pairs + [("csrf", session.csrf)]).map { "\(Submitted.encode($0.0))=\(Submitted.encode($0.1))" }.joined(separator: "&").utf8)
        return await shell.respond(to: request)
    }
}
