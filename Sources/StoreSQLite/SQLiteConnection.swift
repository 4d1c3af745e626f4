import GRDB
import GRDBSQLite
import Store

import struct Store.Row
import struct Store.SQL

/// Statements on one SQLite connection: prepared once, bound and stepped without a detour. Used by one thread at a time.
final class SQLiteConnection: Writing {
    let handle: OpaquePointer
    private let watch: StoreWatch
    private let isOwned: Bool
    let mayWrite: Bool
    private var statements: [String: Prepared] = [:]
    private var known: Standing.Numbers?
    private var asking: Prepared?
    /// How many statements that may write were run: the same before and after means that nothing was written.
    private(set) var writings = 0
    /// Lists in statements give them many shapes; that many are kept ready.
    private static let mostStatements = 600

    /// A statement with the names of its columns, read once.
    private final class Prepared {
        let pointer: OpaquePointer
        /// Whether it can change what seldom changes.
        let moves: Bool
        /// Whether it can change anything at all.
        let writes: Bool
        private var columns: Columns?
        private var turn: Int32 = 0
        var isBusy = false

        init(_ pointer: OpaquePointer, _ text: String) {
            (self.pointer, moves, writes) = (pointer, Standing.isMoved(by: text), sqlite3_stmt_readonly(pointer) == 0)
        }
        deinit { sqlite3_finalize(pointer) }

        /// SQLite prepares a statement anew when the tables changed; `select *` may then have other columns.
        func names() -> Columns {
            // SQLITE_STMTSTATUS_REPREPARE
            let now = sqlite3_stmt_status(pointer, 5, 0)
            if let columns, now == turn { return columns }
            let found = Columns((0..<sqlite3_column_count(pointer)).map { String(cString: sqlite3_column_name(pointer, $0)) })
            (columns, turn) = (found, now)
            return found
        }
    }

    /// Statements of its own on the connection of somebody else, who closes it after `forget`.
    init(on handle: OpaquePointer, watch: StoreWatch) {
        (self.handle, self.watch, isOwned, mayWrite) = (handle, watch, false, true)
    }

    /// Opens a file only for reading. `mapped`: its pages are the file's own in memory, none is copied; a disk that cannot be read
    /// then ends the program (SIGBUS).
    init(reading path: String, watch: StoreWatch, mapped: Bool = false) throws {
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let opened else {
            sqlite3_close_v2(opened)
            let message = "cannot open \(path) for reading: \(code)"
            throw Fault(SQLiteTrouble.kind(code) ?? .other, message)
        }
        sqlite3_busy_timeout(opened, 5000)
        // As much as SQLite maps at most, two gibibytes; what is beyond is read.
        if mapped { sqlite3_exec(opened, "PRAGMA mmap_size = 2147418112", nil, nil, nil) }
        (handle, self.watch, isOwned, mayWrite) = (opened, watch, true, false)
    }

    deinit {
        forget()
        if isOwned { sqlite3_close_v2(handle) }
    }

    /// Lets go of its statements.
    func forget() {
        asking = nil
        statements.removeAll()
    }

    private func prepared(_ text: String) throws -> Prepared {
        // One that is being stepped (a question asked inside the answer of the same one) is left alone.
        if let known = statements[text], !known.isBusy { return known }
        let statement = try prepare(text)
        if statements.count >= Self.mostStatements { statements.removeAll() }
        statements[text] = statement
        return statement
    }

    private func prepare(_ text: String) throws -> Prepared {
        var pointer: OpaquePointer?
        // SQLITE_PREPARE_PERSISTENT
        guard sqlite3_prepare_v3(handle, text, -1, 1, &pointer, nil) == SQLITE_OK, let pointer else { throw fault() }
        return Prepared(pointer, text)
    }

    /// Asked by every transaction, so without a detour over rows.
    func numbers() throws -> Standing.Numbers? {
        if let known { return known }
        let statement = try asking ?? prepare(Standing.question)
        asking = statement
        defer { sqlite3_reset(statement.pointer) }
        var found: [Int64] = []
        while true {
            switch sqlite3_step(statement.pointer) {
            case SQLITE_ROW: found.append(sqlite3_column_int64(statement.pointer, 0))
            case SQLITE_DONE:
                known = Standing.Numbers(found)
                return known
            default: throw fault()
            }
        }
    }

    /// A statement of transactions: what was known of the numbers is asked anew.
    func execute(_ text: String) throws {
        known = nil
        let statement = try prepared(text)
        defer { sqlite3_reset(statement.pointer) }
        while true {
            switch sqlite3_step(statement.pointer) {
            case SQLITE_ROW: continue
            case SQLITE_DONE: return
            default: throw fault()
            }
        }
    }

    /// Whether a transaction is open.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    private func step(_ sql: SQL, _ body: (Prepared) throws -> Void) throws {
        // SQLite ends a transaction by itself when the disk fails it: what came after would stand alone, outside of any act.
        guard isInTransaction else { throw Fault(.disk, "the transaction is over") }
        let statement = try prepared(sql.text)
        let pointer = statement.pointer
        statement.isBusy = true
        if statement.moves { known = nil }
        if statement.writes { writings += 1 }
        defer {
            sqlite3_reset(pointer)
            sqlite3_clear_bindings(pointer)
            statement.isBusy = false
        }
        // The values outlive the steps: SQLite need not copy them.
        try bind(sql.values[...], 1, pointer) {
            try watch.timing(sql.text) {
                while true {
                    switch sqlite3_step(pointer) {
                    case SQLITE_ROW: try body(statement)
                    case SQLITE_DONE: return
                    default: throw fault()
                    }
                }
            }
        }
    }

    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    private func bind(_ values: ArraySlice<Value>, _ first: Int32, _ statement: OpaquePointer, _ body: () throws -> Void) throws {
        var index = first
        for value in values {
            let code: Int32
            switch value {
            case .null: code = sqlite3_bind_null(statement, index)
            case .int(let number): code = sqlite3_bind_int64(statement, index, number)
            case .text(var text):
                code = text.withUTF8 { bytes in
                    bytes.withMemoryRebound(to: CChar.self) {
                        sqlite3_bind_text(statement, index, $0.baseAddress ?? UnsafePointer(bitPattern: 1), Int32($0.count), Self.transient)
                    }
                }
            case .bytes(let bytes):
                code = bytes.isEmpty
                    ? sqlite3_bind_zeroblob(statement, index, 0)
                    : sqlite3_bind_blob(statement, index, bytes, Int32(bytes.count), Self.transient)
            }
            guard code == SQLITE_OK else { throw fault() }
            index += 1
        }
        try body()
    }

    func rows(_ sql: SQL) throws -> [Row] {
        var rows: [Row] = []
        try step(sql) { statement in
            let pointer = statement.pointer
            let count = Int(sqlite3_column_count(pointer))
            let above = rows.last?.values
            let values = [Value](unsafeUninitializedCapacity: count) { buffer, filled in
                for column in 0..<count {
                    let value = Self.value(pointer, Int32(column), above.map { $0[column] })
                    buffer.initializeElement(at: column, to: value)
                }
                filled = count
            }
            rows.append(Row(columns: statement.names(), values: values))
        }
        return rows
    }

    /// A row where SQLite holds it. Connections have no mutex here (`sqlite_without_locks`): then a value may be asked for what it is
    /// without going over its statement each time (sqlite.org, "sqlite3_value").
    private struct View: RowView {
        let pointer: OpaquePointer

        func read(_ count: Int, into values: UnsafeMutablePointer<RawValue>) { for column in 0..<count { values[column] = self.value(column) } }

        @inline(__always) func value(_ column: Int) -> RawValue {
            let value = sqlite3_column_value(pointer, Int32(column))
            switch sqlite3_value_type(value) {
            case SQLITE_INTEGER: return .int(sqlite3_value_int64(value))
            case SQLITE_TEXT:
                // As a blob: its bytes as they are, without a zero put behind them.
                let text = sqlite3_value_blob(value)
                return .text(UnsafeRawBufferPointer(start: text, count: Int(sqlite3_value_bytes(value))))
            case SQLITE_BLOB:
                let bytes = sqlite3_value_blob(value)
                return .bytes(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_value_bytes(value))))
            default: return .null
            }
        }
    }

    func each(_ sql: SQL, _ body: (any RowView) throws -> Void) throws {
        try step(sql) { try body(View(pointer: $0.pointer)) }
    }

    /// A long text that stands in the row above too (a place, a rule, a version) is shared with it, not made anew.
    private static func value(_ statement: OpaquePointer, _ column: Int32, _ above: Value?) -> Value {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: return .int(sqlite3_column_int64(statement, column))
        case SQLITE_TEXT:
            guard let text = sqlite3_column_text(statement, column) else { return .text("") }
            let bytes = UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(statement, column)))
            if bytes.count > 15, case .text(let old)? = above, old.utf8.count == bytes.count,
                old.utf8.withContiguousStorageIfAvailable({ $0.elementsEqual(bytes) }) == true
            {
                return .text(old)
            }
            return .text(String(decoding: bytes, as: UTF8.self))
        case SQLITE_BLOB:
            let count = Int(sqlite3_column_bytes(statement, column))
            guard count > 0, let bytes = sqlite3_column_blob(statement, column) else { return .bytes([]) }
            return .bytes(Array(UnsafeRawBufferPointer(start: bytes, count: count)))
        case SQLITE_FLOAT: return .text(String(sqlite3_column_double(statement, column)))
        default: return .null
        }
    }

    @discardableResult
    func run(_ sql: SQL) throws -> Int {
        try step(sql) { _ in }
        return Int(sqlite3_changes(handle))
    }

    private func fault() -> Fault {
        let path = sqlite3_db_filename(handle, "main").map { String(cString: $0) } ?? ""
        return Self.named(Self.fault(code: sqlite3_extended_errcode(handle), String(cString: sqlite3_errmsg(handle))), path)
    }

    /// What is damaged is told with the name of its file: whoever puts a copy back has to know of which.
    static func named(_ fault: Fault, _ path: String) -> Fault {
        guard fault.kind == .damaged, let name = path.split(separator: "/").last else { return fault }
        return Fault(.damaged, "\(name): \(fault.detail)")
    }

    static func fault(_ error: any Error) -> Fault {
        if let fault = error as? Fault { return fault }
        if let error = error as? DatabaseError {
            return fault(code: error.extendedResultCode.rawValue, error.message ?? "\(error)")
        }
        return Fault(.other, "\(error)")
    }

    /// Names of constraints become faults here and nowhere else.
    private static func fault(code: Int32, _ message: String) -> Fault {
        switch code {
        // SQLITE_CONSTRAINT_UNIQUE and SQLITE_CONSTRAINT_PRIMARYKEY: macros Swift does not import.
        case 2067, 1555:
            Fault(.unique(message.replacing("UNIQUE constraint failed: ", with: "")), message)
        case let code where code & 0xFF == SQLITE_BUSY: Fault(.busy, message)
        case let code where SQLiteTrouble.isUnsynced(code): Fault(.unsynced, "\(message) (\(code))")
        default: SQLiteTrouble.kind(code).map { Fault($0, "\(message) (\(code))") } ?? Fault(.other, message)
        }
    }
}
