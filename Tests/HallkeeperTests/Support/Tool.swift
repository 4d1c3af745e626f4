import Foundation
import Testing

/// A program of the system that looks at what ours made: poppler for PDF, zbar for codes.
enum Tool {
    /// What it prints; a test that needs it fails and says so where it is not installed (bin/setup --tests).
    static func run(_ name: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [name] + arguments
        let out = Pipe()
        process.standardOutput = out
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: said(through: out), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(name) \(arguments.joined(separator: " ")) ended with \(process.terminationStatus)")
        return text
    }

    /// All that comes through a pipe. Foundation's own reading ends the whole run when a signal interrupts it; this asks again.
    static func said(through pipe: Pipe) -> [UInt8] {
        var (all, part): ([UInt8], [UInt8]) = ([], Array(repeating: 0, count: 1 << 16))
        while true {
            let count = read(pipe.fileHandleForReading.fileDescriptor, &part, part.count)
            if count > 0 { all += part[..<count] } else if count == 0 || errno != EINTR { return all }
        }
    }

    /// A folder for one test, removed after it.
    static func inFolder<T>(_ body: (URL) throws -> T) throws -> T {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hallkeeper-tool-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }
}

/// A page as grey pixels, read from a PGM file.
struct GreyPage {
    let width: Int
    let height: Int
    private let pixels: [UInt8]
    let dotsAnInch: Double

    init(_ bytes: [UInt8], dotsAnInch: Double) throws {
        // P5, width, height, 255, then the pixels.
        var (numbers, at): ([Int], Int) = ([], 2)
        while numbers.count < 3 {
            while at < bytes.count, !(0x30...0x39).contains(bytes[at]) { at += 1 }
            let start = at
            while at < bytes.count, (0x30...0x39).contains(bytes[at]) { at += 1 }
            numbers.append(try #require(Int(String(decoding: bytes[start..<at], as: UTF8.self))))
        }
        (width, height, self.dotsAnInch) = (numbers[0], numbers[1], dotsAnInch)
        pixels = Array(bytes[(at + 1)...])
        try #require(pixels.count == width * height)
    }

    /// What is dark within a box of the page, all in millimetres: left, top, right, bottom.
    func ink(left: Double, top: Double, right: Double, bottom: Double) -> (left: Double, top: Double, right: Double, bottom: Double)? {
        let dot = 25.4 / dotsAnInch
        func clamp(_ mm: Double, _ most: Int) -> Int { max(0, min(most, Int((mm / dot).rounded()))) }
        var found: (Int, Int, Int, Int)?
        for y in clamp(top, height)..<clamp(bottom, height) {
            for x in clamp(left, width)..<clamp(right, width) where pixels[y * width + x] < 128 {
                let old = found ?? (x, y, x, y)
                found = (min(old.0, x), min(old.1, y), max(old.2, x), max(old.3, y))
            }
        }
        return found.map { (Double($0.0) * dot, Double($0.1) * dot, Double($0.2 + 1) * dot, Double($0.3 + 1) * dot) }
    }
}
