import Foundation
import Testing
import WorkCalendar

@testable import Regulation

/// The two packs that are shipped, as they stand in the repository.
enum ShippedPack {
    static func files(_ name: String) throws -> [PackFile] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("packs/\(name)").resolvingSymlinksInPath()
        let paths = try #require(FileManager.default.enumerator(atPath: root.path)).compactMap { $0 as? String }
        return try paths.filter { $0.hasSuffix(".yaml") }.map { path in
            PackFile(name: path, text: try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8))
        }
    }
}

@Suite struct ShippedPackTests {
    @Test(arguments: ["guangan", "library"])
    func `a shipped pack has no mistakes at all`(name: String) throws {
        let (pack, mistakes) = PackReader.read(try ShippedPack.files(name))
        #expect(mistakes.map(\.description) == [])
        #expect(pack?.company.pack == name)
    }
}
