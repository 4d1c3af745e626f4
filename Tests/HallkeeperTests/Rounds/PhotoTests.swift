import CGD
import Testing

@testable import Hallkeeper

/// A picture of 40 × 20 whose left half is red and right half is blue, made by gd itself.
private func picture(
    width: Int32 = 40, height: Int32 = 20, _ encode: (gdImagePtr, UnsafeMutablePointer<Int32>) -> UnsafeMutableRawPointer?
) throws -> [UInt8] {
    let image = try #require(gdImageCreateTrueColor(width, height))
    defer { gdImageDestroy(image) }
    gdImageFilledRectangle(image, 0, 0, width / 2 - 1, height - 1, 0xFF0000)
    gdImageFilledRectangle(image, width / 2, 0, width - 1, height - 1, 0x0000FF)
    var size: Int32 = 0
    let data = try #require(encode(image, &size))
    defer { gdFree(data) }
    return [UInt8](UnsafeRawBufferPointer(start: data, count: Int(size)))
}

/// The colour at a place of a JPEG, as R, G and B.
private func colour(_ jpeg: [UInt8], _ x: Int, _ y: Int) throws -> (red: Int, green: Int, blue: Int) {
    let image = try #require(
        jpeg.withUnsafeBytes { gdImageCreateFromJpegPtr(Int32($0.count), UnsafeMutableRawPointer(mutating: $0.baseAddress)) })
    defer { gdImageDestroy(image) }
    let pixel = Int(gdImageGetTrueColorPixel(image, Int32(x), Int32(y)))
    return (pixel >> 16 & 0xFF, pixel >> 8 & 0xFF, pixel & 0xFF)
}

private func isRed(_ jpeg: [UInt8], _ x: Int, _ y: Int) throws -> Bool {
    let pixel = try colour(jpeg, x, y)
    return pixel.red > 180 && pixel.blue < 80
}

private func isBlue(_ jpeg: [UInt8], _ x: Int, _ y: Int) throws -> Bool {
    let pixel = try colour(jpeg, x, y)
    return pixel.blue > 180 && pixel.red < 80
}

/// Puts an EXIF block with this orientation, in this byte order, right after the start marker of a JPEG.
private func oriented(_ jpeg: [UInt8], _ orientation: UInt8, little: Bool = true, offset: UInt8 = 8) -> [UInt8] {
    let tiff: [UInt8] = little
        ? Array("II*\0".utf8) + [offset, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]
        : Array("MM\0*".utf8) + [0, 0, 0, offset, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]
    let body = Array("Exif\0\0".utf8) + tiff + [0, 0, 0, 0] + Array("GPS 30.47N 106.63E".utf8)
    return Array(jpeg.prefix(2)) + [0xFF, 0xE1, 0, UInt8(body.count + 2)] + body + jpeg.dropFirst(2)
}

private func isUnsupported(_ error: any Error) -> Bool {
    if case Refusal.unsupported = error { true } else { false }
}

private func isTooLarge(_ error: any Error) -> Bool {
    if case Refusal.tooLarge = error { true } else { false }
}

/// A PNG's signature and first chunk, and nothing else.
private func pngClaiming(_ width: UInt32, _ height: UInt32) -> [UInt8] {
    func four(_ n: UInt32) -> [UInt8] { [UInt8(n >> 24), UInt8(n >> 16 & 255), UInt8(n >> 8 & 255), UInt8(n & 255)] }
    return [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10, 0, 0, 0, 13] + Array("IHDR".utf8) + four(width) + four(height)
        + [8, 2, 0, 0, 0, 0, 0, 0, 0]
}

@Suite struct PhotoTests {
    @Test func `JPEG, PNG, WebP and GIF all become an upright JPEG of the same size`() throws {
        let pictures = [
            try picture { gdImageJpegPtr($0, $1, 90) },
            try picture { gdImagePngPtr($0, $1) },
            try picture { gdImageWebpPtr($0, $1) },
            try picture { gdImageGifPtr($0, $1) },
        ]
        for bytes in pictures {
            let photo = try Photo.shrink(bytes)
            #expect((photo.width, photo.height) == (40, 20))
            #expect(PictureHeader(photo.jpeg)?.format == .jpeg)
            #expect(try isRed(photo.jpeg, 5, 10))
            #expect(try isBlue(photo.jpeg, 35, 10))
        }
    }

    @Test func `a wide photo is made 1600 pixels wide and keeps its shape`() throws {
        let photo = try Photo.shrink(try picture(width: 4000, height: 1000) { gdImageJpegPtr($0, $1, 60) })
        #expect((photo.width, photo.height) == (1600, 400))
        #expect(PictureHeader(photo.jpeg) == PictureHeader(try Photo.shrink(photo.jpeg).jpeg))
    }

    @Test func `a line one pixel high is not reduced to nothing`() throws {
        let photo = try Photo.shrink(try picture(width: 5000, height: 1) { gdImagePngPtr($0, $1) })
        #expect((photo.width, photo.height) == (1600, 1))
    }

    @Test func `a photo taken with the phone upright, orientation 6, is turned clockwise`() throws {
        for little in [true, false] {
            let photo = try Photo.shrink(oriented(try picture { gdImageJpegPtr($0, $1, 90) }, 6, little: little))
            #expect((photo.width, photo.height) == (20, 40))
            #expect(try isRed(photo.jpeg, 10, 5))
            #expect(try isBlue(photo.jpeg, 10, 35))
        }
    }

    /// Where the red corner of the stored picture must be seen, for each orientation (EXIF 2.32, 4.6.4.A).
    @Test(arguments: [
        (1, "left", "top"), (2, "right", "top"), (3, "right", "bottom"), (4, "left", "bottom"),
        (5, "left", "top"), (6, "right", "top"), (7, "right", "bottom"), (8, "left", "bottom"),
    ])
    func `each of the eight orientations puts the first corner where it belongs`(_ it: (Int, String, String)) throws {
        let corner = try picture { image, size in
            gdImageFilledRectangle(image, 0, 0, 39, 19, 0x0000FF)
            gdImageFilledRectangle(image, 0, 0, 15, 7, 0xFF0000)
            return gdImageJpegPtr(image, size, 95)
        }
        let photo = try Photo.shrink(oriented(corner, UInt8(it.0)))
        #expect(photo.width == (it.0 >= 5 ? 20 : 40))
        for side in ["left", "right"] {
            for edge in ["top", "bottom"] {
                let x = side == "left" ? 2 : photo.width - 3
                let y = edge == "top" ? 2 : photo.height - 3
                #expect(try isRed(photo.jpeg, x, y) == (side == it.1 && edge == it.2), "\(side) \(edge)")
            }
        }
    }

    @Test func `nothing of the EXIF block is kept`() throws {
        let photo = try Photo.shrink(oriented(try picture { gdImageJpegPtr($0, $1, 90) }, 3))
        let text = String(decoding: photo.jpeg, as: UTF8.self)
        #expect(!text.contains("Exif"))
        #expect(!text.contains("GPS"))
    }

    @Test func `an EXIF block that points outside itself is taken as upright`() throws {
        let jpeg = try picture { gdImageJpegPtr($0, $1, 90) }
        for offset: UInt8 in [0, 40, 200, 255] {
            let photo = try Photo.shrink(oriented(jpeg, 6, offset: offset))
            #expect(photo.width == 40)
        }
        #expect(try Photo.shrink(oriented(jpeg, 9)).width == 40)
    }

    @Test func `what is transparent becomes white, not black`() throws {
        let photo = try Photo.shrink(
            try picture { image, size in
                gdImageAlphaBlending(image, 0)
                gdImageSaveAlpha(image, 1)
                gdImageFilledRectangle(image, 0, 0, 39, 19, 0x7F00_0000)
                return gdImagePngPtr(image, size)
            })
        let pixel = try colour(photo.jpeg, 20, 10)
        #expect(min(pixel.red, pixel.green, pixel.blue) > 240)
    }

    @Test func `a file that is no picture is refused whatever it is called`() {
        for bytes in [[], [0xFF], Array("<svg onload=alert(1)>".utf8), Array("%PDF-1.7 and so on".utf8), Array("GIF89".utf8)] {
            #expect { try Photo.shrink(bytes) } throws: { isUnsupported($0) }
        }
    }

    @Test func `a HEIC photo is refused with what to do about it, and pages ask phones for what can be opened`() {
        let heic: [UInt8] = [0, 0, 0, 0x18] + Array("ftypheic".utf8) + [0, 0, 0, 0] + Array("mif1heic".utf8) + [UInt8](repeating: 7, count: 4000)
        #expect { try Photo.shrink(heic) } throws: { error in
            guard let refusal = error as? Refusal else { return false }
            return refusal.status == 415 && refusal.sentence.zh.contains("HEIC") && refusal.sentence.zh.contains("兼容性最佳") && refusal.sentence.en.contains("Most compatible")
        }
        // Cut off behind its name, or another film's: no trap, and another sentence.
        for bytes in [Array(heic.prefix(11)), [0, 0, 0, 0x18] + Array("ftypisom".utf8)] {
            #expect { try Photo.shrink(bytes) } throws: { ($0 as? Refusal)?.sentence.zh.contains("HEIC") == false }
        }
        #expect(!Photo.accepted.contains("*") && !Photo.accepted.contains("hei"))
    }

    @Test func `a PNG that claims 100,000 pixels is refused by its header alone`() {
        #expect { try Photo.shrink(pngClaiming(100_000, 10)) } throws: { isTooLarge($0) }
        #expect { try Photo.shrink(pngClaiming(.max, .max)) } throws: { isTooLarge($0) }
    }

    @Test func `forty million pixels are the most, and none are too few`() {
        #expect { try Photo.shrink(pngClaiming(8_000, 5_001)) } throws: { isTooLarge($0) }
        // Within the bounds it is found to hold nothing.
        #expect { try Photo.shrink(pngClaiming(8_000, 5_000)) } throws: { isUnsupported($0) }
        #expect { try Photo.shrink(pngClaiming(0, 5)) } throws: { isUnsupported($0) }
    }

    @Test func `what claims millions of pixels in a few bytes is refused, a plain one of common size is not`() throws {
        let (empty, plain) = (try picture(width: 3_000, height: 2_100) { gdImagePngPtr($0, $1) }, try picture(width: 2_400, height: 2_400) { gdImagePngPtr($0, $1) })
        #expect(empty.count < 3_000 * 2_100 / Photo.mostPixelsAByte)
        #expect { try Photo.shrink(empty) } throws: { isUnsupported($0) }
        #expect(try Photo.shrink(plain).width == 1600)
    }

    @Test func `a GIF is as large as its first frame, whatever its screen says`() throws {
        var gif = try picture { gdImageGifPtr($0, $1) }
        gif.replaceSubrange(6..<10, with: [1, 0, 1, 0])
        let header = try #require(PictureHeader(gif))
        #expect((header.width, header.height) == (40, 20))
        let screen = Array("GIF89a".utf8) + [1, 0, 1, 0, 0, 0, 0, 0x21, 0xF9, 4, 0, 0, 0, 0, 0, 0x2C, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0]
        #expect { try Photo.shrink(screen) } throws: { isTooLarge($0) }
        #expect(PictureHeader(Array(screen.prefix(20))) == nil)
    }

    @Test func `a JPEG that goes over its pixels a thousand times is no photo`() throws {
        let jpeg = try picture { gdImageJpegPtr($0, $1, 90) }
        let scan = [UInt8]([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0])
        func repeated(_ times: Int) -> [UInt8] { Array(jpeg.dropLast(2)) + (0..<times).flatMap { _ in scan } + [0xFF, 0xD9] }
        #expect(PictureHeader(repeated(20)) != nil)
        #expect(PictureHeader(repeated(1000)) == nil)
    }

    @Test func `a file over 12 MiB is refused before it is looked at`() {
        #expect { try Photo.shrink([UInt8](repeating: 0, count: (12 << 20) + 1)) } throws: { isTooLarge($0) }
    }

    @Test func `a JPEG, PNG or WebP cut off anywhere is refused and never traps`() throws {
        let pictures = [
            oriented(try picture { gdImageJpegPtr($0, $1, 90) }, 6),
            try picture { gdImagePngPtr($0, $1) },
            try picture { gdImageWebpPtr($0, $1) },
        ]
        for bytes in pictures {
            // A PNG may lack its last chunk and still be whole; the last 12 bytes say nothing of the picture.
            for length in 0..<(bytes.count - 13) {
                #expect("\(length) of \(bytes.count) bytes") { try Photo.shrink(Array(bytes.prefix(length))) }
                    throws: { isUnsupported($0) }
            }
        }
    }

    @Test func `a picture with any single byte changed is either shrunk or refused`() throws {
        for bytes in [oriented(try picture { gdImageJpegPtr($0, $1, 90) }, 6), try picture { gdImageGifPtr($0, $1) }] {
            for at in bytes.indices {
                for mask: UInt8 in [0x01, 0x80, 0xFF] {
                    var changed = bytes
                    changed[at] ^= mask
                    do {
                        let photo = try Photo.shrink(changed)
                        #expect(max(photo.width, photo.height) <= Photo.longestSide)
                    } catch {
                        #expect(isUnsupported(error) || isTooLarge(error))
                    }
                }
            }
        }
    }
}
