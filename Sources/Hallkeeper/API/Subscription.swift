import Foundation
import Store
import WorkCalendar

/// Another program that is told when a case changes: signed, tried again, with a log. What it gets says which case and how far
/// it is; what people said it reads through the API, with a token that is shown for it. Of misconduct it gets nothing.
struct Subscription: Sendable {
    var id: String
    var name: String
    var address: String
    var secret: String
    /// Where our own links begin.
    var origin: String

    init(row: Row) throws {
        (id, name, address) = (try row.text("id"), try row.text("name"), try row.text("address"))
        (secret, origin) = (try row.text("secret"), try row.text("origin"))
    }

    static func all(_ tx: any Reading) throws -> [Subscription] {
        try tx.rows("select * from subscription where ended is null order by made, id").map(Subscription.init(row:))
    }

    /// Puts what has happened to a case on its way to every subscriber, in the act that made it happen. Internal notes are no
    /// change of a case.
    static func announce(_ event: String, of complaint: Complaint, at moment: Instant, _ act: HallAct) throws {
        guard !complaint.isConfidential, event != "complaint.note", event != "complaint.name-party" else { return }
        for row in try act.act.rows("select id from subscription where ended is null order by made, id") {
            let (id, subscriber, now) = (act.act.id().description, try row.text("id"), act.now)
            try act.act.run("""
                insert into announcement (id, subscription, complaint, event, number, stage, version, at, state, tries, next_at, note)
                values (\(id), \(subscriber), \(complaint.id), \(event), \(complaint.number), \(complaint.stage.rawValue), \(complaint.version), \(moment), 'waiting', 0, \(now), '')
                """)
        }
    }

    /// What the body of a message says.
    func json(_ announcement: Announcement) -> JSON {
        .object([
            "id": .string(announcement.id), "event": .string(announcement.event), "at": .string(announcement.at.utc),
            "complaint": .object([
                "id": .string(announcement.complaint), "number": .string(announcement.number), "stage": .string(announcement.stage), "version": .int(Int64(announcement.version)),
                "url": .string(origin + Site.apiComplaint.link(announcement.complaint)),
            ]),
        ])
    }
}

/// One change on its way to one subscriber.
struct Announcement: Sendable {
    var id: String
    var subscription: String
    var complaint: Complaint.ID
    var event: String
    var number: String
    var stage: String
    var version: Int
    var at: Instant
    var tries: Int

    init(row: Row) throws {
        (id, subscription, complaint) = (try row.text("id"), try row.text("subscription"), try row.text("complaint"))
        (event, number, stage) = (try row.text("event"), try row.text("number"), try row.text("stage"))
        (version, at, tries) = (Int(try row.int("version")), try row.instant("at"), Int(try row.int("tries")))
    }

    /// A made-up one, to try an address.
    init(trying now: Instant, id: String) {
        (self.id, subscription, complaint, event, number, stage) = (id, "", "test", "test", "TEST", "recorded")
        (version, at, tries) = (1, now, 0)
    }
}

/// Takes announcements to their subscribers, at least once each and those of one subscriber in their order: while one waits to
/// be tried again, the later ones wait behind it.
struct Announcing: Sendable {
    let hall: Hallkeeper

    func run(at now: Instant) async throws {
        let waiting = try await hall.store.read { tx in
            Set(try tx.rows("select subscription from announcement where state = 'waiting' and next_at <= \(now) order by next_at limit 400").map { try $0.text("subscription") })
        }
        guard !waiting.isEmpty else { return }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in waiting { group.addTask { try await carry(to: id, at: now) } }
            try await group.waitForAll()
        }
    }

    private func carry(to id: String, at now: Instant) async throws {
        let (subscription, list) = try await hall.store.read { tx in
            (
                try tx.one("select * from subscription where id = \(id) and ended is null").map(Subscription.init(row:)),
                try tx.rows("select * from announcement where subscription = \(id) and state = 'waiting' order by id limit 20").map { (try Announcement(row: $0), try $0.instant("next_at")) }
            )
        }
        for (announcement, next) in list {
            guard next <= now, !Task.isCancelled else { return }
            let later = now.adding(minutes: Delivering.claim)
            let own = announcement.id
            guard try await hall.store.write({ tx in try tx.run("update announcement set next_at = \(later) where id = \(own) and state = 'waiting' and next_at <= \(now)") }) == 1 else { return }
            let outcome = if let subscription { await post(announcement, to: subscription, at: now) } else { Delivering.Outcome.moot }
            let tries = announcement.tries + 1
            let (state, again, note) = Delivering.after(outcome, tries: tries, at: now)
            _ = try await hall.store.write { tx in try tx.run("update announcement set state = \(state), tries = \(tries), next_at = \(again), note = \(note) where id = \(own)") }
            guard outcome == .sent || outcome == .moot || state == "failed" else { return }
        }
    }

    /// One try. Anything but a 2xx is tried again.
    func post(_ announcement: Announcement, to subscription: Subscription, at now: Instant) async -> Delivering.Outcome {
        let parts = Outlet.signed(subscription.address, subscription.json(announcement), subscription.secret, at: now)
        do {
            let (status, _) = try await hall.carrier.post(parts.url, parts.headers + [("x-hallkeeper-event", announcement.event), ("x-hallkeeper-delivery", announcement.id)], parts.body)
            return (200..<300).contains(status) ? .sent : .failed("HTTP \(status)")
        } catch let failure as Carrier.Failure { return .failed(failure.why) } catch { return .failed("stopped") }
    }
}
