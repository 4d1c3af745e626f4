/// A sheet of labels as it is sold, in millimetres.
struct LabelSheet: Sendable {
    let id: String
    let pageWidth: Double
    let pageHeight: Double
    let columns: Int
    let rows: Int
    let left: Double
    let top: Double
    /// From the edge of one label to the same edge of the next.
    let stepX: Double
    let stepY: Double
    let labelWidth: Double
    let labelHeight: Double
    var count: Int { columns * rows }

    static let all = [
        LabelSheet(
            id: "70x37", pageWidth: 210, pageHeight: 297, columns: 3, rows: 8, left: 0, top: 0.5, stepX: 70, stepY: 37,
            labelWidth: 70, labelHeight: 37),
        LabelSheet(
            id: "99x38", pageWidth: 210, pageHeight: 297, columns: 2, rows: 7, left: 4.65, top: 15.15, stepX: 101.6,
            stepY: 38.1, labelWidth: 99.1, labelHeight: 38.1),
        LabelSheet(
            id: "50x50", pageWidth: 50, pageHeight: 50, columns: 1, rows: 1, left: 0, top: 0, stepX: 50, stepY: 50,
            labelWidth: 50, labelHeight: 50),
    ]
    static func of(_ id: String) -> LabelSheet? { all.first { $0.id == id } }

    /// Wider than high: the words stand beside the code; otherwise below it.
    var isWide: Bool { labelWidth > labelHeight * 1.2 }
    /// What is kept clear at the edge of a label: sheets never lie quite straight in a printer.
    static let margin = 2.0
    /// Room for words below a code: the name, and the code for typing.
    static let words = 10.0

    /// The edge of one module of a code of so many: 0.8 mm beside words, 1 mm above them, less where it would not fit
    /// with its quiet zone; in steps of a twentieth of a millimetre. The quiet zone may reach over the margin: it is white.
    func module(of size: Int) -> Double {
        let room = isWide ? labelHeight : min(labelWidth, labelHeight - Self.words)
        let most = room / Double(size + 2 * QRCode.quietZone)
        return min(isWide ? 0.8 : 1, (most * 20).rounded(.down) / 20)
    }

    /// The upper left corner of a label, counted from 0 along the rows.
    func corner(_ index: Int) -> (x: Double, y: Double) {
        (left + Double(index % columns) * stepX, top + Double(index % count / columns) * stepY)
    }
}
