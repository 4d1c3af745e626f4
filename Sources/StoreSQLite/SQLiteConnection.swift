import GRDB
import GRDBSQLite
import Store

import struct Store.Row
import struct Store.SQL

/// Statements on one SQLite connection: prepared once, bound and stepped without a detour.
struct SQLiteConnection: Writing {
    let database: Database
    var watch = StoreWatch.none

    private func step(_ sql: SQL, _ body: (OpaquePointer) throws -> Void) throws {
        try watch.timing(sql.text) { try run(sql, body) }
    }

    private func run(_ sql: SQL, _ body: (OpaquePointer) throws -> Void) throws {
        // SQLite ends a transaction by itself when the disk fails it: what came after would stand alone, outside of any act.
        guard sqlite3_get_autocommit(database.sqliteConnection) == 0 else { throw Fault(.disk, "the transaction is over") }
        let statement: Statement
        do { statement = try database.cachedStatement(sql: sql.text) } catch { throw Self.fault(error) }
        let pointer = statement.sqliteStatement
        sqlite3_reset(pointer)
        sqlite3_clear_bindings(pointer)
        defer { sqlite3_reset(pointer) }
        for (index, value) in sql.values.enumerated() { try bind(value, at: Int32(index + 1), of: pointer) }
        while true {
            switch sqlite3_step(pointer) {
            case SQLITE_ROW: try body(pointer)
            case SQLITE_DONE: return
            case let code: throw fault(code)
            }
        }
    }

    private func bind(_ value: Value, at index: Int32, of statement: OpaquePointer) throws {
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        let code: Int32
        switch value {
        case .null: code = sqlite3_bind_null(statement, index)
        case .int(let number): code = sqlite3_bind_int64(statement, index, number)
        case .text(var text):
            code = text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    sqlite3_bind_text(statement, index, $0.baseAddress ?? UnsafePointer(bitPattern: 1), Int32($0.count), transient)
                }
            }
        case .bytes(let bytes):
            code = bytes.isEmpty
                ? sqlite3_bind_zeroblob(statement, index, 0)
                : sqlite3_bind_blob(statement, index, bytes, Int32(bytes.count), transient)
        }
        guard code == SQLITE_OK else { throw fault(code) }
    }

    func rows(_ sql: SQL) throws -> [Row] {
        var columns: Columns?
        var rows: [Row] = []
        try step(sql) { statement in
            let count = sqlite3_column_count(statement)
            let names = columns ?? Columns((0..<count).map { String(cString: sqlite3_column_name(statement, $0)) })
            columns = names
            rows.append(Row(columns: names, values: (0..<count).map { value(statement, $0) }))
        }
        return rows
    }

    private func value(_ statement: OpaquePointer, _ column: Int32) -> Value {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: return .int(sqlite3_column_int64(statement, column))
        case SQLITE_TEXT:
            let count = Int(sqlite3_column_bytes(statement, column))
            guard let text = sqlite3_column_text(statement, column) else { return .text("") }
            return .text(String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self))
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
        return Int(sqlite3_changes(database.sqliteConnection))
    }

    private func fault(_ code: Int32) -> Fault {
        let message = database.sqliteConnection.map { String(cString: sqlite3_errmsg($0)) } ?? "code \(code)"
        return Self.fault(code: sqlite3_extended_errcode(database.sqliteConnection), message)
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
        case SQLITE_BUSY: Fault(.busy, message)
        case let code where SQLiteTrouble.isUnsynced(code): Fault(.unsynced, "\(message) (\(code))")
        default: SQLiteTrouble.kind(code).map { Fault($0, "\(message) (\(code))") } ?? Fault(.other, message)
        }
    }
}
