import Regulation
import Store
import WorkCalendar

/// What is done about findings: recorded (or joined), put right, looked at again, closed off.
struct FindingActs {
    let act: HallAct

    /// Records what a round, a patrol or a reading found wanting: joins what is not closed at the same point, says what has
    /// come back within thirty days of closing. What was put right on the spot is at once rectified by the same person.
    @discardableResult
    func record(_ wanting: Wanting, _ record: Record.ID, form: String, about subject: String = "", at place: Place.ID, by person: Person.ID, at moment: Instant) throws -> Finding {
        var finding: Finding
        let latest = try latest(form, wanting.point, subject, at: place)
        if let old = latest, old.state != .rechecked {
            let change = old.foundAgain(severity: wanting.severity, photos: wanting.photos, at: moment)
            try act.enter(change.event, at: place)
            if !wanting.note.isEmpty { _ = try act.act.personal(wanting.note, place: place) }
            try act.act.keep(change.value)
            try Regulator(act).answer(change.event, at: place)
            if old.state == .rectified { try Regulator(act).endRechecks(of: old.id, at: place) }
            finding = change.value
        } else {
            let since = moment.adding(minutes: -Finding.relapseDays * 1440)
            finding = Finding(
                place: place, id: act.act.id().description, record: record, form: form, point: wanting.point, clause: wanting.clause,
                severity: wanting.severity, note: "", photos: wanting.photos, by: person, at: moment,
                relapseOf: latest.flatMap { ($0.recheckedAt ?? $0.at) >= since ? $0.id : nil } ?? "", subject: subject)
            try act.enter(finding.recorded, at: place)
            if !wanting.note.isEmpty { finding.note = try act.act.personal(wanting.note, place: place).description }
            try act.act.keep(finding)
            try Regulator(act).answer(finding.recorded, at: place)
        }
        if wanting.isFixed {
            // Of two photos the last shows how it is now.
            let after = wanting.photos.split(separator: ",").dropFirst().last.map(String.init) ?? ""
            let change = try finding.rectified(by: person, note: "", photos: after, at: moment)
            try keep(change, note: wanting.note, at: place) { $0.rectifyNote = $1 }
            finding = change.value
        }
        return finding
    }

    /// A later round of another person found the point in order: what was minor and put right is closed by that.
    func seenInOrder(_ point: String, form: String, about subject: String = "", at place: Place.ID, by person: Person.ID, at moment: Instant) throws {
        guard let old = try latest(form, point, subject, at: place), old.state == .rectified, old.severity == "minor", old.rectifiedBy != person,
            let rectified = old.rectifiedAt, moment >= rectified
        else { return }
        try act.keep(old.rechecked(by: person, isRight: true, note: "", at: moment), at: place)
    }

    /// The points of a form whose minor findings have been put right and wait to be looked at by another: all a round that
    /// found them in order can close.
    func waiting(_ form: String, about subject: String, at place: Place.ID) throws -> Set<String> {
        Set(
            try act.act.rows("select point from finding where place = \(place) and form = \(form) and subject = \(subject) and state = 'rectified' and severity = 'minor'").map {
                try $0.text("point")
            })
    }

    private func latest(_ form: String, _ point: String, _ subject: String, at place: Place.ID) throws -> Finding? {
        try act.act.one("select * from finding where place = \(place) and form = \(form) and point = \(point) and subject = \(subject) order by at desc, id desc limit 1")
            .map(Finding.init(row:))
    }

    private func find(_ id: Finding.ID, at place: Place.ID) throws -> Finding {
        guard let row = try act.act.one("select * from finding where place = \(place) and id = \(id)") else { throw Refusal.notFound }
        return try Finding(row: row)
    }

    /// Keeps a change with what somebody said about it, then the regulation's answer.
    private func keep(_ change: Change<Finding>, note: String, at place: Place.ID, _ set: (inout Finding, String) -> Void) throws {
        try act.enter(change.event, at: place)
        var value = change.value
        if !note.isEmpty { set(&value, try act.act.personal(note, place: place).description) }
        try act.act.keep(value)
        try Regulator(act).answer(change.event, at: place)
    }

    /// By whoever owes the rectification, with a word, and a photo where it was serious.
    func rectify(_ id: Finding.ID, at place: Place.ID, note: String, photos: [String], by person: Person.ID) throws {
        let finding = try find(id, at: place)
        var problems: [(field: String, sentence: Text)] = []
        if note.isEmpty { problems.append(("note", Text("写一句怎么整改的。", "Say in a few words how it was put right."))) }
        if finding.severity != "minor", photos.isEmpty {
            problems.append(("photo", Text("还差 1 张整改后的照片。", "1 photo of how it is now is missing.")))
        }
        guard problems.isEmpty else { throw FormProblems(fields: problems) }
        try mayEnd("finding.rectified", of: id, at: place, by: person)
        try keep(finding.rectified(by: person, note: "", photos: photos.joined(separator: ","), at: act.now), note: note, at: place) { $0.rectifyNote = $1 }
    }

    /// Looked at again by another person than the one who put it right; not right sends it back to open.
    func recheck(_ id: Finding.ID, at place: Place.ID, note: String, isRight: Bool, by person: Person.ID) throws {
        let finding = try find(id, at: place)
        let change = try finding.rechecked(by: person, isRight: isRight, note: "", at: act.now)
        if !isRight, note.isEmpty { throw FormProblems(fields: [("note", Text("写一句还差什么。", "Say in a few words what is still wanting."))]) }
        try keep(change, note: note, at: place) { $0.recheckNote = $1 }
        // Sent back: whoever owed the re-check has done it.
        if !isRight { try Regulator(act).endRechecks(of: id, at: place) }
    }

    /// Where it is dangerous: nobody goes there until it is closed.
    func closeOff(_ id: Finding.ID, at place: Place.ID, by person: Person.ID) throws {
        let finding = try find(id, at: place)
        guard finding.severity == "danger" else {
            throw Refusal.invalid(field: "severity", Text("只有危险的问题才封闭现场。", "A place is closed off only where there is danger."))
        }
        try act.keep(finding.closedOff(by: person, at: act.now), at: place)
    }

    /// Whoever ends a duty about the finding must be one who owes it.
    private func mayEnd(_ kind: String, of id: Finding.ID, at place: Place.ID, by person: Person.ID) throws {
        let day = act.hall.zone.day(of: act.now)
        for duty in try Duty.open(about: "finding:" + id, at: place, act.act) {
            let inForce = try act.hall.packs.pack(duty.pack, act.act)
            guard let rule = inForce.pack.rule(duty.rule), rule.endsOn == kind else { continue }
            try Filling(act: act).mayDo(duty, rule, inForce.pack, person, on: day)
        }
    }
}
