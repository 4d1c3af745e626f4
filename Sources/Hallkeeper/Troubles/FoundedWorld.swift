import Foundation
import Regulation
import Store
import StoreSQLite
import WorkCalendar

/// A utility founded once, of which each seed gets a copy: founding is the same for all.
struct FoundedWorld: Sendable {
    let day: Day
    let world: World
    let files: [PackFile]
    /// The same rulebook in its next edition: a shorter first contact, and no rule about promises any more.
    let nextFiles: [PackFile]
    let nextPack: Pack
    let known = KnownPacks()
    /// The notice of the year, which comes with the founding or late.
    let notice: String
    private let path: String

    /// Before the autumn holidays, before the spring festival: deadlines of days cross days off and make-up days.
    static let days = ["2026-09-22", "2026-02-09", "2026-04-29"].compactMap { Day($0) }

    /// Founds `halls` halls on the eve of `day`, without the notice of its year.
    init(halls: Int, on day: Day, files: [PackFile], in folder: URL) async throws {
        self.day = day
        self.files = files
        path = folder.appending(path: "founded-\(day)-\(halls).sqlite").path
        let texts = try ShippedCalendars.texts()
        let isOurs = { (text: String) in text.contains("year: \(day.year)") }
        notice = texts.first(where: isOurs) ?? ""
        nextFiles = Self.next(files)
        guard let pack = PackReader.read(nextFiles).pack else { throw PackMistakes(mistakes: PackReader.read(nextFiles).mistakes) }
        nextPack = pack
        let store = try SQLiteStore(path: path, durability: .none)
        try await store.migrate(try Hallkeeper.migrations)
        let time = SimulatedTime(Zone.shanghai.instant(day, minute: 0).adding(minutes: -60))
        let hall = SimulatedProcess.hall(store, time, known, 17)
        var founder = WorldFounder(hall: hall, files: files, notices: texts.filter { !isOurs($0) }, starts: day, chance: Chance(seed: 18))
        world = try await founder.found(halls: halls, at: time.now)
        hall.credentials.stop()
        await store.close()
    }

    /// A database of its own with everything that was founded.
    func copy(to file: String) throws -> SQLiteStore {
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.copyItem(atPath: path + suffix, toPath: file + suffix)
        }
        return try SQLiteStore(path: file, durability: .none)
    }

    private static func next(_ files: [PackFile]) -> [PackFile] {
        files.map { file in
            var text = file.text
            if file.name == "company.yaml" { text = text.replacing("edition: \"2026.1\"", with: "edition: \"2026.2\"") }
            if file.name.hasPrefix("rules/") {
                text = text.replacing("due: 45 min\n", with: "due: 40 min\n")
                if let start = text.range(of: "  - id: promise-kept\n")?.lowerBound, let end = text[start...].dropFirst(8).range(of: "  - id: ")?.lowerBound {
                    text.removeSubrange(start..<end)
                }
            }
            return PackFile(name: file.name, text: text)
        }
    }
}
