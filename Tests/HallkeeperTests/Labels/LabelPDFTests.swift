import Foundation
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct LabelPDFTests {
    private static let now = TestWorld.at(9)

    private func items(_ count: Int) -> [LabelPDF.Item] {
        (0..<count).map { LabelPDF.Item(link: "https://hall.example.com/q/01234ABC\($0 / 10)\($0 % 10)", name: "资料架 \($0)", lines: ["城南营业厅", "扫码开始检查"]) }
    }

    private struct Printed {
        var pages: [GreyPage]
        var codes: [String]
        var text: String
        var size: String
        var fonts: String
    }

    /// The file through poppler and zbar: what a printer would put on paper and what a phone would read from it.
    private func printed(_ pdf: [UInt8], dots: Int = 600) throws -> Printed {
        try Tool.inFolder { folder in
            let file = folder.appending(path: "labels.pdf").path
            try Data(pdf).write(to: URL(fileURLWithPath: file))
            _ = try Tool.run("pdftoppm", ["-r", "\(dots)", "-gray", "-aa", "no", "-aaVector", "no", file, folder.appending(path: "page").path])
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".pgm") }.sorted()
            let codes = try names.flatMap { name in
                try Tool.run("zbarimg", ["--raw", "-q", "-Sdisable", "-Sqrcode.enable", folder.appending(path: name).path]).split(separator: "\n").map(String.init)
            }
            return Printed(
                pages: try names.map { try GreyPage([UInt8](Data(contentsOf: folder.appending(path: $0))), dotsAnInch: Double(dots)) }, codes: codes.sorted(),
                text: try Tool.run("pdftotext", [file, "-"]), size: try Tool.run("pdfinfo", [file]), fonts: try Tool.run("pdffonts", [file]))
        }
    }

    @Test func `each code stands inside its label, to a tenth of a millimetre, and opens its own link`() throws {
        let items = items(24)
        let sheet = try #require(LabelSheet.of("70x37"))
        let printed = try printed(try LabelPDF.make(items, on: sheet, start: 0, at: Self.now))
        #expect(printed.codes == items.map(\.link).sorted())
        #expect(printed.size.contains("A4"))
        let page = try #require(printed.pages.first)
        // 37 bytes at level M are version 3: 29 modules of 0.8 mm.
        let edge = 29 * 0.8
        for index in 0..<24 {
            let (x, y) = (Double(index % 3) * 70, 0.5 + Double(index / 3) * 37)
            let ink = try #require(page.ink(left: x, top: y, right: x + 3.2 + edge + 2, bottom: y + 37), "label \(index)")
            #expect(abs(ink.right - ink.left - edge) <= 0.1 && abs(ink.bottom - ink.top - edge) <= 0.1, "label \(index): \(ink)")
            #expect(abs(ink.left - x - 3.2) <= 0.1 && abs(ink.top - y - (37 - edge) / 2) <= 0.1, "label \(index): \(ink)")
        }
    }

    @Test(arguments: [("99x38", 99.1, 38.1, 4.65, 15.15, 29 * 0.8), ("50x50", 50.0, 50.0, 0.0, 0.0, 29.0)])
    func `the other sheets measure what they say`(_ id: String, _ width: Double, _ height: Double, _ left: Double, _ top: Double, _ edge: Double) throws {
        let sheet = try #require(LabelSheet.of(id))
        let printed = try printed(try LabelPDF.make(items(2), on: sheet, start: 0, at: Self.now))
        #expect(printed.codes.count == 2)
        #expect(printed.pages.count == (id == "50x50" ? 2 : 1))
        let page = try #require(printed.pages.first)
        let below = id == "50x50" ? 10.0 : 0
        let across = id == "50x50" ? width : 3.2 + edge + 2
        let ink = try #require(page.ink(left: left, top: top, right: left + across, bottom: top + height - below))
        #expect(abs(ink.right - ink.left - edge) <= 0.1 && abs(ink.bottom - ink.top - edge) <= 0.1, "\(ink)")
        let all = try #require(page.ink(left: 0, top: 0, right: 210, bottom: 297))
        #expect(all.left >= left && all.top >= top, "nothing is printed beside the label: \(all)")
    }

    @Test func `Chinese words are in the file as text, with their glyphs`() throws {
        let sheet = try #require(LabelSheet.of("70x37"))
        let printed = try printed(try LabelPDF.make(items(1), on: sheet, start: 0, at: Self.now), dots: 150)
        #expect(printed.text.contains("资料架 0"))
        #expect(printed.text.contains("城南营业厅"))
        // Name, type, encoding, then whether it is embedded: every font is.
        let fonts = printed.fonts.split(separator: "\n").dropFirst(2)
        #expect(!fonts.isEmpty)
        #expect(fonts.allSatisfy { $0.contains(" yes ") && !$0.contains(" no  no ") }, "\(printed.fonts)")
    }

    @Test func `a sheet that was begun goes on where it was left, and turns over when it is full`() throws {
        let sheet = try #require(LabelSheet.of("70x37"))
        let printed = try printed(try LabelPDF.make(items(3), on: sheet, start: 22, at: Self.now), dots: 200)
        #expect(printed.pages.count == 2)
        #expect(printed.pages[0].ink(left: 0, top: 0, right: 70, bottom: 290) == nil)
        #expect(printed.pages[0].ink(left: 70, top: 260, right: 140, bottom: 296) != nil)
        #expect(printed.pages[1].ink(left: 0, top: 0, right: 70, bottom: 37) != nil)
        #expect(printed.codes.count == 3)
    }

    @Test func `the same labels at the same moment are the same file`() throws {
        let sheet = try #require(LabelSheet.of("99x38"))
        #expect(try LabelPDF.make(items(3), on: sheet, start: 0, at: Self.now) == LabelPDF.make(items(3), on: sheet, start: 0, at: Self.now))
    }

    @Test func `a long name is cut with an ellipsis and stays on its label, and a link too long is refused`() throws {
        let sheet = try #require(LabelSheet.of("70x37"))
        let long = LabelPDF.Item(link: "https://hall.example.com/q/0123456789", name: String(repeating: "自助缴费终端", count: 12), lines: [String(repeating: "words ", count: 40)])
        let printed = try printed(try LabelPDF.make([long], on: sheet, start: 0, at: Self.now), dots: 200)
        #expect(printed.text.contains("…"))
        #expect(printed.pages[0].ink(left: 68.5, top: 0, right: 140, bottom: 37.5) == nil)
        #expect(printed.pages[0].ink(left: 0, top: 36, right: 70, bottom: 80) == nil)
        let endless = LabelPDF.Item(link: String(repeating: "x", count: 3000), name: "x", lines: [])
        #expect(throws: FormProblems.self) { try LabelPDF.make([endless], on: sheet, start: 0, at: Self.now) }
    }
}
