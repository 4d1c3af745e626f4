import Foundation
import Store
import WorkCalendar

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Takes messages out to their outlets, at least once each: what is refused or unreachable is tried again after one, two, five,
/// fifteen minutes, one hour and four, then stands as not delivered in the log.
struct Delivering: Sendable {
    let hall: Hallkeeper
    static let waits = [1, 2, 5, 15, 60, 240]

    func run(at now: Instant) async throws {
        let due = try await hall.store.read { tx in
            try tx.rows("select * from delivery where state = 'waiting' and next_at <= \(now) order by next_at limit 20").map { row in
                (id: try row.text("id"), outlet: try row.text("outlet"), place: try row.text("place"), duty: try row.text("duty"), tries: Int(try row.int("tries")))
            }
        }
        for item in due where !Task.isCancelled {
            // Whoever moves it first has it; a process that dies meanwhile leaves it to be tried again.
            let later = now.adding(minutes: 2)
            let isOurs = try await hall.store.write { tx in try tx.run("update delivery set next_at = \(later) where id = \(item.id) and state = 'waiting' and next_at <= \(now)") } == 1
            guard isOurs else { continue }
            let why = try await carry(item.outlet, item.place, item.duty, at: now)
            let tries = item.tries + 1
            let state = why == nil ? "sent" : tries > Self.waits.count ? "failed" : "waiting"
            let next = now.adding(minutes: Self.waits[min(tries, Self.waits.count) - 1])
            let note = why ?? ""
            _ = try await hall.store.write { tx in try tx.run("update delivery set state = \(state), tries = \(tries), next_at = \(next), note = \(note) where id = \(item.id)") }
        }
    }

    private func carry(_ id: String, _ place: Place.ID, _ dutyID: Duty.ID, at now: Instant) async throws -> String? {
        let found = try await hall.store.read { [hall] tx -> (Outlet, Duty, String, String)? in
            guard let outlet = try tx.one("select * from outlet where id = \(id) and ended is null").map(Outlet.init(row:)),
                let duty = try tx.one("select * from duty where place = \(place) and id = \(dutyID)").map(Duty.init(row:)),
                let row = try tx.one("select * from place where place = \(duty.place)")
            else { return nil }
            let pack = try hall.packs.pack(duty.pack, tx).pack
            return (outlet, duty, pack.rule(duty.rule)?.title.zh ?? duty.rule, try Place(row: row).name.zh)
        }
        // Ended meanwhile: nobody waits for it any more.
        guard let (outlet, duty, title, name) = found else { return nil }
        let w = Words.of(.zh)
        let times = Times(words: w, zone: hall.zone, now: now)
        let link = outlet.origin + Site.duty.link(duty.place, duty.id)
        let text = w("outlet.text", ["title": title, "place": name, "when": times.by(duty.due), "link": link])
        return await post(outlet, text, ["event": .string("duty.step"), "duty": .string(duty.id), "rule": .string(duty.rule), "dueAt": .string(duty.due.utc), "link": .string(link)], at: now)
    }

    /// One try; nil when it arrived.
    func post(_ outlet: Outlet, _ text: String, _ members: [String: JSON], at now: Instant) async -> String? {
        guard let parts = try? outlet.request(text, members, at: now), let url = URL(string: parts.url) else { return "no address" }
        var request = URLRequest(url: url, timeoutInterval: 10)
        request.httpMethod = "POST"
        request.httpBody = Data(parts.body)
        for (name, value) in parts.headers { request.setValue(value, forHTTPHeaderField: name) }
        do {
            let (data, response) = try await URLSession.shared.data(for: request)
            return outlet.verdict((response as? HTTPURLResponse)?.statusCode ?? 0, Array(data.prefix(4096)))
        } catch {
            return "unreachable: \(String((error as NSError).localizedDescription.prefix(120)))"
        }
    }
}
