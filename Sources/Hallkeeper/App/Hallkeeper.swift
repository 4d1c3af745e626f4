import Foundation
import Logging
import Regulation
import Store
import StorePostgres
import StoreSQLite
import Synchronization
import WorkCalendar

/// The program: everything there is, wired once, handed down. No globals.
final class Hallkeeper: Sendable {
    let store: any Store
    let blobs: Blobs
    let ledger: Ledger
    let clock: any Clock
    let ids: IDs
    let chance: @Sendable (Int) -> [UInt8]
    let standing: StandingShelf
    let packs: PackShelf
    let calendars: CalendarShelf
    let tree: TreeShelf
    let scores = ScoreShelf()
    let duties: DutyShelf
    let credentials: Credentials
    let darkroom = Darkroom()
    let hub = Hub()
    /// What is counted against floods and guesses, with all processes on the same database.
    let limits = RateLimits()
    let timers = Timers()
    let fence = Fence()
    /// Tells this process from the others on its database.
    let mark: String
    let metrics: Metrics
    let vitals: Vitals
    let watchman: Watchman
    /// Takes notices out, and the server that takes those by mail, where the operator names one.
    let carrier: Carrier
    let mail: MailServer?
    /// Requests a minute one token of another program has; 0: as many as it likes.
    let apiRate: Int
    let zone: Zone
    let log: Logger
    /// Signs the heads of the ledger's chains, where the operator keeps a key.
    let key: SigningKey?
    /// Where the operator has the nights' backups made.
    let backups: NightlyBackup?
    /// The one-time code of the set-up page, while the database is empty.
    private let code = Mutex<String?>(nil)
    var setUpCode: String? { code.withLock { $0 } }
    func openSetUp(_ code: String) { self.code.withLock { $0 = code } }

    init(
        store: any Store, blobs: Blobs, clock: any Clock, ids: IDs, chance: @escaping @Sendable (Int) -> [UInt8], zone: Zone = .shanghai,
        key: SigningKey? = nil, backups: NightlyBackup? = nil, log: Logger, metrics: Metrics = Metrics(),
        vitals: Vitals = Vitals(disk: Disk(folder: nil)), watchman: Watchman = Watchman(), reach: Reach = Reach(), mail: MailServer? = nil,
        apiRate: Int = 6000, known: KnownPacks = KnownPacks()
    ) {
        (carrier, self.mail, self.apiRate) = (Carrier(reach: reach), mail, apiRate)
        (self.metrics, self.vitals, self.watchman) = (metrics, vitals, watchman)
        let standing = StandingShelf()
        self.standing = standing
        (packs, calendars, tree) = (PackShelf(standing: standing, known: known), CalendarShelf(standing: standing), TreeShelf(standing: standing))
        // Of the system, not of the world: no fact depends on it.
        mark = Hash.hex(Program.chance(6))
        self.store = store
        self.blobs = blobs
        self.clock = clock
        self.ids = ids
        self.chance = chance
        self.zone = zone
        self.log = log
        self.key = key
        self.backups = backups
        let duties = DutyShelf(isAlone: store.engine == .sqlite)
        self.duties = duties
        ledger = Ledger(store: store, ids: ids, kept: Self.kept, chance: { Self.word(chance(8)) }, touched: { duties.touch($0) })
        credentials = Credentials(chance: chance)
    }

    private static func word(_ bytes: [UInt8]) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

    /// Every table that is kept by the ledger and can be rebuilt from it.
    static let kept: [any Kept.Type] = [
        Place.self, TraitRow.self, Closure.self, Person.self, RoleHolder.self, RosterLine.self, Qualification.self,
        PackVersion.self, PackText.self, PackForce.self, CalendarNoticeRow.self, EventRow.self, Duty.self, Record.self,
        Signature.self, Finding.self, Walk.self, TakenPhoto.self, OwnPoint.self, ReferencePhoto.self, RoundDraft.self, Patrol.self, PatrolPoint.self, TakenStep.self, Outgoing.self, Message.self, Fanout.self, Device.self,
        Label.self, FloorPlan.self, PlanMark.self, Item.self, Complaint.self, ComplaintUnit.self, ComplaintStep.self, Deputy.self, Customer.self, CustomerAccount.self, SavedView.self, CannedReply.self, Bulk.self, Bulk.Line.self, CustomersServed.self, CaseImport.self, PersonMail.self,
    ]

    static var migrations: [Migration] { get throws { try Migration.list(from: Embedded.files.filter { $0.key.hasSuffix(".sql") }) } }

    /// One act, one transaction, by somebody, at a moment. The closure may run more than once.
    @discardableResult
    func act<T: Sendable>(
        by actor: Actor, at now: Instant, key: IdempotencyKey? = nil,
        _ body: @escaping @Sendable (HallAct) throws -> T
    ) async throws -> T {
        let started = ContinuousClock.now
        do {
            let result = try await ledger.act(by: actor, at: now, key: key) { [self] act in try body(HallAct(act: act, hall: self)) }
            metrics.observe(.acts, "by=\"\(actor.text.prefix { $0 != ":" })\"", started.duration(to: .now).inSeconds)
            return result
        } catch {
            metrics.count(.refusals)
            throw error
        }
    }

    /// Leaves files that are whole in themselves; on PostgreSQL the photos stand in the same store.
    func close() async {
        carrier.stop()
        if (blobs.store as AnyObject) !== (store as AnyObject) { await blobs.store.close() }
        await store.close()
    }

    /// When a message of the ordinary class may arrive: at once inside the pack's send window, else when it opens next.
    func sendWindow(after moment: Instant, _ pack: PackInForce) -> Instant {
        guard let window = pack.pack.company.sendWindow else { return moment }
        let day = zone.day(of: moment)
        let minute = zone.minuteOfDay(moment)
        if window.contains(minute) { return moment }
        return zone.instant(minute < window.lowerBound ? day : day.adding(days: 1), minute: window.lowerBound)
    }
}
