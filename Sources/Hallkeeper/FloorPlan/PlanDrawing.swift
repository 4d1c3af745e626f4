/// The plan with what is shown on it: the picture below, shapes above it in units of a thousandth of its width.
struct PlanDrawing: Sendable {
    /// A finding: its shape and colour say how bad it is, its number stands in the list beside.
    struct Flag: Sendable {
        var number: Int
        var x: Int
        var y: Int
        var severity: String
        var isRectified: Bool
        var label: String
        var link: String
    }
    /// So many findings at one place.
    struct Heat: Sendable {
        var count: Int
        var x: Int
        var y: Int
        var label: String
        var link: String
    }
    /// A thing of the register: a square with its number, the colour says whether it has run out.
    struct Sign: Sendable {
        var x: Int
        var y: Int
        /// As `ItemView.Urgency` has it.
        var state: String
        var short: String
        var label: String
        /// "" where whoever looks may not open it.
        var link: String
    }
    /// A zone, point or thing that stands there.
    struct Pin: Sendable {
        var key: String
        var x: Int
        var y: Int
        var label: String
        var kind: PlanMark.Kind
    }
    var image: String
    var width: Int
    var height: Int
    var alt: String
    var flags: [Flag] = []
    var heat: [Heat] = []
    var things: [Sign] = []
    var pins: [Pin] = []
    /// Whether the script may move pins and set the form beside.
    var isEdited = false

    /// Height in thousandths of the width.
    private var tall: Int { max(1, height * 1000 / max(1, width)) }

    func html(_ w: Words) -> HTML {
        """
        <div class="scroll" tabindex="0" role="region" aria-label="\(alt)"><div class="plan" \(when: isEdited, "data-plan")>
        <img src="\(image)" width="\(width)" height="\(height)" alt="\(alt)">
        <svg viewBox="0 0 1000 \(tall)" \(when: flags.isEmpty && heat.isEmpty && things.isEmpty, "aria-hidden=\"true\"")>\(heat, circle)\(pins, pin)\(things, sign)\(spread(flags), flag)\(isEdited ? "<circle class=\"cross\" r=\"9\" cx=\"-50\" cy=\"-50\"/>" as HTML : nil)</svg></div></div>
        """
    }

    /// Several findings at one place stand side by side, five in a row; those about a thing beside it.
    private func spread(_ flags: [Flag]) -> [(Flag, Int, Int)] {
        var met = Dictionary(things.map { ("\($0.x)/\($0.y)", 1) }, uniquingKeysWith: { first, _ in first })
        return flags.map { flag in
            let index = met["\(flag.x)/\(flag.y)", default: 0]
            met["\(flag.x)/\(flag.y)"] = index + 1
            return (flag, min(975, max(25, flag.x + index % 5 * 48)), min(tall - 25, max(25, flag.y * tall / 1000 + index / 5 * 48)))
        }
    }

    /// A circle, a triangle, a square on its corner: told apart without colour.
    private func flag(_ item: (Flag, Int, Int)) -> HTML {
        let (flag, x, y) = item
        let shape: HTML = switch flag.severity {
        case "serious": "<path d=\"M\(x) \(y - 27)L\(x + 27) \(y + 20)H\(x - 27)Z\"/>"
        case "danger": "<path d=\"M\(x) \(y - 28)L\(x + 28) \(y)L\(x) \(y + 28)L\(x - 28) \(y)Z\"/>"
        default: "<circle cx=\"\(x)\" cy=\"\(y)\" r=\"22\"/>"
        }
        return """
            <a class="mark \(flag.severity) \(when: flag.isRectified, "rectified")" href="\(flag.link)" aria-label="\(flag.label)"><title>\(flag.label)</title>\(shape)<text x="\(x)" y="\(y + 8)">\(flag.number)</text></a>
            """
    }

    private func circle(_ heat: Heat) -> HTML {
        // The area, not the radius, grows with the count: three times as many look three times as large.
        // One alone is no hot spot: below six the scale stands still.
        let most = max(6, self.heat.map(\.count).max() ?? 1)
        let radius = 18 + Int((50 * (Double(heat.count) / Double(most)).squareRoot()).rounded())
        let y = heat.y * tall / 1000
        return """
            <a class="heat" href="\(heat.link)" aria-label="\(heat.label)"><title>\(heat.label)</title><circle cx="\(heat.x)" cy="\(y)" r="\(radius)"/><text x="\(heat.x)" y="\(y + 9)">\(heat.count)</text></a>
            """
    }

    private func sign(_ sign: Sign) -> HTML {
        let (x, y) = (min(980, max(20, sign.x)), min(tall - 20, max(20, sign.y * tall / 1000)))
        let drawn: HTML = "<title>\(sign.label)</title><rect x=\"\(x - 17)\" y=\"\(y - 17)\" width=\"34\" height=\"34\" rx=\"5\"/><text x=\"\(x)\" y=\"\(y + 7)\">\(sign.short)</text>"
        return sign.link.isEmpty
            ? "<g class=\"thing \(sign.state)\" role=\"img\" aria-label=\"\(sign.label)\">\(drawn)</g>" : "<a class=\"thing \(sign.state)\" href=\"\(sign.link)\" aria-label=\"\(sign.label)\">\(drawn)</a>"
    }

    private func pin(_ pin: Pin) -> HTML {
        """
        <g class="pin \(pin.kind.rawValue)" data-key="\(pin.key)"><circle cx="\(pin.x)" cy="\(pin.y * tall / 1000)" r="\(pin.kind == .zone ? 14 : 9)"/><text x="\(pin.x)" y="\(pin.y * tall / 1000 + 30)">\(pin.label)</text></g>
        """
    }
}
