import Foundation
import Logging
import Store
import Synchronization
import Testing
import WorkCalendar

@testable import Hallkeeper

/// When the disk fails: what people are told, and what is written down.
@Suite struct TroubleTests {
    @Test(arguments: [(Fault.Kind.full, 507, "磁盘满了"), (.disk, 503, "只能看"), (.unsynced, 503, "只能看"), (.damaged, 500, "坏了"), (.busy, 503, "太忙")])
    func `what the disk refuses is told in plain words`(_ kind: Fault.Kind, _ status: Int, _ words: String) async throws {
        let world = try await TestWorld.make(planned: false)
        let refused = await world.shell.refuse(Fault(kind, "SQL at /somewhere"), Request(method: "POST", path: "/x"), "0123456789ab")
        #expect(refused.status == status && refused.text.contains(words) && !refused.text.contains("/somewhere"))
        #expect((refused.header("retry-after") != nil) == [503, 507].contains(status))
    }

    @Test func `a photo that is not what it was is not shown`() async throws {
        let world = try await TestWorld.make(planned: false)
        let hash = try await world.photo()
        let link = PhotoPass.$key.withValue(try await world.signIn("administrator").csrf) { PhotoPass.link(hash) }
        #expect(try await world.get(link, as: "administrator").status == 200)
        _ = try await world.hall.blobs.store.write { tx in
            let bytes = try tx.one("select bytes from blob where hash = \(hash)")?.bytes("bytes") ?? []
            let changed = bytes.enumerated().map { $0.offset == bytes.count / 2 ? $0.element ^ 4 : $0.element }
            return try tx.run("update blob set bytes = \(changed) where hash = \(hash)")
        }
        await #expect(throws: Fault.self) { _ = try await world.hall.blobs.find(hash) }
        #expect(try await world.get(link, as: "administrator").status == 500)
    }

    @Test func `once a write did not reach the disk nobody is sent here, and everybody is told`() async throws {
        let world = try await TestWorld.make(planned: false)
        #expect(try await world.get("/ready").status == 200)
        world.hall.vitals.cannotWrite("disk I/O error (1034)")
        let ready = try await world.get("/ready")
        #expect(ready.status == 503 && ready.text.contains("writes stopped"))
        #expect(try await world.get("/me", as: "guard-chengnan").text.contains(Words.of(.zh)("writes.stopped")))
        #expect(try await world.hall.vitals.text(world.hall).contains("hallkeeper_writes_stopped 1\n"))
    }

    @Test func `an event in the log is one line, whatever stands in it`() throws {
        let lines = Mutex<[String]>([])
        var handler = LineLog()
        handler.write = { line in lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
        let log = Logger(label: "x") { _ in handler }
        let nasty = "one\ntwo\r\u{1B}[31m\u{2028} \"quoted\" \\ 厅 \(String(repeating: "a", count: 5000))"
        log.error("request failed", metadata: ["error": "\(nasty)", "id": "0123"])
        let line = try #require(lines.withLock { $0.first })
        #expect(line.hasSuffix("}\n") && line.dropLast().allSatisfy { $0 != "\n" && $0 != "\r" && $0 != "\u{1B}" && $0 != "\u{2028}" })
        let said = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
        #expect(said["event"] == "request failed" && said["level"] == "error" && said["id"] == "0123")
        #expect(said["error"] == String(String.UnicodeScalarView(nasty.unicodeScalars.prefix(LineLog.longest))))
        #expect(said["at"]?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
    }
}
