import Foundation
import Logging
import Store
import StoreSQLite
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct BackupTests {
    /// A data folder with a program on it: rows, and photos that rows name.
    private struct House {
        let root = FileManager.default.temporaryDirectory.appending(path: "backup-\(UUID().uuidString)")
        var data: URL { root.appending(path: "data") }
        var shelf: BackupShelf { BackupShelf(folder: root.appending(path: "shelf")) }
        let hall: Hallkeeper
        static let now = TestWorld.at(9)

        init() async throws {
            let configuration = Configuration(flags: ["data": root.appending(path: "data").path], environment: [:])
            let (store, blobs) = try await Program.open(configuration)
            var log = Logger(label: "test") { StreamLogHandler.standardError(label: $0) }
            log.logLevel = .critical
            let nightly = NightlyBackup(data: root.appending(path: "data"), shelf: BackupShelf(folder: root.appending(path: "shelf")))
            hall = Hallkeeper(
                store: store, blobs: blobs, clock: StandingClock(Self.now), ids: Program.ids(Program.chance), chance: Program.chance,
                backups: nightly, log: log)
            try await hall.act(by: .clock, at: Self.now) { act in
                _ = try PlaceActs(act: act).found(kind: "company", parent: "", code: "c", name: Text("公司", "Company"), starts: TestWorld.monday)
            }
        }

        /// A photo first, then the row that names it, as the program does.
        func act(_ number: Int) async throws {
            let photo = try await hall.blobs.keep(Array("photo \(number)".utf8), media: "image/jpeg", at: Self.now)
            try await hall.act(by: .clock, at: Self.now) { act in
                try act.enter(Event(kind: "finding.opened", at: act.now), at: "p")
                try act.act.keep(Finding(place: "p", id: "f\(number)", record: "", form: "", point: "", clause: "", severity: "minor", note: "", photos: photo, by: "", at: act.now))
            }
        }

        func close() async {
            hall.credentials.stop()
            await hall.blobs.store.close()
            await hall.store.close()
        }

        func restored(_ backup: Backup, _ name: String = UUID().uuidString) async throws -> Restoring.Outcome {
            try await Restoring(from: backup.folder, data: root.appending(path: name)).run()
        }
    }

    private func sentence(_ body: () async throws -> Void) async -> String {
        do {
            try await body()
            return ""
        } catch { return Program.sentence(of: error) }
    }

    @Test func `backups taken while acts go on are whole and hold every act that was answered before they began`() async throws {
        let house = try await House()
        let writer = Task {
            var number = 0
            while !Task.isCancelled {
                try await house.act(number)
                number += 1
            }
        }
        for _ in 0..<5 {
            let before = try await house.hall.store.read { tx in Int(try tx.one("select count(*) as n from entry")?.int("n") ?? 0) }
            let (backup, note) = try await house.shelf.take(of: house.data, at: House.now)
            #expect(note.entries >= before)
            let outcome = try await house.restored(backup)
            #expect(outcome.found.entries == note.entries)
            #expect(outcome.found.photos >= note.entries - 2)
            #expect(outcome.found.heads == note.heads)
        }
        writer.cancel()
        _ = try? await writer.value
        #expect(house.shelf.all().count == 5)
        #expect(try FileManager.default.contentsOfDirectory(atPath: house.shelf.folder.path).allSatisfy { $0.hasPrefix(Backup.prefix) })
        await house.close()
    }

    @Test func `what a restore makes can be served, and nothing is restored over something`() async throws {
        let house = try await House()
        try await house.act(1)
        let (backup, _) = try await house.shelf.take(of: house.data, at: House.now)
        _ = try await house.restored(backup, "new")
        let (store, blobs) = try await Program.open(Configuration(flags: ["data": house.root.appending(path: "new").path], environment: [:]))
        #expect(try await Program.ledger(store).verify().isEmpty)
        #expect(try await store.read { tx in try tx.rows("select id from finding").count } == 1)
        await blobs.store.close()
        await store.close()
        #expect(await sentence { _ = try await house.restored(backup, "new") }.contains("is not empty"))
        #expect(await sentence { _ = try await Restoring(from: house.root, data: house.root.appending(path: "x")).run() }.contains("no backup at"))
        await house.close()
    }

    @Test(arguments: ["file of a case", "floor plan", "reference photo"]) func `whatever names a picture that is not there is found, not only rounds`(_ what: String) async throws {
        let house = try await House()
        let hash = try await house.hall.blobs.keep(Array("picture".utf8), media: "image/jpeg", at: House.now)
        try await house.hall.act(by: .clock, at: House.now) { act in
            try act.enter(Event(kind: "test.kept", at: act.now), at: "p")
            switch what {
            case "file of a case":
                var step = ComplaintStep()
                (step.place, step.id, step.files) = ("p", "s", hash)
                try act.act.keep(step)
            case "floor plan": try act.act.keep(FloorPlan(place: "p", id: "f", blob: hash, media: "image/jpeg", width: 1, height: 1, by: "", at: act.now))
            default: try act.act.keep(ReferencePhoto(place: "p", form: "f", point: "x", hash: hash, by: "", at: act.now))
            }
        }
        _ = try await house.shelf.take(of: house.data, at: House.now)
        _ = try await house.hall.blobs.store.write { tx in try tx.run("delete from blob where hash = \(hash)") }
        let said = await sentence { _ = try await house.shelf.take(of: house.data, at: House.now.adding(minutes: 1)) }
        #expect(said.contains("is missing, a row of"))
        await house.close()
    }

    @Test func `a photo taken away, an altered byte and a zeroed page are each reported, and nothing is left behind`() async throws {
        let house = try await House()
        for number in 0..<20 { try await house.act(number) }
        let (backup, note) = try await house.shelf.take(of: house.data, at: House.now)
        // As an attacker or a careless hand would: the note is made to fit the damaged file, so that only the contents can betray it.
        func damaged(_ file: String, fitting: Bool, _ damage: (URL) async throws -> Void) async throws -> String {
            let copy = Backup(folder: house.root.appending(path: "damaged-\(UUID().uuidString)"))
            try FileManager.default.copyItem(at: backup.folder, to: copy.folder)
            try await damage(copy.folder.appending(path: file))
            if fitting {
                var other = note
                other.files[file] = try Durable.hash(copy.folder.appending(path: file))
                try Data(other.json.canonical).write(to: copy.folder.appending(path: Backup.note))
            }
            let target = house.root.appending(path: "target-\(UUID().uuidString)")
            let said = await sentence { _ = try await Restoring(from: copy.folder, data: target).run() }
            let left = (try? FileManager.default.contentsOfDirectory(atPath: target.path)) ?? []
            #expect(left.isEmpty == !said.isEmpty)
            return said
        }
        func sql(_ text: String) -> (URL) async throws -> Void {
            { url in
                let store = try SQLiteStore(path: url.path, durability: .none)
                try await store.script(text, name: "", checksum: "")
                await store.close()
                try SQLiteCopy.settle(url.path)
            }
        }
        func zeroed(_ page: Int) -> (URL) async throws -> Void {
            { url in
                let file = try FileHandle(forUpdating: url)
                try file.seek(toOffset: UInt64(page) * 4096)
                try file.write(contentsOf: Data(count: 4096))
                try file.close()
            }
        }
        let gone = try await damaged(Backup.photos, fitting: true, sql("delete from blob where hash = (select min(hash) from blob);"))
        #expect(gone.contains("is missing, a row of finding names it"))
        let altered = try await damaged(Backup.photos, fitting: true, sql("update blob set bytes = x'00' where hash = (select min(hash) from blob);"))
        #expect(altered.contains("was altered"))
        let row = try await damaged(Backup.database, fitting: true, sql("update finding set note = 'x' where id = 'f3';"))
        #expect(row.contains("differs from the ledger"))
        for page in [1, 4, 9] {
            #expect(try await damaged(Backup.database, fitting: false, zeroed(page)).contains("is not what was backed up"))
            #expect(try await damaged(Backup.database, fitting: true, zeroed(page)) != "")
        }
        #expect(try await damaged(Backup.database, fitting: true, { _ in }) == "", "the control: nothing was damaged")
        await house.close()
    }

    @Test func `a copy made the wrong way is recognised, and one of a closed database is none`() async throws {
        let house = try await House()
        try await house.act(1)
        func copy(_ names: [String], to name: String) throws -> Configuration {
            let target = house.root.appending(path: name)
            try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
            for name in names { try FileManager.default.copyItem(at: house.data.appending(path: name), to: target.appending(path: name)) }
            return Configuration(flags: ["data": target.path], environment: [:])
        }
        let files = ["hallkeeper.sqlite", "photos.sqlite"]
        let logs = files.map { $0 + "-wal" }
        let alone = try copy(files, to: "alone")
        let withLogs = try copy(files + logs, to: "with-logs")
        let everything = try copy(files + logs + files.map { $0 + ".open" }, to: "everything")
        for configuration in [alone, withLogs, everything] {
            #expect(await sentence { _ = try await Program.open(configuration) }.contains("was copied while the program had it open"))
        }
        // With its log it is whole after all: restoring looks through it and says what it is.
        let outcome = try await Restoring(from: house.root.appending(path: "with-logs"), data: house.root.appending(path: "looked")).run()
        #expect(outcome.note == nil)
        #expect(outcome.found.problems.isEmpty)
        await house.close()
        for configuration in [try copy(files, to: "closed"), Configuration(flags: ["data": house.data.path], environment: [:])] {
            let (store, blobs) = try await Program.open(configuration)
            #expect(try await Program.ledger(store).verify().isEmpty)
            await blobs.store.close()
            await store.close()
        }
        let bare = try copy(["hallkeeper.sqlite"], to: "bare")
        #expect(await sentence { _ = try await Program.open(bare) }.contains("without its photos"))
    }

    @Test func `the newest of each day, week and month are kept, and the newest of all`() throws {
        let shelf = BackupShelf(folder: FileManager.default.temporaryDirectory.appending(path: "shelf-\(UUID().uuidString)"))
        var day = try #require(Day("2026-01-01"))
        for _ in 0..<120 {
            for time in ["020000", "120000"] {
                try FileManager.default.createDirectory(at: shelf.folder.appending(path: "\(Backup.prefix)\(day)T\(time)"), withIntermediateDirectories: true)
            }
            day = day.adding(days: 1)
        }
        _ = try shelf.rotate(.init(daily: 3, weekly: 2, monthly: 3))
        // Thursday 30 April: three days, the Sunday before (the week's newest), and the ends of March and February.
        #expect(shelf.all().map { $0.folder.lastPathComponent.dropFirst(Backup.prefix.count) } == [
            "2026-04-30T120000", "2026-04-29T120000", "2026-04-28T120000", "2026-04-26T120000", "2026-03-31T120000", "2026-02-28T120000",
        ])
        _ = try shelf.rotate(.init(daily: 0, weekly: 0, monthly: 0))
        #expect(shelf.all().count == 1)
    }

    @Test func `each night makes one backup and proves it; a failure is entered once and stands until one succeeds`() async throws {
        let house = try await House()
        let nightly = try #require(house.hall.backups)
        func entries(_ kind: String) async throws -> Int {
            try await house.hall.store.read { tx in try tx.rows("select id from entry where kind = \(kind)").count }
        }
        try await nightly.run(house.hall, at: TestWorld.at(1))
        #expect(house.shelf.all().isEmpty)
        for hour in [2, 3, 23] { try await nightly.run(house.hall, at: TestWorld.at(hour)) }
        #expect(house.shelf.all().count == 1)
        #expect(try await entries("backup.proven") == 1)
        // A row changed behind the ledger's back: the next night's backup is none.
        try await house.act(1)
        _ = try await house.hall.store.write { tx in try tx.run("update finding set note = 'x'") }
        let next = TestWorld.monday.adding(days: 1)
        for hour in [2, 3] { await #expect(throws: ProgramError.self) { try await nightly.run(house.hall, at: TestWorld.at(hour, day: next)) } }
        #expect(nightly.lastFailure?.contains("differs from the ledger") == true)
        #expect(try await entries("backup.failed") == 1)
        #expect(house.shelf.all().count == 1)
        _ = try await house.hall.store.write { tx in try tx.run("update finding set note = ''") }
        try await nightly.run(house.hall, at: TestWorld.at(4, day: next))
        #expect(nightly.lastFailure == nil)
        #expect(house.shelf.all().count == 2)
        #expect(try FileManager.default.contentsOfDirectory(atPath: house.shelf.folder.path).count == 2)
        await house.close()
    }
}
