import Regulation
import WorkCalendar

/// Turns a case into its page and its papers: finished strings and links.
struct ComplaintView {
    let desk: Desk
    let file: ComplaintFile
    let standing: ComplaintLife.Standing
    var beside: [BesideView.Earlier] = []
    /// What was written and not sent, by act; words for replies; who else is here; whom it can be given to.
    var drafts: [ComplaintAct: [String: String]] = [:]
    var canned: [(id: String, title: String, words: String)] = []
    var present: [(name: String, what: String)] = []
    var people: [Selection] = []
    /// Whether name, phone and address are shown whole.
    var isShown = false
    /// The act that was tried and did not come through, with what was typed and what was wrong.
    var tried: ComplaintAct?
    var typed: [String: String] = [:]
    var problems: [String: String] = [:]
    var problem = ""

    init(desk: Desk, file: ComplaintFile, standing: ComplaintLife.Standing) {
        (self.desk, self.file, self.standing) = (desk, file, standing)
    }

    private var w: Words { desk.w }
    private var c: Complaint { file.complaint }
    private var book: CaseBook { standing.book }
    private var life: ComplaintLife { ComplaintLife(complaint: c, standing: standing) }
    private var times: Times { desk.times }
    /// Its words are destroyed: there is nothing to show, print or look up.
    private var isGone: Bool { c.disposal == .destroyed }

    private func name(_ place: Place.ID) -> String { desk.tree[place].map { w($0.name) } ?? "" }
    private func item(_ list: String, _ id: String) -> String { book.item(list, id).map { w($0.name) } ?? id }
    private var kindName: String { book.kind(c.kind).map { w($0.name) } ?? c.kind }
    private var severityName: String { book.severity(c.severity).map { w($0.name) } ?? c.severity }

    /// What the fields of words for replies are filled with.
    var cannedValues: [String: String] {
        [
            "name": file["name"].isEmpty ? w("case.customer") : file["name"], "number": c.number, "unit": name(c.unit), "kind": kindName, "hotline": desk.pack.pack.company.facts["hotline"] ?? "",
            "today": times.day(desk.today),
        ]
    }

    // MARK: - The page

    func page() -> ComplaintPage {
        let (primary, others) = acts()
        let due = nearest
        return ComplaintPage(
            title: kindName, crumb: [book.door(c.door).map { w($0.name) } ?? "", severityName, name(c.unit)].filter { !$0.isEmpty }.joined(separator: " · "), id: c.id, number: c.number,
            version: c.version, stages: stages, due: due?.text ?? "", dueState: due?.state ?? "", why: due?.why ?? [], deadlines: bothDeadlines, text: isGone ? w("case.disposal.gone") : file["text"], facts: facts(isWhole: isShown), isShown: isShown || isGone,
            phone: isShown ? file["phone"] : "", steps: file.steps.reversed().filter { !$0.step.act.isEmpty }.map(step), primary: primary, others: others,
            missing: desk.viewer.may("close-cases") && c.replied != nil && !c.isOver ? life.missing.map { w($0) } : [], beside: beside, marks: marks, problem: problem,
            papers: papers, isConfidential: c.isConfidential, hidden: desk.hidden, links: file.links.map { (w("case.link." + $0.how), $0.number, Site.complaint.link($0.id)) }, canned: c.isConfidential ? [] : canned,
            present: DeskRoutes.words(present, w), leftover: leftover, alarm: alarm)
    }

    /// What was written for a step that cannot be done any more.
    private var leftover: [(name: String, words: String)] {
        guard let tried, !problem.isEmpty, !isAllowed(tried) else { return [] }
        return tried.fields.compactMap { field in
            guard field.kind == .words, let words = typed[field.id], !words.isEmpty else { return nil }
            return (w("act.field." + field.id), words)
        }
    }

    private func isAllowed(_ act: ComplaintAct) -> Bool {
        (act.permission(isConfidential: c.isConfidential).map { desk.viewer.may($0) } ?? true) && life.hindrance(to: act) == nil && (act != .dispatch || c.firstDispatched == nil || desk.viewer.may("call-back"))
    }

    /// Until somebody has been there.
    private var alarm: CaseAlarm? {
        guard let kind = book.kind(c.kind), kind.isEmergency, !c.isOver, c.replied == nil, file.units.allSatisfy({ $0.visited == nil }) else { return nil }
        return CaseAlarm(say: kind.say.map { w($0) } ?? w("case.emergency-say"), goes: name(c.unit))
    }

    private var papers: [(name: String, link: String)] {
        guard !c.isConfidential, !isGone else { return [] }
        var list = [(name: w("case.slip"), link: Site.complaintSlip.link(c.id)), (name: w("receipt.title"), link: Site.complaintReceipt.link(c.id))]
        if c.replied != nil { list.append((w("case.letter"), Site.complaintLetter.link(c.id))) }
        if !c.finding.isEmpty { list.append((w("case.report"), Site.complaintReport.link(c.id))) }
        return list
    }

    private var marks: [String] {
        var list = (book.kind(c.kind)?.isEmergency == true ? [w("case.urgent")] : []) + [w("case.stage." + c.stage.rawValue)]
        if c.series == ImportReading.series { list.append(w("case.imported")) }
        if c.isSupervised { list.append([w("case.supervised"), c.supervisedUntil.map { times.by($0) } ?? ""].filter { !$0.isEmpty }.joined(separator: " ")) }
        if !c.verdict.isEmpty { list.append(w("case.verdict." + c.verdict)) }
        if c.isUntold { list.append(w("case.untold")) }
        if c.callTries > 0, c.calledBack == nil { list.append(w("case.call-tries", n: c.callTries)) }
        if !c.assignee.isEmpty { list.append(w("case.assigned", ["name": file.names[c.assignee] ?? ""])) }
        if let until = c.suspendedUntil, c.suspended != nil { list.append(w("case.suspended") + " " + times.by(until)) }
        if c.extended > 0 { list.append(w("case.extended")) }
        if c.reopened > 0 { list.append(w("case.reopened", n: c.reopened)) }
        if c.request != .none { list.append(w("case.asked", ["what": ActField.requests(book).first { $0.id == c.request.rawValue }.map { w($0.name) } ?? ""])) }
        if c.isAnonymous { list.append(w("case.anonymous")) }
        if c.disposal != .none { list.append(w("case.disposal." + c.disposal.rawValue)) }
        if c.disposal != .destroyed, let until = Day(c.keptUntil), until >= desk.today { list.append(w("case.kept-until", ["day": until.description])) }
        return list
    }

    /// The clock that runs out first, and why then; whom it waits for and how long it has.
    private var nearest: (text: String, state: String, why: [String])? {
        guard !c.isOver else { return nil }
        guard let duty = file.owed.first else { return c.outerDue.map { (w("case.outer-due") + " " + times.by($0), $0 < desk.visit.now ? "late" : "", []) } }
        let title = desk.pack.pack.rule(duty.rule).map { w($0.title) } ?? duty.rule
        let state = duty.due < desk.visit.now ? "late" : duty.due.ms - desk.visit.now.ms < 30 * 60_000 ? "soon" : ""
        var why = duty.reasons.map { w($0) }
        why.append(w("case.waits-for", ["who": desk.roleName(duty.role), "where": name(duty.seat), "since": times.moment(duty.opens)]))
        if !file.waiting.isEmpty { why.append(w("case.sits-with", ["who": w.list(file.waiting), "long": times.span(desk.visit.now.ms - duty.opens.ms)])) }
        if duty.firstDue != duty.due { why.append(w("case.first-due", ["when": times.due(duty.firstDue)])) }
        return (title + " · " + times.by(duty.due) + " · " + times.left(duty.due), state, why)
    }

    /// Until it is answered: our deadline, the outer one, and which of them holds; empty where there is no outer one.
    private var bothDeadlines: [String] {
        guard let outer = c.outerDue, !c.isOver, c.replied == nil, !file.owed.isEmpty else { return [] }
        let own = file.owed.first { $0.endsOn == "complaint.replied" }?.due
        let list = (own.map { [w("case.own-due") + " " + times.by($0)] } ?? []) + [w("case.outer-due") + " " + times.by(outer)]
        return list + (own.map { [w($0 <= outer ? "case.own-holds" : "case.outer-holds")] } ?? [])
    }

    /// The rail: what is lived through, in order, each with when or until when.
    private var stages: [ComplaintPage.Stage] {
        func stage(_ key: String, done: Instant?, ends: [String], note: String = "", owed: String = "", isMet: Bool? = nil) -> ComplaintPage.Stage {
            let label = w("case.rail." + key)
            if let done { return .init(name: label, state: "done", note: [times.moment(done), note].filter { !$0.isEmpty }.joined(separator: " · ")) }
            if isMet == true { return .init(name: label, state: "done", note: note) }
            if let duty = file.owed.first(where: { ends.contains($0.endsOn) }) {
                return .init(name: label, state: duty.due < desk.visit.now ? "late" : "now", note: [times.by(duty.due), times.left(duty.due), owed].filter { !$0.isEmpty }.joined(separator: " · "), why: duty.reasons.map { w($0) } + (duty.firstDue != duty.due ? [w("case.first-due", ["when": times.due(duty.firstDue)])] : []))
            }
            return .init(name: label, state: "", note: note)
        }
        func at(_ act: String) -> Instant? { file.steps.last { $0.step.act == act }?.step.at }
        var list = [stage("recorded", done: c.recorded, ends: [], note: book.channel(c.channel).map { w($0.name) } ?? "")]
        if c.isConfidential {
            list.append(stage("taken-up", done: at("take-up"), ends: ["misconduct.taken-up"]))
            list.append(stage("concluded", done: at("conclude"), ends: ["misconduct.concluded"]))
            return list
        }
        if !standing.approval.isEmpty {
            list.append(stage("proposed", done: at("propose"), ends: ["complaint.proposed"]))
            list.append(stage("approved", done: at("approve"), ends: ["complaint.approved"]))
            if standing.approval.count > 1 { list.append(stage("instructed", done: at("instruct"), ends: ["complaint.instructed"])) }
        }
        list.append(stage("dispatched", done: c.firstDispatched, ends: ["complaint.dispatched"], note: w.list(file.units.filter { $0.state != .returned }.map { name($0.unit) })))
        if c.isFull {
            for unit in file.units where unit.state != .returned {
                let many = file.units.count > 1 ? name(unit.unit) : ""
                list.append(stage("contacted", done: unit.contacted ?? unit.tried, ends: ["complaint.contacted"], note: [many, unit.contacted == nil && unit.tried != nil ? w("case.unreached", n: unit.tries) : ""].filter { !$0.isEmpty }.joined(separator: " · "), owed: many))
            }
            let visit = file.units.first { $0.visited != nil } ?? file.units.first { $0.agreed != nil }
            let isNone = file.units.contains { !$0.noVisit.isEmpty }
            list.append(stage("visited", done: visit?.visited, ends: ["complaint.visited"], note: isNone ? w("case.no-visit") : visit?.agreed.map { times.moment($0) } ?? "", isMet: isNone))
            list.append(stage("investigated", done: c.investigated, ends: ["complaint.investigated"], note: c.finding.isEmpty ? "" : item("finding", c.finding)))
        }
        list.append(stage("replied", done: c.replied, ends: ["complaint.replied"], note: c.result.isEmpty ? "" : item("result", c.result)))
        if c.isFull {
            list.append(stage("reported", done: c.reported, ends: ["complaint.reported"]))
            list.append(stage("called-back", done: c.calledBack, ends: ["complaint.called-back"], note: c.satisfaction.isEmpty ? "" : item("satisfaction", c.satisfaction)))
            let isMet = [.verified, .unneeded].contains(c.improvement)
            list.append(stage("improved", done: nil, ends: ["complaint.improvement-done", "complaint.improvement-looked-at", "complaint.improved"], note: improvement, owed: improvement, isMet: isMet))
        }
        list.append(stage(c.stage == .withdrawn ? "withdrawn" : c.stage == .combined ? "combined" : "closed", done: c.ended, ends: ["complaint.closed"]))
        return list
    }

    /// How far its improvement is and who answers for it; "" before it is set.
    private var improvement: String {
        guard c.improvement != .none else { return "" }
        return [w("case.improvement." + c.improvement.rawValue), file.names[c.improvementOwner] ?? ""].filter { !$0.isEmpty }.joined(separator: " · ")
    }

    private func facts(isWhole: Bool) -> [(name: String, value: String)] {
        var list: [(name: String, value: String)] = []
        func add(_ key: String, _ value: String) { if !value.isEmpty { list.append((w("case.field." + key), value)) } }
        let hidden = Masked(isWhole: isWhole)
        add("name", hidden.name(file["name"]))
        add("phone", hidden.phone(file["phone"]))
        add("address", hidden.address(file["address"]))
        add("account", hidden.phone(c.account))
        add("wish", file["wish"])
        add("hall", name(c.hall))
        add("channel", book.channel(c.channel).map { w($0.name) } ?? "")
        add("outer", c.outerNumber)
        add("outerDue", c.outerDue.map { times.by($0) } ?? "")
        add("promised", c.promised.map { times.by($0) } ?? "")
        add("recorded", times.moment(c.recorded))
        if isWhole, !c.isConfidential { add("tracking", TrackingCode.written(c.tracking)) }
        return list
    }

    private func step(_ done: ComplaintFile.Step) -> ComplaintPage.Step {
        let act = ComplaintAct(rawValue: done.step.act)
        var lines: [String] = []
        for field in act?.fields ?? [] {
            let value = done.fields[field.id] ?? done.words[field.id] ?? ""
            if !value.isEmpty { lines.append(w("act.field." + field.id) + w("case.colon") + written(value, field)) }
        }
        let unit = name(done.step.unit)
        return .init(
            head: [w("act." + done.step.act), unit.isEmpty ? actor(done.by) : unit + " " + actor(done.by)].joined(separator: " · "), when: times.moment(done.step.at), lines: lines,
            photos: done.step.files.split(separator: ",").map(String.init), isInternal: act == .note)
    }

    private func actor(_ by: String) -> String { by.hasPrefix("token:") ? w("case.program", ["name": String(by.dropFirst(6))]) : by == "customer" ? w("case.customer") : by }

    private func written(_ value: String, _ field: ActField) -> String {
        switch field.kind {
        case .words: value
        case .text: file.names[value] ?? file.links.first { $0.id == value }?.number ?? value
        case .moment: Int64(value).map { times.moment(Instant(ms: $0)) } ?? value
        case .day: Day(value).map { times.day($0) } ?? value
        case .unit, .units: w.list(value.split(separator: ",").map { name(String($0)) })
        case .yesNo: w("case." + value)
        case .kind: book.kind(value).map { w($0.name) } ?? value
        case .choice(let list): ActField.items(of: list, book).first { $0.id == value }.map { w($0.name) } ?? value
        }
    }

    // MARK: - What may be done now

    /// What leads on from here; everything else stands behind a click.
    private static let leading: Set<ComplaintAct> = [
        .tell,
        .propose, .approve, .instruct, .dispatch, .sign, .contact, .agreeVisit, .noVisit, .visit, .investigate, .reply, .report, .callBack, .setImprovement, .carryOutImprovement, .verifyImprovement, .grant, .close,
        .takeUp, .conclude, .resume,
    ]
    private static let grave: Set<ComplaintAct> = [.sendBack, .sendBackProposal, .sendBackImprovement, .withdraw, .deny, .combine, .toNormalPath]
    private static let withPhotos: Set<ComplaintAct> = [.visit, .investigate, .reply, .note, .supplement, .carryOutImprovement, .verifyImprovement]

    private func acts() -> (primary: [ComplaintPage.Act], others: [ComplaintPage.Act]) {
        let allowed = ComplaintAct.allCases.filter(isAllowed)
        // Several may lead on (a visit is agreed, or none is needed); the first stands open, and whatever was just tried.
        var primary = allowed.filter {
            Self.leading.contains($0) && ($0 != .dispatch || c.firstDispatched == nil) && ($0 != .setImprovement || c.improvement == .none)
                && ($0 != .agreeVisit || c.stage == .dispatched)
        }
        if let tried, allowed.contains(tried), !primary.contains(tried) { primary.insert(tried, at: 0) }
        let open = tried ?? primary.first
        return (primary.map { form($0, isOpen: $0 == open) }, allowed.filter { !primary.contains($0) }.map { form($0, isOpen: false) })
    }

    private func form(_ act: ComplaintAct, isOpen: Bool) -> ComplaintPage.Act {
        ComplaintPage.Act(
            id: act.rawValue, name: w(c.isConfidential && act == .supplement ? "act.talk" : "act." + act.rawValue),
            fields: act.fields.map { field in
                .init(
                    id: field.id, label: w("act.field." + field.id), kind: field.kind, isOptional: field.isOptional, choices: choices(field, act),
                    typed: tried == act ? typed[field.id] ?? "" : drafts[act]?[field.id] ?? preset(field, act), problem: tried == act ? problems[field.id] ?? "" : "")
            }, takesPhotos: Self.withPhotos.contains(act), isOpen: isOpen || drafts[act] != nil, isGrave: Self.grave.contains(act), hasDraft: tried != act && drafts[act] != nil)
    }

    /// Only what nobody has to think about: the unit of the kind. Nothing that is a judgement.
    private func preset(_ field: ActField, _ act: ComplaintAct) -> String {
        switch field.kind {
        case .unit, .units where act == .propose || act == .dispatch:
            if act == .dispatch, !c.unit.isEmpty { return c.unit }
            let code = book.kind(c.kind)?.unit ?? ""
            return desk.tree.places.first { $0.kind == "unit" && $0.code == code && !code.isEmpty }?.id ?? ""
        default: return ""
        }
    }

    private func choices(_ field: ActField, _ act: ComplaintAct) -> [Selection] {
        switch field.kind {
        case .unit, .units: QueueRoutes.units(desk)
        case .text where act == .assign || act == .setImprovement: people
        case .kind: book.choices.flatMap { group, kinds in kinds.filter { !$0.isConfidential }.map { Selection(id: $0.id, name: w($0.name), group: w(group.name)) } }
        case .yesNo: [Selection(id: "yes", name: w("case.yes")), Selection(id: "no", name: w("case.no"))]
        case .choice(let list):
            ActField.items(of: list, book).filter { item in
                // Three tries and exemptions are outcomes of a call-back, not of the first contact; "not rated" is no answer.
                !(act == .contact && !["reached", "unreachable"].contains(item.id)) && !(act == .callBack && list == "satisfaction" && item.id == "0")
            }.map { Selection(id: $0.id, name: act == .contact && $0.id == "unreachable" ? w("case.not-reached") : w($0.name)) }
        default: []
        }
    }

    // MARK: - Papers

    private var company: String { desk.tree.company.map { w($0.name) } ?? "" }
    private func words(_ act: String, _ field: String) -> String { file.steps.last { $0.step.act == act }?.words[field] ?? "" }
    private func signed(_ act: String) -> String { file.steps.last { $0.step.act == act }.map { $0.by + " " + times.day(desk.hall.zone.day(of: $0.step.at)) + " " + times.clock($0.step.at) } ?? "" }

    /// 投诉处理单: the case with all opinions in their order.
    func slip() -> ComplaintPaper {
        var rows: [ComplaintPaper.Row] = [
            .init(head: w("case.paper.number"), text: c.number), .init(head: w("case.field.recorded"), text: times.moment(c.recorded)),
            .init(head: w("case.field.channel"), text: [book.channel(c.channel).map { w($0.name) } ?? "", c.outerNumber].filter { !$0.isEmpty }.joined(separator: " ")),
            .init(head: w("case.field.kind"), text: kindName + " · " + severityName), .init(head: w("case.field.name"), text: file["name"]), .init(head: w("case.field.phone"), text: file["phone"]),
            .init(head: w("case.field.address"), text: file["address"], isWide: true), .init(head: w("case.field.text"), text: file["text"], isWide: true),
            .init(head: w("case.field.wish"), text: file["wish"], isWide: true),
        ]
        for done in file.steps {
            guard let act = ComplaintAct(rawValue: done.step.act), act != .note else { continue }
            let said = act.fields.compactMap { field -> String? in
                let value = done.fields[field.id] ?? done.words[field.id] ?? ""
                return value.isEmpty ? nil : w("act.field." + field.id) + w("case.colon") + written(value, field)
            }
            rows.append(.init(head: w("act." + act.rawValue), text: said.joined(separator: "\n"), note: done.by + " " + times.moment(done.step.at), isWide: true))
        }
        return ComplaintPaper(title: w("case.slip"), company: company, intro: "", rows: rows, paragraphs: [], signatures: [w("case.paper.handler"), w("case.paper.head"), w("case.paper.leader")], printed: printed)
    }

    /// What the customer is written.
    func letter() -> ComplaintPaper {
        ComplaintPaper(
            title: w("case.letter"), company: company, intro: w("case.paper.dear", ["name": file["name"].isEmpty ? w("case.customer") : file["name"]]), rows: [],
            paragraphs: [
                w("case.paper.received", ["day": times.day(desk.hall.zone.day(of: c.recorded)), "number": c.number]), "“" + QueueRoutes.short(file["text"]) + "”", w("case.paper.answer"), words("reply", "reply"),
                w("case.paper.more", ["phone": desk.pack.pack.company.facts["hotline"] ?? ""]),
            ], signatures: [company, c.replied.map { times.day(desk.hall.zone.day(of: $0)) } ?? ""], printed: "")
    }

    /// What was found, for whoever it is reported to.
    func report() -> ComplaintPaper {
        ComplaintPaper(
            title: w("case.report"), company: company, intro: "",
            rows: [
                .init(head: w("case.paper.number"), text: c.number), .init(head: w("case.field.kind"), text: kindName + " · " + severityName),
                .init(head: w("case.field.text"), text: file["text"], isWide: true), .init(head: w("act.field.facts"), text: words("investigate", "facts"), isWide: true),
                .init(head: w("act.field.evidence"), text: words("investigate", "evidence"), isWide: true), .init(head: w("act.field.finding"), text: item("finding", c.finding)),
                .init(head: w("act.field.responsibility"), text: item("responsibility", c.responsibility)), .init(head: w("act.field.cause"), text: item("cause", c.cause), isWide: true),
                .init(head: w("act.field.remedy"), text: words("investigate", "remedy"), isWide: true), .init(head: w("act.field.reply"), text: words("reply", "reply"), isWide: true),
                .init(head: w("act.field.summary"), text: words("report", "summary"), isWide: true),
                .init(head: w("act.field.measure"), text: words("set-improvement", "measure"), note: improvement, isWide: true),
                .init(head: w("act.carry-out-improvement"), text: words("carry-out-improvement", "done"), note: signed("carry-out-improvement"), isWide: true),
            ], paragraphs: [], signatures: [w("case.paper.investigator") + " " + signed("investigate"), w("case.paper.head")], printed: printed)
    }

    private var printed: String { w("notice.printed", ["day": times.day(desk.today)]) }
}

/// Personal data with their middle hidden, until somebody asks for them.
struct Masked: Sendable {
    var isWhole: Bool

    func name(_ text: String) -> String { isWhole || text.isEmpty ? text : String(text.prefix(1)) + "**" }
    func phone(_ text: String) -> String { isWhole ? text : PhoneNumber.hidden(text) }
    func address(_ text: String) -> String { isWhole || text.count <= 4 ? text : String(text.prefix(4)) + "****" }
}

/// A paper of a case on A4: a head, a table or paragraphs, room for signatures.
struct ComplaintPaper: Page {
    struct Row: Sendable {
        var head: String
        var text: String
        var note = ""
        var isWide = false
    }
    var title: String
    var company: String
    var intro: String
    var rows: [Row]
    var paragraphs: [String]
    var signatures: [String]
    var printed: String

    func body(_ w: Words) -> HTML {
        """
        <div class="paper"><p>\(company)</p><h1>\(title)</h1>\(intro.isEmpty ? nil : "<p>\(intro)</p>" as HTML)
        \(rows.isEmpty ? nil : "<table><tbody>\(lines)</tbody></table>" as HTML)\(paragraphs, { "<p class=\"pre\">\($0)</p>" })
        <div class="signatures">\(signatures, { "<span>\($0)</span>" })</div>\(printed.isEmpty ? nil : "<p class=\"note\">\(printed)</p>" as HTML)</div>
        """
    }

    /// Narrow rows stand two beside each other, as on the forms people know.
    private var lines: HTML {
        var out: HTML = ""
        var index = 0
        while index < rows.count {
            let row = rows[index]
            if !row.isWide, index + 1 < rows.count, !rows[index + 1].isWide {
                let other = rows[index + 1]
                out = "\(out)<tr><th scope=\"row\">\(row.head)</th><td>\(row.text)</td><th scope=\"row\">\(other.head)</th><td>\(other.text)</td></tr>"
                index += 2
            } else {
                out = "\(out)<tr><th scope=\"row\">\(row.head)</th><td colspan=\"3\" class=\"pre\">\(row.text)\(row.text.isEmpty || row.note.isEmpty ? nil : "<br>" as HTML)\(row.note.isEmpty ? nil : "<small>\(row.note)</small>" as HTML)</td></tr>"
                index += 1
            }
        }
        return out
    }

    static func samples(_ w: Words) -> [ComplaintPaper] {
        [
            ComplaintPaper(
                title: w("case.slip"), company: "公司", intro: "", rows: [.init(head: "编号", text: "TS20261124-0007"), .init(head: "时间", text: "10:02"), .init(head: "内容", text: "停水", note: "王敏 10:02", isWide: true)],
                paragraphs: ["段"], signatures: ["经办人"], printed: "打印于 11月24日")
        ]
    }
}
