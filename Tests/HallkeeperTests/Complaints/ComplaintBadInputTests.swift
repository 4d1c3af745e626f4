import Regulation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

/// What people and programs type that nobody had in mind: at the desk it gets a sentence or is kept as it is, never a fault.
@Suite struct ComplaintBadInputTests {
    private static let odd = ["😀👨‍👩‍👧‍👦 表情", "\u{202E}从右到左 \u{2066}abc\u{2069}", "<script>alert(1)</script>", "'; drop table complaint; --", "{{7*7}} ${x} %s %n", "e\u{301}\u{301}\u{301}", String(repeating: "长", count: 5000)]
    private static let huge = String(repeating: "水费翻倍了 ", count: 180_000)

    private func taken(_ world: TestWorld, _ more: [String: String] = [:]) async throws -> String {
        let reply = try await world.post(Site.complaints.link(), as: "agent", ComplaintPageTests.form.merging(more) { _, own in own })
        #expect(reply.status == 303, "\(more): \(reply.text.prefix(600))")
        return try #require(reply.header("location"))
    }

    @Test func `odd words are kept as they are, from intake to reply, and found again`() async throws {
        let world = try await TestWorld.make(planned: false)
        for text in Self.odd {
            let path = try await taken(world, ["text": text, "name": String(text.prefix(60))])
            #expect(try await world.post(path + "/acts/contact", as: "handler-billing", ["reached": "reached", "said": text]).status == 303)
            #expect(try await world.post(path + "/acts/interim", as: "handler-billing", ["reply": text]).status == 303)
            let page = try await world.get(path, as: "handler-billing")
            #expect(page.status == 200 && !page.text.contains("<script>alert"))
            let id = String(path.split(separator: "/").last ?? "")
            let said = try await world.hall.store.read { tx in
                try tx.one("select personal.text as text from complaint join personal on personal.id = complaint.text where complaint.id = \(id)")?.text("text")
            }
            #expect(said == text)
            #expect(try await world.get(Site.complaints.link() + "?tab=open&q=" + Submitted.encode(String(text.prefix(150))), as: "agent").status < 500)
            for paper in ["/slip"] { #expect(try await world.get(path + paper, as: "handler-billing").status == 200) }
        }
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `a megabyte of text is refused in a sentence that says how much there may be, and is still in the form`() async throws {
        let world = try await TestWorld.make(planned: false)
        let path = try await taken(world)
        for (field, at) in [("text", Site.complaints.link()), ("wish", Site.complaints.link()), ("address", Site.complaints.link())] {
            let reply = try await world.post(at, as: "agent", ComplaintPageTests.form.merging([field: Self.huge]) { _, own in own })
            #expect(reply.status == 422 && reply.text.contains("太长了") && reply.text.utf8.count > 1_000_000, "\(field): \(reply.status)")
        }
        let note = try await world.post(path + "/acts/note", as: "agent", ["note": Self.huge])
        #expect(note.status == 422 && note.text.contains("太长了，最多 20000 个字") && note.text.utf8.count > 1_000_000)
        for (at, login, fields) in [
            (Site.complaintViews.link(), "agent", ["title": Self.huge, "query": "q=x"]), (Site.replies.link(), "handler-billing", ["title": "x", "words": Self.huge]),
            (Site.customers.link(), "shift-lead", ["number": "C1", "name": Self.huge, "phone": "13800138000"]), (Site.complaintDraft.link(String(path.split(separator: "/").last ?? ""), "note"), "agent", ["note": Self.huge]),
        ] as [(String, String, [String: String])] {
            let reply = try await world.post(at, as: login, fields)
            #expect(reply.status < 500, "\(at): \(reply.status)")
        }
        #expect(try await world.get(Site.complaints.link() + "?q=" + Submitted.encode(String(Self.huge.prefix(3000))), as: "agent").status < 500)
    }

    @Test func `a NUL pasted along is left out, and the case is taken in with every word`() async throws {
        let world = try await TestWorld.make(planned: false)
        #expect(try await world.post(Site.complaints.link(), as: "agent", ComplaintPageTests.form.merging(["text": "水\0费翻倍\0"]) { _, own in own }).status == 303)
        let path = Site.complaints.link() + "?q=" + Submitted.encode("水费翻倍")
        #expect(try await world.get(path, as: "agent").text.contains("水费翻倍"))
        #expect(try await world.get(Site.complaints.link() + "?q=%00", as: "agent").status < 500)
    }

    @Test func `promises in the past and times that are none are said beside their field`() async throws {
        let world = try await TestWorld.make(planned: false)
        for (typed, sentence) in [("2026-03-02 08:59", "承诺的时间已经过去。"), ("2026-03-02 09:00", "承诺的时间已经过去。"), ("morgen", "时间写成"), ("2026-02-30 10:00", "时间写成"), ("2026-03-02 25:00", "时间写成")] {
            let reply = try await world.post(Site.complaints.link(), as: "agent", ComplaintPageTests.form.merging(["promised": typed]) { _, own in own })
            #expect(reply.status == 422 && reply.text.contains(sentence), "\(typed)")
        }
        let path = try await taken(world)
        for (act, field, typed) in [("agree-visit", "agreed", "2026-03-02 08:00"), ("promise", "promised", "2020-01-01 10:00"), ("contact", "at", "2026-03-02 10:00"), ("contact", "at", "2026-03-02 08:00")] {
            let reply = try await world.post(path + "/acts/" + act, as: "handler-billing", [field: typed, "said": "x", "reached": "reached"])
            #expect(reply.status == 422 && reply.text.contains("class=\"problem\""), "\(act)")
        }
    }

    @Test func `phones as people write them are one customer's, and what is no phone is said so`() async throws {
        let world = try await TestWorld.make(planned: false)
        for written in ["13800138000", "138 0013 8000", "138-0013-8000", "+86 138 0013 8000", "0086-13800138000", "１３８００１３８０００", "(138)00138000"] {
            let path = try await taken(world, ["phone": written])
            let id = String(path.split(separator: "/").last ?? "")
            let kept = try await world.hall.store.read { tx in try tx.one("select personal.text as text from complaint join personal on personal.id = complaint.phone where complaint.id = \(id)")?.text("text") }
            #expect(kept == "13800138000", "\(written)")
        }
        for written in ["打我电话", "12", "1380013800013800138000", "138001380oo"] {
            let reply = try await world.post(Site.complaints.link(), as: "agent", ComplaintPageTests.form.merging(["phone": written]) { _, own in own })
            #expect(reply.status == 422 && reply.text.contains("电话看不懂"), "\(written)")
        }
    }
}
