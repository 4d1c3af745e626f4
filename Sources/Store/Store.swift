/// The two engines behind the seam.
package enum Engine: String, Sendable { case sqlite, postgres }

/// What a reading transaction can be asked.
package protocol Reading {
    func rows(_ sql: SQL) throws -> [Row]
    /// Each row where the driver holds it, none kept.
    func each(_ sql: SQL, _ body: (any RowView) throws -> Void) throws
    /// The numbers of what changes seldom, as this transaction sees them (`Standing`); asked once while nothing moves them.
    func numbers() throws -> Standing.Numbers?
    /// Whether what it sees may not be committed yet.
    var mayWrite: Bool { get }
}

extension Reading {
    /// The first row, or nil.
    package func one(_ sql: SQL) throws -> Row? { try rows(sql).first }
}

/// What a writing transaction can be told.
package protocol Writing: Reading {
    /// Gives how many rows were changed.
    @discardableResult
    func run(_ sql: SQL) throws -> Int
}

/// The seam: SQL, rows, transactions. It hides only what the engines do differently; closures are synchronous, so that no
/// suspension can split an act, and may run more than once (group commit, serialisation failures).
package protocol Store: Sendable {
    var engine: Engine { get }
    /// Reads one consistent state. `asked` is who asks: what has lately taken long there is read apart from what is quick.
    func read<T: Sendable>(asked: Asked, _ body: @escaping @Sendable (any Reading) throws -> T) async throws -> T
    /// Writes; gives the result only after it is durable. A closure that throws leaves nothing behind.
    func write<T: Sendable>(_ body: @escaping @Sendable (any Writing) throws -> T) async throws -> T
    /// Takes from the disk what was deleted from these tables or overwritten in them. `anew`: the tables are written anew (on
    /// SQLite the whole file) and nobody writes meanwhile; no free page and no log holds it afterwards. Else only the log is
    /// emptied: SQLite overwrites what it deletes (`secure_delete`), PostgreSQL when it needs the room.
    /// Throws `Fault(.busy)` when somebody kept reading an old state; then nothing is certain and it is to be asked again.
    func scrub(_ tables: [String], anew: Bool) async throws
    /// Runs a script of statements that take no values; for migrations.
    func script(_ text: String, name: String, checksum: String) async throws
    /// Calls the handler for what any process says on a channel; makes things quicker, is never needed for correctness.
    func listen(_ handler: @escaping @Sendable (_ channel: String, _ payload: String) -> Void)
    /// Says something on a channel, after the commit of what it is about.
    func notify(_ channel: String, _ payload: String) async
    func close() async
}

extension Store {
    /// Reads one consistent state.
    package func read<T: Sendable>(
        file: StaticString = #fileID, line: UInt = #line, _ body: @escaping @Sendable (any Reading) throws -> T
    ) async throws -> T {
        try await read(asked: Asked(file: file, line: line), body)
    }
}

/// The place in the program that asks for a reading.
package struct Asked: Hashable, Sendable {
    private let file: Int
    private let line: UInt

    package init(file: StaticString, line: UInt) {
        self.file = file.hasPointerRepresentation ? Int(bitPattern: file.utf8Start) : 0
        self.line = line
    }
}
