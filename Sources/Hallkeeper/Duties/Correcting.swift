import Foundation
import Regulation
import Store
import WorkCalendar

/// Corrects a record: a new one beside the old, with why. The old one stays; the duty points at the newest.
struct Correcting {
    let act: HallAct

    /// By whoever filled it in, or by somebody who may correct (`mayCorrect`, decided from the route's permission).
    func correct(
        _ recordID: Record.ID, at place: Place.ID, answers: [String: String], why: String, by person: Person.ID,
        mayCorrect: Bool
    ) throws -> Record {
        guard let row = try act.act.one("select * from record where place = \(place) and id = \(recordID)") else {
            throw Refusal.notFound
        }
        let old = try Record(row: row)
        guard old.by == person || mayCorrect else {
            throw Refusal.notAllowed(Text("只有填写人或主任可以更正。", "Only whoever filled it in, or the director, corrects it."))
        }
        if why.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty {
            throw FormProblems(fields: [("why", Text("写一句为什么更正。", "Say in a few words why it is corrected."))])
        }
        if try act.act.one("select 1 as one from record where place = \(place) and corrects = \(recordID)") != nil {
            throw Refusal.conflict(Text("这份记录已更正过，请更正最新的一份。", "This was corrected already; correct the newest one."))
        }
        let inForce = try act.hall.packs.pack(old.pack, act.act)
        var duty = try act.duty(old.duty, at: place)
        guard old.form == duty.form, let form = try PlaceForms(tx: act.act).asked(by: duty, in: inForce.pack) else { throw Refusal.notFound }
        let facts = try FactFinder(tx: act.act, hall: act.hall).facts(of: act.place(place))
        let role = duty.subject.hasPrefix("role:") ? String(duty.subject.dropFirst("role:".count)) : nil
        let checked = Answers.check(form, answers: answers, role: role, place: facts, on: duty.day, seasons: inForce.pack.company.seasons)
        guard checked.problems.isEmpty else {
            throw FormProblems(fields: checked.problems.map { ($0.field, $0.sentence) })
        }
        let id = act.act.id().description
        try act.enter(
            Event(kind: "record.corrected", about: "duty:\(duty.id)", at: act.now, fields: ["record": recordID]), at: place)
        let record = Record(
            place: place, id: id, duty: old.duty, form: old.form, pack: old.pack, answers: try act.answers(checked, at: place), by: person,
            at: old.at, receivedAt: act.now, corrects: recordID,
            note: try act.act.personal(why, place: place).description)
        try act.act.keep(record)
        duty.record = id
        try act.act.keep(duty)
        return record
    }
}
