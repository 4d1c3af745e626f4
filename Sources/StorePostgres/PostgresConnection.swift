import CLibPQ
import Foundation
import Store

/// One connection with its prepared statements. Used by one thread at a time.
final class PostgresConnection: Writing {
    private var connection: OpaquePointer
    private var prepared: [String: String] = [:]
    private var known: Standing.Numbers?
    /// Set for each transaction.
    var mayWrite = true
    private let url: String
    private let watch: StoreWatch

    init(url: String, watch: StoreWatch = .none) throws {
        (self.url, self.watch) = (url, watch)
        guard let connection = Self.connect(url) else { throw Fault(.connection, "no memory") }
        self.connection = connection
        guard PQstatus(connection) == CONNECTION_OK else {
            // Let go of by deinit, which also runs when all properties stood before this was thrown.
            throw Fault(.connection, String(cString: PQerrorMessage(connection)))
        }
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
        try execute("set client_min_messages = warning")
    }

    deinit { PQfinish(connection) }

    /// What holds unless the address says otherwise: a server that is gone without a word is noticed, also behind a network.
    private static let standards = [
        ("connect_timeout", "3"), ("keepalives_idle", "5"), ("keepalives_interval", "2"), ("keepalives_count", "3"), ("tcp_user_timeout", "10000"),
        ("application_name", "hallkeeper"),
    ]

    private static func connect(_ url: String) -> OpaquePointer? {
        let pairs = standards + [("dbname", url)]
        let names = pairs.map { strdup($0.0) }, values = pairs.map { strdup($0.1) }
        defer { for text in names + values { free(text) } }
        let (keys, texts) = (names.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil])
        return PQconnectdbParams(keys, texts, 1)
    }

    /// A plan the server made before a column came: this connection is of no more use.
    private var isStale = false
    var isAlive: Bool { PQstatus(connection) == CONNECTION_OK }
    var isUsable: Bool { isAlive && !isStale }
    var pointer: OpaquePointer { connection }

    func numbers() throws -> Standing.Numbers? {
        if let known { return known }
        known = try Standing.ask(self)
        return known
    }

    /// A statement of the program's own, without values; gives what the server calls it that was done.
    /// What was known of the numbers is asked anew.
    @discardableResult
    func execute(_ text: String) throws -> String {
        known = nil
        guard let result = PQexec(connection, text) else { throw Fault(.connection, message) }
        defer { PQclear(result) }
        try check(result)
        return PQcmdStatus(result).map { String(cString: $0) } ?? ""
    }

    private var message: String { String(cString: PQerrorMessage(connection)) }

    private func check(_ result: OpaquePointer) throws {
        let status = PQresultStatus(result)
        if status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK { return }
        let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
        // The first line alone: the others hold the values of the row, which belong in no log.
        let detail = PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) } ?? String(cString: PQresultErrorMessage(result))
        if state == "0A000", detail.contains("cached plan") { isStale = true }
        throw isStale ? Fault(.connection, detail) : Self.fault(state, detail, PQresultErrorField(result, Int32(UInt8(ascii: "n"))).map { String(cString: $0) } ?? "")
    }

    /// Names of constraints and states become faults here and nowhere else.
    private static func fault(_ state: String, _ detail: String, _ constraint: String) -> Fault {
        switch state {
        case "23505": Fault(.unique(constraint), detail)
        case "40001", "40P01": Fault(.busy, detail)
        // Also a server that has become a standby, and one that has no room for another connection.
        case "", "25006", "53300": Fault(.connection, detail)
        case let state where state.hasPrefix("08") || state.hasPrefix("57P"): Fault(.connection, detail)
        case "53100": Fault(.full, detail)
        default: Fault(.other, "\(state) \(detail)")
        }
    }

    private func send(_ sql: SQL) throws -> OpaquePointer { try watch.timing(sql.text) { try ask(sql) } }

    private func ask(_ sql: SQL) throws -> OpaquePointer {
        let name: String
        if let known = prepared[sql.text] {
            name = known
        } else {
            name = "s\(prepared.count)"
            guard let result = PQprepare(connection, name, Self.numbered(sql.text), Int32(sql.values.count), nil) else {
                throw Fault(.connection, message)
            }
            defer { PQclear(result) }
            try check(result)
            prepared[sql.text] = name
        }
        // Values travel as text; bytes in PostgreSQL's hexadecimal form. A nought, which it does not keep, is left out.
        let texts = sql.values.map { value -> UnsafeMutablePointer<CChar>? in
            switch value {
            case .null: nil
            case .int(let number): strdup(String(number))
            case .text(let text): strdup(text.utf8.contains(0) ? text.replacing("\0", with: "") : text)
            case .bytes(let bytes): strdup("\\x" + Hash.hex(bytes))
            }
        }
        defer { for text in texts { free(text) } }
        let pointers = texts.map { UnsafePointer($0) }
        guard let result = PQexecPrepared(connection, name, Int32(pointers.count), pointers, nil, nil, 0) else {
            throw Fault(.connection, message)
        }
        do { try check(result) } catch {
            PQclear(result)
            throw error
        }
        return result
    }

    /// `?` → `$1`, `$2` …; question marks inside quotes stay.
    static func numbered(_ text: String) -> String {
        var out = ""
        var number = 0
        var quoted = false
        for character in text {
            if character == "'" { quoted.toggle() }
            if character == "?" && !quoted {
                number += 1
                out += "$\(number)"
            } else {
                out.append(character)
            }
        }
        return out
    }

    func rows(_ sql: SQL) throws -> [Row] {
        let result = try send(sql)
        defer { PQclear(result) }
        let width = PQnfields(result)
        let columns = Columns((0..<width).map { PQfname(result, $0).map { String(cString: $0) } ?? "" })
        let types = (0..<width).map { PQftype(result, $0) }
        return (0..<PQntuples(result)).map { row in
            Row(columns: columns, values: (0..<width).map { Self.value(result, row, $0, types[Int($0)]) })
        }
    }

    /// A row where libpq holds it. Bytes are not read this way: no table of the ledger has any.
    private struct View: RowView {
        let result: OpaquePointer
        let row: Int32
        let types: [Oid]

        func value(_ column: Int) -> RawValue {
            guard column < types.count, PQgetisnull(result, row, Int32(column)) == 0, let start = PQgetvalue(result, row, Int32(column)) else { return .null }
            let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, row, Int32(column))))
            switch types[column] {
            case 20, 21, 23, 26, 1700: return Int64(String(decoding: bytes, as: UTF8.self)).map { .int($0) } ?? .text(bytes)
            default: return .text(bytes)
            }
        }
    }

    func each(_ sql: SQL, _ body: (any RowView) throws -> Void) throws {
        let result = try send(sql)
        defer { PQclear(result) }
        let types = (0..<PQnfields(result)).map { PQftype(result, $0) }
        for row in 0..<PQntuples(result) { try body(View(result: result, row: row, types: types)) }
    }

    private static func value(_ result: OpaquePointer, _ row: Int32, _ column: Int32, _ type: Oid) -> Value {
        guard PQgetisnull(result, row, column) == 0, let bytes = PQgetvalue(result, row, column) else { return .null }
        let count = Int(PQgetlength(result, row, column))
        let text = bytes.withMemoryRebound(to: UInt8.self, capacity: count) {
            String(decoding: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self)
        }
        switch type {
        case 20, 21, 23, 26, 1700: return Int64(text).map { .int($0) } ?? .text(text)
        case 17:
            var length = 0
            guard let raw = bytes.withMemoryRebound(to: UInt8.self, capacity: count, { PQunescapeBytea($0, &length) }) else { return .bytes([]) }
            defer { PQfreemem(raw) }
            return .bytes(Array(UnsafeBufferPointer(start: raw, count: length)))
        default: return .text(text)
        }
    }

    @discardableResult
    func run(_ sql: SQL) throws -> Int {
        if known != nil, Standing.isMoved(by: sql.text) { known = nil }
        let result = try send(sql)
        defer { PQclear(result) }
        return PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
    }
}
