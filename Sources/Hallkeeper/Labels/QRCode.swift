import CQREncode

/// A QR code as its modules: dark or light, row by row, without the quiet zone.
struct QRCode: Sendable {
    let size: Int
    private let dark: [Bool]
    /// Light modules a reader needs on every side.
    static let quietZone = 4

    /// Nil when the text is too long for any code. Level M: a scratch or a drop of water does no harm.
    init?(_ text: String) {
        guard !text.utf8.contains(0), let code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M) else { return nil }
        defer { QRcode_free(code) }
        let width = Int(code.pointee.width)
        guard width > 0, let data = code.pointee.data else { return nil }
        size = width
        // The lowest bit says whether a module is dark; the others say what it is for.
        dark = (0..<width * width).map { data[$0] & 1 == 1 }
    }

    func isDark(_ x: Int, _ y: Int) -> Bool { dark[y * size + x] }

    /// The dark modules of a row as runs, so that no hairline is printed between neighbours.
    func runs(inRow y: Int) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var x = 0
        while x < size {
            guard isDark(x, y) else {
                x += 1
                continue
            }
            let start = x
            while x < size, isDark(x, y) { x += 1 }
            runs.append(start..<x)
        }
        return runs
    }
}
