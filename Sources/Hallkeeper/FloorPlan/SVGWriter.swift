import Foundation
import FoundationXML
import WorkCalendar

/// Hears a drawing element by element and writes what is on the lists of `HarmlessSVG`.
final class SVGWriter: NSObject, XMLParserDelegate {
    private(set) var out = ""
    private(set) var shapes = 0
    private(set) var leftOut = 0
    private(set) var size: (Int, Int)?
    private(set) var refusal: Refusal?

    private var elements = 0
    /// Whether every element that began has ended under its own name; the parser lets a torn file pass.
    var isWhole: Bool { open.isEmpty && !isTorn }
    private var isTorn = false
    /// What stands open, and whether it is written.
    private var open: [(name: String, isWritten: Bool)] = []
    /// Depth inside something that is left out with all it holds; 0 outside.
    private var skipped = 0
    /// Class → what it looks like, of a style sheet inside the drawing (Illustrator writes one).
    private var classes: [String: [(String, String)]] = [:]
    private var sheet = ""
    /// For each id, how many elements stand in what it names, and whether copies are among them.
    private var named: [String: (count: Int, copies: Bool)] = [:]
    private var openIDs: [String?] = []
    private var copied: [String] = []

    private func stop(_ parser: XMLParser, _ refusal: Refusal) {
        self.refusal = self.refusal ?? refusal
        parser.abortParsing()
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?, attributes: [String: String] = [:]
    ) {
        elements += 1
        guard elements <= HarmlessSVG.mostElements, open.count < HarmlessSVG.deepest else {
            return stop(parser, .tooLarge(Text("这张图的线条太多，请简化或改用 PNG。", "This drawing has too many parts; please simplify it or send a PNG.")))
        }
        if open.isEmpty {
            guard name == "svg" else { return stop(parser, HarmlessSVG.unreadable) }
            return begin(parser, attributes)
        }
        if skipped > 0 || !(HarmlessSVG.elements.contains(name) || HarmlessSVG.wrappers.contains(name)) {
            // Notes of drawing programs (`sodipodi:…`, metadata) are not worth a word.
            if skipped == 0, !name.contains(":"), name != "style", name != "metadata" { leftOut += 1 }
            skipped += 1
            open.append((name, false))
            openIDs.append(nil)
            if name == "style" { sheet = "" }
            return
        }
        let isWritten = HarmlessSVG.elements.contains(name)
        open.append((name, isWritten))
        let id = isWritten ? attributes["id"].flatMap { $0.wholeMatch(of: /[A-Za-z0-9_.\-]{1,64}/) != nil ? $0 : nil } : nil
        for case let outer? in openIDs { named[outer]?.count += 1 }
        openIDs.append(id)
        if let id, named[id] == nil { named[id] = (1, false) }
        guard isWritten else { return }
        if HarmlessSVG.shapes.contains(name) { shapes += 1 }
        out += "<" + name
        if let id { out += " id=\"\(id)\"" }
        if name == "use" { copy(attributes) }
        write(attributes)
        out += ">"
    }

    /// The root: its size, and nothing else of what it says.
    private func begin(_ parser: XMLParser, _ attributes: [String: String]) {
        let box = (attributes["viewBox"] ?? "").split { " ,\n\t".contains($0) }.compactMap { Double($0) }
        func length(_ name: String) -> Double? {
            attributes[name].flatMap { text in text.contains("%") ? nil : Double(text.prefix { $0.isNumber || $0 == "." }) }
        }
        let (width, height) = (length("width"), length("height"))
        let view = box.count == 4 ? box : width.flatMap { width in height.map { [0, 0, width, $0] } } ?? []
        guard view.count == 4, view.allSatisfy(\.isFinite), view[2] >= HarmlessSVG.leastUnits, view[3] >= HarmlessSVG.leastUnits else {
            return stop(parser, .unsupported(Text("这个 SVG 没有写尺寸（viewBox），打不开。", "This SVG does not say its size (viewBox).")))
        }
        guard ([abs(view[0]), abs(view[1]), view[2], view[3]] + [width, height].compactMap { $0 }).allSatisfy({ $0 <= HarmlessSVG.mostUnits }) else {
            return stop(
                parser,
                .tooLarge(Text("这张图的尺寸超过 \(Int(HarmlessSVG.mostUnits))，请缩小后再传。", "This drawing measures over \(Int(HarmlessSVG.mostUnits)); please make it smaller.")))
        }
        // In whole numbers from 1: a drawing measured in metres may be three units wide.
        let scale = max(1, 1000 / max(view[2], view[3]))
        let (w, h) = (max(1, Int((view[2] * scale).rounded())), max(1, Int((view[3] * scale).rounded())))
        size = (w, h)
        open.append(("svg", true))
        openIDs.append(nil)
        out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(w)\" height=\"\(h)\" viewBox=\"\(view.map { "\($0)" }.joined(separator: " "))\">"
    }

    /// A copy of something in the same drawing; of anything else it stays empty.
    private func copy(_ attributes: [String: String]) {
        let target = attributes["href"] ?? attributes["xlink:href"] ?? ""
        for case let outer? in openIDs { named[outer]?.copies = true }
        guard target.wholeMatch(of: /#[A-Za-z0-9_.\-]{1,64}/) != nil else {
            leftOut += 1
            return
        }
        copied.append(String(target.dropFirst()))
        out += " href=\"\(target)\""
    }

    private func write(_ attributes: [String: String]) {
        var looks: [String: String] = [:]
        for (name, value) in attributes where HarmlessSVG.looks.contains(name) { looks[name] = value }
        for name in (attributes["class"] ?? "").split(separator: " ") {
            for (key, value) in classes[String(name)] ?? [] { looks[key] = value }
        }
        for (key, value) in Self.declarations(attributes["style"] ?? "") { looks[key] = value }
        if attributes.contains(where: { $0.key.lowercased().hasPrefix("on") }) { leftOut += 1 }
        for (name, value) in attributes.filter({ HarmlessSVG.geometry.contains($0.key) }).merging(looks, uniquingKeysWith: { $1 }).sorted(by: { $0.key < $1.key }) {
            guard HarmlessSVG.isPlain(value) else {
                leftOut += 1
                continue
            }
            out += " \(name)=\"\(HTML.escape(value))\""
        }
    }

    /// `fill:#fff; stroke: none` → pairs, of the looks that are known.
    private static func declarations(_ text: String) -> [(String, String)] {
        text.split(separator: ";").compactMap { part in
            let pair = part.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
            return pair.count == 2 && HarmlessSVG.looks.contains(pair[0]) ? (pair[0], pair[1]) : nil
        }
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        guard let (own, isWritten) = open.popLast() else { return }
        if own != name { isTorn = true }
        openIDs.removeLast()
        if skipped > 0 {
            skipped -= 1
            if own == "style" { learn() }
            return
        }
        if isWritten { out += "</\(own)>" }
    }

    /// Classes of a style sheet: `.st0, .st1 { fill: #fff }`. Whatever else it says is not heard.
    private func learn() {
        for rule in sheet.prefix(100_000).matches(of: /([^{}]*)\{([^{}]*)\}/) {
            let pairs = Self.declarations(String(rule.2))
            for name in rule.1.split(separator: ",").map({ $0.trimmingCharacters(in: .whitespacesAndNewlines) }) where name.hasPrefix(".") {
                classes[String(name.dropFirst()), default: []] += pairs
            }
        }
        sheet = ""
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
        guard let (name, _) = open.last else { return }
        if name == "style" { sheet += text }
        if skipped == 0, HarmlessSVG.texts.contains(name) { out += HTML.escape(text) }
    }

    func parser(_ parser: XMLParser, foundCDATA block: Data) {
        if open.last?.name == "style" { sheet += String(decoding: block, as: UTF8.self) }
    }

    /// Copies of copies double at each step; thirty steps are a thousand million lines.
    func checkCopies() throws {
        var total = 0
        for target in copied {
            guard let found = named[target] else { continue }
            guard !found.copies else { throw Self.unfolding }
            total += found.count
            guard total <= HarmlessSVG.mostCopied else { throw Self.unfolding }
        }
    }

    private static var unfolding: Refusal {
        .tooLarge(Text("这张图里的图块层层套用，展开太大。请先“分解”图块再存。", "This drawing copies its parts within each other and unfolds too far. Please dissolve the blocks and save again."))
    }
}
