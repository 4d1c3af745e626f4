import GRDBSQLite
import Store
import Synchronization

/// What a disk may do to a database, and what the writer then does: goes on when the disk does again, or stops for good.
/// After a failed fsync the system forgets which pages it could not write and says of the next fsync that all is well;
/// whoever tries again claims what is not so.
final class SQLiteTrouble: Sendable {
    private let reason = Mutex<String?>(nil)
    /// How many pages the log had after the last commit. Told by SQLite on the writer's thread.
    private let log = Atomic<Int>(0)
    private let tryAgain = Mutex<ContinuousClock.Instant?>(nil)
    /// 16 MiB: a page changed again and again is then written to the file once for many times.
    private static let longLog = 4000

    /// Why nothing is written any more; nil while all is well.
    var why: String? { reason.withLock { $0 } }

    /// Writes no more. Gives whether this was the first time.
    func stop(_ why: String) -> Bool {
        reason.withLock { reason in
            defer { reason = reason ?? why }
            return reason == nil
        }
    }

    /// Takes the place of SQLite's own checkpoints, whose failures nobody hears of.
    func watchLog(of handle: OpaquePointer) {
        sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                if let context { Unmanaged<SQLiteTrouble>.fromOpaque(context).takeUnretainedValue().log.store(Int(pages), ordering: .relaxed) }
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Whether it is time for a checkpoint; after one that failed a second is waited.
    var isLogLong: Bool {
        guard log.load(ordering: .relaxed) >= Self.longLog else { return false }
        return tryAgain.withLock { $0.map { $0 <= .now } ?? true }
    }

    /// Brings what can be brought from the log into the file, waiting for nobody. Gives what failed.
    func checkpoint(_ handle: OpaquePointer) -> Fault? {
        var (inLog, done): (Int32, Int32) = (0, 0)
        let code = sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, &inLog, &done)
        let isDone = code == SQLITE_OK && inLog == done
        if isDone { log.store(0, ordering: .relaxed) }
        guard code != SQLITE_OK, code & 0xFF != SQLITE_BUSY else { return nil }
        tryAgain.withLock { $0 = .now + .seconds(1) }
        return Self.failed(handle)
    }

    /// Why a checkpoint did not come to its end.
    private static func failed(_ handle: OpaquePointer) -> Fault {
        let exact = sqlite3_extended_errcode(handle)
        let kind = exact & 0xFF == SQLITE_BUSY ? Fault.Kind.busy : isUnsynced(exact) ? .unsynced : kind(exact) ?? .other
        return Fault(kind, "checkpoint: \(String(cString: sqlite3_errmsg(handle))) (\(exact))")
    }

    /// Brings all of the log into the file and makes it empty; `Fault(.busy)` when somebody still reads from it after five seconds.
    func empty(_ handle: OpaquePointer) -> Fault? {
        guard sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil) == SQLITE_OK else { return Self.failed(handle) }
        log.store(0, ordering: .relaxed)
        return nil
    }

    /// Whether an error means that something written may never reach the disk: SQLITE_IOERR_FSYNC, SQLITE_IOERR_DIR_FSYNC.
    static func isUnsynced(_ code: Int32) -> Bool { code == 10 | 4 << 8 || code == 10 | 5 << 8 }

    /// What kind of trouble with the disk an error is; nil when it is none.
    static func kind(_ code: Int32) -> Fault.Kind? {
        switch code & 0xFF {
        case SQLITE_FULL: .full
        case SQLITE_READONLY, SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_PERM: .disk
        case SQLITE_CORRUPT, SQLITE_NOTADB: .damaged
        default: nil
        }
    }
}
