import Store
import Synchronization

/// A store of a process that is stopped before one of its writes, while something else happens.
final class InterruptedStore: Store {
    private let inner: any Store
    private let left: Mutex<Int>
    private let meanwhile: @Sendable () async throws -> Void

    init(_ inner: any Store, beforeWrite number: Int, _ meanwhile: @escaping @Sendable () async throws -> Void) {
        self.inner = inner
        left = Mutex(number)
        self.meanwhile = meanwhile
    }

    var engine: Engine { inner.engine }
    func read<T: Sendable>(asked: Asked, _ body: @escaping @Sendable (any Reading) throws -> T) async throws -> T { try await inner.read(asked: asked, body) }
    func write<T: Sendable>(_ body: @escaping @Sendable (any Writing) throws -> T) async throws -> T {
        let isNow = left.withLock { left in
            left -= 1
            return left == 0
        }
        if isNow { try await meanwhile() }
        return try await inner.write(body)
    }
    func scrub(_ tables: [String], anew: Bool) async throws { try await inner.scrub(tables, anew: anew) }
    func script(_ text: String, name: String, checksum: String) async throws { try await inner.script(text, name: name, checksum: checksum) }
    func listen(_ handler: @escaping @Sendable (String, String) -> Void) {}
    func notify(_ channel: String, _ payload: String) async {}
    func close() async {}
}
