import Foundation
import Regulation
import WorkCalendar

/// What can be done about a case, each with who may and what it asks. The order is that of its life.
enum ComplaintAct: String, Sendable, CaseIterable {
    case propose, approve, instruct, sendBackProposal = "return-proposal", dispatch, sign, sendBack = "send-back", contact
    case agreeVisit = "agree-visit", noVisit = "no-visit", visit, investigate, promise, reply, report, callBack = "call-back"
    case setImprovement = "set-improvement", carryOutImprovement = "carry-out-improvement", verifyImprovement = "verify-improvement", sendBackImprovement = "return-improvement", askFor = "ask", grant, deny, resume
    case supervise, release, raise, lower, combine, split, withdraw, close, reopen, note, supplement
    case interim, tell, sendBackReport = "return-report", confirmRepeat = "repeat", convert, assign, nameParty = "name-party"
    case proposeDisposal = "propose-disposal", dispose, keepLonger = "keep-longer"
    case takeUp = "take-up", conclude, toNormalPath = "to-normal-path"

    /// The permission it needs; nil: whoever may see the case.
    var permission: String? {
        switch self {
        case .propose: "propose"
        case .approve, .instruct, .sendBackProposal: "approve"
        case .dispatch, .confirmRepeat, .convert: "take-in"
        case .sign, .sendBack, .contact, .agreeVisit, .noVisit, .visit, .investigate, .promise, .reply, .report, .setImprovement, .carryOutImprovement, .askFor, .interim, .tell, .assign: "handle"
        case .verifyImprovement, .sendBackImprovement, .grant, .deny: "approve"
        case .callBack: "call-back"
        case .resume: "handle"
        case .supervise, .release: "case-figures"
        case .raise, .note, .nameParty: nil
        case .lower: "approve"
        case .combine, .split, .withdraw, .reopen, .sendBackReport: "call-back"
        case .close, .proposeDisposal: "close-cases"
        case .dispose, .keepLonger: "approve"
        case .supplement: nil
        case .takeUp, .conclude, .toNormalPath: "misconduct"
        }
    }

    /// Whether it is done by a unit, at its place.
    var isUnits: Bool { permission == "handle" }

    /// What it asks, in order.
    var fields: [ActField] {
        switch self {
        case .propose: [.words("opinion"), .unit("unit")]
        case .approve, .instruct: [.words("opinion", isOptional: true)]
        case .sendBackProposal: [.words("opinion")]
        case .dispatch: [.units("unit"), .words("demand", isOptional: true)]
        case .sign, .takeUp, .release, .resume: []
        case .sendBack: [.words("reason"), .unit("unit", isOptional: true)]
        case .contact: [.choice("reached", "call-back"), .words("said", isOptional: true), .moment("at", isOptional: true)]
        case .agreeVisit: [.moment("agreed"), .words("where", isOptional: true), .words("said", isOptional: true)]
        case .noVisit: [.words("reason")]
        case .visit: [.words("seen"), .moment("at", isOptional: true)]
        case .investigate:
            [.words("facts"), .words("evidence", isOptional: true), .choice("finding", "finding"), .choice("responsibility", "responsibility"), .choice("cause", "cause"), .words("remedy")]
        case .promise: [.moment("promised"), .words("said")]
        case .reply: [.words("reply"), .choice("result", "result")]
        case .report: [.words("summary")]
        case .callBack: [.choice("reached", "call-back"), .choice("satisfaction", "satisfaction", isOptional: true), .yesNo("solved", isOptional: true), .words("said", isOptional: true)]
        case .setImprovement: [.words("measure"), .text("owner", isOptional: true), .day("until")]
        case .carryOutImprovement: [.words("done")]
        case .verifyImprovement: [.words("seen")]
        case .sendBackImprovement: [.words("reason"), .day("until")]
        case .askFor: [.choice("what", "request"), .choice("suspension", "suspension", isOptional: true), .choice("ground", "decline", isOptional: true), .day("until", isOptional: true), .words("reason")]
        case .grant, .deny: [.words("opinion", isOptional: true)]
        case .supervise: [.words("demand"), .day("until", isOptional: true)]
        case .raise, .lower: [.choice("severity", "severity"), .words("reason")]
        case .combine: [.text("into"), .words("reason")]
        case .split, .sendBackReport: [.words("reason")]
        case .interim: [.words("reply")]
        case .tell: [.words("said")]
        case .assign: [.text("assignee")]
        case .confirmRepeat: [.text("of"), .words("reason", isOptional: true)]
        case .convert: [.choice("door", "door"), .kind("kind"), .words("reason")]
        case .withdraw: [.words("said")]
        case .close: [.words("summary", isOptional: true)]
        case .reopen: [.words("reason")]
        case .proposeDisposal: [.words("reason", isOptional: true)]
        case .dispose: [.words("opinion", isOptional: true)]
        case .keepLonger: [.day("until"), .words("reason")]
        case .note, .supplement: [.words("note")]
        case .conclude: [.words("conclusion"), .choice("finding", "finding")]
        case .nameParty: [.text("person"), .words("reason")]
        case .toNormalPath: [.words("reason"), .kind("kind"), .unit("unit")]
        }
    }

    /// What the event of it is called, where the rulebook hears of it.
    var event: String? {
        switch self {
        case .propose: "complaint.proposed"
        case .approve: "complaint.approved"
        case .instruct: "complaint.instructed"
        case .sendBackProposal: "complaint.returned"
        case .dispatch: "complaint.dispatched"
        case .sign: "complaint.signed"
        case .sendBack: "complaint.sent-back"
        case .contact: "complaint.contacted"
        case .agreeVisit: "complaint.visit-agreed"
        case .visit: "complaint.visited"
        case .investigate: "complaint.investigated"
        case .promise: "complaint.promised"
        case .reply: "complaint.replied"
        case .report: "complaint.reported"
        case .callBack: "complaint.called-back"
        case .setImprovement: "complaint.improvement-set"
        case .carryOutImprovement: "complaint.improvement-done"
        case .verifyImprovement: "complaint.improved"
        case .sendBackImprovement: "complaint.improvement-returned"
        case .close: "complaint.closed"
        case .reopen: "complaint.reopened"
        case .withdraw: "complaint.withdrawn"
        case .supervise: "complaint.supervised"
        case .release: "complaint.released"
        case .tell: "complaint.told"
        case .sendBackReport: "complaint.report-returned"
        case .takeUp: "misconduct.taken-up"
        case .conclude: "misconduct.concluded"
        case .noVisit, .askFor, .grant, .deny, .resume, .raise, .lower, .combine, .split, .note, .supplement, .interim, .confirmRepeat, .convert, .assign, .nameParty, .toNormalPath, .proposeDisposal, .dispose, .keepLonger: nil
        }
    }
}

/// One thing an act asks.
struct ActField: Sendable, Equatable {
    enum Kind: Sendable, Equatable { case words, text, moment, day, unit, units, yesNo, kind, choice(String) }
    var id: String
    var kind: Kind
    var isOptional = false

    /// Free words: personal, kept apart.
    static func words(_ id: String, isOptional: Bool = false) -> ActField { ActField(id: id, kind: .words, isOptional: isOptional) }
    static func text(_ id: String, isOptional: Bool = false) -> ActField { ActField(id: id, kind: .text, isOptional: isOptional) }
    static func moment(_ id: String, isOptional: Bool = false) -> ActField { ActField(id: id, kind: .moment, isOptional: isOptional) }
    static func day(_ id: String, isOptional: Bool = false) -> ActField { ActField(id: id, kind: .day, isOptional: isOptional) }
    static func unit(_ id: String, isOptional: Bool = false) -> ActField { ActField(id: id, kind: .unit, isOptional: isOptional) }
    static func units(_ id: String) -> ActField { ActField(id: id, kind: .units) }
    static func yesNo(_ id: String, isOptional: Bool = false) -> ActField { ActField(id: id, kind: .yesNo, isOptional: isOptional) }
    static func kind(_ id: String) -> ActField { ActField(id: id, kind: .kind) }
    static func choice(_ id: String, _ list: String, isOptional: Bool = false) -> ActField { ActField(id: id, kind: .choice(list), isOptional: isOptional) }

    /// The entries of a list: the rulebook's, or the program's own where the life itself names them.
    static func items(of list: String, _ book: CaseBook) -> [CaseBook.Item] {
        switch list {
        case "severity": book.severities.map { CaseBook.Item(id: $0.id, name: $0.name) }
        case "request": requests(book)
        case "door": book.doors
        default: book.lists[list] ?? []
        }
    }
    /// What a unit may ask for, as the rulebook calls it.
    static func requests(_ book: CaseBook) -> [CaseBook.Item] {
        requests.map { item in CaseBook.Item(id: item.id, name: book.requests.first { $0.id == item.id }?.name ?? item.name) }
    }
    static let requests = [
        CaseBook.Item(id: "extension", name: Text("延期", "More time")), CaseBook.Item(id: "suspension", name: Text("挂起", "Suspension")),
        CaseBook.Item(id: "unneeded", name: Text("无需改进", "No improvement needed")), CaseBook.Item(id: "decline", name: Text("不予受理", "Not accepted")),
        CaseBook.Item(id: "unreasonable", name: Text("认定不合理诉求", "Unreasonable request")),
    ]
}

/// What was filled in for an act: values by field, checked.
struct ActInput: Sendable {
    var values: [String: String] = [:]
    var files: [String] = []
    subscript(id: String) -> String { values[id] ?? "" }

    static let longest = 20_000

    /// Reads what was sent for an act. Moments are local (`2026-11-24T10:30`) or UTC (`…Z`); a refusal names each field.
    init(_ act: ComplaintAct, sent: [String: String], files: [String] = [], book: CaseBook, zone: Zone, now: Instant) throws {
        self.files = files
        var problems: [(field: String, sentence: Text)] = []
        for field in act.fields {
            let text = (sent[field.id] ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
            guard !text.isEmpty else {
                if !field.isOptional { problems.append((field.id, field.kind == .words ? Text("写几个字。", "Write a few words.") : Text("这一项还没填。", "This is still empty."))) }
                continue
            }
            switch field.kind {
            case .words, .text:
                if text.count > Self.longest {
                    problems.append((field.id, Text("太长了，最多 \(Self.longest) 个字，现在 \(text.count) 个。", "Too long: \(Self.longest) characters at most, there are \(text.count).")))
                }
                values[field.id] = text
            case .choice(let list):
                if ActField.items(of: list, book).contains(where: { $0.id == text }) { values[field.id] = text } else { problems.append((field.id, Text("没有这个选项。", "There is no such choice."))) }
            case .kind:
                if book.kind(text) != nil { values[field.id] = text } else { problems.append((field.id, Text("没有这个类别。", "There is no such kind."))) }
            case .moment:
                if let moment = Instant(written: text, in: zone) { values[field.id] = String(moment.ms) } else { problems.append((field.id, Text("时间写成 2026-11-24 10:30。", "Write the time like 2026-11-24 10:30."))) }
            case .day:
                if let day = Day(text) { values[field.id] = day.description } else { problems.append((field.id, Text("日期写成 2026-11-24。", "Write the day like 2026-11-24."))) }
            case .yesNo:
                if ["yes", "no"].contains(text) { values[field.id] = text } else { problems.append((field.id, Text("选是或否。", "Choose yes or no."))) }
            case .unit, .units: values[field.id] = text
            }
        }
        guard problems.isEmpty else { throw FormProblems(fields: problems) }
    }

    /// A moment that was filled in.
    func moment(_ id: String) -> Instant? { Int64(self[id]).map { Instant(ms: $0) } }
    func day(_ id: String) -> Day? { Day(self[id]) }
}

extension Instant {
    /// `2026-11-24T10:30`, with a space or seconds too, in a zone; or in UTC with a Z. Nil for anything else.
    init?(written text: String, in zone: Zone) {
        let isUTC = text.hasSuffix("Z")
        let parts = text.dropLast(isUTC ? 1 : 0).split(whereSeparator: { $0 == "T" || $0 == " " })
        guard parts.count == 2, let day = Day(String(parts[0])) else { return nil }
        let clock = parts[1].split(separator: ":")
        guard (2...3).contains(clock.count), let hour = Int(clock[0]), let minute = Int(clock[1].prefix(2)), (0...23).contains(hour), (0...59).contains(minute) else { return nil }
        let seconds = clock.count == 3 ? Int64(clock[2].prefix(2)) ?? 0 : 0
        let moment = isUTC ? Instant(ms: Int64(day.number) * 86_400_000 + Int64(hour * 60 + minute) * 60_000) : zone.instant(day, minute: hour * 60 + minute)
        self = Instant(ms: moment.ms + seconds * 1000)
    }
}
