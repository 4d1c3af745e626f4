import Foundation
import FoundationXML
import WorkCalendar

/// A drawing written anew: only elements and attributes that draw are carried over, everything else is left out. Nothing
/// of the original's bytes reaches a browser, so what is not on the lists below cannot either.
enum HarmlessSVG {
    static let mostBytes = 5 << 20
    static let mostElements = 60_000
    static let deepest = 100
    static let mostUnits = 50_000.0
    /// Smaller than that nobody draws, and its inverse would not fit a number.
    static let leastUnits = 0.001
    /// How many elements all copies (`use`) together may unfold to.
    static let mostCopied = 100_000

    /// The drawing, harmless. Refuses in words what is no SVG, damaged, too large, or built to unfold without end.
    static func read(_ bytes: [UInt8]) throws -> PlanPicture {
        guard bytes.count <= mostBytes else {
            throw Refusal.tooLarge(Text("SVG 文件超过 5 MB，请简化或改用 PNG。", "The SVG file is over 5 MB; please simplify it or send a PNG."))
        }
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0), isUTF8(text) else { throw unreadable }
        // Entities unfold: a few lines can become gigabytes. No drawing needs them.
        let upper = text.uppercased()
        guard !upper.contains("<!ENTITY"), !upper.contains("<!ELEMENT"), !upper.contains("<!ATTLIST") else {
            throw Refusal.unsupported(
                Text("这个 SVG 含有自定义实体，不能使用。请从绘图软件另存为“普通 SVG”。", "This SVG defines entities and is not taken. Please save it from the drawing program as plain SVG."))
        }
        let writer = SVGWriter()
        let parser = XMLParser(data: Data(bytes))
        parser.delegate = writer
        parser.shouldResolveExternalEntities = false
        let isRead = parser.parse()
        if let refusal = writer.refusal { throw refusal }
        guard isRead, parser.parserError == nil, writer.isWhole, writer.shapes > 0, let (width, height) = writer.size else { throw unreadable }
        try writer.checkCopies()
        return PlanPicture(bytes: Array(writer.out.utf8), media: "image/svg+xml", width: width, height: height, leftOut: writer.leftOut)
    }

    static var unreadable: Refusal {
        .unsupported(
            Text(
                "这个文件不是能打开的平面图（支持 PNG、JPEG、SVG），或者已经损坏。",
                "This file is not a floor plan that can be opened (PNG, JPEG or SVG), or it is damaged."))
    }

    /// Another encoding could hide from us what it shows to a parser.
    private static func isUTF8(_ text: String) -> Bool {
        guard let said = text.prefix(200).firstMatch(of: /encoding\s*=\s*["']([^"']*)["']/) else { return true }
        return ["utf-8", "utf8"].contains(said.1.lowercased())
    }

    /// Drawn, or holding what is drawn.
    static let elements: Set<String> = [
        "svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "defs", "symbol",
        "use", "linearGradient", "radialGradient", "stop", "clipPath", "title", "desc",
    ]
    static let shapes: Set<String> = ["path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "use"]
    /// Left out themselves, but not what they hold.
    static let wrappers: Set<String> = ["a", "switch"]
    static let texts: Set<String> = ["text", "tspan", "title", "desc"]

    /// Where and how large.
    static let geometry: Set<String> = [
        "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "fx", "fy", "width", "height", "dx", "dy", "rotate", "d",
        "points", "transform", "offset", "gradientUnits", "gradientTransform", "spreadMethod", "clipPathUnits", "viewBox",
        "preserveAspectRatio", "textLength", "lengthAdjust",
    ]
    /// How it looks; also what a `style` may say.
    static let looks: Set<String> = [
        "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-linecap", "stroke-linejoin",
        "stroke-miterlimit", "stroke-dasharray", "stroke-dashoffset", "opacity", "color", "stop-color", "stop-opacity",
        "font-family", "font-size", "font-weight", "font-style", "text-anchor", "letter-spacing", "dominant-baseline",
        "clip-path", "clip-rule", "display", "visibility", "vector-effect",
    ]

    /// A value without anything that leads elsewhere: the only address is one inside the drawing.
    static func isPlain(_ value: String) -> Bool {
        if value.wholeMatch(of: /\s*url\(["']?#[A-Za-z0-9_.\-]{1,64}["']?\)\s*/) != nil { return true }
        return !value.lowercased().contains("url") && !value.contains { "<>\\@:;{}".contains($0) }
    }
}
