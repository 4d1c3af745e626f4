import Foundation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct MailTests {
    @Test func `a message has Chinese subject words of at most 75 bytes that end between characters, and its text in base64`() throws {
        let subject = "厅管家提醒：45 分钟内联系客户（营业收费所·城南片区·第二服务组）😀"
        let message = Mail.message(from: "hall@example.cn", to: "wang@example.cn", subject: subject, text: "第一行\n第二行", id: "x1", at: TestWorld.at(9))
        let lines = message.components(separatedBy: "\r\n")
        #expect(message.unicodeScalars.allSatisfy { $0.isASCII } && lines.allSatisfy { $0.utf8.count <= 78 } && lines[0] == "Date: Mon, 02 Mar 2026 01:00:00 +0000")
        #expect(lines.contains("Auto-Submitted: auto-generated") && lines.contains("Message-ID: <x1@example.cn>"))
        var read = ""
        for word in Mail.words(subject).components(separatedBy: "\r\n ") {
            #expect(word.hasPrefix("=?UTF-8?B?") && word.hasSuffix("?=") && word.utf8.count <= 75)
            let bytes = try #require(Data(base64Encoded: String(word.dropFirst(10).dropLast(2))))
            read += try #require(String(validating: bytes, as: UTF8.self))
        }
        #expect(read == subject)
        let body = try #require(message.components(separatedBy: "\r\n\r\n").last?.replacingOccurrences(of: "\r\n", with: ""))
        #expect(Data(base64Encoded: body).map { String(decoding: $0, as: UTF8.self) } == "第一行\r\n第二行")
        #expect(Mail.words("Bcc: x\r\ny") == "Bcc: x  y" || !Mail.words("Bcc: x\r\ny").contains("\n"))
    }

    @Test(arguments: ["", "x", "@x.cn", "a@b", "a@b.cn\r\nBcc: c@d.cn", "a b@c.cn", "a@b.cn,c@d.cn", "a@b..cn", "<a@b.cn>", "王@b.cn", "a@@b.cn"])
    func `what is no single address is none`(_ text: String) { #expect(!Mail.isAddress(text)) }

    @Test func `an ordinary address is one, and settings that cannot work are refused at the start`() throws {
        #expect(Mail.isAddress("min.wang+halls@mail.example.cn"))
        #expect(try MailServer(Configuration(flags: [:], environment: [:])) == nil)
        let server = try #require(try MailServer(Configuration(flags: ["mail": "smtp://mx.example.cn:587", "mail-from": "hall@example.cn"], environment: [:])))
        #expect(server.url == "smtp://mx.example.cn:587" && !server.isPlain)
        for bad in [["mail": "http://x"], ["mail": "smtp://u:p@x", "mail-from": "a@b.cn"], ["mail": "smtp://x", "mail-from": "nobody"], ["mail": "smtp://x", "mail-from": "a@b.cn", "mail-password": "/nowhere"]] {
            #expect(throws: ProgramError.self) { try MailServer(Configuration(flags: bad, environment: [:])) }
        }
    }

    @Test func `mail goes to each who is told at the address on their page; nobody having one is seen, a duty done meanwhile is not sent`() async throws {
        let world = try await TestWorld.make(planned: false)
        let head = world.person("unit-head-billing")
        #expect(try await world.post(Site.outlets.link(world.billing), as: "administrator", ["kind": "mail", "address": "", "class": "all"]).status == 303)
        func rows() async throws -> [(String, String, String)] {
            try await world.hall.store.read { tx in try tx.rows("select state, person, note from delivery order by id").map { (try $0.text("state"), try $0.text("person"), try $0.text("note")) } }
        }
        let first = try await world.takeIn()
        try await world.move(to: world.clock.now.adding(minutes: 46))
        let unheard = try await rows()
        #expect(!unheard.isEmpty && unheard.allSatisfy { $0.0 == "failed" && $0.1.isEmpty && $0.2.contains("no") }, "\(unheard)")
        #expect(try await world.post(Site.person.link(head), as: "administrator", ["do": "mail", "mail": "not one"]).status == 422)
        #expect(try await world.post(Site.person.link(head), as: "administrator", ["do": "mail", "mail": "head@example.cn"]).status == 303)
        #expect(try await world.get(Site.person.link(head), as: "administrator").text.contains("head@example.cn"))
        let second = try await world.takeIn()
        _ = try await world.act(.sign, second, by: "handler-billing")
        try await world.move(to: world.clock.now.adding(minutes: 46))
        let waiting = try await rows().filter { $0.1 == head }
        #expect(!waiting.isEmpty && waiting.allSatisfy { $0.0 == "waiting" && $0.2.contains("no mail server") }, "\(waiting)")
        for case_ in [first, second] { _ = try await world.act(.contact, case_, ["reached": "reached", "said": "好"], by: "handler-billing") }
        try await world.move(to: world.clock.now.adding(minutes: 30))
        let contacts = try await world.hall.store.read { tx in try tx.rows("select delivery.state as state from delivery join duty on duty.place = delivery.place and duty.id = delivery.duty where duty.ends_on = 'complaint.contacted' and delivery.person = \(head)").map { try $0.text("state") } }
        #expect(!contacts.isEmpty && contacts.allSatisfy { $0 == "moot" }, "\(contacts)")
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `only public addresses and hosts the operator names are reached, whatever a name means when the connection is made`() async throws {
        let carrier = Carrier(reach: Reach("hooks.lan, 10.0.0.7"))
        defer { carrier.stop() }
        #expect(carrier.reach.isInside("HOOKS.lan") && !carrier.reach.isInside("127.0.0.1"))
        for address in ["https://127.0.0.1:9/", "https://localhost:9/", "https://[::1]:9/", "https://169.254.169.254/latest", "https://10.1.2.3/", "https://192.168.1.1/", "https://[::ffff:127.0.0.1]:9/", "https://0.0.0.0:9/"] {
            do {
                _ = try await carrier.post(address, [], Array("{}".utf8))
                Issue.record("\(address) was reached")
            } catch let failure as Carrier.Failure { #expect(failure.why.contains("public"), "\(address): \(failure.why)") }
        }
        #expect(throws: FormProblems.self) { try Outlet.check("http://example.cn/", carrier.reach) }
        #expect(throws: Never.self) { try Outlet.check("http://hooks.lan/x", carrier.reach) }
        // A scheme that reads files is none of ours.
        await #expect(throws: Carrier.Failure.self) { _ = try await carrier.post("file:///etc/passwd", [], []) }
    }
}
