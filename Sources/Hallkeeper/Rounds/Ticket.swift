import Foundation
import Store
import WorkCalendar

/// The server's own time on a page that may be taken where there is no network: signed, so that what comes back later can
/// be held against it.
struct Ticket: Sendable {
    let hall: Hallkeeper

    /// The key, drawn once a database.
    private func key() async throws -> String {
        if let row = try await hall.store.read({ tx in try tx.one("select value from setting where name = 'ticket-key'") }) { return try row.text("value") }
        let fresh = Hash.hex(hall.chance(32))
        _ = try await hall.store.write { tx in
            try tx.run("insert into setting (name, value) values ('ticket-key', \(fresh)) on conflict (name) do nothing")
        }
        return try await hall.store.read { tx in try tx.one("select value from setting where name = 'ticket-key'")?.text("value") ?? fresh }
    }

    private func signature(_ ms: Int64, _ duty: Duty.ID, _ person: Person.ID) async throws -> String {
        // Two hashes, so that nothing can be put behind the message (HMAC's shape).
        let key = try await key()
        return String(Hash.sha256(hex: key + Hash.sha256(hex: key + "|\(ms)|\(duty)|\(person)")).prefix(32))
    }

    func issue(for duty: Duty.ID, to person: Person.ID, at now: Instant) async throws -> String {
        "\(now.ms).\(try await signature(now.ms, duty, person))"
    }

    /// The time on a ticket; nil when it is not ours, not of this duty or person, or of the future.
    func read(_ text: String, for duty: Duty.ID, of person: Person.ID, at now: Instant) async throws -> Instant? {
        let parts = text.split(separator: ".").map(String.init)
        guard parts.count == 2, let ms = Int64(parts[0]), ms <= now.ms, try await signature(ms, duty, person) == parts[1] else { return nil }
        return Instant(ms: ms)
    }
}
