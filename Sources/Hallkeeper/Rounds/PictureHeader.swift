import Foundation

/// What the first bytes of a picture say about it, read before anything is decoded: a file of 200 bytes may claim
/// to be 100,000 pixels wide, and decoding would believe it. Every index is checked; nothing here can trap.
struct PictureHeader: Equatable {
    /// The formats phones and browsers send.
    enum Format: Equatable { case jpeg, png, webp, gif }

    var format: Format
    /// Pixels as stored, before the orientation is applied.
    var width: Int
    var height: Int
    /// EXIF orientation, 1 (upright) to 8; 1 when the file says nothing or nonsense.
    var orientation: Int

    /// Reads the header of `bytes`; nil when they are no picture of these four formats or end before their size is known.
    init?(_ bytes: [UInt8]) {
        let data = ByteView(bytes: bytes)
        if data.matches("\u{89}PNG\r\n\u{1a}\n", at: 0) {
            self.init(png: data)
        } else if data.matches("GIF87a", at: 0) || data.matches("GIF89a", at: 0) {
            self.init(gif: data)
        } else if data.matches("RIFF", at: 0), data.matches("WEBP", at: 8) {
            self.init(webp: data)
        } else if data.big(0, 3) == 0xFFD8FF {
            self.init(jpeg: data)
        } else {
            return nil
        }
    }

    /// Whether it is what newer phones take unless told otherwise (ISO/IEC 23008-12): known by its first brand, never decoded.
    static func isHEIC(_ bytes: [UInt8]) -> Bool {
        let data = ByteView(bytes: bytes)
        return data.matches("ftyp", at: 4) && ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"].contains { data.matches($0, at: 8) }
    }

    private static let mostScans = 100

    private init(format: Format, width: Int, height: Int, orientation: Int) {
        (self.format, self.width, self.height, self.orientation) = (format, width, height, orientation)
    }

    /// The larger of the screen and the first frame: the decoder makes room for the frame, whatever the screen says.
    private init?(gif data: ByteView) {
        guard let width = data.little(6, 2), let height = data.little(8, 2), let flags = data.little(10, 1) else { return nil }
        var at = 13 + (flags & 0x80 == 0 ? 0 : 3 << ((flags & 7) + 1))
        while data.little(at, 1) == 0x21 {                                                // extensions: a label, then blocks
            at += 2
            while let length = data.little(at, 1), length > 0 { at += 1 + length }
            at += 1
        }
        guard data.little(at, 1) == 0x2C, let across = data.little(at + 5, 2), let down = data.little(at + 7, 2) else { return nil }
        self.init(format: .gif, width: max(width, across), height: max(height, down), orientation: 1)
    }

    private init?(png data: ByteView) {
        guard data.matches("IHDR", at: 12), let width = data.big(16, 4), let height = data.big(20, 4) else { return nil }
        (format, self.width, self.height, orientation) = (.png, width, height, 1)
        var at = 8
        while let length = data.big(at, 4), !data.matches("IDAT", at: at + 4) {
            if data.matches("eXIf", at: at + 4) { orientation = Self.orientation(data, tiff: at + 8, end: at + 8 + length) }
            at += 12 + length
        }
    }

    private init?(webp data: ByteView) {
        if data.matches("VP8 ", at: 12) {
            guard data.big(23, 3) == 0x9D012A, let width = data.little(26, 2), let height = data.little(28, 2)
            else { return nil }
            (self.width, self.height) = (width & 0x3FFF, height & 0x3FFF)
        } else if data.matches("VP8L", at: 12) {
            guard data.big(20, 1) == 0x2F, let bits = data.little(21, 4) else { return nil }
            (width, height) = ((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1)
        } else if data.matches("VP8X", at: 12) {
            guard let width = data.little(24, 3), let height = data.little(27, 3) else { return nil }
            (self.width, self.height) = (width + 1, height + 1)
        } else {
            return nil
        }
        (format, orientation) = (.webp, 1)
        var at = 12
        while let length = data.little(at + 4, 4) {
            if data.matches("EXIF", at: at) {
                // Some writers put JPEG's marker in front of the block, against the specification.
                let tiff = data.matches("Exif\0\0", at: at + 8) ? at + 14 : at + 8
                orientation = Self.orientation(data, tiff: tiff, end: at + 8 + length)
            }
            at += 8 + length + (length & 1)
        }
    }

    private init?(jpeg data: ByteView) {
        var at = 2
        var size: (width: Int, height: Int)?
        var orientation: Int?
        while let lead = data.big(at, 1), lead == 0xFF, let marker = data.big(at + 1, 1) {
            if marker == 0xFF { at += 1; continue }                                      // fill bytes
            if marker == 0x01 || (0xD0...0xD7).contains(marker) { at += 2; continue }     // markers without a body
            guard let length = data.big(at + 2, 2), length >= 2 else { return nil }
            switch marker {
            case 0xE1 where orientation == nil && data.matches("Exif\0\0", at: at + 4):
                orientation = Self.orientation(data, tiff: at + 10, end: at + 2 + length)
            case 0xC4, 0xC8, 0xCC:
                break                                                                     // tables, not frames
            case 0xC0...0xCF:
                guard size == nil, let height = data.big(at + 5, 2), let width = data.big(at + 7, 2)
                else { return nil }
                size = (width, height)
            case 0xDA:
                // Inside the scan 0xFF is always escaped, so the end marker stands there only when the picture is
                // whole; the decoder would fill what is missing with grey and call it a photo.
                guard let size, data.contains(0xFF, 0xD9, from: at + 2 + length) else { return nil }
                // Each scan goes over every pixel again: a few in a photo, thousands in what is meant to keep us busy.
                guard !data.contains(0xFF, 0xDA, moreThan: Self.mostScans, from: at) else { return nil }
                (format, width, height, self.orientation) = (.jpeg, size.width, size.height, orientation ?? 1)
                return
            default:
                break
            }
            at += 2 + length
        }
        return nil
    }

    /// The orientation in the TIFF block that starts at `tiff` and ends before `end`; 1 when there is none in 1…8.
    private static func orientation(_ data: ByteView, tiff: Int, end: Int) -> Int {
        let isLittle: Bool
        if data.matches("II*\0", at: tiff) {
            isLittle = true
        } else if data.matches("MM\0*", at: tiff) {
            isLittle = false
        } else {
            return 1
        }
        func number(_ at: Int, _ count: Int) -> Int? {
            guard at + count <= end else { return nil }
            return isLittle ? data.little(at, count) : data.big(at, count)
        }
        guard let offset = number(tiff + 4, 4), let entries = number(tiff + offset, 2) else { return 1 }
        for entry in 0..<entries {
            let at = tiff + offset + 2 + entry * 12
            guard let tag = number(at, 2) else { return 1 }
            guard tag == 0x0112 else { continue }
            guard number(at + 2, 2) == 3, let value = number(at + 8, 2), (1...8).contains(value) else { return 1 }
            return value
        }
        return 1
    }
}

/// Bytes that answer nil beyond their end. Offsets stay far below `Int.max`: each step adds at most a 32-bit length.
private struct ByteView {
    let bytes: [UInt8]

    /// `count` (1 to 4) bytes at `at`, most significant first.
    func big(_ at: Int, _ count: Int) -> Int? {
        guard at >= 0, at <= bytes.count - count else { return nil }
        return bytes[at..<(at + count)].reduce(0) { $0 << 8 | Int($1) }
    }

    /// `count` (1 to 4) bytes at `at`, least significant first.
    func little(_ at: Int, _ count: Int) -> Int? {
        guard at >= 0, at <= bytes.count - count else { return nil }
        return bytes[at..<(at + count)].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// Whether the characters of `text` (each one byte) stand at `at`.
    func matches(_ text: String, at: Int) -> Bool {
        let wanted = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        guard at >= 0, at <= bytes.count - wanted.count else { return false }
        return bytes[at..<(at + wanted.count)].elementsEqual(wanted)
    }

    /// Where `first` is followed by `second`, from `start` on. Photos have millions of bytes: the C library finds the first.
    private func next(_ first: UInt8, _ second: UInt8, from start: Int) -> Int? {
        bytes.withUnsafeBytes { all -> Int? in
            guard let base = all.baseAddress, start >= 0 else { return nil }
            var at = start
            while at < all.count - 1, let found = memchr(base + at, Int32(first), all.count - 1 - at) {
                at = found - UnsafeMutableRawPointer(mutating: base)
                if all[at + 1] == second { return at }
                at += 1
            }
            return nil
        }
    }

    /// Whether `first` is followed by `second` anywhere from `start` on.
    func contains(_ first: UInt8, _ second: UInt8, from start: Int) -> Bool { next(first, second, from: start) != nil }

    /// Whether `first` is followed by `second` more than `most` times from `start` on.
    func contains(_ first: UInt8, _ second: UInt8, moreThan most: Int, from start: Int) -> Bool {
        var (at, count) = (start, 0)
        while count <= most, let found = next(first, second, from: at) { (at, count) = (found + 2, count + 1) }
        return count > most
    }
}
