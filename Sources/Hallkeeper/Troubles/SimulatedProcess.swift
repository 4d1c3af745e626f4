import Logging
import Store
import Synchronization
import WorkCalendar

/// One process of the program in a simulated world: its own memory and its own clock on the wall, over the common database.
final class SimulatedProcess: Sendable {
    let number: Int
    let hall: Hallkeeper
    let store: TroubledStore
    let clock: WallClock

    init(_ number: Int, store: TroubledStore, clock: WallClock, known: KnownPacks, chance seed: UInt64) {
        (self.number, self.store, self.clock) = (number, store, clock)
        hall = Self.hall(store, clock, known, seed)
    }

    /// A program with chance from a seed and no voice.
    static func hall(_ store: any Store, _ clock: any Clock, _ known: KnownPacks, _ seed: UInt64) -> Hallkeeper {
        let source = Mutex(Chance(seed: seed))
        let bytes: @Sendable (Int) -> [UInt8] = { count in
            source.withLock { source in (0..<count).map { _ in UInt8(truncatingIfNeeded: source.next()) } }
        }
        var log = Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }
        log.logLevel = .critical
        return Hallkeeper(store: store, blobs: Blobs(store: store), clock: clock, ids: Program.ids(bytes), chance: bytes, log: log, known: known)
    }
}
