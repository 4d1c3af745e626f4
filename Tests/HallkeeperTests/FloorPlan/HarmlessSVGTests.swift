import CGD
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct HarmlessSVGTests {
    private func svg(_ inside: String, root: String = "viewBox=\"0 0 800 600\"") -> [UInt8] {
        Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?><svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" \(root)>\(inside)</svg>".utf8)
    }

    private func read(_ inside: String) throws -> (text: String, leftOut: Int) {
        let picture = try PlanPicture.read(svg(inside))
        #expect(picture.media == "image/svg+xml")
        return (String(decoding: picture.bytes, as: UTF8.self), picture.leftOut)
    }

    private func refusal(_ bytes: [UInt8]) -> Refusal? {
        do {
            _ = try PlanPicture.read(bytes)
            return nil
        } catch { return error as? Refusal }
    }

    private let line = "<path d=\"M0 0L10 10\" stroke=\"black\"/>"

    @Test func `what draws is kept: lines, words, copies, classes and styles`() throws {
        let (text, leftOut) = try read(
            """
            <style>.st0{fill:#EEE;stroke:#333333} .st1 { stroke-width: 2 }</style>
            <defs><g id="door"><path d="M0 0L9 9"/></g></defs>
            <g transform="translate(3,4)" class="st0 st1" style="opacity:.5;-inkscape-x:1"><rect x="1" y="2" width="30" height="40"/></g>
            <text x="9" y="9" font-family="'Noto Sans'">资料架 &amp; &lt;3</text><use xlink:href="#door" x="5"/><circle fill="url(#paint)" r="3"/>
            """)
        #expect(leftOut == 0)
        #expect(text.contains("<g fill=\"#EEE\" opacity=\".5\" stroke=\"#333333\" stroke-width=\"2\" transform=\"translate(3,4)\">"))
        #expect(text.contains("<rect height=\"40\" width=\"30\" x=\"1\" y=\"2\">"))
        #expect(text.contains("资料架 &amp; &lt;3"))
        #expect(text.contains("<use href=\"#door\" x=\"5\">"))
        #expect(text.contains("fill=\"url(#paint)\""))
        #expect(text.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1000\" height=\"750\""))
    }

    @Test(arguments: [
        "<script>alert(1)</script>", "<script href=\"https://evil.example/x.js\"/>", "<rect onload=\"alert(1)\" width=\"1\" height=\"1\"/>",
        "<g onclick=\"alert(1)\"><rect width=\"1\" height=\"1\"/></g>", "<a href=\"javascript:alert(1)\"><text>x</text></a>",
        "<a xlink:href=\"javascript:alert(1)\"><text>x</text></a>", "<image href=\"https://evil.example/x.png\"/>",
        "<image xlink:href=\"data:image/svg+xml;base64,PHN2Zz4=\"/>", "<foreignObject><body xmlns=\"http://www.w3.org/1999/xhtml\"><iframe src=\"https://evil.example\"/></body></foreignObject>",
        "<rect style=\"fill:url(https://evil.example/x)\" width=\"1\" height=\"1\"/>", "<rect fill=\"url('https://evil.example/x#a')\"/>",
        "<use href=\"https://evil.example/x.svg#a\"/>", "<use href=\"data:image/svg+xml,evil#a\"/>", "<style>@import 'https://evil.example/x.css'; .a{fill:url(//evil.example)}</style><rect class=\"a\"/>",
        "<animate attributeName=\"href\" to=\"javascript:alert(1)\"/>", "<set attributeName=\"onload\" to=\"alert(1)\"/>", "<iframe src=\"https://evil.example\"/>",
        "<?xml-stylesheet href=\"https://evil.example/x.css\"?>", "<!-- evil --><rect/>", "<filter id=\"f\"><feImage href=\"https://evil.example/x\"/></filter>",
        "<rect fill=\"\\75rl(https://evil.example)\"/>", "<g id=\"a&quot; onload=&quot;alert(1)\"><rect/></g>", "<title>&lt;script&gt;alert(1)&lt;/script&gt;</title>",
        "<text fill='&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;'>x</text>", "<SCRIPT>alert(1)</SCRIPT>", "<svg:script xmlns:svg=\"http://www.w3.org/2000/svg\">alert(1)</svg:script>",
    ])
    func `nothing that could run, load or lead away comes through`(_ hostile: String) throws {
        let (text, _) = try read(hostile + line)
        let lower = text.lowercased()
        for word in ["<script", "<iframe", "<image", "<style", "<foreign", "<animate", "<set", "<filter", "<a ", "<!--", "<?", "evil", "javascript:", "data:", "onload=\"", "onclick=\"", "@import", "\\75"] {
            #expect(!lower.contains(word), "\(word) in \(text)")
        }
        #expect(text.contains("M0 0L10 10"))
    }

    @Test func `torn and twisted drawings are refused or written harmlessly, and never bring the program down`() {
        let whole = svg("<style>.a{fill:url(#p)}</style><defs><g id=\"d\"><path d=\"M0 0L9 9\"/></g></defs><use href=\"#d\"/><text x=\"1\">架<tspan>&amp;</tspan></text><script>evil()</script><a href=\"x\">\(line)</a>")
        var chance = Chance(seed: 7)
        for _ in 0..<3000 {
            var bytes = whole
            for _ in 0..<Int(chance.next() % 4 + 1) {
                let at = Int(chance.next() % UInt64(bytes.count))
                switch chance.next() % 4 {
                case 0: bytes[at] = UInt8(truncatingIfNeeded: chance.next())
                case 1: bytes.remove(at: at)
                case 2: bytes.insert(contentsOf: [UInt8]([0x3C, 0x2F, 0x22, 0x26, 0x00]).oneOf(chance.next()), at: at)
                default: bytes.removeSubrange(at..<min(bytes.count, at + 40))
                }
            }
            guard let picture = try? PlanPicture.read(bytes) else { continue }
            let text = String(decoding: picture.bytes, as: UTF8.self).lowercased()
            #expect(!text.contains("<script") && !text.contains("<a ") && !text.contains("<style") && !text.contains("//x"), "\(text)")
        }
    }

    @Test func `who uploads is told how much was left out`() throws {
        #expect(try read("<script>x</script><image href=\"x\"/><rect onload=\"x\"/>" + line).leftOut == 3)
        #expect(try read("<metadata>x</metadata><sodipodi:namedview xmlns:sodipodi=\"x\"/>" + line).leftOut == 0)
    }

    @Test func `entities that unfold are refused before they are read`() throws {
        let bomb = """
            <?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><svg viewBox="0 0 9 9" xmlns="http://www.w3.org/2000/svg"><text>&b;</text></svg>
            """
        let refused = try #require(refusal(Array(bomb.utf8)))
        #expect(refused.status == 415)
        #expect(refused.sentence.en.contains("entities"))
        #expect(refused.sentence.zh.contains("实体"))
        let outside = bomb.replacing("<!ENTITY a \"aaaaaaaaaa\">", with: "<!entity a SYSTEM \"file:///etc/passwd\">")
        #expect(refusal(Array(outside.utf8)) != nil)
        // A plain DOCTYPE, as older programs write it, is no harm.
        let plain = "<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd\"><svg viewBox=\"0 0 9 9\">\(line)</svg>"
        #expect(refusal(Array(plain.utf8)) == nil)
    }

    @Test func `another encoding cannot hide what it says`() {
        let seven = "<?xml version=\"1.0\" encoding=\"UTF-7\"?><svg viewBox=\"0 0 9 9\">\(line)</svg>"
        #expect(refusal(Array(seven.utf8))?.status == 415)
        let sixteen = Array("<svg viewBox=\"0 0 9 9\">\(line)</svg>".utf16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        #expect(refusal([0xFF, 0xFE] + sixteen)?.status == 415)
    }

    @Test(arguments: ["viewBox=\"0 0 100000 600\"", "width=\"100000px\" height=\"100000px\"", "viewBox=\"0 0 9 9\" width=\"100000\" height=\"9\"", "viewBox=\"-900000 0 9 9\""])
    func `a drawing of a hundred thousand pixels is refused in a sentence`(_ root: String) throws {
        let refused = try #require(refusal(svg(line, root: root)))
        #expect(refused.status == 413)
        #expect(refused.sentence.zh.contains("50000"))
    }

    @Test(arguments: ["", "viewBox=\"0 0 0 0\"", "viewBox=\"0 0 -5 5\"", "viewBox=\"nan 0 5 5\"", "viewBox=\"0 0 1e-310 1e-310\"", "viewBox=\"0 0 5 1e-320\"", "width=\"100%\" height=\"100%\""])
    func `a drawing without a size is refused`(_ root: String) {
        #expect(refusal(svg(line, root: root))?.status == 415)
    }

    @Test func `copies of copies are refused before a browser has to unfold them`() throws {
        let levels = (1...20).map { "<g id=\"g\($0)\"><use href=\"#g\($0 - 1)\"/><use href=\"#g\($0 - 1)\"/></g>" }.joined()
        #expect(refusal(svg("<g id=\"g0\">\(line)</g>" + levels))?.status == 413)
        #expect(refusal(svg("<g id=\"a\"><use href=\"#a\"/>\(line)</g>"))?.status == 413)
        let many = "<g id=\"a\">" + String(repeating: line, count: 500) + "</g>" + String(repeating: "<use href=\"#a\"/>", count: 500)
        #expect(refusal(svg(many))?.status == 413)
        #expect(refusal(svg("<g id=\"a\">\(line)</g>" + String(repeating: "<use href=\"#a\"/>", count: 500))) == nil)
    }

    @Test func `too many parts, too deep, too large, too narrow, empty, damaged or something else is refused`() {
        #expect(refusal(svg(String(repeating: "<g/>", count: HarmlessSVG.mostElements)))?.status == 413)
        #expect(refusal(svg(String(repeating: "<g>", count: 200) + line + String(repeating: "</g>", count: 200)))?.status == 413)
        #expect(refusal(svg(line + String(repeating: " ", count: HarmlessSVG.mostBytes)))?.status == 413)
        #expect(refusal(svg(line, root: "viewBox=\"0 0 9000 9\""))?.status == 415)
        #expect(refusal(svg("<title>nothing</title>"))?.status == 415)
        #expect(refusal(svg("<g>" + line))?.status == 415)
        #expect(refusal(Array("<html><body>x</body></html>".utf8))?.status == 415)
        #expect(refusal(Array("%PDF-1.7".utf8))?.status == 415)
        #expect(refusal([])?.status == 415)
    }

    private func picture(_ width: Int32, _ height: Int32, _ encode: (gdImagePtr, UnsafeMutablePointer<Int32>) -> UnsafeMutableRawPointer?) throws -> [UInt8] {
        let image = try #require(gdImageCreateTrueColor(width, height))
        defer { gdImageDestroy(image) }
        gdImageFilledRectangle(image, 0, 0, width, height, 0xFFFFFF)
        gdImageLine(image, 0, height / 2, width, height / 2, 0)
        var size: Int32 = 0
        let data = try #require(encode(image, &size))
        defer { gdFree(data) }
        return [UInt8](UnsafeRawBufferPointer(start: data, count: Int(size)))
    }

    @Test func `a scan is drawn anew at three thousand pixels at most, without loss where it came without`() throws {
        let png = try PlanPicture.read(try picture(4000, 2000) { gdImagePngPtr($0, $1) })
        #expect((png.width, png.height, png.media) == (3000, 1500, "image/png"))
        #expect(png.bytes.prefix(4) == [0x89, 0x50, 0x4E, 0x47])
        let small = try PlanPicture.read(try picture(900, 700) { gdImagePngPtr($0, $1) })
        #expect((small.width, small.height) == (900, 700))
        let jpeg = try PlanPicture.read(try picture(900, 700) { gdImageJpegPtr($0, $1, 80) })
        #expect(jpeg.media == "image/jpeg")
        #expect(jpeg.bytes.prefix(2) == [0xFF, 0xD8])
    }

    @Test func `a picture over the limits is refused in a clear sentence before it is decoded`() throws {
        func claiming(_ width: UInt32, _ height: UInt32) -> [UInt8] {
            func four(_ n: UInt32) -> [UInt8] { [UInt8(n >> 24), UInt8(n >> 16 & 255), UInt8(n >> 8 & 255), UInt8(n & 255)] }
            return [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10, 0, 0, 0, 13] + Array("IHDR".utf8) + four(width) + four(height) + [8, 2, 0, 0, 0, 0, 0, 0, 0]
        }
        let wide = try #require(refusal(claiming(100_000, 100_000)))
        #expect(wide.status == 413)
        #expect(wide.sentence.zh.contains("100000 × 100000") && wide.sentence.en.contains("too many"))
        #expect(refusal([UInt8](repeating: 0x20, count: Photo.mostBytes + 1))?.status == 413)
        #expect(refusal(Array("GIF89a".utf8) + [9, 0, 9, 0, 0, 0, 0])?.status == 415)
        #expect(refusal(try picture(2000, 20) { gdImagePngPtr($0, $1) })?.status == 415)
        #expect(refusal(claiming(900, 700))?.status == 415)
    }
}

extension Array where Element == UInt8 {
    /// One of them, drawn by chance.
    fileprivate func oneOf(_ chance: UInt64) -> [UInt8] { isEmpty ? [] : [self[Int(chance % UInt64(count))]] }
}
