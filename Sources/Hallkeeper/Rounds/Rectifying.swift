import Regulation
import Store
import WorkCalendar

/// Puts a finding right: by whoever owes the rectification, with a word, and a photo where it was serious.
struct Rectifying {
    let act: HallAct

    func rectify(_ id: Finding.ID, at place: Place.ID, note: String, photos: [String], by person: Person.ID) throws {
        guard let row = try act.act.one("select * from finding where place = \(place) and id = \(id)") else {
            throw Refusal.notFound
        }
        let finding = try Finding(row: row)
        var problems: [(field: String, sentence: Text)] = []
        if note.isEmpty { problems.append(("note", Text("写一句怎么整改的。", "Say in a few words how it was put right."))) }
        if finding.severity != "minor", photos.isEmpty {
            problems.append(("photo", Text("还差 1 张整改后的照片。", "1 photo of how it is now is missing.")))
        }
        guard problems.isEmpty else { throw FormProblems(fields: problems) }
        let subject = "finding:\(id)"
        let owed = try act.act.rows(
            "select * from duty where place = \(place) and subject = \(subject) and state = 'open'")
        let day = act.hall.zone.day(of: act.now)
        for row in owed {
            let duty = try Duty(row: row)
            let inForce = try act.hall.packs.pack(duty.pack, act.act)
            guard let rule = inForce.pack.rule(duty.rule), rule.endsOn == "finding.rectified" else { continue }
            try Filling(act: act).mayDo(duty, rule, inForce.pack, person, on: day)
        }
        let event = Event(kind: "finding.rectified", about: subject, at: act.now)
        let change = try finding.rectified(by: person, note: "", photos: photos.joined(separator: ","), at: act.now)
        try act.enter(
            Event(kind: event.kind, about: subject, at: act.now, fields: change.event.fields), at: place)
        var value = change.value
        value.rectifyNote = try act.act.personal(note, place: place).description
        try act.act.keep(value)
        try Regulator(act).answer(change.event, at: place)
    }

    /// Looked at again by another person than the one who put it right; not right sends it back to open.
    func recheck(_ id: Finding.ID, at place: Place.ID, note: String, isRight: Bool, by person: Person.ID) throws {
        guard let row = try act.act.one("select * from finding where place = \(place) and id = \(id)") else {
            throw Refusal.notFound
        }
        let finding = try Finding(row: row)
        let change = try finding.rechecked(by: person, isRight: isRight, at: act.now)
        try act.enter(change.event, at: place)
        if !note.isEmpty { _ = try act.act.personal(note, place: place) }
        try act.act.keep(change.value)
        try Regulator(act).answer(change.event, at: place)
    }
}
