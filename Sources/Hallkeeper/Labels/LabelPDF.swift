import CCairo
import Foundation
import WorkCalendar

/// A sheet of labels as PDF, exact to the millimetre: codes as rectangles, words with their glyphs inside the file.
final class LabelPDF {
    /// One label: the link of its code, and the lines beside it, the first the largest.
    struct Item: Sendable {
        var link: String
        var name: String
        var lines: [String]
    }

    private static let points = 72 / 25.4
    private let sheet: LabelSheet
    private let font: String
    private let surface: OpaquePointer
    private let cairo: OpaquePointer
    private let written: Written

    /// What cairo has written so far.
    private final class Written { var bytes: [UInt8] = [] }

    /// The file. `start`: how many labels of the first sheet are used up already. Slow: call it before any act.
    /// Throws when a link is too long for a code, or there is no memory.
    static func make(_ items: [Item], on sheet: LabelSheet, start: Int, at now: Instant) throws -> [UInt8] {
        let pdf = try LabelPDF(sheet, text: items.flatMap { [$0.name] + $0.lines }.joined(), at: now)
        var place = max(0, min(start, sheet.count - 1))
        for (index, item) in items.enumerated() {
            if index > 0, place == 0 { cairo_show_page(pdf.cairo) }
            try pdf.draw(item, at: place)
            place = (place + 1) % sheet.count
        }
        return try pdf.finish()
    }

    /// Fonts with Chinese, the free ones first. A machine may have none: then the labels are refused in words, not printed as boxes.
    static let families = ["Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Microsoft YaHei", "SimHei", "DejaVu Sans", "sans-serif"]

    private static var failed: Refusal {
        .conflict(Text("标签没有做成，请再试一次。", "The labels could not be made; please try again."))
    }

    private init(_ sheet: LabelSheet, text: String, at now: Instant) throws {
        self.sheet = sheet
        let written = Written()
        self.written = written
        let made = cairo_pdf_surface_create_for_stream(
            { target, bytes, count in
                guard let target, let bytes else { return CAIRO_STATUS_WRITE_ERROR }
                Unmanaged<Written>.fromOpaque(target).takeUnretainedValue().bytes += UnsafeBufferPointer(start: bytes, count: Int(count))
                return CAIRO_STATUS_SUCCESS
            }, Unmanaged.passUnretained(written).toOpaque(), sheet.pageWidth * Self.points, sheet.pageHeight * Self.points)
        guard let made, cairo_surface_status(made) == CAIRO_STATUS_SUCCESS else { throw Self.failed }
        // The program's own clock, not the machine's: the same labels at the same moment are the same file.
        cairo_pdf_surface_set_metadata(made, CAIRO_PDF_METADATA_CREATE_DATE, Date(timeIntervalSince1970: Double(now.ms) / 1000).ISO8601Format())
        guard let context = cairo_create(made), cairo_status(context) == CAIRO_STATUS_SUCCESS else {
            cairo_surface_destroy(made)
            throw Self.failed
        }
        (surface, cairo) = (made, context)
        guard let found = Self.families.first(where: { Self.has(text, $0, context) }) else {
            font = ""
            throw Refusal.conflict(
                Text(
                    "这台服务器没有能印这些字的字体，请管理员安装 fonts-noto-cjk。",
                    "This server has no font for these words; ask the administrator to install fonts-noto-cjk."))
        }
        font = found
        cairo_scale(context, Self.points, Self.points)
    }

    deinit {
        cairo_destroy(cairo)
        cairo_surface_finish(surface)
        cairo_surface_destroy(surface)
    }

    private func finish() throws -> [UInt8] {
        cairo_show_page(cairo)
        cairo_surface_finish(surface)
        guard cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS else { throw Self.failed }
        return written.bytes
    }

    /// Whether a font has a glyph for every character.
    private static func has(_ text: String, _ family: String, _ cairo: OpaquePointer) -> Bool {
        cairo_select_font_face(cairo, family, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL)
        guard let scaled = cairo_get_scaled_font(cairo) else { return false }
        var glyphs: UnsafeMutablePointer<cairo_glyph_t>?
        var count: Int32 = 0
        let status = cairo_scaled_font_text_to_glyphs(scaled, 0, 0, text, Int32(text.utf8.count), &glyphs, &count, nil, nil, nil)
        defer { cairo_glyph_free(glyphs) }
        guard status == CAIRO_STATUS_SUCCESS, let found = glyphs else { return text.isEmpty }
        return (0..<Int(count)).allSatisfy { found[$0].index != 0 }
    }

    private func draw(_ item: Item, at place: Int) throws {
        guard let code = QRCode(item.link) else {
            throw FormProblems(fields: [("address", Text("网址太长，放不进二维码。", "The address is too long for a code."))])
        }
        let corner = sheet.corner(place)
        let module = sheet.module(of: code.size)
        let edge = Double(code.size) * module
        let quiet = Double(QRCode.quietZone) * module
        let room = sheet.isWide ? sheet.labelHeight : sheet.labelHeight - LabelSheet.words
        let x = sheet.isWide ? corner.x + max(LabelSheet.margin, quiet) : corner.x + (sheet.labelWidth - edge) / 2
        let y = corner.y + (room - edge) / 2
        cairo_set_source_rgb(cairo, 0, 0, 0)
        for row in 0..<code.size {
            for run in code.runs(inRow: row) {
                cairo_rectangle(cairo, x + Double(run.lowerBound) * module, y + Double(row) * module, Double(run.count) * module, module)
            }
        }
        cairo_fill(cairo)
        if sheet.isWide {
            let from = x + edge + quiet
            write(item, x: from, y: corner.y + 4, width: corner.x + sheet.labelWidth - LabelSheet.margin - from, height: sheet.labelHeight - 8)
        } else {
            write(item, x: corner.x + LabelSheet.margin, y: corner.y + room - 1, width: sheet.labelWidth - 2 * LabelSheet.margin, height: LabelSheet.words)
        }
    }

    /// The name large, in two lines at most, the rest small below; what does not fit is cut with an ellipsis.
    private func write(_ item: Item, x: Double, y: Double, width: Double, height: Double) {
        let (large, small) = sheet.isWide ? (4.6, 2.9) : (3.0, 2.4)
        var top = y
        let most = sheet.isWide ? 2 : 1
        for line in wrapped(item.name, size: large, bold: true, width: width, lines: most) {
            top += large * 1.25
            show(line, x: x, y: top, size: large, bold: true)
        }
        // Below a code there is room for one line: the code itself, for who has to type it.
        for text in sheet.isWide ? item.lines[...] : item.lines.suffix(1) {
            for line in wrapped(text, size: small, bold: false, width: width, lines: sheet.isWide ? 2 : 1) {
                guard top + small * 1.35 <= y + height else { return }
                top += small * 1.35
                show(line, x: x, y: top, size: small, bold: false)
            }
        }
    }

    private func choose(_ size: Double, bold: Bool) {
        cairo_select_font_face(cairo, font, CAIRO_FONT_SLANT_NORMAL, bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL)
        cairo_set_font_size(cairo, size)
    }

    private func show(_ text: String, x: Double, y: Double, size: Double, bold: Bool) {
        choose(size, bold: bold)
        cairo_move_to(cairo, x, y)
        cairo_show_text(cairo, text)
    }

    private func width(_ text: String) -> Double {
        var extents = cairo_text_extents_t()
        cairo_text_extents(cairo, text, &extents)
        return extents.x_advance
    }

    private func wrapped(_ text: String, size: Double, bold: Bool, width most: Double, lines: Int) -> [String] {
        choose(size, bold: bold)
        var (found, rest): ([String], Substring) = ([], text[...])
        while !rest.isEmpty, found.count < lines {
            var line = rest
            while width(String(line)) > most, line.count > 1 { line.removeLast() }
            if line.endIndex < rest.endIndex {
                if found.count == lines - 1 {
                    while width(String(line) + "…") > most, line.count > 1 { line.removeLast() }
                    return found + [String(line) + "…"]
                }
                // Between words where there are any; Chinese breaks anywhere.
                if let space = line.lastIndex(of: " "), rest[line.endIndex] != " " { line = rest[..<space] }
            }
            found.append(String(line))
            rest = rest[line.endIndex...].drop { $0 == " " }
        }
        return found
    }
}
