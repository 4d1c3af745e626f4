import Foundation
import Regulation
import Store
import WorkCalendar

/// The notices that ship with the program: 2018 to 2026, inside the binary.
package enum ShippedCalendars {
    static func texts() throws -> [String] {
        Embedded.files.filter { $0.key.count == 9 && $0.key.hasSuffix(".yaml") && $0.key.prefix(4).allSatisfy(\.isNumber) }
            .sorted { $0.key < $1.key }.map(\.value)
    }

    package static func layers() throws -> [CalendarLayer] {
        try texts().map { try CalendarNotice(parsing: $0).layer(author: "Hallkeeper", reason: "State Council", addedAt: nil, level: .national) }
    }
}

/// A pack's folder, read into names and texts; only commands read it, the server never does.
package enum PackFolder {
    /// Refuses a folder that is not there, or without `company.yaml`.
    package static func read(_ path: String) throws -> [PackFile] {
        let root = URL(fileURLWithPath: path).standardizedFileURL
        var files: [PackFile] = []
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: root.path)) ?? []
        for name in names.sorted() where name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
            guard let text = try? String(contentsOf: root.appending(path: name), encoding: .utf8) else { continue }
            files.append(PackFile(name: name, text: text))
        }
        if files.isEmpty { throw ProgramError("no pack at \(path): a folder with company.yaml is expected") }
        return files
    }

    /// The folder of packs beside the program, or in the folder one stands in.
    private static var root: URL? {
        let binary = URL(fileURLWithPath: CommandLine.arguments.first ?? "").deletingLastPathComponent()
        return [URL(fileURLWithPath: "packs"), binary.appending(path: "packs"), binary.appending(path: "../../../packs"), binary.appending(path: "../../packs")]
            .first { FileManager.default.fileExists(atPath: $0.appending(path: "guangan/company.yaml").path) }
    }

    /// Names of the packs that lie beside the program, in order.
    static var shelf: [String] {
        guard let root else { return [] }
        return ((try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []).sorted().filter {
            FileManager.default.fileExists(atPath: root.appending(path: $0).appending(path: "company.yaml").path)
        }
    }

    /// Where a pack of the shelf lies.
    static func path(of name: String) -> String { (root ?? URL(fileURLWithPath: "packs")).appending(path: name).path }

    /// The shipped pack.
    package static func shipped() throws -> [PackFile] {
        guard root != nil else { throw ProgramError("the shipped pack is not here: give --pack DIR") }
        return try read(path(of: "guangan"))
    }
}

/// An error for whoever uses the command line, in one sentence.
package struct ProgramError: Error, CustomStringConvertible {
    package let description: String
    /// Whether another process holds the data.
    package let isHeld: Bool
    package init(_ description: String, isHeld: Bool = false) { (self.description, self.isHeld) = (description, isHeld) }
}
