import Regulation
import Store
import WorkCalendar

/// What was typed into a form before the session ended, in the words of that form.
struct Carried: Sendable {
    let hall: Hallkeeper
    let words: Words

    /// Name and value as people know them: titles of the duty's form or the event's fields, names of the options chosen.
    /// What no form knows is left out; it is sent all the same.
    func shown(_ fields: [(String, String)], for path: String, at now: Instant) async throws -> [(String, String)] {
        let known = try await known(path, at: now)
        return fields.compactMap { name, value in
            guard !value.isEmpty else { return nil }
            let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
            guard let field = known.first(where: { $0.id == parts.first }) else {
                return ["reason", "why", "note"].contains(name) ? (words("point.note"), value) : nil
            }
            if parts.count == 2 { return parts[1] == "note" ? (words(field.title) + " · " + words("point.note"), value) : nil }
            if let option = field.options.first(where: { $0.id == value }) { return (words(field.title), words(option.name)) }
            switch field.kind {
            case .point: return (words(field.title), words.keys.contains("point." + value) ? words("point." + value) : value)
            case .tick, .yesNo: return (words(field.title), words.keys.contains("answer." + value) ? words("answer." + value) : value)
            case .photo, .signature, .person, .place: return nil
            default: return (words(field.title), value)
            }
        }
    }

    private func known(_ path: String, at now: Instant) async throws -> [Field] {
        let parts = path.split(separator: "?").first.map { $0.split(separator: "/").map(String.init) } ?? []
        let day = hall.zone.day(of: now)
        return try await hall.store.read { [hall] tx in
            if parts.count == 2, parts[0] == "report" {
                return try hall.packs.inForce(on: day, tx)?.pack.event(parts[1])?.fields ?? []
            }
            if parts.count == 3, parts[0] == "patrols" {
                guard let patrol = try tx.one("select * from patrol where place = \(parts[1]) and id = \(parts[2])").map(Patrol.init(row:)) else { return [] }
                return PatrolPlan.form(of: patrol, in: try hall.packs.pack(patrol.pack, tx).pack, isOwed: !patrol.duty.isEmpty).fields
            }
            guard parts.count == 3, parts[0] == "duties" else { return [] }
            guard let row = try tx.one("select pack, form from duty where place = \(parts[1]) and id = \(parts[2])") else { return [] }
            return try PlaceForms(tx: tx).form(row.text("form"), in: hall.packs.pack(row.text("pack"), tx).pack, at: parts[1])?.fields ?? []
        }
    }
}
