import Regulation
import Store
import WorkCalendar

/// Takes messages out to their outlets, at least once each: what is refused or unreachable is tried again after one, two, five,
/// fifteen minutes, one hour and four, then stands as not delivered in the log. What no longer matters is dropped.
struct Delivering: Sendable {
    let hall: Hallkeeper
    static let waits = [1, 2, 5, 15, 60, 240]
    /// Whoever moves it first has it this long; a process that dies meanwhile leaves it to be tried again.
    static let claim = 2

    /// What became of one try.
    enum Outcome: Sendable, Equatable {
        case sent, moot
        case failed(String)
    }

    /// State, next moment and note after a try, by how many there were.
    static func after(_ outcome: Outcome, tries: Int, at now: Instant) -> (state: String, next: Instant, note: String) {
        switch outcome {
        case .sent: ("sent", now, "")
        case .moot: ("moot", now, "")
        case .failed(let why): (tries > waits.count ? "failed" : "waiting", now.adding(minutes: waits[min(max(tries, 1), waits.count) - 1]), String(why.prefix(300)))
        }
    }

    private struct Item: Sendable {
        var id: String
        var outlet: String
        var place: Place.ID
        var duty: Duty.ID
        var person: Person.ID
        var tries: Int
        var isUrgent: Bool
    }

    /// What is due, side by side: one receiver that does not answer holds up no other.
    func run(at now: Instant) async throws {
        let due = try await hall.store.read { tx in
            try tx.rows("select * from delivery where state = 'waiting' and next_at <= \(now) order by next_at limit 40").map { row in
                Item(
                    id: try row.text("id"), outlet: try row.text("outlet"), place: try row.text("place"), duty: try row.text("duty"), person: try row.text("person"),
                    tries: Int(try row.int("tries")), isUrgent: try row.int("urgent") != 0)
            }
        }
        guard !due.isEmpty else { return }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for item in due { group.addTask { try await carry(item, at: now) } }
            try await group.waitForAll()
        }
    }

    private func carry(_ item: Item, at now: Instant) async throws {
        let later = now.adding(minutes: Self.claim)
        let isOurs = try await hall.store.write { tx in try tx.run("update delivery set next_at = \(later) where id = \(item.id) and state = 'waiting' and next_at <= \(now)") } == 1
        guard isOurs else { return }
        let outcome = try await attempt(item, at: now)
        let tries = item.tries + 1
        var (state, next, note) = Self.after(outcome, tries: tries, at: now)
        // What is not urgent is tried again in the hours people want to hear of it.
        if state == "waiting", !item.isUrgent {
            let day = hall.zone.day(of: now)
            if let pack = try await hall.store.read({ [hall] tx in try hall.packs.inForce(on: day, tx) }) { next = hall.sendWindow(after: next, pack) }
        }
        let (kept, at, why) = (state, next, note)
        _ = try await hall.store.write { tx in try tx.run("update delivery set state = \(kept), tries = \(tries), next_at = \(at), note = \(why) where id = \(item.id)") }
    }

    /// What a message says, as it stands now.
    private struct Told {
        var outlet: Outlet
        var title: String
        var place: String
        var link: String
        var due: Instant?
        var members: [String: JSON]
        var mail: String
    }

    private func attempt(_ item: Item, at now: Instant) async throws -> Outcome {
        let found = try await hall.store.read { [self] tx in try told(item, tx, at: now) }
        // Ended, done or filled meanwhile: nobody waits for it any more.
        guard let found else { return .moot }
        let w = Words.of(.zh)
        let times = Times(words: w, zone: hall.zone, now: now)
        let text = w("outlet.text", ["title": found.title, "place": found.place, "when": found.due.map { times.by($0) } ?? w("outlet.today"), "link": found.link])
        if found.outlet.kind == .mail {
            return await mail(to: found.mail, subject: w("outlet.subject", ["title": found.title, "place": found.place]), text: text, id: item.id + ".\(item.tries)", at: now)
        }
        return await post(found.outlet, text, found.members, at: now)
    }

    private func told(_ item: Item, _ tx: any Reading, at now: Instant) throws -> Told? {
        guard let outlet = try tx.one("select * from outlet where id = \(item.outlet) and ended is null").map(Outlet.init(row:)),
            let place = try tx.one("select * from place where place = \(item.place)").map(Place.init(row:))
        else { return nil }
        let mail = outlet.kind == .mail ? (outlet.address.isEmpty ? try PersonMail.address(of: item.person, tx) : outlet.address) : ""
        let event: JSON = .string("duty.step")
        if let (role, day) = Unfilled.parse(item.duty) {
            let today = hall.zone.day(of: now)
            guard day >= today, let pack = try hall.packs.inForce(on: day, tx)?.pack else { return nil }
            let seat = try FactFinder(tx: tx, hall: hall).seat(of: role, for: place, pack: pack)
            guard try Roster(tx: tx).people(role, at: seat.id, on: day).isEmpty else { return nil }
            let (name, link) = (pack.role(role)?.name.zh ?? role, outlet.origin + Site.roster.link(place.id) + "?day=\(day)")
            return Told(
                outlet: outlet, title: Words.of(.zh)("outlet.unfilled", ["role": name]), place: place.name.zh, link: link, due: nil,
                members: ["event": .string("role.unfilled"), "role": .string(role), "day": .string(day.description), "link": .string(link)], mail: mail)
        }
        guard let duty = try tx.one("select * from duty where place = \(item.place) and id = \(item.duty)").map(Duty.init(row:)), duty.isOpen || duty.state == .missed else { return nil }
        // Named meanwhile as whom it is about: not to them.
        if !item.person.isEmpty, try Roster(tx: tx).party(to: duty.subject) == item.person { return nil }
        let pack = try hall.packs.pack(duty.pack, tx).pack
        let link = outlet.origin + Site.duty.link(duty.place, duty.id)
        return Told(
            outlet: outlet, title: pack.rule(duty.rule)?.title.zh ?? duty.rule, place: place.name.zh, link: link, due: duty.due,
            members: ["event": event, "duty": .string(duty.id), "rule": .string(duty.rule), "dueAt": .string(duty.due.utc), "link": .string(link)], mail: mail)
    }

    /// One try by HTTP.
    func post(_ outlet: Outlet, _ text: String, _ members: [String: JSON], at now: Instant) async -> Outcome {
        guard let parts = try? outlet.request(text, members, at: now) else { return .failed("no address") }
        do {
            let (status, body) = try await hall.carrier.post(parts.url, parts.headers, parts.body)
            return outlet.verdict(status, body).map { .failed($0) } ?? .sent
        } catch let failure as Carrier.Failure { return .failed(failure.why) } catch { return .failed("stopped") }
    }

    /// One try by mail.
    func mail(to receiver: String, subject: String, text: String, id: String, at now: Instant) async -> Outcome {
        guard let server = hall.mail else { return .failed("no mail server is set up (hallkeeper config: mail)") }
        guard Mail.isAddress(receiver) else { return .failed("no mail address") }
        let message = Mail.message(from: server.from, to: receiver, subject: subject, text: text, id: id, at: now)
        do {
            try await hall.carrier.mail(server, to: receiver, message)
            return .sent
        } catch let failure as Carrier.Failure { return .failed(failure.why) } catch { return .failed("stopped") }
    }
}
