import Regulation
import Store
import WorkCalendar

/// Puts a version of a pack into the database, in force from a day; `serve` never reads pack files.
struct Publishing {
    let hall: Hallkeeper

    /// The hash a version is known by: of all names and bytes, in the order of names.
    static func hash(_ files: [PackFile]) -> String {
        var bytes: [UInt8] = []
        for file in files.sorted(by: { $0.name < $1.name }) {
            bytes += Array(file.name.utf8) + [0] + Array(file.text.utf8) + [0]
        }
        return Hash.hex(Hash.sha256(bytes))
    }

    /// Refuses a pack with mistakes, and a day that lies before today once something is in force.
    @discardableResult
    func publish(_ files: [PackFile], from day: Day, by actor: Actor, at now: Instant) async throws -> String {
        let read = PackReader.read(files)
        guard let pack = read.pack else { throw PackMistakes(mistakes: read.mistakes) }
        return try await hall.act(by: actor, at: now) { act in try Self.publish(files, as: pack, from: day, act) }
    }

    /// The same inside an act, of files that have been read.
    @discardableResult
    static func publish(_ files: [PackFile], as pack: Pack, from day: Day, _ act: HallAct) throws -> String {
        let (hash, now) = (Self.hash(files), act.now)
        let company = try act.company()
        let today = act.hall.zone.day(of: now)
        if day < today, try act.act.one("select 1 as one from pack_force where from_day < \(today)") != nil {
            throw FormProblems(fields: [
                ("from", Text("生效日不能早于今天。", "It cannot come into force before today."))
            ])
        }
        try act.enter(
            Event(
                kind: "pack.published", about: "pack:\(hash)", at: now,
                fields: ["pack": pack.company.pack, "edition": pack.company.edition, "from": day.description]),
            at: company.id)
        if try act.act.addIfNew(
            PackVersion(
                place: company.id, hash: hash, pack: pack.company.pack, edition: pack.company.edition, by: act.by,
                at: now))
        {
            for file in files.sorted(by: { $0.name < $1.name }) {
                try act.act.keep(PackText(place: company.id, hash: hash, name: file.name, body: file.text))
            }
        }
        try act.act.keep(PackForce(place: company.id, from: day, hash: hash, by: act.by, at: now))
        return hash
    }

    /// Versions that have come into force and whose change has not been started at the places: starts it, once each.
    func begin(at now: Instant) async throws {
        let today = hall.zone.day(of: now)
        let fresh = try await hall.store.read { tx in
            try tx.rows(
                """
                select from_day, hash from pack_force where from_day <= \(today)
                and not exists (select 1 from fanout where fanout.kind = 'pack' and fanout.event = pack_force.from_day || '/' || pack_force.hash)
                order by from_day
                """
            ).map { try $0.text("from_day") + "/" + $0.text("hash") }
        }
        for event in fresh {
            try await hall.act(by: .clock, at: now) { act in
                let company = try act.company()
                let total = try act.act.one("select count(*) as n from place where ended is null")?.int("n") ?? 0
                guard try act.act.one("select 1 as one from fanout where kind = 'pack' and event = \(event)") == nil
                else { return }
                try act.enter(Event(kind: "pack.in-force", about: "pack:\(event)", at: now), at: company.id)
                try act.act.keep(
                    Fanout(
                        place: company.id, id: act.act.id().description, kind: "pack", event: event, cursor: "",
                        done: 0, total: Int(total), state: .running))
            }
        }
    }
}

/// A pack that does not read, with every mistake and where it stands.
struct PackMistakes: Error { var mistakes: [Mistake] }
