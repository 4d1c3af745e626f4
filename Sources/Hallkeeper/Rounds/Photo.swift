import CGD
import WorkCalendar

/// A photo on its way into the archive: proof of a point, of a finding, of a delivery.
enum Photo {
    /// 12 MiB: what a phone's camera makes today, with room.
    static let mostBytes = 12 << 20
    static let mostPixelsASide = 20_000
    /// Decoding takes four bytes a pixel: 160 MB at this bound, freed as soon as the small copy exists.
    static let mostPixels = 40_000_000
    /// From here on a picture must hold something: one of forty million pixels in a few bytes is there to fill memory. A photo
    /// has several pixels a byte, a screenshot some ten.
    static let plainPixels = 6_000_000
    static let mostPixelsAByte = 40
    /// A page of A4 at 150 dots an inch; a fault is still seen on it, and a hall's day of photos stays under 30 MB.
    static let longestSide = 1600
    static let quality: Int32 = 80
    /// As it stands in lists: twice its 120 points on screen, for sharp screens.
    static let smallSide = 240

    /// What a page says it takes. By name and not `image/*`: a phone that takes its photos in HEIC then hands them on as JPEG
    /// (docs/decisions/0110).
    static let accepted = "image/jpeg,image/png,image/webp,image/gif"

    /// Makes a picture fit to be kept: upright, at most `side` pixels on its longer side, JPEG, on white where it was
    /// transparent, and without EXIF (place, device, owner), because only the pixels are carried over.
    ///
    /// Takes JPEG, PNG, WebP or GIF as its own bytes say, whatever its name says. Refuses with `unsupported` what is none of
    /// these or is damaged, with `tooLarge` what passes the bounds above; those are read from the header, before decoding.
    /// Slow (tens of milliseconds): call it before the act, never inside.
    static func shrink(_ bytes: [UInt8], to side: Int = longestSide) throws -> (jpeg: [UInt8], width: Int, height: Int) {
        guard bytes.count <= mostBytes else {
            throw Refusal.tooLarge(Text("照片超过 12 MB，请换一张小一些的。", "The photo is over 12 MB; please choose a smaller one."))
        }
        guard !PictureHeader.isHEIC(bytes) else { throw heic }
        guard let header = PictureHeader(bytes), header.width > 0, header.height > 0 else { throw unreadable }
        guard header.width <= mostPixelsASide, header.height <= mostPixelsASide,
            header.width * header.height <= mostPixels
        else {
            throw Refusal.tooLarge(
                Text(
                    "照片有 \(header.width) × \(header.height) 像素，太大了；最多 4000 万像素，每边不超过 20000。",
                    "The photo has \(header.width) × \(header.height) pixels, too many: "
                        + "40 million at most, and no side over 20,000."))
        }
        guard header.width * header.height <= max(plainPixels, bytes.count * mostPixelsAByte) else { throw unreadable }
        // A camera's picture has nothing to put white behind.
        let whole = try decoded(bytes, header.format)
        let isFit = header.format == .jpeg && max(whole.width, whole.height) <= side
        let small = isFit ? whole : try whole.reduced(to: side)
        let upright = try small.turned(upright: header.orientation)
        return (try upright.jpeg(quality: quality), upright.width, upright.height)
    }

    /// A plan or scan drawn anew within a longest side: upright, without EXIF; without loss where it came without, because
    /// thin lines suffer from JPEG. Its bounds are checked before. Slow, as `shrink` is.
    static func redrawn(_ bytes: [UInt8], _ header: PictureHeader, within side: Int) throws -> (bytes: [UInt8], width: Int, height: Int) {
        let upright = try decoded(bytes, header.format).reduced(to: side).turned(upright: header.orientation)
        return (header.format == .png ? try upright.png() : try upright.jpeg(quality: 90), upright.width, upright.height)
    }

    private static var heic: Refusal {
        .unsupported(
            Text(
                "这是 HEIC 照片，系统打不开。请直接用“拍照”，或在手机设置里把相机格式改成“兼容性最佳”（JPEG）后再拍。",
                "This is a HEIC photo, which cannot be opened here. Please take it with the camera button, or set the phone's camera format to “Most compatible” (JPEG) and take it again."))
    }

    private static var unreadable: Refusal {
        .unsupported(
            Text(
                "这个文件不是能打开的照片（支持 JPEG、PNG、WebP、GIF），或者已经损坏。",
                "This file is not a photo that can be opened (JPEG, PNG, WebP or GIF), or it is damaged."))
    }

    private static func decoded(_ bytes: [UInt8], _ format: PictureHeader.Format) throws -> Bitmap {
        _ = quiet
        let image = bytes.withUnsafeBytes { raw -> gdImagePtr? in
            // gd only reads through this pointer; its signature merely forgets to say so.
            let data = UnsafeMutableRawPointer(mutating: raw.baseAddress)
            let size = Int32(raw.count)
            return switch format {
            case .jpeg: gdImageCreateFromJpegPtr(size, data)
            case .png: gdImageCreateFromPngPtr(size, data)
            case .webp: gdImageCreateFromWebpPtr(size, data)
            case .gif: gdImageCreateFromGifPtr(size, data)
            }
        }
        guard let image else { throw unreadable }
        return Bitmap(image)
    }

    /// gd prints what it thinks of damaged pictures to standard error, with bytes of the picture in it: not in our log.
    private static let quiet: Void = gdSetErrorMethod { _, _, _ in }

    /// An image of gd, freed with the last reference to it, so on every path out, also when one throws.
    private final class Bitmap {
        private let image: gdImagePtr

        init(_ image: gdImagePtr) { self.image = image }

        deinit { gdImageDestroy(image) }

        var width: Int { Int(image.pointee.sx) }
        var height: Int { Int(image.pointee.sy) }

        /// An empty true-colour image; refuses when there is no memory for it.
        convenience init(width: Int, height: Int) throws {
            guard let image = gdImageCreateTrueColor(Int32(width), Int32(height)) else { throw unreadable }
            self.init(image)
        }

        /// A copy on white whose longer side is at most `side`; never larger than this one.
        func reduced(to side: Int) throws -> Bitmap {
            let scale = min(1, Double(side) / Double(max(width, height)))
            let copy = try Bitmap(
                width: max(1, Int((Double(width) * scale).rounded())),
                height: max(1, Int((Double(height) * scale).rounded())))
            let (w, h) = (Int32(copy.width), Int32(copy.height))
            gdImageFilledRectangle(copy.image, 0, 0, w - 1, h - 1, 0xFFFFFF)
            gdImageAlphaBlending(copy.image, 1)
            if copy.width == width, copy.height == height {
                gdImageCopy(copy.image, image, 0, 0, 0, 0, w, h)
            } else {
                gdImageCopyResampled(copy.image, image, 0, 0, 0, 0, w, h, Int32(width), Int32(height))
            }
            return copy
        }

        /// This image as it should be seen, given its EXIF orientation (1…8).
        func turned(upright orientation: Int) throws -> Bitmap {
            guard orientation != 1 else { return self }
            let (right, bottom) = (Int32(width - 1), Int32(height - 1))
            let turned = orientation >= 5
                ? try Bitmap(width: height, height: width) : try Bitmap(width: width, height: height)
            for y in 0..<Int32(turned.height) {
                for x in 0..<Int32(turned.width) {
                    let (fromX, fromY) = switch orientation {
                    case 2: (right - x, y)
                    case 3: (right - x, bottom - y)
                    case 4: (x, bottom - y)
                    case 5: (y, x)
                    case 6: (y, bottom - x)
                    case 7: (right - y, bottom - x)
                    case 8: (right - y, x)
                    default: (x, y)
                    }
                    gdImageSetPixel(turned.image, x, y, gdImageGetTrueColorPixel(image, fromX, fromY))
                }
            }
            return turned
        }

        func jpeg(quality: Int32) throws -> [UInt8] {
            var size: Int32 = 0
            guard let data = gdImageJpegPtr(image, &size, quality) else { throw unreadable }
            defer { gdFree(data) }
            return [UInt8](UnsafeRawBufferPointer(start: data, count: Int(max(0, size))))
        }

        func png() throws -> [UInt8] {
            var size: Int32 = 0
            guard let data = gdImagePngPtr(image, &size) else { throw unreadable }
            defer { gdFree(data) }
            return [UInt8](UnsafeRawBufferPointer(start: data, count: Int(max(0, size))))
        }
    }
}
