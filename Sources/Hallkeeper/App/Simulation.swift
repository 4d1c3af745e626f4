import Foundation
import Logging
import Regulation
import Store
import WorkCalendar

/// Halls, people, weather, customers, faults and forgetfulness from a seed, lived through the program's own acts under a
/// clock that stands still between them. The same seed gives the same ledger, on both engines.
final class Simulation {
    private let home: Hallkeeper
    /// The process through which whoever acts has come in: the only one there is, or the one their errand has reached.
    var hall: Hallkeeper { Errand.current?.hall ?? home }
    var world: World
    var chance: Chance
    let clock: any Clock
    /// Chance of patrols alone, so that they change nothing in what else is drawn.
    var lots: Chance
    /// Chance of customers and their cases alone.
    var voices: Chance
    /// What people mean to do, soonest first.
    var agenda: [(at: Instant, order: Int, intent: Intent)] = []
    private var order = 0
    private var seen = ""
    /// Nobody forgets, nobody dawdles: the time after the troubles.
    var isDiligent = false
    let photo: String
    /// Every kind of event is reported every day: what coverage needs to see.
    private let everything: Bool
    private(set) var refusals: [String: Int] = [:]

    enum Intent {
        case doDuty(place: Place.ID, duty: Duty.ID)
        case report(kind: String, place: Place.ID, fields: [String: String])
        case absent(place: Place.ID, role: String, person: Person.ID)
        case close(place: Place.ID)
        case patrol(place: Place.ID)
        case handIn(place: Place.ID, patrol: Patrol.ID)
        case takeIn(mark: UInt64)
    }

    /// `photo` is the hash of a picture that stands for all pictures.
    init(hall: Hallkeeper, clock: any Clock, world: World, chance: Chance, photo: String, everything: Bool = false) {
        (home, self.clock, self.world, self.chance, self.photo) = (hall, clock, world, chance, photo)
        self.everything = everything
        var other = chance
        lots = Chance(seed: other.next() ^ 0x9A7201)
        voices = Chance(seed: other.next() ^ 0x70_1CE5)
    }

    /// Lives some days from their first minute on, or until a moment in the last one.
    func live(from first: Day, days: Int, until end: Instant? = nil) async throws {
        for number in 0..<max(0, days) {
            let day = first.adding(days: number)
            let midnight = hall.zone.instant(day, minute: 0)
            let dayEnds = hall.zone.instant(day.adding(days: 1), minute: 0)
            let limit = end.map { min($0, dayEnds) } ?? dayEnds
            guard midnight < limit else { return }
            try await advance(to: midnight.adding(minutes: 5))
            try await JobRunner(hall: hall).catchUp(to: clock.now)
            try await decide()
            try await imagine(day)
            while let next = agenda.first, next.at < limit {
                agenda.removeFirst()
                try await advance(to: next.at)
                try await carryOut(next.intent)
                try await decide()
            }
            try await advance(to: limit)
        }
    }

    /// Moves the clock, taking every step and sending every message at its own time on the way.
    private func advance(to moment: Instant) async throws {
        let clockwork = Clockwork(hall: hall)
        while let next = try await clockwork.next(), next < moment {
            _ = clock.move(to: next.adding(ms: 1))
            for due in try await clockwork.due(at: clock.now) { try await clockwork.tick(due.place, due.duty, at: clock.now) }
            try await send()
        }
        _ = clock.move(to: moment)
        try await send()
    }

    private func send() async throws {
        let sending = Sending(hall: hall)
        for item in try await sending.due(at: clock.now) { try await sending.send(item.place, item.duty, item.step, at: clock.now) }
        while try await Spreading(hall: hall).work(at: clock.now) {}
        try await hall.ledger.sealPending()
    }

    func mean(_ intent: Intent, at moment: Instant) {
        order += 1
        let item = (at: max(moment, clock.now), order: order, intent: intent)
        let index = agenda.firstIndex { ($0.at, $0.order) > (item.at, item.order) } ?? agenda.count
        agenda.insert(item, at: index)
    }

    /// People make up their minds about duties they have not seen: most are done in time, some late, some forgotten.
    private func decide() async throws {
        let after = seen
        let fresh = try await hall.store.read { tx in
            try tx.rows("select * from duty where id > \(after) order by id").map(Duty.init(row:))
        }
        for duty in fresh {
            seen = duty.id
            consider(duty)
        }
    }

    /// What somebody makes of a duty they see for the first time.
    func consider(_ duty: Duty) {
        guard duty.isOpen else { return }
        if isDiligent { return mean(.doDuty(place: duty.place, duty: duty.id), at: max(duty.opens, clock.now).adding(minutes: chance.minutes(0...3))) }
        if isCase(duty) { return decideCase(duty) }
        let room = max(1, Int((duty.due.ms - max(duty.opens.ms, clock.now.ms)) / 60_000))
        let start = max(duty.opens, clock.now)
        let fate = chance.minutes(0...999)
        let moment: Instant
        if fate < 900 {
            // In time; what has days is done on one of them in working hours.
            moment = start.adding(minutes: chance.minutes(0...max(0, min(room - 1, room * 9 / 10))))
        } else if fate < 950 {
            moment = duty.due.adding(minutes: chance.minutes(1...45))
        } else if duty.lapses == nil {
            moment = duty.due.adding(minutes: chance.minutes(60...2880))
        } else {
            return
        }
        mean(.doDuty(place: duty.place, duty: duty.id), at: moment)
    }

    /// What happens by itself on a day: weather, faults, reports of every kind the pack knows, somebody away, a closure.
    func imagine(_ day: Day) async throws {
        let pack = try await hall.store.read { [hall] tx in try hall.packs.inForce(on: day, tx) }
        guard let pack = pack?.pack else { return }
        for place in world.halls {
            let minute = chance.minutes(8 * 60...9 * 60)
            if chance.happens(8) { mean(.close(place: place), at: hall.zone.instant(day, minute: 6 * 60)) }
            if chance.happens(60), let away = chance.pick(world.residents.filter({ $0.place == place })) {
                mean(.absent(place: place, role: away.role, person: away.person), at: hall.zone.instant(day, minute: minute - 60))
            }
        }
        imaginePatrols(day)
        imagineComplaints(day, pack.caseBook)
        for kind in pack.events where !kind.may.isEmpty && !kind.isProgram {
            let places = kind.isCompanyWide ? [world.company] : world.halls + [world.places["call-centre"]].compactMap { $0 }
            for place in places where chance.happens(everything ? 400 : kind.isCompanyWide ? 12 : 25) {
                let fields = invent(kind, day)
                mean(.report(kind: kind.id, place: place, fields: fields), at: hall.zone.instant(day, minute: chance.minutes(9 * 60...17 * 60)))
            }
        }
    }

    func carryOut(_ intent: Intent) async throws {
        do {
            switch intent {
            case .doDuty(let place, let id): try await doDuty(place, id)
            case .report(let kind, let place, let fields): try await report(kind, place, fields)
            case .absent(let place, let role, let person):
                let (day, director) = (hall.zone.day(of: clock.now), person)
                try await act(by: director) { act in
                    try PersonActs(act: act).roster(role, person, at: place, on: day, present: false, reason: "请假")
                }
            case .close(let place):
                let (day, by) = (hall.zone.day(of: clock.now), world.administrator)
                try await act(by: by) { act in
                    try PlaceActs(act: act).close(place, on: day, reason: "停电检修")
                }
            case .patrol(let place): try await beginPatrol(place)
            case .handIn(let place, let id): try await handIn(id, at: place)
            case .takeIn(let mark): try await takeIn(mark)
            }
        } catch let refusal as Refusal { note(refusal.sentence.en) } catch let problems as FormProblems {
            note(problems.fields.map { "\($0.field): \($0.sentence.en)" }.joined(separator: "; "))
        }
    }

    /// One act of somebody, through the process they have reached; nil when an earlier try of theirs had been carried out.
    @discardableResult
    func act<T: Sendable>(by person: Person.ID, _ body: @escaping @Sendable (HallAct) throws -> T) async throws -> T? {
        if let errand = Errand.current { return try await errand.act(by: person, body) }
        return try await hall.act(by: .person(person), at: clock.now, body)
    }

    private func note(_ what: String) { refusals[what, default: 0] += 1 }

    private func report(_ kind: String, _ place: Place.ID, _ fields: [String: String]) async throws {
        let day = hall.zone.day(of: clock.now)
        let who = try await hall.store.read { [hall, world] tx -> Person.ID? in
            guard let event = try hall.packs.inForce(on: day, tx)?.pack.event(kind) else { return nil }
            for role in event.may {
                if let person = try Roster(tx: tx).people(role, at: place, on: day).first { return person }
            }
            return world.residents.first { event.may.contains($0.role) && !world.halls.contains($0.place) }?.person
        }
        guard let who else { return }
        let now = clock.now
        try await act(by: who) { act in
            try Reporting(act).report(kind, fields: fields, at: place, by: who, at: now)
        }
    }

    /// Whoever owes it does it: the form filled in, the finding rectified and re-checked, the event reported.
    private func doDuty(_ place: Place.ID, _ id: Duty.ID) async throws {
        let now = clock.now
        let day = hall.zone.day(of: now)
        let found = try await hall.store.read { [hall] tx -> (Duty, Rule, PackInForce, Responsible, PlaceFacts)? in
            guard let duty = try tx.one("select * from duty where place = \(place) and id = \(id)").map(Duty.init(row:)),
                duty.isOpen
            else { return nil }
            let pack = try hall.packs.pack(duty.pack, tx)
            guard let rule = pack.pack.rule(duty.rule),
                let row = try tx.one("select * from place where place = \(place)")
            else { return nil }
            let owing = try Roster(tx: tx).responsible(for: duty, rule: rule, pack: pack.pack, on: day)
            return (duty, rule, pack, owing, try FactFinder(tx: tx, hall: hall).facts(of: Place(row: row)))
        }
        guard let (duty, rule, pack, owing, facts) = found, let person = owing.people.first else { return }
        if isCase(duty) { return try await handleCase(duty, by: person) }
        if chance.happens(4), let head = world.residents.first(where: { $0.place == place && $0.role == "director" }), head.person != person {
            try await act(by: head.person) { act in
                try DutyActs(act: act).waive(id, at: place, reason: "当日无此项业务", by: head.person)
            }
            return
        }
        if Patrol.isOwed(duty, pack.pack) {
            guard isTimeToInspect(place, id) else { return }
            return try await walk(.round(duty.form), at: place, by: person)
        }
        if let form = pack.pack.form(duty.form) {
            let answers = fill(form, duty, facts, pack.pack, day)
            var signers: [Person.ID] = []
            if let needed = rule.signedBy {
                let able = world.residents.filter {
                    ($0.place == place || $0.place == duty.seat) && (needed.roles.isEmpty || needed.roles.contains($0.role))
                }.map(\.person)
                signers = Array(Set([person] + able).filter { able.contains($0) }.sorted().prefix(needed.count))
            }
            let filled = Filled(answers: answers, at: nil, signers: signers)
            try await act(by: person) { act in
                try Filling(act: act).fill(id, at: place, filled, by: person)
            }
        } else if duty.endsOn == "finding.rectified" || duty.endsOn == "finding.rechecked" {
            let finding = String(duty.subject.dropFirst("finding:".count))
            let photo = self.photo
            try await act(by: person) { act in
                if duty.endsOn == "finding.rectified" {
                    try FindingActs(act: act).rectify(finding, at: place, note: "已处理", photos: [photo], by: person)
                } else {
                    try FindingActs(act: act).recheck(finding, at: place, note: "", isRight: true, by: person)
                }
            }
        } else if duty.endsOn == "item.renewed", let id = Item.id(in: duty.subject) {
            let photo = self.photo
            try await hall.act(by: .person(person), at: now) { act in
                let (item, acts) = (try Item.find(id, at: place, act.act), ItemActs(act: act))
                if case .service? = item.due(pack.pack) {
                    try acts.service(id, on: day, photo: photo, at: place, by: person)
                } else {
                    try acts.replace(id, type: item.type, made: day.adding(days: -30).description, photo: photo, at: place, by: person)
                }
            }
        } else if let kind = pack.pack.event(duty.endsOn), !kind.may.isEmpty {
            try await report(kind.id, place, invent(kind, day))
        }
    }

    /// Whether a point has its turn to be found wanting: each does at one of the halls, twice a month where it is walked each
    /// day, so that a month of a demo shows each of them found, put right and looked at again.
    private func isItsTurn(_ field: Field, of form: Regulation.Form, _ duty: Duty, _ pack: Pack, _ day: Day) -> Bool {
        guard let (mark, halls) = lot(of: field, form: form.id, at: duty.place) else { return false }
        guard case .every(let cadence) = pack.rule(duty.rule)?.occasion ?? .every(.day), [.opening, .closing, .halfDay, .day].contains(cadence) else { return true }
        return UInt64(max(0, day.number)) % 15 == (mark / halls) % 15
    }

    /// A number drawn from a point's name, and how many halls share the points; nil when the point is another hall's.
    func lot(of field: Field, form: String, at place: Place.ID) -> (mark: UInt64, halls: UInt64)? {
        let mark = "\(form)/\(field.id)".utf8.reduce(UInt64(5381)) { $0 &* 33 &+ UInt64($1) }
        let halls = UInt64(max(1, world.halls.count))
        if let index = world.halls.firstIndex(of: place), mark % halls != UInt64(index) { return nil }
        return (mark, halls)
    }

    /// Answers as people give them: mostly in order, a point found wanting now and then.
    private func fill(_ form: Regulation.Form, _ duty: Duty, _ facts: PlaceFacts, _ pack: Pack, _ day: Day) -> [String: String] {
        let role = duty.subject.hasPrefix("role:") ? String(duty.subject.dropFirst("role:".count)) : nil
        var answers: [String: String] = [:]
        for field in form.fields(for: role, traits: facts.traits, on: day, seasons: pack.company.seasons) {
            if field.kind == .point {
                let isTurn = isItsTurn(field, of: form, duty, pack, day)
                guard chance.happens(6) || isTurn else {
                    answers[field.id] = "ok"
                    continue
                }
                let severity = field.severity ?? (chance.happens(850) ? "minor" : "serious")
                answers[field.id] = severity
                answers[field.id + ".note"] = "有灰尘，未到位"
                if severity != "minor" || field.photo { answers[field.id + ".photo"] = photo }
            } else if isReadingOff(field), isItsTurn(field, of: form, duty, pack, day), let low = field.bandFrom {
                answers[field.id] = String(Int(low) - 2)
            } else {
                answers[field.id] = value(field, day)
            }
        }
        return answers
    }

    /// Whether a reading may lie outside its band without being a slip of the pen.
    private func isReadingOff(_ field: Field) -> Bool {
        guard field.kind == .number, let low = field.bandFrom else { return false }
        return field.from.map { low - 2 >= $0 } ?? true
    }

    private func invent(_ kind: EventKind, _ day: Day) -> [String: String] {
        var fields: [String: String] = [:]
        for field in kind.fields { fields[field.id] = value(field, day) }
        return fields
    }

    func value(_ field: Field, _ day: Day) -> String {
        switch field.kind {
        case .tick, .yesNo: return "yes"
        case .choice: return chance.pick(field.options)?.id ?? ""
        case .number:
            if let from = field.bandFrom, let to = field.bandTo, from <= to { return String(Int(((from + to) / 2).rounded())) }
            // Outdoors 5–36 °C or whatever the bounds allow.
            let low = max(field.from ?? 0, 5)
            let high = max(low, min(field.to ?? 36, 36))
            return String(chance.minutes(Int(low)...Int(high)))
        case .count: return String(chance.happens(900) ? Int(field.from ?? 0) : min(2, Int(field.to ?? 2)))
        case .text: return "正常"
        case .photo: return Array(repeating: photo, count: max(1, field.count)).joined(separator: ",")
        case .signature, .person: return chance.pick(world.residents)?.person ?? ""
        case .day: return day.adding(days: chance.minutes(1...10)).description
        case .time: return "10:30"
        case .place: return world.places["unit"] ?? world.company
        case .item: return "1"
        case .point: return "ok"
        }
    }
}
