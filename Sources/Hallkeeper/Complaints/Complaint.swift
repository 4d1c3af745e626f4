import Store
import WorkCalendar

/// A case: complaint, report, opinion, suggestion or praise, from the moment somebody takes it in to its archive (7.1–7.3).
/// What may happen to it is in `ComplaintLife.swift`; its rules are in docs/rules/complaints.md. What people said stands in
/// the table of personal texts; here are only its ids.
struct Complaint: Sendable, Equatable {
    typealias ID = String

    /// How far it has come. In the order in which it is lived.
    enum Stage: String, Sendable, CaseIterable {
        /// Taken in, not with a unit yet.
        case recorded
        /// From above or major: the handling is proposed and waits for the department head, then for the leader in charge.
        case proposed, approved
        /// Approved; to be dispatched.
        case cleared
        /// With the units responsible.
        case dispatched
        case investigated, replied
        case calledBack = "called-back"
        case closed, withdrawn
        /// Joined to another, as it was kept before: one that is joined goes on, its customer is still answered.
        case combined
        /// It is another kind of case now and goes on as that.
        case converted
    }
    /// What has become of the improvement (7.1): nothing said yet, a measure with a date, verified, or none needed.
    enum Improvement: String, Sendable { case none = "", set, carriedOut = "carried-out", verified, unneeded }
    /// Whether its words are to be destroyed since nobody has to keep them any longer, or have been.
    enum Disposal: String, Sendable { case none = "", proposed, destroyed }
    /// What the unit has asked for and somebody else decides on.
    enum Request: String, Sendable { case none = "", extension_ = "extension", suspension, unneeded, decline, unreasonable }

    /// Where it was taken in, and in whose chain of the ledger it stands: a hall, the call centre, or supervision.
    var place: Place.ID = ""
    var id: ID = ""
    /// `TS20261124-0007`; misconduct is counted apart, so that no gap shows.
    var number = ""
    var day = ""
    var series = ""
    var seq = 0
    var door = "complaint"
    var kind = ""
    var severity = ""
    var channel = ""
    var service = ""
    var stage: Stage = .recorded
    /// Exists for supervision and for whoever recorded it (7.2-5).
    var isConfidential = false
    var isAnonymous = false
    var recordedBy = ""
    var recorded = Instant(ms: 0)
    /// The version of the rulebook it began under.
    var pack = ""
    /// The hall it is about, or "".
    var hall: Place.ID = ""
    /// Whom it is about, where somebody is named: never assignee, approver or caller.
    var respondent: Person.ID = ""
    var outerNumber = ""
    var outerDue: Instant?
    /// What the customer was promised.
    var promised: Instant?
    /// Ids of personal texts, or "".
    var text = ""
    var wish = ""
    var name = ""
    var phone = ""
    var address = ""
    var account = ""
    /// The code under which its customer looks it up.
    var tracking = ""
    /// The unit that answers for it; others may have to contact the customer too.
    var unit: Place.ID = ""
    var firstDispatched: Instant?
    /// Who has approved what is proposed: how many of those who must.
    var approvals = 0
    /// Who has to approve, in order; not kept: the rulebook says so.
    var approvalsNeeded: [String] = []
    var proposedBy: Person.ID = ""
    var firstContact: Instant?
    var isReached = false
    var finding = ""
    var responsibility = ""
    var cause = ""
    var result = ""
    var investigated: Instant?
    var replied: Instant?
    /// By whom, so that somebody else calls back.
    var repliedBy: Person.ID = ""
    var reported: Instant?
    var calledBack: Instant?
    var callBack = ""
    var satisfaction = ""
    var solved = ""
    var improvement: Improvement = .none
    var improvementUntil: Instant?
    /// Who answers for it, and who carried it out: somebody else verifies it.
    var improvementOwner: Person.ID = ""
    var improvedBy: Person.ID = ""
    var ended: Instant?
    var reopened = 0
    var sentBack = 0
    var extended = 0
    var request: Request = .none
    var requestBy: Person.ID = ""
    var requestUntil: Instant?
    var suspended: Instant?
    var suspendedUntil: Instant?
    var suspension = ""
    /// Supervised (督办): cannot be closed until it is released.
    var isSupervised = false
    /// Until when whoever supervises it wants it done.
    var supervisedUntil: Instant?
    /// Joined to another that is inquired into for both: its own customer is still contacted, answered and called back.
    var combinedInto: ID = ""
    var repeatOf: ID = ""
    /// What it was before it became this kind of case, and what it became.
    var convertedFrom: ID = ""
    var convertedInto: ID = ""
    /// Calls after the answer that reached nobody, and the first of them.
    var callTries = 0
    var callTried: Instant?
    /// What two levels have said of it: `declined` (not accepted) or `unreasonable`, and on what ground; or "".
    var verdict = ""
    var ground = ""
    /// On what ground it is asked for, how many of those who decide have agreed, and who was the last of them.
    var requestGround = ""
    var requestGrants = 0
    var requestGrantedBy: Person.ID = ""
    /// Who approved last what was proposed: the next level is somebody else.
    var approvedBy: Person.ID = ""
    /// More time was granted and the customer does not know yet.
    var isUntold = false
    /// Who of the unit has it; "": whoever comes first.
    var assignee: Person.ID = ""
    var disposal: Disposal = .none
    var disposalBy: Person.ID = ""
    /// Kept until this day whatever its retention says, or "".
    var keptUntil = ""
    /// How often what was reported upward was not enough.
    var returned = 0
    /// The deadline it was first given for its reply, and the nearest open one; written by the answer to each act.
    var firstDue: Instant?
    /// The reply's deadline as it was last moved.
    var replyDue: Instant?
    /// The deadline of the first contact, of the unit that answers for it.
    var contactDue: Instant?
    var nextDue: Instant?
    /// Counts its changes, so that two who change it at once do not overwrite each other.
    var version = 1

    static let columns: [Column<Complaint>] = [
        .text("place", \.place), .text("id", \.id), .text("number", \.number), .text("day", \.day), .text("series", \.series), .int("seq", \.seq),
        .text("door", \.door), .text("kind", \.kind), .text("severity", \.severity), .text("channel", \.channel), .text("service", \.service),
        .word("stage", \.stage), .flag("confidential", \.isConfidential), .flag("anonymous", \.isAnonymous), .text("recorded_by", \.recordedBy),
        .instant("recorded", \.recorded), .text("pack", \.pack), .text("hall", \.hall), .text("respondent", \.respondent),
        .text("outer_number", \.outerNumber), .moment("outer_due", \.outerDue), .moment("promised", \.promised), .text("text", \.text),
        .text("wish", \.wish), .text("name", \.name), .text("phone", \.phone), .text("address", \.address), .text("account", \.account),
        .text("tracking", \.tracking), .text("unit", \.unit), .moment("first_dispatched", \.firstDispatched), .int("approvals", \.approvals),
        .text("proposed_by", \.proposedBy), .moment("first_contact", \.firstContact), .flag("reached", \.isReached), .text("finding", \.finding),
        .text("responsibility", \.responsibility), .text("cause", \.cause), .text("result", \.result), .moment("investigated", \.investigated),
        .moment("replied", \.replied), .text("replied_by", \.repliedBy), .moment("reported", \.reported), .moment("called_back", \.calledBack),
        .text("call_back", \.callBack), .text("satisfaction", \.satisfaction), .text("solved", \.solved), .word("improvement", \.improvement),
        .moment("improvement_until", \.improvementUntil), .text("improvement_owner", \.improvementOwner), .moment("ended", \.ended),
        .int("reopened", \.reopened), .int("sent_back", \.sentBack), .int("extended", \.extended), .word("request", \.request),
        .text("request_by", \.requestBy), .moment("request_until", \.requestUntil), .moment("suspended", \.suspended),
        .moment("suspended_until", \.suspendedUntil), .text("suspension", \.suspension), .flag("supervised", \.isSupervised),
        .text("combined_into", \.combinedInto), .text("repeat_of", \.repeatOf), .moment("first_due", \.firstDue), .moment("reply_due", \.replyDue), .moment("contact_due", \.contactDue), .moment("next_due", \.nextDue),
        .int("version", \.version), .int("call_tries", \.callTries), .moment("call_tried", \.callTried), .text("verdict", \.verdict), .text("ground", \.ground),
        .text("request_ground", \.requestGround), .int("request_grants", \.requestGrants), .text("request_granted_by", \.requestGrantedBy),
        .text("approved_by", \.approvedBy), .moment("supervised_until", \.supervisedUntil), .text("converted_from", \.convertedFrom),
        .text("converted_into", \.convertedInto), .flag("untold", \.isUntold), .int("returned", \.returned), .text("assignee", \.assignee), .text("improved_by", \.improvedBy),
        .word("disposal", \.disposal), .text("disposal_by", \.disposalBy), .text("kept_until", \.keptUntil),
    ]

    var subject: String { (isConfidential ? "misconduct:" : "complaint:") + id }
    /// The case a duty is about; nil when it is about something else.
    static func id(of subject: String) -> ID? {
        for mark in ["complaint:", "misconduct:"] where subject.hasPrefix(mark) { return String(subject.dropFirst(mark.count)) }
        return nil
    }
    /// What duties about the cases somebody is complained of in have as their subject.
    static func subjects(about person: Person.ID, _ tx: any Reading) throws -> [String] {
        try tx.rows("select id, confidential from complaint where respondent = \(person) and respondent <> ''").map {
            (try $0.int("confidential") != 0 ? "misconduct:" : "complaint:") + (try $0.text("id"))
        }
    }
    /// Ended, whatever way.
    var isOver: Bool { ended != nil }
    /// Whether the customer has to be contacted, investigated for and called back: a complaint or a report. What is only
    /// said (an opinion, a suggestion, praise) is answered.
    var isFull: Bool { door == "complaint" || door == "report" }
    /// Whether it is inquired into where it was joined to.
    var isJoined: Bool { !combinedInto.isEmpty && !isConfidential }
    /// Whether there is anybody to answer.
    var canBeReached: Bool { !phone.isEmpty || !address.isEmpty }
}

extension Complaint: Kept {
    static let table = Table(name: "complaint", key: ["place", "id"], columns: columns.map(\.name))
    var values: [Value] { Self.columns.map { $0.value(self) } }
    init(row: Row) throws {
        self.init()
        for column in Self.columns { try column.take(&self, row) }
    }
}

/// What one unit owes a case: each contacts the customer itself (7.2-3).
struct ComplaintUnit: Sendable, Equatable, Kept {
    enum State: String, Sendable { case open, returned, ended }
    var place: Place.ID = ""
    var complaint: Complaint.ID = ""
    var unit: Place.ID = ""
    var state: State = .open
    var dispatched = Instant(ms: 0)
    var signed: Instant?
    var signedBy: Person.ID = ""
    /// When the customer was first tried and first reached.
    var tried: Instant?
    var contacted: Instant?
    var tries = 0
    /// The latest try that reached nobody: the next comes half an hour after it.
    var lastTry: Instant?
    var agreed: Instant?
    /// Why no visit was needed (a personal text), or "".
    var noVisit = ""
    var visited: Instant?
    var visits = 0

    static let columns: [Column<ComplaintUnit>] = [
        .text("place", \.place), .text("complaint", \.complaint), .text("unit", \.unit), .word("state", \.state), .instant("dispatched", \.dispatched),
        .moment("signed", \.signed), .text("signed_by", \.signedBy), .moment("tried", \.tried), .moment("contacted", \.contacted),
        .int("tries", \.tries), .moment("agreed", \.agreed), .text("no_visit", \.noVisit), .moment("visited", \.visited), .int("visits", \.visits), .moment("last_try", \.lastTry),
    ]
    static let table = Table(name: "complaint_unit", key: ["place", "complaint", "unit"], columns: columns.map(\.name))
    var values: [Value] { Self.columns.map { $0.value(self) } }
    init() {}
    init(row: Row) throws {
        for column in Self.columns { try column.take(&self, row) }
    }
}

/// Something that was done about a case, in order: what its history shows and its clocks are computed from.
struct ComplaintStep: Sendable, Kept {
    var place: Place.ID = ""
    var id = ""
    var complaint: Complaint.ID = ""
    /// One of `ComplaintAct`, or `record`.
    var act = ""
    var at = Instant(ms: 0)
    var recorded = Instant(ms: 0)
    var by = ""
    var unit: Place.ID = ""
    /// What was chosen, as JSON; no personal text.
    var fields = "{}"
    /// Ids of personal texts by field, as JSON.
    var texts = "{}"
    /// Hashes of photos and files, separated by commas.
    var files = ""

    static let columns: [Column<ComplaintStep>] = [
        .text("place", \.place), .text("id", \.id), .text("complaint", \.complaint), .text("act", \.act), .instant("at", \.at),
        .instant("recorded", \.recorded), .text("by_person", \.by), .text("unit", \.unit), .text("fields", \.fields), .text("texts", \.texts),
        .text("files", \.files),
    ]
    static let table = Table(name: "complaint_step", key: ["place", "id"], columns: columns.map(\.name))
    var values: [Value] { Self.columns.map { $0.value(self) } }
    init() {}
    init(row: Row) throws {
        for column in Self.columns { try column.take(&self, row) }
    }
}
