import Foundation
import Store
import StoreSQLite
import Synchronization
import Testing

/// What a disk may do to the file and its log.
@Suite struct TroubleTests {
    private func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hallkeeper-trouble-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private func store(_ folder: URL) async throws -> SQLiteStore {
        let store = try SQLiteStore(path: folder.appending(path: "a.sqlite").path)
        try await store.script("create table if not exists t (a integer primary key, b blob not null)", name: "", checksum: "")
        return store
    }

    /// How often each body ran.
    private final class Runs: Sendable {
        private let kept = Mutex([Int: Int]())
        var counts: [Int: Int] { kept.withLock { $0 } }
        func ran(_ number: Int) { kept.withLock { $0[number, default: 0] += 1 } }
    }

    @Test func `no room is told as that; what has room by itself is kept`() async throws {
        let store = try await store(try folder())
        try await store.script("PRAGMA max_page_count = 40", name: "", checksum: "")
        let kept = await withTaskGroup(of: Fault.Kind?.self) { group in
            for number in 0..<40 {
                let bytes = [UInt8](repeating: 7, count: number % 10 == 3 ? 400_000 : 10)
                group.addTask {
                    do {
                        _ = try await store.write { tx in try tx.run("insert into t (a, b) values (\(number), \(bytes))") }
                        return nil
                    } catch { return (error as? Fault)?.kind ?? .other }
                }
            }
            return await group.reduce(into: [Fault.Kind?]()) { $0.append($1) }
        }
        #expect(kept.filter { $0 == nil }.count == 36 && kept.filter { $0 == .full }.count == 4)
        let count = try await store.read { tx in try tx.one("select count(*) as n from t")?.int("n") }
        #expect(count == 36)
        await store.close()
    }

    @Test func `who fails after writing is taken back whole and takes nobody with them; who fails before writing costs nobody anything`() async throws {
        let store = try await store(try folder())
        struct Refused: Error {}
        let runs = Runs()
        let kept = await withTaskGroup(of: (Int, Bool).self) { group in
            for number in 0..<60 {
                group.addTask {
                    do {
                        try await store.write { tx in
                            runs.ran(number)
                            // So that others gather behind it.
                            if number == 0 { usleep(20_000) }
                            if number % 10 == 4 { throw Refused() }
                            _ = try tx.run("insert into t (a, b) values (\(number), \([UInt8]([1])))")
                            if number % 10 == 7 { throw Refused() }
                            if number % 10 == 8 { _ = try tx.run("insert into t (a, b) values (\(number), \([UInt8]([2])))") }
                        }
                        return (number, true)
                    } catch { return (number, false) }
                }
            }
            return await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
        }
        let wanted = (0..<60).filter { ![4, 7, 8].contains($0 % 10) }
        #expect(kept.filter(\.value).keys.sorted() == wanted)
        let rows = try await store.read { tx in try tx.rows("select a from t order by a").map { try Int($0.int("a")) } }
        #expect(rows == wanted)
        #expect(runs.counts.values.allSatisfy { $0 <= 2 } && runs.counts.count == 60)
        await store.close()
    }

    @Test func `a batch nobody of whom fails after writing runs once`() async throws {
        let store = try await store(try folder())
        struct Refused: Error {}
        let runs = Runs()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                group.addTask {
                    try? await store.write { tx in
                        runs.ran(number)
                        if number % 3 == 0 { throw Refused() }
                        _ = try tx.run("insert into t (a, b) values (\(number), \([UInt8]([1])))")
                    }
                }
            }
        }
        let count = try await store.read { tx in try tx.one("select count(*) as n from t")?.int("n") }
        #expect(count == 40 && runs.counts.values.allSatisfy { $0 == 1 } && runs.counts.count == 60)
        await store.close()
    }

    @Test func `a log whose earlier commits were damaged is refused; a torn end is not`() async throws {
        let own = try folder()
        let store = try await store(own)
        var ends: [Int] = []
        let log = own.appending(path: "a.sqlite-wal")
        for number in 0..<12 {
            _ = try await store.write { tx in try tx.run("insert into t (a, b) values (\(number), \([UInt8](repeating: UInt8(number), count: 6000)))") }
            ends.append(try Data(contentsOf: log).count)
        }
        let (database, whole) = (try Data(contentsOf: own.appending(path: "a.sqlite")), try Data(contentsOf: log))
        await store.close()
        func opens(_ log: Data) async throws -> Bool {
            let copy = try folder()
            try database.write(to: copy.appending(path: "a.sqlite"))
            try log.write(to: copy.appending(path: "a.sqlite-wal"))
            defer { try? FileManager.default.removeItem(at: copy) }
            do {
                await (try SQLiteStore(path: copy.appending(path: "a.sqlite").path)).close()
                return true
            } catch let fault as Fault where fault.kind == .damaged {
                #expect(fault.detail.contains("a.sqlite-wal"))
                return false
            }
        }
        #expect(try await opens(whole))
        for at in stride(from: 1, to: ends[10], by: 977) {
            var damaged = whole
            damaged[at] ^= 16
            // The two sums of the header and the salts inside it guard it; everything else is a frame's.
            #expect(try await !opens(damaged), "byte \(at)")
        }
        for at in stride(from: ends[10] + 30, to: ends[11], by: 3011) {
            var torn = whole
            torn[at] ^= 16
            #expect(try await opens(torn), "byte \(at) of the last commit")
        }
        for length in [0, 10, 32, 40, ends[4] - 100, ends[5] + 1] { #expect(try await opens(whole.prefix(length)), "cut at \(length)") }
        #expect(try await opens(Data(repeating: 0, count: 9000)))
    }

    @Test func `a page that is none any more is told with the name of its file, by whoever reads and whoever writes`() async throws {
        let own = try folder()
        let made = try await store(own)
        for number in 0..<40 { _ = try await made.write { tx in try tx.run("insert into t (a, b) values (\(number), \([UInt8](repeating: 1, count: 3000)))") } }
        await made.close()
        let file = own.appending(path: "a.sqlite")
        // From the log into the file: what stands in a log has sums of its own.
        try SQLiteCopy.settle(file.path)
        var bytes = try Data(contentsOf: file)
        // What a page is stands in its first byte.
        for page in stride(from: 4096, to: bytes.count, by: 4096) { bytes[page] ^= 16 }
        try bytes.write(to: file)
        let store = try SQLiteStore(path: file.path)
        let read = await #expect(throws: Fault.self) { try await store.read { tx in try tx.rows("select b from t") } }
        let written = await #expect(throws: Fault.self) { try await store.write { tx in try tx.run("update t set b = \([UInt8]([2]))") } }
        for fault in [read, written] { #expect(fault?.kind == .damaged && fault?.detail.contains("a.sqlite: ") == true, "\(fault.map { "\($0)" } ?? "-")") }
        await store.close()
        try FileManager.default.removeItem(at: own)
    }
}
