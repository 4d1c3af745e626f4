import Regulation
import Store
import WorkCalendar

/// The life of a case, in the order it is lived (7.1–7.3): recorded and dispatched → signed for → contacted → visit → investigated
/// → replied → reported → called back → improvement → closed. Pure: facts and the moment in, the new value and what
/// happened out, or a refusal in a sentence. Who may is asked before, by permission; who may *not* although they may in
/// general (approver, caller, verifier) is asked here.
struct ComplaintLife: Sendable {
    /// What the life has to know of whoever acts and of the rulebook.
    struct Standing: Sendable {
        var person: Person.ID
        /// Roles held today.
        var roles: Set<String> = []
        /// Every place they belong to: where a role is held, and their own.
        var places: Set<Place.ID> = []
        /// Whether they approve beyond one unit: for a department or the company.
        var isAbove = false
        /// What it is joined to, and what is joined to it.
        var master: Complaint?
        var joined = 0
        /// The call centre, where what is not with a unit is looked after.
        var callCentre: Place.ID
        /// Who has to approve what is proposed, in order.
        var approval: [String] = []
        var book: CaseBook
        var units: [ComplaintUnit] = []
        /// Places that are units and have not ended.
        var knownUnits: Set<Place.ID> = []
        /// Years such a case is kept after it has ended, by the rulebook of today; nil: for good.
        var retention: Int?
        var zone: Zone
        var now: Instant
    }
    /// Something the rulebook may wait for, with where.
    struct Happened: Sendable, Equatable {
        var kind: String
        var place: Place.ID
        var at: Instant
        var fields: [String: String] = [:]
    }
    /// What an act comes to.
    struct Lived: Sendable, Equatable {
        var complaint: Complaint
        var units: [ComplaintUnit] = []
        var happened: [Happened] = []
        /// When it happened: now, or when it is said to have.
        var at: Instant
        /// The unit on whose behalf, or "".
        var unit: Place.ID = ""
    }

    /// Days after closing in which it may be taken up again.
    static let reopenDays = 30
    /// Tries after which somebody counts as not to be reached.
    static let tries = 3
    /// Minutes between two tries that reach nobody.
    static let tryMinutes: Int64 = 30
    /// How often a visit may be agreed anew, by the customer's word.
    static let renewals = 2

    let complaint: Complaint
    let standing: Standing
    var now: Instant { standing.now }

    /// Why an act cannot be done at this stage, as a sentence; nil when it can.
    func hindrance(to act: ComplaintAct) -> Text? {
        let c = complaint
        if c.disposal == .destroyed { return Text("保管期限到了，内容已销毁。", "Its retention is over; its words have been destroyed.") }
        if ComplaintAct.disposal.contains(act) { return disposing(act) }
        if c.isConfidential != [.takeUp, .conclude, .toNormalPath].contains(act), ![.note, .supplement, .nameParty].contains(act) {
            return Text("这类案件不走这一步。", "This step is not part of such a case.")
        }
        if c.series == ImportReading.series, act != .note { return Text("这是导入的历史工单，只能加备注。", "This is an old case that was imported; notes can be added, nothing else.") }
        if c.isOver, ![.reopen, .note, .supplement].contains(act) { return Text("这件工单已经结束。", "This case has ended.") }
        if standing.person == c.respondent, !c.respondent.isEmpty { return Text("被投诉人不能办理这件工单。", "Whoever it is about takes no part in it.") }
        let waits = Text("要等前一步做完。", "The step before has to be done first.")
        let late = Text("这一步已经做过了。", "This step has been done already.")
        let isWithUnit = [.dispatched, .investigated, .replied, .calledBack].contains(c.stage)
        if act.isUnits, c.suspended != nil, ![.resume, .contact].contains(act) { return Text("工单已挂起，先恢复。", "It is suspended; resume it first.") }
        switch act {
        case .propose:
            if standing.approval.isEmpty { return Text("这件不用拟办，直接派发。", "Nothing has to be proposed; dispatch it.") }
            return c.stage == .recorded || isApprovedAfter && c.proposedBy.isEmpty ? nil : late
        case .approve:
            if isApprovedAfter { return c.proposedBy.isEmpty ? waits : c.approvals == 0 ? approver(0) : late }
            return c.stage == .proposed ? approver(0) : c.stage == .recorded ? waits : late
        case .instruct:
            if isApprovedAfter { return c.proposedBy.isEmpty || c.approvals == 0 ? waits : c.approvals == 1 ? approver(1) : late }
            return c.stage == .approved ? approver(1) : [.recorded, .proposed].contains(c.stage) ? waits : late
        case .sendBackProposal:
            if isApprovedAfter { return c.proposedBy.isEmpty ? waits : c.approvals < standing.approval.count ? approver(c.approvals) : late }
            return c.stage == .proposed ? approver(0) : c.stage == .approved ? approver(1) : [.recorded].contains(c.stage) ? waits : late
        case .dispatch:
            if c.stage == .recorded, !standing.approval.isEmpty, !isEmergency { return Text("先拟办、审批，再派发。", "It is proposed and approved first, then dispatched.") }
            if [.proposed, .approved].contains(c.stage), !isEmergency { return Text("还在审批，批了再派发。", "It is still being approved.") }
            // Whatever is left to do of an answered one needs a unit too, when its own is no more.
            return [.replied, .calledBack].contains(c.stage) && !c.unit.isEmpty ? late : nil
        case .sign:
            guard isWithUnit, let unit = mine else { return notMine }
            return unit.signed == nil ? nil : late
        case .sendBack:
            guard isWithUnit, let unit = mine else { return notMine }
            if c.stage != .dispatched { return Text("已经调查，不能退单。", "It has been investigated and cannot be sent back.") }
            if c.sentBack > 0 { return Text("已经退过一次，不能再退；请企业管理部裁定。", "It was sent back once; enterprise management decides now.") }
            return now.ms - unit.dispatched.ms <= 120 * 60_000 ? nil : Text("超过两小时，不能退单。", "It can be sent back within two hours only.")
        case .contact:
            guard isWithUnit, let unit = mine else { return notMine }
            return unit.contacted == nil ? nil : late
        case .agreeVisit:
            guard isWithUnit, let unit = mine else { return notMine }
            if unit.visited != nil { return late }
            return unit.visits <= Self.renewals ? nil : Text("已经改约过两次。", "It was agreed anew twice already.")
        case .noVisit:
            guard isWithUnit, let unit = mine else { return notMine }
            return unit.noVisit.isEmpty && unit.visited == nil && unit.agreed == nil ? nil : late
        case .visit:
            guard isWithUnit, let unit = mine else { return notMine }
            if unit.agreed == nil { return Text("先约好到场时间。", "Agree on a time first.") }
            return unit.visited == nil ? nil : late
        case .investigate:
            guard isWithUnit, let unit = mine else { return notMine }
            guard c.stage == .dispatched else { return late }
            guard c.isFull else { return Text("意见、建议不用调查，直接答复。", "An opinion or suggestion is answered without an inquiry.") }
            if c.isJoined { return Text("已并入另一件，由那一件调查。", "It is joined to another, which is investigated for both.") }
            if !isSpoken(unit) { return Text("先联系客户，联系不上的要试三次。", "Contact the customer first; three tries if they cannot be reached.") }
            return unit.visited != nil || !unit.noVisit.isEmpty ? nil : Text("先说明要不要到场。", "Say first whether a visit is needed.")
        case .promise:
            guard isWithUnit, mine != nil else { return notMine }
            return [.dispatched, .investigated].contains(c.stage) ? nil : late
        case .reply:
            guard isWithUnit, let unit = mine else { return notMine }
            if c.isJoined, c.stage == .dispatched {
                if !isSpoken(unit) { return Text("先联系这位客户，联系不上的要试三次。", "Contact this customer first; three tries if they cannot be reached.") }
                return standing.master?.investigated == nil && standing.master?.replied == nil ? Text("要等并入的那一件查清。", "What it is joined to has to be investigated first.") : nil
            }
            if c.stage == .dispatched, c.isFull, c.verdict.isEmpty { return Text("先调查核实，再答复。", "It is investigated first, then answered.") }
            return [.dispatched, .investigated].contains(c.stage) ? nil : late
        case .report:
            guard isWithUnit, mine != nil else { return notMine }
            if !c.isFull { return Text("意见、建议不用上报调查。", "Nothing is reported upward of an opinion or suggestion.") }
            if c.isJoined { return Text("已并入另一件，由那一件上报。", "It is joined to another, which reports for both.") }
            if c.replied == nil { return Text("先答复客户，再上报。", "The customer is answered first.") }
            return c.reported == nil ? nil : late
        case .callBack:
            if c.replied == nil { return Text("先答复客户，再回访。", "The customer is answered first, then called back.") }
            if c.calledBack != nil { return late }
            if standing.places.contains(c.unit) { return Text("回访不能由责任单位自己做。", "The unit complained of does not call back.") }
            return c.repliedBy == standing.person ? Text("答复的人不能自己回访。", "Whoever replied does not call back.") : nil
        case .setImprovement:
            guard isWithUnit, mine != nil else { return notMine }
            if c.isJoined { return Text("已并入另一件，由那一件改进。", "It is joined to another, which improves for both.") }
            if c.stage == .dispatched { return waits }
            return c.improvement == .none || c.improvement == .set ? nil : late
        case .carryOutImprovement:
            guard isWithUnit, mine != nil else { return notMine }
            return c.improvement == .set ? nil : c.improvement == .none ? Self.noImprovement : late
        case .verifyImprovement, .sendBackImprovement:
            if c.improvement == .set { return Text("先由责任人说明做了什么。", "Its owner says first what was done.") }
            if c.improvement != .carriedOut { return c.improvement == .none ? Self.noImprovement : late }
            return [c.improvementOwner, c.improvedBy].contains(standing.person) ? Text("改进的责任人和落实的人不能自己核实。", "Neither its owner nor whoever carried it out verifies it.") : nil
        case .askFor:
            guard isWithUnit, mine != nil else { return notMine }
            return c.request == .none ? nil : Text("已有一个申请在等批复。", "Something has been asked for already and waits for a decision.")
        case .grant, .deny:
            if c.request == .none { return Text("没有等批复的申请。", "Nothing has been asked for.") }
            if c.requestBy == standing.person { return Text("不能批自己的申请。", "Nobody decides on what they asked for themselves.") }
            let levels = standing.book.decides(on: c.request.rawValue)
            guard c.requestGrants < levels.count else { return nil }
            if c.requestGrantedBy == standing.person { return Text("两级要由两个人批。", "Two levels are two people.") }
            return standing.roles.contains(levels[c.requestGrants]) ? nil : Text("现在轮不到你批。", "It is not your turn to approve.")
        case .resume:
            return c.suspended == nil ? Text("没有挂起。", "It is not suspended.") : nil
        case .supervise: return c.isSupervised ? late : nil
        case .release: return c.isSupervised ? nil : Text("没有在督办。", "It is not supervised.")
        case .raise: return c.severity == standing.book.severities.first?.id ? Text("已经是最高等级。", "It has the highest severity already.") : nil
        case .lower:
            if c.severity == standing.book.lightest { return Text("已经是最低等级。", "It has the lowest severity already.") }
            let level = standing.book.severity(c.severity)?.approval.last
            if let level { return standing.roles.contains(level) ? nil : Text("这个等级由谁批，才由谁降。", "Only the level that approves this severity lowers it.") }
            return standing.isAbove ? nil : Text("降级由上一级决定。", "The level above decides on a lower severity.")
        case .combine:
            if c.isJoined { return late }
            if standing.joined > 0 { return Text("别的工单已并入这一件，它不能再并入别的。", "Others are joined to this one; it cannot be joined to another.") }
            return [.recorded, .cleared, .dispatched].contains(c.stage) ? nil : Text("已经调查，不能再合并。", "It has been investigated and is not joined any more.")
        case .split: return c.isJoined ? c.replied == nil ? nil : late : Text("没有并入别的工单。", "It is not joined to another.")
        case .interim:
            guard isWithUnit, mine != nil else { return notMine }
            return c.replied == nil ? nil : Text("已经正式答复了。", "It has been answered already.")
        case .assign: return isWithUnit && mine != nil ? nil : notMine
        case .tell:
            guard isWithUnit, mine != nil else { return notMine }
            return c.isUntold ? nil : Text("没有要告知客户的延期。", "There is no new deadline to tell the customer of.")
        case .sendBackReport:
            if c.reported == nil { return Text("还没有上报，没有可退的。", "Nothing has been reported yet.") }
            return standing.places.contains(c.unit) ? Text("退回由呼叫中心决定，不由责任单位。", "The call centre decides, not the unit.") : nil
        case .confirmRepeat: return c.repeatOf.isEmpty ? nil : late
        case .convert:
            if c.isJoined { return Text("先从并入的那一件拆出来。", "Split it off first.") }
            return c.replied == nil ? nil : Text("已经答复，不再转换。", "It has been answered and is not converted any more.")
        case .withdraw: return nil
        case .close: return missing.first
        case .reopen:
            if c.stage == .closed, let ended = c.ended {
                if c.isConfidential { return Text("这类案件不走这一步。", "This step is not part of such a case.") }
                return now <= ended.adding(minutes: Self.reopenDays * 1440) ? nil : Text("办结超过 30 天，请另立新单。", "It was closed more than 30 days ago; take in a new one.")
            }
            if c.stage == .calledBack { return c.solved == "no" || ["1", "2"].contains(c.satisfaction) ? nil : Text("客户满意，不用重办。", "The customer is satisfied.") }
            return Text("还没有办完，不用重办。", "It is still being handled.")
        case .note, .supplement, .nameParty, .proposeDisposal, .dispose, .keepLonger: return nil
        case .takeUp: return c.stage == .recorded ? nil : late
        case .conclude: return c.stage == .dispatched ? nil : c.stage == .recorded ? Text("先接手。", "Take it up first.") : late
        case .toNormalPath: return [.recorded, .dispatched].contains(c.stage) ? nil : late
        }
    }

    private static let noImprovement = Text("还没有改进措施。", "No improvement has been set.")

    /// What is still missing before it can be closed, in order (7.1).
    var missing: [Text] {
        let c = complaint
        var list: [Text] = []
        if c.replied == nil, c.door != "praise" { list.append(Text("还没有答复客户，不能办结。", "It cannot be closed: the customer has not been answered.")) }
        if c.isUntold { list.append(Text("延期还没有告知客户，不能办结。", "It cannot be closed: the customer has not been told of the new deadline.")) }
        if c.isFull, !standing.approval.isEmpty, c.approvals < standing.approval.count {
            list.append(Text("领导还没有批完，不能办结。", "It cannot be closed: it has not been approved at every level."))
        }
        if c.isFull, c.isJoined || !c.verdict.isEmpty {
            if c.calledBack == nil { list.append(Text("还没有回访，不能办结。", "It cannot be closed: the customer has not been called back.")) }
        } else if c.isFull {
            if c.reported == nil { list.append(Text("还没有上报调查结果，不能办结。", "It cannot be closed: the investigation has not been reported.")) }
            if c.calledBack == nil { list.append(Text("还没有回访，不能办结。", "It cannot be closed: the customer has not been called back.")) }
            if ![.verified, .unneeded].contains(c.improvement) { list.append(Text("还没有改进结论，不能办结。", "It cannot be closed: nothing is said of the improvement.")) }
        }
        if c.isSupervised { list.append(Text("正在督办，解除后才能办结。", "It is supervised; it can be closed when it is released.")) }
        return list
    }

    /// The unit's own line, of the first unit one belongs to.
    var mine: ComplaintUnit? {
        standing.units.first { $0.state == .open && standing.places.contains($0.unit) }
    }
    var notMine: Text {
        complaint.firstDispatched == nil ? Text("还没有派发。", "It has not been dispatched yet.") : Text("这件工单不在你们单位。", "It is not with your unit.")
    }
    private var isEmergency: Bool { standing.book.kind(complaint.kind)?.isEmergency == true }
    private func isSpoken(_ unit: ComplaintUnit) -> Bool { unit.contacted != nil || unit.tries >= Self.tries || !complaint.canBeReached }

    /// Dispatched before it was approved, since it was dangerous or became grave later: the approval follows.
    var isApprovedAfter: Bool { complaint.firstDispatched != nil && !standing.approval.isEmpty }

    /// Whoever approves holds the role whose turn it is, and has not proposed it.
    private func approver(_ number: Int) -> Text? {
        guard number < standing.approval.count else { return Text("这一级不用批。", "This level does not have to approve.") }
        guard standing.roles.contains(standing.approval[number]) else { return Text("现在轮不到你批。", "It is not your turn to approve.") }
        if complaint.approvals > 0, complaint.approvedBy == standing.person { return Text("前一级是你批的，这一级要由另一个人批。", "You approved the level before; this one is somebody else's.") }
        return complaint.proposedBy == standing.person ? Text("不能批自己拟的意见。", "Nobody approves what they proposed themselves.") : nil
    }
}
