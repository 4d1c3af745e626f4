import Store
import Synchronization

/// Looks whether a newer release has migrated the database while this one runs. Then this one leaves the clock's work to it
/// and says that it wants no more visitors; who is here already is served on.
final class Fence: Sendable {
    private let passed = Atomic<Bool>(false)
    var isPassed: Bool { passed.load(ordering: .relaxed) }
    static let every: Duration = .seconds(2)

    /// Looks until cancelled; only where another process can have done it.
    func watch(_ hall: Hallkeeper) async {
        guard hall.store.engine == .postgres, let known = try? Set(Hallkeeper.migrations.map(\.name)) else { return }
        while !Task.isCancelled {
            if let names = try? await hall.store.read({ tx in try tx.rows("select name from migration order by name").map { try $0.text("name") } }) {
                let newer = names.filter { !known.contains($0) }
                if newer.isEmpty == isPassed {
                    passed.store(!newer.isEmpty, ordering: .relaxed)
                    hall.log.warning("a newer release has changed the tables", metadata: ["migrations": "\(newer.joined(separator: ","))"])
                }
            }
            try? await Task.sleep(for: Self.every)
        }
    }
}
