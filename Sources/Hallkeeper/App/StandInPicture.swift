import CGD

/// A plain picture of one colour: what a simulation takes for a photo.
enum StandInPicture {
    static func jpeg(_ colour: Int32) throws -> [UInt8] {
        guard let image = gdImageCreateTrueColor(160, 120) else { throw Refusal.busy }
        defer { gdImageDestroy(image) }
        gdImageFilledRectangle(image, 0, 0, 160, 120, colour)
        gdImageFilledRectangle(image, 20, 70, 140, 100, 0xE4E0D8)
        var size: Int32 = 0
        guard let data = gdImageJpegPtr(image, &size, 80) else { throw Refusal.busy }
        defer { gdFree(data) }
        return Array(UnsafeRawBufferPointer(start: data, count: Int(size)))
    }
}
