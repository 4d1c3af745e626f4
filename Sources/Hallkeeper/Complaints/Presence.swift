import Store
import WorkCalendar

/// Who has a case open to write in it, told to whoever else has: a row with an end, so that it holds over processes and
/// goes by itself. No part of the ledger.
enum Presence {
    /// How long one word of it holds.
    static let seconds: Int64 = 45

    /// Somebody is doing something about a case, from now on for a while.
    static func tell(_ complaint: Complaint.ID, _ person: Person.ID, _ what: String, at now: Instant, _ tx: any Writing) throws {
        let until = now.adding(ms: seconds * 1000)
        try tx.run("delete from presence where until < \(now)")
        try tx.run("insert into presence (complaint, person, what, until) values (\(complaint), \(person), \(what), \(until)) on conflict (complaint, person) do update set what = excluded.what, until = excluded.until")
    }

    static func leave(_ complaint: Complaint.ID, _ person: Person.ID, _ tx: any Writing) throws {
        try tx.run("delete from presence where complaint = \(complaint) and person = \(person)")
    }

    /// Who else, by name, and what they do.
    static func others(_ complaint: Complaint.ID, but me: Person.ID, at now: Instant, _ tx: any Reading) throws -> [(name: String, what: String)] {
        try tx.rows(
            """
            select personal.text as name, presence.what as what from presence
            join person on person.person = presence.person join personal on personal.id = person.name
            where presence.complaint = \(complaint) and presence.until >= \(now) and presence.person <> \(me) order by presence.person limit 10
            """
        ).map { (try $0.text("name"), try $0.text("what")) }
    }
}

/// What somebody has written in a case and not sent: kept on the server for a week, gone when it is sent. Personal, no part of
/// the ledger.
enum Draft {
    static let days = 7

    /// Keeps what was typed for an act; where nothing is left it goes.
    static func keep(_ fields: [String: String], _ act: ComplaintAct, _ complaint: Complaint.ID, by person: Person.ID, at now: Instant, _ tx: any Writing) throws {
        let body = JSON.object(fields.filter { !$0.value.isEmpty }.mapValues { .string($0) }).text
        guard body != "{}", body.utf8.count <= 200_000 else { return try drop(act, complaint, by: person, tx) }
        try tx.run("insert into complaint_draft (person, complaint, act, at, body) values (\(person), \(complaint), \(act.rawValue), \(now), \(body)) on conflict (person, complaint, act) do update set at = excluded.at, body = excluded.body")
    }

    static func drop(_ act: ComplaintAct, _ complaint: Complaint.ID, by person: Person.ID, _ tx: any Writing) throws {
        try tx.run("delete from complaint_draft where person = \(person) and complaint = \(complaint) and act = \(act.rawValue)")
    }

    /// What is kept of somebody in a case, by act.
    static func all(_ complaint: Complaint.ID, by person: Person.ID, since: Instant, _ tx: any Reading) throws -> [ComplaintAct: [String: String]] {
        var found: [ComplaintAct: [String: String]] = [:]
        for row in try tx.rows("select act, body from complaint_draft where person = \(person) and complaint = \(complaint) and at >= \(since)") {
            if let act = ComplaintAct(rawValue: try row.text("act")) { found[act] = ComplaintReader.map(try row.text("body")) }
        }
        return found
    }
}
