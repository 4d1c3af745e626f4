import Foundation
import Hummingbird
import Logging
import Store
import StoreSQLite
import WorkCalendar

/// The least that can be done with the same parts: one row by the same group commit, the same page from memory.
extension Yardstick {
    package static func bare(_ folder: String, port: Int) async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let store = try SQLiteStore(path: folder + "/bare.sqlite")
        try await store.script("create table if not exists row (id text not null primary key, body text not null)", name: "", checksum: "")
        let router = Router()
        let ids = Program.ids(Program.chance)
        router.post("/row") { request, _ -> HTTPResponse.Status in
            let body = try await request.body.collect(upTo: 1 << 16)
            let (id, text) = (ids.block(at: nine).description, String(buffer: body))
            _ = try await store.write { tx in try tx.run("insert into row (id, body) values (\(id), \(text))") }
            return .seeOther
        }
        let words = Words.of(.zh)
        router.get("/page") { _, _ -> Response in
            let bytes = Array(page(words).text.utf8)
            return Response(status: .ok, headers: [.contentType: "text/html; charset=utf-8"], body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
        }
        router.get("/health") { _, _ in "ok" }
        var log = Logger(label: "bare") { StreamLogHandler.standardError(label: $0) }
        log.logLevel = .warning
        let application = Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: log)
        try await application.runService()
        await store.close()
    }

    /// Today's page with a hundred rows, from values that stand there already.
    static func page(_ words: Words) -> HTML {
        let lines = (0..<100).map { index in
            DutyLine(
                state: "open", when: "14:\(10 + index % 50)", note: "还有 5 小时", title: "卫生间巡查", clauses: ["1.3-7"], why: "", go: words("today.go"),
                link: Site.duty.link("01KJN00000000000000000000", "OPEN\(index)"))
        }
        let today = TodayPage(
            title: words("today.left", n: 100), place: "城南营业厅 · 保洁员", day: "3月2日 周一 · 工作日",
            sections: [TodayPage.Section(heading: words("today.later", n: 100), right: "", lines: lines)], empty: nil)
        let items = ["today", "report", "inbox", "clauses", "me"].map {
            Frame.Item(label: words("nav." + $0), icon: "☑", link: "/" + $0, count: 0, isCurrent: $0 == "today", isFrequent: true)
        }
        return Layout.render(today, Frame(items: items, theme: "auto", flash: "", demoClock: "3月2日 9:00", warning: "", live: "/events"), words)
    }
}
