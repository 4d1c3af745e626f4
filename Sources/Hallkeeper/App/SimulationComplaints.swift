import Regulation
import Store
import WorkCalendar

/// Customers of a simulation, and how their cases are lived: taken in, dispatched, contacted, answered, called back, improved.
/// Everything made up. Chance of its own, so that it changes nothing in what else is drawn.
extension Simulation {
    /// What customers say, by the kind it is about.
    private static let said: [(kind: String, text: String)] = [
        ("BL1", "上个月没人来抄表，账单却多了二十吨，要求重新核对。"), ("BL2", "家里两个人，水费突然翻了一倍，想查表。"), ("BL4", "手机上交了费，三天了还显示欠费。"),
        ("BL5", "电子发票一直打不开，单位等着报销。"), ("BL7", "早上交清欠费，到晚上还没有恢复供水。"), ("SV1", "窗口问了两句就不耐烦，要求道歉。"), ("SV6", "排了四十分钟只开一个窗口。"),
        ("SV4", "大厅饮水机没有水，老人口渴。"), ("SP1", "停水没有提前通知，小区群里也没有。"), ("SP3", "说好下午来水，到夜里还没有。"), ("SP4", "报修后等了三个小时没人到。"),
        ("QL1", "水放出来发黄，有铁锈味。"), ("QL2", "六楼以上早晚没有水压，洗不了澡。"), ("EN2", "路面挖开两周没有恢复，晚上有人摔倒。"), ("EN4", "井盖松动，车一过就响。"), ("OT3", "想了解阶梯水价怎么算。"),
    ]
    private static let names = ["王敏", "李建国", "陈秀英", "赵磊", "周婷", "吴海", "郑燕", "冯刚"]

    /// Some cases a day, fewer on weekends; now and then one from above, a grave one, a leak, a word of praise, misconduct.
    func imagineComplaints(_ day: Day, _ book: CaseBook) {
        guard !book.isEmpty else { return }
        for _ in 0..<voices.minutes(day.weekday < 6 ? 1...4 : 0...2) {
            mean(.takeIn(mark: voices.next()), at: hall.zone.instant(day, minute: voices.minutes(8 * 60 + 40...17 * 60)))
        }
    }

    /// Whether a duty is about a case; people make up their minds about those by chance of their own.
    func isCase(_ duty: Duty) -> Bool { duty.subject.hasPrefix("complaint:") || duty.subject.hasPrefix("misconduct:") }

    func decideCase(_ duty: Duty) {
        let room = max(2, Int((duty.due.ms - clock.now.ms) / 60_000))
        // What has minutes is done in some of them; what has days on a working day, mostly well before its end.
        var moment = clock.now.adding(minutes: voices.minutes(1...max(1, room * 7 / 10)))
        if duty.endsOn == "complaint.visited" { return mean(.doDuty(place: duty.place, duty: duty.id), at: max(clock.now, duty.due.adding(minutes: voices.minutes(-25...2)))) }
        // An inquiry of supervision takes days, not the month it may take.
        if duty.endsOn == "misconduct.concluded" { moment = clock.now.adding(minutes: voices.minutes(3...12) * 1440) }
        if voices.happens(40) { moment = duty.due.adding(minutes: voices.minutes(5...90)) }
        if room > 120 {
            var day = hall.zone.day(of: moment)
            let minute = hall.zone.minuteOfDay(moment)
            if minute > 17 * 60 { day = day.adding(days: 1) }
            while day.weekday >= 6 { day = day.adding(days: 1) }
            if minute < 8 * 60 + 40 || minute > 17 * 60 || day != hall.zone.day(of: moment) { moment = max(clock.now, hall.zone.instant(day, minute: voices.minutes(8 * 60 + 40...16 * 60))) }
        }
        mean(.doDuty(place: duty.place, duty: duty.id), at: moment)
    }

    private func resident(_ roles: [String], at place: Place.ID? = nil, but not: [Person.ID] = []) -> Person.ID? {
        world.residents.first { roles.contains($0.role) && (place == nil || $0.place == place) && !not.contains($0.person) }?.person
    }

    func takeIn(_ mark: UInt64) async throws {
        var lot = Chance(seed: mark)
        let day = hall.zone.day(of: clock.now)
        guard let book = try await hall.store.read({ [hall] tx in try hall.packs.inForce(on: day, tx) })?.pack.caseBook, let callCentre = world.places["call-centre"] else { return }
        let known = Self.said.filter { book.kind($0.kind) != nil }
        guard let one = lot.pick(known), let lightest = book.severities.last?.id else { return }
        var intake = Intake()
        (intake.kind, intake.text, intake.severity) = (one.kind, one.text, lightest)
        intake.channel = lot.pick(["hotline", "hotline", "hall", "web", "wechat"].filter { book.channel($0) != nil }) ?? book.channels.first?.id ?? ""
        intake.phone = "130" + String(String(100_000_000 + lot.next() % 100_000_000).dropFirst())
        (intake.name, intake.address) = (lot.pick(Self.names) ?? "", "滨江路 \(lot.minutes(1...200)) 号")
        let fate = lot.minutes(0...999)
        if fate < 60, book.severities.count > 2 { intake.severity = book.severities[1].id }
        if fate >= 60, fate < 120, let outer = book.channels.first(where: { $0.isExternal }) {
            (intake.channel, intake.outerNumber) = (outer.id, "GD\(mark % 1_000_000)")
            intake.outerDue = clock.now.adding(minutes: 7 * 1440)
        }
        if fate >= 120, fate < 200 { intake.door = ["opinion", "suggestion", "praise"].filter { book.door($0) != nil }[Int(mark % 3)] }
        if fate >= 200, fate < 230, let grave = book.kinds.first(where: { $0.isConfidential && !$0.under.isEmpty }) { (intake.kind, intake.text, intake.door, intake.isAnonymous) = (grave.id, "安装师傅暗示要另外给好处费。", "report", true) }
        if fate >= 230, fate < 250, let gas = book.kinds.first(where: { $0.isEmergency }) { (intake.kind, intake.text) = (gas.id, "厨房有异味，怀疑漏气。") }
        if fate >= 250, fate < 300, let serious = book.severities.dropLast().last?.id { intake.severity = serious }
        intake.tracking = TrackingCode.draw(hall)
        let isHall = intake.channel == "hall"
        let place = isHall ? lot.pick(world.halls) ?? callCentre : callCentre
        guard let who = resident(isHall ? ["clerk"] : ["agent"], at: place) ?? resident(["agent"]) else { return }
        if isHall { intake.hall = place }
        let full = intake
        try await act(by: who) { act in _ = try ComplaintActs(act).record(full, by: who, at: place) }
    }

    /// Two hours ahead or more, when people are at home and crews on the road.
    private func visitTime(after now: Instant) -> Instant {
        var day = hall.zone.day(of: now)
        let minute = hall.zone.minuteOfDay(now)
        if minute > 14 * 60 { day = day.adding(days: 1) }
        while day.weekday >= 6 { day = day.adding(days: 1) }
        return max(now.adding(minutes: 120), hall.zone.instant(day, minute: voices.minutes(9...16) * 60))
    }

    /// Whoever owes it does the step that is due; what has to come before it first, in its order.
    func handleCase(_ duty: Duty, by person: Person.ID) async throws {
        let id = String(duty.subject.split(separator: ":").last ?? "")
        func current() async throws -> Complaint? { try await hall.store.read { tx in try tx.one("select * from complaint where id = \(id)").map(Complaint.init(row:)) } }
        func units() async throws -> [ComplaintUnit] { try await hall.store.read { tx in try tx.rows("select * from complaint_unit where complaint = \(id) order by dispatched, unit").map(ComplaintUnit.init(row:)) } }
        func step(_ act: ComplaintAct, _ values: [String: String] = [:], by who: Person.ID? = nil) async throws {
            let by = who ?? person
            try await self.act(by: by) { tx in try ComplaintActs(tx).do(act, id, ActInput(values: values), by: by) }
        }
        guard let c = try await current(), !c.isOver else { return }
        let now = clock.now
        /// By somebody who neither answers for it nor carried it out, nor is who the case is about; where the unit has nobody
        /// left, by whom it went up to.
        func lookAtImprovement() async throws {
            let not = [c.improvementOwner, c.improvedBy, c.respondent]
            guard c.improvement == .carriedOut,
                let head = resident(["unit-head"], at: c.unit, but: not) ?? resident(["department-head"], but: not) ?? (not.contains(person) ? nil : person)
            else { return }
            if voices.happens(60), c.improvementUntil.map({ $0 > now }) ?? false {
                try await step(.sendBackImprovement, ["reason": "抽查还有漏的，再查一遍", "until": hall.zone.day(of: now).adding(days: 5).description], by: head)
            } else {
                try await step(.verifyImprovement, ["seen": "已抽查，措施落实"], by: head)
            }
        }
        func carryOutImprovement() async throws {
            if c.improvement == .set { try await step(.carryOutImprovement, ["done": "班前会已讲评，同类事项已复查"]) }
        }
        /// Customer spoken to, visit settled, inquiry made: what an answer needs.
        func prepared() async throws {
            guard c.isFull else { return }
            guard var unit = try await units().first(where: { $0.unit == duty.place && $0.state == .open }) else { return }
            while c.canBeReached, unit.contacted == nil, unit.tries < ComplaintLife.tries {
                // Between two tries that reach nobody lies half an hour; whoever has to know now keeps calling until they do.
                let isReached = voices.happens(700) || unit.lastTry.map { now.ms - $0.ms < 30 * 60_000 } ?? false
                try await step(.contact, ["reached": isReached ? "reached" : "unreachable"])
                guard let next = try await units().first(where: { $0.unit == duty.place }) else { return }
                unit = next
            }
            if unit.visited == nil, unit.noVisit.isEmpty {
                if unit.agreed != nil { try await step(.visit, ["seen": "现场情况与客户所述相符"]) } else { try await step(.noVisit, ["reason": "电话和系统里能查清"]) }
            }
            guard try await current()?.stage == .dispatched else { return }
            if c.isJoined {
                // The other does it for both; where it ended without, this one stands on its own again.
                let isGone = try await hall.store.read { tx in try tx.one("select * from complaint where id = \(c.combinedInto)").map(Complaint.init(row:)).map { $0.isOver && $0.investigated == nil && $0.replied == nil } ?? true }
                guard isGone else { return }
                try await step(.split, ["reason": "并入的那件已终止"], by: resident(["shift-lead"]) ?? person)
            }
            let isFounded = voices.happens(600)
            try await step(
                .investigate,
                [
                    "facts": isFounded ? "经核查，客户反映的情况存在" : "经核查，按规定办理，未见差错", "evidence": "系统记录与现场照片", "finding": isFounded ? "founded" : "unfounded",
                    "responsibility": isFounded ? "company" : "none", "cause": voices.pick(["procedure", "attitude", "skill", "information", "equipment"]) ?? "other", "remedy": "已更正并告知客户",
                ])
        }
        switch duty.endsOn {
        case "complaint.dispatched":
            let kind = try await hall.store.read { [hall] tx in try hall.packs.pack(c.pack, tx).pack.caseBook.kind(c.kind)?.unit } ?? ""
            // What was sent back goes to customer service, which passes on what nobody else takes.
            let unit = c.unit.isEmpty ? world.places["unit:customer-service"] ?? "" : c.unit
            try await step(.dispatch, ["unit": c.sentBack > 0 ? unit : world.places["unit:" + kind] ?? unit])
        case "complaint.signed":
            if c.sentBack == 0, c.unit != world.places["unit:customer-service"], voices.happens(60) {
                try await step(.sendBack, ["reason": "不属本单位，请客户服务部办理"])
            } else {
                try await step(.sign)
            }
        case "complaint.contacted":
            let isReached = voices.happens(850)
            try await step(.contact, isReached ? ["reached": "reached", "said": "客户知道了"] : ["reached": "unreachable"])
            if isReached { try await step(voices.happens(400) ? .agreeVisit : .noVisit, ["agreed": String(visitTime(after: now).ms), "reason": "电话里已说清"]) }
        case "complaint.visited": try await step(.visit, ["seen": "现场情况与客户所述相符"])
        case "complaint.investigated":
            try await prepared()
            if voices.happens(150) { try await step(.promise, ["promised": String(now.adding(minutes: 2880).ms), "said": "两天内给您答复"]) }
        case "complaint.replied":
            try await prepared()
            try await step(.reply, ["reply": "您反映的情况已核查并处理，给您带来不便，向您致歉。", "result": voices.happens(700) ? "solved" : "explained"])
        case "complaint.reported": try await step(.report, ["summary": "已按规定核查、处理并答复客户"])
        case "complaint.called-back":
            let isGlad = voices.happens(930)
            let caller = resident(["agent"]) ?? person
            try await step(.callBack, c.canBeReached ? ["reached": "reached", "satisfaction": isGlad ? (voices.happens(500) ? "5" : "4") : "2", "solved": isGlad ? "yes" : "no"] : ["reached": "exempt"], by: caller)
            if !isGlad, c.canBeReached { try await step(.reopen, ["reason": "客户说还没有解决"], by: caller) }
        case "complaint.improved":
            if c.improvement == .none {
                let until = hall.zone.day(of: now).adding(days: voices.minutes(3...10))
                try await step(.setImprovement, ["measure": "班前会讲评，复查同类事项", "until": until.description])
            } else {
                try await carryOutImprovement()
                try await lookAtImprovement()
            }
        case "complaint.improvement-done": try await carryOutImprovement()
        case "complaint.improvement-looked-at": try await lookAtImprovement()
        case "complaint.told": try await step(.tell, ["said": "客户同意延到新的日期"])
        case "complaint.closed": try await step(.close)
        case "complaint.proposed":
            let kind = try await hall.store.read { [hall] tx in try hall.packs.pack(c.pack, tx).pack.caseBook.kind(c.kind)?.unit } ?? ""
            try await step(.propose, ["opinion": "建议由责任单位限期核查并答复", "unit": world.places["unit:" + kind] ?? world.places["unit:customer-service"] ?? ""])
        case "complaint.approved":
            let isFirst = try await hall.store.read { tx in try tx.one("select 1 as one from complaint_step where complaint = \(id) and act = 'return-proposal'") } == nil
            if isFirst, voices.happens(300) { try await step(.sendBackProposal, ["opinion": "请补充客户的具体要求"]) } else { try await step(.approve, ["opinion": "同意"]) }
        case "complaint.instructed": try await step(.instruct, ["opinion": "同意，抓紧办理"])
        case "misconduct.taken-up": try await step(.takeUp)
        case "misconduct.concluded": try await step(.conclude, ["conclusion": "已谈话核实并处理", "finding": "founded"])
        default: break
        }
    }
}
