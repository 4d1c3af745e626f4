import Regulation
import Store
import WorkCalendar

/// Problems of a form, field by field; the page is shown again with what was typed.
struct FormProblems: Error, Sendable {
    var fields: [(field: String, sentence: Text)]
}

/// A form as it comes in: typed answers, when it was done, who signed with their PIN (proved before the act).
struct Filled: Sendable {
    var answers: [String: String]
    var at: Instant?
    var signers: [Person.ID] = []
    /// Points whose finding was recorded before the round was handed in.
    var raised: Set<String> = []
}

/// Fills the form of a duty: the record, the duty's end, the findings (docs/rules/rounds.md), and what the answers
/// report, in one act.
struct Filling {
    let act: HallAct

    /// Refuses who may not (docs/rules/access.md), the untrained (5.5-4), a missing second person, answers out of range.
    @discardableResult
    func fill(_ id: Duty.ID, at place: Place.ID, _ filled: Filled, by person: Person.ID) throws -> Record {
        let duty = try act.duty(id, at: place)
        let inForce = try act.hall.packs.pack(duty.pack, act.act)
        guard let rule = inForce.pack.rule(duty.rule), let form = try PlaceForms(tx: act.act).asked(by: duty, in: inForce.pack) else {
            throw Refusal.tooLate(Text("这条规则已取消，不用再做。", "This rule was withdrawn; nothing is owed."))
        }
        let claimed = filled.at ?? act.now
        let facts = try FactFinder(tx: act.act, hall: act.hall).facts(of: act.place(place))
        try mayDo(duty, rule, inForce.pack, person, on: act.hall.zone.day(of: claimed))
        try isSigned(filled, rule, duty, by: person)
        let role = duty.subject.hasPrefix("role:") ? String(duty.subject.dropFirst("role:".count)) : nil
        let checked = Answers.check(
            form, answers: filled.answers, role: role, place: facts, on: facts.unit.zone.day(of: claimed),
            seasons: inForce.pack.company.seasons)
        guard checked.problems.isEmpty else {
            throw FormProblems(fields: checked.problems.map { ($0.field, $0.sentence) })
        }
        let recordID = act.act.id().description
        let change = try duty.done(by: person, record: recordID, at: claimed, received: act.now)
        try act.enter(change.event, at: place)
        let record = Record(
            place: place, id: recordID, duty: id, form: form.id, pack: inForce.hash, answers: try act.answers(checked, at: place),
            by: person, at: claimed, receivedAt: act.now, corrects: "", note: "")
        try act.act.keep(record)
        for signer in Set(filled.signers).sorted() {
            try act.act.keep(Signature(place: place, record: recordID, person: signer, at: act.now))
        }
        try act.act.keep(change.value)
        try Regulator(act).answer(change.event, at: place)
        for wanting in checked.wanting where !filled.raised.contains(wanting.point) {
            try FindingActs(act: act).record(wanting, record.id, form: form.id, about: duty.thing, at: place, by: person, at: claimed)
        }
        if form.isRound {
            let waiting = try FindingActs(act: act).waiting(form.id, about: duty.thing, at: place)
            for (point, value) in checked.clean.sorted(by: { $0.key < $1.key }) where waiting.contains(point) && value.text == "ok" && form.field(point)?.kind == .point {
                try FindingActs(act: act).seenInOrder(point, form: form.id, about: duty.thing, at: place, by: person, at: claimed)
            }
        }
        for emitted in checked.emits {
            // What is sealed for supervision happens there, in its own chain: here the sheet's line says how many, nothing else does.
            let isSealed = emitted.event.hasPrefix("misconduct.")
            let supervision = isSealed ? try ViewerFinder(tx: act.act, hall: act.hall).sealed(on: act.hall.zone.day(of: act.now)).sorted().first : nil
            try Reporting(act).happened(
                Event(kind: emitted.event, about: isSealed ? "place:\(place)" : "", at: claimed, fields: emitted.fields), at: supervision ?? place, by: person,
                companyWide: inForce.pack.event(emitted.event)?.isCompanyWide ?? false)
        }
        return record
    }

    /// Only who owes it, stands in, or had it handed to them; and only the trained where the pack asks for it.
    func mayDo(_ duty: Duty, _ rule: Rule, _ pack: Pack, _ person: Person.ID, on day: Day) throws {
        let owing = try Roster(tx: act.act, standing: act.hall.standing).responsible(for: duty, rule: rule, pack: pack, on: day)
        guard owing.people.contains(person) else {
            let name = pack.role(duty.role)?.name ?? Text(duty.role, duty.role)
            throw Refusal.notAllowed(
                Text("这件事由\(name.zh)做。需要代做，请主任转交给你。", "This is for the \(name.en). Ask the director to hand it to you."))
        }
        for topic in pack.topicsNeeded(for: rule) {
            let row = try act.act.one(
                """
                select 1 as one from qualification where person = \(person) and topic = \(topic)
                and granted <= \(day) and until_day >= \(day) limit 1
                """)
            guard row != nil else {
                let name = pack.topic(topic)?.name ?? Text(topic, topic)
                throw Refusal.notAllowed(
                    Text("先完成“\(name.zh)”培训才能做这件事（5.5-4）。", "Training in “\(name.en)” comes first (5.5-4)."))
            }
        }
        if let other = rule.notByDoerOf {
            let row = try act.act.one(
                """
                select done_by from duty where place = \(duty.place) and rule = \(other) and subject = \(duty.subject)
                and done_at is not null order by done_at desc limit 1
                """)
            if try row?.text("done_by") == person {
                throw Refusal.notAllowed(Text("要由另一个人来做。", "Another person has to do this."))
            }
        }
    }

    /// Two-person rules: that many different people, each with their own PIN; administrators are not exempt.
    private func isSigned(_ filled: Filled, _ rule: Rule, _ duty: Duty, by person: Person.ID) throws {
        guard let needed = rule.signedBy else { return }
        let signers = Set(filled.signers)
        if signers.count < needed.count {
            let missing = needed.count - signers.count
            throw FormProblems(fields: [
                (
                    "signers",
                    Text("还差 \(missing) 个人签名，要不同的人。", "\(missing) more signature\(missing == 1 ? "" : "s") needed, by different people.")
                )
            ])
        }
        if !needed.roles.isEmpty {
            let day = act.hall.zone.day(of: act.now)
            for signer in signers {
                let fits = try needed.roles.contains { role in
                    try Roster(tx: act.act, standing: act.hall.standing).people(role, at: duty.place, on: day).contains(signer)
                        || Roster(tx: act.act, standing: act.hall.standing).people(role, at: duty.seat, on: day).contains(signer)
                }
                guard fits else {
                    throw FormProblems(fields: [
                        ("signers", Text("签名的人不在规定的岗位上。", "A signer does not fill one of the roles that may sign."))
                    ])
                }
            }
        }
    }
}

extension HallAct {
    /// Answers as they stand in a record: long texts as ids of personal texts. Belongs to the entry begun; in the order of
    /// their names, so that the same form draws the same ids.
    func answers(_ checked: Checked, at place: Place.ID) throws -> JSON {
        var kept: [String: JSON] = [:]
        for (field, value) in checked.clean.sorted(by: { $0.key < $1.key }) {
            kept[field] = .string(value.isPersonal ? "personal:\(try act.personal(value.text, place: place))" : value.text)
        }
        return .object(kept)
    }
}
