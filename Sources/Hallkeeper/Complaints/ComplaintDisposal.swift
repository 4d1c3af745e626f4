import Regulation
import Store
import WorkCalendar

/// Cases nobody has to keep any longer (个人信息保护法 19; docs/rules/complaints.md): proposed by one, approved by another, then every word
/// and photo goes; the case stays as a number with its dates, kind and outcome, so that figures stay what they were.
extension ComplaintLife {
    /// The last day it has to be kept; nil while it is open, and where the rulebook has it kept for good.
    var retentionEnds: Day? {
        guard let ended = complaint.ended, let years = standing.retention else { return nil }
        return max(standing.zone.day(of: ended).adding(months: years * 12), Day(complaint.keptUntil) ?? Day(number: 0))
    }

    /// Why it cannot be destroyed yet, or any more.
    var disposalHindrance: Text? {
        if !complaint.isOver { return Text("还没有办结，不能销毁。", "It has not ended yet.") }
        guard let ends = retentionEnds else { return Text("规范没有写保管期限，一直保存。", "The rulebook says nothing of how long it is kept: it stays.") }
        guard standing.zone.day(of: now) > ends else { return Text("要保管到 \(ends)，还不能销毁。", "It has to be kept until \(ends).") }
        return nil
    }

    /// Destroyed by one who proposes and another who approves; kept longer by whoever approves.
    func disposing(_ act: ComplaintAct) -> Text? {
        if standing.person == complaint.respondent, !complaint.respondent.isEmpty { return Text("被投诉人不能办理这件工单。", "Whoever it is about takes no part in it.") }
        if act != .proposeDisposal, !complaint.isConfidential, !standing.isAbove { return Text("由上一级决定。", "The level above decides on this.") }
        if act == .keepLonger { return complaint.isOver ? nil : Text("还没有办结，本来就要保管。", "It has not ended; it is kept anyway.") }
        if let hindrance = disposalHindrance { return hindrance }
        switch (act, complaint.disposal) {
        case (.proposeDisposal, .none): return nil
        case (.proposeDisposal, _): return Text("已经提出销毁，等另一人批准。", "It has been proposed; somebody else approves it.")
        case (_, .proposed): return complaint.disposalBy == standing.person ? Text("提出销毁的人不能自己批。", "Whoever proposed it does not approve it.") : nil
        default: return Text("先提出销毁，再由另一人批准。", "It is proposed first, then approved by somebody else.")
        }
    }

    /// What such an act comes to. Refuses a day that has passed or lies more than twenty years off.
    func applyDisposal(_ act: ComplaintAct, _ input: ActInput, _ c: inout Complaint) throws {
        switch act {
        case .proposeDisposal: (c.disposal, c.disposalBy) = (.proposed, standing.person)
        case .dispose: c.disposal = .destroyed
        default:
            let today = standing.zone.day(of: now)
            guard let until = input.day("until"), until > today, until <= today.adding(months: 240) else {
                throw FormProblems(fields: [("until", Text("写以后的一天，最多二十年。", "A day to come, twenty years at most."))])
            }
            (c.disposal, c.disposalBy, c.keptUntil) = (.none, "", until.description)
        }
    }
}

extension ComplaintAct {
    static let disposal: [ComplaintAct] = [.proposeDisposal, .dispose, .keepLonger]

    /// The permission it needs for a case: what is confidential is supervision's own to its end.
    func permission(isConfidential: Bool) -> String? { isConfidential && Self.disposal.contains(self) ? "misconduct" : permission }
}

extension ComplaintActs {
    /// Destroys every word and photo of a case; its row and its steps, as they are now, name none of them afterwards.
    func destroyWords(of complaint: Complaint) throws -> Complaint {
        var bare = complaint
        for text in [bare.text, bare.wish, bare.name, bare.phone, bare.address] { try CustomerActs(act).destroy(text, at: bare.place) }
        (bare.text, bare.wish, bare.name, bare.phone, bare.address, bare.account, bare.respondent, bare.outerNumber) = ("", "", "", "", "", "", "", "")
        // The code opens nothing any more.
        bare.tracking = "destroyed:" + bare.id
        var photos: [String] = []
        for var step in try tx.rows("select * from complaint_step where complaint = \(bare.id) order by id").map(ComplaintStep.init(row:)) {
            for (_, text) in ((try JSON(parsing: Array(step.texts.utf8))).object ?? [:]).sorted(by: { $0.key < $1.key }) { try CustomerActs(act).destroy(text.string ?? "", at: step.place) }
            guard step.texts != "{}" || !step.files.isEmpty else { continue }
            photos += step.files.split(separator: ",").map(String.init)
            (step.texts, step.files) = ("{}", "")
            try act.enter(Event(kind: "complaint.step-destroyed", about: bare.subject, at: act.now), at: step.place)
            try tx.keep(step)
        }
        try ComplaintSearch(engine: act.hall.store.engine).put(bare, texts: [], name: "", phone: "", account: "", tx)
        try Scrubbing.want(photos: photos, at: act.now, tx)
        return bare
    }
}

extension CaseBook {
    /// Ended cases whose retention is over and that nobody has had kept longer.
    func disposable(on today: Day, _ zone: Zone) -> SQL {
        var parts: [SQL] = []
        for (years, kinds) in Dictionary(grouping: kinds, by: { retention(ofKind: $0.id) }).sorted(by: { ($0.key ?? 0) < ($1.key ?? 0) }) {
            guard let years else { continue }
            // The last day on which one may have ended that need not be kept today.
            var last = today.adding(months: -years * 12)
            while last.adding(months: years * 12) >= today { last = last.adding(days: -1) }
            parts.append("(complaint.kind in \(list: kinds.map(\.id)) and complaint.ended < \(zone.instant(last, minute: 1440)))")
        }
        guard let first = parts.first else { return "1 = 0" }
        let any = parts.dropFirst().reduce(first) { "\(sql: $0) or \(sql: $1)" }
        return "complaint.ended is not null and complaint.disposal <> 'destroyed' and complaint.kept_until < \(today) and (\(sql: any))"
    }
}
