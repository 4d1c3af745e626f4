import Foundation
import Regulation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct CaseExportTests {
    private static let leads = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]

    private func export(_ world: TestWorld, _ path: String, as login: String = "enterprise") async throws -> (reply: Reply, bytes: [UInt8]) {
        let reply = try await world.get(path, as: login)
        return (reply, await reply.streamedBytes)
    }

    @Test func `the queue as a table holds exactly what its lists and search line show, in their order, and is an entry`() async throws {
        let world = try await TestWorld.make(planned: false)
        let first = try await world.takeIn()
        var other = TestWorld.intake
        (other.kind, other.text, other.name) = ("SP3", "停水未恢复", "李雷")
        let second = try await world.takeIn(other)
        let closed = try await world.closed(try await world.takeIn())
        func numbers(_ question: String, as login: String = "shift-lead") async throws -> [String] {
            let (reply, bytes) = try await export(world, Site.complaintExport.link() + question, as: login)
            let lines = try CSVFile(csv: String(decoding: bytes, as: UTF8.self)).rows
            #expect(reply.header("x-rows") == String(lines.count))
            return lines.map { $0["编号"] ?? "" }
        }
        #expect(Set(try await numbers("")) == [first.number, second.number])
        #expect(try await numbers("?q=" + Submitted.encode("停水")) == [second.number])
        #expect(try await numbers("?tab=closed") == [closed.number])
        #expect(try await numbers("?q=kind:BL2") == [first.number])
        #expect(try await numbers("?q=" + Submitted.encode("没有这个词")) == [])
        #expect(try await world.get(Site.complaintExport.link() + "?q=nokey:x", as: "shift-lead").status == 422)
        // A unit takes what it sees and nothing else.
        #expect(try await numbers("", as: "handler-billing") == [first.number])
        #expect(try await world.get(Site.complaintExport.link() + "?tab=closing", as: "handler-billing").status == 404)
        #expect(try await world.get(Site.complaintExport.link(), as: "cleaner-chengnan").status == 404)
        #expect(try await world.entries("complaint.exported") == 6)
        let entry = try await world.hall.store.read { tx in try tx.rows("select body from entry where kind = 'complaint.exported' order by id").map { try $0.text("body") } }
        #expect(entry[0].contains(#""rows":"2""#) && entry[0].contains(#""personal":"no""#) && entry[0].contains(#""tab":"open""#))
        // What was looked for may be a phone: it stands where it can be erased, not in the entry.
        #expect(!entry[1].contains("停水"))
    }

    @Test func `names and phones have their middle hidden; whole, with words, they go only to whom the rulebook gives them`() async throws {
        let world = try await TestWorld.make(planned: false)
        var intake = TestWorld.intake
        (intake.address, intake.account) = ("滨江路 12 号 3 单元", "0417229031")
        try await world.takeIn(intake)
        let secrets = ["王敏", "13800138000", "滨江路 12 号 3 单元", "0417229031", "翻倍"]
        let plain = String(decoding: try await export(world, Site.complaintExport.link()).bytes, as: UTF8.self)
        for secret in secrets { #expect(!plain.contains(secret), "\(secret)") }
        #expect(plain.contains("王**") && plain.contains("138****8000"))
        let whole = String(decoding: try await export(world, Site.complaintExport.link() + "?personal=yes").bytes, as: UTF8.self)
        for secret in secrets { #expect(whole.contains(secret), "\(secret)") }
        for login in ["shift-lead", "agent", "handler-billing", "administrator", "leader"] {
            for route in [Site.complaintExport, Site.figureTable] { #expect(try await world.get(route.link() + "?personal=yes", as: login).status != 200, "\(login) \(route.pattern)") }
        }
        let entries = try await world.hall.store.read { tx in try tx.rows("select body from entry where kind = 'complaint.exported' order by id").map { try $0.text("body") } }
        #expect(entries.count == 2 && entries[1].contains(#""personal":"yes""#))
    }

    @Test func `misconduct is in no export, not even of those who see it`() async throws {
        let world = try await TestWorld.make(planned: false)
        var grave = TestWorld.intake
        (grave.kind, grave.text) = ("MD1", "索要红包")
        try await world.takeIn(grave)
        for login in ["supervision", "supervision-head", "enterprise"] {
            for tab in ["open", "closed"] {
                let (_, bytes) = try await export(world, Site.complaintExport.link() + "?tab=\(tab)", as: login)
                #expect(try CSVFile(csv: String(decoding: bytes, as: UTF8.self)).rows.isEmpty, "\(login) \(tab)")
            }
        }
    }

    @Test func `what customers write is text in both kinds of table, never a formula, and comes back as it was`() async throws {
        let world = try await TestWorld.make(planned: false)
        var said: [String] = []
        for lead in Self.leads { said += [lead + "1+1", lead + "cmd|' /C calc'!A0", "x," + lead + "1", "\"" + lead + "1;" + lead + "HYPERLINK(\"http://x\")"] }
        for text in said {
            var intake = TestWorld.intake
            (intake.text, intake.wish, intake.name, intake.address, intake.account, intake.outerNumber) = (text, text, text, text, text, text)
            try await world.takeIn(intake)
        }
        let head = ["内容", "诉求", "客户", "地址", "户号", "外部编号"]
        let (_, csv) = try await export(world, Site.complaintExport.link() + "?personal=yes&as=csv")
        let (reply, xlsx) = try await export(world, Site.complaintExport.link() + "?personal=yes&as=xlsx")
        #expect(reply.header("content-disposition")?.hasSuffix("-\(said.count).xlsx\"") == true)
        try Tool.inFolder { folder in
            try Data(csv).write(to: folder.appending(path: "a.csv"))
            try Data(xlsx).write(to: folder.appending(path: "a.xlsx"))
            let program = """
                import csv, json, sys, openpyxl
                kind, path = sys.argv[1:]
                if kind == "csv":
                    rows = list(csv.reader(open(path, encoding="utf-8-sig", newline="")))
                    print(json.dumps([[[v, "s"] for v in row] for row in rows]))
                else:
                    sheet = openpyxl.load_workbook(path).active
                    print(json.dumps([[[c.value or "", c.data_type] for c in row] for row in sheet.iter_rows()]))
                """
            for kind in ["csv", "xlsx"] {
                let out = try Tool.run("python3", ["-c", program, kind, folder.appending(path: "a." + kind).path])
                let rows = try #require(try JSON(parsing: Array(out.utf8.filter { $0 != 0x0A })).array).map { ($0.array ?? []).map { ($0.array?.first?.string ?? "", $0.array?.last?.string ?? "") } }
                #expect(rows.count == said.count + 1, "\(kind)")
                let places = try head.map { name in try #require(rows[0].firstIndex { $0.0 == name }, "\(name)") }
                for place in places {
                    let cells = rows.dropFirst().map { $0[place] }
                    if kind == "csv" {
                        for cell in cells { #expect(!(cell.0.first.map(CSVText.dangerous.contains) ?? false), "\(cell.0)") }
                        #expect(Set(cells.map { CSVText.plain($0.0) }) == Set(said), "\(rows[0][place].0)")
                    } else {
                        for cell in cells { #expect(cell.1 == "s" || cell.1 == "inlineStr", "\(cell)") }
                        // XML knows one kind of line end.
                        func plain(_ text: String) -> String { text.replacingOccurrences(of: "_x000D_", with: "\r").replacingOccurrences(of: "\r", with: "\n") }
                        #expect(Set(cells.map { plain($0.0) }) == Set(said.map(plain)), "\(rows[0][place].0)")
                    }
                }
            }
        }
    }

    @Test(arguments: ["-3", "2.50", "-0.5", "17"])
    func `a plain number stays a number in a CSV file`(_ text: String) { #expect(CSVText.cell(text) == text) }

    @Test(arguments: ["-inf", "+8613800138000", "-0x1p3", "--1", "-", "-1-1", "\n=1", "\r\n=1"])
    func `what only looks like a number to a program does not`(_ text: String) { #expect(CSVText.cell(text).hasPrefix("\"'")) }

    @Test func `a table of thousands of rows is written without holding them, and one that is given up leaves no file behind`() async throws {
        try Tool.inFolder { folder in
            let url = folder.appending(path: "a.xlsx")
            do {
                let sheet = try SheetWriter(.xlsx, to: url, sheet: "工单", head: ["编号", "内容"])
                for number in 0..<20_000 { try sheet.write([String(number), "水压太低" + String(number)]) }
                #expect(try sheet.finish() == 20_000)
            }
            let out = try Tool.run("python3", ["-c", "import openpyxl, sys; s = openpyxl.load_workbook(sys.argv[1], read_only=True).active; print(s.max_row, list(s.values)[20000][1])", url.path])
            #expect(out.trimmingCharacters(in: .whitespacesAndNewlines) == "20001 水压太低19999")
            var file: PassingFile? = try PassingFile(url)
            #expect(file != nil)
            file = nil
            #expect(!FileManager.default.fileExists(atPath: url.path))
        }
    }
}
