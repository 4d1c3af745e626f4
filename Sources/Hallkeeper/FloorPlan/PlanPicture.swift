import WorkCalendar

/// A floor plan on its way in: a photo or scan drawn anew, or a drawing of which only harmless lines are kept.
struct PlanPicture: Sendable {
    var bytes: [UInt8]
    var media: String
    var width: Int
    var height: Int
    /// Parts of a drawing that were left out, because they could run, load or hide something.
    var leftOut = 0

    /// Enough for the fine lines of a plan printed on A3.
    static let longestSide = 3000
    /// A plan is a room, not a ribbon.
    static let mostAspect = 8

    /// Takes PNG, JPEG or SVG as the bytes themselves say. Refuses what is none of these, damaged or too large, in words.
    /// Slow (up to a second for a large scan): call it before the act, never inside.
    static func read(_ bytes: [UInt8]) throws -> PlanPicture {
        guard bytes.count <= Photo.mostBytes else {
            throw Refusal.tooLarge(Text("平面图超过 12 MB，请换一张小一些的。", "The plan is over 12 MB; please choose a smaller one."))
        }
        let picture: PlanPicture
        if let header = PictureHeader(bytes) { picture = try scanned(bytes, header) } else { picture = try HarmlessSVG.read(bytes) }
        guard max(picture.width, picture.height) <= mostAspect * min(picture.width, picture.height) else {
            throw Refusal.unsupported(Text("这张图太窄长，不像平面图。", "This picture is too long and narrow for a floor plan."))
        }
        return picture
    }

    private static func scanned(_ bytes: [UInt8], _ header: PictureHeader) throws -> PlanPicture {
        guard header.format == .png || header.format == .jpeg, header.width > 0, header.height > 0 else {
            throw Refusal.unsupported(Text("平面图要 PNG、JPEG 或 SVG。", "A floor plan is a PNG, JPEG or SVG file."))
        }
        guard header.width <= Photo.mostPixelsASide, header.height <= Photo.mostPixelsASide, header.width * header.height <= Photo.mostPixels else {
            throw Refusal.tooLarge(
                Text(
                    "平面图有 \(header.width) × \(header.height) 像素，太大了；最多 4000 万像素。",
                    "The plan has \(header.width) × \(header.height) pixels, too many: 40 million at most."))
        }
        let drawn = try Photo.redrawn(bytes, header, within: longestSide)
        return PlanPicture(
            bytes: drawn.bytes, media: header.format == .png ? "image/png" : "image/jpeg", width: drawn.width, height: drawn.height)
    }
}
