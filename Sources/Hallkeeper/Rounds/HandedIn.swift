import Store
import WorkCalendar

/// What a phone hands in of a round or a patrol, with its photos and its key: read in one way for both (docs/rules/rounds.md).
struct HandedIn: Sendable {
    var envelope: Envelope
    /// The phone's hash of a photo → the hash under which it is kept.
    var photos: [String: String]
    /// Photos the answers name that have not arrived; the phone sends them first.
    var missing: [String]
    var key: IdempotencyKey?

    /// Refuses a body that is no envelope.
    init(_ visit: Visit, by person: Person.ID, _ hall: Hallkeeper) async throws {
        envelope = try Envelope(visit.request.body)
        let shas = envelope.points.flatMap { $0.pictures.map(\.sha) }
        let kept = try await Uploads(hall: hall).kept(shas, by: person)
        (photos, missing) = (kept, shas.filter { kept[$0] == nil })
        if let sent = visit.request.headers["idempotency-key"], (16...80).contains(sent.utf8.count) {
            key = IdempotencyKey(key: sent, digest: Hash.hex(Hash.sha256(visit.request.body)))
        }
    }

    /// As a form has them: value, word, photos, put right.
    var typed: [String: String] {
        var typed: [String: String] = [:]
        for point in envelope.points {
            typed[point.id] = point.value
            if !point.severity.isEmpty { typed[point.id + ".severity"] = point.severity }
            if !point.note.isEmpty { typed[point.id + ".note"] = point.note }
            let hashes = point.pictures.compactMap { photos[$0.sha] }
            if !hashes.isEmpty { typed[point.id + ".photo"] = hashes.joined(separator: ",") }
            if point.isFixed { typed[point.id + ".fixed"] = "yes" }
        }
        return typed
    }

    /// The answer while photos are missing.
    var photosFirst: Reply { Self.said(JSON.object(["state": .string("photos"), "missing": .array(missing.map { .string($0) })]).text, status: 409) }

    /// An answer to the phone, kept by nobody on the way.
    static func said(_ json: String, status: Int = 200) -> Reply {
        var reply = Reply.json(json, status: status)
        reply.set("cache-control", "no-store")
        return reply
    }
}
