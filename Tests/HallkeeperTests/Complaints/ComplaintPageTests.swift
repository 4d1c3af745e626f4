import Foundation
import Regulation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct ComplaintPageTests {
    static let form = [
        "door": "complaint", "kind": "BL2", "severity": "S4", "channel": "hotline", "text": "上月水费突然翻倍，要求查表", "wish": "退钱", "name": "王敏", "phone": "138 0013 8000",
        "address": "中桥街十二号三单元",
    ]

    private func taken(_ world: TestWorld, _ more: [String: String] = [:], by login: String = "agent") async throws -> String {
        let reply = try await world.post(Site.complaints.link(), as: login, Self.form.merging(more) { _, own in own })
        #expect(reply.status == 303, "\(reply.text.prefix(2000))")
        return try #require(reply.header("location"))
    }

    @Test func `what is owed by the end of a day is due at 24:00 of that day, on Today as on the case`() async throws {
        let world = try await TestWorld.make(planned: false)
        let complaint = try await world.replied(try await world.takeIn())
        let call = try #require(try await world.owed(complaint)["complaint.called-back"])
        #expect(world.hall.zone.minuteOfDay(call.due) == 0)
        for page in [Site.today.link(), Site.complaint.link(complaint.id)] {
            let text = try await world.get(page, as: "agent").text
            #expect(text.contains("24:00") && !text.contains(" 0:00"), "\(page)")
        }
    }

    @Test func `one step saves, numbers and dispatches, and the case page says what is due next and why`() async throws {
        let world = try await TestWorld.make(planned: false)
        let path = try await taken(world)
        let page = try await world.get(path, as: "handler-billing").text
        #expect(page.contains("TS") && page.contains("上月水费突然翻倍") && page.contains("签收工单") && page.contains("剩 45 分"))
        #expect(page.contains(path + "/acts/sign"))
        // Personal data stay masked until asked for, and asking is an entry.
        #expect(!page.contains("13800138000") && page.contains("138****8000") && !page.contains("十二号三单元"))
        let shown = try await world.post(path + "/contact", as: "handler-billing").text
        #expect(shown.contains("tel:13800138000") && shown.contains("中桥街十二号三单元"))
        #expect(try await world.entries("complaint.contact-seen") == 1)
    }

    @Test func `the whole loop is lived on its page, each step by whom it is for`() async throws {
        let world = try await TestWorld.make(planned: false)
        let path = try await taken(world)
        func step(_ act: String, _ login: String, _ sent: [String: String] = [:]) async throws {
            let reply = try await world.post(path + "/acts/" + act, as: login, sent)
            #expect(reply.status == 303, "\(act): \(reply.status) \(reply.text.components(separatedBy: "problem").dropFirst().first?.prefix(200) ?? "")")
        }
        try await step("sign", "handler-billing")
        try await step("contact", "handler-billing", ["reached": "reached", "said": "知道了"])
        try await step("no-visit", "handler-billing", ["reason": "系统内可查"])
        try await step("investigate", "handler-billing", ["facts": "估抄", "evidence": "无照片", "finding": "founded", "responsibility": "company", "cause": "procedure", "remedy": "退补"])
        #expect(try await world.get(path + "/investigation", as: "handler-billing").text.contains("估抄"))
        #expect(try await world.get(path + "/reply-letter", as: "handler-billing").status == 409)
        try await step("reply", "handler-billing", ["reply": "已退补 86 元", "result": "solved"])
        #expect(try await world.get(path + "/reply-letter", as: "handler-billing").text.contains("已退补 86 元"))
        try await step("report", "handler-billing", ["summary": "属实"])
        try await step("set-improvement", "handler-billing", ["measure": "拍照", "until": "2026-03-12"])
        try await step("carry-out-improvement", "handler-billing", ["done": "抄表全部拍照"])
        // What is next stands open: a visit can still be agreed on, behind a click.
        let next = try await world.get(path, as: "unit-head-billing").text
        #expect(next.contains("open id=\"act-verify-improvement\"") && !next.contains("open id=\"act-agree-visit\"") && next.contains("id=\"act-agree-visit\""))
        try await step("call-back", "agent", ["reached": "reached", "satisfaction": "4", "solved": "yes"])
        let early = try await world.post(path + "/acts/close", as: "shift-lead")
        #expect(early.status == 409 && early.text.contains("还没有改进结论"))
        try await step("verify-improvement", "unit-head-billing", ["seen": "二十户均有照片"])
        try await step("close", "shift-lead")
        let slip = try await world.get(path + "/slip", as: "shift-lead").text
        for word in ["投诉处理单", "估抄", "已退补 86 元", "拍照", "二十户均有照片", "2026年3月2日 9:00"] { #expect(slip.contains(word), "\(word)") }
        #expect(try await world.get(Site.complaints.link() + "?tab=closed", as: "agent").text.contains(path))
    }

    @Test func `what is owed about a case is on the unit's day and leads into the case`() async throws {
        let world = try await TestWorld.make(planned: false)
        let path = try await taken(world)
        let today = try await world.get(Site.today.link(), as: "handler-billing").text
        #expect(today.contains("签收工单") && today.contains("45分钟内联系客户"))
        let link = try #require(today.firstMatch(of: /href="(\/duties\/[^"]+)"/)).1
        let reply = try await world.get(String(link), as: "handler-billing")
        #expect(reply.status == 303 && reply.header("location") == path)
    }

    @Test func `a visit is owed at the time agreed, agreed anew at the new one; a promise at the time promised`() async throws {
        let world = try await TestWorld.make(planned: false)
        var c = try await world.takeIn()
        c = try await world.act(.sign, c, by: "handler-billing")
        c = try await world.act(.contact, c, ["reached": "reached"], by: "handler-billing")
        c = try await world.act(.agreeVisit, c, ["agreed": "2026-03-03T10:00"], by: "handler-billing")
        let day = TestWorld.monday.adding(days: 1)
        #expect(try await world.owed(c)["complaint.visited"]?.due == TestWorld.at(10, day: day))
        c = try await world.act(.agreeVisit, c, ["agreed": "2026-03-03 14:30", "said": "上午有事，下午在家"], by: "handler-billing")
        let visit = try #require(try await world.owed(c)["complaint.visited"])
        #expect(visit.due == TestWorld.at(14, 30, day: day) && visit.firstDue == TestWorld.at(10, day: day))
        c = try await world.act(.promise, c, ["promised": "2026-03-04 12:00", "said": "周三中午前给您答复"], by: "handler-billing")
        #expect(try await world.allDuties(c).contains { $0.rule == "promise-kept" && $0.due == TestWorld.at(12, day: day.adding(days: 1)) })
    }

    @Test func `what is missing is said beside each field, and what was typed is kept`() async throws {
        let world = try await TestWorld.make(planned: false)
        let blank = try await world.post(Site.complaints.link(), as: "agent", ["text": "", "phone": "12", "name": "王<b>敏"])
        #expect(blank.status == 422)
        for sentence in ["写下客户说了什么。", "电话看不懂", "王&lt;b&gt;敏"] { #expect(blank.text.contains(sentence), "\(sentence)") }
        let path = try await taken(world)
        _ = try await world.post(path + "/acts/sign", as: "handler-billing")
        let page = try await world.post(path + "/acts/contact", as: "handler-billing", ["said": "客户很急"])
        #expect(page.status == 422 && page.text.contains("客户很急") && page.text.contains("这一项还没填。"))
    }

    @Test func `of two who act on one page the second is told, and keeps what they wrote`() async throws {
        let world = try await TestWorld.make(planned: false)
        let path = try await taken(world)
        #expect(try await world.post(path + "/acts/sign", as: "handler-billing", ["version": "2"]).status == 303)
        let second = try await world.post(path + "/acts/contact", as: "unit-head-billing", ["version": "2", "reached": "reached", "said": "我来联系了"])
        #expect(second.status == 409 && second.text.contains("刚才有别人动过") && second.text.contains("我来联系了"))
    }

    @Test func `of two who do the same the second keeps what they wrote, though it can be done no more, and can keep it as a note`() async throws {
        let world = try await TestWorld.make(planned: false)
        let path = try await taken(world)
        let first = try await world.post(path + "/acts/contact", as: "handler-billing", ["version": "2", "reached": "reached", "said": "甲说的"])
        #expect(first.status == 303)
        let second = try await world.post(path + "/acts/contact", as: "unit-head-billing", ["version": "2", "reached": "reached", "said": "乙说的 <b>"])
        #expect(second.status == 409 && second.text.contains("乙说的 &lt;b&gt;") && second.text.contains("你写的还没有提交"))
        #expect(second.text.contains(path + "/acts/note"))
        let alone = try await world.get(path, as: "unit-head-billing").text
        #expect(!alone.contains("你写的还没有提交"))
    }

    @Test func `a case is seen by its unit, by whoever took it in and by the call centre, and is not there for anybody else`() async throws {
        let world = try await TestWorld.make(planned: false)
        let path = try await taken(world, by: "clerk-chengnan")
        for login in ["clerk-chengnan", "handler-billing", "unit-head-billing", "agent", "shift-lead", "enterprise"] {
            #expect(try await world.get(path, as: login).status == 200, "\(login)")
            #expect(try await world.get(Site.complaints.link(), as: login).text.contains(path), "\(login)")
        }
        for login in ["director-chengbei", "guard-chengnan", "cleaner-chengnan", "handler-repair"] {
            for reply in [try await world.get(path, as: login), try await world.post(path + "/acts/note", as: login, ["note": "x"]), try await world.post(path + "/contact", as: login), try await world.get(path + "/slip", as: login)] {
                #expect(reply.status == 404, "\(login)")
            }
        }
        #expect(try await world.post(path + "/acts/reply", as: "clerk-chengnan", ["reply": "x", "result": "solved"]).status == 403)
    }

    @Test func `the search line narrows by state, kind, hall, day and words, and says what it does not know`() async throws {
        let world = try await TestWorld.make(planned: false)
        let path = try await taken(world)
        let other = try await taken(world, ["kind": "SP3", "text": "停水九小时未恢复", "phone": "13900001111"])
        func found(_ asked: String) async throws -> (Bool, Bool) {
            let text = try await world.get(Site.complaints.link() + "?q=" + Submitted.encode(asked), as: "agent").text
            return (text.contains(path + "\""), text.contains(other + "\""))
        }
        #expect(try await found("") == (true, true))
        #expect(try await found("kind:BL") == (true, false))
        #expect(try await found("停水") == (false, true))
        #expect(try await found("1111") == (false, true))
        #expect(try await found("unit:billing state:open") == (true, false))
        #expect(try await found("recorded<2020-01-01") == (false, false))
        #expect(try await found("kind:\"Price or extra charge\"") == (false, false))
        #expect(try await found("unit:\"营业部\" 水费") == (true, false))
        let wrong = try await world.get(Site.complaints.link() + "?q=" + Submitted.encode("color:red"), as: "agent")
        #expect(wrong.status == 422 && wrong.text.contains("没有“color”这个条件"))
    }

    @Test func `while one types, earlier cases of the phone and similar ones are shown`() async throws {
        let world = try await TestWorld.make(planned: false)
        let path = try await taken(world)
        let own = try await world.post(Site.complaintBeside.link(), as: "agent", ["phone": "+86 138-0013-8000"]).text
        #expect(own.contains(path) && own.contains("王敏") && own.contains("中桥街十二号三单元"))
        let alike = try await world.post(Site.complaintBeside.link(), as: "agent", ["kind": "BL1", "phone": "1"]).text
        #expect(alike.contains(path))
        #expect(try await world.post(Site.complaintBeside.link(), as: "guard-chengnan", ["kind": "BL1"]).status == 403)
        #expect(try await world.post(Site.complaintBeside.link(), as: "agent", ["phone": "13800138000"], csrf: false).status == 400)
    }

    @Test func `no phone and no words stand in an address: what is there already is asked for by post alone, and a form is not filled in from one`() async throws {
        let world = try await TestWorld.make(planned: false)
        _ = try await taken(world)
        #expect(!world.shell.site.contains { $0.method == "GET" && $0.route == Site.complaintBeside })
        #expect(try await world.get(Site.complaintBeside.link() + "?phone=13800138000", as: "agent").status == 404)
        let blank = try await world.get(Site.complaintNew.link() + "?phone=13800138000&text=abc", as: "agent").text
        #expect(!blank.contains("13800138000") && !blank.contains("王敏") && !blank.contains(">abc<"))
        let script = try String(contentsOf: TestWorld.root.appending(path: "Sources/Hallkeeper/Assets/complaints.js"), encoding: .utf8)
        #expect(!script.contains("?phone=") && script.contains("post(form.getAttribute('data-intake')"))
    }

    @Test func `a suspected gas leak says at once what to tell the customer, and asks no more than it must`() async throws {
        let world = try await TestWorld.make(planned: false)
        let page = try await world.get(Site.complaintNew.link() + "?kind=QL5", as: "agent").text
        #expect(page.contains("请不要开关任何电器") && !page.contains("name=\"severity\""))
        let reply = try await world.post(Site.complaints.link(), as: "agent", ["kind": "QL5", "door": "complaint", "channel": "hotline", "text": "厨房闻到煤气味", "phone": "13800138000", "address": "中桥街十二号"])
        let path = try #require(reply.header("location"))
        #expect(try await world.get(path, as: "agent").text.contains("办理中"))
    }

    @Test func `words that tell of a leak lead to its screen, which asks where, says what to do, and goes on saying it until somebody was there`() async throws {
        let world = try await TestWorld.make(planned: false)
        let screen = Site.complaintNew.link() + "?kind=QL5"
        #expect(try await world.post(Site.complaintBeside.link(), as: "agent", ["text": "厨房里有股煤气味"]).text.contains(screen))
        #expect(try await !world.get(Site.complaintBeside.link() + "?text=" + Submitted.encode("水费翻倍"), as: "agent").text.contains(screen))
        let nowhere = try await world.post(Site.complaints.link(), as: "agent", ["kind": "QL5", "door": "complaint", "channel": "hotline", "phone": "13800138000"])
        #expect(nowhere.status == 422 && nowhere.text.contains("写清在哪里"))
        let reply = try await world.post(Site.complaints.link(), as: "agent", ["kind": "QL5", "door": "complaint", "channel": "hotline", "phone": "13800138000", "address": "中桥街十二号"])
        let path = try #require(reply.header("location"))
        let page = try await world.get(path, as: "agent").text
        #expect(page.contains("<li>请不要开关任何电器，不要点火，不要在屋里打电话。</li>") && page.contains("疑似泄漏"))
        _ = try await world.post(path + "/acts/agree-visit", as: "handler-supply", ["agreed": "2026-03-02 09:20"])
        #expect(try await world.post(path + "/acts/visit", as: "handler-supply", ["seen": "阀门已关，未见泄漏"]).status == 303)
        #expect(try await !world.get(path, as: "agent").text.contains("请不要开关任何电器"))
    }

    @Test func `misconduct taken in at the counter is handed over, and is nowhere but with supervision`() async throws {
        let world = try await TestWorld.make(planned: false)
        let reply = try await world.post(Site.complaints.link(), as: "agent", Self.form.merging(["kind": "MD1", "text": "抄表员索要薅羊毛费", "phone": "13700009999"]) { _, own in own })
        let path = try #require(reply.header("location"))
        let page = try await world.get(path, as: "agent").text
        #expect(path.hasPrefix("/complaints/handed-over/") && page.contains("已直接交给监察"))
        for login in ["agent", "shift-lead", "enterprise", "leader", "administrator", "handler-billing"] {
            for link in ["", "?tab=closed", "?q=" + Submitted.encode("薅羊毛"), "?q=9999"] {
                #expect(try await !world.get(Site.complaints.link() + link, as: login).text.contains("索要"), "\(login) \(link)")
            }
        }
        let list = try await world.get(Site.complaints.link(), as: "supervision").text
        let found = try #require(list.firstMatch(of: /\/complaints\/([0-9A-Za-z-]{20,})"/))
        let link = Site.complaint.link(String(found.1))
        let before = try await world.entries("misconduct.looked")
        #expect(try await world.get(link, as: "supervision").text.contains("薅羊毛"))
        #expect(try await world.entries("misconduct.looked") == before + 1)
        #expect(try await world.get(link, as: "agent").status == 404)
        #expect(try await world.post(link + "/acts/take-up", as: "supervision").status == 303)
    }

    @Test func `what is typed by hand into an address is a sentence, never a fault`() async throws {
        let world = try await TestWorld.make(planned: false)
        let path = try await taken(world)
        #expect(try await world.post(path + "/acts/nothing", as: "agent").status == 404)
        #expect(try await world.get(Site.complaints.link() + "?tab=x&after=%22.%27", as: "agent").status == 200)
        #expect(try await world.get(Site.complaintHandedOver.link("<b>"), as: "agent").status == 404)
        #expect(try await world.post(path + "/acts/dispatch", as: "agent", ["unit": "nowhere"]).status == 422)
    }
}

extension TestWorld {
    /// How many entries of a kind there are, in every chain.
    func entries(_ kind: String) async throws -> Int {
        try await hall.store.read { tx in Int(try tx.one("select count(*) as n from entry where kind = \(kind)")?.int("n") ?? 0) }
    }
}
