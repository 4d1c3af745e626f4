import Store
import Synchronization

/// A store that remembers every statement it was asked, so that a test can look at all of them without a copy of any.
final class RecordingStore: Store {
    private let inner: any Store
    private let heard = Mutex<Set<String>>([])

    init(_ inner: any Store) { self.inner = inner }

    /// Each text once, in a fixed order.
    var statements: [String] { heard.withLock { $0.sorted() } }
    func forget() { heard.withLock { $0 = [] } }

    var engine: Engine { inner.engine }

    private struct Listener: Writing {
        let tx: any Reading
        let hear: (String) -> Void

        func rows(_ sql: SQL) throws -> [Row] {
            hear(sql.text)
            return try tx.rows(sql)
        }

        var mayWrite: Bool { tx.mayWrite }

        func each(_ sql: SQL, _ body: (any RowView) throws -> Void) throws {
            hear(sql.text)
            try tx.each(sql, body)
        }

        func numbers() throws -> Standing.Numbers? { try tx.numbers() }

        func run(_ sql: SQL) throws -> Int {
            hear(sql.text)
            guard let writing = tx as? any Writing else { throw Fault(.other, "a write inside a read") }
            return try writing.run(sql)
        }
    }

    private func listener(_ tx: any Reading) -> Listener {
        Listener(tx: tx) { [self] text in heard.withLock { _ = $0.insert(text) } }
    }

    func read<T: Sendable>(asked: Asked, _ body: @escaping @Sendable (any Reading) throws -> T) async throws -> T {
        try await inner.read(asked: asked) { [self] tx in try body(listener(tx)) }
    }
    func write<T: Sendable>(_ body: @escaping @Sendable (any Writing) throws -> T) async throws -> T {
        try await inner.write { [self] tx in try body(listener(tx)) }
    }
    func scrub(_ tables: [String], anew: Bool) async throws { try await inner.scrub(tables, anew: anew) }
    func script(_ text: String, name: String, checksum: String) async throws { try await inner.script(text, name: name, checksum: checksum) }
    func listen(_ handler: @escaping @Sendable (_ channel: String, _ payload: String) -> Void) { inner.listen(handler) }
    func notify(_ channel: String, _ payload: String) async { await inner.notify(channel, payload) }
    func close() async { await inner.close() }
}
